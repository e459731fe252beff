//! Who receives what is published to a topic.

use aws_sdk_sns::types::Subscription as Listed;
use serde_json::{Value, json};

use crate::aws::{Bounded, Call, Context, Result};

use super::spec::{Protocol, Scope, Spec, Subscription};

/// What AWS answers instead of an ARN until a subscription is confirmed (API: ListSubscriptionsByTopic).
const PENDING: &str = "PendingConfirmation";

/// Subscriptions with their ARNs, and a note for each that awaits its confirmation.
type Subscriptions = (Vec<(String, Subscription)>, Vec<String>);

/// The subscriptions, with notes on those of `desired`; `None` if there is no such topic.
pub(super) async fn subscriptions(cx: &Context, arn: &str, desired: &Spec) -> Result<Option<Subscriptions>> {
    let Some(listed) = listed(cx, arn).await? else { return Ok(None) };
    let mut notes = Vec::new();
    let mut found = Vec::new();
    for subscription in listed {
        let (Some(protocol), Some(endpoint), Some(arn)) =
            (subscription.protocol, subscription.endpoint, subscription.subscription_arn)
        else {
            continue;
        };
        // One of a type that a stack can't ask for, such as `firehose`, is left alone.
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
            let Some(desired) = desired.subscriptions.iter().flatten().find(same) else {
                continue;
            };
            let how = protocol.confirmation();
            notes.push(format!("{endpoint} has not confirmed the subscription yet: {how}"));
            desired.clone()
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

/// Who has confirmed a subscription of a type that a stack can ask for, as in [`subscriptions`]: by one list.
pub(super) async fn confirmed(cx: &Context, arn: &str) -> Result<Vec<(Protocol, String)>> {
    let all = listed(cx, arn).await?.unwrap_or_default().into_iter();
    let confirmed = all.filter(|one| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")));
    let pair = |one: Listed| Some((serde_json::from_value::<Protocol>(json!(one.protocol?)).ok()?, one.endpoint?));
    Ok(confirmed.filter_map(pair).collect())
}

/// What the topic's list has; `None` if there is no such topic.
async fn listed(cx: &Context, arn: &str) -> Result<Option<Vec<Listed>>> {
    let list = cx.clients.sns.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send().bounded();
    list.all_if_found("sns:ListSubscriptionsByTopic", |page| page.subscriptions.unwrap_or_default()).await
}

/// Makes `desired` all there is. A subscription that differs is recreated only if AWS can't change it in place.
pub(super) async fn subscribe(cx: &Context, topic: &str, target: &[Subscription]) -> Result<()> {
    let sns = &cx.clients.sns;
    // Those that await their confirmation are among them: to ask again would send another email.
    let desired = Spec { subscriptions: Some(target.to_vec()), ..Spec::default() };
    let (live, _) = subscriptions(cx, topic, &desired).await?.unwrap_or_default();
    for desired in target {
        let same = |(_, s): &&(String, Subscription)| s.protocol == desired.protocol && s.endpoint == desired.endpoint;
        match live.iter().find(same) {
            Some((arn, found)) => {
                // SNS refuses RawMessageDelivery for emails whatever its value: only what differs is set.
                for (name, value) in desired.beyond(found) {
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
                    protocol: desired.protocol,
                    endpoint: desired.endpoint.clone(),
                    filter_policy: None,
                    filter_policy_scope: None,
                    raw: None,
                    dead_letter_arn: None,
                };
                let attributes =
                    desired.beyond(&plain).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                sns.subscribe()
                    .topic_arn(topic)
                    .protocol(desired.protocol.as_str())
                    .endpoint(&desired.endpoint)
                    .set_attributes(Some(attributes))
                    .return_subscription_arn(true)
                    .send()
                    .await
                    .call("sns:Subscribe")?;
            }
        }
    }
    let unwanted = |s: &Subscription| !target.iter().any(|d| d.protocol == s.protocol && d.endpoint == s.endpoint);
    // One that is not confirmed has no ARN to unsubscribe; AWS drops it by itself after two days.
    for (arn, _) in live.iter().filter(|(_, s)| unwanted(s)) {
        sns.unsubscribe().subscription_arn(arn).send().await.call_if_found("sns:Unsubscribe")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
