//! What can be seen to be wrong with a queue without AWS.

use crate::explain::Code;
use crate::model::arn::{Arn, has_only};
use crate::resource::limits::{range, too_many};
use crate::resource::{Diagnostic, is_unknown};

use super::policy;
use super::spec::{DeduplicationScope, FifoThroughputLimit, RedrivePermission, Spec};

/// How long a name may be, with its `.fifo` (API: CreateQueue, QueueName).
const NAME: usize = 80;
/// How many queues a redrive allow policy names (API: CreateQueue, RedriveAllowPolicy).
const SOURCES: usize = 10;
/// What the name of a queue ends in that keeps the order.
const FIFO: &str = ".fifo";

/// What is wrong with a queue that is called `name`.
pub(super) fn check(name: &str, spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = check_name(name, spec);
    let ranges = [
        ("visibility_timeout_seconds", spec.visibility_timeout_seconds, 0, 43_200, "seconds"),
        ("message_retention_seconds", spec.message_retention_seconds, 60, 1_209_600, "seconds"),
        ("delay_seconds", spec.delay_seconds, 0, 900, "seconds"),
        ("max_message_bytes", spec.max_message_bytes, 1024, 1_048_576, "bytes"),
        ("receive_wait_time_seconds", spec.receive_wait_time_seconds, 0, 20, "seconds"),
        ("kms_data_key_reuse_seconds", spec.kms_data_key_reuse_seconds, 60, 86_400, "seconds"),
    ];
    diagnostics.extend(
        ranges.into_iter().filter_map(|(property, value, low, high, unit)| range(property, value?, low, high, unit)),
    );
    diagnostics.extend(check_fifo(spec));
    diagnostics.extend(check_encryption(spec));
    diagnostics.extend(check_dead_letter(spec));
    diagnostics.extend(check_redrive_allow(spec));
    diagnostics.extend(spec.policy.iter().flat_map(policy::check));
    diagnostics
}

fn check_name(name: &str, spec: &Spec) -> Vec<Diagnostic> {
    if is_unknown(name) {
        return Vec::new();
    }
    let stem = name.strip_suffix(FIFO).unwrap_or(name);
    let mut diagnostics = Vec::new();
    if stem.is_empty() || name.len() > NAME || !has_only(stem, "-_") {
        diagnostics.push(
            Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a queue name"))
                .help("use 1 to 80 letters, digits, hyphens and underscores"),
        );
    }
    if spec.is_fifo() != name.ends_with(FIFO) {
        let message = "the name of a queue with `fifo: true`, and of no other, ends in `.fifo`";
        diagnostics.push(
            Diagnostic::new(Code::AwsName, "name", message)
                .help(format!("name it `{stem}.fifo` and set `fifo: true`, or neither")),
        );
    }
    diagnostics
}

/// What only a queue has that keeps the order, and what goes together there.
fn check_fifo(spec: &Spec) -> Vec<Diagnostic> {
    let said = [
        ("content_based_deduplication", spec.content_based_deduplication == Some(true)),
        ("deduplication_scope", spec.deduplication_scope.is_some()),
        ("fifo_throughput_limit", spec.fifo_throughput_limit.is_some()),
    ];
    if !spec.is_fifo() {
        let needs = |(property, _)| {
            Diagnostic::new(Code::DoesNotApply, property, "only a queue with `fifo: true` has this")
                .help("remove it, or set `fifo: true`")
        };
        return said.into_iter().filter(|(_, is_said)| *is_said).map(needs).collect();
    }
    let is_by_group = spec.deduplication_scope == Some(DeduplicationScope::MessageGroup);
    let limit =
        (spec.fifo_throughput_limit == Some(FifoThroughputLimit::PerMessageGroupId) && !is_by_group).then(|| {
            let message = "`perMessageGroupId` needs `deduplication_scope: messageGroup`";
            Diagnostic::new(Code::DoesNotApply, "fifo_throughput_limit", message)
                .help("add `deduplication_scope: messageGroup`, or write `perQueue`")
        });
    limit.into_iter().collect()
}

fn check_encryption(spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if spec.sqs_managed_sse == Some(true) && spec.has_kms_key() {
        let message = "a queue is encrypted with keys of SQS or with a `kms_key`, not with both";
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "sqs_managed_sse", message)
                .help("remove `sqs_managed_sse` or `kms_key`"),
        );
    }
    if spec.kms_data_key_reuse_seconds.is_some() && !spec.has_kms_key() {
        let message = "without a `kms_key` there is no data key";
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "kms_data_key_reuse_seconds", message)
                .help("remove it, or add `kms_key: alias/aws/sqs`"),
        );
    }
    diagnostics
}

fn check_dead_letter(spec: &Spec) -> Vec<Diagnostic> {
    let Some(dead_letter) = &spec.dead_letter else { return Vec::new() };
    let path = "dead_letter.target_arn";
    let arn = &dead_letter.target_arn;
    let target = if is_unknown(arn) {
        None
    } else if !is_queue(arn) {
        Some(not_a_queue(path, arn))
    } else if arn.ends_with(FIFO) != spec.is_fifo() {
        let message = match spec.is_fifo() {
            true => "the dead-letter queue of a queue with `fifo: true` must end in `.fifo`",
            false => "the dead-letter queue of a standard queue must be a standard queue, not one that ends in `.fifo`",
        };
        Some(Diagnostic::new(Code::DoesNotApply, path, message).help("name a queue of the other type"))
    } else {
        None
    };
    let count = dead_letter.max_receive_count;
    let count = count.and_then(|count| range("dead_letter.max_receive_count", count, 1, 1000, "times"));
    target.into_iter().chain(count).collect()
}

fn check_redrive_allow(spec: &Spec) -> Vec<Diagnostic> {
    let Some(allow) = &spec.redrive_allow_policy else { return Vec::new() };
    let path = "redrive_allow_policy.source_queue_arns";
    let is_by_queue = allow.permission == RedrivePermission::ByQueue;
    let arns = allow.source_queue_arns.as_deref().unwrap_or_default();
    let mut diagnostics = Vec::new();
    if is_by_queue && arns.is_empty() {
        let message = "`byQueue` needs the ARNs of the queues that may name this one";
        diagnostics.push(
            Diagnostic::new(Code::Incomplete, "redrive_allow_policy", message)
                .help("add `source_queue_arns: [\"arn:…\"]`, or write `permission: denyAll`"),
        );
    }
    if !is_by_queue && allow.source_queue_arns.is_some() {
        let message = "queues are named only with `permission: byQueue`";
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, path, message).help("remove them, or write `permission: byQueue`"),
        );
    }
    diagnostics.extend(too_many(path, arns.len(), SOURCES));
    let strange = arns.iter().enumerate().filter(|(_, arn)| !is_unknown(arn) && !is_queue(arn));
    diagnostics.extend(strange.map(|(n, arn)| not_a_queue(&format!("{path}.{n}"), arn)));
    diagnostics
}

fn is_queue(arn: &str) -> bool {
    Arn::parts(arn).is_some_and(|arn| arn.service == "sqs" && !arn.account.is_empty() && !arn.resource.is_empty())
}

fn not_a_queue(path: &str, arn: &str) -> Diagnostic {
    Diagnostic::new(Code::Arn, path, format!("`{arn}` is not the ARN of an SQS queue"))
        .help("for example `arn:aws:sqs:us-east-1:123456789012:undelivered`; of a queue in this file `${name.arn}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn found(name: &str, spec: Value) -> Vec<(Code, String)> {
        let spec = serde_json::from_value(spec).expect("a spec");
        check(name, &spec).into_iter().map(|diagnostic| (diagnostic.code, diagnostic.path().to_owned())).collect()
    }

    fn at(code: Code, path: &str) -> Vec<(Code, String)> {
        vec![(code, path.to_owned())]
    }

    #[test]
    fn a_name_ends_as_the_sort_of_queue_asks_for() {
        let (long, longer) = ("q".repeat(80), "q".repeat(81));
        for good in ["q", "Home_work-1", &long] {
            assert_eq!(found(good, json!({})), [], "{good}");
        }
        for bad in ["", "a.b", "a b", "é", &longer] {
            assert_eq!(found(bad, json!({})), at(Code::AwsName, "name"), "{bad}");
        }
        assert_eq!(found("q.fifo", json!({ "fifo": true })), []);
        assert_eq!(found(&format!("{}.fifo", "q".repeat(75)), json!({ "fifo": true })), []);
        assert_eq!(found(&format!("{}.fifo", "q".repeat(76)), json!({ "fifo": true })), at(Code::AwsName, "name"));
        assert_eq!(found("q.fifo", json!({})), at(Code::AwsName, "name"));
        assert_eq!(found("q", json!({ "fifo": true })), at(Code::AwsName, "name"));
        assert_eq!(found("\u{1}${a.b}", json!({ "fifo": true })), []);
    }

    #[test]
    fn numbers_are_those_that_sqs_takes() {
        for (property, low, high) in [
            ("visibility_timeout_seconds", 0, 43_200),
            ("message_retention_seconds", 60, 1_209_600),
            ("delay_seconds", 0, 900),
            ("max_message_bytes", 1024, 1_048_576),
            ("receive_wait_time_seconds", 0, 20),
        ] {
            for good in [low, high] {
                assert_eq!(found("q", json!({ property: good })), [], "{property} {good}");
            }
            for bad in [low - 1, high + 1] {
                assert_eq!(found("q", json!({ property: bad })), at(Code::OutOfRange, property), "{property} {bad}");
            }
        }
        let reuse = |seconds: i32| found("q", json!({ "kms_key": "alias/k", "kms_data_key_reuse_seconds": seconds }));
        assert_eq!((reuse(60), reuse(86_400)), (vec![], vec![]));
        assert_eq!(reuse(59), at(Code::OutOfRange, "kms_data_key_reuse_seconds"));
    }

    #[test]
    fn what_keeps_the_order_is_of_queues_that_do() {
        for (property, value) in [
            ("content_based_deduplication", json!(true)),
            ("deduplication_scope", json!("queue")),
            ("fifo_throughput_limit", json!("perQueue")),
        ] {
            assert_eq!(found("q", json!({ property: value })), at(Code::DoesNotApply, property));
            assert_eq!(found("q.fifo", json!({ "fifo": true, property: value })), []);
        }
        let limit = |scope: &str| {
            let spec =
                json!({ "fifo": true, "deduplication_scope": scope, "fifo_throughput_limit": "perMessageGroupId" });
            found("q.fifo", spec)
        };
        assert_eq!(limit("messageGroup"), []);
        assert_eq!(limit("queue"), at(Code::DoesNotApply, "fifo_throughput_limit"));
    }

    #[test]
    fn there_is_one_sort_of_encryption() {
        assert_eq!(
            found("q", json!({ "sqs_managed_sse": true, "kms_key": "alias/k" })),
            at(Code::DoesNotApply, "sqs_managed_sse")
        );
        assert_eq!(found("q", json!({ "sqs_managed_sse": true, "kms_key": "" })), []);
        assert_eq!(found("q", json!({ "sqs_managed_sse": false, "kms_key": "alias/k" })), []);
        assert_eq!(
            found("q", json!({ "kms_data_key_reuse_seconds": 60 })),
            at(Code::DoesNotApply, "kms_data_key_reuse_seconds")
        );
    }

    #[test]
    fn dead_letters_go_to_a_queue_of_the_same_sort() {
        const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:dead";
        let fifo = format!("{QUEUE}.fifo");
        let to = |name: &str, is_fifo: bool, arn: &str| {
            found(name, json!({ "fifo": is_fifo, "dead_letter": { "target_arn": arn } }))
        };
        assert_eq!(to("q", false, QUEUE), []);
        assert_eq!(to("q.fifo", true, &fifo), []);
        assert_eq!(to("q", false, &fifo), at(Code::DoesNotApply, "dead_letter.target_arn"));
        assert_eq!(to("q.fifo", true, QUEUE), at(Code::DoesNotApply, "dead_letter.target_arn"));
        assert_eq!(to("q", false, "\u{1}${dead.arn}"), []);
        for wrong in ["dead", "arn:aws:sns:us-east-1:123456789012:dead", "https://sqs.example.edu/1/dead"] {
            assert_eq!(to("q", false, wrong), at(Code::Arn, "dead_letter.target_arn"));
        }
        for count in [0, 1001] {
            let spec = json!({ "dead_letter": { "target_arn": QUEUE, "max_receive_count": count } });
            assert_eq!(found("q", spec), at(Code::OutOfRange, "dead_letter.max_receive_count"));
        }
    }

    #[test]
    fn who_may_name_it_is_named_where_that_means_something() {
        let queue = |n: usize| format!("arn:aws:sqs:us-east-1:123456789012:q{n}");
        let allow = |permission: &str, arns: Option<Vec<String>>| {
            found("q", json!({ "redrive_allow_policy": { "permission": permission, "source_queue_arns": arns } }))
        };
        let arns = "redrive_allow_policy.source_queue_arns";
        assert_eq!(allow("denyAll", None), []);
        assert_eq!(allow("byQueue", Some((0..10).map(queue).collect())), []);
        assert_eq!(allow("byQueue", Some((0..11).map(queue).collect())), at(Code::TooLong, arns));
        assert_eq!(allow("byQueue", None), at(Code::Incomplete, "redrive_allow_policy"));
        assert_eq!(allow("allowAll", Some(vec![queue(1)])), at(Code::DoesNotApply, arns));
        assert_eq!(allow("byQueue", Some(vec!["q".into()])), at(Code::Arn, &format!("{arns}.0")));
    }
}
