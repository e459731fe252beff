//! The calls that bring a user to what is wanted, and that take it down.

use crate::aws::{Call, Context, Error, Result, wait};
use crate::resource::Desired;
use crate::resource::iam::grants::{self, Grantee, is_late};
use crate::resource::iam::{LAG, NEWCOMER, answers, sdk_tags};

use super::credentials::Credentials;
use super::spec::Spec;

/// CreateUser, with all that the call itself can set.
pub async fn create(cx: &Context, desired: &Desired<Spec>) -> Result<()> {
    let boundary = desired.spec.permissions_boundary.as_deref();
    let call = cx.clients.iam.create_user().user_name(&desired.name).path(cx.iam_path());
    let call = call.set_permissions_boundary(boundary.map(str::to_owned)).set_tags(Some(sdk_tags(&desired.tags)?));
    let attempt = || async { call.clone().send().await.call("iam:CreateUser").map(drop) };
    // The boundary may be a policy of this stack that IAM does not show everywhere yet.
    let is_new = |error: &Error| boundary.is_some_and(|policy| is_late(cx, error, policy));
    wait::retry_while("IAM to know the user's boundary", NEWCOMER, is_new, attempt).await
}

/// Brings the properties that `touches` names to what `target` says.
pub async fn apply(cx: &Context, name: &str, target: &Spec, touches: impl Fn(&str) -> bool) -> Result<()> {
    let iam = &cx.clients.iam;
    // First what limits the user, then what gives more.
    if touches("permissions_boundary") {
        match &target.permissions_boundary {
            Some(arn) => {
                let call = iam.put_user_permissions_boundary().user_name(name).permissions_boundary(arn);
                let attempt = || async { call.clone().send().await.call("iam:PutUserPermissionsBoundary") };
                grants::once_known(cx, arn, attempt).await?;
            }
            None => {
                let call = iam.delete_user_permissions_boundary().user_name(name);
                call.send().await.call_if_found("iam:DeleteUserPermissionsBoundary")?;
            }
        }
    }
    grants::settle(cx, Grantee::user(name), (&target.policies, &target.inline_policies), &touches).await?;
    if touches("groups") {
        join(cx, name, target.groups.as_deref().unwrap_or_default()).await?;
    }
    Ok(())
}

/// Leaves the other groups first: a user can be in ten.
async fn join(cx: &Context, name: &str, target: &[String]) -> Result<()> {
    let now = answers::groups_of(cx, name).await?;
    for group in now.iter().filter(|group| !target.contains(group)) {
        leave(cx, name, group).await?;
    }
    for group in target.iter().filter(|group| !now.contains(group)) {
        enter(cx, name, group).await?;
    }
    Ok(())
}

async fn enter(cx: &Context, name: &str, group: &str) -> Result<()> {
    let call = cx.clients.iam.add_user_to_group().user_name(name).group_name(group);
    let attempt = || async { call.clone().send().await.call("iam:AddUserToGroup").map(drop) };
    match attempt().await {
        Err(error) if error.is_not_found() => {
            // A group that is shown is new, or the user is; of one that is not, nothing shows that there will be one.
            let is_there = answers::group(cx, group).await?.is_some();
            let limit = if is_there { NEWCOMER } else { LAG };
            let what = format!("IAM to know the user `{name}` and the group `{group}`");
            let joined = wait::retry_while(&what, limit, Error::is_not_found, attempt).await;
            joined.map_err(|error| match error.is_not_found() && !is_there {
                true => error.with_hint(format!(
                    "`aws iam list-groups` lists the existing groups; an `iam.group` of the stack is named by `${{{group}.name}}`"
                )),
                false => error,
            })
        }
        answer => answer,
    }
}

/// RemoveUserFromGroup; done as well if the user is not in it.
pub async fn leave(cx: &Context, name: &str, group: &str) -> Result<()> {
    let call = cx.clients.iam.remove_user_from_group().user_name(name).group_name(group);
    call.send().await.call_if_found("iam:RemoveUserFromGroup")?;
    Ok(())
}

/// All that keeps IAM from deleting a user.
#[derive(Debug, Default)]
pub struct Hanging {
    pub credentials: Credentials,
    groups: Vec<String>,
    attached: Vec<String>,
    inline: Vec<String>,
}

/// What hangs on a user.
pub async fn what_hangs(cx: &Context, name: &str) -> Result<Hanging> {
    let (credentials, groups, (attached, inline)) = tokio::try_join!(
        Credentials::of(cx, name),
        answers::groups_of(cx, name),
        grants::all(cx, Grantee::user(name))
    )?;
    Ok(Hanging { credentials, groups, attached, inline })
}

/// Ends the user's credentials, takes all that hangs on it away, and deletes it (API: DeleteUser has the list). `seen` has
/// asked already.
pub async fn strip_and_delete(cx: &Context, seen: &Context, name: &str) -> Result<()> {
    let hanging = what_hangs(seen, name).await?;
    hanging.credentials.end(cx, name).await?;
    grants::strip(cx, Grantee::user(name), &hanging.attached, &hanging.inline).await?;
    for group in &hanging.groups {
        leave(cx, name, group).await?;
    }
    cx.clients.iam.delete_user().user_name(name).send().await.call_if_found("iam:DeleteUser")?;
    Ok(())
}
