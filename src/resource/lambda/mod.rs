//! Lambda: functions.
pub mod function;
