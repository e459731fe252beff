//! What can be seen to be wrong with a topic's name for people and its receivers without AWS.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};

use super::filter;
use super::spec::{Protocol, Scope, Spec, Subscription};

/// The longest display name (API: CreateTopic).
const DISPLAY_NAME: usize = 100;

/// The sizes of messages that a topic can allow, in bytes (API: SetTopicAttributes, MaximumMessageSize).
const MESSAGE: RangeInclusive<i32> = 1024..=1_048_576;
/// Up to which size every receiver takes them.
const SMALL_MESSAGE: i32 = 262_144;
/// How many receivers a topic has at most that allows larger ones.
const RECEIVERS_OF_LARGE: usize = 100;

/// What is wrong with the display name and with where subscriptions lead.
pub(super) fn check(spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if let Some(name) = spec.display_name.as_ref().filter(|name| !is_unknown(name)) {
        let length = name.chars().count();
        if length > DISPLAY_NAME {
            let message = format!("it has {length} characters, and AWS allows {DISPLAY_NAME}");
            diagnostics.push(Diagnostic::new(Code::TooLong, "display_name", message).help("shorten it"));
        }
    }
    diagnostics.extend(check_messages(spec));
    let is_fifo = spec.fifo.unwrap_or(false);
    if spec.content_based_deduplication == Some(true) && !is_fifo {
        diagnostics.push(
            Diagnostic::new(
                Code::DoesNotApply,
                "content_based_deduplication",
                "only a topic with `fifo: true` can drop duplicate messages",
            )
            .help("remove it, or set `fifo: true`"),
        );
    }
    let mut seen = HashSet::new();
    let all = spec.subscriptions.as_deref().unwrap_or_default();
    for (n, subscription) in all.iter().enumerate() {
        let endpoint = &subscription.endpoint;
        if !is_unknown(endpoint) {
            diagnostics.extend(leads_nowhere(subscription).map(|(what, hint)| {
                Diagnostic::new(
                    Code::Address,
                    format!("subscriptions.{n}.endpoint"),
                    format!("`{endpoint}` is not {what}"),
                )
                .help(hint)
            }));
        }
        diagnostics.extend(check_fifo(subscription, is_fifo, &format!("subscriptions.{n}")));
        if let Some(policy) = &subscription.filter_policy {
            let path = format!("subscriptions.{n}.filter_policy");
            diagnostics.extend(filter::check(policy, subscription.filter_policy_scope.unwrap_or_default(), &path));
        }
        let filter = subscription.filter_policy.as_ref();
        let has_filter = filter.is_some_and(|filter| filter.as_object().is_none_or(|keys| !keys.is_empty()));
        if !has_filter && subscription.filter_policy_scope == Some(Scope::MessageBody) {
            let path = format!("subscriptions.{n}.filter_policy_scope");
            let message = "there is no `filter_policy`, and SNS ignores a scope without one";
            diagnostics
                .push(Diagnostic::new(Code::DoesNotApply, path, message).help("add a `filter_policy`, or remove this"));
        }
        let dead_letter = subscription.dead_letter_arn.as_ref().filter(|arn| !is_unknown(arn));
        if let Some(arn) = dead_letter.filter(|arn| !is_arn_of("sqs", arn)) {
            let message = format!("`{arn}` is not the ARN of an SQS queue");
            diagnostics.push(
                Diagnostic::new(Code::Arn, format!("subscriptions.{n}.dead_letter_arn"), message)
                    .help("for example `arn:aws:sqs:us-east-1:123456789012:undelivered`"),
            );
        }
        if subscription.raw == Some(true) && !subscription.protocol.delivers_raw() {
            let protocol = subscription.protocol.as_str();
            let message = format!("SNS supports raw delivery to sqs, http and https, not to {protocol}");
            diagnostics.push(
                Diagnostic::new(Code::DoesNotApply, format!("subscriptions.{n}.raw"), message).help("remove `raw`"),
            );
        }
        if !seen.insert((subscription.protocol.as_str(), endpoint)) {
            let message = format!("`{endpoint}` is subscribed twice, and AWS keeps one subscription per endpoint");
            diagnostics.push(
                Diagnostic::new(Code::Twice, format!("subscriptions.{n}.endpoint"), message).help("remove one of them"),
            );
        }
    }
    diagnostics
}

/// What the size of messages asks of the receivers.
fn check_messages(spec: &Spec) -> Vec<Diagnostic> {
    const PATH: &str = "max_message_bytes";
    let Some(bytes) = spec.max_message_bytes else { return Vec::new() };
    if !MESSAGE.contains(&bytes) {
        let message = format!("{bytes} is out of range: AWS allows {} to {} bytes", MESSAGE.start(), MESSAGE.end());
        return vec![
            Diagnostic::new(Code::OutOfRange, PATH, message).help("AWS's default is 262144, the maximum 1048576"),
        ];
    }
    let all = spec.subscriptions.as_deref().unwrap_or_default();
    if bytes <= SMALL_MESSAGE {
        return Vec::new();
    }
    let takes_large = |one: &&Subscription| matches!(one.protocol, Protocol::Sqs | Protocol::Lambda);
    let small = all.iter().find(|one| !takes_large(one)).map(|one| {
        let protocol = one.protocol.as_str();
        let message = format!(
            "messages of more than {SMALL_MESSAGE} bytes can be delivered to sqs and lambda, not to \
            {protocol}"
        );
        Diagnostic::new(Code::DoesNotApply, PATH, message).help("write 262144 or less, or remove the other receivers")
    });
    let many = (all.len() > RECEIVERS_OF_LARGE).then(|| {
        let message = format!(
            "a topic with messages of more than {SMALL_MESSAGE} bytes can have at most {RECEIVERS_OF_LARGE} receivers, \
                but this one has {}",
            all.len()
        );
        Diagnostic::new(Code::DoesNotApply, PATH, message).help("write 262144 or less")
    });
    small.into_iter().chain(many).collect()
}

/// Topics that keep the order, and queues that do (Amazon SNS Developer Guide, message delivery for FIFO topics).
fn check_fifo(subscription: &Subscription, is_fifo: bool, path: &str) -> Option<Diagnostic> {
    let is_fifo_queue = |arn: &str| arn.ends_with(".fifo") && !is_unknown(arn);
    if is_fifo && subscription.protocol != Protocol::Sqs {
        let protocol = subscription.protocol.as_str();
        let message = format!("a topic with `fifo: true` delivers only to sqs, not to {protocol}");
        let diagnostic = Diagnostic::new(Code::DoesNotApply, format!("{path}.protocol"), message);
        return Some(diagnostic.help("subscribe a queue, and let a function read from it; or remove `fifo`"));
    }
    if !is_fifo && subscription.protocol == Protocol::Sqs && is_fifo_queue(&subscription.endpoint) {
        let message = "a queue that ends in `.fifo` accepts messages only from a topic with `fifo: true`";
        let diagnostic = Diagnostic::new(Code::DoesNotApply, format!("{path}.endpoint"), message);
        return Some(diagnostic.help("subscribe a standard queue, or set `fifo: true` and name the topic `….fifo`"));
    }
    let dead_letter = subscription.dead_letter_arn.as_deref().filter(|arn| !is_unknown(arn))?;
    (is_fifo_queue(dead_letter) != is_fifo).then(|| {
        let message = match is_fifo {
            true => "the dead-letter queue of a topic with `fifo: true` must end in `.fifo`",
            false => "the dead-letter queue of a standard topic must be a standard queue, not one that ends in `.fifo`",
        };
        Diagnostic::new(Code::DoesNotApply, format!("{path}.dead_letter_arn"), message)
            .help("name a queue of the other type")
    })
}

fn is_arn_of(service: &str, text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn") && parts.nth(1) == Some(service) && parts.nth(2).is_some_and(|rest| !rest.is_empty())
}

/// What the endpoint should be and is not, and an example.
fn leads_nowhere(subscription: &Subscription) -> Option<(&'static str, &'static str)> {
    let endpoint = &subscription.endpoint;
    let is_arn_of = |service: &str| is_arn_of(service, endpoint);
    let is_url = |scheme: &str| endpoint.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    let (fits, what, hint) = match subscription.protocol {
        Protocol::Sqs => {
            (is_arn_of("sqs"), "the ARN of an SQS queue", "for example `arn:aws:sqs:us-east-1:123456789012:homework`")
        }
        Protocol::Lambda => {
            (is_arn_of("lambda"), "the ARN of a Lambda function", "for a function in this file: `${function.arn}`")
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
            "a phone number in E.164 form",
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
            check(&spec)
                .into_iter()
                .map(|diagnostic| (diagnostic.path().to_owned(), diagnostic.message))
                .collect::<Vec<_>>()
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
            let one = json!({ "protocol": protocol, "endpoint": endpoint, "raw": raw });
            let spec: Spec = serde_json::from_value(json!({ "subscriptions": [one] })).expect("a spec");
            check(&spec).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect::<Vec<_>>()
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
        assert_eq!(check(&spec(&"é".repeat(101)))[0].path(), "display_name");
    }

    fn found(spec: serde_json::Value) -> Vec<(Code, String)> {
        let spec = serde_json::from_value(spec).expect("a spec");
        check(&spec).into_iter().map(|diagnostic| (diagnostic.code, diagnostic.path().to_owned())).collect()
    }

    #[test]
    fn a_topic_that_keeps_the_order_and_one_that_does_not() {
        let (queue, fifo) = ("arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q.fifo");
        let to = |is_fifo: bool, protocol: &str, endpoint: &str, dead: Option<&str>| {
            let one = json!({ "protocol": protocol, "endpoint": endpoint, "dead_letter_arn": dead });
            found(json!({ "fifo": is_fifo, "subscriptions": [one] }))
        };
        let at = |path: &str| vec![(Code::DoesNotApply, format!("subscriptions.0.{path}"))];
        assert_eq!(to(true, "sqs", fifo, Some(fifo)), []);
        assert_eq!(to(true, "sqs", queue, None), [], "a standard queue is let in, too");
        assert_eq!(to(false, "sqs", queue, Some(queue)), []);
        assert_eq!(to(true, "email", "ana@example.edu", None), at("protocol"));
        assert_eq!(to(false, "sqs", fifo, None), at("endpoint"));
        assert_eq!(to(true, "sqs", fifo, Some(queue)), at("dead_letter_arn"));
        assert_eq!(to(false, "sqs", queue, Some(fifo)), at("dead_letter_arn"));
        assert_eq!(to(false, "sqs", queue, Some("q")), [(Code::Arn, "subscriptions.0.dead_letter_arn".into())]);
        let deduplicates = |is_fifo: bool| found(json!({ "fifo": is_fifo, "content_based_deduplication": true }));
        assert_eq!(deduplicates(true), []);
        assert_eq!(deduplicates(false), [(Code::DoesNotApply, "content_based_deduplication".into())]);
    }

    #[test]
    fn large_messages_reach_few() {
        let email = json!([{ "protocol": "email", "endpoint": "ana@example.edu" }]);
        let with =
            |bytes: i64, to: &serde_json::Value| found(json!({ "max_message_bytes": bytes, "subscriptions": to }));
        assert_eq!(with(1024, &email), []);
        assert_eq!(with(262_144, &email), []);
        assert_eq!(with(1_048_576, &json!([])), []);
        for (bytes, code) in [(1023, Code::OutOfRange), (1_048_577, Code::OutOfRange), (262_145, Code::DoesNotApply)] {
            assert_eq!(with(bytes, &email), [(code, "max_message_bytes".into())], "{bytes}");
        }
        let queue = |n| json!({ "protocol": "sqs", "endpoint": format!("arn:aws:sqs:us-east-1:123456789012:q{n}") });
        assert_eq!(with(262_145, &(0..100).map(queue).collect()), []);
        assert_eq!(with(262_145, &(0..101).map(queue).collect()).len(), 1);
    }

    #[test]
    fn a_filter_is_judged_by_its_scope() {
        let with = |scope: Option<&str>| {
            let filter = json!({ "Records": { "s3": ["a"] } });
            let one = json!({
                "protocol": "email", "endpoint": "ana@example.edu", "filter_policy": filter, "filter_policy_scope": scope,
            });
            found(json!({ "subscriptions": [one] }))
        };
        let nested = [(Code::FilterPolicy, "subscriptions.0.filter_policy.Records".to_owned())];
        assert_eq!(with(None), nested);
        assert_eq!(with(Some("MessageAttributes")), nested);
        assert_eq!(with(Some("MessageBody")), []);
        let alone = |scope: &str| {
            let one = json!({ "protocol": "email", "endpoint": "ana@example.edu", "filter_policy_scope": scope });
            found(json!({ "subscriptions": [one] }))
        };
        assert_eq!(alone("MessageBody"), [(Code::DoesNotApply, "subscriptions.0.filter_policy_scope".to_owned())]);
        assert_eq!(alone("MessageAttributes"), []);
    }
}
