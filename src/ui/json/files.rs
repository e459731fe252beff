//! `init --json` and `fmt --json`: what became of files.

use schemars::JsonSchema;
use serde::Serialize;

use super::FormatVersion;

/// The files that a new stack begins with.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 init --json")]
pub struct InitDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The files that were written, the stack file first.
    pub files: Vec<String>,
}

/// How a stack file is laid out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 fmt --json")]
pub struct FmtDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The file, as the person named it.
    pub file: String,
    /// Whether it was reformatted; with `--check` whether it would be.
    pub changed: bool,
}

impl InitDocument {
    /// The document of what was written.
    pub fn of(files: Vec<String>) -> Self {
        Self { format_version: FormatVersion, files }
    }
}

impl FmtDocument {
    /// The document of a file.
    pub fn of(file: &str, changed: bool) -> Self {
        Self { format_version: FormatVersion, file: file.to_owned(), changed }
    }
}
