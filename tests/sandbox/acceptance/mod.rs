//! The lesson itself, with the real programs: `cloud101`, the AWS CLI and boto3, against a sandbox.

mod interruption;
mod lesson;
mod ownership;
pub mod world;
