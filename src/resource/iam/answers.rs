//! What IAM answers of a role, a user or a group, each asked once in one look.

use aws_sdk_iam::types::{Group, Role, User};

use crate::aws::{Bounded, Call, Context, Result};

use super::details::SeenRole;
use super::{PAGE, details};

/// GetRole, or `None`.
pub async fn get(cx: &Context, name: &str) -> Result<Option<Role>> {
    if let Some(role) = details::of_role(cx, name, SeenRole::role).await? {
        return Ok(Some(role));
    }
    cx.shared(format!("the role {name}"), async {
        let answer = cx.clients.iam.get_role().role_name(name).send().await;
        Ok(answer.call_if_found("iam:GetRole")?.and_then(|answer| answer.role))
    })
    .await
}

/// The names of the instance profiles that hold the role.
pub async fn profiles(cx: &Context, name: &str) -> Result<Vec<String>> {
    let seen = details::of_role(cx, name, |seen| seen.detail.instance_profile_list.clone().unwrap_or_default());
    if let Some(profiles) = seen.await? {
        return Ok(profiles.into_iter().map(|profile| profile.instance_profile_name).collect());
    }
    cx.shared(format!("instance profiles of the role {name}"), async {
        let list = cx.clients.iam.list_instance_profiles_for_role().role_name(name).into_paginator().send().bounded();
        let profiles = list.all_if_found("iam:ListInstanceProfilesForRole", |page| page.instance_profiles).await?;
        Ok(profiles.unwrap_or_default().into_iter().map(|profile| profile.instance_profile_name).collect())
    })
    .await
}

/// GetUser, or `None`.
pub async fn user(cx: &Context, name: &str) -> Result<Option<User>> {
    cx.shared(format!("the user {name}"), async {
        let answer = cx.clients.iam.get_user().user_name(name).send().await;
        Ok(answer.call_if_found("iam:GetUser")?.and_then(|answer| answer.user))
    })
    .await
}

/// The names of the groups that a user is in; none of one that is not there.
pub async fn groups_of(cx: &Context, user: &str) -> Result<Vec<String>> {
    cx.shared(format!("groups of the user {user}"), async {
        let list = cx.clients.iam.list_groups_for_user().user_name(user).into_paginator().send().bounded();
        let groups = list.all_if_found("iam:ListGroupsForUser", |page| page.groups).await?.unwrap_or_default();
        let mut names: Vec<_> = groups.into_iter().map(|group| group.group_name).collect();
        names.sort();
        Ok(names)
    })
    .await
}

/// GetGroup without its users, or `None`.
pub async fn group(cx: &Context, name: &str) -> Result<Option<Group>> {
    cx.shared(format!("the group {name}"), async {
        let answer = cx.clients.iam.get_group().group_name(name).max_items(1).send().await;
        Ok(answer.call_if_found("iam:GetGroup")?.and_then(|answer| answer.group))
    })
    .await
}

/// The names of the users in a group; none of one that is not there.
pub async fn members(cx: &Context, group: &str) -> Result<Vec<String>> {
    cx.shared(format!("users in the group {group}"), async {
        let call = cx.clients.iam.get_group().group_name(group).max_items(PAGE);
        let list = call.into_paginator().send().bounded();
        let users = list.all_if_found("iam:GetGroup", |page| page.users).await?.unwrap_or_default();
        Ok(users.into_iter().map(|user| user.user_name).collect())
    })
    .await
}
