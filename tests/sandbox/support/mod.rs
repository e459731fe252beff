//! What the tests that need AWS share: one sandbox, programs to use it, and scenarios that are run against it.

pub mod fixture;
pub mod inspector;
mod keys;
pub mod marks;
mod sandbox;
pub mod scenario;
pub mod scenarios;
pub mod session;
mod snippets;
pub mod tools;

pub use sandbox::TestSandbox;
