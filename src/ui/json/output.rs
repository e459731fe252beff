//! `output --json`: what the stack says is worth knowing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::Output;

use super::FormatVersion;

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
    pub fn of(stack: &str, outputs: &[Output]) -> Self {
        let entry = |output: &Output| {
            (output.name.clone(), OutputValue { value: output.value.clone(), sensitive: output.sensitive })
        };
        Self { format_version: FormatVersion, stack: stack.to_owned(), outputs: outputs.iter().map(entry).collect() }
    }
}
