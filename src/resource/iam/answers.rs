//! What IAM answers of a role, each asked once in one look.

use std::collections::BTreeMap;

use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::types::Role;
use serde_json::{Value, json};

use super::decoded;
use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};

/// GetRole, or `None`.
pub async fn get(cx: &Context, name: &str) -> Result<Option<Role>> {
    cx.shared(format!("the role {name}"), async {
        let answer = cx.clients.iam.get_role().role_name(name).send().await;
        Ok(answer.call_if_found("iam:GetRole")?.and_then(|answer| answer.role))
    })
    .await
}

/// The names of the instance profiles that hold the role.
pub async fn profiles(cx: &Context, name: &str) -> Result<Vec<String>> {
    cx.shared(format!("instance profiles of the role {name}"), async {
        let list = cx.clients.iam.list_instance_profiles_for_role().role_name(name).into_paginator().send().bounded();
        let profiles = list.all_if_found("iam:ListInstanceProfilesForRole", |page| page.instance_profiles).await?;
        Ok(profiles.unwrap_or_default().into_iter().map(|profile| profile.instance_profile_name).collect())
    })
    .await
}

/// The names of the inline policies; none for a role that is not there.
pub async fn inline_names(cx: &Context, name: &str) -> Result<Vec<String>> {
    cx.shared(format!("inline policies of the role {name}"), async {
        let list = cx.clients.iam.list_role_policies().role_name(name).into_paginator().send().bounded();
        Ok(list.all_if_found("iam:ListRolePolicies", |page| page.policy_names).await?.unwrap_or_default())
    })
    .await
}

/// The ARNs of the managed policies; empty for a role that is not there.
pub async fn attached(cx: &Context, name: &str) -> Result<Vec<String>> {
    cx.shared(format!("policies of the role {name}"), async {
        let list = cx.clients.iam.list_attached_role_policies().role_name(name).into_paginator().send().bounded();
        let items = |page: ListAttachedRolePoliciesOutput| page.attached_policies.unwrap_or_default();
        let policies = list.all_if_found("iam:ListAttachedRolePolicies", items).await?.unwrap_or_default();
        let mut arns: Vec<_> = policies.into_iter().filter_map(|policy| policy.policy_arn).collect();
        arns.sort();
        Ok(arns)
    })
    .await
}

/// The inline policies; empty for a role that is not there.
pub async fn inline_policies(cx: &Context, name: &str) -> Result<BTreeMap<String, Value>> {
    let names = inline_names(cx, name).await?;
    let documents = try_side_by_side(names, |policy| async move {
        let answer = cx.clients.iam.get_role_policy().role_name(name).policy_name(&policy).send().await;
        let answer = answer.call_if_found("iam:GetRolePolicy")?;
        let document = answer.map(|answer| decoded(&answer.policy_document).unwrap_or(json!(answer.policy_document)));
        Ok::<_, Error>(document.map(|document| (policy, document)))
    })
    .await?;
    Ok(documents.into_iter().flatten().collect())
}
