//! A bucket's tags, which S3 knows only as a whole.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::list_buckets::builders::ListBucketsFluentBuilder;
use aws_sdk_s3::types::{Bucket, BucketAbacStatus, Tagging};
use futures::future::try_join_all;

use super::AGREEING;
use crate::aws::tags::merged;
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, concurrently};
use crate::resource::s3::{built, from_sdk_tags, sdk_tags, settled};
use crate::resource::{Listing, Owned, Tags};

/// The tag of a bucket into which its stack has put an `s3.object`: only such a bucket is searched for more.
pub const OBJECTS: &str = "cloud101:objects";

/// How many buckets one page of a list has (API: ListBuckets takes up to 10,000). Without a number AWS refuses the list to
/// accounts that may have more than 10,000 buckets.
pub const PAGE: i32 = 1000;

/// The tags of the bucket `name`; `None` if there is no such bucket.
pub async fn of(cx: &Context, name: &str) -> Result<Option<Tags>> {
    cx.shared(format!("tags of the bucket {name}"), now(cx, name)).await
}

/// The same, asked at this moment.
pub async fn now(cx: &Context, name: &str) -> Result<Option<Tags>> {
    match cx.clients.s3.get_bucket_tagging().bucket(name).send().await.call("s3:GetBucketTagging") {
        Ok(answer) => Ok(Some(from_sdk_tags(answer.tag_set))),
        Err(error) if error.is(&["NoSuchTagSet"]) => Ok(Some(Tags::new())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every bucket of this region that carries the stack's tag.
///
/// A bucket whose own policy hides its tags can't be distinguished from a bucket of others and is skipped, as is
/// one that this user may not look at; if that is all of them, nothing is known and the denial is the answer.
pub async fn owned(cx: &Context) -> Result<Listing> {
    cx.shared("buckets of the stack", async { among(cx, names(cx).await?).await }).await
}

/// The names of the buckets of all regions, by region. Those whose region S3 does not return are skipped.
pub async fn by_region(cx: &Context) -> Result<BTreeMap<String, Vec<String>>> {
    // S3 returns the regions only if the call has a parameter.
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for bucket in listed(cx.clients.s3.list_buckets().max_buckets(PAGE)).await? {
        if let Some(region) = bucket.bucket_region.filter(|region| !region.is_empty()) {
            names.entry(region).or_default().extend(bucket.name);
        }
    }
    Ok(names)
}

/// The names of the buckets of this region.
pub async fn names(cx: &Context) -> Result<Vec<String>> {
    cx.shared("buckets of the region", async {
        let here = cx.clients.s3.list_buckets().bucket_region(&cx.place.region).max_buckets(PAGE);
        Ok(listed(here).await?.into_iter().filter_map(|bucket| bucket.name).collect())
    })
    .await
}

async fn listed(list: ListBucketsFluentBuilder) -> Result<Vec<Bucket>> {
    list.into_paginator().send().bounded().all("s3:ListBuckets", |page| page.buckets.unwrap_or_default()).await
}

/// Those of the buckets `names` of this region that carry the stack's tag.
pub async fn among(cx: &Context, names: Vec<String>) -> Result<Listing> {
    let asked = concurrently(names, |name| async move { (of(cx, &name).await, name) }).await;
    let mut listing = Listing::among(cx, asked.len(), []);
    let (mut seen, mut denied) = (false, None);
    for (answer, name) in asked {
        match answer {
            Ok(tags) => {
                seen = true;
                tags.into_iter().for_each(|tags| listing.add(cx, Owned { id: name.clone(), name: name.clone(), tags }));
            }
            Err(error) if error.kind == ErrorKind::Denied => {
                tracing::warn!(bucket = name, %error, "skipped: its tags can't be read");
                let by_its_own_policy = error.message.contains("resource-based policy");
                denied = denied.or((!by_its_own_policy).then(|| error.clone()));
                listing.unread.push((name, error));
            }
            Err(error) => return Err(error),
        }
    }
    match denied {
        Some(error) if !seen => Err(error),
        _ => Ok(listing),
    }
}

/// Notes on the bucket `name` that an object of the stack is about to be in it. A bucket of others, which is not
/// searched, is unchanged.
pub async fn note_objects(cx: &Context, name: &str) -> Result<()> {
    let answer = cx.clients.s3.get_bucket_tagging().bucket(name).send().await.call("s3:GetBucketTagging");
    let tags = match answer {
        Ok(answer) => from_sdk_tags(answer.tag_set),
        Err(error) if error.is(&["NoSuchTagSet"]) || error.kind == ErrorKind::Denied => return Ok(()),
        Err(error) => return Err(error),
    };
    if !cx.owns(name, &tags) || tags.contains_key(OBJECTS) {
        return Ok(());
    }
    change(cx, name, &Tags::from([(OBJECTS.to_owned(), "yes".to_owned())]), &[]).await
}

/// Adds and removes tags. The others go along, AWS's own (`aws:…`) too: PutBucketTagging replaces the whole set, and
/// refuses to lose those.
pub async fn change(cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
    let s3 = &cx.clients.s3;
    let before = settled(|| async {
        let gone = || Error::refused(format!("the bucket `{name}` is gone"));
        of(cx, name).await?.ok_or_else(gone)
    })
    .await?;
    let Some(after) = merged(&before, set, remove) else {
        return Ok(());
    };
    let put = || async {
        if after.is_empty() {
            s3.delete_bucket_tagging().bucket(name).send().await.call("s3:DeleteBucketTagging")?;
        } else {
            let tagging = built(Tagging::builder().set_tag_set(Some(sdk_tags(&after)?)).build())?;
            s3.put_bucket_tagging().bucket(name).tagging(tagging).send().await.call("s3:PutBucketTagging")?;
        }
        Ok(())
    };
    if let Err(error) = settled(put).await {
        return Err(with_abac(cx, name, error).await);
    }
    let thing = Thing { name: &format!("the bucket `{name}`"), is_known: true, lag: super::DENIED };
    let shows = |tags: &Tags| merged(tags, set, remove).is_none();
    wait::until_ready(&format!("the new tags of the bucket `{name}`"), super::VISIBLE, thing, || async {
        let seen = try_join_all((0..AGREEING).map(|_| now(cx, name))).await?;
        let seen: Option<Vec<_>> = seen.into_iter().collect();
        Ok(Sight::of(seen, |seen| seen.iter().all(shows)))
    })
    .await
    .map(drop)
}

/// Says of a refusal of new tags whether the bucket takes them from S3 Control alone.
async fn with_abac(cx: &Context, name: &str, error: Error) -> Error {
    let answer = cx.clients.s3.get_bucket_abac().bucket(name).send().await.call("s3:GetBucketAbac");
    let status = answer.ok().and_then(|answer| answer.abac_status).and_then(|abac| abac.status);
    if status != Some(BucketAbacStatus::Enabled) && !error.message.contains("TagResource") {
        return error;
    }
    Error::refused(format!(
        "the bucket `{name}` uses attribute-based access control, so cloud101 can't tag it: {}",
        error.message
    ))
    .with_hint(format!("`aws s3api put-bucket-abac --bucket {name} --abac-status Status=Disabled` turns it off"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    #[tokio::test]
    async fn a_bucket_with_abac_says_why_it_takes_no_tags() {
        let aws = |abac: &'static str| {
            Aws::with(move |call| match call.name.as_str() {
                name if name.contains("abac") => yes(format!("<AbacStatus><Status>{abac}</Status></AbacStatus>")),
                name if name.starts_with("s3:PUT") => no(400, "InvalidRequest", "This operation is not supported."),
                _ => yes("<Tagging><TagSet></TagSet></Tagging>"),
            })
        };
        let set = Tags::from([("course".into(), "x".into())]);
        let error = change(&aws("Enabled").context(), "lesson", &set, &[]).await.unwrap_err();
        assert!(error.message.contains("attribute-based access control"), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("put-bucket-abac --bucket lesson")));
        let error = change(&aws("Disabled").context(), "lesson", &set, &[]).await.unwrap_err();
        assert!(!error.message.contains("attribute-based"), "{error}");
    }

    /// What is put to a bucket with these tags that gets an object.
    async fn puts(mut set: Tags) -> Vec<String> {
        let aws = Aws::with(move |call| {
            if call.name.starts_with("s3:PUT") {
                set.insert(OBJECTS.to_owned(), "yes".to_owned());
                return yes("");
            }
            let tag = |(key, value): (&String, &String)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
            yes(format!("<Tagging><TagSet>{}</TagSet></Tagging>", set.iter().map(tag).collect::<String>()))
        });
        note_objects(&aws.context(), "lesson").await.unwrap();
        aws.calls().into_iter().filter(|call| call.name.starts_with("s3:PUT")).map(|call| call.body).collect()
    }

    #[tokio::test]
    async fn the_first_object_of_the_stack_is_noted_on_the_stacks_bucket() {
        let with = |stack: &str, name: &str, key: &str| {
            let mut tags = crate::testing::ownership_tags(stack, "bucket", name);
            tags.insert(key.to_owned(), "physics".to_owned());
            tags
        };
        let put = puts(with("cloud101", "lesson", "course")).await;
        assert!(put.len() == 1 && put[0].contains(OBJECTS) && put[0].contains("physics"), "{put:?}");
        assert_eq!(puts(with("cloud101", "lesson", OBJECTS)).await, [""; 0]);
        assert_eq!(puts(with("another", "lesson", "course")).await, [""; 0]);
        assert_eq!(puts(with("cloud101", "Lesson", "course")).await, [""; 0], "a copy of another bucket's tags");
    }
}
