//! SQS takes up to a minute to make a change known everywhere, and up to fifteen with the time for which messages are kept
//! (API: SetQueueAttributes); meanwhile an answer may be the old one or the new one. What was seen once is not the end of
//! it, and what a plan would call drift is asked for again first.
//!
//! The time of the last change, which SQS returns, says nothing here: an old answer has the old time.

use std::iter;
use std::time::Duration;

use futures::future::try_join_all;
use futures::join;
use serde_json::Value;

use super::attributes::{NAMES, RETENTION};
use super::spec::Spec;
use super::{calls, policy, read};
use crate::aws::ownership::LastApplied;
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Context, Error, ErrorKind, Result};
use crate::model::value::{has_unknown, shows};
use crate::model::{is_unknown, policy as documents};
use crate::resource::{Desired, Live, Tags};

/// How many looks at once have to show what was set, or that a queue is gone.
pub(super) const AGREEING: usize = 3;
/// For how long what was set may not be seen, and a new queue.
pub(super) const VISIBLE: Duration = Duration::from_secs(60);
/// The same of the time for which messages are kept.
const RETAINED: Duration = Duration::from_secs(900);
/// For how long SQS may deny a queue that was seen before.
const DENIED: Duration = Duration::from_secs(10);
/// The pauses, in milliseconds, after which a plan asks again for what differs from what an apply has set.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

/// The queue that `desired` names, no matter who made it, as far as its attributes have settled.
pub(super) async fn of_stack(cx: &Context, desired: &Desired<Spec>) -> Result<Option<Live<Spec>>> {
    let Some(url) = calls::url(cx, &desired.name).await? else { return Ok(None) };
    match read::queue(cx, &url).await? {
        Some(live) => settled(cx, desired, live).await.map(Some),
        None => Ok(None),
    }
}

/// `live`, with what looks changed and is only not settled yet as it was set.
async fn settled(cx: &Context, desired: &Desired<Spec>, mut live: Live<Spec>) -> Result<Live<Spec>> {
    let target = untyped(&desired.spec)?;
    for pause in PAUSES {
        let mut seen = untyped(&live.spec)?;
        let applied = LastApplied::read(&live.tags);
        let differing: Vec<_> = properties()
            .filter(|property| applied.has(property) && !target[*property].is_null())
            .filter(|property| !has_unknown(&target[*property]) && !is_shown(property, &seen, &target))
            .collect();
        // Those of a queue that is not the stack's have no reason to be as wanted.
        let tags_differ = cx.owns(&desired.name, &live.tags) && lacks(&live.tags, &desired.tags);
        if differing.is_empty() && !tags_differ {
            break;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // What is wrong with the answers, the first look would have said, or the next one will.
        let (spec, tags) = join!(calls::spec(cx, &live.id), calls::tags_now(cx, &live.id));
        if let Ok(Some(again)) = spec {
            let again = untyped(&again)?;
            for property in differing.into_iter().filter(|property| is_shown(property, &again, &target)) {
                seen[property] = again[property].clone();
            }
            live.spec = serde_json::from_value(seen).map_err(|error| Error::refused(error.to_string()))?;
        }
        if let Ok(Some(tags)) = tags
            && tags_differ
            && !lacks(&tags, &desired.tags)
        {
            live.tags = tags;
        }
    }
    let (policy, deleted) = policy::settled(cx, &live.id, desired.spec.policy.as_ref(), live.spec.policy.take()).await;
    live.spec.policy = policy;
    live.notes.extend(deleted);
    Ok(live)
}

/// The queue once several looks at once show what `desired` says of the properties that `touches` names; what never shows is
/// left to the next plan.
pub(super) async fn shown(
    cx: &Context,
    url: &str,
    target: &Spec,
    touches: impl Fn(&str) -> bool,
) -> Result<Live<Spec>> {
    let target = untyped(target)?;
    let (late, soon): (Vec<_>, Vec<_>) = NAMES.into_iter().partition(|(_, name)| *name == RETENTION);
    let touched = |all: Vec<(&'static str, _)>| -> Vec<_> {
        all.into_iter().map(|(property, _)| property).filter(|property| touches(property)).collect()
    };
    let live = agreed(cx, url, &target, &touched(soon), VISIBLE).await?;
    match touched(late) {
        late if late.is_empty() => Ok(live),
        late => agreed(cx, url, &target, &late, RETAINED).await,
    }
}

async fn agreed(cx: &Context, url: &str, target: &Value, properties: &[&str], limit: Duration) -> Result<Live<Spec>> {
    let name = format!("the queue `{}`", calls::name_in(url));
    let thing = Thing { name: &name, is_known: true, lag: DENIED };
    let look = || async {
        let again = (1..AGREEING).map(|_| calls::spec(cx, url));
        let (live, again) = join!(read::queue(cx, url), try_join_all(again));
        let Some(live) = live? else { return Ok(Sight::Missing) };
        let mut all = true;
        for spec in iter::once(Some(live.spec.clone())).chain(again?) {
            let Some(spec) = spec else { return Ok(Sight::Unready) };
            let seen = untyped(&spec)?;
            all &= properties.iter().all(|property| is_shown(property, &seen, target));
        }
        Ok(if all { Sight::Ready(live) } else { Sight::Unready })
    };
    match wait::until_ready(&format!("the new settings of {name}"), limit, thing, look).await {
        Err(error) if error.kind == ErrorKind::TimedOut => read::queue(cx, url).await?.ok_or(error),
        result => result,
    }
}

/// The queue that was just made, once it shows the tags that it was made with. One that goes on without any was there before.
pub(super) async fn new(cx: &Context, url: &str) -> Result<Live<Spec>> {
    let what = format!("the queue `{}` to be seen", calls::name_in(url));
    let look = || async { Ok(read::queue(cx, url).await?.filter(|live| !live.tags.is_empty())) };
    match wait::poll_until(&what, VISIBLE, look).await {
        Err(error) if error.kind == ErrorKind::TimedOut => read::queue(cx, url).await?.ok_or(error),
        seen => seen,
    }
}

/// Waits until no look finds the queue any more.
pub(super) async fn gone(cx: &Context, url: &str, limit: Duration) -> Result<()> {
    let what = format!("the queue `{}` to be gone", calls::name_in(url));
    wait::poll_until(&what, limit, || async {
        let looks = try_join_all((0..AGREEING).map(|_| calls::tags_now(cx, url))).await?;
        Ok(looks.iter().all(Option::is_none).then_some(()))
    })
    .await
}

fn properties() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().map(|(property, _)| property)
}

/// Whether `seen` has what `desired` says of a property; where that says nothing, whether there is nothing.
pub(super) fn is_shown(property: &str, seen: &Value, target: &Value) -> bool {
    match (&seen[property], &target[property]) {
        (live, Value::Null) => live.is_null(),
        // AWS rewrites policies, and shows a principal that it does not know yet by an id.
        (live, target) if property == "policy" => documents::same(target, live),
        (live, target) => shows(live, target),
    }
}

fn lacks(live: &Tags, desired: &Tags) -> bool {
    desired.iter().any(|(key, value)| !is_unknown(value) && live.get(key) != Some(value))
}

pub(super) fn untyped(spec: &Spec) -> Result<Value> {
    serde_json::to_value(spec).map_err(|error| Error::refused(error.to_string()))
}
