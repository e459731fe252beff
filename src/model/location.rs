//! Where a diagnostic is: at a property of a resource, or in a text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In the spec of a resource, for a kind, which knows no text.
    Property {
        /// The property, from the resource down: `lifecycle_rules.0.id`. Empty: the resource itself.
        path: String,
        /// Whether the last key of `path` is wrong, not its value.
        is_key: bool,
    },
    /// In a file.
    Text {
        /// The file, if it is not the stack file.
        file: Option<Arc<OtherFile>>,
        /// In bytes of the file's text.
        range: Range<usize>,
    },
}

impl From<Range<usize>> for Location {
    /// A place in the stack file.
    fn from(range: Range<usize>) -> Self {
        Self::Text { file: None, range }
    }
}

impl From<String> for Location {
    /// The value of a property.
    fn from(path: String) -> Self {
        Self::Property { path, is_key: false }
    }
}

impl From<&str> for Location {
    /// The value of a property.
    fn from(path: &str) -> Self {
        path.to_owned().into()
    }
}

/// A file other than the stack file, which that names.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherFile {
    /// The file, as a person types it where the stack file is typed as it was.
    pub name: String,
    /// Its text, or the beginning of it.
    pub text: String,
}

/// Its name alone: a text of others may be about people.
impl fmt::Debug for OtherFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OtherFile").field(&self.name).finish()
    }
}
