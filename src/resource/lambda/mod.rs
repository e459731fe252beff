//! Lambda: functions, and the layers that they use.
pub mod function;
pub mod layer;
pub(super) mod permissions;
