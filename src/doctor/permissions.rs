//! What these credentials may do, as IAM's simulator judges it.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use serde_json::Value;

use crate::aws::identity::Identity;
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result};
use crate::reference::permission_documents;
use crate::resource::Registry;

use super::Check;

/// How many actions are asked for at once.
const AT_ONCE: usize = 50;
/// How many actions are named.
const NAMED: usize = 12;

const WHAT: &str = "permissions";

/// In place of the id of who asks, in names and conditions alike.
const USER_ID: &str = "AIDACLOUD101";

/// Which actions of `docs/permissions*.json` are allowed (API: SimulatePrincipalPolicy).
pub async fn check(cx: &Context, registry: &Registry, identity: &Identity) -> Check {
    let Some(principal) = principal(cx, identity).await.transpose() else {
        return match identity.arn.ends_with(":root") {
            true => Check::right(WHAT, "all: this is the account's root user")
                .remedy("avoid it for everyday work: create a user in the IAM console"),
            false => Check::unknown(WHAT, "could not be checked: IAM's simulator supports users and roles only"),
        };
    };
    let principal = match principal {
        Ok(principal) => principal,
        Err(error) => return unchecked(&error),
    };
    let mut missing = BTreeSet::new();
    let mut asked = 0;
    for (resource, actions) in questions(cx, registry) {
        for actions in actions.chunks(AT_ONCE) {
            asked += actions.len();
            match denied(cx, &principal, &resource, actions).await {
                Ok(denied) => missing.extend(denied),
                Err(error) => return unchecked(&error),
            }
        }
    }
    judge(asked, &missing)
}

fn unchecked(error: &Error) -> Check {
    match error.kind {
        // An emulator, or a service that does not know the call.
        ErrorKind::Denied => Check::unchecked(WHAT, error).remedy(
            "if plan and apply work, nothing; otherwise ask the administrator whether docs/permissions*.json are \
                allowed",
        ),
        _ => Check::unchecked(WHAT, error),
    }
}

fn judge(asked: usize, missing: &BTreeSet<String>) -> Check {
    if missing.is_empty() {
        return Check::right(WHAT, format!("all {asked} actions that cloud101 may need are allowed"));
    }
    let mut names: Vec<_> = missing.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("and {} more", missing.len().saturating_sub(NAMED));
    if missing.len() > NAMED {
        names.push(&more);
    }
    Check::wrong(
        WHAT,
        format!("{} of {asked} actions are not allowed on any resource: {}", missing.len(), names.join(", ")),
        "have docs/permissions*.json attached to this user or role (docs/permissions.md says which is for what); a policy \
         limited to certain resources may still be enough for your stack: the command `plan` shows that",
    )
}

/// The user or role whose policies apply; `None` if there is none.
async fn principal(cx: &Context, identity: &Identity) -> Result<Option<String>> {
    let mut parts = identity.arn.splitn(6, ':');
    let (service, who) = (parts.nth(2).unwrap_or_default(), parts.nth(2).unwrap_or_default());
    match (service, who.split('/').collect::<Vec<_>>().as_slice()) {
        ("iam", ["user" | "role", ..]) => Ok(Some(identity.arn.clone())),
        // The path, which the session's ARN leaves out, is part of the role's ARN.
        ("sts", ["assumed-role", role, ..]) => {
            let answer = cx.clients.iam.get_role().role_name(*role).send().await.call("iam:GetRole")?;
            Ok(answer.role.map(|role| role.arn))
        }
        _ => Ok(None),
    }
}

/// The actions of the policies, by a resource for which to ask.
fn questions(cx: &Context, registry: &Registry) -> Vec<(String, Vec<String>)> {
    let policies = permission_documents(registry);
    let mut questions: Vec<(String, Vec<String>)> = Vec::new();
    for statement in policies.iter().filter_map(|(_, policy)| policy["Statement"].as_array()).flatten() {
        for action in texts(&statement["Action"]) {
            let resource = resource(cx, &texts(&statement["Resource"]), action);
            match questions.iter_mut().find(|(other, _)| *other == resource) {
                Some((_, actions)) if actions.iter().any(|other| other == action) => {}
                Some((_, actions)) => actions.push(action.to_owned()),
                None => questions.push((resource, vec![action.to_owned()])),
            }
        }
    }
    questions
}

/// What the name of an action says about the resources that it is for, as the ARN of one has it.
const SORTS: [(&str, &str); 6] = [
    ("InstanceProfile", ":instance-profile/"),
    ("Role", ":role/"),
    ("iam:", ":policy/"),
    ("KeyPair", ":key-pair/"),
    ("SecurityGroup", ":security-group/"),
    ("Volume", ":volume/"),
];

/// A resource of the type that `action` is about, among those that a statement allows.
fn resource(cx: &Context, allowed: &[&str], action: &str) -> String {
    let sort = SORTS.iter().find(|(word, _)| action.contains(word)).map(|(_, sort)| *sort);
    let fits = allowed.iter().find(|pattern| sort.is_some_and(|sort| pattern.contains(sort))).or(allowed.first());
    let place = &cx.place;
    match fits.copied().unwrap_or("*").splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, service, region, account, rest] => {
            let (region, account) = (region.replace('*', &place.region), account.replace('*', &place.account));
            // IAM's have a path with the stack's name.
            let name = if *service == "iam" { format!("{0}/{0}", place.stack) } else { place.stack.clone() };
            let rest = rest.replace("${aws:userid}", USER_ID).replace('*', &name);
            format!("arn:{}:{service}:{region}:{account}:{rest}", place.partition)
        }
        _ => "*".to_owned(),
    }
}

/// Those of `actions` that are not allowed for `resource`.
async fn denied(cx: &Context, principal: &str, resource: &str, actions: &[String]) -> Result<Vec<String>> {
    let call = cx.clients.iam.simulate_principal_policy().policy_source_arn(principal);
    let call = call.set_action_names(Some(actions.to_vec())).resource_arns(resource);
    let pages = call.set_context_entries(Some(circumstances(cx))).into_paginator().send().bounded();
    let results = pages.all("iam:SimulatePrincipalPolicy", |page| page.evaluation_results.unwrap_or_default()).await?;
    let denied = results.into_iter().filter(|one| one.eval_decision != PolicyEvaluationDecisionType::Allowed);
    Ok(denied.map(|one| one.eval_action_name).collect())
}

/// What the conditions of the policy ask about.
fn circumstances(cx: &Context) -> Vec<ContextEntry> {
    let boundary = cx.place.arn_of_account("iam", "policy/class-boundary");
    let stack = cx.place.stack.as_str();
    let entries = [
        ("aws:RequestTag/cloud101:stack", stack),
        ("aws:ResourceTag/cloud101:stack", stack),
        ("aws:userid", USER_ID),
        ("ec2:CreateAction", "RunInstances"),
        ("iam:AWSServiceName", "spot.amazonaws.com"),
        ("iam:PassedToService", "lambda.amazonaws.com"),
        ("iam:PermissionsBoundary", boundary.as_str()),
        ("iam:PolicyARN", boundary.as_str()),
        ("ssm:resourceTag/aws:ssmmessages:session-id", USER_ID),
        ("ssm:resourceTag/cloud101:stack", stack),
    ];
    let entry = |(name, value): (&str, &str)| {
        let entry = ContextEntry::builder().context_key_name(name).context_key_values(value);
        entry.context_key_type(ContextKeyTypeEnum::String).build()
    };
    entries.map(entry).into()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use crate::testing::aws::{Asked, Aws, no, yes};

    fn who(arn: &str) -> Identity {
        Identity { arn: arn.into(), account: "123456789012".into() }
    }

    /// An account in which all is allowed but for `denied`.
    fn simulator(denied: &'static str) -> Aws {
        Aws::with(move |asked: &Asked| match asked.name.as_str() {
            "iam:GetRole" => {
                yes("<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::123456789012:role/staff/teacher</Arn>\
                 <Path>/staff/</Path><RoleName>teacher</RoleName><RoleId>AROAEXAMPLE</RoleId>\
                 <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>")
            }
            "iam:SimulatePrincipalPolicy" => {
                let values = asked.body.split('&').filter_map(|pair| pair.split_once('='));
                let actions = values.filter(|(key, _)| key.starts_with("ActionNames.member."));
                let result = |(_, action): (&str, &str)| {
                    let decision = if action == denied { "implicitDeny" } else { "allowed" };
                    format!(
                        "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>"
                    )
                };
                let results: String = actions.map(result).collect();
                yes(format!(
                    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>{results}\
                     </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
                ))
            }
            name => panic!("{name}"),
        })
    }

    #[tokio::test]
    async fn every_action_of_the_policy_is_asked_for_with_a_resource_that_fits() {
        let aws = simulator("");
        let check = check(&aws.context(), &Registry::builtin(), &who("arn:aws:iam::123456789012:user/ana")).await;
        assert_eq!(check.verdict, Verdict::Right, "{}", check.found);
        let asked: String = aws.calls().into_iter().map(|call| call.body).collect();
        for action in ["ec2:RunInstances", "iam:CreateRole", "iam:PassRole", "lambda:InvokeFunction"] {
            assert!(asked.contains(action), "{action}");
        }
        assert!(asked.contains("arn:aws:iam::123456789012:role/cloud101/"), "{asked}");
        assert!(asked.contains("arn:aws:iam::123456789012:instance-profile/cloud101/"), "{asked}");
        for fitting in [
            "arn:aws:ec2:us-east-1:123456789012:key-pair/cloud101",
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/cloud101",
            "arn:aws:ssm:us-east-1::parameter/aws/service/cloud101",
            "aws:ResourceTag/cloud101:stack",
            "arn:aws:ec2:us-east-1:123456789012:instance/cloud101",
            "arn:aws:ssm:us-east-1:123456789012:session/AIDACLOUD101-cloud101",
            "ssm:resourceTag/cloud101:stack",
        ] {
            assert!(asked.contains(fitting), "{fitting}: {asked}");
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let check = check(
            &simulator("s3:CreateBucket").context(),
            &Registry::builtin(),
            &who("arn:aws:iam::123456789012:user/ana"),
        )
        .await;
        assert_eq!(check.verdict, Verdict::Wrong);
        assert!(check.found.starts_with("1 of ") && check.found.ends_with(": s3:CreateBucket"), "{}", check.found);
    }

    #[tokio::test]
    async fn a_session_is_judged_by_its_role() {
        let aws = simulator("");
        check(&aws.context(), &Registry::builtin(), &who("arn:aws:sts::123456789012:assumed-role/teacher/ana")).await;
        let asked = aws.calls().pop().map(|call| call.body).unwrap_or_default();
        assert!(asked.contains("PolicySourceArn=arn:aws:iam::123456789012:role/staff/teacher&"), "{asked}");
    }

    #[tokio::test]
    async fn what_can_not_be_asked_is_not_wrong() {
        let aws = Aws::with(|_| no(403, "AccessDenied", "not authorized to perform: iam:SimulatePrincipalPolicy"));
        let check = check(&aws.context(), &Registry::builtin(), &who("arn:aws:iam::123456789012:user/ana")).await;
        assert_eq!((check.verdict, check.found.contains("AccessDenied")), (Verdict::Unknown, true));
        let aws = simulator("");
        let federated =
            super::check(&aws.context(), &Registry::builtin(), &who("arn:aws:sts::123456789012:federated-user/ana"))
                .await;
        let root = super::check(&aws.context(), &Registry::builtin(), &who("arn:aws:iam::123456789012:root")).await;
        assert_eq!((federated.verdict, root.verdict), (Verdict::Unknown, Verdict::Right));
        assert_eq!(aws.names(), [""; 0]);
    }
}
