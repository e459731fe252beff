//! Everything that is wrong with a stack file, and where.

use std::fmt;

use crate::explain::Code;

pub use crate::model::{Diagnostic, ENOUGH, OtherFile, Severity};

/// How many diagnostics are kept: a file that has more is better looked at after these are solved.
const MOST: usize = 50;

/// Whether there is an error among `diagnostics`.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Whether there are so many errors that it is not looked for more. Warnings don't count: a stack that was looked at only
/// in part must not load.
pub fn has_enough(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.len() > ENOUGH && diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).nth(ENOUGH).is_some()
}

/// Everything that is wrong with a stack file, and with what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    /// The stack file, as the person named it.
    pub file: String,
    /// Its text, to which the ranges of its diagnostics refer; `None` if it could not be read.
    pub source: Option<String>,
    /// The diagnostics: errors before warnings, those of the stack file before those of others, each in the order of the
    /// text; never empty.
    pub list: Vec<Diagnostic>,
    /// How many more there are, at least.
    pub more: usize,
    /// What must not be shown with them: the values of secret variables, as far as the file could be read.
    pub secrets: Vec<String>,
}

/// A place in a text, counted from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where the lines of a text start, to turn bytes into positions.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of `text`.
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(n, _)| n + 1)).collect();
        Self { text, starts }
    }

    /// The position of a byte. A place behind the end is the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        Position { line, column: self.text[start..byte].chars().count() + 1 }
    }
}

/// Where the line begins that `byte` is on, or that ends there.
pub fn line_start(text: &str, byte: usize) -> usize {
    text[..byte].rfind('\n').map_or(0, |n| n + 1)
}

impl Diagnostics {
    /// Diagnostics of a file that was read: errors first, sorted by place, each said once, the first fifty kept.
    pub fn new(file: impl Into<String>, source: impl Into<String>, mut list: Vec<Diagnostic>) -> Self {
        fn key(one: &Diagnostic) -> impl Ord + use<'_> {
            let (file, range) = (one.file().map(|file| &file.name), one.range());
            (!one.is_error(), file, range.start, range.end, &one.message)
        }
        list.sort_by(|a, b| key(a).cmp(&key(b)));
        list.dedup_by(|a, b| a.location == b.location && a.message == b.message);
        let more = list.len().saturating_sub(MOST);
        list.truncate(MOST);
        Self { file: file.into(), source: Some(source.into()), list, more, secrets: Vec::new() }
    }

    /// The one diagnostic of a file that could not be read.
    pub fn unreadable(file: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            source: None,
            list: vec![Diagnostic::new(Code::Unreadable, 0..0, message).help(help)],
            more: 0,
            secrets: Vec::new(),
        }
    }

    /// The same with every warning an error.
    pub fn strict(mut self) -> Self {
        self.list.iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Error);
        self
    }

    /// How many of them are errors, and how many are warnings; of what was not kept it is not known.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.list.iter().filter(|diagnostic| diagnostic.is_error()).count();
        (errors, self.list.len() - errors)
    }

    /// The same for a file that holds secrets.
    pub fn hiding(mut self, secrets: Vec<String>) -> Self {
        self.secrets = secrets;
        self
    }

    /// The file that a diagnostic is in.
    pub fn file_of<'a>(&'a self, diagnostic: &'a Diagnostic) -> &'a str {
        diagnostic.file().map_or(&self.file, |file| &file.name)
    }

    /// The text of that file; `None` if it could not be read.
    pub fn text_of<'a>(&'a self, diagnostic: &'a Diagnostic) -> Option<&'a str> {
        diagnostic.file().map(|file| &*file.text).or(self.source.as_deref())
    }

    /// Where a diagnostic starts and ends; `None` if the file could not be read.
    pub fn position(&self, diagnostic: &Diagnostic) -> Option<(Position, Position)> {
        let (lines, range) = (Lines::of(self.text_of(diagnostic)?), diagnostic.range());
        Some((lines.position(range.start), lines.position(range.end)))
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, diagnostic) in self.list.iter().enumerate() {
            let newline = if n > 0 { "\n" } else { "" };
            let file = self.file_of(diagnostic);
            match self.position(diagnostic) {
                Some((at, _)) => write!(f, "{newline}{file}:{}:{}: {}", at.line, at.column, diagnostic.message)?,
                None => write!(f, "{newline}{file}: {}", diagnostic.message)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        assert_eq!(Lines::of("é\nüx").position(5), Position { line: 2, column: 2 });
        assert_eq!(Lines::of("").position(9), Position { line: 1, column: 1 });
    }

    #[test]
    fn diagnostics_are_sorted_and_said_once() {
        let diagnostic = |at: usize| Diagnostic::new(Code::Tab, at..at + 1, "wrong").help("right");
        let diagnostics = Diagnostics::new("f.yaml", "a: b", vec![diagnostic(3), diagnostic(0), diagnostic(3)]);
        assert_eq!(diagnostics.list, [diagnostic(0), diagnostic(3)]);
    }

    #[test]
    fn warnings_come_last_and_keep_no_error_out() {
        let diagnostic = |at: usize| Diagnostic::new(Code::Tab, at..at + 1, "wrong").help("right");
        let warning = |at: usize| diagnostic(at).warning();
        let list: Vec<_> = (0..2 * ENOUGH).map(warning).chain([diagnostic(7)]).collect();
        assert!(has_errors(&list) && !has_enough(&list));
        let diagnostics = Diagnostics::new("f.yaml", "a: b", list);
        assert_eq!((&diagnostics.list[0], diagnostics.counts()), (&diagnostic(7), (1, MOST - 1)));
        assert!(diagnostics.strict().list.iter().all(Diagnostic::is_error));
    }
}
