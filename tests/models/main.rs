//! AWS's own models: that the judge in `tests/model` refuses what AWS refuses, and what it takes for what.

#[allow(dead_code)]
#[path = "../http/mod.rs"]
mod http;
mod judge;
#[path = "../model/mod.rs"]
mod model;
mod properties;
#[path = "../proxy/mod.rs"]
mod proxy;
mod recordings;
