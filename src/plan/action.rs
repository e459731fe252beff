//! What a plan does with a resource, and why.

use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};

use crate::resource::Address;

use super::value::PlanValue;

/// What is done with a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Nothing.
    None,
    /// It is made.
    Create,
    /// It exists, and the stack takes it over.
    Adopt,
    /// It is changed in place.
    Update,
    /// A new one takes its place.
    Replace {
        /// Whether the new one is there before the old one goes.
        create_first: bool,
        /// The properties that AWS can't change in place. There is no replacement without a reason.
        because: NonEmpty<String>,
    },
    /// It goes.
    Delete,
    /// It stays in the account and is no longer the stack's.
    Release {
        /// Why it is not deleted.
        because: String,
    },
    /// A destroy leaves it, and it stays the stack's.
    Keep {
        /// Why.
        because: String,
    },
}

/// A property that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyChange {
    /// Dotted, `root_volume.size_gib`; a tag is `tags.<key>`.
    pub path: String,
    /// What is there, as it may be shown; `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<PlanValue>,
    /// What will be there, as it may be shown; `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<PlanValue>,
    /// Why.
    pub reason: Reason,
    /// Whether AWS can't change it in place.
    pub replaces: bool,
    /// Whether it is many lines of text, better shown line by line.
    #[serde(skip)]
    pub text: bool,
    /// Whether the file says something of it for this very resource: not what cloud101 adds, nor the stack's tags.
    #[serde(skip)]
    pub said: bool,
}

/// A text that differs, to be shown line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// The file.
    pub file: String,
    /// What is there; empty if the file is new.
    pub before: String,
    /// What will be there; empty if the file goes.
    pub after: String,
}

/// Why a property changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file says something new.
    File,
    /// It was changed in the account since the last apply.
    Drift,
    /// It was taken out of the file, and goes back to AWS's default.
    TakenOut,
    /// It has the right value, and from now on the stack keeps it there.
    Recorded,
    /// It was taken out of the file and has AWS's default already: the stack no longer keeps it there.
    Forgotten,
    /// It refers to a resource that is replaced.
    Replaced(Address),
    /// It stays as it is, and what it refers to was deleted and is made again.
    Remade(Address),
    /// The same, where it was made again before this plan, and after what refers to it was last set up.
    MadeSince(Address),
    /// It refers to an attribute that a change of another resource gives a new value.
    Renewed(Address),
    /// A person asked for another one: the hand-out of the one there is was lost.
    Requested,
}

impl Reason {
    /// Whether only cloud101's own tags change.
    pub fn is_about_ownership(&self) -> bool {
        matches!(self, Self::Recorded | Self::Forgotten)
    }
}
