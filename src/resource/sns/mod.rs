//! Topics, through which a function reaches people.

pub mod subscription;
pub mod topic;
