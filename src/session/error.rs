//! Everything that can go wrong between a stack file and the account.

use std::fmt;

use crate::aws;
use crate::plan::observe::PlanError;
use crate::resource::kind::Kind;
use crate::resource::{Address, Place};
use crate::stack::diagnostics::Diagnostics;
use crate::suggest;

/// Why a session failed. Nothing was changed.
#[derive(Debug, Clone)]
pub enum Error {
    /// The stack file is wrong.
    Stack(Diagnostics),
    /// A call that belongs to no resource, such as the first one.
    Aws(aws::Error),
    /// AWS or the account does not allow the plan.
    Account {
        /// The errors, with their places in the file if they have one. Never empty.
        troubles: Vec<PlanError>,
        /// Lists that AWS did not return, and that the file does not need.
        unseen: Vec<PlanError>,
    },
    /// No copy has this key, which `only` names.
    NoKey {
        /// This key.
        key: String,
        /// What may be meant.
        instead: Instead,
    },
    /// The one with this key, whom a person names, is no longer in a roster and still has something.
    StillThere {
        /// This key.
        key: String,
        /// The roster.
        roster: String,
        /// How many resources.
        count: usize,
    },
    /// What belongs to this key is to be removed, and a roster still has it.
    NotLeft(String),
    /// What belongs to some keys is to be removed, and the account has nothing for them.
    NoLeaver {
        /// These keys.
        nothing_for: Vec<String>,
        /// Those that were named as well, and for which it has something.
        others: Vec<String>,
        /// Who else has left a roster and has something.
        left: Vec<String>,
        /// The first of these keys that a roster still has in another spelling: as it is there.
        staying: Option<String>,
    },
    /// An option names a resource that is outside the plan's targets.
    OutOfScope {
        /// `--replace` or `--renew`.
        option: &'static str,
        /// The resource.
        address: Address,
    },
    /// What is to be created again is nothing that the file has.
    NothingToRenew(Address),
    /// The stack has no such resource.
    NoResource(Address),
    /// The account has nothing of the kind.
    NothingOfKind {
        /// The kind, such as `s3.bucket`.
        kind: String,
        /// Whether it belongs to the account, not to a region.
        is_global: bool,
        /// The account, and the region if the kind has one.
        place: String,
    },
    /// The account has nothing of that kind under this id.
    NothingThere {
        /// The kind, such as `s3.bucket`.
        kind: String,
        /// What was asked for.
        id: String,
        /// See [`Error::Account`].
        unseen: Vec<PlanError>,
        /// The account, and the region if the kind has one.
        place: String,
    },
}

/// What a person may mean by a key that no copy has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// It is the name of a resource.
    Resource,
    /// Nothing: there are no rosters.
    NoRoster,
    /// The key of the same person now, as `moved:` says.
    Renamed(String),
    /// The nearest key of a copy; for a destroy only the same one, spelled otherwise.
    Nearest(String),
    /// One of these.
    Keys(Vec<String>),
}

impl Error {
    pub(super) fn account(troubles: Vec<PlanError>) -> Self {
        Self::Account { troubles, unseen: Vec::new() }
    }

    /// The same with the lists that AWS did not return.
    pub(super) fn with(mut self, lists: &[PlanError]) -> Self {
        if let Self::Account { unseen, .. } | Self::NothingThere { unseen, .. } = &mut self {
            unseen.extend_from_slice(lists);
        }
        self
    }
}

/// Where resources of a kind are looked for: some have no region.
pub(super) fn whereabouts(kind: &dyn Kind, place: &Place) -> String {
    match kind.is_global() {
        true => format!("the account {}", place.account),
        false => format!("the account {}, {}", place.account, place.region),
    }
}

impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Stack(diagnostics)
    }
}

impl From<aws::Error> for Error {
    fn from(error: aws::Error) -> Self {
        Self::Aws(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack(diagnostics) => diagnostics.fmt(f),
            Self::Aws(error) => error.fmt(f),
            Self::Account { troubles, .. } => {
                for (n, errors) in troubles.iter().enumerate() {
                    let separator = if n == 0 { "" } else { "\n" };
                    let subject = errors.address.as_ref().map_or(errors.kind.to_owned(), Address::to_string);
                    write!(f, "{separator}{subject}: {}", errors.error)?;
                }
                Ok(())
            }
            Self::OutOfScope { option, address } => {
                write!(f, "`{option}` names `{address}`, which is outside the plan's targets")
            }
            Self::NothingToRenew(address) => write!(f, "`{address}` has no credentials that are handed out"),
            Self::NoKey { key, instead: Instead::Resource } => {
                write!(f, "`{key}` is a resource, not a key of a roster")
            }
            Self::NoKey { key, instead: Instead::NoRoster } => {
                write!(f, "the stack has no roster, so nothing in it is for `{key}` alone")
            }
            Self::NoKey { key, .. } => write!(f, "no resource of the stack has a copy for `{key}`"),
            Self::StillThere { key, roster, count } => {
                let resources = if *count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
                write!(f, "`{key}` is no longer in the roster `{roster}` and still has {resources}")
            }
            Self::NotLeft(key) => write!(f, "`{key}` is still in a roster, so nothing of it is removed"),
            Self::NoLeaver { nothing_for, .. } => {
                write!(f, "the account has nothing for {} that could be removed", suggest::list(nothing_for))
            }
            Self::NoResource(address) => write!(f, "the stack has no resource `{address}`"),
            Self::NothingOfKind { kind, place, .. } => write!(f, "there is no {kind} in {place}"),
            Self::NothingThere { kind, id, place, .. } => write!(f, "there is no {kind} `{id}` in {place}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Stack(diagnostics) => Some(diagnostics),
            Self::Aws(error) => Some(error),
            Self::Account { troubles, .. } => {
                troubles.first().map(|errors| &errors.error as &(dyn std::error::Error + 'static))
            }
            Self::OutOfScope { .. }
            | Self::NothingToRenew(_)
            | Self::NoKey { .. }
            | Self::StillThere { .. }
            | Self::NotLeft(_)
            | Self::NoLeaver { .. }
            | Self::NoResource(_)
            | Self::NothingOfKind { .. }
            | Self::NothingThere { .. } => None,
        }
    }
}
