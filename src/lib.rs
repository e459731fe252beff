//! cloud101 provisions the cloud resources of a class from one YAML file.
//!
//! `docs/ARCHITECTURE.md` describes each module and its boundaries.
//!
//! # Planning and applying from Rust
//!
//! A program can do everything that the command line does, through the same API: a [`Session`](session::Session).
//! `examples/plan_and_apply.rs` is the same with events and outputs.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use cloud101::aws::Target;
//! use cloud101::plan::options::{Goal, Options};
//! use cloud101::session::{Error, Session};
//! use cloud101::stack::load;
//! use tokio::sync::mpsc;
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Error> {
//! let stack = Session::load(Path::new("stacks/cloud101.yaml"), &load::Options::default())?;
//! let session = Session::connect(stack, Target::default()).await?;
//!
//! let plan = session.plan(Goal::Apply, &Options::default()).await?.plan;
//! for step in plan.changes() {
//!     println!("{} {}: {:?}", step.kind.name(), step.address, step.action);
//! }
//!
//! let (events, _) = mpsc::unbounded_channel();
//! let summary = session.apply(&Arc::new(plan), events, CancellationToken::new()).await;
//! assert!(summary.is_complete());
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

pub use cloud101_core::{
    aws, doctor, evidence, explain, format, model, operate, reference, resource, sandbox, stack, suggest,
};

pub mod apply;
pub mod cli;
pub mod import;
pub mod plan;
pub mod prove;
pub mod session;
#[cfg(test)]
mod testing;
pub mod ui;

// The helpers shared with the tests in tests/ refer to the library by name.
#[cfg(test)]
extern crate self as cloud101;
