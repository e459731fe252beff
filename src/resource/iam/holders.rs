//! Who has a policy, a role or a group of the stack's that goes, and is not the stack's.

use aws_sdk_iam::types::PolicyUsageType;

use crate::aws::command::quoted;
use crate::aws::ownership::Ownership;
use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};
use crate::resource::Tags;
use crate::resource::lambda::function::holders as functions;
use crate::resource::others::{Beside, Holder, Others, Own};
use crate::resource::profile;

use super::grants::Sort;
use super::marked_path::Marked;
use super::{answers, details, tags_of, user};

const PROFILE: &str = "iam.instance_profile";

/// The users, groups and roles that have a policy, as their own or as the boundary of what they may do.
#[derive(Clone, Default)]
struct Entities {
    users: Vec<String>,
    groups: Vec<String>,
    roles: Vec<String>,
}

/// Who has the policy `arn`.
pub async fn of_policy(cx: &Context, arn: &str, own: &Own) -> Result<Others> {
    let all = entities(cx, arn, None).await?;
    let (users, groups, roles) = tokio::try_join!(
        theirs(cx, Sort::User, all.users, own),
        theirs(cx, Sort::Group, all.groups, own),
        theirs(cx, Sort::Role, all.roles, own)
    )?;
    let mut others = Others::default();
    let mut foreign = Vec::new();
    for (sort, name, owner) in [users, groups, roles].into_iter().flatten() {
        match owner {
            Some(beside) => others.beside.push(beside),
            None => foreign.push((sort, name)),
        }
    }
    if foreign.is_empty() {
        return Ok(others);
    }
    // Which command takes it away depends on what they have it as; where it is both, the boundary comes second.
    let attached = entities(cx, arn, Some(PolicyUsageType::PermissionsPolicy)).await?;
    let holder = |(sort, name): (Sort, String)| {
        let is_attached = match sort {
            Sort::User => attached.users.contains(&name),
            // No group has a boundary.
            Sort::Group => true,
            Sort::Role => attached.roles.contains(&name),
        };
        let (sort, quoted) = (sort.word(), quoted(&name));
        Holder {
            who: format!("the {sort} {name}"),
            command: match is_attached {
                true => format!("aws iam detach-{sort}-policy --{sort}-name {quoted} --policy-arn {arn}"),
                false => format!("aws iam delete-{sort}-permissions-boundary --{sort}-name {quoted}"),
            },
        }
    };
    others.holders = foreign.into_iter().map(holder).collect();
    Ok(others)
}

/// The users in the group `name`.
pub async fn of_group(cx: &Context, name: &str, own: &Own) -> Result<Others> {
    let mut others = Others::default();
    for (_, user, owner) in theirs(cx, Sort::User, answers::members(cx, name).await?, own).await? {
        match owner {
            Some(beside) => others.beside.push(beside),
            None => others.holders.push(Holder {
                who: format!("the user {user}"),
                command: format!(
                    "aws iam remove-user-from-group --group-name {} --user-name {}",
                    quoted(name),
                    quoted(&user)
                ),
            }),
        }
    }
    Ok(others)
}

/// Those of `names` that the plan does not know to be the stack's and that are there, each with what its marks say, if it is
/// the stack's after all.
async fn theirs(
    cx: &Context,
    sort: Sort,
    names: Vec<String>,
    own: &Own,
) -> Result<Vec<(Sort, String, Option<Beside>)>> {
    let names: Vec<_> = names.into_iter().filter(|name| !own.has(sort.kind(), name)).collect();
    let all = match sort {
        Sort::User => user::tags_of_all(cx, names).await?,
        Sort::Group => match details::of_many(cx, names.len()).await? {
            Some(all) => {
                let path = |name: &str| all.groups.get(name)?.path.clone();
                names.into_iter().map(|name| (name.clone(), path(&name).map(|path| Marked::read(&path).tags))).collect()
            }
            None => {
                try_side_by_side(names, |name| async move {
                    let tags = answers::group(cx, &name).await?.map(|group| Marked::read(&group.path).tags);
                    Ok::<_, Error>((name, tags))
                })
                .await?
            }
        },
        Sort::Role => {
            try_side_by_side(names, |name| async move {
                let tags = answers::get(cx, &name).await?.map(|role| tags_of(role.tags));
                Ok::<_, Error>((name, tags))
            })
            .await?
        }
    };
    let owner = |(name, tags): (String, Option<Tags>)| {
        let beside = beside(cx, sort.kind(), &name, &tags?);
        Some((sort, name, beside))
    };
    Ok(all.into_iter().filter_map(owner).collect())
}

/// What has the role `name`: functions of this region, and instance profiles. Other services can't be asked.
pub async fn of_role(cx: &Context, name: &str, own: &Own) -> Result<Others> {
    let profiles = async {
        let names = answers::profiles(cx, name).await?.into_iter().filter(|profile| !own.has(PROFILE, profile));
        try_side_by_side(names, |profile| async move {
            let tags = profile::get(cx, &profile).await?.map(|profile| tags_of(profile.tags));
            Ok::<_, Error>((profile, tags))
        })
        .await
    };
    let (profiles, mut others) = tokio::try_join!(profiles, functions::of_role(cx, name, own))?;
    for (profile, tags) in profiles {
        match tags.map(|tags| beside(cx, PROFILE, &profile, &tags)) {
            Some(Some(beside)) => others.beside.push(beside),
            Some(None) => others.holders.push(Holder {
                who: format!("the instance profile {profile}"),
                command: format!(
                    "aws iam remove-role-from-instance-profile --instance-profile-name {} --role-name {}",
                    quoted(&profile),
                    quoted(name)
                ),
            }),
            None => {}
        }
    }
    Ok(others)
}

/// What carries `tags`, if it is the stack's.
fn beside(cx: &Context, kind: &str, name: &str, tags: &Tags) -> Option<Beside> {
    let ownership = Ownership::read(tags).filter(|_| cx.owns(name, tags))?;
    Some(Beside { address: ownership.address, kind: kind.to_owned(), id: name.to_owned() })
}

/// Empty, if there is no such policy. `usage`: only those that have it as this.
async fn entities(cx: &Context, arn: &str, usage: Option<PolicyUsageType>) -> Result<Entities> {
    let sort = usage.as_ref().map_or("any", PolicyUsageType::as_str);
    cx.shared(format!("entities with the policy {arn} as {sort}"), async {
        let mut all = Entities::default();
        let call = cx.clients.iam.list_entities_for_policy().policy_arn(arn).set_policy_usage_filter(usage.clone());
        let mut pages = call.into_paginator().send().bounded();
        while let Some(page) = pages.next().await {
            let Some(page) = page.call_if_found("iam:ListEntitiesForPolicy")? else { break };
            all.users.extend(page.policy_users.unwrap_or_default().into_iter().filter_map(|user| user.user_name));
            all.groups.extend(page.policy_groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name));
            all.roles.extend(page.policy_roles.unwrap_or_default().into_iter().filter_map(|role| role.role_name));
        }
        Ok(all)
    })
    .await
}

#[cfg(test)]
mod tests;
