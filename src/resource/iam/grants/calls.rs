//! The calls about the policies of one role, user or group. IAM has the same ones for each, under names of its own.

use std::collections::BTreeMap;

use aws_sdk_iam::types::AttachedPolicy;
use serde_json::{Value, json};

use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};
use crate::resource::iam::decoded;

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
        let (iam, name) = (&cx.clients.iam, self.name);
        cx.shared(format!("policies of {}", self.words()), async {
            macro_rules! list {
                ($list:ident, $name:ident, $operation:literal) => {{
                    let list = iam.$list().$name(name).into_paginator().send().bounded();
                    list.all_if_found($operation, |page| page.attached_policies.unwrap_or_default()).await?
                }};
            }
            let policies = match self.sort {
                Sort::Role => list!(list_attached_role_policies, role_name, "iam:ListAttachedRolePolicies"),
                Sort::User => list!(list_attached_user_policies, user_name, "iam:ListAttachedUserPolicies"),
                Sort::Group => list!(list_attached_group_policies, group_name, "iam:ListAttachedGroupPolicies"),
            };
            Ok(arns(policies.unwrap_or_default()))
        })
        .await
    }

    /// The names of its inline policies; none of one that is not there.
    pub async fn inline_names(self, cx: &Context) -> Result<Vec<String>> {
        let (iam, name) = (&cx.clients.iam, self.name);
        cx.shared(format!("inline policies of {}", self.words()), async {
            macro_rules! list {
                ($list:ident, $name:ident, $operation:literal) => {{
                    let list = iam.$list().$name(name).into_paginator().send().bounded();
                    list.all_if_found($operation, |page| page.policy_names).await?
                }};
            }
            let names = match self.sort {
                Sort::Role => list!(list_role_policies, role_name, "iam:ListRolePolicies"),
                Sort::User => list!(list_user_policies, user_name, "iam:ListUserPolicies"),
                Sort::Group => list!(list_group_policies, group_name, "iam:ListGroupPolicies"),
            };
            Ok(names.unwrap_or_default())
        })
        .await
    }

    /// Its inline policies; none of one that is not there.
    pub async fn inline_policies(self, cx: &Context) -> Result<BTreeMap<String, Value>> {
        let names = self.inline_names(cx).await?;
        let documents = try_side_by_side(names, |policy| async move {
            let document = self.inline(cx, &policy).await?;
            Ok::<_, Error>(document.map(|document| (policy, read(&document))))
        });
        Ok(documents.await?.into_iter().flatten().collect())
    }

    async fn inline(self, cx: &Context, policy: &str) -> Result<Option<String>> {
        let (iam, name) = (&cx.clients.iam, self.name);
        macro_rules! get {
            ($get:ident, $name:ident, $operation:literal) => {
                iam.$get()
                    .$name(name)
                    .policy_name(policy)
                    .send()
                    .await
                    .call_if_found($operation)?
                    .map(|answer| answer.policy_document)
            };
        }
        Ok(match self.sort {
            Sort::Role => get!(get_role_policy, role_name, "iam:GetRolePolicy"),
            Sort::User => get!(get_user_policy, user_name, "iam:GetUserPolicy"),
            Sort::Group => get!(get_group_policy, group_name, "iam:GetGroupPolicy"),
        })
    }

    pub async fn attach(self, cx: &Context, arn: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        macro_rules! attach {
            ($attach:ident, $name:ident, $operation:literal) => {
                iam.$attach().$name(name).policy_arn(arn).send().await.call($operation).map(drop)
            };
        }
        match self.sort {
            Sort::Role => attach!(attach_role_policy, role_name, "iam:AttachRolePolicy"),
            Sort::User => attach!(attach_user_policy, user_name, "iam:AttachUserPolicy"),
            Sort::Group => attach!(attach_group_policy, group_name, "iam:AttachGroupPolicy"),
        }
    }

    /// Done as well if it has not got it.
    pub async fn detach(self, cx: &Context, arn: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        macro_rules! detach {
            ($detach:ident, $name:ident, $operation:literal) => {
                iam.$detach().$name(name).policy_arn(arn).send().await.call_if_found($operation).map(drop)
            };
        }
        match self.sort {
            Sort::Role => detach!(detach_role_policy, role_name, "iam:DetachRolePolicy"),
            Sort::User => detach!(detach_user_policy, user_name, "iam:DetachUserPolicy"),
            Sort::Group => detach!(detach_group_policy, group_name, "iam:DetachGroupPolicy"),
        }
    }

    pub async fn put(self, cx: &Context, policy: &str, document: &Value) -> Result<()> {
        let (iam, name, document) = (&cx.clients.iam, self.name, document.to_string());
        macro_rules! put {
            ($put:ident, $name:ident, $operation:literal) => {
                iam.$put()
                    .$name(name)
                    .policy_name(policy)
                    .policy_document(document)
                    .send()
                    .await
                    .call($operation)
                    .map(drop)
            };
        }
        match self.sort {
            Sort::Role => put!(put_role_policy, role_name, "iam:PutRolePolicy"),
            Sort::User => put!(put_user_policy, user_name, "iam:PutUserPolicy"),
            Sort::Group => put!(put_group_policy, group_name, "iam:PutGroupPolicy"),
        }
    }

    /// Done as well if it has not got it.
    pub async fn delete(self, cx: &Context, policy: &str) -> Result<()> {
        let (iam, name) = (&cx.clients.iam, self.name);
        macro_rules! delete {
            ($delete:ident, $name:ident, $operation:literal) => {
                iam.$delete().$name(name).policy_name(policy).send().await.call_if_found($operation).map(drop)
            };
        }
        match self.sort {
            Sort::Role => delete!(delete_role_policy, role_name, "iam:DeleteRolePolicy"),
            Sort::User => delete!(delete_user_policy, user_name, "iam:DeleteUserPolicy"),
            Sort::Group => delete!(delete_group_policy, group_name, "iam:DeleteGroupPolicy"),
        }
    }
}

/// The ARNs of managed policies, in order.
pub fn arns(policies: Vec<AttachedPolicy>) -> Vec<String> {
    let mut arns: Vec<_> = policies.into_iter().filter_map(|policy| policy.policy_arn).collect();
    arns.sort();
    arns
}

/// A document as IAM gives it; one that can't be read is a text.
pub fn read(document: &str) -> Value {
    decoded(document).unwrap_or_else(|| json!(document))
}
