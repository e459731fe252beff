//! The program as people and scripts use it: the real binary, against a small AWS that says no.

mod aws_errors;
mod commands;
mod documents;
mod fake_aws;
#[path = "../http/mod.rs"]
mod http;
mod program;
mod proof;
