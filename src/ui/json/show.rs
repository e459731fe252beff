//! `show --json`: what is live.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::observe::PlanError;
use crate::ui::each::Each;
use crate::ui::{Show, ShowItem};

use super::{FormatVersion, NotLookedAt, outputs};

/// What is live, resource by resource.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 show --json")]
pub struct ShowDocument<'s, 'a> {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The AWS account, twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// Whether it is the sandbox.
    pub sandbox: bool,
    /// Every resource, in the order of the file; then what the file does not name.
    pub resources: &'s Each<'a, ShowItem>,
    /// The stack's outputs by name; `null` if not known.
    pub outputs: BTreeMap<String, Option<String>>,
    /// Lists that AWS did not give, of kinds that the file does not name: what an earlier file named of them is not in
    /// `resources`. Left out if all were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_looked_at: Vec<NotLookedAt>,
}

impl<'s, 'a> ShowDocument<'s, 'a> {
    /// The document of what is live.
    pub fn of(show: &'s Show<'a>, unseen: &[PlanError]) -> Self {
        Self {
            format_version: FormatVersion,
            stack: show.stack.clone(),
            account: show.account.clone(),
            region: show.region.clone(),
            sandbox: show.sandbox,
            resources: &show.resources,
            outputs: outputs(&show.outputs),
            not_looked_at: NotLookedAt::lists(unseen, &show.region),
        }
    }
}
