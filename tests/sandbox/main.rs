//! Everything that needs AWS, side by side in one sandbox, each test under names of its own: the lesson with the real
//! programs, the walk over every kind, and runs that are spoilt on purpose.

mod acceptance;
#[path = "../canary/mod.rs"]
mod canary;
mod chaos;
mod conformance;
mod destroy;
mod guard;
#[path = "../http/mod.rs"]
mod http;
#[path = "../model/mod.rs"]
mod model;
#[path = "../proxy/mod.rs"]
mod proxy;
#[path = "../schemas/mod.rs"]
mod schemas;
mod support;
mod truth;
