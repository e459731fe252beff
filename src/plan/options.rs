//! What a plan is for, and what a person asked for besides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::Address;
use crate::stack::Stack;

/// What a replacement's `because` says if a person asked for it.
pub const REPLACE_OPTION: &str = "--replace";

/// What a person types to have credentials created again.
pub const RENEW_OPTION: &str = "--renew";

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only these, with what they depend on (for a destroy: what depends on them); empty: all. A name without a key means
    /// all copies.
    pub targets: BTreeSet<Address>,
    /// Only the copies with these keys, in the same way; empty: all.
    pub only: BTreeSet<String>,
    /// Replace these even if nothing in them requires it. A name without a key means all copies.
    pub replace: BTreeSet<Address>,
    /// Create again what these hand out, and end what there is of it. A name without a key means all copies.
    pub renew: BTreeSet<Address>,
    /// What becomes of the copies of those who left a roster.
    pub leavers: Leavers,
    /// Buckets may be emptied, as if each said `empty_on_destroy: true`.
    pub empty_buckets: bool,
    /// Only these, each to be given what has this [`Live::id`](crate::resource::Live::id), whether the file says `adopt: true` or not; empty: no
    /// matter.
    pub adopt: BTreeMap<Address, String>,
}

/// Why something stays as it is, whatever the file says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// A person has left it out.
    LeftOut(Selection),
    /// It can't be planned: see [`super::apart`].
    NotPlanned,
    /// It is to be kept, or is released.
    Kept,
}

/// In the words of a plan.
impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeftOut(Selection::Target) => "which --target excludes",
            Self::LeftOut(Selection::Only) => "which --only excludes",
            Self::LeftOut(Selection::Adopt) => "which is not adopted",
            Self::NotPlanned => "which can't be planned",
            Self::Kept => "which is kept in the account",
        })
    }
}

/// What becomes of copies with keys that a roster no longer has: they stay, but for these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leavers {
    /// The keys whose copies are deleted.
    pub remove: BTreeSet<String>,
    /// All of them are.
    pub remove_absent: bool,
    /// Even if they are so many that the roster is probably truncated.
    pub even_if_many: bool,
}

impl Leavers {
    /// Whether the copies of `key` are deleted.
    pub fn go(&self, key: &str) -> bool {
        self.remove_absent || self.remove.contains(key)
    }
}

/// What leaves a part of the stack out of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// `--target`.
    Target,
    /// `--only`.
    Only,
    /// `adopt`, which is about one resource.
    Adopt,
}

impl Options {
    /// What leaves a part of the stack out; `None`: nothing does.
    pub fn selection(&self) -> Option<Selection> {
        match self {
            Self { adopt, .. } if !adopt.is_empty() => Some(Selection::Adopt),
            // `of_stack` makes targets of it.
            Self { only, .. } if !only.is_empty() => Some(Selection::Only),
            Self { targets, .. } if !targets.is_empty() => Some(Selection::Target),
            _ => None,
        }
    }

    /// The same with the addresses that `stack` has in place of what stands for several.
    pub fn of_stack(&self, stack: &Stack) -> Self {
        let mut options = self.clone();
        // What was typed stays: a name also means the copies of those who left.
        options.targets.extend(expanded(stack, &self.targets));
        options.replace = expanded(stack, &self.replace);
        options.renew = expanded(stack, &self.renew);
        let addresses = stack.resources.iter().map(|declared| &declared.address);
        let has_key = |address: &&Address| address.key.as_ref().is_some_and(|key| self.only.contains(key));
        options.targets.extend(addresses.filter(has_key).cloned());
        // Also of whom `when:` leaves out everywhere: no target at all would mean everything.
        let copies = |key: &'_ String| stack.for_each.keys().map(|name| Address::copy(name, key)).collect::<Vec<_>>();
        let left_out = self.only.iter().flat_map(copies).filter(|address| stack.left_out(address).is_some());
        options.targets.extend(left_out);
        options
    }

    /// The resources that they name.
    pub fn named(&self) -> impl Iterator<Item = &Address> {
        self.targets.iter().chain(&self.replace).chain(&self.renew)
    }

    /// Whether the plan is about everything.
    pub fn are_for_all(&self) -> bool {
        self.selection().is_none()
    }
}

/// `addresses`, with all copies in place of a name that has copies. What the stack has not stays as it is.
fn expanded(stack: &Stack, addresses: &BTreeSet<Address>) -> BTreeSet<Address> {
    let of = |address: &Address| match &address.key {
        None if stack.for_each.contains_key(&address.name) => stack.copies(&address.name).cloned().collect(),
        _ => vec![address.clone()],
    };
    addresses.iter().flat_map(of).collect()
}
