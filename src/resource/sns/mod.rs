//! Topics, through which a function reaches people.

mod attributes;
mod check;
mod filter;
mod lookup;
pub(super) mod permissions;
mod policy;
mod spec;
mod subscription;
pub mod topic;
