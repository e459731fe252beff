//! Roles, users, groups, policies and instance profiles by their names or ARNs.

use aws_sdk_iam::types::PolicyScopeType;

use crate::aws::{Bounded, Context, Error, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::group::{self, Group};
use super::instance_profile::{self, InstanceProfile};
use super::policy::{self, Policy};
use super::role::{self, Role};
use super::user::{self, User};

/// The paths of AWS's own roles, which can't be changed by others.
const OF_AWS: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

impl Lookup for Policy {
    /// A stack knows a policy by its name alone, and looks for it under its own path and under `/`.
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        _desired: Option<&Desired<policy::Spec>>,
    ) -> Result<Option<Live<policy::Spec>>> {
        let found = policy::find(cx, name_in(id)).await?;
        if id.starts_with("arn:") && found.as_ref().is_some_and(|found| found.id != id) {
            return Ok(None);
        }
        match found {
            None => out_of_reach(id).map_or(Ok(None), Err),
            found => Ok(found),
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let list = cx.clients.iam.list_policies().scope(PolicyScopeType::Local).into_paginator().send().bounded();
        let policies = list.all("iam:ListPolicies", |page| page.policies.unwrap_or_default()).await?;
        Ok(policies.into_iter().filter_map(|policy| policy.arn).collect())
    }
}

/// Why no stack, or no other one, can have the policy of this ARN.
fn out_of_reach(arn: &str) -> Option<Error> {
    let (_, path) = arn.split_once(":policy/")?;
    let by_arn = "use this ARN where the policy is needed, instead of declaring it as a resource";
    match path.split('/').collect::<Vec<_>>()[..] {
        [_] => None,
        ["cloud101", stack, _] => {
            let error = Error::refused(format!(
                "this policy is under the path of the stack `{stack}`, its only possible owner"
            ));
            Some(error.with_hint(format!("import it for that stack, with `--stack {stack}`; otherwise {by_arn}")))
        }
        _ => {
            let error = Error::refused("this policy is under a path that cloud101 does not search");
            Some(error.with_hint(by_arn))
        }
    }
}

impl Lookup for Role {
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        desired: Option<&Desired<role::Spec>>,
    ) -> Result<Option<Live<role::Spec>>> {
        // The short form, where it says everything.
        let short = || role::Spec { assumed_by: Some(Vec::new()), ..role::Spec::default() };
        role::read_one(cx, name_in(id), &desired.map_or_else(short, |desired| desired.spec.clone())).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let list = cx.clients.iam.list_roles().into_paginator().send().bounded();
        let roles = list.all("iam:ListRoles", |page| page.roles).await?.into_iter();
        let roles = roles.filter(|role| !OF_AWS.iter().any(|path| role.path.starts_with(path)));
        Ok(roles.map(|role| role.role_name).collect())
    }
}

impl Lookup for InstanceProfile {
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        _desired: Option<&Desired<instance_profile::Spec>>,
    ) -> Result<Option<Live<instance_profile::Spec>>> {
        instance_profile::read_one(cx, name_in(id)).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let list = cx.clients.iam.list_instance_profiles().into_paginator().send().bounded();
        let profiles = list.all("iam:ListInstanceProfiles", |page| page.instance_profiles).await?;
        Ok(profiles.into_iter().map(|profile| profile.instance_profile_name).collect())
    }
}

impl Lookup for Group {
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        _desired: Option<&Desired<group::Spec>>,
    ) -> Result<Option<Live<group::Spec>>> {
        group::read_one(cx, name_in(id)).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let list = cx.clients.iam.list_groups().into_paginator().send().bounded();
        let groups = list.all("iam:ListGroups", |page| page.groups).await?;
        Ok(groups.into_iter().map(|group| group.group_name).collect())
    }
}

impl Lookup for User {
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        desired: Option<&Desired<user::Spec>>,
    ) -> Result<Option<Live<user::Spec>>> {
        let said = desired.map(|desired| desired.spec.clone()).unwrap_or_default();
        user::read_one(cx, name_in(id), &said).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let list = cx.clients.iam.list_users().into_paginator().send().bounded();
        let users = list.all("iam:ListUsers", |page| page.users).await?;
        Ok(users.into_iter().map(|user| user.user_name).collect())
    }
}
