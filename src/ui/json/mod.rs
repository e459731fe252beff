//! The same for programs: one event a line for `apply`, `adopt`, `destroy`, `logs`, `start` and `stop`, one document for
//! all others.
//!
//! All of it, errors included, goes to standard output, one document a line; only a usage error is reported as text on
//! standard error, because whether JSON is wanted is then not known.
//!
//! Each document says its `format_version`; a reader that knows version 1 can ignore keys that it does not know. Keys are
//! snake_case; what is absent is left out. Secrets are the string `(sensitive)`. The types here are the documents, and the
//! schemas in `docs/reference/` are created from them.

mod change;
mod doctor;
mod error;
mod event;
mod explain;
mod files;
mod graph;
mod handout;
mod import;
mod invoke;
mod keys;
mod marks;
mod not_looked_at;
mod output;
mod plan;
mod sandbox;
mod schemas;
mod show;
mod upload;
mod validate;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::plan::value::UNKNOWN;
use crate::plan::{Output, Step};
use crate::resource::is_unknown;

pub use doctor::DoctorDocument;
pub use error::{ErrorDocument, ErrorEvent, FileProblem, Problem};
pub use event::{Event, EventDocument};
pub use explain::ExplainDocument;
pub use files::{FmtDocument, InitDocument};
pub use graph::GraphDocument;
pub use handout::HandoutDocument;
pub use import::ImportDocument;
pub use invoke::InvokeDocument;
pub use keys::is_key;
pub use not_looked_at::NotLookedAt;
pub use output::OutputDocument;
pub use plan::PlanDocument;
pub use sandbox::SandboxDocument;
pub use schemas::document_schemas;
pub use show::ShowDocument;
pub use validate::ValidateDocument;

/// The version of all documents: the first number grows when a reader must change, the second when there is more to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct FormatVersion;

impl FormatVersion {
    const NOW: &'static str = "1.0";
}

impl Serialize for FormatVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::NOW)
    }
}

impl JsonSchema for FormatVersion {
    fn schema_name() -> Cow<'static, str> {
        "FormatVersion".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^1\.[0-9]+$" })
    }
}

/// Outputs by name.
fn outputs(outputs: &[Output]) -> BTreeMap<String, Option<String>> {
    outputs.iter().map(|output| (output.name.clone(), output.shown())).collect()
}

/// The name that people see, which AWS may have yet to invent.
fn name(step: &Step) -> String {
    if is_unknown(&step.name) { UNKNOWN.to_owned() } else { step.name.clone() }
}

/// To the millisecond.
pub(super) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
