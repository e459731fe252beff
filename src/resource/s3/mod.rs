//! Buckets and the objects in them.

pub mod bucket;
mod known;
pub mod object;
pub(super) mod permissions;

use std::time::Duration;

use aws_sdk_s3::types::Tag;
use aws_smithy_types::error::operation::BuildError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};

use crate::aws::mark::Mark;
use crate::aws::{Context, Error, Result, claim, wait};
use crate::resource::{Tags, Wanted};

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
    wait::while_failing("S3 to know the bucket", SETTLING, passing, attempt).await
}

/// A value that the SDK's builder refuses only if a required part is missing.
fn built<T>(value: std::result::Result<T, BuildError>) -> Result<T> {
    value.map_err(|error| Error::refused(error.to_string()))
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

fn from_sdk_tags(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// The tags after `set` and `remove`; `None` if nothing changes.
fn merged(tags: &Tags, set: &Tags, remove: &[String]) -> Option<Tags> {
    let mut merged = tags.clone();
    merged.extend(set.clone());
    merged.retain(|key, _| set.contains_key(key) || !remove.contains(key));
    (merged != *tags).then_some(merged)
}

/// Whether something that exists already under a wanted name is what an earlier run of this stack made for its
/// address; otherwise the error that says whose it is. `what` begins the sentence: "the bucket `x`".
fn claim<S>(cx: &Context, wanted: &Wanted<S>, tags: &Tags, what: &str) -> Result<()> {
    let stack = &cx.place.stack;
    match Mark::read(tags) {
        Some(_) if claim::is_mine(cx, &wanted.address, &wanted.name, tags) => Ok(()),
        Some(mark) if mark.applied.is_of_another(&wanted.name) => {
            Err(Error::refused(format!("{what} exists already, and its tags are a copy of another resource's"))
                .with_hint("choose another name, or take it over: add `adopt: true` to the resource"))
        }
        Some(mark) if mark.stack == *stack => {
            Err(Error::refused(format!("{what} exists already: it is `{}` of this stack", mark.address))
                .with_hint("give one of the two another name"))
        }
        Some(mark) => Err(Error::refused(format!("{what} exists already and belongs to the stack `{}`", mark.stack))
            .with_hint("choose another name, or take it over: add `adopt: true` to the resource")),
        None => Err(Error::refused(format!("{what} exists already and is not this stack's"))
            .with_hint("choose another name, or take it over: add `adopt: true` to the resource")),
    }
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

    #[test]
    fn retagging_keeps_what_is_not_named() {
        let tags = Tags::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        let set = Tags::from([("c".into(), "3".into())]);
        let after = merged(&tags, &set, &["b".into()]);
        assert_eq!(after, Some(Tags::from([("a".into(), "1".into()), ("c".into(), "3".into())])));
        assert_eq!(merged(&tags, &Tags::new(), &[]), None);
    }
}
