//! An object by its bucket and key.

use std::path::Path;

use aws_sdk_s3::types::EncodingType;

use crate::aws::{Bounded, Call, Context, Error, Result};
use crate::resource::lookup::{Content, INLINE, Lookup};
use crate::resource::s3::bucket::Bucket;
use crate::resource::s3::decode;
use crate::resource::{Desired, Live};

use super::{Object, Spec, live, split};

/// How many objects are listed at most: a stack of thousands of resources is not useful.
const MOST: usize = 1000;

impl Lookup for Object {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let id = id.strip_prefix("s3://").or_else(|| id.split_once(":s3:::").map(|(_, rest)| rest)).unwrap_or(id);
        let (bucket, key) = split(id).map_err(|error| error.with_hint("write it as bucket/key"))?;
        let asked = desired.map(|desired| desired.spec.clone()).unwrap_or_default();
        live::read(cx, &Spec { bucket: bucket.to_owned(), key: key.to_owned(), ..asked }).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for bucket in Bucket.find_all(cx).await? {
            // Keys may hold characters that XML can't.
            let list = cx.clients.s3.list_objects_v2().bucket(&bucket).encoding_type(EncodingType::Url);
            let mut pages = list.into_paginator().send().bounded();
            while let Some(page) = pages.next().await {
                // A bucket that is deleted at this moment has nothing to import.
                let Some(page) = page.call_if_found("s3:ListObjectsV2")? else { break };
                let is_encoded = page.encoding_type == Some(EncodingType::Url);
                let plain = |key: String| if is_encoded { decode(&key) } else { key };
                let keys = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
                ids.extend(keys.map(|key| format!("{bucket}/{}", plain(key))));
                if ids.len() > MOST {
                    let error = Error::refused(format!("there are more than {MOST} objects in the buckets"));
                    return Err(error.with_hint("import the ones that the class needs individually, as bucket/key"));
                }
            }
        }
        Ok(ids)
    }

    async fn content(&self, cx: &Context, live: &Live<Spec>, files: bool) -> Result<Option<Content>> {
        let (bucket, key) = split(&live.id)?;
        let lacking = || {
            Error::refused(format!("the content of `{}` can't be downloaded", live.id))
                .with_hint("an archived object must be restored first: `aws s3api restore-object`")
        };
        let most = if files { live::FETCH_LIMIT } else { INLINE as i64 };
        let bytes = match live::length(cx, bucket, key).await?.ok_or_else(lacking)? {
            length if length > most => None,
            _ => Some(live::fetch(cx, bucket, key).await?.ok_or_else(lacking)?),
        };
        let command = ["aws", "s3", "cp", &format!("s3://{bucket}/{key}")].map(str::to_owned).to_vec();
        Ok(Some(Content { property: "source", inline: Some("content"), ending: ending(key), bytes, command }))
    }
}

/// The end of a file's name, with its dot, if the key has a usual one.
fn ending(key: &str) -> String {
    let ending = Path::new(key).extension().and_then(|ending| ending.to_str());
    let usual = |ending: &&str| ending.len() <= 16 && ending.chars().all(|c| c.is_ascii_alphanumeric());
    ending.filter(usual).map(|ending| format!(".{ending}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Asked, Aws, no, yes};

    #[tokio::test]
    async fn a_bucket_that_is_deleted_meanwhile_has_nothing_to_import() {
        let aws = Aws::with(|call: &Asked| {
            let name = call.name.as_str();
            let object = "<Contents><Key>a.txt</Key></Contents>";
            match name {
                _ if name.contains("/gone") => no(404, "NoSuchBucket", "The specified bucket does not exist"),
                _ if name.contains("/kept") => {
                    yes(format!("<ListBucketResult><IsTruncated>false</IsTruncated>{object}</ListBucketResult>"))
                }
                _ => yes("<ListAllMyBucketsResult><Buckets><Bucket><Name>gone</Name></Bucket>\
                     <Bucket><Name>kept</Name></Bucket></Buckets></ListAllMyBucketsResult>"),
            }
        });
        assert_eq!(Object.find_all(&aws.context()).await.unwrap(), ["kept/a.txt"], "{:?}", aws.names());
    }

    #[test]
    fn only_a_usual_ending_is_taken() {
        for (key, expected) in [
            ("a/notes.txt", ".txt"),
            ("a.tar.gz", ".gz"),
            ("notes", ""),
            ("a.x y", ""),
            ("a.\u{1b}[2J", ""),
            ("a.é", ""),
            ("a.abcdefghijklmnop", ".abcdefghijklmnop"),
            ("a.abcdefghijklmnopq", ""),
        ] {
            assert_eq!(ending(key), expected, "{key}");
        }
    }
}
