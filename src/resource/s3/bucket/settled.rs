//! For about half a minute after a change S3 answers now the old settings of a bucket, now the new ones. What was seen
//! once is not the end of it, and what a plan would call drift is asked for again first.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::join;
use serde_json::Value;

use super::spec::Spec;
use super::{PROPERTIES, settings, tags, untyped};
use crate::aws::{Context, Error, Result, wait};
use crate::model::value::{has_unknown, shows};
use crate::model::{is_unknown, policy, principal};
use crate::resource::{Desired, Live, Tags};

/// The pauses, in milliseconds, after which a plan asks again for what differs from what an apply has set. S3 does not say
/// when a bucket was changed last, so this is asked of every difference: the answers are independent of each
/// other, and one that shows what was set is enough.
const PAUSES: [u64; 4] = [50, 100, 200, 400];
/// For how long a plan waits for AWS to know a principal that it shows by its id.
const PRINCIPALS: Duration = Duration::from_secs(5);

/// `live`, with what looks changed and is only not settled yet as it was set. `is_set`: whether the last apply set a
/// property.
pub async fn settled(
    cx: &Context,
    desired: &Desired<Spec>,
    mut live: Live<Spec>,
    is_set: impl Fn(&str) -> bool,
) -> Result<Live<Spec>> {
    let target = untyped(&desired.spec)?;
    for pause in PAUSES {
        let mut seen = untyped(&live.spec)?;
        let differing: BTreeSet<_> =
            PROPERTIES.into_iter().filter(|property| is_set(property) && differs(property, &seen, &target)).collect();
        // Those of a bucket that is not the stack's have no reason to be as wanted.
        let tags_differ = cx.owns(&live.id, &live.tags) && lacks(&live.tags, &desired.tags);
        if differing.is_empty() && !tags_differ {
            break;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let asked = differing.clone();
        let settings = async {
            if asked.is_empty() {
                None
            } else {
                settings::settings(cx, &live.id, |name| asked.contains(name)).await.ok()
            }
        };
        let tags = async { if tags_differ { tags::now(cx, &live.id).await.ok().flatten() } else { None } };
        // What is wrong with the answers, the first look would have said, or the next one will.
        let (settings, tags) = join!(settings, tags);
        if let Some(again) = settings {
            let again = untyped(&again)?;
            for property in differing.into_iter().filter(|property| !differs(property, &again, &target)) {
                seen[property] = again[property].clone();
            }
            live.spec = serde_json::from_value(seen).map_err(|error| Error::refused(error.to_string()))?;
        }
        if let Some(tags) = tags.filter(|tags| !lacks(tags, &desired.tags)) {
            live.tags = tags;
        }
    }
    principals(cx, &desired.spec.policy, live).await
}

fn differs(property: &str, live: &Value, target: &Value) -> bool {
    let (live, target) = (&live[property], &target[property]);
    let shows = if property == "policy" { policy::same(target, live) } else { shows(live, target) };
    !target.is_null() && !has_unknown(target) && !shows
}

fn lacks(live: &Tags, desired: &Tags) -> bool {
    desired.iter().any(|(key, value)| !is_unknown(value) && live.get(key) != Some(value))
}

/// Waits for the principals that AWS does not know yet, and says which it will not know any more.
async fn principals(cx: &Context, desired: &Option<Value>, mut live: Live<Spec>) -> Result<Live<Spec>> {
    let meant = desired.as_ref().map(principal::unique_ids).unwrap_or_default();
    let ids = |policy: &Option<Value>| -> BTreeSet<String> {
        let all = policy.as_ref().map(principal::unique_ids).unwrap_or_default();
        all.difference(&meant).cloned().collect()
    };
    if ids(&live.spec.policy).is_empty() {
        return Ok(live);
    }
    let what = format!("S3 to know who the policy of the bucket `{}` means", live.id);
    let look = || async {
        let again = settings::settings(cx, &live.id, |name| name == "policy").await?;
        Ok(ids(&again.policy).is_empty().then_some(again.policy))
    };
    if let Ok(policy) = wait::poll_until(&what, PRINCIPALS, look).await {
        live.spec.policy = policy;
    }
    live.notes.extend(ids(&live.spec.policy).iter().map(|id| principal::about_deleted(id, "policy")));
    Ok(live)
}

#[cfg(test)]
#[path = "settled_tests.rs"]
mod tests;
