//! What tests of this crate share with those of the engine.

// The engine uses the rest.
#[allow(dead_code)]
pub mod aws;
#[path = "../../tests/http/mod.rs"]
#[allow(dead_code)]
mod http;
#[path = "../../tests/model/mod.rs"]
mod model;
mod samples;
mod stacks;

pub use samples::{addresses, ownership_tags, place};
pub use stacks::{stack, stack_in, try_stack};
