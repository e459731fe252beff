//! The calls of CloudWatch Logs.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::json::{Client, Service};
use super::{Bounded, Call, Context, Result};
use crate::model::Tags;

/// CloudWatch Logs, by its model.
const LOGS: Service = Service {
    id: "CloudWatch Logs",
    endpoint_variable: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    name: "logs",
    target: "Logs_20140328",
    json: "1.1",
    page_token: "nextToken",
    plain_fips: &["aws-us-gov"],
};

/// A log group, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogGroup {
    /// Its name.
    pub log_group_name: String,
    /// For how many days it keeps what is written; `None`: for ever.
    pub retention_in_days: Option<i32>,
    /// The retention policy of the account that decides on the days, whatever the group's own setting is.
    pub retention_policy_name: Option<String>,
    /// Whether it can't be deleted as it is.
    pub deletion_protection_enabled: bool,
}

/// Something that was written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FilteredLogEvent {
    /// When, in milliseconds since 1970 (UTC).
    pub timestamp: i64,
    /// Its id in the log group.
    pub event_id: Option<String>,
    /// The log stream.
    pub log_stream_name: String,
    /// What.
    pub message: String,
}

/// A page of what was written.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Events {
    /// In no order.
    pub events: Vec<FilteredLogEvent>,
    /// What to ask for the next page with; `None`: this is the last one.
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    log_groups: Vec<LogGroup>,
    next_token: Option<String>,
    tags: Tags,
}

fn logs(cx: &Context) -> Client {
    cx.clients.json(&LOGS)
}

/// Events of `group` since `from`, in milliseconds since 1970; `None`: there is no such group.
pub async fn events(cx: &Context, group: &str, from: i64, next: Option<String>) -> Result<Option<Events>> {
    let mut input = json!({ "logGroupName": group, "startTime": from });
    if let Some(next) = next {
        input["nextToken"] = next.into();
    }
    logs(cx).ask("FilterLogEvents", input).await.call_if_found("logs:FilterLogEvents")
}

/// The group of this name, or `None`.
pub async fn group(cx: &Context, name: &str) -> Result<Option<LogGroup>> {
    let mut pages = logs(cx).pages::<Answer>("DescribeLogGroups", json!({ "logGroupNamePrefix": name })).bounded();
    while let Some(page) = pages.next().await {
        let mut groups = page.call("logs:DescribeLogGroups")?.log_groups.into_iter();
        // Sorted by name, so that it is on the first page unless the service changes its mind.
        if let Some(found) = groups.find(|found| found.log_group_name == name) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// All groups whose names begin with `prefix`.
pub async fn groups(cx: &Context, prefix: &str) -> Result<Vec<LogGroup>> {
    let pages = logs(cx).pages::<Answer>("DescribeLogGroups", json!({ "logGroupNamePrefix": prefix })).bounded();
    pages.all("logs:DescribeLogGroups", |page| page.log_groups).await
}

/// The same; `None`: they are on more than `most` pages, which are not asked for.
pub async fn groups_within(cx: &Context, prefix: &str, most: usize) -> Result<Option<Vec<LogGroup>>> {
    let (mut input, mut groups) = (json!({ "logGroupNamePrefix": prefix }), Vec::new());
    for _ in 0..most {
        let page = logs(cx).ask::<Answer>("DescribeLogGroups", input.clone()).await.call("logs:DescribeLogGroups")?;
        groups.extend(page.log_groups);
        let Some(token) = page.next_token else { return Ok(Some(groups)) };
        input["nextToken"] = token.into();
    }
    Ok(None)
}

/// The tags of the log group `arn`, or `None`.
pub async fn tags(cx: &Context, arn: &str) -> Result<Option<Tags>> {
    let answer = logs(cx).ask::<Answer>("ListTagsForResource", json!({ "resourceArn": arn })).await;
    Ok(answer.call_if_found("logs:ListTagsForResource")?.map(|answer| answer.tags))
}

/// Makes a group.
pub async fn create(cx: &Context, name: &str, tags: &Tags) -> Result<()> {
    let mut input = json!({ "logGroupName": name });
    // AWS takes no empty map.
    if !tags.is_empty() {
        input["tags"] = json!(tags);
    }
    logs(cx).ask::<IgnoredAny>("CreateLogGroup", input).await.call("logs:CreateLogGroup").map(drop)
}

/// Keeps what is written for `days`.
pub async fn keep(cx: &Context, name: &str, days: i32) -> Result<()> {
    let input = json!({ "logGroupName": name, "retentionInDays": days });
    logs(cx).ask::<IgnoredAny>("PutRetentionPolicy", input).await.call("logs:PutRetentionPolicy").map(drop)
}

/// Keeps what is written for ever, if there is such a group.
pub async fn keep_forever(cx: &Context, name: &str) -> Result<()> {
    let answer = logs(cx).ask::<IgnoredAny>("DeleteRetentionPolicy", json!({ "logGroupName": name })).await;
    answer.call_if_found("logs:DeleteRetentionPolicy").map(drop)
}

/// Adds tags to the log group `arn`.
pub async fn tag(cx: &Context, arn: &str, tags: &Tags) -> Result<()> {
    let answer = logs(cx).ask::<IgnoredAny>("TagResource", json!({ "resourceArn": arn, "tags": tags })).await;
    answer.call("logs:TagResource").map(drop)
}

/// Takes tags away from the log group `arn`.
pub async fn untag(cx: &Context, arn: &str, keys: &[String]) -> Result<()> {
    let answer = logs(cx).ask::<IgnoredAny>("UntagResource", json!({ "resourceArn": arn, "tagKeys": keys })).await;
    answer.call("logs:UntagResource").map(drop)
}

/// Deletes a group, if there is one.
pub async fn delete(cx: &Context, name: &str) -> Result<()> {
    let answer = logs(cx).ask::<IgnoredAny>("DeleteLogGroup", json!({ "logGroupName": name })).await;
    answer.call_if_found("logs:DeleteLogGroup").map(drop)
}

#[cfg(test)]
mod tests;
