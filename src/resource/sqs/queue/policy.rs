//! A queue's own policy: who may send and receive.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::{Context, Error, Result, wait};
use crate::explain::Code;
use crate::model::policy::same;
use crate::model::principal::{about_deleted, unique_ids};
use crate::model::value::strings;
use crate::resource::iam::policy_document::{self, Usage};
use crate::resource::limits::too_many;
use crate::resource::{Diagnostic, Place};

use super::calls;

/// How long a policy may be, in bytes, and how many statements it may have, each with how many actions.
const BYTES: usize = 8192;
const STATEMENTS: usize = 20;
const ACTIONS: usize = 7;
/// For how long a look waits for AWS to know a principal that it shows by its id.
const UNRESOLVED: Duration = Duration::from_secs(5);

/// What is wrong with the policy.
pub(super) fn check(policy: &Value) -> Vec<Diagnostic> {
    let mut diagnostics = policy_document::check(&about_the_queue(policy), Usage::Resource, "policy");
    let size = policy.to_string().len();
    if size > BYTES {
        let message = format!("a queue's policy can have at most {BYTES} bytes, but this one has {size}");
        let hint = "name fewer principals, or one account or topic pattern in place of them";
        diagnostics.push(Diagnostic::new(Code::TooLong, "policy", message).help(hint));
    }
    if let Value::Array(statements) = &policy["Statement"] {
        diagnostics.extend(too_many("policy.Statement", statements.len(), STATEMENTS));
        for (n, statement) in statements.iter().enumerate() {
            let actions = statement["Action"].as_array().map_or(0, Vec::len);
            diagnostics.extend(too_many(&format!("policy.Statement.{n}.Action"), actions, ACTIONS));
        }
    }
    diagnostics
}

/// The policy with a resource in each statement. SQS needs none: what a queue's policy says is said of the queue.
fn about_the_queue(policy: &Value) -> Value {
    let mut policy = policy.clone();
    let statements = match policy.get_mut("Statement") {
        Some(Value::Array(all)) => all.iter_mut().collect(),
        one => one.into_iter().collect::<Vec<_>>(),
    };
    for statement in statements.into_iter().filter_map(Value::as_object_mut) {
        if !statement.contains_key("NotResource") {
            statement.entry("Resource").or_insert_with(|| json!("*"));
        }
    }
    policy
}

/// Whether it names a role or a user, which SQS may not know yet.
pub(super) fn names_a_person(policy: &Value) -> bool {
    let statements = match &policy["Statement"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let mut principals =
        statements.into_iter().flat_map(|one| [&one["Principal"], &one["NotPrincipal"]]).flat_map(strings);
    principals.any(|who| who.contains(":role/") || who.contains(":user/"))
}

/// `live`, the policy of a queue, once AWS knows whom it names: a role that is new is shown by its id for a moment. One that
/// remains an id was deleted, which the notes report.
pub(super) async fn settled(
    cx: &Context,
    url: &str,
    desired: Option<&Value>,
    live: Option<Value>,
) -> (Option<Value>, Vec<String>) {
    let Some(desired) = desired else { return (live, Vec::new()) };
    let meant = unique_ids(desired);
    let strange = |policy: &Option<Value>| -> BTreeSet<String> {
        policy.iter().flat_map(unique_ids).filter(|id| !meant.contains(id)).collect()
    };
    if strange(&live).is_empty() {
        return (live, Vec::new());
    }
    let look = || async {
        let gone = || Error::unexpected("sqs:GetQueueAttributes", "the queue is gone");
        let policy = calls::spec(cx, url).await?.ok_or_else(gone)?.policy;
        Result::Ok(strange(&policy).is_empty().then_some(policy))
    };
    match wait::poll_until("SQS to know whom the policy names", UNRESOLVED, look).await {
        Ok(policy) => (policy, Vec::new()),
        Err(_) => {
            let notes = strange(&live).iter().map(|id| about_deleted(id, "policy")).collect();
            (live, notes)
        }
    }
}

/// Whether it is the policy that the console gives a new queue: everything, for the account itself.
pub(super) fn is_default(place: &Place, arn: &str, policy: &Value) -> bool {
    let default = json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__owner_statement",
            "Effect": "Allow",
            "Principal": { "AWS": place.arn_of_account("iam", "root") },
            "Action": "SQS:*",
            "Resource": arn,
        }],
    });
    same(policy, &default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(statements: Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn statement(actions: Value, principal: Value) -> Value {
        json!({ "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*" })
    }

    #[test]
    fn a_policy_keeps_to_the_limits_of_sqs() {
        let found =
            |policy: &Value| check(policy).into_iter().map(|one| (one.code, one.path().to_owned())).collect::<Vec<_>>();
        let actions = |count: usize| {
            let all = ["Send", "Receive", "Delete", "Purge", "ChangeVisibility", "Tag", "Untag", "Start"];
            json!(all[..count].iter().map(|verb| format!("sqs:{verb}Message")).collect::<Vec<_>>())
        };
        let limits = |policy: &Value| {
            found(policy)
                .into_iter()
                .filter(|(code, _)| *code == Code::TooLong)
                .map(|(_, path)| path)
                .collect::<Vec<_>>()
        };
        assert_eq!(limits(&with(json!([statement(actions(7), json!("*"))]))), [""; 0]);
        assert_eq!(limits(&with(json!([statement(actions(8), json!("*"))]))), ["policy.Statement.0.Action"]);
        let many = |count| with((0..count).map(|_| statement(json!("sqs:SendMessage"), json!("*"))).collect());
        assert_eq!(limits(&many(20)), [""; 0]);
        assert_eq!(limits(&many(21)), ["policy.Statement"]);
        let users: Vec<_> = (0..200).map(|n| format!("arn:aws:iam::123456789012:user/student{n}")).collect();
        assert_eq!(limits(&with(json!([statement(json!("sqs:SendMessage"), json!({ "AWS": users }))]))), ["policy"]);
    }

    /// As recorded (cloud-custodian, `test_sqs_modify_policy_add_remove_statements`).
    #[test]
    fn a_statement_without_a_resource_is_about_the_queue() {
        let mut statement = statement(json!("sqs:SendMessage"), json!("*"));
        statement.as_object_mut().expect("a statement").shift_remove("Resource");
        assert_eq!(check(&with(json!([statement.clone()]))), []);
        assert_eq!(check(&with(statement)), []);
        assert!(!check(&json!("a text")).is_empty());
    }

    #[test]
    fn roles_and_users_are_people_and_services_and_accounts_are_not() {
        let names = |principal: Value| names_a_person(&with(json!([statement(json!("sqs:*"), principal)])));
        assert!(names(json!({ "AWS": ["123456789012", "arn:aws:iam::123456789012:role/lesson"] })));
        assert!(names(json!({ "AWS": "arn:aws:iam::123456789012:user/ana" })));
        assert!(!names(json!({ "AWS": "arn:aws:iam::123456789012:root" })));
        assert!(!names(json!({ "Service": "sns.amazonaws.com" })) && !names(json!("*")));
    }

    /// As recorded (cloud-custodian, `test_sqs_has_statement`).
    #[test]
    fn the_policy_of_the_console_is_known() {
        let (place, arn) = (crate::testing::place(), "arn:aws:sqs:us-east-1:123456789012:q");
        let policy = |action: &str| {
            json!({ "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
                "Sid": "__owner_statement", "Effect": "Allow", "Action": action, "Resource": arn,
                "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
            }] })
        };
        assert!(is_default(&place, arn, &policy("SQS:*")));
        assert!(!is_default(&place, arn, &policy("SQS:SendMessage")));
    }
}
