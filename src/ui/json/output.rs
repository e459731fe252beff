//! `output --json`: what the stack says is worth knowing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::Output;
use crate::plan::observe::PlanError;
use crate::resource::Place;

use super::{FormatVersion, NotLookedAt};

/// The outputs of a stack, or the one that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 output --json")]
pub struct OutputDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The outputs by name.
    pub outputs: BTreeMap<String, OutputValue>,
    /// Lists that AWS did not give, of kinds that the file does not name, which no output is about. Left out if all were
    /// given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_looked_at: Vec<NotLookedAt>,
}

/// One output.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutputValue {
    /// Its value; `null` if not known; `(sensitive)` if it is.
    pub value: Option<String>,
    /// Whether it takes in a secret variable.
    pub sensitive: bool,
}

impl OutputDocument {
    /// The document of these outputs.
    pub fn of(place: &Place, outputs: &[Output], unseen: &[PlanError]) -> Self {
        let entry = |output: &Output| {
            (output.name.clone(), OutputValue { value: output.shown(), sensitive: output.is_sensitive() })
        };
        Self {
            format_version: FormatVersion,
            stack: place.stack.clone(),
            outputs: outputs.iter().map(entry).collect(),
            not_looked_at: NotLookedAt::lists(unseen, &place.region),
        }
    }
}
