//! Topics, through which a function reaches people.

mod check;
mod filter;
mod lookup;
pub(super) mod permissions;
mod policy;
pub mod subscription;
pub mod topic;
