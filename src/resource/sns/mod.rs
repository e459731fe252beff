//! Topics, through which a function reaches people.

mod check;
mod filter;
mod lookup;
mod policy;
pub mod subscription;
pub mod topic;
