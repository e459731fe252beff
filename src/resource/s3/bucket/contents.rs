//! What is in a bucket: counting it, and deleting it.

use aws_sdk_s3::types::{Delete, EncodingType, ObjectIdentifier};

use crate::aws::bounds::Listing;
use crate::aws::{Call, Context, Error, ErrorKind, Result, try_side_by_side};
use crate::resource::Contents;
use crate::resource::s3::{built, decode};

/// The versions and delete markers in a bucket, from a single page; `None` for none, and where there is no such
/// bucket or this user may not list them.
pub async fn of(cx: &Context, bucket: &str) -> Result<Option<Contents>> {
    // Keys may hold characters that XML can't.
    let request = cx.clients.s3.list_object_versions().bucket(bucket).encoding_type(EncodingType::Url);
    let answer = request.send().await.call("s3:ListObjectVersions");
    let page = match answer {
        Ok(page) => page,
        Err(error) if error.kind == ErrorKind::Denied || error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let (is_encoded, more) = (page.encoding_type == Some(EncodingType::Url), page.is_truncated == Some(true));
    let versions = page.versions.unwrap_or_default().into_iter().filter_map(|version| version.key);
    let markers = page.delete_markers.unwrap_or_default().into_iter().filter_map(|marker| marker.key);
    let id = |key: String| format!("{bucket}/{}", if is_encoded { decode(&key) } else { key });
    let ids: Vec<_> = versions.chain(markers).map(id).collect();
    Ok((!ids.is_empty() || more).then_some(Contents { ids, more, one: "object" }))
}

/// Deletes every version, delete marker and unfinished upload. What is put there meanwhile may stay.
pub async fn empty(cx: &Context, bucket: &str) -> Result<()> {
    delete_versions(cx, bucket).await?;
    abort_uploads(cx, bucket).await
}

/// Deletes page by page. However many there are, it goes on as long as each page brings some.
async fn delete_versions(cx: &Context, bucket: &str) -> Result<()> {
    const OPERATION: &str = "s3:ListObjectVersions";
    let s3 = &cx.clients.s3;
    let mut marker = (None, None);
    let mut fruitless = Listing::new();
    loop {
        let ask = s3
            .list_object_versions()
            .bucket(bucket)
            // Keys may hold characters that XML can't.
            .encoding_type(EncodingType::Url)
            .set_key_marker(marker.0.clone())
            .set_version_id_marker(marker.1.clone())
            .send();
        let page = fruitless.page(ask).await.call(OPERATION)?;
        let is_encoded = page.encoding_type == Some(EncodingType::Url);
        let plain = |key: String| if is_encoded { decode(&key) } else { key };
        let versions = page.versions.unwrap_or_default().into_iter().map(|v| (v.key, v.version_id));
        let markers = page.delete_markers.unwrap_or_default().into_iter().map(|m| (m.key, m.version_id));
        let mut batch = Vec::new();
        for (key, version) in versions.chain(markers).filter_map(|(key, version)| Some((plain(key?), version))) {
            batch.push(built(ObjectIdentifier::builder().key(key).set_version_id(version).build())?);
        }
        if !batch.is_empty() {
            fruitless = Listing::new();
        }
        delete_batch(cx, bucket, batch).await?;
        if page.is_truncated != Some(true) {
            return Ok(());
        }
        let next = (page.next_key_marker.map(plain), page.next_version_id_marker);
        marker = onwards(OPERATION, marker, next)?;
    }
}

/// Where the next page begins. One that begins where the last one did would come again and again.
pub fn onwards<T: PartialEq>(operation: &'static str, last: T, next: T) -> Result<T> {
    if last != next {
        return Ok(next);
    }
    let error = Error::unexpected(operation, "every page of the list points to itself as the next one");
    Err(error.with_hint(
        "run the same command again; if you use --endpoint-url or AWS_ENDPOINT_URL, check what responds there",
    ))
}

/// DeleteObjects takes 1000 at once, as many as a page has, and answers "yes" with a list of those it did not delete. It
/// takes them as XML, so keys with characters that XML can't hold are deleted one by one.
pub async fn delete_batch(cx: &Context, bucket: &str, batch: Vec<ObjectIdentifier>) -> Result<()> {
    const OPERATION: &str = "s3:DeleteObjects";
    let (batch, apart): (Vec<_>, Vec<_>) = batch.into_iter().partition(|one| one.key().chars().all(is_of_xml));
    let delete = |one: ObjectIdentifier| async move {
        let call = cx.clients.s3.delete_object().bucket(bucket).key(one.key).set_version_id(one.version_id);
        call.send().await.call_if_found("s3:DeleteObject").map(drop)
    };
    try_side_by_side(apart, delete).await?;
    if batch.is_empty() {
        return Ok(());
    }
    let delete = built(Delete::builder().set_objects(Some(batch)).quiet(true).build())?;
    let answer = cx.clients.s3.delete_objects().bucket(bucket).delete(delete).send().await.call(OPERATION)?;
    let mut left = answer.errors().iter().filter(|error| error.code() != Some("NoSuchKey")).peekable();
    let Some(first) = left.peek() else {
        return Ok(());
    };
    let (key, code) = (first.key().unwrap_or_default(), first.code().unwrap_or_default().to_owned());
    let message = format!("`{key}`: {}", first.message().unwrap_or("no reason given"));
    let hint = match code.as_str() {
        "AccessDenied" => "you need s3:DeleteObjectVersion, and no object lock or bucket policy may deny it",
        _ => "run the same command again",
    };
    let others = left.count() - 1;
    let message = if others == 0 { message } else { format!("{message} (and {others} others)") };
    let kind = if code == "AccessDenied" { ErrorKind::Denied } else { ErrorKind::Other };
    Err(Error { kind, code: Some(code), ..Error::unexpected(OPERATION, message) }.with_hint(hint))
}

/// Whether XML 1.0 can hold the character, in whatever form.
fn is_of_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

async fn abort_uploads(cx: &Context, bucket: &str) -> Result<()> {
    const OPERATION: &str = "s3:ListMultipartUploads";
    let s3 = &cx.clients.s3;
    let mut marker = (None, None);
    let mut fruitless = Listing::new();
    loop {
        let ask = s3
            .list_multipart_uploads()
            .bucket(bucket)
            .encoding_type(EncodingType::Url)
            .set_key_marker(marker.0.clone())
            .set_upload_id_marker(marker.1.clone())
            .send();
        let page = fruitless.page(ask).await.call(OPERATION)?;
        let is_encoded = page.encoding_type == Some(EncodingType::Url);
        let plain = |key: String| if is_encoded { decode(&key) } else { key };
        for upload in page.uploads.unwrap_or_default() {
            fruitless = Listing::new();
            let call = s3.abort_multipart_upload().bucket(bucket).set_upload_id(upload.upload_id);
            call.set_key(upload.key.map(plain)).send().await.call_if_found("s3:AbortMultipartUpload")?;
        }
        if page.is_truncated != Some(true) {
            return Ok(());
        }
        let next = (page.next_key_marker.map(plain), page.next_upload_id_marker);
        marker = onwards(OPERATION, marker, next)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Asked, Aws, no, yes};

    #[tokio::test]
    async fn keys_that_xml_can_not_hold_are_deleted_one_by_one_and_the_rest_at_once() {
        let aws = Aws::with(move |call: &Asked| match call.name.as_str() {
            name if name.contains("versions") => {
                yes("<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
                 <Version><Key>a%10b.jpg</Key><VersionId>1</VersionId></Version>\
                 <Version><Key>tab%09.txt</Key><VersionId>2</VersionId></Version>\
                 <DeleteMarker><Key>%EF%BF%BE</Key><VersionId>3</VersionId></DeleteMarker></ListVersionsResult>")
            }
            name if name.starts_with("s3:POST") && call.body.chars().any(|c| !is_of_xml(c)) => {
                no(400, "MalformedXML", "The XML you provided was not well-formed")
            }
            name if name.starts_with("s3:POST") => yes("<DeleteResult/>"),
            _ => yes("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"),
        });
        empty(&aws.context(), "lesson").await.unwrap();
        let calls = aws.calls();
        let alone: Vec<_> = calls.iter().filter(|call| call.name.starts_with("s3:DELETE")).map(|c| &c.name).collect();
        let (control, no_character) = ("s3:DELETE /lesson/a%10b.jpg", "s3:DELETE /lesson/%EF%BF%BE");
        assert!(
            alone.len() == 2 && alone.iter().any(|name| name.starts_with(control) && name.ends_with("=1")),
            "{alone:?}"
        );
        assert!(alone.iter().any(|name| name.starts_with(no_character)), "{alone:?}");
        let batch = calls.iter().find(|call| call.name.starts_with("s3:POST")).unwrap();
        assert_eq!(batch.body.matches("<Object>").count(), 1, "{}", batch.body);
    }
}
