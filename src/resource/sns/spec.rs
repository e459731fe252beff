//! The properties of `sns.topic`.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The properties of `sns.topic`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The sender's name in text messages and emails, at most 100 characters. Emails that ask to confirm a
    /// subscription always come from "Amazon Web Services Notifications".
    #[schemars(extend("x-default" = "", "examples" = ["Cloud 101"]))]
    pub display_name: Option<String>,
    /// Who may publish and subscribe, as an IAM policy document. AWS's default: the account itself.
    #[schemars(extend("x-policy" = true, "examples" = [{
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "LetTheClassPublish",
            "Effect": "Allow",
            "Principal": { "AWS": "${aws.account_id}" },
            "Action": "sns:Publish",
            "Resource": "arn:aws:sns:${aws.region}:${aws.account_id}:${stack.name}-topic",
        }],
    }]))]
    pub policy: Option<Value>,
    /// The KMS key that encrypts messages at rest: its id, ARN or `alias/…`. AWS's default: none.
    #[schemars(extend("x-default" = "", "examples" = ["alias/aws/sns"]))]
    pub kms_key: Option<String>,
    /// Whether messages are delivered in order and only once. The name must end in `.fifo`.
    #[schemars(extend("x-replace" = true, "x-default" = false, "examples" = [true]))]
    pub fifo: Option<bool>,
    /// With `fifo`: whether a message with the same content as one of the last five minutes is dropped, so that
    /// messages can be published without an id.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub content_based_deduplication: Option<bool>,
    /// The maximum size of a message in bytes: 1024 to 1048576. Above 262144, AWS's default, only queues and
    /// functions can subscribe, at most 100 of them.
    #[schemars(extend("x-default" = 262144, "examples" = [131072]))]
    pub max_message_bytes: Option<i32>,
    /// Who receives published messages. If set, the list is complete: others are removed, except Firehose streams.
    #[schemars(extend("x-set" = true, "x-exact" = true, "x-default" = [], "examples" = [
        [{ "protocol": "email", "endpoint": "teacher@example.edu" }],
        [
            { "protocol": "sms", "endpoint": "+15555550100" },
            { "protocol": "email", "endpoint": "ana@example.edu", "filter_policy": { "audience": ["students"] } },
        ],
        [{
            "protocol": "email",
            "endpoint": "ben@example.edu",
            "filter_policy": { "detail": { "mark": [{ "numeric": ["<", 50] }] } },
            "filter_policy_scope": "MessageBody",
        }],
    ]))]
    pub subscriptions: Option<Vec<Subscription>>,
}

/// One receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The delivery protocol.
    pub protocol: Protocol,
    /// The recipient: an email address, a phone number (`+15555550100`), a URL, or the ARN of a queue or function.
    pub endpoint: String,
    /// Which messages to deliver (Amazon SNS's filter policy language). Default: all.
    pub filter_policy: Option<Value>,
    /// What `filter_policy` applies to: `MessageAttributes`, or `MessageBody`, which must be JSON and can have nested
    /// keys. Left out: `MessageAttributes`.
    pub filter_policy_scope: Option<Scope>,
    /// Whether the bare message is delivered, without SNS's envelope; only to `sqs`, `http` and `https`. Left out:
    /// false.
    pub raw: Option<bool>,
    /// The ARN of an SQS queue for messages that could not be delivered; its policy must allow SNS to send to it. Default:
    /// they are lost.
    pub dead_letter_arn: Option<String>,
}

/// What of a message a filter policy is about (API: Subscribe, FilterPolicyScope).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum Scope {
    #[default]
    MessageAttributes,
    MessageBody,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::MessageAttributes => "MessageAttributes",
            Self::MessageBody => "MessageBody",
        }
    }
}

impl Subscription {
    /// The same with what AWS fills in.
    pub(super) fn canonical(self) -> Self {
        let scope = self.filter_policy_scope.unwrap_or_default();
        // A filter without keys is none: with `{}` SNS takes the filter away.
        let filter_policy = self.filter_policy.filter(|filter| *filter != json!({}));
        // Without a filter the scope means nothing; but the next filter would be one of the body.
        let says = filter_policy.is_some() || scope == Scope::MessageBody;
        Self { filter_policy, filter_policy_scope: says.then_some(scope), raw: Some(self.raw.unwrap_or(false)), ..self }
    }

    /// As SNS keeps it: the attributes in the order in which they can be set. A filter with keys in others is one of the
    /// body alone, so that it comes after the scope that allows it and goes before the other.
    pub(super) fn attributes(&self) -> [(&'static str, String); 4] {
        let filter = self.filter_policy.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
        let redrive = self.dead_letter_arn.as_ref().map_or(json!({}), |arn| json!({ "deadLetterTargetArn": arn }));
        let scope = self.filter_policy_scope.unwrap_or_default();
        let (filter, scope_name) = (("FilterPolicy", filter), ("FilterPolicyScope", scope.as_str().to_owned()));
        let [first, second] = match scope {
            Scope::MessageBody => [scope_name, filter],
            Scope::MessageAttributes => [filter, scope_name],
        };
        let raw = ("RawMessageDelivery", self.raw.unwrap_or(false).to_string());
        [raw, first, second, ("RedrivePolicy", redrive.to_string())]
    }

    /// What of [`attributes`](Self::attributes) differs from those of `other`.
    pub(super) fn beyond(&self, other: &Self) -> Vec<(&'static str, String)> {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
        let others: HashMap<_, _> = other.attributes().into_iter().collect();
        let differs = |(name, value): &(&'static str, String)| {
            others.get(name).is_none_or(|other| parsed(other) != parsed(value))
        };
        self.attributes().into_iter().filter(differs).collect()
    }
}

/// How a subscription is delivered (API: Subscribe, Protocol).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Protocol {
    Email,
    EmailJson,
    Sms,
    Sqs,
    Lambda,
    Http,
    Https,
    Application,
}

impl Protocol {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::EmailJson => "email-json",
            Self::Sms => "sms",
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Http => "http",
            Self::Https => "https",
            Self::Application => "application",
        }
    }

    /// How a subscription is confirmed.
    pub(super) fn confirmation(self) -> &'static str {
        match self {
            Self::Email | Self::EmailJson => "the link is in the email from AWS",
            Self::Http | Self::Https => "it has to visit the SubscribeURL in the message that AWS posted to it",
            _ => "its owner has to visit the SubscribeURL in the message that AWS sent there",
        }
    }

    /// Amazon SNS Developer Guide, raw message delivery.
    pub(super) fn delivers_raw(self) -> bool {
        matches!(self, Self::Sqs | Self::Http | Self::Https)
    }
}
