//! What the tests that need AWS share: one sandbox, and programs to use it.

pub mod gate;
pub mod inspector;
mod keys;
pub mod marks;
pub mod missing;
mod relay;
mod sandbox;
pub mod session;
mod snippets;
pub mod tools;
mod upstream;
pub mod world;

pub use sandbox::TestSandbox;
