//! Topics, through which a function reaches people.

mod check;
pub mod subscription;
pub mod topic;
