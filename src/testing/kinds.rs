//! What tests of the kinds share with those of the engine.

// The engine uses the rest.
#[allow(dead_code)]
pub mod aws;
#[path = "../../tests/http/mod.rs"]
#[allow(dead_code)]
mod http;
#[path = "../../tests/model/mod.rs"]
mod model;
mod samples;

pub use samples::{ownership_tags, place};
