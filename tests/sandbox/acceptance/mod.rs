//! The lesson itself, with the real programs: `cloud101`, the AWS CLI and boto3, against a sandbox.

mod class;
mod documents;
mod everyday;
mod faster;
mod functions;
mod handout;
mod interruption;
mod learner_lab;
mod lesson;
mod mended;
mod moved;
mod ownership;
mod secrets;
mod tutorial;
mod unchecked;
