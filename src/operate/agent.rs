//! The SSM agent of an instance, through which Session Manager opens a shell on it: whether it is registered, and what keeps
//! it from that.

use std::time::Duration;

use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use serde::Deserialize;
use serde_json::json;

use crate::aws::json::SSM;
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, wait};
use crate::resource::lookup::name_in;
use crate::resource::profile;

/// How long an agent is awaited. It registers a minute or two after its instance has booted.
pub const LIMIT: Duration = Duration::from_secs(300);

/// The managed policy with all that the agent needs.
pub const POLICY: &str = "AmazonSSMManagedInstanceCore";

/// What the agent calls to be reached by sessions.
const NEEDED: [&str; 5] = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

/// How many instances one question names at most.
const AT_ONCE: usize = 100;

/// What keeps an agent from registering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The instance has no instance profile.
    Profile,
    /// Its instance profile, of this name, is gone or has no role.
    Role(String),
    /// The role does not allow what the agent calls.
    Rights {
        /// Its name.
        role: String,
        /// What it does not allow; empty if only the policies' names are known.
        actions: Vec<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Registered {
    instance_information_list: Option<Vec<Information>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Information {
    instance_id: Option<String>,
    ping_status: Option<String>,
}

/// Those of these instances whose agents answer (API: ssm:DescribeInstanceInformation).
pub async fn online(cx: &Context, ids: &[&str]) -> Result<Vec<String>> {
    let mut online = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let question = json!({ "Filters": [{ "Key": "InstanceIds", "Values": ids }] });
        let pages = cx.clients.json(&SSM).pages::<Registered>("DescribeInstanceInformation", question).bounded();
        let items = |page: Registered| page.instance_information_list.unwrap_or_default();
        let found = pages.all("ssm:DescribeInstanceInformation", items).await;
        // The code for an instance whose agent is not registered, too (API reference).
        let found = match found {
            Err(error) if ids.len() == 1 && error.is(&["InvalidInstanceId"]) => Vec::new(),
            found => found?,
        };
        let answers = found.into_iter().filter(|one| one.ping_status.as_deref() == Some("Online"));
        online.extend(answers.filter_map(|one| one.instance_id));
    }
    Ok(online)
}

/// Waits until the agent of an instance answers.
pub async fn until_online(cx: &Context, id: &str) -> Result<()> {
    let is_online = || async { Ok((!online(cx, &[id]).await?.is_empty()).then_some(())) };
    wait::poll_until(&format!("the SSM agent of {id} to register"), LIMIT, is_online).await
}

/// What keeps the agent of an instance with this profile, an ARN, from registering; `None`: nothing that can be known.
pub async fn lack(cx: &Context, profile: Option<&str>) -> Result<Option<Lack>> {
    let Some(name) = profile.map(name_in) else { return Ok(Some(Lack::Profile)) };
    let role = match known(profile::get(cx, name).await)? {
        Some(profile) => profile.and_then(|profile| profile.roles.into_iter().next()),
        None => return Ok(None),
    };
    let Some(role) = role else { return Ok(Some(Lack::Role(name.to_owned()))) };
    let actions = match known(denied(cx, &role.arn).await)? {
        Some(denied) => denied,
        // A user who may not ask the simulator may perhaps read the policies' names.
        None => match known(has_policy(cx, &role.role_name).await)? {
            Some(false) => return Ok(Some(Lack::Rights { role: role.role_name, actions: Vec::new() })),
            Some(true) | None => return Ok(None),
        },
    };
    Ok((!actions.is_empty()).then_some(Lack::Rights { role: role.role_name, actions }))
}

/// `None` where these credentials may not ask.
fn known<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(error) if matches!(error.kind, ErrorKind::Denied) => Ok(None),
        answer => answer.map(Some),
    }
}

/// What of [`NEEDED`] the role does not allow, as IAM's simulator judges it (API: SimulatePrincipalPolicy).
async fn denied(cx: &Context, role: &str) -> Result<Vec<String>> {
    let call = cx.clients.iam.simulate_principal_policy().policy_source_arn(role);
    let call = call.set_action_names(Some(NEEDED.map(str::to_owned).to_vec()));
    let answer = call.send().await.call("iam:SimulatePrincipalPolicy")?;
    let results = answer.evaluation_results.unwrap_or_default().into_iter();
    let no = results.filter(|one| one.eval_decision != PolicyEvaluationDecisionType::Allowed);
    Ok(no.map(|one| one.eval_action_name).collect())
}

/// Whether [`POLICY`] is attached to the role.
async fn has_policy(cx: &Context, role: &str) -> Result<bool> {
    let list = cx.clients.iam.list_attached_role_policies().role_name(role).into_paginator().send().bounded();
    let policies = list.all("iam:ListAttachedRolePolicies", |page| page.attached_policies.unwrap_or_default()).await?;
    Ok(policies.iter().any(|policy| policy.policy_name() == Some(POLICY)))
}

impl Lack {
    /// What is wrong, after the instance's name.
    pub fn said(&self) -> String {
        match self {
            Self::Profile => "has no instance profile, so its SSM agent may not register".to_owned(),
            Self::Role(profile) => format!("has the instance profile `{profile}`, which has no role or is gone"),
            Self::Rights { role, actions } if actions.is_empty() => {
                format!("has the role `{role}`, to which the policy {POLICY} is not attached")
            }
            Self::Rights { role, actions } => {
                format!("has the role `{role}`, which does not allow its SSM agent {}", actions.join(", "))
            }
        }
    }

    /// What to write into the stack file.
    pub fn hint(&self, partition: &str) -> String {
        let policy = format!("arn:{partition}:iam::aws:policy/{POLICY}");
        match self {
            Self::Profile | Self::Role(_) => format!(
                "give it an `iam.instance_profile` whose `iam.role` has `{policy}` among its `policies:`, as in \
                 docs/how-to/everyday.md, then apply: the instance stays as it is"
            ),
            Self::Rights { .. } => format!(
                "add `{policy}` to the `policies:` of the role, then apply; if it has a permissions boundary, that must \
                 allow the same"
            ),
        }
    }
}

/// Whether to go on although it could not be asked whether the agent is registered: the session's own error says it then.
pub fn is_unknowable(error: &Error) -> bool {
    error.kind == ErrorKind::Denied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::wait::clock::Clock;
    use crate::testing::aws::{Answer, Asked, Aws, no, yes};

    const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/cloud101/lesson/machine";

    fn information(status: &str) -> Answer {
        yes(json!({ "InstanceInformationList": [{ "InstanceId": "i-0123456789abcdef0", "PingStatus": status }] })
            .to_string())
    }

    #[tokio::test]
    async fn an_agent_is_awaited_until_it_answers_and_not_for_ever() {
        for (after, is_reached) in [(90, true), (900, false)] {
            let clock = Clock::default();
            let time = clock.clone();
            let aws = Aws::with(move |call: &Asked| {
                assert!(call.body.contains("i-0123456789abcdef0"), "{}", call.body);
                match time.elapsed().as_secs() {
                    0..10 => no(400, "InvalidInstanceId", ""),
                    10..20 => yes("{}"),
                    passed if passed < after => information("ConnectionLost"),
                    _ => information("Online"),
                }
            });
            let reached = clock.run(until_online(&aws.context(), "i-0123456789abcdef0")).await;
            assert_eq!(reached.is_ok(), is_reached, "{reached:?}");
            assert!(clock.elapsed() <= LIMIT + Duration::from_secs(6), "{:?}", clock.elapsed());
        }
    }

    /// An account with this profile's role; `simulator` and `attached` answer for it.
    fn account(role: bool, simulator: fn() -> Answer, attached: fn() -> Answer) -> Aws {
        let role = if role {
            "<member><Path>/</Path><RoleName>machine-role</RoleName><RoleId>AROA</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/machine-role</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        } else {
            ""
        };
        Aws::with(move |call: &Asked| match call.name.as_str() {
            "iam:GetInstanceProfile" => yes(format!(
                "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/cloud101/lesson/</Path>\
                 <InstanceProfileName>machine</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
                 <Arn>{PROFILE}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles>{role}</Roles></InstanceProfile>\
                 </GetInstanceProfileResult></GetInstanceProfileResponse>"
            )),
            "iam:SimulatePrincipalPolicy" => simulator(),
            "iam:ListAttachedRolePolicies" => attached(),
            name => panic!("{name}"),
        })
    }

    fn decided(decision: &str) -> Answer {
        yes(format!(
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>\
             <EvalActionName>ssmmessages:OpenDataChannel</EvalActionName><EvalDecision>{decision}</EvalDecision></member>\
             </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        ))
    }

    fn attached(policy: &str) -> Answer {
        yes(format!(
            "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>{policy}\
             </PolicyName></member></AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>"
        ))
    }

    fn never() -> Answer {
        panic!("not asked for")
    }

    fn refused() -> Answer {
        no(403, "AccessDenied", "User ana is not authorized to perform this")
    }

    #[tokio::test]
    async fn what_keeps_an_agent_from_registering_is_found() {
        let lacks = |actions: &[&str]| {
            let actions = actions.iter().map(|action| (*action).to_owned()).collect();
            Some(Lack::Rights { role: "machine-role".to_owned(), actions })
        };
        for (aws, expected) in [
            (account(false, never, never), Some(Lack::Role("machine".to_owned()))),
            (account(true, || decided("allowed"), never), None),
            (account(true, || decided("implicitDeny"), never), lacks(&["ssmmessages:OpenDataChannel"])),
            (account(true, refused, || attached(POLICY)), None),
            (account(true, refused, || attached("ReadOnlyAccess")), lacks(&[])),
            (account(true, refused, refused), None),
            (Aws::with(|_: &Asked| refused()), None),
        ] {
            assert_eq!(lack(&aws.context(), Some(PROFILE)).await.expect("an answer"), expected, "{:?}", aws.names());
        }
        let nothing = crate::testing::aws::context();
        assert_eq!(lack(&nothing, None).await.expect("an answer"), Some(Lack::Profile));
    }
}
