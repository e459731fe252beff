//! A topic's own policy: who may publish and subscribe.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::{Context, Error, Result, wait};
use crate::explain::Code;
use crate::model::policy::same;
use crate::model::principal::{about_deleted, unique_ids};
use crate::resource::iam::policy_document::{self, Usage};
use crate::resource::{Diagnostic, Place, is_unknown};

use super::attributes::{attributes, set};

/// How long a new role may be unknown to SNS, as long as to IAM itself.
const PRINCIPAL_LIMIT: Duration = Duration::from_secs(120);
/// For how long a look waits for AWS to know a principal that it shows by its id.
const UNRESOLVED: Duration = Duration::from_secs(5);
/// How long a topic's policy may be, in bytes.
const POLICY_SIZE: usize = 30 * 1024;

/// What is wrong with the policy.
pub(super) fn check(policy: &Value) -> Vec<Diagnostic> {
    let mut diagnostics = policy_document::check(policy, Usage::Resource, "policy");
    diagnostics.extend(out_of_scope(policy));
    let size = policy.to_string().len();
    if size > POLICY_SIZE {
        let message = format!("a topic policy can have at most {POLICY_SIZE} bytes, but this one has {size}");
        diagnostics.push(
            Diagnostic::new(Code::TooLong, "policy", message)
                .help("name fewer principals, or one account in place of them"),
        );
    }
    diagnostics
}

/// What a topic's policy can't be about: other services, and what is done to no topic. SNS calls that "out of service scope".
const OF_THE_ACCOUNT: [&str; 6] = [
    "sns:createtopic",
    "sns:listtopics",
    "sns:listsubscriptions",
    "sns:unsubscribe",
    "sns:getsubscriptionattributes",
    "sns:setsubscriptionattributes",
];
/// What stands for those, too.
const EVERYTHING: [&str; 2] = ["*", "sns:*"];

fn out_of_scope(policy: &Value) -> Vec<Diagnostic> {
    let statements = match &policy["Statement"] {
        Value::Array(all) => all.iter().enumerate().map(|(n, one)| (format!("policy.Statement.{n}"), one)).collect(),
        one => vec![("policy.Statement".to_owned(), one)],
    };
    let mut diagnostics = Vec::new();
    for (path, statement) in statements {
        let actions = match &statement["Action"] {
            Value::Array(all) => {
                all.iter().enumerate().map(|(n, one)| (format!("{path}.Action.{n}"), one)).collect::<Vec<_>>()
            }
            one => vec![(format!("{path}.Action"), one)],
        };
        for (path, action) in actions.into_iter().filter_map(|(path, action)| Some((path, action.as_str()?))) {
            let small = action.to_lowercase();
            if EVERYTHING.contains(&small.as_str()) {
                let message = format!(
                    "`{action}` includes actions that do not apply to a topic, and SNS refuses it in a topic policy"
                );
                let hint = "write the actions out: `sns:Publish`, `sns:Subscribe`, `sns:GetTopicAttributes`, …";
                diagnostics.push(Diagnostic::new(Code::PolicyNotHere, path.clone(), message).help(hint).warning());
            }
            let is_of_another = small.contains(':') && !small.starts_with("sns:");
            if !is_unknown(action) && (is_of_another || OF_THE_ACCOUNT.contains(&small.as_str())) {
                let message = format!("`{action}` does not apply to a topic, so its policy can't allow it");
                let hint = "a topic policy is for `sns:Publish`, `sns:Subscribe` and similar actions; the others \
                    belong in a role's policy";
                diagnostics.push(Diagnostic::new(Code::PolicyNotHere, path, message).help(hint));
            }
        }
    }
    diagnostics
}

/// A role that was made a moment ago is not yet a principal that SNS knows.
pub(super) async fn set_policy(cx: &Context, arn: &str, policy: &Value) -> Result<()> {
    let policy = policy.to_string();
    let is_new =
        |error: &Error| error.is(&["InvalidParameter"]) && error.message.to_ascii_lowercase().contains("principal");
    let attempt = || set(cx, arn, "Policy", &policy);
    wait::retry_while("SNS to know whom the policy names", PRINCIPAL_LIMIT, is_new, attempt).await
}

/// The policy among a topic's attributes.
pub(super) fn of(attributes: &HashMap<String, String>) -> Option<Value> {
    serde_json::from_str(attributes.get("Policy")?).ok()
}

/// `live`, the policy of the topic `arn`, once AWS knows whom it names: a role that is new is shown by its id for a moment.
/// One that remains an id was deleted, which the notes report.
pub(super) async fn settled(
    cx: &Context,
    arn: &str,
    desired: Option<&Value>,
    live: Option<Value>,
) -> (Option<Value>, Vec<String>) {
    let meant = desired.map(unique_ids).unwrap_or_default();
    let strange = |policy: &Option<Value>| -> BTreeSet<String> {
        policy.iter().flat_map(unique_ids).filter(|id| !meant.contains(id)).collect()
    };
    if desired.is_none() || strange(&live).is_empty() {
        return (live, Vec::new());
    }
    let look = || async {
        let policy = attributes(cx, arn).await?.as_ref().and_then(of);
        Ok(strange(&policy).is_empty().then_some(policy))
    };
    match wait::poll_until("SNS to know whom the policy names", UNRESOLVED, look).await {
        Ok(policy) => (policy, Vec::new()),
        Err(_) => {
            let notes = strange(&live).iter().map(|id| about_deleted(id, "policy")).collect();
            (live, notes)
        }
    }
}

/// The policy that AWS gives a new topic (API: CreateTopic): everything, for the owner.
pub(super) fn default_policy(place: &Place, arn: &str) -> Value {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": place.account } },
        }],
    })
}

/// Whether it is the policy that AWS gives a new topic: with AWS's own names in it, for the owner alone. The actions in
/// it have changed over the years.
pub(super) fn is_default_policy(place: &Place, arn: &str, policy: &Value) -> bool {
    let default = default_policy(place, arn);
    let mut policy = policy.clone();
    if let Some(actions) = policy.pointer_mut("/Statement/0/Action") {
        actions.clone_from(&default["Statement"][0]["Action"]);
    }
    same(&policy, &default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    #[test]
    fn the_policy_of_a_new_topic_is_known_whatever_actions_it_names() {
        let (place, arn) = (crate::testing::place(), "arn:aws:sns:us-east-1:123456789012:t");
        let with = |change: &dyn Fn(&mut Value)| {
            let mut policy = default_policy(&place, arn);
            change(&mut policy);
            is_default_policy(&place, arn, &policy)
        };
        assert!(with(&|_| {}));
        assert!(with(
            &|policy| policy["Statement"][0]["Action"] = json!(["SNS:Publish", "SNS:Subscribe", "SNS:Receive"])
        ));
        assert!(!with(&|policy| policy["Statement"][0]["Principal"] = json!("*.example.edu")));
        assert!(!with(&|policy| policy["Statement"][0]["Condition"] = json!({})));
        assert!(!with(&|policy| policy["Id"] = json!("ours")));
        let more = json!({ "Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": arn });
        assert!(!with(&|policy| policy["Statement"].as_array_mut().expect("a list").push(more.clone())));
    }

    #[tokio::test]
    async fn a_principal_that_is_an_id_is_looked_at_again_and_one_that_stays_so_was_deleted() {
        const ID: &str = "AROAQ7SSZBKHRKPWRZUN6";
        const ROLE: &str = "arn:aws:iam::123456789012:role/teacher";
        let with = |who: &str| {
            json!({ "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": { "AWS": who }, "Action": "sns:Publish", "Resource": "*",
            }] })
        };
        for (known_after, stays) in [(2, false), (600, true)] {
            let clock = wait::clock::Clock::default();
            let time = clock.clone();
            let aws = Aws::with(move |_| {
                let who = if time.elapsed().as_secs() < known_after { ID } else { ROLE };
                yes(format!(
                    "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Policy</key>\
                     <value>{}</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>",
                    with(who)
                ))
            });
            let (cx, desired) = (aws.context(), with(ROLE));
            let (policy, notes) = clock.run(settled(&cx, "arn", Some(&desired), Some(with(ID)))).await;
            assert_eq!(policy, Some(with(if stays { ID } else { ROLE })));
            assert_eq!(notes.iter().any(|note| note.contains(ID)), stays, "{notes:?}");
        }
        let aws = Aws::with(|_| no(500, "InternalError", "not asked"));
        let (cx, meant) = (aws.context(), with(ID));
        assert_eq!(settled(&cx, "arn", Some(&meant), Some(with(ID))).await, (Some(with(ID)), Vec::new()));
        assert_eq!(settled(&cx, "arn", None, Some(with(ID))).await.1.len() + aws.calls().len(), 0);
    }

    #[test]
    fn a_topics_policy_is_about_the_topic() {
        let paths = |action: Value| {
            let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*" });
            let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
            check(&policy).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths(json!(["SNS:Publish", "sns:Subscribe"])), [""; 0]);
        assert_eq!(paths(json!("s3:GetObject")), ["policy.Statement.0.Action"]);
        for out_of_scope in ["sns:CreateTopic", "sns:SetSubscriptionAttributes", "SNS:*", "*"] {
            assert_eq!(paths(json!(["sns:Publish", out_of_scope])), ["policy.Statement.0.Action.1"], "{out_of_scope}");
        }
        let users: Vec<_> = (0..800).map(|n| format!("arn:aws:iam::123456789012:user/student{n}")).collect();
        let statement =
            json!({ "Effect": "Allow", "Principal": { "AWS": users }, "Action": "sns:Publish", "Resource": "*" });
        let long = json!({ "Version": "2012-10-17", "Statement": [statement] });
        assert_eq!(check(&long).iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), [Code::TooLong]);
    }

    /// How often a policy is put that AWS refuses with `message` once, and whether it is put at last.
    async fn attempts(message: &'static str) -> (usize, bool) {
        let mut asked = 0;
        let aws = Aws::with(move |_| {
            asked += 1;
            if asked == 1 { no(400, "InvalidParameter", message) } else { yes("<SetTopicAttributesResponse/>") }
        });
        let done = set_policy(&aws.context(), "arn:aws:sns:us-east-1:123456789012:t", &json!({})).await.is_ok();
        (aws.calls().len(), done)
    }

    #[tokio::test]
    async fn a_principal_that_sns_does_not_know_for_long_is_awaited() {
        let clock = wait::clock::Clock::default();
        let time = clock.clone();
        let aws = Aws::with(move |_| match time.elapsed().as_secs() < 40 {
            true => no(400, "InvalidParameter", "Invalid parameter: Policy Error: Invalid principal in policy"),
            false => yes("<SetTopicAttributesResponse/>"),
        });
        let cx = aws.context();
        let put = clock.run(set_policy(&cx, "arn:aws:sns:us-east-1:123456789012:t", &json!({}))).await;
        assert!(put.is_ok() && clock.elapsed().as_secs() >= 40);
    }

    #[tokio::test]
    async fn a_policy_for_a_role_that_is_new_is_put_again() {
        assert_eq!(attempts("Invalid parameter: Policy Error: PrincipalNotFound").await, (2, true));
        assert_eq!(attempts("Invalid parameter: Policy statement action out of service scope!").await, (1, false));
    }
}
