//! Deleting a group, which AWS refuses as long as anything uses it.

use std::time::Duration;

use crate::aws::{Call, Context, Error, ErrorKind, Result, wait};

use super::LAG;
use super::blocker::{Blocker, blockers, foreign_rules, referring};
use super::calls::{self, Direction};

/// How long what will go by itself may take, such as the interface of a terminated instance, before the deletion is
/// left to a later run.
const IN_USE: Duration = Duration::from_secs(45);

/// The same for who would rather wait: Lambda gives interfaces back within 20 to 40 minutes.
const PATIENCE: Duration = Duration::from_secs(45 * 60);

/// Deletes the group as soon as nothing uses it. Rules of this stack's other groups that name it are removed; those of
/// foreign groups are not touched.
///
/// # Errors
/// At once for what won't go by itself, with the commands that take it out of the way; after a bounded wait for what
/// will.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    let found = foreign_rules(&cx.just_now(), id).await?;
    if !found.is_empty() {
        // All that stands in the way at once, not one sort after the other.
        let all = blockers(cx, id).await?;
        return Err(in_use(id, if all.is_empty() { &found } else { &all }));
    }
    if !attempt(cx, id).await? {
        release(cx, id).await?;
        until_free(cx, id).await?;
    }
    wait::poll_until(&format!("EC2 to forget the security group {id}"), LAG, || async {
        Ok(calls::group(cx, id).await?.is_none().then_some(()))
    })
    .await
}

/// Whether it is gone; `false` while it is in use.
async fn attempt(cx: &Context, id: &str) -> Result<bool> {
    match cx.clients.ec2.delete_security_group().group_id(id).send().await.call_if_found("ec2:DeleteSecurityGroup") {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::InUse => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the rules that name the group from the stack's own other groups.
async fn release(cx: &Context, id: &str) -> Result<()> {
    let own = referring(cx, id).await?.into_iter().filter(|(_, owned)| *owned).map(|(group, _)| group).collect();
    for rule in calls::rules(cx, own).await? {
        let names_it = rule.referenced_group_info.as_ref().is_some_and(|group| group.group_id.as_deref() == Some(id));
        let direction = if rule.is_egress == Some(true) { Direction::Egress } else { Direction::Ingress };
        if let (true, Some(group), Some(rule)) = (names_it, rule.group_id, rule.security_group_rule_id) {
            calls::revoke(cx, &group, direction, vec![rule]).await?;
        }
    }
    Ok(())
}

/// Deletes it once it is let go by what will go by itself.
async fn until_free(cx: &Context, id: &str) -> Result<()> {
    let found = blockers(cx, id).await?;
    if found.iter().any(|blocker| !blocker.passes) && !attempt(cx, id).await? {
        return Err(in_use(id, &found));
    }
    let names: Vec<_> = found.iter().map(|blocker| blocker.name.as_str()).collect();
    let names = if names.is_empty() { "AWS".to_owned() } else { names.join(", ") };
    let what = format!("the security group {id} to be let go by {names}");
    let limit = if cx.is_patient { PATIENCE } else { IN_USE };
    match wait::poll_until(&what, limit, || async { Ok(attempt(cx, id).await?.then_some(())) }).await {
        Err(error) if error.kind == ErrorKind::TimedOut => {
            let found = blockers(cx, id).await?;
            Err(if found.is_empty() { error } else { in_use(id, &found) })
        }
        result => result,
    }
}

/// What uses the group, and what to type.
fn in_use(id: &str, blockers: &[Blocker]) -> Error {
    let names: Vec<_> = blockers.iter().map(|blocker| blocker.name.as_str()).collect();
    let commands: Vec<_> = blockers.iter().filter_map(|blocker| blocker.remove.as_deref()).collect();
    let only_lambda = blockers.iter().all(|blocker| blocker.is_lambdas);
    let hint = if only_lambda {
        "AWS Lambda releases its network interfaces by itself, 20 to 40 minutes after the function is deleted, and \
         this can't be sped up; they cost nothing. Run the same command again then, or add --wait to wait for it"
            .to_owned()
    } else if commands.is_empty() {
        "run the same command again once they are gone".to_owned()
    } else {
        format!("remove what uses it, then run the same command again:\n{}", commands.join("\n"))
    };
    Error {
        kind: ErrorKind::InUse,
        ..Error::refused(format!("the security group {id} is in use by {}", names.join(", ")))
    }
    .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, yes};

    /// AWS itself refuses, as emulators don't, and a plan was made before there was such a rule.
    #[tokio::test]
    async fn a_group_that_a_rule_of_others_names_by_now_is_not_deleted() {
        let aws = Aws::with(|call| match call.name.as_str() {
            "ec2:DescribeSecurityGroups" => yes(
                "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-theirs</groupId><ipPermissions><item>\
                 <groups><item><groupId>sg-1</groupId></item></groups></item></ipPermissions></item></securityGroupInfo>\
                 </DescribeSecurityGroupsResponse>",
            ),
            "ec2:DescribeSecurityGroupRules" => {
                yes("<DescribeSecurityGroupRulesResponse><securityGroupRuleSet><item><securityGroupRuleId>sgr-1\
                 </securityGroupRuleId><groupId>sg-theirs</groupId><referencedGroupInfo><groupId>sg-1</groupId>\
                 </referencedGroupInfo></item></securityGroupRuleSet></DescribeSecurityGroupRulesResponse>")
            }
            "ec2:DescribeNetworkInterfaces" => yes("<DescribeNetworkInterfacesResponse/>"),
            _ => yes("<DeleteSecurityGroupResponse/>"),
        });
        let error = delete(&aws.context(), "sg-1").await.expect_err("it is in use");
        assert!(error.message.contains("a rule of the group sg-theirs, which is not this stack's"), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("--security-group-rule-ids sgr-1")));
        assert!(
            !aws.names().iter().any(|name| name.contains("Delete") || name.contains("Revoke")),
            "{:?}",
            aws.names()
        );
    }

    #[test]
    fn each_blocker_is_named_with_its_command() {
        let blocker = |name: &str, remove: Option<&str>, is_lambdas| Blocker {
            name: name.to_owned(),
            passes: is_lambdas,
            is_lambdas,
            remove: remove.map(str::to_owned),
        };
        let error = in_use("sg-1", &[blocker("the instance i-1", Some("aws a"), false), blocker("eni-2", None, true)]);
        assert_eq!(error.to_string(), "the security group sg-1 is in use by the instance i-1, eni-2");
        assert!(error.hint.is_some_and(|hint| hint.ends_with("again:\naws a")));
        let error = in_use("sg-1", &[blocker("eni-2", None, true)]);
        assert!(error.hint.is_some_and(|hint| hint.contains("20 to 40 minutes") && hint.contains("--wait")));
    }
}
