//! The versions of one key. Each version has its own tags, so each names its owner: the stack's go, and what
//! others have put there stays as it was for them. A delete marker has no tags and is never the stack's, which deletes
//! versions, not objects.

use aws_sdk_s3::types::{EncodingType, ObjectIdentifier};

use super::tags;
use crate::aws::bounds::Listing;
use crate::aws::{Call, Context, Error, Result, try_side_by_side};
use crate::resource::others::Others;
use crate::resource::s3::bucket::contents;
use crate::resource::s3::{built, decode};

/// Of how many of the older versions a plan asks for the owner; of more than these it says so.
const ASKED: usize = 20;
/// How many versions one call deletes (API: DeleteObjects).
const BATCH: usize = 1000;
/// The id of the only version in a bucket without versioning, and of what was put before or between.
const NULL: &str = "null";

/// What there is under a key, newest first.
#[derive(Debug, Clone, Default)]
struct Versions {
    /// The ids of versions; the first one need not be the current one, since a delete marker may be.
    ids: Vec<String>,
    /// How many delete markers.
    markers: usize,
    /// Whether there is more than was read.
    more: bool,
}

/// Asks what [`delete`] asks first.
pub async fn ask_first(cx: &Context, bucket: &str, key: &str) -> Result<()> {
    tokio::try_join!(all(cx, bucket, key), tags::current(cx, bucket, key)).map(drop)
}

/// Deletes the versions that the stack has put, the oldest first: as long as any is left, the newest one is, and the
/// next run finds it.
pub async fn delete(cx: &Context, bucket: &str, key: &str) -> Result<()> {
    let (versions, current) = tokio::try_join!(all(cx, bucket, key), tags::current(cx, bucket, key))?;
    let current = current.map(|(tags, version)| (version.unwrap_or_else(|| NULL.to_owned()), tags));
    let current = current.as_ref();
    let asked = try_side_by_side(versions.ids, |version| async move {
        let known = current.filter(|(id, _)| *id == version).map(|(_, tags)| tags.clone());
        let tags = match known {
            Some(tags) => Some(tags),
            None => tags::of_version(cx, bucket, key, &version).await?,
        };
        let is_own = tags.is_some_and(|tags| cx.owns(&format!("{bucket}/{key}"), &tags));
        Ok::<_, Error>(is_own.then_some(version))
    });
    let mut own: Vec<_> = asked.await?.into_iter().flatten().collect();
    own.reverse();
    for batch in own.chunks(BATCH) {
        let named = |version: &String| built(ObjectIdentifier::builder().key(key).version_id(version).build());
        contents::delete_batch(cx, bucket, batch.iter().map(named).collect::<Result<_>>()?).await?;
    }
    Ok(())
}

/// What of others is under the key, besides the object itself, which is the stack's: one call where there is nothing.
pub async fn of_others(cx: &Context, bucket: &str, key: &str) -> Result<Others> {
    let mut versions = list(cx, bucket, key, 1).await?;
    versions.ids.drain(..versions.ids.len().min(1));
    let more = versions.more || versions.ids.len() > ASKED;
    versions.ids.truncate(ASKED);
    let asked = try_side_by_side(versions.ids, |version| async move {
        let tags = tags::of_version(cx, bucket, key, &version).await?;
        Ok::<_, Error>(tags.is_some_and(|tags| !cx.owns(&format!("{bucket}/{key}"), &tags)))
    });
    let foreign = asked.await?.into_iter().filter(|is_foreign| *is_foreign).count();
    Ok(Others { stays: note(foreign, versions.markers, more), ..Others::default() })
}

/// `more`: there are versions that were not asked for.
fn note(versions: usize, markers: usize, more: bool) -> Option<String> {
    let count = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        many => Some(format!("{many} {what}s")),
    };
    let at_least = if more { "at least " } else { "" };
    let parts: Vec<_> = count(versions, "version").into_iter().chain(count(markers, "delete marker")).collect();
    match (parts.is_empty(), more) {
        (true, false) => None,
        (true, true) => Some("its many older versions may belong to others; theirs are kept".to_owned()),
        (false, _) => Some(format!("{at_least}{} of others under this key; they are kept", parts.join(" and "))),
    }
}

/// All versions and delete markers of the key itself: asked once in one look.
async fn all(cx: &Context, bucket: &str, key: &str) -> Result<Versions> {
    cx.shared(format!("versions of the object {bucket}/{key}"), list(cx, bucket, key, usize::MAX)).await
}

/// At most `pages` pages of the versions and delete markers of the key itself.
async fn list(cx: &Context, bucket: &str, key: &str, pages: usize) -> Result<Versions> {
    let mut found = Versions::default();
    const OPERATION: &str = "s3:ListObjectVersions";
    let mut marker = (None, None);
    let listing = Listing::new();
    for _ in 0..pages {
        let ask = cx
            .clients
            .s3
            .list_object_versions()
            .bucket(bucket)
            .prefix(key)
            // Keys may hold characters that XML can't.
            .encoding_type(EncodingType::Url)
            .set_key_marker(marker.0.clone())
            .set_version_id_marker(marker.1.clone())
            .send();
        let page = listing.page(ask).await.call(OPERATION)?;
        let is_encoded = page.encoding_type == Some(EncodingType::Url);
        let plain = |text: String| if is_encoded { decode(&text) } else { text };
        // Longer keys with the same beginning come after all versions of the key itself.
        let mut passed = false;
        let mut is_key = |other: Option<String>| {
            let is_key = other.map(plain).as_deref() == Some(key);
            passed |= !is_key;
            is_key
        };
        for version in page.versions.unwrap_or_default() {
            if is_key(version.key) {
                found.ids.push(version.version_id.unwrap_or_else(|| NULL.to_owned()));
            }
        }
        let markers = page.delete_markers.unwrap_or_default();
        found.markers += markers.into_iter().filter_map(|marker| is_key(marker.key).then_some(())).count();
        found.more = page.is_truncated == Some(true) && !passed;
        if !found.more {
            break;
        }
        let next = (page.next_key_marker.map(plain), page.next_version_id_marker);
        marker = contents::onwards(OPERATION, marker, next)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::aws::ownership::{LastApplied, Ownership};
    use crate::resource::Address;
    use crate::testing::aws::{Asked, Aws, no, yes};

    /// A version of `a`, newest first: its id, and whether the stack has put it; `None` for a delete marker.
    type One = (&'static str, Option<bool>);

    fn ownership(name: &str) -> String {
        let mut applied = LastApplied::default();
        applied.bind(name);
        let ownership =
            Ownership { stack: "cloud101".into(), address: Address::new("a"), applied, keep: Default::default() };
        ownership
            .tags()
            .iter()
            .map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"))
            .collect()
    }

    /// A bucket with these versions of `a`, and one of `ab`. The ids that were deleted are noted in the order in which
    /// that was asked.
    fn bucket(versions: &'static [One], deleted: &Arc<Mutex<Vec<String>>>) -> Aws {
        let deleted = deleted.clone();
        let tagging = |own: bool| {
            let tags = if own { ownership("b/a") } else { String::new() };
            yes(format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
        };
        Aws::with(move |call: &Asked| {
            let name = call.name.as_str();
            if name.contains("versions") {
                let one = |(n, (id, own)): (usize, &One)| {
                    let sort = if own.is_some() { "Version" } else { "DeleteMarker" };
                    format!("<{sort}><Key>a</Key><VersionId>{id}</VersionId><IsLatest>{}</IsLatest></{sort}>", n == 0)
                };
                let all: String = versions.iter().enumerate().map(one).collect();
                return yes(format!(
                    "<ListVersionsResult><IsTruncated>false</IsTruncated>{all}\
                     <Version><Key>ab</Key><VersionId>x</VersionId></Version></ListVersionsResult>"
                ));
            }
            if name.contains("delete") {
                let ids = call.body.split("<VersionId>").skip(1).filter_map(|rest| rest.split('<').next());
                deleted.lock().unwrap().extend(ids.map(str::to_owned));
                return yes("<DeleteResult/>");
            }
            let asked = versions.iter().find(|(id, _)| name.contains(&format!("versionId={id}")));
            match asked.or(versions.first()) {
                Some((_, Some(own))) => tagging(*own),
                // As AWS answers where a delete marker is on top.
                _ => no(405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
            }
        })
    }

    async fn deleted(versions: &'static [One]) -> Vec<String> {
        let gone = Arc::default();
        delete(&bucket(versions, &gone).context(), "b", "a").await.unwrap();
        gone.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn only_the_versions_that_the_stack_has_put_go_the_oldest_first() {
        assert_eq!(deleted(&[("3", Some(true)), ("2", Some(true)), ("m", None), ("1", Some(false))]).await, ["2", "3"]);
        assert_eq!(deleted(&[("m", None), ("3", Some(true)), ("2", Some(false)), ("1", Some(true))]).await, ["1", "3"]);
        assert_eq!(deleted(&[("null", Some(true))]).await, ["null"]);
        assert_eq!(deleted(&[("m", None), ("1", Some(false))]).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_plan_tells_what_is_under_the_key_besides_with_one_call_if_there_is_nothing() {
        let gone = Arc::default();
        let aws = bucket(&[("1", Some(true))], &gone);
        assert_eq!(of_others(&aws.context(), "b", "a").await.unwrap(), Others::default());
        assert_eq!(aws.calls().len(), 1);
        let aws = bucket(&[("3", Some(true)), ("2", Some(true)), ("m", None), ("1", Some(false))], &gone);
        let others = of_others(&aws.context(), "b", "a").await.unwrap();
        assert_eq!(
            others.stays.as_deref(),
            Some("1 version and 1 delete marker of others under this key; they are kept")
        );
        assert_eq!(aws.calls().len(), 3);
    }

    #[test]
    fn of_more_versions_than_are_asked_it_says_so() {
        assert_eq!(note(0, 0, false), None);
        assert!(note(2, 0, true).is_some_and(|note| note.starts_with("at least 2 versions of others")));
        assert!(note(0, 0, true).is_some_and(|note| note.contains("may belong to others")));
    }

    #[tokio::test]
    async fn a_locked_version_is_said_with_what_may_forbid_it() {
        let aws = Aws::with(|call: &Asked| match call.name.as_str() {
            name if name.contains("versions") => {
                yes("<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>")
            }
            name if name.contains("delete") => {
                yes("<DeleteResult><Error><Key>a</Key><VersionId>1</VersionId><Code>AccessDenied</Code>\
                 <Message>Access Denied because object protected by object lock.</Message></Error></DeleteResult>")
            }
            _ => yes(format!("<Tagging><TagSet>{}</TagSet></Tagging>", ownership("b/a"))),
        });
        let error = delete(&aws.context(), "b", "a").await.unwrap_err();
        assert!(error.message.contains("protected by object lock"), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("no object lock")));
    }
}
