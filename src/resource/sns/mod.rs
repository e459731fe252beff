//! Topics, through which a function reaches people.

mod check;
mod lookup;
pub mod subscription;
pub mod topic;
