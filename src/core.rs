//! What can be declared: stack files, and the kinds of resources that [cloud101](../cloud101/index.html) makes on AWS, with
//! what they rest on, what is done every day with what stands, what is seen of an account, what could be wrong before anything
//! is done, and the sandbox that stands in for AWS. These are the lower floors of `docs/ARCHITECTURE.md`; the crate
//! `cloud101` has them under the same names.

#![warn(missing_docs)]

pub mod aws;
pub mod doctor;
pub mod evidence;
pub mod explain;
pub mod format;
pub mod model;
pub mod operate;
pub mod reference;
pub mod resource;
pub mod sandbox;
pub mod stack;
pub mod suggest;
#[cfg(test)]
#[path = "testing/core.rs"]
mod testing;

// The helpers shared with the tests in tests/ refer to the library by name.
#[cfg(test)]
extern crate self as cloud101;
