//! The log group that a function writes to, and how long it keeps what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;

use crate::aws::command::quoted;
use crate::aws::logs::{self, LogGroup};
use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use crate::aws::{Context, Error, ErrorKind, Result, ownership, tags, try_side_by_side, wait};
use crate::resource::{Place, Tags};

use super::answers;
pub use super::log_group::{group, group_of};

/// How long another change of the same group may take.
const BUSY_LIMIT: Duration = Duration::from_secs(20);

/// The group that the function `name` of the account writes to; that of its name, if there is no such function.
pub async fn live_group(cx: &Context, name: &str) -> Result<String> {
    Ok(group_in(name, answers::get(cx, name).await?.as_ref()))
}

/// The same of what GetFunction answered.
pub fn group_in(name: &str, function: Option<&GetFunctionOutput>) -> String {
    let config = function.and_then(|function| function.configuration.as_ref());
    config.map_or_else(|| group(name), |config| group_of(name, config))
}

/// A group as it is in the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// For how many days it keeps what is written; `None`: for ever.
    pub days: Option<i32>,
    /// The retention policy of the account that decides on the days, whatever the group's own setting is.
    pub policy: Option<String>,
    /// Whether it can't be deleted as it is.
    pub is_protected: bool,
}

impl From<LogGroup> for Found {
    fn from(found: LogGroup) -> Self {
        let is_protected = found.deletion_protection_enabled;
        Self { days: found.retention_in_days, policy: found.retention_policy_name, is_protected }
    }
}

/// The group of this name; `None`: there is none yet.
pub async fn find(cx: &Context, group: &str) -> Result<Option<Found>> {
    Ok(logs::group(cx, group).await?.map(Found::from))
}

/// Groups by name, as far as they are there.
pub type Groups = BTreeMap<String, Found>;

/// The groups of the names of many functions, from pages of all that begin alike; `None`: each is to be asked for alone,
/// because this user may not list groups, or so many others begin alike that the pages would be no fewer.
pub async fn of_many<'a>(cx: &Context, functions: impl Iterator<Item = &'a str>) -> Result<Option<Arc<Groups>>> {
    let names: Vec<_> = functions.map(group).collect();
    let prefix = alike(&names);
    match logs::groups_within(cx, prefix, names.len()).await {
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        groups => Ok(groups?.map(|groups| {
            Arc::new(groups.into_iter().map(|group| (group.log_group_name.clone(), group.into())).collect())
        })),
    }
}

/// How all of `names` begin.
fn alike(names: &[String]) -> &str {
    let Some((first, rest)) = names.split_first() else { return "" };
    let common = |end: usize, name: &String| {
        let same = first.bytes().zip(name.bytes()).take(end).take_while(|(one, other)| one == other);
        same.count()
    };
    // The names of functions are ASCII.
    first.get(..rest.iter().fold(first.len(), common)).unwrap_or_default()
}

/// Keeps what is written for `days`. A group that is not there yet is made, with the people's tags of the function
/// `tags` and a mark of its own, which says that it goes when the function goes.
pub async fn keep(cx: &Context, name: &str, group: &str, days: i32, tags: &Tags) -> Result<()> {
    let of_people = tags.iter().filter(|(key, _)| !ownership::is_ownership_tag(key)).map(owned);
    let tags: Tags = of_people.chain(ownership_tags(name, tags)).collect();
    let created = when_idle(|| logs::create(cx, group, &tags)).await;
    if let Err(error) = created
        && error.kind != ErrorKind::Exists
    {
        return Err(error);
    }
    when_idle(|| logs::keep(cx, group, days)).await
}

/// What becomes of a group that is there before the function `name` is made, and that is not the stack's.
pub async fn of_others(cx: &Context, name: &str, group: &str, days: i32) -> Result<Option<String>> {
    let is_of_others = tags_of(cx, group).await?.is_some_and(|tags| !matches(cx, name, &tags));
    Ok(is_of_others.then(|| {
        format!(
            "the log group `{group}` already exists and does not belong to this stack: entries older than {days} days \
             are lost, and the group is kept when the function is deleted"
        )
    }))
}

/// Keeps what is written for ever, as AWS does by default.
pub async fn keep_forever(cx: &Context, group: &str) -> Result<()> {
    logs::keep_forever(cx, group).await
}

/// Deletes the group if this stack made it for the function `name`. Whether it did: one that is protected stays, and one
/// that another function names as well. `seen`: the look right before.
pub async fn delete_ours(cx: &Context, seen: &Context, name: &str, group: &str) -> Result<bool> {
    if is_not_there(seen, group).await?
        || !is_ours(cx, name, group).await?
        || group != self::group(name) && is_shared(cx, name, group).await?
    {
        return Ok(false);
    }
    delete(cx, group).await
}

/// Whether it is known without a call of its own that there is no such group: where many functions go, those of the names
/// that the stack chose are listed once in a moment, as far as they are on one page.
async fn is_not_there(seen: &Context, group: &str) -> Result<bool> {
    let prefix = self::group(&format!("{}-", seen.place.stack));
    if !seen.is_crowded() || !group.starts_with(&prefix) {
        return Ok(false);
    }
    let of_all_looks = seen.region_wide();
    let all = of_all_looks.shared("a page of log groups of the stack", async {
        match logs::groups_within(seen, &prefix, 1).await {
            Ok(groups) => {
                let names = |groups: Vec<LogGroup>| groups.into_iter().map(|group| group.log_group_name);
                Ok(groups.map(|groups| names(groups).collect::<BTreeSet<_>>()))
            }
            Err(error) if error.kind == ErrorKind::Denied => Ok(None),
            Err(error) => Err(error),
        }
    });
    Ok(all.await?.is_some_and(|all| !all.contains(group)))
}

/// Deletes the group, regardless of owner. Whether it did: one that is protected stays, and the function goes
/// nevertheless.
pub async fn delete(cx: &Context, group: &str) -> Result<bool> {
    match when_idle(|| logs::delete(cx, group)).await {
        Err(error) if is_protected(&error) => Ok(false),
        deleted => deleted.map(|()| true),
    }
}

/// What AWS says of a group with deletion protection.
fn is_protected(error: &Error) -> bool {
    error.is(&["ValidationException"]) && error.message.to_ascii_lowercase().contains("deletion protection")
}

/// Whether another function of the region writes to the group.
async fn is_shared(cx: &Context, name: &str, group: &str) -> Result<bool> {
    Ok(answers::all(cx).await?.iter().any(|other| other.name != name && other.log_group == group))
}

/// The mark of the group of the function `name`: the group was made by the stack, also where the function was there
/// before, and says nothing of what becomes of the function.
pub fn ownership_tags(name: &str, tags: &Tags) -> Tags {
    let Some(of_function) = Ownership::read(tags) else { return Tags::new() };
    let mut applied = LastApplied::default();
    applied.bind(name);
    Ownership { applied, keep: LifecycleFlags::default(), ..of_function }.tags()
}

/// Gives the group, if this stack made it, the same change of people's tags as the function. When a function that was
/// there before loses the stack's mark, so does the group: the function goes on writing to it.
pub async fn update_tags(cx: &Context, name: &str, group: &str, set: &Tags, remove: &[String]) -> Result<()> {
    let set: Tags = set.iter().filter(|(key, _)| !ownership::is_ownership_tag(key)).map(owned).collect();
    let is_released = remove.iter().any(|key| key == ownership::STACK);
    let remove: Vec<_> =
        remove.iter().filter(|key| is_released || !ownership::is_ownership_tag(key)).cloned().collect();
    if set.is_empty() && remove.is_empty() || !is_ours(cx, name, group).await? {
        return Ok(());
    }
    let (arn, set) = (&arn(&cx.place, group), &set);
    let put = || logs::tag(cx, arn, set);
    let take = |keys: Vec<String>| async move { logs::untag(cx, arn, &keys).await };
    tags::change(set, &remove, put, take).await
}

async fn is_ours(cx: &Context, name: &str, group: &str) -> Result<bool> {
    Ok(tags_of(cx, group).await?.is_some_and(|tags| matches(cx, name, &tags)))
}

/// A group with the stack's tag.
#[derive(Debug, Clone, Default)]
pub struct Tagged {
    /// Its name.
    pub group: String,
    /// The name of the function that writes, or wrote, to it.
    pub function: String,
    /// Its tags.
    pub tags: Tags,
    /// Whether it can't be deleted as it is.
    pub is_protected: bool,
}

/// The groups that carry the stack's tag, as far as they can be found without a look at each group of the region: those
/// of `functions`, which are those of their names and the `named` ones, and of functions whose name the stack chose itself.
pub async fn tagged(
    cx: &Context,
    functions: &BTreeSet<String>,
    named: &BTreeMap<String, String>,
) -> Result<Vec<Tagged>> {
    let prefix = format!("{}-", cx.place.stack);
    let mut names: BTreeSet<_> = functions.iter().filter(|name| !name.starts_with(&prefix)).cloned().collect();
    let groups = logs::groups(cx, &group(&prefix)).await?;
    let found = groups.iter().filter_map(|found| found.log_group_name.strip_prefix(&group("")));
    names.extend(found.map(str::to_owned));
    let of_names = names.into_iter().map(|name| (group(&name), name));
    let groups: BTreeMap<_, _> = of_names.chain(named.clone()).collect();
    let found = try_side_by_side(groups, |(group, function)| async move {
        let Some(tags) = tags_of(cx, &group).await?.filter(|tags| cx.is_tagged(tags)) else { return Ok(None) };
        let is_protected = find(cx, &group).await?.is_some_and(|found| found.is_protected);
        Ok::<_, Error>(Some(Tagged { group, function, tags, is_protected }))
    });
    Ok(found.await?.into_iter().flatten().collect())
}

/// Whether the tags of the group of the function `name` show that the stack made it.
pub fn matches(cx: &Context, name: &str, tags: &Tags) -> bool {
    cx.owns(name, tags) && Ownership::read(tags).is_some()
}

/// The command that deletes the group.
pub fn remove(group: &str, region: &str) -> String {
    format!("aws logs delete-log-group --log-group-name {} --region {region}", quoted(group))
}

/// The command that lets the group be deleted.
pub fn unprotect(group: &str, region: &str) -> String {
    format!(
        "aws logs put-log-group-deletion-protection --log-group-identifier {} --no-deletion-protection-enabled --region {region}",
        quoted(group)
    )
}

/// The command that takes the stack's tag off the group.
pub fn untag(place: &Place, group: &str) -> String {
    let arn = quoted(&arn(place, group));
    format!("aws logs untag-resource --resource-arn {arn} --tag-keys {} --region {}", ownership::STACK, place.region)
}

/// The tags of a log group; `None` if there is no such group.
pub async fn tags_of(cx: &Context, group: &str) -> Result<Option<Tags>> {
    logs::tags(cx, &arn(&cx.place, group)).await
}

fn arn(place: &Place, group: &str) -> String {
    place.arn("logs", &format!("log-group:{group}"))
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

async fn when_idle<T, F, Fut>(attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    wait::retry_while(
        "another change of the log group to end",
        BUSY_LIMIT,
        |error| error.kind == ErrorKind::InUse,
        attempt,
    )
    .await
}

#[cfg(test)]
mod tests;
