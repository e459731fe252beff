//! What is wrong with a stack file, and where.

use std::fmt;
use std::ops::Range;

use crate::explain::Code;

pub use crate::model::{ENOUGH, Severity};

/// How many problems are kept: a file that has more is better looked at after these are solved.
const MOST: usize = 50;

/// Something wrong in a stack file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of mistake.
    pub code: Code,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// A few words next to the underlined text.
    pub label: Option<String>,
    /// What to type instead.
    pub hint: String,
    /// Other places that belong to it, each with a few words.
    pub also: Vec<(Range<usize>, String)>,
}

impl Problem {
    /// An error without a label. A text of many lines that the message quotes becomes one.
    pub fn new(code: Code, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let line = |text: String| text.replace(['\n', '\r'], " ");
        Self {
            severity: Severity::Error,
            code,
            range,
            message: line(message.into()),
            label: None,
            hint: line(hint.into()),
            also: Vec::new(),
        }
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
        self.label = Some(label.into());
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

/// Everything that is wrong with a stack file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file, as the person named it.
    pub file: String,
    /// Its text, to which the ranges refer; `None` if it could not be read.
    pub source: Option<String>,
    /// The problems: errors before warnings, each in the order of the text; never empty.
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
        let key = |one: &Problem| (!one.is_error(), one.range.start, one.range.end);
        list.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
        list.dedup_by(|a, b| a.range == b.range && a.message == b.message);
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

    /// Where a problem starts and ends; `None` if the file could not be read.
    pub fn position(&self, problem: &Problem) -> Option<(Position, Position)> {
        let lines = Lines::of(self.source.as_deref()?);
        Some((lines.position(problem.range.start), lines.position(problem.range.end)))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.list.iter().enumerate() {
            let newline = if n > 0 { "\n" } else { "" };
            match self.position(problem) {
                Some((at, _)) => {
                    write!(f, "{newline}{}:{}:{}: {}", self.file, at.line, at.column, problem.message)?;
                }
                None => write!(f, "{newline}{}: {}", self.file, problem.message)?,
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
