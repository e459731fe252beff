//! AWS's own models as judges: is this a request that AWS would take?
//!
//! The models are botocore's, which come with the sandbox's boto3, of the version that `requirements.txt` pins. A request
//! is read as the service would read it, by the service's protocol, and held against what the model says of its
//! operation: required members, unknown ones, lengths, ranges, patterns, enums. What a model says nothing of, such as
//! which values go together, passes.

// Each crate of tests uses a part of it.
#![allow(dead_code)]

pub mod check;
mod form;
pub mod pattern;
mod rest;
mod route;
pub mod shape;
pub mod write;
mod xml;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use cloud101::sandbox::Sandbox;
use serde_json::Value;

use super::http::Request;
use shape::Model;

/// A request as its service understands it.
#[derive(Debug, Clone)]
pub struct Call {
    /// As the folder of its model is called: `sesv2`.
    pub service: String,
    pub operation: String,
    /// By the names of the members. In place of bytes there is their number.
    pub input: Value,
}

/// What the model has against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `service:Operation`, or what came in its place.
    pub operation: String,
    /// `member: rule`, one for each that is broken.
    pub rules: Vec<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the model refuses {}", self.operation, self.rules.join("; "))
    }
}

/// Where the emulators are asked something of their own, as `sandbox reset` does: it is not a call of AWS.
const EMULATORS: [&str; 2] = ["/_ministack/", "/moto-api/"];

/// The request as the model reads it; `None` for one that is not signed, so it can't be known for whom it is.
pub fn judge(request: &Request) -> Result<Option<Call>, Refused> {
    let scope = request.service();
    if scope.is_empty() || EMULATORS.iter().any(|own| request.path.starts_with(own)) {
        return Ok(None);
    }
    let service = folder_of(scope, &request.path);
    let refused = |operation: &str, rules| Refused { operation: format!("{service}:{operation}"), rules };
    let Some(model) = model(service) else {
        return Err(refused(&request.name(), vec!["the service: botocore has no model of it".into()]));
    };
    let Some(operation) = route::operation(model, request) else {
        let asked = format!("{} {}", request.method, request.path);
        return Err(refused(&asked, vec!["the operation: the model has none that is asked for like this".into()]));
    };
    let mut rules = Vec::new();
    let input = match model.metadata.protocol.as_str() {
        "query" | "ec2" => form::read(model, operation, request, &mut rules),
        _ => rest::read(model, operation, request, &mut rules),
    };
    if let Some(shape) = &operation.input {
        check::check(model, &shape.shape, &input, "", &mut rules);
    }
    if !rules.is_empty() {
        return Err(refused(&operation.name, rules));
    }
    Ok(Some(Call { service: service.to_owned(), operation: operation.name.clone(), input }))
}

/// What a server remembers of the requests that a model refused.
#[derive(Debug, Default)]
pub struct Record(Mutex<Vec<Refused>>);

impl Record {
    /// Judges a request.
    pub fn judge(&self, request: &Request) -> Result<(), Refused> {
        judge(request).map(drop).inspect_err(|refused| {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(refused.clone());
        })
    }

    /// Fails the test if a model refused anything; for `drop`.
    pub fn fail(&self) {
        let refused = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if refused.is_empty() {
            return;
        }
        let mut lines: Vec<_> = refused.iter().map(Refused::to_string).collect();
        lines.sort();
        lines.dedup();
        let said = format!("AWS's models refuse what was sent:\n{}", lines.join("\n"));
        match std::thread::panicking() {
            true => eprintln!("{said}"),
            false => panic!("{said}"),
        }
    }
}

/// The folder of the model of the service that a signature is for.
fn folder_of<'a>(scope: &'a str, path: &str) -> &'a str {
    match scope {
        "ses" if path.starts_with("/v2/") => "sesv2",
        "tagging" => "resourcegroupstaggingapi",
        "servicequotas" => "service-quotas",
        scope => scope,
    }
}

/// The model of a service by its folder's name; `None` where botocore has none. The largest takes some tenths of a second
/// to read, during which the others are not waited for.
pub fn model(service: &str) -> Option<&'static Model> {
    type Once = OnceLock<Option<Model>>;
    static MODELS: Mutex<Option<HashMap<String, &'static Once>>> = Mutex::new(None);
    let once = {
        let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
        let models = models.get_or_insert_default();
        *models.entry(service.to_owned()).or_insert_with(|| Box::leak(Box::default()))
    };
    once.get_or_init(|| read(&folder().join(service))).as_ref()
}

/// The newest version of a service's model.
fn read(service: &Path) -> Option<Model> {
    let versions = fs::read_dir(service).ok()?.flatten().map(|entry| entry.path());
    let newest = versions.filter(|folder| folder.is_dir()).max()?;
    let text = match fs::read(newest.join("service-2.json.gz")) {
        Ok(packed) => {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut text).ok()?;
            text
        }
        Err(_) => fs::read(newest.join("service-2.json")).ok()?,
    };
    match serde_json::from_slice(&text) {
        Ok(model) => Some(model),
        Err(error) => panic!("{} is not a model: {error}", newest.display()),
    }
}

/// botocore's data beside the sandbox's boto3, which is installed first if need be.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // A thread of its own, because some callers are in a runtime already.
        let install = || {
            let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
            let sandbox = Sandbox::default_location().map_err(|error| error.to_string())?;
            runtime.block_on(sandbox.install(&|_| ())).map_err(|error| error.to_string())
        };
        let installed = std::thread::scope(|scope| scope.spawn(install).join()).expect("no panic");
        let packages = installed.unwrap_or_else(|error| panic!("the emulators can't be installed: {error}"));
        packages.join("botocore/data")
    })
}
