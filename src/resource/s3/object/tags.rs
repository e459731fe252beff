//! An object's tags, which S3 knows only as a whole, and of which there are at most ten.

use aws_sdk_s3::types::Tagging;

use crate::aws::tags::merged;
use crate::aws::{Call, Context, Error, Result};
use crate::resource::Tags;
use crate::resource::s3::{built, encode, from_sdk_tags, sdk_tags};

/// API: PutObjectTagging.
pub const LIMIT: usize = 10;

/// The tags of an object; `None` if it or its bucket is not there.
pub async fn of(cx: &Context, bucket: &str, key: &str) -> Result<Option<Tags>> {
    Ok(current(cx, bucket, key).await?.map(|(tags, _)| tags))
}

/// The same, with the id of the version that they are of, in a bucket with versioning.
pub async fn current(cx: &Context, bucket: &str, key: &str) -> Result<Option<(Tags, Option<String>)>> {
    cx.shared(format!("tags of the object {bucket}/{key}"), async {
        let answer = cx.clients.s3.get_object_tagging().bucket(bucket).key(key).send().await;
        let answer = unless_marked(answer.call_if_found("s3:GetObjectTagging"))?;
        Ok(answer.map(|answer| (from_sdk_tags(answer.tag_set), answer.version_id)))
    })
    .await
}

/// The tags of one version, which is another permission; `None` if it is not there.
pub async fn of_version(cx: &Context, bucket: &str, key: &str, version: &str) -> Result<Option<Tags>> {
    let answer = cx.clients.s3.get_object_tagging().bucket(bucket).key(key).version_id(version).send().await;
    let answer = unless_marked(answer.call_if_found("s3:GetObjectVersionTagging"))?;
    Ok(answer.map(|answer| from_sdk_tags(answer.tag_set)))
}

/// Where a delete marker is on top, S3 says of the object that it is not there, and of its tags that it can't be asked.
fn unless_marked<T>(answer: Result<Option<T>>) -> Result<Option<T>> {
    match answer {
        Err(error) if error.is(&["MethodNotAllowed"]) => Ok(None),
        answer => answer,
    }
}

/// Adds and removes tags; the others go along, because PutObjectTagging replaces the whole set.
pub async fn change(cx: &Context, bucket: &str, key: &str, set: &Tags, remove: &[String]) -> Result<()> {
    let gone = || Error::refused(format!("the object `{bucket}/{key}` is gone"));
    let before = of(cx, bucket, key).await?.ok_or_else(gone)?;
    let Some(after) = merged(&before, set, remove) else {
        return Ok(());
    };
    limited(&after)?;
    let tagging = built(Tagging::builder().set_tag_set(Some(sdk_tags(&after)?)).build())?;
    let call = cx.clients.s3.put_object_tagging().bucket(bucket).key(key).tagging(tagging);
    call.send().await.call("s3:PutObjectTagging")?;
    Ok(())
}

/// The tags as PutObject takes them.
pub fn header(tags: &Tags) -> Result<String> {
    limited(tags)?;
    let pairs: Vec<_> = tags.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    Ok(pairs.join("&"))
}

fn limited(tags: &Tags) -> Result<()> {
    if tags.len() <= LIMIT {
        return Ok(());
    }
    Err(Error::refused(format!("an object can have at most {LIMIT} tags, but this one would have {}", tags.len()))
        .with_hint("cloud101 itself needs up to four: remove some from `tags:`, of the resource or of the stack"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_a_query_string_of_at_most_ten() {
        let tags = Tags::from([("cloud101:stack".into(), "a".into()), ("note".into(), "x & y=z".into())]);
        assert_eq!(header(&tags).ok().as_deref(), Some("cloud101%3Astack=a&note=x%20%26%20y%3Dz"));
        let many: Tags = (0..11).map(|n| (n.to_string(), String::new())).collect();
        assert!(header(&many).is_err());
    }
}
