//! Who may do what.

mod account_profile;
mod answers;
mod description;
mod details;
mod grants;
pub mod group;
mod holders;
pub mod instance_profile;
pub mod known;
mod lookup;
mod marked_path;
pub(super) mod permissions;
pub mod policy;
pub mod policy_document;
pub mod role;
pub mod user;
#[cfg(test)]
mod with_answers;

use std::future::Future;
use std::time::Duration;

use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Context, Error, ErrorKind, Result, tags};
use crate::explain::Code;
use crate::resource::{Diagnostic, Live, Place, Tags, is_unknown};

/// How long IAM's copies may lag behind a change before cloud101 stops waiting for them.
const LAG: Duration = Duration::from_secs(20);
/// How long IAM may refuse what names a role, user, policy or profile that was made or changed a moment ago. It was seen
/// to take 37 seconds.
const NEWCOMER: Duration = Duration::from_secs(120);
/// How many users, or all else that is on one page, IAM is asked for at once.
const PAGE: i32 = 1000;
/// How long they may deny what was seen before.
const DENIED: Duration = Duration::from_secs(10);

/// The ARN of a role, user, policy or instance profile of this stack. `path` begins and ends with a slash.
fn arn(place: &Place, sort: &str, path: &str, name: &str) -> String {
    place.arn_of_account("iam", &format!("{sort}{path}{name}"))
}

/// The same path as [`crate::aws::Context::iam_path`].
fn path(place: &Place) -> String {
    format!("/cloud101/{}/", place.stack)
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags::each(tags, |key, value| Tag::builder().key(key).value(value).build())
}

fn tags_of(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// IAM answers reads from copies that lag behind a write by seconds: reads until `shows`, at most [`LAG`], and then
/// takes what there is.
async fn settled<S, F, Fut>(what: &str, read: F, shows: impl Fn(&S) -> bool) -> Result<Live<S>>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Option<Live<S>>>>,
{
    let shows = &shows;
    let thing = Thing { name: what, is_known: true, lag: DENIED };
    let found = wait::until_ready(&format!("IAM to show {what} as it was set"), LAG, thing, || {
        let reading = read();
        async move { Ok(Sight::of(reading.await?, |live| shows(&live.spec))) }
    })
    .await;
    match found {
        Err(error) if error.kind == ErrorKind::TimedOut => read().await?.ok_or(error),
        found => found,
    }
}

/// Deletes what IAM refuses to delete as long as `in_use` says so, and waits until it `is_there` no more. The first attempt gets
/// the answers of the look right before, the others ask again. `free` and `what` complete "IAM to see that …" and "IAM
/// to forget …".
async fn delete<D, T>(
    cx: &Context,
    (free, what): (&str, &str),
    in_use: impl Fn(&Error) -> bool,
    delete: impl Fn(Context) -> D,
    is_there: impl Fn() -> T,
) -> Result<()>
where
    D: Future<Output = Result<()>>,
    T: Future<Output = Result<bool>>,
{
    let mut seen = Some(cx.just_now());
    let attempt = || delete(seen.take().unwrap_or_else(|| cx.clone()));
    wait::retry_while(&format!("IAM to see that {free}"), NEWCOMER, in_use, attempt).await?;
    wait::poll_until(&format!("IAM to forget {what}"), NEWCOMER, || {
        let asked = is_there();
        async move { Ok((!asked.await?).then_some(())) }
    })
    .await
}

/// Whether IAM refuses to delete something because of what it still sees on it.
fn has_something(error: &Error) -> bool {
    error.is(&["DeleteConflict"])
}

/// IAM's rule for names (API: CreateRole, CreatePolicy): `most` letters, digits and `_+=,.@-`.
fn check_name(path: &str, what: &str, name: &str, most: usize) -> Option<Diagnostic> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if is_unknown(name) || (1..=most).contains(&name.len()) && name.chars().all(allowed) {
        return None;
    }
    let diagnostic = Diagnostic::new(Code::AwsName, path, format!("`{name}` is not {what}"));
    Some(diagnostic.help(format!("use 1 to {most} letters, digits and _ + = , . @ -")))
}

/// A document as IAM answers it: JSON, percent-encoded (RFC 3986).
fn decoded(document: &str) -> Option<Value> {
    if let Ok(plain) = serde_json::from_str(document) {
        return Some(plain);
    }
    serde_json::from_slice(&percent_decode_str(document).collect::<Vec<_>>()).ok()
}

/// The same; one that can't be read is a text.
fn document(text: &str) -> Value {
    decoded(text).unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_come_percent_encoded_or_plain() {
        let document = json!({ "Sid": "für 100%+1", "Action": "s3:*" });
        assert_eq!(decoded(&document.to_string()), Some(document.clone()));
        let encoded: String = document.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(decoded(&encoded), Some(document));
        assert_eq!(decoded("not json"), None);
    }

    #[test]
    fn names_follow_iams_grammar() {
        assert_eq!(check_name("name", "a role name", "cloud101+role@example.edu", 64), None);
        assert!(check_name("name", "a role name", "a role", 64).is_some());
        assert!(check_name("name", "a role name", &"r".repeat(65), 64).is_some());
        assert!(check_name("name", "a role name", "", 64).is_some());
    }
}
