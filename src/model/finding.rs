//! What is wrong with a resource of the file.

use schemars::JsonSchema;
use serde::Serialize;

use crate::explain::Code;

/// How many complaints are enough to stop looking for more, so that a large file of another type takes no time and no
/// memory.
pub const ENOUGH: usize = 200;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is done before it is mended.
    Error,
    /// It is probably a mistake, and AWS may know better: what is asked for is done. With `--strict` an error.
    Warning,
}

/// Something wrong with a spec that can be seen without AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of mistake.
    pub code: Code,
    /// The property, from the resource down: `lifecycle_rules.0.id`. Empty: the resource itself.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to type instead.
    pub hint: Option<String>,
    /// Whether the last key of `path` is wrong, not its value.
    pub is_key: bool,
}

impl Finding {
    /// An error without a hint.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, path: path.into(), message: message.into(), hint: None, is_key: false }
    }

    /// The same about the last key of the path instead of its value.
    pub fn of_key(mut self) -> Self {
        self.is_key = true;
        self
    }

    /// The same as a warning, for a value to which AWS may know more than this program: a runtime, a type of instance,
    /// an action, a region.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Whether nothing is done before it is mended.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
