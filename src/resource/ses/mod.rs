//! SES: who may be named as the sender of an email.
pub mod identity;
mod lookup;
pub(super) mod permissions;
