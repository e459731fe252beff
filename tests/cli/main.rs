//! The program as people and scripts use it: the real binary, against a small AWS that says no.

mod aws_errors;
mod beside;
mod bounds;
mod buckets;
#[path = "../canary/mod.rs"]
mod canary;
#[path = "../class/mod.rs"]
mod class;
mod classes;
mod commands;
mod connect;
mod credentials;
mod doctor;
mod documents;
mod editing;
mod editor;
mod elsewhere;
mod explain;
mod fake_aws;
mod functions;
mod handout;
#[path = "../http/mod.rs"]
mod http;
mod instances;
mod jq;
mod lambda;
mod learner_lab;
mod library;
mod managed;
mod manual;
mod memory;
#[path = "../model/mod.rs"]
mod model;
mod narrow;
mod outputs;
mod outside;
mod pages;
mod program;
mod progress;
mod proof;
#[path = "../proxy/mod.rs"]
mod proxy;
mod pseudo_terminal;
mod rosters;
mod saved_plans;
#[path = "../schemas/mod.rs"]
mod schemas;
mod secrets;
mod terminal;
mod uploads;
mod warnings;
