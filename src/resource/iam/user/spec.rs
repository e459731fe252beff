//! The properties of a user, and what IAM would refuse of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::explain::Code;
use crate::resource::Diagnostic;
use crate::resource::iam::check_name;
use crate::resource::iam::grants::{self, Sort};
use crate::resource::lookup::name_in;

use super::mark::Credential;

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
    /// Whether the user gets a password for the AWS console. `apply` writes it to a file for this user alone (see
    /// `--credentials-to`), and to nothing else; AWS asks for another one when it is first used, for which the user needs
    /// `iam:ChangePassword`. Removed or `false`: one that cloud101 set is deleted; one that was set by hand stays.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub console_password: Option<bool>,
    /// Whether the user gets an access key, for programs. `apply` writes it to a file for this user alone (see
    /// `--credentials-to`), and to nothing else: AWS shows the secret of a key only once. Removed or `false`: one that cloud101
    /// created is deleted; those that were created by hand stay.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub access_key: Option<bool>,
}

impl Spec {
    /// The properties that GetUser does not tell.
    pub const NOT_OF_GET_USER: [&str; 5] = ["groups", "policies", "inline_policies", "console_password", "access_key"];

    /// Whether it says `property`.
    pub fn has(&self, property: &str) -> bool {
        match property {
            "groups" => self.groups.is_some(),
            "policies" => self.policies.is_some(),
            "inline_policies" => self.inline_policies.is_some(),
            "console_password" => self.console_password.is_some(),
            "access_key" => self.access_key.is_some(),
            _ => self.permissions_boundary.is_some(),
        }
    }

    /// Whether the user is to get this credential, or has it; `None`: that is not said.
    pub fn delivers(&self, credential: Credential) -> Option<bool> {
        match credential {
            Credential::ConsolePassword => self.console_password,
            Credential::AccessKey => self.access_key,
        }
    }

    /// Says it of what is there.
    pub fn set_delivered(&mut self, credential: Credential, is_delivered: bool) {
        match credential {
            Credential::ConsolePassword => self.console_password = Some(is_delivered),
            Credential::AccessKey => self.access_key = Some(is_delivered),
        }
    }

    /// A group's ARN is taken for its name, which is what the API wants.
    pub fn canonical(mut self) -> Self {
        self.groups.iter_mut().flatten().for_each(|group| *group = name_in(group).to_owned());
        self
    }
}

/// What IAM would refuse.
pub fn check(name: &str, spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = grants::check::attached(Sort::User, spec.policies.as_deref());
    diagnostics.extend(check_name("name", "a user name", name, 64));
    diagnostics.extend(grants::check::inline(Sort::User, spec.inline_policies.as_ref()));
    let boundary = spec.permissions_boundary.as_deref();
    diagnostics.extend(boundary.and_then(|arn| grants::check::policy_arn("permissions_boundary", arn)));
    let groups = spec.groups.as_deref().unwrap_or_default();
    diagnostics.extend(groups.iter().enumerate().filter_map(|(n, group)| {
        let diagnostic = check_name(&format!("groups.{n}"), "a group name", name_in(group), 128)?;
        Some(diagnostic.help("write the group's name, such as `${group.name}`"))
    }));
    if groups.len() > GROUPS {
        let message = format!("a user can be in {GROUPS} groups, but this one is in {}", groups.len());
        let hint = "put the policies of several groups into one group";
        diagnostics.push(Diagnostic::new(Code::TooLong, "groups", message).help(hint));
    }
    diagnostics
}
