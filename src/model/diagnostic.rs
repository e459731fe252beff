//! What is wrong with a stack file, with a resource of it, or with a file that it names.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::explain::Code;

use super::location::{Location, OtherFile};

/// How many diagnostics are enough to stop looking for more, so that a large file of another type takes no time and no
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

/// Something that is wrong, as can be seen without AWS.
///
/// A kind says of which property it is; the stack's loader puts the property's place in the text there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of mistake.
    pub code: Code,
    /// Where.
    pub location: Location,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What to type instead. Everything that the loader reports has it.
    pub help: Option<String>,
    /// What is written next to the text; few have that.
    labels: Option<Box<Labels>>,
}

/// What is written next to the text that a diagnostic is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// A few words next to the underlined text.
    pub own: Option<String>,
    /// Other places in the same file that belong to it, each with a few words.
    pub also: Vec<(Range<usize>, String)>,
}

/// Those of a diagnostic without any.
static NO_LABELS: Labels = Labels { own: None, also: Vec::new() };

/// A text of many lines, which a message may quote, as one.
fn line(text: impl Into<String>) -> String {
    let text = text.into();
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text }
}

impl Diagnostic {
    /// An error at a property, or at a place in the stack file.
    pub fn new(code: Code, location: impl Into<Location>, message: impl Into<String>) -> Self {
        let location = location.into();
        Self { severity: Severity::Error, code, location, message: line(message), help: None, labels: None }
    }

    /// The same with what to type instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(line(help));
        self
    }

    /// The same as a warning, for a value to which AWS may know more than this program: a runtime, a type of instance,
    /// an action, a region.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same at another property, or at a place in the stack file.
    pub fn at(mut self, location: impl Into<Location>) -> Self {
        self.location = location.into();
        self
    }

    /// The same about the last key of the property's path instead of its value.
    pub fn of_key(mut self) -> Self {
        if let Location::Property { is_key, .. } = &mut self.location {
            *is_key = true;
        }
        self
    }

    /// The same in another file than the stack file.
    pub fn in_file(mut self, other: &Arc<OtherFile>) -> Self {
        if let Location::Text { file, .. } = &mut self.location {
            *file = Some(Arc::clone(other));
        }
        self
    }

    /// The same with a few words next to the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels_mut().own = Some(label.into());
        self
    }

    /// The same with another place in the text that belongs to it.
    pub fn also(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.labels_mut().also.push((range, label.into()));
        self
    }

    fn labels_mut(&mut self) -> &mut Labels {
        self.labels.get_or_insert_default()
    }

    /// What is written next to the text.
    pub fn labels(&self) -> &Labels {
        self.labels.as_deref().unwrap_or(&NO_LABELS)
    }

    /// Whether nothing is done before it is mended.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The property; empty for the resource itself, and for a place in a text.
    pub fn path(&self) -> &str {
        match &self.location {
            Location::Property { path, .. } => path,
            Location::Text { .. } => "",
        }
    }

    /// Whether the last key of the property's path is wrong, not its value.
    pub fn is_key(&self) -> bool {
        matches!(self.location, Location::Property { is_key: true, .. })
    }

    /// The place in the text; its beginning for a property that has none yet.
    pub fn range(&self) -> Range<usize> {
        match &self.location {
            Location::Text { range, .. } => range.clone(),
            Location::Property { .. } => 0..0,
        }
    }

    /// The file, if it is in a text and that is not the stack file.
    pub fn file(&self) -> Option<&OtherFile> {
        match &self.location {
            Location::Text { file, .. } => file.as_deref(),
            Location::Property { .. } => None,
        }
    }
}

/// What is wrong and what to type instead, without where.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_quotes_is_one_line() {
        let diagnostic = Diagnostic::new(Code::Tab, "", "`a\r\nb` is wrong").help("write\n`a`");
        assert_eq!(diagnostic.to_string(), "`a  b` is wrong; write `a`");
    }

    /// A stack of 1,000 students may have one for each.
    #[test]
    fn a_diagnostic_is_small() {
        assert!(size_of::<Diagnostic>() <= 96, "{}", size_of::<Diagnostic>());
    }
}
