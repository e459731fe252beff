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
    /// How it is delivered.
    pub protocol: Protocol,
    /// Where to: an email address, a phone number (`+15555550100`), a URL, or the ARN of a queue or function.
    pub endpoint: String,
    /// Which messages, by their attributes (Amazon SNS's filter policy language). Left out: all.
    pub filter_policy: Option<Value>,
    /// Whether the bare message is delivered, without SNS's envelope; only to `sqs`, `http` and `https`. Left out:
    /// false.
    pub raw: Option<bool>,
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
            Self::Http | Self::Https => "it has to visit the SubscribeURL in the message that AWS has posted to it",
            _ => "its owner has to visit the SubscribeURL in the message that AWS has sent there",
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
        // For three days after somebody unsubscribed the word `Deleted` stands for the ARN.
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
            Subscription {
                protocol,
                endpoint,
                filter_policy: filter.filter(|filter| *filter != json!({})),
                raw: Some(attributes.get("RawMessageDelivery").is_some_and(|raw| raw == "true")),
            }
        };
        found.push((arn, subscription));
    }
    Ok(Some((found, notes)))
}

/// Makes `desired` all there is. What differs is subscribed anew only where AWS can't change it in place.
pub(super) async fn subscribe(cx: &Context, topic: &str, desired: &[Subscription]) -> Result<()> {
    let sns = &cx.clients.sns;
    // Those that await their confirmation are among them: to ask again would send another email.
    let wanted = Spec { subscriptions: Some(desired.to_vec()), ..Spec::default() };
    let (live, _) = subscriptions(cx, topic, &wanted).await?.unwrap_or_default();
    for wanted in desired {
        let same = |(_, s): &&(String, Subscription)| s.protocol == wanted.protocol && s.endpoint == wanted.endpoint;
        let raw = wanted.raw.unwrap_or(false).to_string();
        let filter = wanted.filter_policy.as_ref().map(Value::to_string);
        match live.iter().find(same) {
            Some((arn, found)) => {
                let filter = filter.unwrap_or_else(|| "{}".into());
                // SNS refuses the first for emails whatever its value.
                let changes = [
                    ("RawMessageDelivery", raw, found.raw.unwrap_or(false) != wanted.raw.unwrap_or(false)),
                    ("FilterPolicy", filter, found.filter_policy != wanted.filter_policy),
                ];
                for (name, value, _) in changes.into_iter().filter(|(.., differs)| *differs) {
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
                let mut attributes = HashMap::from([("RawMessageDelivery".to_owned(), raw)]);
                attributes.retain(|_, raw| raw == "true");
                attributes.extend(filter.map(|filter| ("FilterPolicy".to_owned(), filter)));
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
mod tests {
    use super::*;
    use crate::testing::aws::{Asked, Aws, no, yes};

    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:cloud101-topic";

    /// Protocol, endpoint and ARN of each subscription, as ListSubscriptionsByTopic tells them.
    fn listed(subscriptions: &[[&str; 3]]) -> String {
        let member = |[protocol, endpoint, arn]: &[&str; 3]| {
            format!(
                "<member><Protocol>{protocol}</Protocol><Endpoint>{endpoint}</Endpoint>\
                 <SubscriptionArn>{arn}</SubscriptionArn></member>"
            )
        };
        let members: String = subscriptions.iter().map(member).collect();
        format!(
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions>\
             </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
        )
    }

    fn email(endpoint: &str) -> Subscription {
        let endpoint = endpoint.to_owned();
        Subscription { protocol: Protocol::Email, endpoint, filter_policy: None, raw: Some(false) }
    }

    /// An account in which the topic has these subscriptions. AWS takes no word for an ARN.
    fn account(subscriptions: &'static [[&'static str; 3]]) -> Aws {
        Aws::with(move |call: &Asked| match call.name.as_str() {
            "sns:ListSubscriptionsByTopic" => yes(listed(subscriptions)),
            "sns:GetSubscriptionAttributes" if !call.body.contains("SubscriptionArn=arn:") => no(
                400,
                "InvalidParameter",
                "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements",
            ),
            "sns:GetSubscriptionAttributes" => {
                yes("<GetSubscriptionAttributesResponse><GetSubscriptionAttributesResult><Attributes/>\
                 </GetSubscriptionAttributesResult></GetSubscriptionAttributesResponse>")
            }
            "sns:Subscribe" => yes("<SubscribeResponse><SubscribeResult/></SubscribeResponse>"),
            "sns:SetSubscriptionAttributes" if call.body.contains("RawMessageDelivery") => no(
                400,
                "InvalidParameter",
                "Invalid parameter: Delivery protocol [email] does not support raw message delivery.",
            ),
            "sns:SetSubscriptionAttributes" => yes("<SetSubscriptionAttributesResponse/>"),
            name => panic!("{name}"),
        })
    }

    #[tokio::test]
    async fn who_has_unsubscribed_is_no_subscriber_and_can_be_asked_again() {
        let aws = account(&[
            ["email", "ana@example.edu", "Deleted"],
            ["email", "ben@example.edu", "arn:aws:sns:us-east-1:123456789012:cloud101-topic:1"],
        ]);
        let cx = aws.context();
        let (found, notes) = subscriptions(&cx, TOPIC, &Spec::default()).await.unwrap().unwrap();
        assert_eq!(found.iter().map(|(_, one)| one.endpoint.as_str()).collect::<Vec<_>>(), ["ben@example.edu"]);
        assert_eq!(notes, [""; 0]);
        subscribe(&cx, TOPIC, &[email("ana@example.edu"), email("ben@example.edu")]).await.unwrap();
        let asked: Vec<_> = aws.calls().into_iter().filter(|call| call.name == "sns:Subscribe").collect();
        assert!(asked.len() == 1 && asked[0].body.contains("Endpoint=ana@example.edu"), "{asked:?}");
    }

    #[tokio::test]
    async fn only_what_differs_is_set_because_emails_are_never_raw() {
        let aws = account(&[["email", "ana@example.edu", "arn:aws:sns:us-east-1:123456789012:cloud101-topic:1"]]);
        let wanted = Subscription { filter_policy: Some(json!({ "week": ["1"] })), ..email("ana@example.edu") };
        subscribe(&aws.context(), TOPIC, &[wanted]).await.unwrap();
        let asked = aws.names();
        assert_eq!(asked.iter().filter(|name| *name == "sns:SetSubscriptionAttributes").count(), 1, "{asked:?}");
    }

    #[tokio::test]
    async fn a_firehose_stream_which_needs_a_role_is_left_alone() {
        assert!(serde_json::from_value::<Protocol>(json!("firehose")).is_err());
        let aws = account(&[["firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/d", "arn:aws:sns:x"]]);
        subscribe(&aws.context(), TOPIC, &[]).await.unwrap();
        assert_eq!(aws.names(), ["sns:ListSubscriptionsByTopic"]);
    }

    #[tokio::test]
    async fn a_web_address_is_not_told_to_look_into_its_emails() {
        let aws = account(&[["https", "https://example.edu/hook", PENDING], ["email", "ana@example.edu", PENDING]]);
        let hook = Subscription { protocol: Protocol::Https, ..email("https://example.edu/hook") };
        let wanted = Spec { subscriptions: Some(vec![hook, email("ana@example.edu")]), ..Spec::default() };
        let (_, notes) = subscriptions(&aws.context(), TOPIC, &wanted).await.unwrap().unwrap();
        assert!(notes[0].starts_with("https:") && notes[0].contains("SubscribeURL"), "{notes:?}");
        assert!(notes[1].starts_with("ana@") && notes[1].contains("email from AWS"), "{notes:?}");
    }
}
