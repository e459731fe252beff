//! What every layer speaks of: where a resource stands, what may be wrong with it, the values in a file and in the
//! account. Nothing here calls AWS or knows a kind of resource.

pub mod account_profile;
mod address;
pub mod arn;
mod base;
pub mod credential;
mod diagnostic;
mod location;
pub mod needles;
pub mod ordinary;
mod place;
pub mod policy;
pub mod policy_form;
pub mod principal;
pub mod reference;
pub mod region;
pub mod sensitive;
pub mod size;
pub mod value;

use std::collections::BTreeMap;

pub use address::{Address, is_logical_name};
pub use base::Base;
pub use diagnostic::{Diagnostic, ENOUGH, Labels, Severity};
pub use location::{Location, OtherFile};
pub use place::Place;
pub use reference::is_unknown;

/// Tags by key, those of cloud101 and those of people.
pub type Tags = BTreeMap<String, String>;
