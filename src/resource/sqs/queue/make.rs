//! A queue is made, or found to be there.

use std::future::Future;
use std::time::Duration;

use super::attributes::{Attributes, at_first, to_set};
use super::settled::{is_shown, new, shown, untyped};
use super::spec::Spec;
use super::{calls, policy};
use crate::aws::claim::claim;
use crate::aws::{Context, Error, ErrorKind, Result, wait};
use crate::resource::{Desired, Live};

/// For how long the name of a queue that was deleted may stay taken: AWS says a minute, and seldom keeps to it
/// (terraform-provider-aws#3148).
const NAME_FREE: Duration = Duration::from_secs(120);
/// For how long SQS may not know what a queue refers to: a role in its policy, or its dead-letter queue.
const UNKNOWN: Duration = Duration::from_secs(60);

/// SQS's code for a name that it does not give away yet.
const DELETED_RECENTLY: [&str; 2] = ["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"];

/// CreateQueue says yes to a queue with the same attributes, no matter who made it or what its tags are, and no to one
/// with others: the tags tell us who owns it, before and after.
pub(super) async fn make(cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
    let Desired { address, name, spec, .. } = desired;
    let what = format!("the queue `{name}`");
    if let Some(url) = calls::url(cx, name).await?
        && let Some(tags) = calls::tags_now(cx, &url).await?
    {
        claim(cx, address, name, &tags, &what)?;
    }
    // Also where one of ours is seen: it may be one that is being deleted, which only CreateQueue reports.
    let url = match create(cx, desired).await {
        // With other attributes: an earlier run got as far as this.
        Err(error) if error.kind == ErrorKind::Exists => {
            let found = calls::url(cx, name).await?.ok_or_else(|| error.clone())?;
            let tags = calls::tags_now(cx, &found).await?.ok_or(error)?;
            claim(cx, address, name, &tags, &what)?;
            found
        }
        url => url?,
    };
    let live = new(cx, &url).await?;
    claim(cx, address, name, &live.tags, &what)?;
    let (seen, target) = (untyped(&live.spec)?, untyped(spec)?);
    let is_said = |property: &str| !target[property].is_null();
    let differs = |property: &str| is_said(property) && !is_shown(property, &seen, &target);
    let attributes = to_set(&live.spec, spec, differs);
    if !attributes.is_empty() {
        set(cx, &url, spec, &attributes).await?;
    }
    shown(cx, &url, spec, is_said).await
}

async fn create(cx: &Context, desired: &Desired<Spec>) -> Result<String> {
    let Desired { name, spec, tags, .. } = desired;
    let attributes = at_first(spec);
    let freed = format!("AWS to free the name `{name}`, which it keeps for a minute after a queue was deleted");
    let is_kept = |error: &Error| error.is(&DELETED_RECENTLY);
    let attempt = || knowing(name, spec, || calls::create(cx, name, &attributes, tags));
    wait::retry_while(&freed, NAME_FREE, is_kept, attempt).await
}

/// Sets attributes of a queue that is to be as `spec` says.
pub(super) async fn set(cx: &Context, url: &str, spec: &Spec, attributes: &Attributes) -> Result<()> {
    knowing(calls::name_in(url), spec, || calls::set(cx, url, attributes)).await
}

/// The same call again as long as SQS does not know what the queue refers to, which may be new.
async fn knowing<T, F>(name: &str, spec: &Spec, attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let names_a_person = spec.policy.as_ref().is_some_and(policy::names_a_person);
    let may_be_new = |error: &Error| {
        let says = |words: &str| error.message.contains(words);
        error.is(&["InvalidAttributeValue", "InvalidParameterValue"])
            && (says("Dead letter target does not exist") || names_a_person && says("parameter Policy"))
    };
    wait::retry_while(&format!("SQS to know what the queue `{name}` refers to"), UNKNOWN, may_be_new, attempt).await
}
