//! AWS's slow consistency: what was just made is not seen yet, not allowed yet, or still in use. The proxy plays it.

use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};

use crate::proxy::{Call, Fault, Phase};
use crate::support::fixture::Fixture;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::{EVERY_KIND, LESSON};

/// The first calls of a name, as often as it says, get this answer.
struct Lag {
    /// What the call's name begins with.
    name: &'static str,
    /// What comes before: a call whose name begins so. Empty: nothing.
    after: &'static str,
    times: usize,
    answer: fn(&Call) -> Fault,
}

const fn lag(name: &'static str, after: &'static str, times: usize, answer: fn(&Call) -> Fault) -> Lag {
    Lag { name, after, times, answer }
}

/// While everything is made.
static MAKING: [Lag; 13] = [
    lag("s3:PUT /every-lagging-bucket", "", 2, |_| {
        Fault::refuse(409, "OperationAborted", "A conflicting conditional operation is currently in progress")
    }),
    lag("s3:GET /every-lagging-bucket/?tagging", "s3:PUT /every-lagging-bucket", 2, |_| {
        Fault::refuse(404, "NoSuchBucket", "The specified bucket does not exist")
    }),
    lag("iam:GetRole", "iam:CreateRole", 3, |_| Fault::refuse(404, "NoSuchEntity", "The role cannot be found.")),
    lag("iam:GetPolicy", "iam:CreatePolicy", 3, |_| Fault::refuse(404, "NoSuchEntity", "The policy cannot be found.")),
    lag("iam:GetInstanceProfile", "iam:CreateInstanceProfile", 2, |_| {
        Fault::refuse(404, "NoSuchEntity", "The instance profile cannot be found.")
    }),
    lag("iam:GetGroup", "iam:CreateGroup", 2, |_| {
        Fault::refuse(404, "NoSuchEntity", "The group with name every-lagging-group cannot be found.")
    }),
    lag("iam:GetUser", "iam:CreateUser", 3, |_| {
        Fault::refuse(404, "NoSuchEntity", "The user with name every-lagging-user cannot be found.")
    }),
    lag("iam:AddUserToGroup", "", 2, |_| {
        Fault::refuse(404, "NoSuchEntity", "The group with name every-lagging-group cannot be found.")
    }),
    lag("lambda:POST /2015-03-31/functions", "", 3, |_| {
        let message = "The role defined for the function cannot be assumed by Lambda.";
        Fault::refuse(400, "InvalidParameterValueException", message)
    }),
    lag("ec2:RunInstances", "", 3, |_| {
        let message = "Value (every-lagging-profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";
        Fault::refuse(400, "InvalidParameterValue", message)
    }),
    lag("ec2:DescribeInstances", "ec2:RunInstances", 2, |_| {
        Fault::refuse(400, "InvalidInstanceID.NotFound", "The instance ID does not exist")
    }),
    lag("ec2:DescribeSecurityGroups", "ec2:CreateSecurityGroup", 2, |_| {
        Fault::answer("<DescribeSecurityGroupsResponse><securityGroupInfo/></DescribeSecurityGroupsResponse>")
    }),
    lag("ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", 2, |call| {
        let group = call.request.field("GroupId").unwrap_or_default();
        Fault::refuse(400, "InvalidGroup.NotFound", format!("The security group '{group}' does not exist"))
    }),
];

/// While everything is deleted.
static DELETING: [Lag; 4] = [
    lag("ec2:DeleteSecurityGroup", "", 3, |_| {
        Fault::refuse(400, "DependencyViolation", "resource sg-0123456789abcdef0 has a dependent object")
    }),
    lag("iam:DeleteRole", "", 1, |_| {
        Fault::refuse(409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    }),
    lag("iam:DeleteUser", "", 1, |_| {
        Fault::refuse(409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
    }),
    lag("iam:DeleteGroup", "", 1, |_| {
        Fault::refuse(409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
    }),
];

/// How often each lag still has to happen.
type Left = std::sync::Arc<Mutex<Vec<usize>>>;

/// A rule that plays `lags`, and how often each still has to happen.
fn played(lags: &'static [Lag]) -> (impl Fn(&Call) -> Option<Fault> + Send + Sync, Left) {
    let left = std::sync::Arc::new(Mutex::new(lags.iter().map(|lag| lag.times).collect::<Vec<_>>()));
    let counting = left.clone();
    let seen = Mutex::new(Vec::<String>::new());
    let rule = move |call: &Call| {
        let mut seen = seen.lock().expect("no panic");
        let mut left = counting.lock().expect("no panic");
        let due = |lag: &Lag| {
            call.name.starts_with(lag.name)
                && (lag.after.is_empty() || seen.iter().any(|name| name.starts_with(lag.after)))
        };
        let played = lags.iter().zip(left.iter_mut()).find(|(lag, left)| **left > 0 && due(lag));
        match played {
            Some((lag, left)) => {
                *left -= 1;
                Some((lag.answer)(call))
            }
            None => {
                seen.push(call.name.clone());
                None
            }
        }
    };
    (rule, left)
}

#[test]
fn everything_lags_at_once() -> Result<()> {
    let fixture = Fixture::shared()?;
    let undisturbed = Run::of(&fixture, &EVERY_KIND, "every-prompt")?;
    undisturbed.complete(Part::Apply)?;
    let expected = undisturbed.account()?;
    undisturbed.ends()?;

    let mut lagging = Run::of(&fixture, &EVERY_KIND, "every-lagging")?;
    for (part, lags) in [(Part::Apply, &MAKING[..]), (Part::Destroy, &DELETING[..])] {
        let (rule, left) = played(lags);
        lagging.inject(rule)?;
        lagging.part(part)?.exits(0)?;
        let left = left.lock().expect("no panic").clone();
        let unplayed: Vec<_> = lags.iter().zip(left).filter(|(_, left)| *left > 0).map(|(lag, _)| lag.name).collect();
        ensure!(unplayed.is_empty(), "these were never asked often enough to lag: {unplayed:?}");
        let account = if part == Part::Apply { expected.clone() } else { Default::default() };
        lagging.is(&account, part)?;
    }
    Ok(())
}

/// AWS remembers a client token longer than it lists the instance: the next token is taken.
#[test]
fn the_token_of_a_terminated_instance_is_not_used_again() -> Result<()> {
    let message = "The client token you have provided is associated with a resource that is already deleted.";
    let refused = Fault::refuse(400, "IdempotentInstanceTerminated", message);
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &LESSON, "lagging-token")?.with_faults(refused.once("ec2:RunInstances"))?;
    run.part(Part::Apply)?.exits(0)?;
    let launches = run.proxy.calls().into_iter().filter(|call| call.name == "ec2:RunInstances");
    let tokens: Vec<_> = launches.filter_map(|call| call.request.field("ClientToken")).collect();
    ensure!(tokens.len() == 2 && tokens[0] != tokens[1], "{tokens:?}");
    run.ends()
}

/// IAM keeps five versions of a policy: the oldest one that is not in use goes. The answer to the new one is lost, and
/// asking again would make a seventh.
#[test]
fn a_policy_in_five_versions_gets_a_sixth() -> Result<()> {
    let fixture = Fixture::shared()?;
    let lost = Fault::Cut(Phase::After).once("iam:CreatePolicyVersion");
    let run = Run::of(&fixture, &LESSON, "lagging-versions")?.with_faults(lost)?;
    run.up_to(Part::Change)?;
    let arn = "arn:aws:iam::000000000000:policy/cloud101/lagging-versions/lagging-versions-policy";
    let more = "statement = {'Effect': 'Deny', 'Action': 's3:*', 'Resource': '*'}\n\
        document = json.dumps({'Version': '2012-10-17', 'Statement': [statement]})\n\
        for _ in range(4):\n    client('iam').create_policy_version(PolicyArn=sys.argv[1], PolicyDocument=document)";
    fixture.python(more, &[arn])?;
    run.part(Part::Change)?.exits(0)?;
    let versions =
        "answer(sorted(v['VersionId'] for v in client('iam').list_policy_versions(PolicyArn=sys.argv[1])['Versions']))";
    let versions = fixture.python(versions, &[arn])?;
    ensure!(
        versions == serde_json::json!(["v1", "v3", "v4", "v5", "v6"])
            || versions == serde_json::json!(["v2", "v3", "v4", "v5", "v6"]),
        "{versions}"
    );
    run.ends().context("afterwards")
}
