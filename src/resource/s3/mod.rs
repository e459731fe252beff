//! Buckets and the objects in them.

pub mod bucket;
mod known;
pub mod object;
pub(super) mod permissions;

use std::time::Duration;

use aws_sdk_s3::types::Tag;
use aws_smithy_types::error::operation::BuildError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};

use crate::aws::{Error, Result, tags, wait};
use crate::resource::Tags;

/// For how long a call to a bucket that exists may find it missing or busy: S3's settings are eventually consistent.
const SETTLING: Duration = Duration::from_secs(30);

/// What a URL may hold as it is (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for a path, which keeps its slashes.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// Makes a call on a bucket that is known to exist, and again for a while if S3 does not see it yet or works on it.
async fn settled<T, F, Fut>(attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let passing = |error: &Error| error.is(&["NoSuchBucket", "OperationAborted"]);
    wait::retry_while("S3 to know the bucket", SETTLING, passing, attempt).await
}

/// A value that the SDK's builder refuses only if a required part is missing.
fn built<T>(value: std::result::Result<T, BuildError>) -> Result<T> {
    value.map_err(|error| Error::refused(error.to_string()))
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags::each(tags, |key, value| Tag::builder().key(key).value(value).build())
}

fn from_sdk_tags(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, ENCODED).to_string()
}

fn encode_path(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, ENCODED_IN_PATH).to_string()
}

/// A key in a listing that was asked for with `encoding-type=url`, where a space is a plus.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_the_encoding_of_listings() {
        assert_eq!(decode("a+b%2Bc%2F%C3%A9"), "a b+c/é");
        assert_eq!(encode("cloud101:stack é/"), "cloud101%3Astack%20%C3%A9%2F");
        assert_eq!(encode_path("week 1/a+b.csv"), "week%201/a%2Bb.csv");
    }
}
