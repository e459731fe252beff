//! cloud101: what a class on the cloud needs, from one YAML file.
//!
//! `docs/ARCHITECTURE.md` is the map: what each module is for, and what it must not do.
//!
//! # Planning and applying from Rust
//!
//! What the program does, a program can do: [load](stack::load::load) the file, [connect](aws::Target::connect),
//! [observe](plan::observe::observe) the account, [decide](plan::decide::decide) what is to be done, and
//! [do it](apply::run). `examples/plan_and_apply.rs` is the same with errors that are told and outputs.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use cloud101::apply;
//! use cloud101::aws::Target;
//! use cloud101::plan::decide::decide;
//! use cloud101::plan::observe::observe;
//! use cloud101::plan::options::{Goal, Options};
//! use cloud101::stack::load;
//! use tokio::sync::mpsc;
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), String> {
//! let stack = load::load(Path::new("stacks/cloud101.yaml"), &load::Options::default()).map_err(|e| e.to_string())?;
//! let target = Target { region: stack.region.clone(), ..Target::default() };
//! let cx = target.connect(&stack.name, stack.account.as_deref(), stack.base.clone()).await;
//! let cx = cx.map_err(|e| e.to_string())?;
//!
//! let observation = observe(&cx, &stack).await.map_err(|troubles| format!("{troubles:?}"))?;
//! let plan = decide(&stack, &cx.place, observation, Goal::Apply, &Options::default());
//! let plan = plan.map_err(|troubles| format!("{troubles:?}"))?;
//! for step in plan.changes() {
//!     println!("{} {}: {:?}", step.kind.name(), step.address, step.action);
//! }
//!
//! let (events, mut happened) = mpsc::unbounded_channel();
//! let stop = CancellationToken::new();
//! let summary = apply::run(&cx, Arc::new(stack), Arc::new(plan), 10, stop, events).await;
//! while let Some(event) = happened.recv().await {
//!     println!("{event:?}");
//! }
//! assert!(summary.is_complete());
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

pub mod apply;
pub mod aws;
pub mod cli;
pub mod doctor;
pub mod explain;
pub mod format;
pub mod import;
pub mod model;
pub mod plan;
pub mod prove;
pub mod reference;
pub mod resource;
pub mod sandbox;
pub mod stack;
pub mod suggest;
#[cfg(test)]
mod testing;
pub mod ui;

// What the tests here share with those in tests/ speaks of the library by its name.
#[cfg(test)]
extern crate self as cloud101;
