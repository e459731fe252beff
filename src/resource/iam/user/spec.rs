//! The properties of a user, and what IAM would refuse of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::explain::Code;
use crate::resource::Finding;
use crate::resource::iam::check_name;
use crate::resource::iam::grants::{self, Sort};
use crate::resource::lookup::name_in;

/// How many groups a user can be in. No quota raises it.
const GROUPS: usize = 10;

/// The properties of `iam.user`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The names of the groups that the user is in, at most ten; `${group.name}` for one of this stack. If set, the list is
    /// complete: the user leaves all others.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [["${assistants.name}"]]))]
    pub groups: Option<Vec<String>>,
    /// The ARNs of managed policies. If set, the list is complete: others are detached.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [["${policy.arn}"]]))]
    pub policies: Option<Vec<String>>,
    /// Policies that belong only to this user: documents in IAM's policy language, by name. If set, the list is complete:
    /// others are deleted.
    #[schemars(extend("x-policy" = true, "x-default" = {}, "examples" = [{
        "read_files": {
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::cloud101awsbucket/*" }],
        },
    }]))]
    pub inline_policies: Option<BTreeMap<String, Value>>,
    /// The ARN of a managed policy that limits the user's permissions, those of the groups among them. AWS's default: none.
    #[schemars(extend("examples" = ["${policy.arn}"]))]
    pub permissions_boundary: Option<String>,
}

impl Spec {
    /// Whether it says `property`.
    pub fn has(&self, property: &str) -> bool {
        match property {
            "groups" => self.groups.is_some(),
            "policies" => self.policies.is_some(),
            "inline_policies" => self.inline_policies.is_some(),
            _ => self.permissions_boundary.is_some(),
        }
    }

    /// A group's ARN is taken for its name, which is what the API wants.
    pub fn canonical(mut self) -> Self {
        self.groups.iter_mut().flatten().for_each(|group| *group = name_in(group).to_owned());
        self
    }
}

/// What IAM would refuse.
pub fn check(name: &str, spec: &Spec) -> Vec<Finding> {
    let mut findings = grants::check::attached(Sort::User, spec.policies.as_deref());
    findings.extend(check_name("name", "a user name", name, 64));
    findings.extend(grants::check::inline(Sort::User, spec.inline_policies.as_ref()));
    let boundary = spec.permissions_boundary.as_deref();
    findings.extend(boundary.and_then(|arn| grants::check::policy_arn("permissions_boundary", arn)));
    let groups = spec.groups.as_deref().unwrap_or_default();
    findings.extend(groups.iter().enumerate().filter_map(|(n, group)| {
        let finding = check_name(&format!("groups.{n}"), "a group name", name_in(group), 128)?;
        Some(finding.hint("write the group's name, such as `${group.name}`"))
    }));
    if groups.len() > GROUPS {
        let message = format!("a user can be in {GROUPS} groups, but this one is in {}", groups.len());
        let hint = "put the policies of several groups into one group";
        findings.push(Finding::new(Code::TooLong, "groups", message).hint(hint));
    }
    findings
}
