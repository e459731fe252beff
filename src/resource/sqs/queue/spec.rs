//! The properties of `sqs.queue`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The properties of `sqs.queue`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Whether messages are delivered in order and only once. The name must end in `.fifo`.
    #[schemars(extend("x-replace" = true, "x-default" = false, "examples" = [true]))]
    pub fifo: Option<bool>,
    /// With `fifo`: whether a message with the same content as one of the last five minutes is dropped, so that
    /// messages can be sent without an id.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub content_based_deduplication: Option<bool>,
    /// With `fifo`: among which messages duplicates are looked for: those of the whole `queue`, or those of the same
    /// `messageGroup`.
    #[schemars(extend("x-default" = "queue", "examples" = ["messageGroup"]))]
    pub deduplication_scope: Option<DeduplicationScope>,
    /// With `fifo`: what AWS's limit of messages a second is for: all groups together (`perQueue`), or each one
    /// (`perMessageGroupId`), which needs `deduplication_scope: messageGroup`.
    #[schemars(extend("x-default" = "perQueue", "examples" = ["perMessageGroupId"]))]
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    /// For how long a message that was received is hidden from others, in seconds: 0 to 43200. The receiver must delete
    /// it within that time, or it is delivered again; for a function, six times the function's timeout.
    #[schemars(extend("x-default" = 30, "examples" = [180]))]
    pub visibility_timeout_seconds: Option<i32>,
    /// For how long a message that is not deleted is kept, in seconds: 60 to 1209600, which is 14 days. When it becomes
    /// shorter, older messages are deleted. AWS's default: 4 days.
    #[schemars(extend("x-default" = 345600, "examples" = [86400]))]
    pub message_retention_seconds: Option<i32>,
    /// For how long each new message is hidden at first, in seconds: 0 to 900.
    #[schemars(extend("x-default" = 0, "examples" = [5]))]
    pub delay_seconds: Option<i32>,
    /// The maximum size of a message in bytes: 1024 to 1048576.
    #[schemars(extend("x-default" = 1048576, "examples" = [262144]))]
    pub max_message_bytes: Option<i32>,
    /// For how long a request for messages waits until there is one, in seconds: 0 to 20. With 20, an idle program asks
    /// seldom, which costs less.
    #[schemars(extend("x-default" = 0, "examples" = [20]))]
    pub receive_wait_time_seconds: Option<i32>,
    /// Who may send and receive, as an IAM policy document. It is needed for topics, buckets and others that send to the
    /// queue. AWS's default: none, so only the account's own users and roles may, as far as their policies allow.
    #[schemars(extend("x-policy" = true, "examples" = [{
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "LetTheTopicSend",
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:${aws.region}:${aws.account_id}:${stack.name}-queue",
            "Condition": { "ArnEquals": { "aws:SourceArn": "${topic.arn}" } },
        }],
    }]))]
    pub policy: Option<Value>,
    /// Where messages go that were received too often without being deleted. AWS's default: nowhere; they are delivered
    /// again until `message_retention_seconds` have passed.
    #[schemars(extend("x-whole" = true, "examples" = [{ "target_arn": "${undelivered.arn}", "max_receive_count": 5 }]))]
    pub dead_letter: Option<DeadLetter>,
    /// For a queue that others name as their `dead_letter`: which of them may. AWS's default: all of this account and
    /// region.
    #[schemars(extend("x-whole" = true, "examples" = [
        { "permission": "denyAll" },
        { "permission": "byQueue", "source_queue_arns": ["${undelivered.arn}"] },
    ]))]
    pub redrive_allow_policy: Option<RedriveAllow>,
    /// Whether messages are encrypted at rest with keys that SQS manages, at no charge. With `kms_key`, which replaces
    /// them, it is `false`.
    #[schemars(extend("x-default" = true, "examples" = [false]))]
    pub sqs_managed_sse: Option<bool>,
    /// The KMS key that encrypts messages at rest: its id, ARN or `alias/…`. Senders and receivers need permission to
    /// use it. AWS's default: none.
    #[schemars(extend("x-default" = "", "examples" = ["alias/aws/sqs"]))]
    pub kms_key: Option<String>,
    /// With `kms_key`: for how long SQS uses a data key before it asks KMS for the next, in seconds: 60 to 86400. Longer
    /// costs less.
    #[schemars(extend("x-default" = 300, "examples" = [3600]))]
    pub kms_data_key_reuse_seconds: Option<i32>,
}

/// Among which messages duplicates are looked for (API: CreateQueue, DeduplicationScope).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum DeduplicationScope {
    Queue,
    MessageGroup,
}

/// What the limit of messages a second is for (API: CreateQueue, FifoThroughputLimit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum FifoThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

/// Where messages go that are not deleted (API: CreateQueue, RedrivePolicy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// The ARN of the queue that gets them, of the same account and region; for a queue with `fifo: true` one that is
    /// such a queue, too.
    pub target_arn: String,
    /// How often a message is received before it goes there: 1 to 1000. Left out: 10.
    pub max_receive_count: Option<i32>,
}

/// Which queues may name this one as their dead-letter queue (API: CreateQueue, RedriveAllowPolicy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveAllow {
    /// `allowAll`: all of this account and region; `denyAll`: none; `byQueue`: those in `source_queue_arns`.
    pub permission: RedrivePermission,
    /// With `byQueue`: the ARNs of these queues, at most 10.
    pub source_queue_arns: Option<Vec<String>>,
}

/// Which of them may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum RedrivePermission {
    AllowAll,
    DenyAll,
    ByQueue,
}

/// How often a message is received before it goes to the dead-letter queue, unless something else is said.
const MAX_RECEIVE_COUNT: i32 = 10;

impl Spec {
    /// The same with what AWS fills in, and without orders that mean nothing.
    pub(super) fn canonical(mut self) -> Self {
        if let Some(dead_letter) = &mut self.dead_letter {
            dead_letter.max_receive_count.get_or_insert(MAX_RECEIVE_COUNT);
        }
        if let Some(arns) = self.redrive_allow_policy.as_mut().and_then(|allow| allow.source_queue_arns.as_mut()) {
            arns.sort();
            arns.dedup();
        }
        // SQS has one type of encryption at a time.
        if self.has_kms_key() {
            self.sqs_managed_sse.get_or_insert(false);
        }
        self
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.fifo == Some(true)
    }

    pub(super) fn has_kms_key(&self) -> bool {
        self.kms_key.as_ref().is_some_and(|key| !key.is_empty())
    }
}
