//! `sns.topic`: a topic and its subscriptions.

use std::collections::HashMap;

use aws_sdk_sns::types::Tag;
use serde_json::Value;

use crate::aws::claim::claim;
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, concurrently, tags, try_side_by_side};
use crate::explain::Code;
use crate::resource::others::{Going, Others, Unsaid, listed, sending_buckets, unsaid};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, Unchecked, is_unknown, texts,
};

use super::attributes::{attributes, set};
use super::policy::{self, default_policy, set_policy};
pub use super::spec::Spec;
use super::spec::Subscription;
use super::subscription::{confirmed, subscribe, subscriptions};

/// SNS's name of `content_based_deduplication`.
const DEDUPLICATES: &str = "ContentBasedDeduplication";
/// SNS's name of `max_message_bytes`.
const MAX_MESSAGE: &str = "MaximumMessageSize";
/// The kind.
pub struct Topic;

/// What a stack calls it.
pub const KIND: &str = "sns.topic";

fn is_by_mail(subscription: &Value) -> bool {
    subscription["protocol"].as_str().is_some_and(|protocol| protocol.starts_with("email"))
}

impl Resource for Topic {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The topic's ARN, for publishing and for use in policies."),
                ("name", "The topic's name."),
            ]),
            made_by: "sns:CreateTopic".into(),
            listed_by: "sns:ListTopics, and sns:ListTagsForResource of each".into(),
            remove: "aws sns delete-topic --topic-arn {id} --region {region}".into(),
            untag: "aws sns untag-resource --resource-arn {id} --tag-keys cloud101:stack --region {region}".into(),
            held_in: texts(["subscriptions"]),
            unchecked: vec![
                // PendingConfirmation (Amazon SNS, "Email notifications").
                Unchecked {
                    id: "confirmation",
                    property: "subscriptions",
                    matters: |all| all.as_array().into_iter().flatten().any(is_by_mail),
                    what: "whether people confirm their subscription, which each must do through a link in an email",
                },
            ],
            permissions: crate::resource::sns::permissions::topic(),
            ..KindInfo::new(
                KIND,
                "A topic: messages published to it are delivered to all subscribers, for example by email.",
            )
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("arn".into(), arn(place, name)), ("name".into(), name.into())])
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !is_unknown(name) && (name.is_empty() || name.len() > 256 || !stem.chars().all(allowed)) {
            diagnostics.push(
                Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a topic name"))
                    .help("use 1 to 256 letters, digits, hyphens and underscores"),
            );
        }
        if spec.fifo.unwrap_or(false) != name.ends_with(".fifo") && !is_unknown(name) {
            diagnostics.push(
                Diagnostic::new(
                    Code::AwsName,
                    "name",
                    "the name of a topic with `fifo: true`, and of no other, ends in `.fifo`",
                )
                .help(format!("name it `{stem}.fifo` and set `fifo: true`, or neither")),
            );
        }
        diagnostics.extend(spec.policy.iter().flat_map(policy::check));
        diagnostics.extend(super::check::check(spec));
        diagnostics
    }

    fn canonical(&self, mut spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        let all = spec.subscriptions.map(|all| all.into_iter().map(Subscription::canonical).collect());
        spec.subscriptions = all;
        Ok(spec)
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| read_one(cx, arn(&cx.place, &desired.name), &desired.spec)).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let arns = all(cx).await?;
        let seen = arns.len();
        let found = try_side_by_side(arns, |arn| async move {
            let tags = tags_of(cx, &arn).await?;
            let name = name_of(&arn).to_owned();
            Ok::<_, Error>(tags.map(|tags| Owned { id: arn, name, tags }))
        })
        .await?;
        Ok(Listing::among(cx, seen, found.into_iter().flatten()))
    }

    /// CreateTopic gives the ARN of a topic of that name that exists with the same attributes and tags, so a lost
    /// answer does no harm. With others it says that there is one.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let spec = &desired.spec;
        let fifo = spec.fifo.unwrap_or(false).then(|| ("FifoTopic".to_owned(), "true".to_owned()));
        let answer = cx
            .clients
            .sns
            .create_topic()
            .name(&desired.name)
            .set_attributes(Some(HashMap::from_iter(fifo)))
            .set_tags(Some(sdk_tags(&desired.tags)?))
            .send()
            .await
            .call("sns:CreateTopic");
        let arn = match answer {
            Ok(answer) => {
                answer.topic_arn.ok_or_else(|| Error::unexpected("sns:CreateTopic", "no TopicArn in the answer"))?
            }
            Err(error) if error.kind == ErrorKind::Exists => {
                let arn = arn(&cx.place, &desired.name);
                let tags = tags_of(cx, &arn).await?.unwrap_or_default();
                claim(cx, &desired.address, &desired.name, &tags, &format!("the topic `{}`", desired.name))?;
                arn
            }
            Err(error) => return Err(error),
        };
        if let Some(name) = &spec.display_name {
            set(cx, &arn, "DisplayName", name).await?;
        }
        if let Some(policy) = &spec.policy {
            set_policy(cx, &arn, policy).await?;
        }
        if let Some(key) = &spec.kms_key {
            set(cx, &arn, "KmsMasterKeyId", key).await?;
        }
        if let Some(bytes) = spec.max_message_bytes {
            set(cx, &arn, MAX_MESSAGE, &bytes.to_string()).await?;
        }
        if spec.content_based_deduplication == Some(true) {
            set(cx, &arn, DEDUPLICATES, "true").await?;
        }
        if let Some(subscriptions) = &spec.subscriptions {
            subscribe(cx, &arn, subscriptions).await?;
        }
        read_back(cx, arn, spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let (arn, target) = (&live.id, &change.target);
        if change.touches("display_name") {
            set(cx, arn, "DisplayName", target.display_name.as_deref().unwrap_or_default()).await?;
        }
        if change.touches("policy") {
            let policy = target.policy.clone().unwrap_or_else(|| default_policy(&cx.place, arn));
            set_policy(cx, arn, &policy).await?;
        }
        if change.touches("kms_key") {
            set(cx, arn, "KmsMasterKeyId", target.kms_key.as_deref().unwrap_or_default()).await?;
        }
        if change.touches("content_based_deduplication") {
            set(cx, arn, DEDUPLICATES, &target.content_based_deduplication.unwrap_or(false).to_string()).await?;
        }
        // Larger messages ask for fewer subscriptions, and smaller ones allow more.
        let grows = |bytes: i32| live.spec.max_message_bytes.is_some_and(|now| bytes > now);
        let bytes = change.touches("max_message_bytes").then(|| target.max_message_bytes.unwrap_or(262_144));
        if let Some(bytes) = bytes.filter(|bytes| !grows(*bytes)) {
            set(cx, arn, MAX_MESSAGE, &bytes.to_string()).await?;
        }
        if change.touches("subscriptions") {
            subscribe(cx, arn, target.subscriptions.as_deref().unwrap_or_default()).await?;
        }
        if let Some(bytes) = bytes.filter(|bytes| grows(*bytes)) {
            set(cx, arn, MAX_MESSAGE, &bytes.to_string()).await?;
        }
        read_back(cx, arn.clone(), target).await
    }

    async fn current(&self, cx: &Context, arn: &str) -> Result<Option<Current>> {
        Ok(tags_of(cx, arn).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, arn: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let sns = &cx.clients.sns;
        let put = || async move {
            let call = sns.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("sns:TagResource").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = sns.untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            call.send().await.call("sns:UntagResource").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, _cx: &Context, going: &Going<'_>) -> Result<Others> {
        let receiver = |one: &Value| Some(format!("{} ({})", one["endpoint"].as_str()?, one["protocol"].as_str()?));
        let note = match unsaid(going, "subscriptions", receiver) {
            Unsaid::Known(others) => {
                let names: Vec<_> = others.into_iter().filter_map(receiver).collect();
                let listed = listed(names.iter().map(String::as_str));
                let said = format!("{listed} subscribed outside the file: published messages no longer reach them");
                (!names.is_empty()).then_some(said)
            }
            Unsaid::Hidden(0) => None,
            Unsaid::Hidden(more) => Some(format!(
                "it has {more} more subscriptions than the file: published messages no longer reach them. They are not \
                 listed because one endpoint contains a secret"
            )),
        };
        let buckets = sending_buckets(going, "policy");
        let notified = (!buckets.is_empty()).then(|| {
            let names = listed(buckets.iter().map(String::as_str));
            format!(
                "its policy allows the bucket {names}, outside this stack, to notify it: those \
                notifications are no longer delivered"
            )
        });
        Ok(Others { notes: note.into_iter().chain(notified).collect(), ..Others::default() })
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        let all = live.spec.subscriptions.iter().flatten();
        Some(held(all.map(|one| (one.protocol.as_str(), one.endpoint.as_str()))))
    }

    async fn holds(&self, cx: &Context, arn: &str, _empty: bool) -> Result<Option<Held>> {
        let all = confirmed(cx, arn).await?;
        Ok(Some(held(all.iter().map(|(protocol, endpoint)| (protocol.as_str(), endpoint.as_str())))))
    }

    /// DeleteTopic leaves the subscriptions to AWS, which drops them later, and succeeds for a topic that is gone.
    async fn delete(&self, cx: &Context, arn: &str, _empty: bool) -> Result<()> {
        cx.clients.sns.delete_topic().topic_arn(arn).send().await.call_if_found("sns:DeleteTopic")?;
        Ok(())
    }
}

/// The ARNs of all topics of the region.
pub async fn all(cx: &Context) -> Result<Vec<String>> {
    let list = cx.clients.sns.list_topics().into_paginator().send().bounded();
    let topics = list.all("sns:ListTopics", |page| page.topics.unwrap_or_default()).await?;
    Ok(topics.into_iter().filter_map(|topic| topic.topic_arn).collect())
}

fn held<'a>(all: impl Iterator<Item = (&'a str, &'a str)>) -> Held {
    Held::all(["subscription", "subscriptions"], all.map(|(protocol, endpoint)| format!("{protocol} {endpoint}")))
}

pub(super) fn arn(place: &Place, name: &str) -> String {
    place.arn("sns", name)
}

fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

async fn read_back(cx: &Context, arn: String, desired: &Spec) -> Result<Live<Spec>> {
    read_one(cx, arn, desired).await?.ok_or_else(|| Error::unexpected("sns:GetTopicAttributes", "the topic is gone"))
}

/// `desired` provides what AWS does not return for a subscription that is not confirmed yet.
pub(super) async fn read_one(cx: &Context, arn: String, desired: &Spec) -> Result<Option<Live<Spec>>> {
    let answers = tokio::try_join!(attributes(cx, &arn), tags_of(cx, &arn), subscriptions(cx, &arn, desired))?;
    let (Some(attributes), Some(tags), Some((subscriptions, mut notes))) = answers else {
        return Ok(None);
    };
    let (policy, deleted) = policy::settled(cx, &arn, desired.policy.as_ref(), policy::of(&attributes)).await;
    notes.extend(deleted);
    let get = |key: &str| attributes.get(key).cloned().unwrap_or_default();
    let name = name_of(&arn).to_owned();
    let spec = Spec {
        display_name: Some(get("DisplayName")),
        policy,
        kms_key: Some(get("KmsMasterKeyId")),
        fifo: Some(get("FifoTopic") == "true"),
        content_based_deduplication: Some(get(DEDUPLICATES) == "true"),
        // Left out by what does not know it yet.
        max_message_bytes: Some(get(MAX_MESSAGE).parse().unwrap_or(262_144)),
        subscriptions: Some(subscriptions.into_iter().map(|(_, subscription)| subscription).collect()),
    };
    let attributes = Attributes::from([("arn".into(), arn.clone()), ("name".into(), name)]);
    let mut live = Live::new(arn, spec, attributes, tags);
    live.notes = notes;
    Ok(Some(live))
}

async fn tags_of(cx: &Context, arn: &str) -> Result<Option<Tags>> {
    cx.shared(format!("tags of the topic {arn}"), async {
        let answer = cx.clients.sns.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.call_if_found("sns:ListTagsForResource")?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect()))
    })
    .await
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags::each(tags, |key, value| Tag::builder().key(key).value(value).build())
}

#[cfg(test)]
mod tests;
