//! A bucket as it is.

use std::sync::LazyLock;

use futures::{join, try_join};

use super::settings::settings;
use super::spec::Spec;
use super::{PROPERTIES, attributes, contents, name, settled, tags, untyped};
use crate::aws::ownership::LastApplied;
use crate::aws::{Bounded, Context, Error, ErrorKind, Result};
use crate::model::value::is_within;
use crate::resource::schema::Schema;
use crate::resource::{DeleteBlocker, Desired, Live};

/// The stack's bucket with what the file says of it, and what an earlier apply set and the file no longer says: each
/// setting costs a call. `with_contents`: also what is in it.
pub async fn of_stack(cx: &Context, desired: &Desired<Spec>, with_contents: bool) -> Result<Option<Live<Spec>>> {
    let said = untyped(&desired.spec)?;
    let is_said = |property: &str| !said[property].is_null();
    let live = match with_contents {
        true => bucket(cx, &desired.name, is_said).await?,
        false => without_contents(cx, &desired.name, is_said).await?,
    };
    let Some(live) = live else {
        return Ok(None);
    };
    let applied = LastApplied::read(&live.tags);
    let is_taken_out = |property: &str| !is_said(property) && is_recorded(&applied, property);
    let live = match PROPERTIES.into_iter().any(is_taken_out) {
        true => {
            let asks = |property: &str| is_said(property) || is_taken_out(property);
            let again = without_contents(cx, &desired.name, asks).await?;
            again.map(|again| Live { blocker: live.blocker, ..again })
        }
        false => Some(live),
    };
    let Some(live) = live else {
        return Ok(None);
    };
    let is_set = |property: &str| is_recorded(&applied, property);
    settled::settled(cx, desired, live, is_set).await.map(Some)
}

/// One of many buckets that go: who owns it, and of how it is set only the policy, which may let others' buckets write
/// to it.
pub async fn that_goes(cx: &Context, desired: &Desired<Spec>) -> Result<Option<Live<Spec>>> {
    without_contents(cx, &desired.name, |property| property == "policy" && desired.spec.policy.is_some()).await
}

/// The paths of all settings, as an apply records them.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| Schema::of::<Spec>().leaves().to_vec());

/// Whether the last apply set `property`, or something inside it.
fn is_recorded(applied: &LastApplied, property: &str) -> bool {
    PATHS.iter().any(|path| is_within(path, property) && applied.has(path))
}

/// The bucket `name` with its tags and the settings that `asks` names; `None` if there is none. A bucket of
/// another account or region is an error that says so.
pub async fn bucket(cx: &Context, name: &str, asks: impl Fn(&str) -> bool) -> Result<Option<Live<Spec>>> {
    let (live, contents) = join!(without_contents(cx, name, asks), contents::of(cx, name));
    let Some(mut live) = live? else { return Ok(None) };
    live.blocker = contents?.map(DeleteBlocker::Contents);
    Ok(Some(live))
}

/// The same, without a look at what is in it.
pub async fn without_contents(cx: &Context, name: &str, asks: impl Fn(&str) -> bool) -> Result<Option<Live<Spec>>> {
    match try_join!(settings(cx, name, asks), tags::of(cx, name)) {
        Ok((_, None)) => Ok(None),
        Ok((spec, Some(tags))) => {
            let attributes = attributes(&cx.place, name, &spec);
            Ok(Some(Live::new(name, spec, attributes, tags)))
        }
        Err(error) if error.is(&["NoSuchBucket"]) => Ok(None),
        Err(error) => Err(explain(cx, name, error).await),
    }
}

/// Says why a bucket that exists can't be read: AWS answers "denied" both for a bucket of this account and for one
/// of another.
pub async fn explain(cx: &Context, name: &str, error: Error) -> Error {
    let elsewhere = [
        "PermanentRedirect",
        "TemporaryRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
    ];
    // The answer to a HEAD has no code.
    let is_elsewhere = error.is(&elsewhere) || error.message.ends_with("status 301");
    if error.kind != ErrorKind::Denied && !is_elsewhere || is_about_the_user(&error) {
        return error;
    }
    let mut pages = cx.clients.s3.list_buckets().prefix(name).max_buckets(tags::PAGE).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let Ok(page) = page else {
            // Without s3:ListAllMyBuckets the owner is unknown.
            return error.with_hint(format!(
                "either you are not allowed to do this, or the bucket `{name}` belongs to another account or \
                 region: bucket names are global"
            ));
        };
        for bucket in page.buckets.unwrap_or_default() {
            if bucket.name.as_deref() == Some(name) {
                return match bucket.bucket_region {
                    Some(region) if region != cx.place.region => Error::refused(format!(
                        "the bucket `{name}` is in {region}, but this stack is in {}",
                        cx.place.region
                    ))
                    .with_hint(format!(
                        "choose another name, because a bucket can't be moved, and its name can't be used twice; if \
                         the stack was in {region} before, destroy its resources there with `--region {region}`"
                    )),
                    _ => error,
                };
            }
        }
    }
    taken(name, error)
}

/// Whether AWS says which of the user's own policies, or of the account's organisation, stands in the way: it does so
/// within one account, so the bucket is not a stranger's (IAM User Guide, access denied error messages).
fn is_about_the_user(error: &Error) -> bool {
    let policies = [
        "identity-based policy",
        "permissions boundary",
        "service control policy",
        "session policy",
        "resource control policy",
    ];
    error.kind == ErrorKind::Denied && policies.iter().any(|policy| error.message.contains(policy))
}

/// The name is another account's, which `error` does not say as plainly.
pub fn taken(name: &str, error: Error) -> Error {
    let error = error.with_hint(format!(
        "the bucket `{name}` belongs to another account, and bucket names are global, among all customers of AWS; for \
         a name that only your account can use, write `namespace: account` and `name: \
         {}-${{aws.account_id}}-${{aws.region}}-an`",
        name::prefix(name)
    ));
    Error { kind: ErrorKind::Exists, ..error }
}
