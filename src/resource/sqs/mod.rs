//! Queues, in which messages wait until a program takes them.

pub(super) mod permissions;
pub mod queue;
