//! The rows and fields of a CSV text, each with its place.
//!
//! `csv-core` takes the text apart. It reads on over wrong quotes as well as it can, and puts half of a list into one
//! field: so what it has found in quotes is looked at once more.

use std::ops::Range;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use crate::explain::Code;
use crate::stack::diagnostics::{Diagnostic, Lines};
use crate::stack::spans::first_line;

/// The most columns of a roster: each member has a value for each.
pub const MOST_COLUMNS: usize = 100;

/// What can stand between two fields.
pub const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A field of a row.
pub struct Field {
    /// What is in it, without quotes around it, or else without spaces around it. A line ends with a line feed, whatever the file has.
    pub value: String,
    /// The part of it that is on its first line, in bytes of the text.
    pub place: Range<usize>,
}

/// A row.
pub struct Row {
    /// Its fields, of very many only the first [`MOST_COLUMNS`] and one more.
    pub fields: Vec<Field>,
    /// How many fields there are up to the last that is not empty.
    pub count: usize,
    /// The part of it that is on its first line.
    pub place: Range<usize>,
}

/// The delimiter of a text, and where its rows begin: the one that stands most often in its first line outside of quotes,
/// unless a line `sep=;` says it, as Excel has it.
pub fn delimiter(text: &str) -> (u8, usize) {
    let first = text.lines().next().unwrap_or_default();
    if let Some(&[delimiter]) = first.trim_matches('"').strip_prefix("sep=").map(str::as_bytes)
        && DELIMITERS.contains(&delimiter)
    {
        return (delimiter, first.len());
    }
    let mut counts = [0; DELIMITERS.len()];
    let mut order = Vec::new();
    let mut in_quotes = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\r' | b'\n' if !in_quotes => break,
            byte if !in_quotes => {
                if let Some(n) = DELIMITERS.iter().position(|delimiter| *delimiter == byte) {
                    counts[n] += 1;
                    if counts[n] == 1 {
                        order.push(n);
                    }
                }
            }
            _ => {}
        }
    }
    // Of those that are as frequent, the first in the line.
    let best = order.into_iter().rev().max_by_key(|n| counts[*n]);
    (DELIMITERS[best.unwrap_or(0)], 0)
}

/// The rows of a text, one after the other. A row with wrong quotes is a problem, after which it goes on with the line after
/// that on which the field began.
pub struct Rows<'a> {
    text: &'a str,
    delimiter: u8,
    at: usize,
    reader: Reader,
    value: Vec<u8>,
}

impl<'a> Rows<'a> {
    /// The rows of `text` from `at` on.
    pub fn new(text: &'a str, delimiter: u8, at: usize) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        // No field is larger, so each fits.
        Self { text, delimiter, at, reader, value: vec![0; text.len()] }
    }

    /// The next field as it is written and as it is meant, and whether it is the last of its row.
    fn field(&mut self) -> (Range<usize>, String, bool) {
        let start = self.at;
        let mut length = 0;
        let mut at_end = false;
        let is_last = loop {
            let input = &self.text.as_bytes()[self.at..];
            at_end |= input.is_empty();
            let (result, read, written) = self.reader.read_field(input, &mut self.value[length..]);
            self.at += read;
            length += written;
            match result {
                ReadFieldResult::Field { record_end } => break record_end,
                ReadFieldResult::InputEmpty if !at_end => {}
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull | ReadFieldResult::End => break true,
            }
        };
        let value = String::from_utf8_lossy(&self.value[..length]).replace("\r\n", "\n");
        // What ends the field is not in it.
        let end = match is_last {
            true => start + self.text[start..self.at].trim_end_matches(['\r', '\n']).len(),
            false => self.at - 1,
        };
        (start..end, value, is_last)
    }

    /// Goes on with the line after `byte`.
    fn skip_line(&mut self, byte: usize) {
        self.reader.reset();
        self.at = self.text[byte..].find('\n').map_or(self.text.len(), |length| byte + length + 1);
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        if self.at == self.text.len() {
            return None;
        }
        let start = self.at;
        let (mut fields, mut count) = (Vec::new(), 0);
        for n in 1.. {
            let (written, value, is_last) = self.field();
            if let Err(diagnostic) = quotes(self.text, written.clone(), self.delimiter) {
                self.skip_line(written.start);
                return Some(Err(diagnostic));
            }
            let (value, place) = match self.text[written.clone()].starts_with('"') {
                true => (value, written.clone()),
                false => without_spaces(self.text, &value, written.clone()),
            };
            if !value.is_empty() {
                count = n;
            }
            if n <= MOST_COLUMNS + 1 {
                fields.push(Field { value, place: first_line(self.text, &place) });
            }
            if is_last {
                let place = first_line(self.text, &(start..written.end));
                return Some(Ok(Row { fields, count, place }));
            }
        }
        None
    }
}

/// A field of `text` without the spaces around it: people write one after a comma, and no one sees one at the end of a
/// cell.
fn without_spaces(text: &str, value: &str, place: Range<usize>) -> (String, Range<usize>) {
    let (written, value) = (&text[place.clone()], value.trim());
    let start = place.start + (written.len() - written.trim_start().len());
    let is_it = !value.is_empty() && written.trim() == value;
    (value.to_owned(), if is_it { start..start + value.len() } else { place })
}

/// What is wrong with the quotes of a field that is written at `place`.
fn quotes(text: &str, place: Range<usize>, delimiter: u8) -> Result<(), Diagnostic> {
    const DOUBLED: &str = "a quote inside a quoted field is doubled: `\"Ana \"\"Annie\"\" Smith\"`";
    let field = &text[place.clone()];
    let diagnostic = |from: usize, to: usize, message: &str, hint: String| {
        let range = first_line(text, &(place.start + from..place.start + to));
        Err(Diagnostic::new(Code::RosterFile, range, message).help(hint))
    };
    let Some(inside) = field.strip_prefix('"') else {
        let Some(at) = field.find('"') else { return Ok(()) };
        let hint = match field[..at].trim().is_empty() {
            true => "remove the space before the quote".to_owned(),
            false => format!("put quotes around the whole field; {DOUBLED}"),
        };
        return diagnostic(at, at + 1, "there is a quote inside a field that does not begin with one", hint);
    };
    let mut from = 0;
    let end = loop {
        match inside[from..].find('"').map(|at| from + at) {
            Some(at) if inside[at + 1..].starts_with('"') => from = at + 2,
            Some(at) => break at + 1,
            None => {
                let hint = format!("close it with `\"` at the end of the field; {DOUBLED}");
                return diagnostic(0, 1, "this quote is not closed", hint);
            }
        }
    };
    let after = &field[end + 1..];
    if after.is_empty() {
        return Ok(());
    }
    if field[..end].contains('\n') {
        let line = Lines::of(text).position(place.start + end).line;
        let message = format!("this quote is closed only on line {line}, with more text after it");
        let hint = format!("close it with `\"` at the end of the field; {DOUBLED}");
        return diagnostic(0, 1, &message, hint);
    }
    let hint = match after.trim().is_empty() {
        true => "remove the space after the quote".to_owned(),
        false => format!("put `{}` between two fields; {DOUBLED}", name_of(delimiter)),
    };
    diagnostic(end + 1, field.len(), "there is text after the closing quote of a field", hint)
}

/// A delimiter for people.
pub fn name_of(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => ";",
        b'\t' => "Tab",
        _ => ",",
    }
}
