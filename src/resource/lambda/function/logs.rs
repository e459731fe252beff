//! The log group that a function writes to, and how long it keeps what is written.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;

use crate::aws::command::quoted;
use crate::aws::mark::{Applied, Keep, Mark};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, mark, try_side_by_side, wait};
use crate::resource::{Place, Tags};

/// How long another change of the same group may take.
const BUSY_LIMIT: Duration = Duration::from_secs(20);

/// The name of the group that Lambda writes to for the function `name`.
pub fn group(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// For how many days the group keeps what is written; `None`: for ever, or there is no group yet.
pub async fn retention(cx: &Context, name: &str) -> Result<Option<i32>> {
    let group = group(name);
    let mut pages =
        cx.clients.logs.describe_log_groups().log_group_name_prefix(&group).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let DescribeLogGroupsOutput { log_groups, .. } = page.call("logs:DescribeLogGroups")?;
        let mut groups = log_groups.unwrap_or_default().into_iter();
        // Sorted by name, so that it is on the first page unless the service changes its mind.
        if let Some(found) = groups.find(|found| found.log_group_name.as_deref() == Some(group.as_str())) {
            return Ok(found.retention_in_days);
        }
    }
    Ok(None)
}

/// Keeps what is written for `days`. A group that is not there yet is made, with the people's tags of the function
/// `tags` and a mark of its own, which says that it goes when the function goes.
pub async fn keep(cx: &Context, name: &str, days: i32, tags: &Tags) -> Result<()> {
    let logs = &cx.clients.logs;
    let of_people = tags.iter().filter(|(key, _)| !mark::is_mark(key)).map(owned);
    let tags: HashMap<_, _> = of_people.chain(marks(name, tags)).collect();
    let create = logs.create_log_group().log_group_name(group(name)).set_tags(Some(tags));
    let created = when_idle(|| async { create.clone().send().await.call("logs:CreateLogGroup") }).await;
    if let Err(error) = created
        && error.kind != ErrorKind::Exists
    {
        return Err(error);
    }
    let put = logs.put_retention_policy().log_group_name(group(name)).retention_in_days(days);
    when_idle(|| async { put.clone().send().await.call("logs:PutRetentionPolicy") }).await?;
    Ok(())
}

/// Keeps what is written for ever, as AWS does by default.
pub async fn keep_forever(cx: &Context, name: &str) -> Result<()> {
    let call = cx.clients.logs.delete_retention_policy().log_group_name(group(name));
    call.send().await.call_if_found("logs:DeleteRetentionPolicy")?;
    Ok(())
}

/// Deletes the group if this stack made it. Whether it did.
pub async fn delete_ours(cx: &Context, name: &str) -> Result<bool> {
    let is_ours = is_ours(cx, name).await?;
    if is_ours {
        delete(cx, name).await?;
    }
    Ok(is_ours)
}

/// Deletes the group, whoever made it.
pub async fn delete(cx: &Context, name: &str) -> Result<()> {
    let call = cx.clients.logs.delete_log_group().log_group_name(group(name));
    when_idle(|| async { call.clone().send().await.call_if_found("logs:DeleteLogGroup") }).await?;
    Ok(())
}

/// The mark of the group of the function `name`: the group was made by the stack, also where the function was there
/// before, and says nothing of what becomes of the function.
pub fn marks(name: &str, tags: &Tags) -> Tags {
    let Some(of_function) = Mark::read(tags) else { return Tags::new() };
    let mut applied = Applied::default();
    applied.bind(name);
    Mark { applied, keep: Keep::default(), ..of_function }.tags()
}

/// Gives the group, if this stack made it, the same change of people's tags as the function. When a function that was
/// there before loses the stack's mark, so does the group: the function goes on writing to it.
pub async fn retag(cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
    let set: HashMap<_, _> = set.iter().filter(|(key, _)| !mark::is_mark(key)).map(owned).collect();
    let is_released = remove.iter().any(|key| key == mark::STACK);
    let remove: Vec<_> = remove.iter().filter(|key| is_released || !mark::is_mark(key)).cloned().collect();
    if set.is_empty() && remove.is_empty() || !is_ours(cx, name).await? {
        return Ok(());
    }
    let (logs, arn) = (&cx.clients.logs, arn(&cx.place, &group(name)));
    if !set.is_empty() {
        let call = logs.tag_resource().resource_arn(&arn).set_tags(Some(set));
        call.send().await.call("logs:TagResource")?;
    }
    if !remove.is_empty() {
        let call = logs.untag_resource().resource_arn(&arn).set_tag_keys(Some(remove));
        call.send().await.call("logs:UntagResource")?;
    }
    Ok(())
}

async fn is_ours(cx: &Context, name: &str) -> Result<bool> {
    Ok(tags_of(cx, &group(name)).await?.is_some_and(|tags| is_of(cx, name, &tags)))
}

/// The groups that carry the stack's tag, by the function's name, as far as they can be found without a look at each
/// group of the region: those of `functions`, and of functions whose name the stack chose itself.
pub async fn tagged(cx: &Context, functions: &BTreeSet<String>) -> Result<Vec<(String, Tags)>> {
    let prefix = format!("{}-", cx.place.stack);
    let mut names: BTreeSet<_> = functions.iter().filter(|name| !name.starts_with(&prefix)).cloned().collect();
    let call = cx.clients.logs.describe_log_groups().log_group_name_prefix(group(&prefix));
    let mut pages = call.into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let groups = page.call("logs:DescribeLogGroups")?.log_groups.unwrap_or_default();
        let found = groups.iter().filter_map(|found| found.log_group_name.as_deref()?.strip_prefix(&group("")));
        names.extend(found.map(str::to_owned));
    }
    let found = try_side_by_side(names, |name| async move {
        let tags = tags_of(cx, &group(&name)).await?.filter(|tags| cx.is_tagged(tags));
        Ok::<_, Error>(tags.map(|tags| (name, tags)))
    });
    Ok(found.await?.into_iter().flatten().collect())
}

/// Whether the tags of the group of the function `name` show that the stack made it.
pub fn is_of(cx: &Context, name: &str, tags: &Tags) -> bool {
    cx.owns(name, tags) && Mark::read(tags).is_some()
}

/// The command that deletes the group.
pub fn remove(group: &str, region: &str) -> String {
    format!("aws logs delete-log-group --log-group-name {} --region {region}", quoted(group))
}

/// The command that takes the stack's tag off the group.
pub fn untag(place: &Place, group: &str) -> String {
    let arn = quoted(&arn(place, group));
    format!("aws logs untag-resource --resource-arn {arn} --tag-keys {} --region {}", mark::STACK, place.region)
}

/// The tags of a log group; `None` if there is no such group.
pub async fn tags_of(cx: &Context, group: &str) -> Result<Option<Tags>> {
    let answer = cx.clients.logs.list_tags_for_resource().resource_arn(arn(&cx.place, group)).send().await;
    let tags = answer.call_if_found("logs:ListTagsForResource")?.and_then(|answer| answer.tags);
    Ok(tags.map(|tags| tags.into_iter().collect()))
}

fn arn(place: &Place, group: &str) -> String {
    format!("arn:{}:logs:{}:{}:log-group:{group}", place.partition, place.region, place.account)
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

async fn when_idle<T, F, Fut>(attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    wait::while_failing(
        "another change of the log group to end",
        BUSY_LIMIT,
        |error| error.kind == ErrorKind::InUse,
        attempt,
    )
    .await
}
