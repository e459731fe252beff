//! The policies of a role, a user or a group: managed ones that are attached, and inline ones that belong to it alone.

pub mod calls;
pub mod check;

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;

use crate::aws::{Context, Error, Result, wait};
use crate::model::policy::same;
use crate::resource::Held;
use crate::resource::others::{Going, listed};

use super::NEWCOMER;
pub use calls::{Grantee, Sort};

/// How many managed policies a role, a user or a group may have, unless the account's quota is raised.
pub const ATTACHED: usize = 10;

/// "Not found" about a policy of this stack or about the one that is to have it: both were there a moment ago. A foreign
/// policy that is not found is not there.
pub fn is_late(cx: &Context, error: &Error, policy: &str) -> bool {
    error.is_not_found() && (policy.contains(&cx.iam_path()) || !error.message.contains(policy))
}

/// Gives those of both sorts to a `grantee` that was made a moment ago and has none.
pub async fn give(cx: &Context, grantee: Grantee<'_>, (policies, inline): (&Policies, &Inline)) -> Result<()> {
    for arn in policies.iter().flatten() {
        attach_one(cx, grantee, arn).await?;
    }
    for (policy, document) in inline.iter().flatten() {
        put_one(cx, grantee, policy, document).await?;
    }
    Ok(())
}

/// Brings those of both sorts that `touches` names to what `target` says.
pub async fn settle(
    cx: &Context,
    grantee: Grantee<'_>,
    (policies, inline): (&Policies, &Inline),
    touches: impl Fn(&str) -> bool,
) -> Result<()> {
    if touches("policies") {
        attach(cx, grantee, policies.as_deref().unwrap_or_default()).await?;
    }
    if touches("inline_policies") {
        let none = BTreeMap::new();
        put_inline(cx, grantee, inline.as_ref().unwrap_or(&none)).await?;
    }
    Ok(())
}

/// Calls `attempt`, which names the policy `arn`, until IAM knows that; see [`is_late`].
pub async fn once_known<T, F>(cx: &Context, arn: &str, attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let what = format!("IAM to know the policy {arn}");
    wait::retry_while(&what, NEWCOMER, |error| is_late(cx, error, arn), attempt).await
}

/// Attaches before it detaches, so that there is never less than before and after.
async fn attach(cx: &Context, grantee: Grantee<'_>, target: &[String]) -> Result<()> {
    let attached = grantee.attached(cx).await?;
    let missing: Vec<_> = target.iter().filter(|arn| !attached.contains(arn)).collect();
    let surplus: Vec<_> = attached.iter().filter(|arn| !target.contains(arn)).collect();
    let no_room = attached.len() + missing.len() > ATTACHED;
    if no_room {
        detach(cx, grantee, &surplus).await?;
    }
    for arn in missing {
        attach_one(cx, grantee, arn).await?;
    }
    if !no_room {
        detach(cx, grantee, &surplus).await?;
    }
    Ok(())
}

async fn attach_one(cx: &Context, grantee: Grantee<'_>, arn: &str) -> Result<()> {
    once_known(cx, arn, || grantee.attach(cx, arn)).await.map_err(|error| {
        let is_policy = error.is_not_found() && error.message.contains(arn);
        let hint = "`aws iam list-policies --query 'Policies[].Arn'` lists the existing policies";
        if is_policy { error.with_hint(hint) } else { error }
    })
}

async fn detach(cx: &Context, grantee: Grantee<'_>, arns: &[&String]) -> Result<()> {
    for arn in arns {
        grantee.detach(cx, arn).await?;
    }
    Ok(())
}

/// Makes `target` its inline policies.
async fn put_inline(cx: &Context, grantee: Grantee<'_>, target: &BTreeMap<String, Value>) -> Result<()> {
    let live = grantee.inline_policies(cx).await?;
    // Those that go make room first: together they may not be longer than IAM allows.
    for surplus in live.keys().filter(|policy| !target.contains_key(*policy)) {
        grantee.delete(cx, surplus).await?;
    }
    for (policy, document) in target {
        if live.get(policy).is_some_and(|live| same(live, document)) {
            continue;
        }
        put_one(cx, grantee, policy, document).await?;
    }
    Ok(())
}

async fn put_one(cx: &Context, grantee: Grantee<'_>, policy: &str, document: &Value) -> Result<()> {
    let what = format!("IAM to know the new {}", grantee.sort.word());
    wait::retry_while(&what, NEWCOMER, Error::is_not_found, || grantee.put(cx, policy, document)).await
}

/// The managed policies and the names of the inline ones, both of which keep IAM from deleting what has them.
pub async fn all(cx: &Context, grantee: Grantee<'_>) -> Result<(Vec<String>, Vec<String>)> {
    tokio::try_join!(grantee.attached(cx), grantee.inline_names(cx))
}

/// Takes them away.
pub async fn strip(cx: &Context, grantee: Grantee<'_>, attached: &[String], inline: &[String]) -> Result<()> {
    detach(cx, grantee, &attached.iter().collect::<Vec<_>>()).await?;
    for policy in inline {
        grantee.delete(cx, policy).await?;
    }
    Ok(())
}

/// What people call them, one and several.
pub const WORDS: [&str; 2] = ["policy", "policies"];

/// The names by which [`Held`] compares them.
pub fn names(attached: Vec<String>, inline: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    attached.into_iter().chain(inline.into_iter().map(|name| format!("inline {name}")))
}

/// The policies at one moment, of one that has been read.
pub fn held_live((policies, inline): (&Policies, &Inline)) -> Held {
    held(policies.clone().unwrap_or_default(), inline.iter().flatten().map(|(name, _)| name.clone()))
}

/// The policies at one moment.
pub fn held(attached: Vec<String>, inline: impl IntoIterator<Item = String>) -> Held {
    Held::all(WORDS, names(attached, inline))
}

/// Inline policies that are in no file and go with what has them.
pub fn made_by_hand(going: &Going<'_>) -> Option<String> {
    let inline = |of: Option<&Value>| {
        let names = of.and_then(|spec| spec["inline_policies"].as_object()).into_iter().flatten();
        names.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let said = inline(going.said);
    let by_hand: Vec<_> =
        inline(going.live.map(|live| &live.spec)).into_iter().filter(|name| !said.contains(name)).collect();
    let names = listed(by_hand.iter().map(String::as_str));
    (!by_hand.is_empty()).then(|| format!("its inline policy {names}, which is not in the file, is deleted with it"))
}

/// Whether IAM shows the policies of the file, as far as it says any.
pub fn shown(live: (&Policies, &Inline), target: (&Policies, &Inline)) -> bool {
    let inline = target.1.as_ref().is_none_or(|target| {
        let live = live.1.clone().unwrap_or_default();
        live.len() == target.len()
            && target.iter().all(|(name, document)| live.get(name).is_some_and(|live| same(live, document)))
    });
    inline && (target.0.is_none() || sorted(live.0) == sorted(target.0))
}

type Policies = Option<Vec<String>>;
type Inline = Option<BTreeMap<String, Value>>;

/// Each once, in order.
pub fn sorted(list: &Option<Vec<String>>) -> Vec<String> {
    let mut list = list.clone().unwrap_or_default();
    list.sort();
    list.dedup();
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    /// Whatever has policies, IAM may not know one of the stack's that is new.
    #[tokio::test]
    async fn a_policy_of_the_stack_may_be_unknown_for_long() {
        const POLICY: &str = "arn:aws:iam::123456789012:policy/cloud101/cloud101/read";
        for sort in Sort::ALL {
            let clock = wait::clock::Clock::default();
            let time = clock.clone();
            let aws = Aws::with(move |call| {
                let operation = call.name.trim_start_matches("iam:");
                match operation.starts_with("Attach") && time.elapsed().as_secs() < 40 {
                    true => no(404, "NoSuchEntity", &format!("Policy {POLICY} does not exist")),
                    false => yes(format!("<{operation}Response><{operation}Result/></{operation}Response>")),
                }
            });
            let cx = aws.context();
            clock.run(attach(&cx, Grantee { sort, name: "r" }, &[POLICY.to_owned()])).await.unwrap();
            assert!(aws.names().len() > 2, "{:?}", aws.names());
        }
    }
}
