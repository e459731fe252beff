//! After a destroy: is anything of the stack left, anywhere in the account?
//!
//! Every destroy ends with a glance: [`here`] asks for what carries the stack's tag in the stack's own region,
//! [`elsewhere`], beside the destroy itself, in the others; [`glance`] is pure, and judges. `--prove` asks more
//! ([`evidence`](crate::evidence)), and [`verdict`] is pure: what of all that was seen is the stack's, and is to go.

pub mod elsewhere;
pub mod glance;
pub mod here;
mod known;
#[cfg(test)]
mod tests;
pub mod verdict;

use crate::resource::lambda::function::KIND as FUNCTION;
use crate::resource::sns::topic::KIND as TOPIC;

pub use elsewhere::Elsewhere;
pub use glance::{Glance, Remnant};
pub use here::Here;
pub use known::Baseline;
pub use verdict::{Leftover, Row, Verdict, verdict};

/// Why something that carries the stack's tag and is not known to be the stack's is called left.
pub const DOUBT: &str = "carries the stack's tag, but not the record that shows it is the stack's: it may be a copy";
