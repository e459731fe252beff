//! How long a call may take and how large its answer may be, for every call to AWS, in one place.
//!
//! [`Questions`] is an interceptor that gives each call its [`Limits`] by its name; [`around`] is an HTTP client that
//! keeps them. A call ends when nothing moves for a while, when all its attempts together take too long, or when its
//! answer is larger than AWS's are. A list ends when all its pages together do: see [`Listing`]. What takes longer than
//! ten seconds is reported to the listener.

mod client;
mod flow;
mod limits;
mod listing;
mod question;
#[cfg(test)]
mod tests;
mod transport;

pub use client::{KEPT_AT_MOST, around, fetch};
pub use limits::{READ, read_limit};
pub use listing::{Bounded, Listing, Pages};
pub use question::{GivenUp, Questions};
pub use transport::usual_client;
