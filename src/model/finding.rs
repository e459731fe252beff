//! What is wrong with a resource of the file.

use crate::explain::Code;

/// How many complaints are enough to stop looking for more, so that a large file of another sort takes no time and no
/// memory.
pub const ENOUGH: usize = 200;

/// Something wrong with a spec that can be seen without AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which sort of mistake it is.
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
    /// A finding without a hint.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into(), hint: None, is_key: false }
    }

    /// The same about the last key of the path instead of its value.
    pub fn of_key(mut self) -> Self {
        self.is_key = true;
        self
    }

    /// The same with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
