//! An object as it is.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use futures::try_join;
use sha2::{Digest, Sha256};

use super::{Spec, attributes, content, tags};
use crate::aws::{Call, Context, Error, Result};
use crate::resource::Live;
use crate::resource::s3::bucket as buckets;

/// Objects up to this size, in bytes, are fetched: to learn their hash if S3 does not have it, and to be imported.
pub const FETCH_LIMIT: i64 = 64 * 1024 * 1024;

const GET: &str = "s3:GetObject";

/// The object that `desired` names; `None` if it or its bucket is not there.
pub async fn read(cx: &Context, desired: &Spec) -> Result<Option<Live<Spec>>> {
    let (bucket, key) = (desired.bucket.as_str(), desired.key.as_str());
    let head = async {
        let call = cx.clients.s3.head_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        call.send().await.call_if_found("s3:HeadObject")
    };
    let (head, tags) = match try_join!(head, tags::of(cx, bucket, key)) {
        Ok((Some(head), Some(tags))) => (head, tags),
        Ok(_) => return Ok(None),
        Err(error) => return Err(buckets::explain(cx, bucket, error).await),
    };
    let mut fetched = None;
    let mut hash = known_hash(&head);
    if hash.is_none() && head.content_length.unwrap_or_default() <= FETCH_LIMIT {
        fetched = fetch(cx, bucket, key).await?;
        hash = fetched.as_ref().map(|bytes| content::to_hex(&Sha256::digest(bytes)));
    }
    // cloud101 uploads every object with its SHA-256, so one without was uploaded by others.
    let hash = hash.unwrap_or_else(|| format!("unknown, ETag {}", head.e_tag().unwrap_or_default()));
    let mut texts = BTreeMap::new();
    let differs = desired.content_sha256.as_ref().is_some_and(|desired| *desired != hash);
    if differs && head.content_length.is_some_and(|length| length as u64 <= content::TEXT_LIMIT) {
        let bytes = match fetched {
            Some(bytes) => Some(bytes),
            None => fetch(cx, bucket, key).await?,
        };
        texts.extend(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| (key.to_owned(), text)));
    }
    let mut attributes = attributes(&cx.place, bucket, key);
    attributes.extend(head.e_tag().map(|etag| ("etag".to_owned(), etag.trim_matches('"').to_owned())));
    let version = head.version_id().filter(|version| *version != "null");
    attributes.extend(version.map(|version| ("version_id".to_owned(), version.to_owned())));
    // AWS leaves the standard class unsaid.
    let class = head.storage_class.as_ref().map_or("STANDARD", |class| class.as_str()).to_owned();
    let spec = Spec {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        source: None,
        content: None,
        content_sha256: Some(hash),
        content_type: head.content_type,
        cache_control: head.cache_control,
        metadata: Some(head.metadata.unwrap_or_default().into_iter().collect()),
        storage_class: Some(class),
    };
    let lost = if is_put_again(&spec, desired) { annotations(cx, bucket, key).await } else { None };
    let mut live = Live::new(format!("{bucket}/{key}"), spec, attributes, tags);
    live.texts = texts;
    live.besides.changed.extend(lost);
    Ok(Some(live))
}

/// Whether `desired`, which may say nothing, says something else than there is.
fn is_put_again(live: &Spec, desired: &Spec) -> bool {
    let differs = |live: &Option<String>, desired: &Option<String>| desired.is_some() && desired != live;
    differs(&live.content_sha256, &desired.content_sha256)
        || differs(&live.content_type, &desired.content_type)
        || differs(&live.cache_control, &desired.cache_control)
        || differs(&live.storage_class, &desired.storage_class)
        || desired.metadata.as_ref().is_some_and(|metadata| live.metadata.as_ref() != Some(metadata))
}

/// What is lost of an object that is put again, although all that a PutObject can say is sent again. Where this can't be
/// asked, as in regions and for users without annotations, there is nothing to be said.
async fn annotations(cx: &Context, bucket: &str, key: &str) -> Option<String> {
    let call = cx.clients.s3.list_object_annotations().bucket(bucket).key(key).send().await;
    let found = match call.call("s3:ListObjectAnnotations") {
        Ok(answer) => answer.annotations.unwrap_or_default(),
        Err(error) => {
            tracing::debug!(%error, "its annotations are not known");
            return None;
        }
    };
    match &*found {
        [] => None,
        [one] => Some(format!("its annotation `{}` is lost: the whole object is uploaded again", one.annotation_name)),
        all => Some(format!("its {} annotations are lost: the whole object is uploaded again", all.len())),
    }
}

/// The SHA-256 that S3 keeps for an object that was put with one, in one piece.
fn known_hash(head: &HeadObjectOutput) -> Option<String> {
    if head.checksum_type == Some(ChecksumType::Composite) {
        return None;
    }
    content::from_checksum(head.checksum_sha256()?)
}

/// How large the content is, in bytes; `None` if the object is gone meanwhile.
pub async fn length(cx: &Context, bucket: &str, key: &str) -> Result<Option<i64>> {
    let head = cx.clients.s3.head_object().bucket(bucket).key(key).send().await.call_if_found("s3:HeadObject")?;
    Ok(head.map(|head| head.content_length.unwrap_or_default()))
}

/// The content; `None` if the object is gone meanwhile, or in an archive from which it must be restored first.
pub async fn fetch(cx: &Context, bucket: &str, key: &str) -> Result<Option<Vec<u8>>> {
    let answer = cx.clients.s3.get_object().bucket(bucket).key(key).send().await;
    let answer = match answer.call(GET) {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() || error.is(&["InvalidObjectState"]) => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = answer.body.collect().await.map_err(|error| Error::unexpected(GET, error.to_string()))?;
    Ok(Some(bytes.to_vec()))
}
