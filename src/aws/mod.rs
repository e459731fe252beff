//! What the kinds share at the edge to AWS: clients, errors, ownership marks, waits.

mod advice;
pub mod bounds;
mod call;
pub mod caller;
pub mod claim;
mod classify;
pub mod codes;
pub mod command;
pub mod connect;
pub mod context;
pub mod credentials;
pub mod each;
pub mod error;
pub mod identity;
pub mod json;
pub mod logs;
pub mod meanings;
pub mod once;
pub mod ownership;
pub mod pace;
mod pages;
pub mod permission;
mod profile;
pub mod retry;
pub mod settings;
pub mod shared;
mod stand_in;
pub mod tags;
#[cfg(test)]
mod tests;
mod together;
pub mod turn;
pub mod wait;
mod watch;

pub use advice::allow;
pub use bounds::Bounded;
pub use call::{Call, noting_what_is_made};
pub use connect::Target;
pub use context::{Clients, Context};
pub use each::{FEW, concurrently, try_side_by_side};
pub use error::{Error, ErrorKind, Result};
pub use stand_in::StandIn;
