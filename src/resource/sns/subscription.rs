//! Who receives what is published to a topic.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::{Bounded, Call, Context, Result};

use super::topic::Spec;

/// What AWS answers instead of an ARN until a subscription is confirmed (API: ListSubscriptionsByTopic).
const PENDING: &str = "PendingConfirmation";

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
    /// The ARN of an SQS queue for messages that could not be delivered; its policy must allow SNS to send to it.
    /// Default: they are lost.
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
    fn attributes(&self) -> [(&'static str, String); 4] {
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
    fn beyond(&self, other: &Self) -> Vec<(&'static str, String)> {
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
    fn confirmation(self) -> &'static str {
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

/// Subscriptions with their ARNs, and a note for each that awaits its confirmation.
type Subscriptions = (Vec<(String, Subscription)>, Vec<String>);

/// The subscriptions, with notes on those of `wanted`; `None` if there is no such topic.
pub(super) async fn subscriptions(cx: &Context, arn: &str, wanted: &Spec) -> Result<Option<Subscriptions>> {
    let mut listed = Vec::new();
    let mut pages = cx.clients.sns.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let Some(page) = page.call_if_found("sns:ListSubscriptionsByTopic")? else {
            return Ok(None);
        };
        listed.extend(page.subscriptions.unwrap_or_default());
    }
    let mut notes = Vec::new();
    let mut found = Vec::new();
    for subscription in listed {
        let (Some(protocol), Some(endpoint), Some(arn)) =
            (subscription.protocol, subscription.endpoint, subscription.subscription_arn)
        else {
            continue;
        };
        // One of a sort that a stack can't ask for, such as `firehose`, is left alone.
        let Ok(protocol) = serde_json::from_value::<Protocol>(json!(protocol)) else {
            continue;
        };
        // For three days after an unsubscription, the ARN is the word `Deleted`.
        if arn != PENDING && !arn.starts_with("arn:") {
            continue;
        }
        let subscription = if arn == PENDING {
            let same = |s: &&Subscription| s.protocol == protocol && s.endpoint == endpoint;
            // One that the file does not name can't be taken back, and AWS drops it by itself.
            let Some(wanted) = wanted.subscriptions.iter().flatten().find(same) else {
                continue;
            };
            let how = protocol.confirmation();
            notes.push(format!("{endpoint} has not confirmed the subscription yet: {how}"));
            wanted.clone()
        } else {
            let answer = cx.clients.sns.get_subscription_attributes().subscription_arn(&arn).send().await;
            let Some(answer) = answer.call_if_found("sns:GetSubscriptionAttributes")? else {
                continue;
            };
            let attributes = answer.attributes.unwrap_or_default();
            let filter = attributes.get("FilterPolicy").and_then(|text| serde_json::from_str(text).ok());
            let is_of_body = attributes.get("FilterPolicyScope").is_some_and(|scope| scope == "MessageBody");
            let redrive = attributes.get("RedrivePolicy").and_then(|text| serde_json::from_str::<Value>(text).ok());
            Subscription {
                protocol,
                endpoint,
                filter_policy: filter.filter(|filter| *filter != json!({})),
                filter_policy_scope: Some(if is_of_body { Scope::MessageBody } else { Scope::MessageAttributes }),
                raw: Some(attributes.get("RawMessageDelivery").is_some_and(|raw| raw == "true")),
                dead_letter_arn: redrive.and_then(|policy| Some(policy["deadLetterTargetArn"].as_str()?.to_owned())),
            }
            .canonical()
        };
        found.push((arn, subscription));
    }
    Ok(Some((found, notes)))
}

/// Who has confirmed a subscription of a sort that a stack can ask for, as in [`subscriptions`]: by one list.
pub(super) async fn confirmed(cx: &Context, arn: &str) -> Result<Vec<(Protocol, String)>> {
    let mut found = Vec::new();
    let mut pages = cx.clients.sns.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let Some(page) = page.call_if_found("sns:ListSubscriptionsByTopic")? else { break };
        let all = page.subscriptions.unwrap_or_default().into_iter();
        found.extend(
            all.filter(|one| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"))).filter_map(|one| {
                Some((serde_json::from_value::<Protocol>(json!(one.protocol?)).ok()?, one.endpoint?))
            }),
        );
    }
    Ok(found)
}

/// Makes `desired` all there is. A subscription that differs is recreated only if AWS can't change it in place.
pub(super) async fn subscribe(cx: &Context, topic: &str, desired: &[Subscription]) -> Result<()> {
    let sns = &cx.clients.sns;
    // Those that await their confirmation are among them: to ask again would send another email.
    let wanted = Spec { subscriptions: Some(desired.to_vec()), ..Spec::default() };
    let (live, _) = subscriptions(cx, topic, &wanted).await?.unwrap_or_default();
    for wanted in desired {
        let same = |(_, s): &&(String, Subscription)| s.protocol == wanted.protocol && s.endpoint == wanted.endpoint;
        match live.iter().find(same) {
            Some((arn, found)) => {
                // SNS refuses RawMessageDelivery for emails whatever its value: only what differs is set.
                for (name, value) in wanted.beyond(found) {
                    sns.set_subscription_attributes()
                        .subscription_arn(arn)
                        .attribute_name(name)
                        .attribute_value(value)
                        .send()
                        .await
                        .call("sns:SetSubscriptionAttributes")?;
                }
            }
            None => {
                let plain = Subscription {
                    protocol: wanted.protocol,
                    endpoint: wanted.endpoint.clone(),
                    filter_policy: None,
                    filter_policy_scope: None,
                    raw: None,
                    dead_letter_arn: None,
                };
                let attributes =
                    wanted.beyond(&plain).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                sns.subscribe()
                    .topic_arn(topic)
                    .protocol(wanted.protocol.as_str())
                    .endpoint(&wanted.endpoint)
                    .set_attributes(Some(attributes))
                    .return_subscription_arn(true)
                    .send()
                    .await
                    .call("sns:Subscribe")?;
            }
        }
    }
    let unwanted = |s: &Subscription| !desired.iter().any(|d| d.protocol == s.protocol && d.endpoint == s.endpoint);
    // One that is not confirmed has no ARN to unsubscribe; AWS drops it by itself after two days.
    for (arn, _) in live.iter().filter(|(_, s)| unwanted(s)) {
        sns.unsubscribe().subscription_arn(arn).send().await.call_if_found("sns:Unsubscribe")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
