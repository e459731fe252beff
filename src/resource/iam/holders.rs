//! Who has a policy or a role of the stack's that goes, and is not the stack's.

use aws_sdk_iam::types::PolicyUsageType;

use crate::aws::command::quoted;
use crate::aws::ownership::Ownership;
use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};
use crate::resource::Tags;
use crate::resource::lambda::function::holders as functions;
use crate::resource::others::{Beside, Holder, Others, Own};
use crate::resource::profile;

use super::{answers, tags_of};

const ROLE: &str = "iam.role";
const PROFILE: &str = "iam.instance_profile";

/// The users, groups and roles that have a policy, as their own or as the boundary of what they may do.
#[derive(Clone, Default)]
struct Entities {
    users: Vec<String>,
    groups: Vec<String>,
    roles: Vec<String>,
}

/// Who has the policy `arn`. No user and no group is ever a stack's.
pub async fn of_policy(cx: &Context, arn: &str, own: &Own) -> Result<Others> {
    let Entities { users, groups, roles } = entities(cx, arn, None).await?;
    let roles = roles.into_iter().filter(|name| !own.has(ROLE, name));
    let asked = try_side_by_side(roles, |name| async move {
        let tags = answers::get(cx, &name).await?.map(|role| tags_of(role.tags));
        Ok::<_, Error>((name, tags))
    });
    let mut others = Others::default();
    let mut foreign = Vec::new();
    for (name, tags) in asked.await? {
        match tags.map(|tags| beside(cx, ROLE, &name, &tags)) {
            Some(Some(beside)) => others.beside.push(beside),
            Some(None) => foreign.push(name),
            None => {}
        }
    }
    if users.is_empty() && groups.is_empty() && foreign.is_empty() {
        return Ok(others);
    }
    // Which command takes it away depends on what they have it as; where it is both, the boundary comes second.
    let attached = entities(cx, arn, Some(PolicyUsageType::PermissionsPolicy)).await?;
    let holder = |sort: &str, name: &str, is_attached: bool| Holder {
        who: format!("the {sort} {name}"),
        command: match is_attached {
            true => format!("aws iam detach-{sort}-policy --{sort}-name {} --policy-arn {arn}", quoted(name)),
            false => format!("aws iam delete-{sort}-permissions-boundary --{sort}-name {}", quoted(name)),
        },
    };
    let users = users.iter().map(|name| holder("user", name, attached.users.contains(name)));
    let groups = groups.iter().map(|name| holder("group", name, true));
    let roles = foreign.iter().map(|name| holder("role", name, attached.roles.contains(name)));
    others.holders = users.chain(groups).chain(roles).collect();
    Ok(others)
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
