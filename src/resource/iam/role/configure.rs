//! The calls that bring a role to what is wanted, and that take it down.

use crate::aws::{Call, Context, Error, Result, wait};
use crate::resource::Desired;
use crate::resource::iam::grants::{self, Grantee, is_late};
use crate::resource::iam::{holders, instance_profile};
use crate::resource::others::{Others, Own};

use super::{NEWCOMER, Spec, sdk_tags, trust};

/// What the calls wait for that [`names_a_newcomer`].
const WHOM: &str = "IAM to know whom and what the role names";

/// CreateRole, with all that the call itself can set.
pub async fn create(cx: &Context, desired: &Desired<Spec>) -> Result<()> {
    let spec = &desired.spec;
    let trust = trust::document(spec).ok_or_else(|| Error::refused("a role needs `assumed_by` or `trust_policy`"))?;
    let call = cx
        .clients
        .iam
        .create_role()
        .role_name(&desired.name)
        .path(cx.iam_path())
        .assume_role_policy_document(trust.to_string())
        .set_description(spec.description.clone().filter(|text| !text.is_empty()))
        .set_max_session_duration(spec.max_session_seconds)
        .set_permissions_boundary(spec.permissions_boundary.clone())
        .set_tags(Some(sdk_tags(&desired.tags)?));
    let attempt = || async { call.clone().send().await.call("iam:CreateRole") };
    // The boundary may be a policy of this stack that IAM does not show everywhere yet.
    let boundary = spec.permissions_boundary.as_deref();
    let is_new = |error: &Error| names_a_newcomer(error) || boundary.is_some_and(|policy| is_late(cx, error, policy));
    wait::retry_while(WHOM, NEWCOMER, is_new, attempt).await?;
    Ok(())
}

/// Brings the properties that `touches` names to what `desired` says. `live` fills in what a call sets besides.
pub async fn apply(
    cx: &Context,
    name: &str,
    target: &Spec,
    live: Option<&Spec>,
    touches: impl Fn(&str) -> bool,
) -> Result<()> {
    let iam = &cx.clients.iam;
    if (touches("assumed_by") || touches("trust_policy"))
        && let Some(trust) = trust::document(target)
    {
        let call = iam.update_assume_role_policy().role_name(name).policy_document(trust.to_string());
        let attempt = || async { call.clone().send().await.call("iam:UpdateAssumeRolePolicy") };
        wait::retry_while(WHOM, NEWCOMER, names_a_newcomer, attempt).await?;
    }
    if touches("description") || touches("max_session_seconds") {
        let description = target.description.clone().or_else(|| live?.description.clone());
        let seconds = target.max_session_seconds.or_else(|| live?.max_session_seconds);
        let call = iam.update_role().role_name(name).set_description(description).set_max_session_duration(seconds);
        call.send().await.call("iam:UpdateRole")?;
    }
    if touches("permissions_boundary") {
        match &target.permissions_boundary {
            Some(arn) => {
                let call = iam.put_role_permissions_boundary().role_name(name).permissions_boundary(arn);
                let attempt = || async { call.clone().send().await.call("iam:PutRolePermissionsBoundary") };
                grants::once_known(cx, arn, attempt).await?;
            }
            None => {
                let call = iam.delete_role_permissions_boundary().role_name(name);
                call.send().await.call_if_found("iam:DeleteRolePermissionsBoundary")?;
            }
        }
    }
    grants::settle(cx, Grantee::role(name), (&target.policies, &target.inline_policies), touches).await
}

/// A trust policy that names a role or user made a moment ago is refused until IAM knows it everywhere.
fn names_a_newcomer(error: &Error) -> bool {
    error.is(&["MalformedPolicyDocument"]) && error.message.contains("Invalid principal")
}

/// Who has the role, its managed policies and the names of its inline ones: what keeps IAM from deleting it.
pub async fn what_holds(cx: &Context, name: &str) -> Result<(Others, Vec<String>, Vec<String>)> {
    let own = Own::default();
    let (others, (attached, inline)) =
        tokio::try_join!(holders::of_role(cx, name, &own), grants::all(cx, Grantee::role(name)))?;
    Ok((others, attached, inline))
}

/// Everything of the stack's that keeps IAM from deleting a role, and then the role.
///
/// # Errors
/// Others have it: nothing is taken from them.
pub async fn strip_and_delete(cx: &Context, name: &str) -> Result<()> {
    let iam = &cx.clients.iam;
    let (others, attached, inline) = what_holds(cx, name).await?;
    others.refuse(&format!("the role `{name}`"))?;
    for profile in others.beside.into_iter().filter(|beside| beside.kind == instance_profile::KIND) {
        let call = iam.remove_role_from_instance_profile().instance_profile_name(profile.id).role_name(name);
        call.send().await.call_if_found("iam:RemoveRoleFromInstanceProfile")?;
    }
    grants::strip(cx, Grantee::role(name), &attached, &inline).await?;
    iam.delete_role().role_name(name).send().await.call_if_found("iam:DeleteRole")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{Address, Tags};
    use crate::testing::aws::{Aws, no, yes};

    /// How often a role with this boundary is made, which IAM does not know at first.
    async fn attempts(boundary: &str) -> usize {
        let policy = boundary.to_owned();
        let mut asked = 0;
        let aws = Aws::with(move |_| {
            asked += 1;
            let message = format!("Scope ARN: {policy} does not exist or is not attachable.");
            match asked {
                1 => no(404, "NoSuchEntity", &message),
                _ => yes(MADE),
            }
        });
        let spec = json!({ "assumed_by": "lambda.amazonaws.com", "permissions_boundary": boundary });
        let desired = Desired {
            address: Address::new("role"),
            name: "r".into(),
            spec: serde_json::from_value(spec).unwrap(),
            tags: Tags::new(),
            replaces: None,
        };
        let _ = create(&aws.context(), &desired).await;
        aws.calls().len()
    }

    #[tokio::test]
    async fn a_boundary_of_the_stack_may_be_new_and_a_foreign_one_is_missing() {
        assert_eq!(attempts("arn:aws:iam::123456789012:policy/cloud101/cloud101/limit").await, 2);
        assert_eq!(attempts("arn:aws:iam::123456789012:policy/limit").await, 1);
    }

    const MADE: &str = "<CreateRoleResponse><CreateRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId>\
         <Arn>arn:aws:iam::123456789012:role/r</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>\
         </CreateRoleResult></CreateRoleResponse>";

    /// Principals were refused for 37 s, and may be for longer.
    #[tokio::test]
    async fn a_principal_that_iam_does_not_know_for_long_is_awaited_and_one_that_does_not_exist_is_not_for_ever() {
        let desired = Desired {
            address: Address::new("role"),
            name: "r".into(),
            spec: serde_json::from_value(json!({ "assumed_by": "lambda.amazonaws.com" })).unwrap(),
            tags: Tags::new(),
            replaces: None,
        };
        for (known_after, made) in [(40, true), (100, true), (600, false)] {
            let clock = wait::clock::Clock::default();
            let time = clock.clone();
            let aws = Aws::with(move |_| match time.elapsed().as_secs() < known_after {
                true => {
                    no(400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:role/a\"")
                }
                false => yes(MADE),
            });
            let cx = aws.context();
            assert_eq!(clock.run(create(&cx, &desired)).await.is_ok(), made, "{known_after}");
            assert!(clock.elapsed().as_secs() <= 121);
        }
    }
}
