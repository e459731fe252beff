//! The calls of SQS, by a queue's URL.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::aws::json::{Client, Service};
use crate::aws::{Bounded, Call, Context, Result};
use crate::resource::Tags;

use super::attributes::{Attributes, Given, read};
use super::spec::Spec;

/// SQS, by its model.
const SQS: Service = Service {
    id: "SQS",
    endpoint_variable: "AWS_ENDPOINT_URL_SQS",
    name: "sqs",
    target: "AmazonSQS",
    json: "1.0",
    page_token: "NextToken",
    plain_fips: &["aws-us-gov"],
};

/// How many queues a page of a list has. Without a number there is no second page (API: ListQueues).
const PAGE: u32 = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Url {
    queue_url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    attributes: Given,
    tags: Tags,
    queue_urls: Vec<String>,
}

fn sqs(cx: &Context) -> Client {
    cx.clients.json(&SQS)
}

/// The URL of the queue `name`, or `None`.
pub(super) async fn url(cx: &Context, name: &str) -> Result<Option<String>> {
    let answer = sqs(cx).ask::<Url>("GetQueueUrl", json!({ "QueueName": name })).await;
    Ok(answer.call_if_found("sqs:GetQueueUrl")?.map(|answer| answer.queue_url))
}

/// The last part of a queue's URL or ARN; a name is itself.
pub(super) fn name_in(id: &str) -> &str {
    id.rsplit(['/', ':']).next().unwrap_or(id)
}

/// All attributes of a queue, or `None`.
pub(super) async fn attributes(cx: &Context, url: &str) -> Result<Option<Given>> {
    let input = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    let answer = sqs(cx).ask::<Answer>("GetQueueAttributes", input).await;
    Ok(answer.call_if_found("sqs:GetQueueAttributes")?.map(|answer| answer.attributes))
}

/// The properties of a queue, or `None`.
pub(super) async fn spec(cx: &Context, url: &str) -> Result<Option<Spec>> {
    Ok(attributes(cx, url).await?.as_ref().map(read))
}

/// The tags of a queue, or `None`; in one look asked once.
pub(super) async fn tags(cx: &Context, url: &str) -> Result<Option<Tags>> {
    cx.shared(format!("tags of the queue {url}"), tags_now(cx, url)).await
}

/// The same, asked each time.
pub(super) async fn tags_now(cx: &Context, url: &str) -> Result<Option<Tags>> {
    let answer = sqs(cx).ask::<Answer>("ListQueueTags", json!({ "QueueUrl": url })).await;
    Ok(answer.call_if_found("sqs:ListQueueTags")?.map(|answer| answer.tags))
}

/// The URLs of all queues of the region.
pub(super) async fn all(cx: &Context) -> Result<Vec<String>> {
    let list = sqs(cx).pages::<Answer>("ListQueues", json!({ "MaxResults": PAGE })).bounded();
    list.all("sqs:ListQueues", |page| page.queue_urls).await
}

/// Makes a queue, or finds one with the same attributes, no matter who made it or what its tags are. The answer is its
/// URL.
pub(super) async fn create(cx: &Context, name: &str, attributes: &Attributes, tags: &Tags) -> Result<String> {
    let input = json!({ "QueueName": name, "Attributes": attributes, "tags": tags });
    Ok(sqs(cx).ask::<Url>("CreateQueue", input).await.call("sqs:CreateQueue")?.queue_url)
}

/// Sets attributes.
pub(super) async fn set(cx: &Context, url: &str, attributes: &Attributes) -> Result<()> {
    let input = json!({ "QueueUrl": url, "Attributes": attributes });
    done(sqs(cx).ask::<Done>("SetQueueAttributes", input).await.call("sqs:SetQueueAttributes"))
}

/// Adds tags.
pub(super) async fn tag(cx: &Context, url: &str, tags: &Tags) -> Result<()> {
    done(sqs(cx).ask::<Done>("TagQueue", json!({ "QueueUrl": url, "Tags": tags })).await.call("sqs:TagQueue"))
}

/// Takes tags away.
pub(super) async fn untag(cx: &Context, url: &str, keys: Vec<String>) -> Result<()> {
    let input: Value = json!({ "QueueUrl": url, "TagKeys": keys });
    done(sqs(cx).ask::<Done>("UntagQueue", input).await.call("sqs:UntagQueue"))
}

/// Deletes a queue, if there is one.
pub(super) async fn delete(cx: &Context, url: &str) -> Result<()> {
    let answer = sqs(cx).ask::<Done>("DeleteQueue", json!({ "QueueUrl": url })).await;
    answer.call_if_found("sqs:DeleteQueue").map(drop)
}

/// An answer that says nothing.
type Done = IgnoredAny;

fn done(answer: Result<Done>) -> Result<()> {
    answer.map(drop)
}
