//! The calls about the policies of one role, user or group. IAM has the same ones for each, under names of its own.

use std::collections::BTreeMap;

use aws_sdk_iam::types::AttachedPolicy;
use serde_json::Value;

use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};
use crate::resource::iam;
use crate::resource::iam::details::{self, SeenRole};

/// What has policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group of users.
    Group,
}

/// One that has policies.
#[derive(Debug, Clone, Copy)]
pub struct Grantee<'a> {
    pub sort: Sort,
    pub name: &'a str,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Role, Self::User, Self::Group];

    /// What the AWS CLI and people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// What a stack calls it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Role => "iam.role",
            Self::User => "iam.user",
            Self::Group => "iam.group",
        }
    }
}

impl<'a> Grantee<'a> {
    pub fn role(name: &'a str) -> Self {
        Self { sort: Sort::Role, name }
    }

    pub fn user(name: &'a str) -> Self {
        Self { sort: Sort::User, name }
    }

    pub fn group(name: &'a str) -> Self {
        Self { sort: Sort::Group, name }
    }

    /// The one of this kind; `None`: it has no policies.
    pub fn of(kind: &str, name: &'a str) -> Option<Self> {
        let sort = Sort::ALL.into_iter().find(|sort| sort.kind() == kind)?;
        Some(Self { sort, name })
    }

    /// `the role lesson`.
    pub fn words(self) -> String {
        format!("the {} `{}`", self.sort.word(), self.name)
    }

    /// The ARNs of its managed policies; none of one that is not there.
    pub async fn attached(self, cx: &Context) -> Result<Vec<String>> {
        let seen = |role: &SeenRole| arns(role.detail.attached_managed_policies.clone().unwrap_or_default());
        if let Some(policies) = self.of_many(cx, seen).await? {
            return Ok(policies);
        }
        let (iam, name) = (&cx.clients.iam, self.name);
        cx.shared(format!("policies of {}", self.words()), async {
            let policies = match self.sort {
                Sort::Role => {
                    let list = iam.list_attached_role_policies().role_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListAttachedRolePolicies", |page| page.attached_policies.unwrap_or_default())
                        .await?
                }
                Sort::User => {
                    let list = iam.list_attached_user_policies().user_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListAttachedUserPolicies", |page| page.attached_policies.unwrap_or_default())
                        .await?
                }
                Sort::Group => {
                    let list = iam.list_attached_group_policies().group_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListAttachedGroupPolicies", |page| {
                        page.attached_policies.unwrap_or_default()
                    })
                    .await?
                }
            };
            Ok(arns(policies.unwrap_or_default()))
        })
        .await
    }

    /// What `take` finds in the lists of all roles; `None`: it is to be asked for alone.
    async fn of_many<T>(self, cx: &Context, take: impl FnOnce(&SeenRole) -> T) -> Result<Option<T>> {
        match self.sort {
            Sort::Role => details::of_role(cx, self.name, take).await,
            Sort::User | Sort::Group => Ok(None),
        }
    }

    /// The names of its inline policies; none of one that is not there.
    pub async fn inline_names(self, cx: &Context) -> Result<Vec<String>> {
        let seen = |role: &SeenRole| details::inline(role.detail.role_policy_list.clone());
        if let Some(policies) = self.of_many(cx, seen).await? {
            return Ok(policies.into_keys().collect());
        }
        let (iam, name) = (&cx.clients.iam, self.name);
        cx.shared(format!("inline policies of {}", self.words()), async {
            let names = match self.sort {
                Sort::Role => {
                    let list = iam.list_role_policies().role_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListRolePolicies", |page| page.policy_names).await?
                }
                Sort::User => {
                    let list = iam.list_user_policies().user_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListUserPolicies", |page| page.policy_names).await?
                }
                Sort::Group => {
                    let list = iam.list_group_policies().group_name(name).into_paginator().send().bounded();
                    list.all_if_found("iam:ListGroupPolicies", |page| page.policy_names).await?
                }
            };
            Ok(names.unwrap_or_default())
        })
        .await
    }

    /// Its inline policies; none of one that is not there.
    pub async fn inline_policies(self, cx: &Context) -> Result<BTreeMap<String, Value>> {
        let seen = |role: &SeenRole| details::inline(role.detail.role_policy_list.clone());
        if let Some(policies) = self.of_many(cx, seen).await? {
            return Ok(policies);
        }
        let names = self.inline_names(cx).await?;
        let documents = try_side_by_side(names, |policy| async move {
            let document = self.inline(cx, &policy).await?;
            Ok::<_, Error>(document.map(|text| (policy, iam::document(&text))))
        });
        Ok(documents.await?.into_iter().flatten().collect())
    }

    async fn inline(self, cx: &Context, policy: &str) -> Result<Option<String>> {
        let (iam, name) = (&cx.clients.iam, self.name);
        Ok(match self.sort {
            Sort::Role => {
                let answer = iam.get_role_policy().role_name(name).policy_name(policy).send().await;
                answer.call_if_found("iam:GetRolePolicy")?.map(|answer| answer.policy_document)
            }
            Sort::User => {
                let answer = iam.get_user_policy().user_name(name).policy_name(policy).send().await;
                answer.call_if_found("iam:GetUserPolicy")?.map(|answer| answer.policy_document)
            }
            Sort::Group => {
                let answer = iam.get_group_policy().group_name(name).policy_name(policy).send().await;
                answer.call_if_found("iam:GetGroupPolicy")?.map(|answer| answer.policy_document)
            }
        })
    }

    pub async fn attach(self, cx: &Context, arn: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        match self.sort {
            Sort::Role => {
                let call = iam.attach_role_policy().role_name(name).policy_arn(arn);
                call.send().await.call("iam:AttachRolePolicy").map(drop)
            }
            Sort::User => {
                let call = iam.attach_user_policy().user_name(name).policy_arn(arn);
                call.send().await.call("iam:AttachUserPolicy").map(drop)
            }
            Sort::Group => {
                let call = iam.attach_group_policy().group_name(name).policy_arn(arn);
                call.send().await.call("iam:AttachGroupPolicy").map(drop)
            }
        }
    }

    /// Done as well if it has not got it.
    pub async fn detach(self, cx: &Context, arn: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        match self.sort {
            Sort::Role => {
                let call = iam.detach_role_policy().role_name(name).policy_arn(arn);
                call.send().await.call_if_found("iam:DetachRolePolicy").map(drop)
            }
            Sort::User => {
                let call = iam.detach_user_policy().user_name(name).policy_arn(arn);
                call.send().await.call_if_found("iam:DetachUserPolicy").map(drop)
            }
            Sort::Group => {
                let call = iam.detach_group_policy().group_name(name).policy_arn(arn);
                call.send().await.call_if_found("iam:DetachGroupPolicy").map(drop)
            }
        }
    }

    pub async fn put(self, cx: &Context, policy: &str, document: &Value) -> Result<()> {
        let (iam, name, document) = (&cx.clients.iam, self.name, document.to_string());
        match self.sort {
            Sort::Role => {
                let call = iam.put_role_policy().role_name(name).policy_name(policy).policy_document(document);
                call.send().await.call("iam:PutRolePolicy").map(drop)
            }
            Sort::User => {
                let call = iam.put_user_policy().user_name(name).policy_name(policy).policy_document(document);
                call.send().await.call("iam:PutUserPolicy").map(drop)
            }
            Sort::Group => {
                let call = iam.put_group_policy().group_name(name).policy_name(policy).policy_document(document);
                call.send().await.call("iam:PutGroupPolicy").map(drop)
            }
        }
    }

    /// Done as well if it has not got it.
    pub async fn delete(self, cx: &Context, policy: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        match self.sort {
            Sort::Role => {
                let call = iam.delete_role_policy().role_name(name).policy_name(policy);
                call.send().await.call_if_found("iam:DeleteRolePolicy").map(drop)
            }
            Sort::User => {
                let call = iam.delete_user_policy().user_name(name).policy_name(policy);
                call.send().await.call_if_found("iam:DeleteUserPolicy").map(drop)
            }
            Sort::Group => {
                let call = iam.delete_group_policy().group_name(name).policy_name(policy);
                call.send().await.call_if_found("iam:DeleteGroupPolicy").map(drop)
            }
        }
    }
}

/// The ARNs of managed policies, in order.
pub fn arns(policies: Vec<AttachedPolicy>) -> Vec<String> {
    let mut arns: Vec<_> = policies.into_iter().filter_map(|policy| policy.policy_arn).collect();
    arns.sort();
    arns
}
