//! `validate --json` of a valid stack file. One that is not is an error, like everywhere else.

use schemars::JsonSchema;
use serde::Serialize;

use crate::stack::{Diagnostics, Stack};

use super::{FileProblem, FormatVersion};

/// A valid stack file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 validate --json")]
pub struct ValidateDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// `true`. If something is wrong, there is an event `error` in place of this document.
    pub valid: bool,
    /// The file, as the person named it.
    pub file: String,
    /// The stack's name.
    pub stack: String,
    /// How many resources it has.
    pub resources: usize,
    /// What is probably a mistake. With `--strict` it is an error, in an event `error`.
    pub warnings: Vec<FileProblem>,
}

impl ValidateDocument {
    /// The document of a valid file.
    pub fn sound(file: &str, stack: &Stack, warnings: Option<&Diagnostics>) -> Self {
        Self {
            format_version: FormatVersion,
            valid: true,
            file: file.to_owned(),
            stack: stack.name.clone(),
            resources: stack.resources.len(),
            warnings: warnings.map(FileProblem::all).unwrap_or_default(),
        }
    }
}
