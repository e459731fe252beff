//! What IAM would refuse of the policies of a role, a user or a group.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::explain::Code;
use crate::model::arn::{Arn, is_account};
use crate::resource::iam::policy_document::{self, Usage};
use crate::resource::iam::{check_name, known};
use crate::resource::{Diagnostic, is_unknown};

use super::{ATTACHED, Sort};

/// The longest ARN that IAM takes (API: AttachRolePolicy).
const LONGEST_ARN: usize = 2048;

impl Sort {
    /// How long all inline policies may be together, white space not counted.
    pub fn inline_size(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
            Self::Group => 5120,
        }
    }
}

/// The managed policies.
pub fn attached(sort: Sort, policies: Option<&[String]>) -> Vec<Diagnostic> {
    let policies = policies.unwrap_or_default();
    let each = policies.iter().enumerate().filter_map(|(n, arn)| policy_arn(&format!("policies.{n}"), arn));
    let mut diagnostics: Vec<_> = each.collect();
    if policies.len() > ATTACHED {
        let message = format!(
            "a {} can have {ATTACHED} managed policies unless AWS raised the account's quota, but this one has {}",
            sort.word(),
            policies.len()
        );
        let hint = "write some of them as `inline_policies`, or combine several into one `iam.policy`";
        diagnostics.push(Diagnostic::new(Code::TooLong, "policies", message).help(hint).warning());
    }
    diagnostics
}

/// The inline policies.
pub fn inline(sort: Sort, policies: Option<&BTreeMap<String, Value>>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (name, document) in policies.into_iter().flatten() {
        let path = format!("inline_policies.{name}");
        diagnostics.extend(check_name(&path, "a policy name", name, 128));
        diagnostics.extend(policy_document::check(document, Usage::Identity, &path));
    }
    let sizes: Option<Vec<_>> = policies.into_iter().flatten().map(|(_, d)| policy_document::size(d)).collect();
    let most = sort.inline_size();
    if let Some(size) = sizes.map(|sizes| sizes.iter().sum::<usize>()).filter(|size| *size > most) {
        let message = format!("inline policies can have at most {most} characters together, but these have {size}");
        diagnostics.push(
            Diagnostic::new(Code::TooLong, "inline_policies", message).help("move some of them to an `iam.policy`"),
        );
    }
    diagnostics
}

/// The ARN of one managed policy (API: AttachRolePolicy, PutRolePermissionsBoundary).
pub fn policy_arn(path: &str, arn: &str) -> Option<Diagnostic> {
    if is_unknown(arn) {
        return None;
    }
    let is_policy = |arn: Arn<'_>| {
        let has_name = arn.resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty());
        arn.service == "iam" && arn.region.is_empty() && (arn.account == "aws" || is_account(arn.account)) && has_name
    };
    if !Arn::parts(arn).is_some_and(is_policy) {
        let hint = "arn:aws:iam::aws:policy/… for one of AWS's, ${policy.arn} for one of this stack; \
                    `aws iam list-policies --query 'Policies[].Arn'` lists them";
        let diagnostic = Diagnostic::new(Code::Arn, path, format!("`{arn}` is not the ARN of a managed policy"));
        return Some(diagnostic.help(hint));
    }
    if arn.len() > LONGEST_ARN {
        let message = format!("an ARN has at most {LONGEST_ARN} characters, this one has {}", arn.len());
        return Some(Diagnostic::new(Code::TooLong, path, message).help("shorten it"));
    }
    known::doubt_of_policy(path, arn)
}
