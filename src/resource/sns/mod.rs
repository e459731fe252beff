//! Topics, through which a function reaches people.

mod attributes;
mod check;
mod filter;
mod lookup;
mod policy;
mod spec;
mod subscription;
pub mod topic;
