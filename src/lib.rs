//! cloud101: what a class on the cloud needs, from one YAML file.
//!
//! `docs/ARCHITECTURE.md` is the map: what each module is for, and what it must not do.

#![warn(missing_docs)]

pub mod apply;
pub mod aws;
pub mod cli;
pub mod doctor;
pub mod plan;
pub mod prove;
pub mod reference;
pub mod resource;
pub mod sandbox;
pub mod stack;
#[cfg(test)]
mod testing;
pub mod ui;
