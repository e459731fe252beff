//! What can be seen to be wrong with a topic's name for people and its receivers without AWS.

use std::collections::HashSet;

use crate::explain::Code;
use crate::resource::{Finding, is_unknown};

use super::subscription::{Protocol, Subscription};
use super::topic::Spec;

/// The longest display name (API: CreateTopic).
const DISPLAY_NAME: usize = 100;

/// What is wrong with the display name and with where subscriptions lead.
pub(super) fn check(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(name) = spec.display_name.as_ref().filter(|name| !is_unknown(name)) {
        let length = name.chars().count();
        if length > DISPLAY_NAME {
            let message = format!("it has {length} characters, and AWS allows {DISPLAY_NAME}");
            findings.push(Finding::new(Code::TooLong, "display_name", message).hint("shorten it"));
        }
    }
    let mut seen = HashSet::new();
    let all = spec.subscriptions.as_deref().unwrap_or_default();
    for (n, subscription) in all.iter().enumerate() {
        let endpoint = &subscription.endpoint;
        if !is_unknown(endpoint) {
            findings.extend(leads_nowhere(subscription).map(|(what, hint)| {
                Finding::new(
                    Code::Address,
                    format!("subscriptions.{n}.endpoint"),
                    format!("`{endpoint}` is not {what}"),
                )
                .hint(hint)
            }));
        }
        if subscription.raw == Some(true) && !subscription.protocol.delivers_raw() {
            let protocol = subscription.protocol.as_str();
            let message = format!("SNS delivers bare messages to sqs, http and https, not to {protocol}");
            findings.push(
                Finding::new(Code::DoesNotApply, format!("subscriptions.{n}.raw"), message).hint("take `raw` out"),
            );
        }
        if !seen.insert((subscription.protocol.as_str(), endpoint)) {
            let message = format!("`{endpoint}` is subscribed twice, and AWS keeps one subscription of each");
            findings.push(
                Finding::new(Code::Twice, format!("subscriptions.{n}.endpoint"), message)
                    .hint("take one of the two out"),
            );
        }
    }
    findings
}

/// What the endpoint should be and is not, and an example.
fn leads_nowhere(subscription: &Subscription) -> Option<(&'static str, &'static str)> {
    let endpoint = &subscription.endpoint;
    let is_arn_of = |service: &str| {
        let mut parts = endpoint.splitn(6, ':');
        parts.next() == Some("arn")
            && parts.nth(1) == Some(service)
            && parts.nth(2).is_some_and(|rest| !rest.is_empty())
    };
    let is_url = |scheme: &str| endpoint.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    let (fits, what, hint) = match subscription.protocol {
        Protocol::Sqs => {
            (is_arn_of("sqs"), "the ARN of an SQS queue", "for example `arn:aws:sqs:us-east-1:123456789012:homework`")
        }
        Protocol::Lambda => {
            (is_arn_of("lambda"), "the ARN of a Lambda function", "of a function in this file: `${function.arn}`")
        }
        Protocol::Application => (
            is_arn_of("sns"),
            "the ARN of a mobile app's endpoint",
            "for example `arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/…`",
        ),
        Protocol::Http => {
            (is_url("http://"), "an address that begins with http://", "`protocol: https` takes https://")
        }
        Protocol::Https => {
            (is_url("https://"), "an address that begins with https://", "`protocol: http` takes http://")
        }
        Protocol::Email | Protocol::EmailJson => {
            (endpoint.contains('@'), "an email address", "for example `teacher@example.edu`")
        }
        Protocol::Sms => (
            is_phone_number(endpoint),
            "a phone number as AWS keeps it",
            "write + and the country's code, then digits only: `+15555550100`",
        ),
    };
    (!fits).then_some((what, hint))
}

/// E.164, the form into which AWS brings every number: in any other a plan would never be done.
fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_receiver_is_of_its_protocol_and_there_once() {
        let found = |subscriptions: serde_json::Value| {
            let spec = serde_json::from_value(json!({ "subscriptions": subscriptions })).expect("a spec");
            check(&spec).into_iter().map(|finding| (finding.path, finding.message)).collect::<Vec<_>>()
        };
        let queue = "arn:aws:sqs:us-east-1:123456789012:homework";
        for (protocol, good, bad) in [
            ("sqs", queue, "http://x"),
            ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f", queue),
            ("application", "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/1", queue),
            ("http", "http://example.edu/", "https://example.edu/"),
            ("https", "https://example.edu/", "example.edu"),
            ("lambda", "\u{1}${function.arn}", "arn:aws:lambda:::"),
            ("email", "teacher@example.edu", "ana"),
        ] {
            assert_eq!(found(json!([{ "protocol": protocol, "endpoint": good }])), [], "{protocol}");
            assert_eq!(found(json!([{ "protocol": protocol, "endpoint": bad }])).len(), 1, "{protocol}: {bad}");
        }
        let one = json!({ "protocol": "sqs", "endpoint": queue });
        let twice = found(json!([one, { "protocol": "email", "endpoint": "a@example.edu" }, one]));
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[0].0, "subscriptions.2.endpoint");
    }

    #[test]
    fn what_sns_would_refuse_is_found_before() {
        let paths = |protocol, endpoint: &str, raw| {
            let one = Subscription { protocol, endpoint: endpoint.into(), filter_policy: None, raw };
            let spec = Spec { subscriptions: Some(vec![one]), ..Spec::default() };
            check(&spec).into_iter().map(|finding| finding.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(Protocol::Email, "ana", None), ["subscriptions.0.endpoint"]);
        for wrong in ["+1 555 555 0100", "15555550100", "+1-555-555-0100", "+05555550100", "+1", "+1234567890123456"] {
            assert_eq!(paths(Protocol::Sms, wrong, None), ["subscriptions.0.endpoint"], "{wrong}");
        }
        assert_eq!(paths(Protocol::Sms, "+15555550100", None), [""; 0]);
        assert_eq!(paths(Protocol::Email, "ana@example.edu", Some(true)), ["subscriptions.0.raw"]);
        assert_eq!(paths(Protocol::Email, "ana@example.edu", Some(false)), [""; 0]);
        assert_eq!(paths(Protocol::Sqs, "arn:aws:sqs:us-east-1:123456789012:q", Some(true)), [""; 0]);
    }

    #[test]
    fn a_display_name_has_at_most_100_characters() {
        let spec = |name: &str| serde_json::from_value(json!({ "display_name": name })).expect("a spec");
        assert_eq!(check(&spec(&"é".repeat(100))), []);
        assert_eq!(check(&spec(&"é".repeat(101)))[0].path, "display_name");
    }
}
