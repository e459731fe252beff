//! What is done every day with what stands: a function is called, its log read, instances are stopped and started, and a
//! person logs in to one. Nothing of it changes what a stack says.

pub mod agent;
pub mod host;
pub mod invoke;
pub mod logs;
pub mod power;
pub mod program;
