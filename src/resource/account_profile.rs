//! What a kind says of accounts in which not everything may be made: what stands in its place there, and what of the
//! account's limits one of it uses.

use serde_json::Value;

use crate::model::Place;
use crate::model::account_profile::AccountProfile;

use super::Attributes;

/// What becomes of a kind in an account with a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provision {
    /// It is made as anywhere else.
    Made,
    /// It can't be made; what is there already is used in its place.
    StoodInFor {
        /// What that is called in AWS.
        by: &'static str,
        /// Those of its attributes that follow from its name.
        attributes: Attributes,
        /// Why; completes "…, because ".
        because: &'static str,
    },
    /// It can't be made, and what would have it gets along without.
    LeftOut {
        /// Why.
        because: &'static str,
    },
    /// It can't be made, and nothing takes its place.
    Impossible {
        /// Why.
        because: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
}

/// What of an account's limits a resource uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The property that says so, dotted; empty: all of it.
    pub path: String,
    /// What it uses.
    pub what: Used,
}

/// See [`Use`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// A running instance.
    RunningInstance,
    /// An instance of this type, running or not.
    InstanceType(String),
    /// A spot instance.
    Spot,
    /// A disk of this size, in GiB.
    DiskSize(i64),
    /// A disk of this type.
    DiskType(String),
    /// So many executions of functions, set aside.
    Executions(i64),
}

impl Use {
    /// What the property at `path` of `spec` uses, if it is known.
    pub fn of(spec: &Value, path: &str, used: impl Fn(&Value) -> Option<Used>) -> Option<Self> {
        let what = used(crate::model::value::at(spec, path)?)?;
        Some(Self { path: path.to_owned(), what })
    }
}

impl Used {
    /// A disk's size.
    pub fn disk_size(value: &Value) -> Option<Self> {
        value.as_i64().map(Self::DiskSize)
    }

    /// A disk's type.
    pub fn disk_type(value: &Value) -> Option<Self> {
        value.as_str().filter(|text| !super::is_unknown(text)).map(|text| Self::DiskType(text.to_owned()))
    }
}

/// For kinds that are made everywhere.
pub fn made(_: &AccountProfile, _: &Place) -> Provision {
    Provision::Made
}

/// For kinds that use nothing that is limited.
pub fn nothing(_: &Value) -> Vec<Use> {
    Vec::new()
}
