//! The calls that bring a group to what is wanted, and that take it down.

use crate::aws::{Call, Context, Error, Result, wait};
use crate::resource::Tags;
use crate::resource::iam::grants::{self, Grantee};
use crate::resource::iam::user::leave;
use crate::resource::iam::{NEWCOMER, answers, holders};
use crate::resource::others::{Others, Own};

use super::Spec;
use crate::resource::iam::marked_path::Marked;

/// Brings the properties that `touches` names to what `target` says.
pub async fn apply(cx: &Context, name: &str, target: &Spec, touches: impl Fn(&str) -> bool) -> Result<()> {
    grants::settle(cx, Grantee::group(name), (&target.policies, &target.inline_policies), touches).await
}

/// Changes the marks, which are the path, and waits until IAM shows it: the next change of marks begins with what it shows.
pub async fn mark(cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
    let group = answers::group(cx, name).await?;
    let group = group.ok_or_else(|| Error::refused(format!("the group `{name}` was deleted in the meantime")))?;
    let path = Marked::read(&group.path).changed(set, remove).path()?;
    if path == group.path {
        return Ok(());
    }
    let call = cx.clients.iam.update_group().group_name(name).new_path(&path);
    call.send().await.call("iam:UpdateGroup")?;
    wait::poll_until(&format!("IAM to show the group `{name}` with its new path"), NEWCOMER, || async {
        Ok(answers::group(cx, name).await?.filter(|group| group.path == path).map(drop))
    })
    .await
}

/// Who is in it, its managed policies and the names of its inline ones: what keeps IAM from deleting it.
pub async fn what_holds(cx: &Context, name: &str) -> Result<(Others, Vec<String>, Vec<String>)> {
    let own = Own::default();
    let (others, (attached, inline)) =
        tokio::try_join!(holders::of_group(cx, name, &own), grants::all(cx, Grantee::group(name)))?;
    Ok((others, attached, inline))
}

/// Everything of the stack's that keeps IAM from deleting a group, and then the group. `seen` has asked already.
///
/// # Errors
/// Users of others are in it: nothing is taken from them.
pub async fn strip_and_delete(cx: &Context, seen: &Context, name: &str) -> Result<()> {
    let (others, attached, inline) = what_holds(seen, name).await?;
    let what = Grantee::group(name).words();
    others.refuse(&what)?;
    for user in others.beside {
        leave(cx, &user.id, name).await?;
    }
    // A user who joined it since keeps its permissions: IAM would delete the policies first, and refuse the group afterwards.
    wait::poll_until(&format!("IAM to show that no user is in {what}"), NEWCOMER, || async {
        let others = holders::of_group(cx, name, &Own::default()).await?;
        others.refuse(&what)?;
        Ok(others.beside.is_empty().then_some(()))
    })
    .await?;
    grants::strip(cx, Grantee::group(name), &attached, &inline).await?;
    cx.clients.iam.delete_group().group_name(name).send().await.call_if_found("iam:DeleteGroup")?;
    Ok(())
}
