//! What a plan is for, and what a person asked for besides.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::Address;

/// What a replacement's `because` says if a person asked for it.
pub const REPLACE_OPTION: &str = "--replace";

/// What the plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The account is to be as the file says.
    Apply,
    /// Nothing of the stack is to be left.
    Destroy,
}

/// What a person asked for besides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these, with what they depend on (for a destroy: what depends on them); empty: all.
    pub targets: BTreeSet<Address>,
    /// Replace these even if nothing in them requires it.
    pub replace: BTreeSet<Address>,
    /// Buckets may be emptied, as if each said `empty_on_destroy: true`.
    pub empty_buckets: bool,
    /// Only these, each to be given what has this [`Live::id`](crate::resource::Live::id), whether the file says `adopt: true` or not; empty: no
    /// matter.
    pub adopt: BTreeMap<Address, String>,
}

impl Options {
    /// The resources that they name.
    pub fn named(&self) -> impl Iterator<Item = &Address> {
        self.targets.iter().chain(&self.replace)
    }

    /// Whether the plan is about everything.
    pub(super) fn are_for_all(&self) -> bool {
        self.targets.is_empty() && self.adopt.is_empty()
    }
}
