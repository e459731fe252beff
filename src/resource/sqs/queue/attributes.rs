//! A queue's properties as SQS keeps them: attributes by name, whose values are texts.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::spec::{DeadLetter, DeduplicationScope, FifoThroughputLimit, RedriveAllow, RedrivePermission, Spec};

/// Attributes as SQS gives them.
pub(super) type Given = HashMap<String, String>;
/// Attributes to set.
pub(super) type Attributes = BTreeMap<&'static str, String>;

/// Each property, with its attribute.
pub(super) const NAMES: [(&str, &str); 15] = [
    ("fifo", "FifoQueue"),
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("deduplication_scope", "DeduplicationScope"),
    ("fifo_throughput_limit", "FifoThroughputLimit"),
    ("visibility_timeout_seconds", "VisibilityTimeout"),
    ("message_retention_seconds", RETENTION),
    ("delay_seconds", "DelaySeconds"),
    ("max_message_bytes", "MaximumMessageSize"),
    ("receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds"),
    ("policy", "Policy"),
    ("dead_letter", "RedrivePolicy"),
    ("redrive_allow_policy", "RedriveAllowPolicy"),
    ("sqs_managed_sse", MANAGED),
    ("kms_key", KEY),
    ("kms_data_key_reuse_seconds", REUSE),
];
/// Those of queues that keep the order. Of any other queue SQS calls them unknown, whatever their value.
const OF_FIFO: [&str; 4] = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
pub(super) const RETENTION: &str = "MessageRetentionPeriod";
const MANAGED: &str = "SqsManagedSseEnabled";
const KEY: &str = "KmsMasterKeyId";
const REUSE: &str = "KmsDataKeyReusePeriodSeconds";
/// How many messages there are: waiting, hidden, delayed.
const COUNTS: [&str; 3] =
    ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];

/// What a new queue is made with.
pub(super) fn at_first(spec: &Spec) -> Attributes {
    let said = NAMES.into_iter().filter_map(|(property, name)| Some((name, written(spec, property)?)));
    let mut attributes: Attributes = said.filter(|(_, value)| !value.is_empty()).collect();
    attributes.retain(|name, _| spec.is_fifo() || !OF_FIFO.contains(name));
    attributes.retain(|name, _| spec.has_kms_key() || *name != REUSE);
    attributes
}

/// What is set so that `live` becomes `desired` in the properties that `touches` names. An empty text takes away.
pub(super) fn to_set(live: &Spec, target: &Spec, touches: impl Fn(&str) -> bool) -> Attributes {
    let touched = NAMES.into_iter().filter(|(property, _)| touches(property));
    let mut attributes: Attributes =
        touched.map(|(property, name)| (name, written(target, property).unwrap_or_default())).collect();
    attributes.retain(|name, _| live.is_fifo() && *name != "FifoQueue" || !OF_FIFO.contains(name));
    let keeps_key = if touches("kms_key") { target.has_kms_key() } else { live.has_kms_key() };
    if attributes.get(MANAGED).is_some_and(|managed| managed == "true") && keeps_key && !touches("kms_key") {
        // SQS refuses a second type of encryption; the file asks for this one.
        attributes.insert(KEY, String::new());
    }
    attributes.retain(|name, _| keeps_key || *name != REUSE);
    attributes
}

/// The attribute of a property; `None`: nothing is said of it.
fn written(spec: &Spec, property: &str) -> Option<String> {
    fn text<T: Display>(value: Option<T>) -> Option<String> {
        value.map(|value| value.to_string())
    }
    match property {
        "fifo" => text(spec.fifo),
        "content_based_deduplication" => text(spec.content_based_deduplication),
        "deduplication_scope" => spec.deduplication_scope.map(word),
        "fifo_throughput_limit" => spec.fifo_throughput_limit.map(word),
        "visibility_timeout_seconds" => text(spec.visibility_timeout_seconds),
        "message_retention_seconds" => text(spec.message_retention_seconds),
        "delay_seconds" => text(spec.delay_seconds),
        "max_message_bytes" => text(spec.max_message_bytes),
        "receive_wait_time_seconds" => text(spec.receive_wait_time_seconds),
        "policy" => text(spec.policy.as_ref()),
        "dead_letter" => text(spec.dead_letter.as_ref().map(redrive)),
        "redrive_allow_policy" => text(spec.redrive_allow_policy.as_ref().map(redrive_allow)),
        "sqs_managed_sse" => text(spec.sqs_managed_sse),
        "kms_key" => spec.kms_key.clone(),
        "kms_data_key_reuse_seconds" => text(spec.kms_data_key_reuse_seconds),
        _ => None,
    }
}

fn redrive(dead_letter: &DeadLetter) -> Value {
    json!({
        "deadLetterTargetArn": dead_letter.target_arn,
        "maxReceiveCount": dead_letter.max_receive_count,
    })
}

fn redrive_allow(allow: &RedriveAllow) -> Value {
    let mut policy = json!({ "redrivePermission": allow.permission });
    if let Some(arns) = &allow.source_queue_arns {
        policy["sourceQueueArns"] = json!(arns);
    }
    policy
}

/// The word of an enum that has no fields.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}

fn of_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

/// The properties of a queue with these attributes.
pub(super) fn read(given: &Given) -> Spec {
    let get = |name: &str| given.get(name).map(String::as_str);
    let number = |name: &str, default: i32| Some(get(name).and_then(|value| value.parse().ok()).unwrap_or(default));
    let json = |name: &str| serde_json::from_str::<Value>(get(name)?).ok();
    let is_true = |name: &str| get(name) == Some("true");
    let fifo = is_true("FifoQueue");
    let key = get(KEY).unwrap_or_default().to_owned();
    let spec = Spec {
        fifo: Some(fifo),
        content_based_deduplication: Some(is_true("ContentBasedDeduplication")),
        deduplication_scope: fifo
            .then(|| get("DeduplicationScope").and_then(of_word).unwrap_or(DeduplicationScope::Queue)),
        fifo_throughput_limit: fifo
            .then(|| get("FifoThroughputLimit").and_then(of_word).unwrap_or(FifoThroughputLimit::PerQueue)),
        visibility_timeout_seconds: number("VisibilityTimeout", 30),
        message_retention_seconds: number(RETENTION, 345_600),
        delay_seconds: number("DelaySeconds", 0),
        max_message_bytes: number("MaximumMessageSize", 1_048_576),
        receive_wait_time_seconds: number("ReceiveMessageWaitTimeSeconds", 0),
        policy: json("Policy"),
        dead_letter: json("RedrivePolicy").and_then(|policy| {
            let target_arn = policy["deadLetterTargetArn"].as_str()?.to_owned();
            Some(DeadLetter { target_arn, max_receive_count: count(&policy["maxReceiveCount"]) })
        }),
        redrive_allow_policy: json("RedriveAllowPolicy").and_then(|policy| {
            let permission: RedrivePermission = of_word(policy["redrivePermission"].as_str()?)?;
            let arns = policy["sourceQueueArns"].as_array();
            let arns = arns.map(|all| all.iter().filter_map(|arn| Some(arn.as_str()?.to_owned())).collect());
            Some(RedriveAllow { permission, source_queue_arns: arns })
        }),
        // Queues of before 2022 have no such attribute, unless it was set since.
        sqs_managed_sse: get(MANAGED).map(|value| value == "true"),
        kms_data_key_reuse_seconds: if key.is_empty() { Some(300) } else { number(REUSE, 300) },
        kms_key: Some(key),
    };
    spec.canonical()
}

/// SQS gives the number back as it was set, which may have been a text.
fn count(value: &Value) -> Option<i32> {
    let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
    number.or_else(|| value.as_str()?.parse().ok())
}

/// About how many messages are in it.
pub(super) fn messages(given: &Given) -> u64 {
    COUNTS.iter().filter_map(|name| given.get(*name)?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(attributes: Value) -> Given {
        serde_json::from_value(attributes).expect("texts")
    }

    fn spec(spec: Value) -> Spec {
        serde_json::from_value::<Spec>(spec).expect("a spec").canonical()
    }

    /// What is set so that the first becomes the second in these properties.
    fn set(live: Value, target: Value, properties: &[&str]) -> Value {
        json!(to_set(&spec(live), &spec(target), |property| properties.contains(&property)))
    }

    /// As recorded: LocalStack snapshot `test_fifo_change_to_high_throughput_after_creation`, and queues of earlier years.
    #[test]
    fn what_sqs_says_is_read() {
        let new = read(&given(json!({
            "ApproximateNumberOfMessages": "0", "ContentBasedDeduplication": "false",
            "DeduplicationScope": "messageGroup", "DelaySeconds": "0", "FifoQueue": "true",
            "FifoThroughputLimit": "perMessageGroupId", "MaximumMessageSize": "1048576",
            "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true",
            "VisibilityTimeout": "30",
        })));
        assert_eq!(
            (new.fifo, new.content_based_deduplication, new.sqs_managed_sse),
            (Some(true), Some(false), Some(true))
        );
        assert_eq!(new.deduplication_scope, Some(DeduplicationScope::MessageGroup));
        assert_eq!(new.fifo_throughput_limit, Some(FifoThroughputLimit::PerMessageGroupId));
        assert_eq!((new.max_message_bytes, new.message_retention_seconds), (Some(1_048_576), Some(345_600)));

        let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":"3"}"#;
        let old = read(&given(json!({
            "KmsDataKeyReusePeriodSeconds": "600", "KmsMasterKeyId": "alias/aws/sqs", "RedrivePolicy": redrive,
            "MaximumMessageSize": "262144", "Policy": "",
            "RedriveAllowPolicy": r#"{"redrivePermission":"byQueue","sourceQueueArns":["b","a"]}"#,
        })));
        assert_eq!((old.fifo, old.deduplication_scope, old.policy), (Some(false), None, None));
        assert_eq!(
            old.dead_letter.and_then(|dead_letter| dead_letter.max_receive_count),
            Some(3),
            "a text, as it was set"
        );
        assert_eq!((old.kms_key.as_deref(), old.kms_data_key_reuse_seconds), (Some("alias/aws/sqs"), Some(600)));
        let allow = old.redrive_allow_policy.expect("byQueue");
        assert_eq!(allow.source_queue_arns, Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let all = spec(json!({
            "fifo": true, "content_based_deduplication": true, "deduplication_scope": "messageGroup",
            "fifo_throughput_limit": "perMessageGroupId", "visibility_timeout_seconds": 1,
            "message_retention_seconds": 60, "delay_seconds": 2, "max_message_bytes": 1024,
            "receive_wait_time_seconds": 3, "policy": { "Version": "2012-10-17", "Statement": [] },
            "dead_letter": { "target_arn": "arn:aws:sqs:us-east-1:123456789012:dead.fifo" },
            "redrive_allow_policy": { "permission": "byQueue", "source_queue_arns": ["b", "a"] },
            "kms_key": "alias/k", "kms_data_key_reuse_seconds": 60,
        }));
        let written = at_first(&all);
        assert_eq!(written.len(), NAMES.len(), "{written:?}");
        let read = read(&written.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        assert_eq!(json!(read), json!(all));
    }

    #[test]
    fn what_is_taken_out_is_taken_away() {
        let dead = json!({ "dead_letter": { "target_arn": "arn:aws:sqs:us-east-1:123456789012:dead" } });
        let properties = ["policy", "dead_letter", "redrive_allow_policy"];
        let taken = json!({ "Policy": "", "RedrivePolicy": "", "RedriveAllowPolicy": "" });
        assert_eq!(set(dead, json!({}), &properties), taken);
        let fifo = json!({ "fifo": true, "content_based_deduplication": true });
        let off = json!({ "content_based_deduplication": false });
        assert_eq!(
            set(fifo, off.clone(), &["content_based_deduplication"]),
            json!({ "ContentBasedDeduplication": "false" })
        );
        assert_eq!(set(json!({}), off, &["content_based_deduplication"]), json!({}), "unknown to a standard queue");
    }

    /// SQS refuses two types of encryption at once (LocalStack snapshot `test_sse_kms_and_sqs_are_mutually_exclusive`).
    #[test]
    fn one_sort_of_encryption_makes_way_for_the_other() {
        let (own, key) = (json!({ "sqs_managed_sse": true }), json!({ "kms_key": "alias/k" }));
        let both = ["sqs_managed_sse", "kms_key"];
        assert_eq!(
            set(own.clone(), key.clone(), &both),
            json!({ "KmsMasterKeyId": "alias/k", "SqsManagedSseEnabled": "false" })
        );
        // Taken out, both go back to their defaults.
        let defaults = json!({ "sqs_managed_sse": true, "kms_key": "" });
        let back = json!({ "KmsMasterKeyId": "", "SqsManagedSseEnabled": "true" });
        assert_eq!(set(key.clone(), defaults, &both), back);
        // The key was set by hand, and the file does not name it.
        assert_eq!(set(key, own, &["sqs_managed_sse"]), back);
        let reuse = json!({ "kms_data_key_reuse_seconds": 300, "kms_key": "" });
        assert_eq!(
            set(json!({ "kms_key": "alias/k" }), reuse, &["kms_key", "kms_data_key_reuse_seconds"]),
            json!({
                "KmsMasterKeyId": ""
            })
        );
    }
}
