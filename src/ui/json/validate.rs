//! `validate --json` of a stack file that is sound. One that is not is an error, like everywhere else.

use schemars::JsonSchema;
use serde::Serialize;

use super::FormatVersion;

/// A stack file in which nothing is wrong.
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
}

impl ValidateDocument {
    /// The document of a file that is sound.
    pub fn sound(file: &str, stack: &str, resources: usize) -> Self {
        let (file, stack) = (file.to_owned(), stack.to_owned());
        Self { format_version: FormatVersion, valid: true, file, stack, resources }
    }
}
