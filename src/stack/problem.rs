//! What is wrong with a stack file, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::explain::Code;

pub use crate::model::{ENOUGH, Severity};

/// How many problems are kept: a file that has more is better looked at after these are solved.
const MOST: usize = 50;

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

/// Something wrong in a stack file, or in a file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of mistake.
    pub code: Code,
    /// The file, if it is not the stack file.
    pub file: Option<Arc<OtherFile>>,
    /// Where, in bytes of the file's text.
    pub range: Range<usize>,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// A few words next to the underlined text.
    pub label: Option<Box<str>>,
    /// What to type instead.
    pub hint: String,
    /// Other places in the same file that belong to it, each with a few words.
    pub also: Vec<(Range<usize>, String)>,
}

impl Problem {
    /// An error without a label. A text of many lines that the message quotes becomes one.
    pub fn new(code: Code, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let line = |text: String| text.replace(['\n', '\r'], " ");
        Self {
            severity: Severity::Error,
            code,
            file: None,
            range,
            message: line(message.into()),
            label: None,
            hint: line(hint.into()),
            also: Vec::new(),
        }
    }

    /// The same in another file than the stack file.
    pub fn in_file(mut self, file: &Arc<OtherFile>) -> Self {
        self.file = Some(Arc::clone(file));
        self
    }

    /// The same as severe as this.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether the stack does not load with it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same with a few words next to the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into().into_boxed_str());
        self
    }

    /// The same with another place that belongs to it.
    pub fn also(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.also.push((range, label.into()));
        self
    }
}

/// Whether there is an error among `problems`.
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(Problem::is_error)
}

/// Whether there are so many errors that it is not looked for more. Warnings don't count: a stack that was looked at only
/// in part must not load.
pub fn has_enough(problems: &[Problem]) -> bool {
    problems.len() > ENOUGH && problems.iter().filter(|problem| problem.is_error()).nth(ENOUGH).is_some()
}

/// Everything that is wrong with a stack file, and with what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The stack file, as the person named it.
    pub file: String,
    /// Its text, to which the ranges of its problems refer; `None` if it could not be read.
    pub source: Option<String>,
    /// The problems: errors before warnings, those of the stack file before those of others, each in the order of the
    /// text; never empty.
    pub list: Vec<Problem>,
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

impl Problems {
    /// Problems of a file that was read: errors first, sorted by place, each said once, the first fifty kept.
    pub fn new(file: impl Into<String>, source: impl Into<String>, mut list: Vec<Problem>) -> Self {
        fn key(one: &Problem) -> impl Ord + use<'_> {
            let file = one.file.as_ref().map(|file| &file.name);
            (!one.is_error(), file, one.range.start, one.range.end, &one.message)
        }
        list.sort_by(|a, b| key(a).cmp(&key(b)));
        list.dedup_by(|a, b| a.file == b.file && a.range == b.range && a.message == b.message);
        let more = list.len().saturating_sub(MOST);
        list.truncate(MOST);
        Self { file: file.into(), source: Some(source.into()), list, more, secrets: Vec::new() }
    }

    /// The one problem of a file that could not be read.
    pub fn unreadable(file: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            source: None,
            list: vec![Problem::new(Code::Unreadable, 0..0, message, hint)],
            more: 0,
            secrets: Vec::new(),
        }
    }

    /// The same with every warning an error.
    pub fn strict(mut self) -> Self {
        self.list.iter_mut().for_each(|problem| problem.severity = Severity::Error);
        self
    }

    /// How many of them are errors, and how many are warnings; of what was not kept it is not known.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.list.iter().filter(|problem| problem.is_error()).count();
        (errors, self.list.len() - errors)
    }

    /// The same for a file that holds secrets.
    pub fn hiding(mut self, secrets: Vec<String>) -> Self {
        self.secrets = secrets;
        self
    }

    /// The file that a problem is in.
    pub fn file_of<'a>(&'a self, problem: &'a Problem) -> &'a str {
        problem.file.as_ref().map_or(&self.file, |file| &file.name)
    }

    /// The text of that file; `None` if it could not be read.
    pub fn text_of<'a>(&'a self, problem: &'a Problem) -> Option<&'a str> {
        problem.file.as_ref().map(|file| &*file.text).or(self.source.as_deref())
    }

    /// Where a problem starts and ends; `None` if the file could not be read.
    pub fn position(&self, problem: &Problem) -> Option<(Position, Position)> {
        let lines = Lines::of(self.text_of(problem)?);
        Some((lines.position(problem.range.start), lines.position(problem.range.end)))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.list.iter().enumerate() {
            let newline = if n > 0 { "\n" } else { "" };
            let file = self.file_of(problem);
            match self.position(problem) {
                Some((at, _)) => write!(f, "{newline}{file}:{}:{}: {}", at.line, at.column, problem.message)?,
                None => write!(f, "{newline}{file}: {}", problem.message)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        assert_eq!(Lines::of("é\nüx").position(5), Position { line: 2, column: 2 });
        assert_eq!(Lines::of("").position(9), Position { line: 1, column: 1 });
    }

    #[test]
    fn problems_are_sorted_and_said_once() {
        let problem = |at: usize| Problem::new(Code::Tab, at..at + 1, "wrong", "right");
        let problems = Problems::new("f.yaml", "a: b", vec![problem(3), problem(0), problem(3)]);
        assert_eq!(problems.list, [problem(0), problem(3)]);
    }

    #[test]
    fn warnings_come_last_and_keep_no_error_out() {
        let problem = |at: usize| Problem::new(Code::Tab, at..at + 1, "wrong", "right");
        let warning = |at: usize| problem(at).severity(Severity::Warning);
        let list: Vec<_> = (0..2 * ENOUGH).map(warning).chain([problem(7)]).collect();
        assert!(has_errors(&list) && !has_enough(&list));
        let problems = Problems::new("f.yaml", "a: b", list);
        assert_eq!((&problems.list[0], problems.counts()), (&problem(7), (1, MOST - 1)));
        assert!(problems.strict().list.iter().all(Problem::is_error));
    }
}
