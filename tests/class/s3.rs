//! Buckets with their tags; nothing else is set, and nothing is in them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Call, REGION, escaped, page, refused, tags};

#[derive(Default)]
pub struct S3 {
    buckets: BTreeMap<String, BTreeMap<String, String>>,
    /// Names that other accounts have.
    taken: BTreeSet<String>,
}

impl S3 {
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    pub fn take_away(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    pub fn answer(&mut self, call: &Call<'_>) -> Answer {
        let name = call.text("Bucket");
        if call.operation == "ListBuckets" {
            return self.list(call);
        }
        if self.taken.contains(name) {
            return match call.operation {
                "CreateBucket" => refused(409, "BucketAlreadyExists", "The requested bucket name is not available."),
                _ => refused(403, "AccessDenied", "Access Denied"),
            };
        }
        if call.operation == "CreateBucket" {
            if self.buckets.contains_key(name) {
                return refused(409, "BucketAlreadyOwnedByYou", "You already own it.");
            }
            self.buckets.insert(name.to_owned(), tags(&call.input["CreateBucketConfiguration"]["Tags"]));
            return Ok(String::new());
        }
        let Some(own) = self.buckets.get_mut(name) else {
            return refused(404, "NoSuchBucket", "The specified bucket does not exist");
        };
        match call.operation {
            "DeleteBucket" => {
                self.buckets.remove(name);
                Ok(String::new())
            }
            "HeadBucket" => Ok(String::new()),
            "PutBucketTagging" => {
                *own = tags(&call.input["Tagging"]["TagSet"]);
                Ok(String::new())
            }
            "GetBucketTagging" => {
                let tag = |(key, value): (&String, &String)| {
                    format!("<Tag><Key>{}</Key><Value>{}</Value></Tag>", escaped(key), escaped(value))
                };
                Ok(format!("<Tagging><TagSet>{}</TagSet></Tagging>", own.iter().map(tag).collect::<String>()))
            }
            // What a new bucket has since April 2023.
            "GetPublicAccessBlock" => {
                let all = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
                let all = all.map(|name| format!("<{name}>true</{name}>")).concat();
                Ok(format!("<PublicAccessBlockConfiguration>{all}</PublicAccessBlockConfiguration>"))
            }
            // What it does not have: earlier versions of the program, which `benches/class` compares with, ask for each.
            "GetBucketWebsite" => missing("NoSuchWebsiteConfiguration"),
            "GetBucketPolicy" => missing("NoSuchBucketPolicy"),
            "GetBucketCors" => missing("NoSuchCORSConfiguration"),
            "GetBucketLifecycleConfiguration" => missing("NoSuchLifecycleConfiguration"),
            "ListObjectVersions" => {
                Ok("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>".to_owned())
            }
            "ListMultipartUploads" => {
                Ok("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
                    .to_owned())
            }
            other => refused(501, "NotImplemented", other),
        }
    }

    fn list(&self, call: &Call<'_>) -> Answer {
        let most = call.number("MaxBuckets").unwrap_or(10_000);
        let (buckets, next) = page(&self.buckets, call.text("ContinuationToken"), most);
        let prefix = call.text("Prefix");
        let one = |(name, _): (&String, _)| {
            let date = "<CreationDate>2026-11-30T10:00:00.000Z</CreationDate>";
            format!("<Bucket><Name>{name}</Name>{date}<BucketRegion>{REGION}</BucketRegion></Bucket>")
        };
        let is_here = ["", REGION].contains(&call.text("BucketRegion"));
        let buckets = buckets.into_iter().filter(|(name, _)| is_here && name.starts_with(prefix));
        let next = next.map(|next| format!("<ContinuationToken>{next}</ContinuationToken>")).unwrap_or_default();
        let buckets: String = buckets.map(one).collect();
        Ok(format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{next}</ListAllMyBucketsResult>"))
    }
}

fn missing(code: &'static str) -> Answer {
    refused(404, code, "The specified configuration does not exist.")
}
