//! From a CSV file to a roster: its header, its keys, its rows.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::explain::Code;
use crate::stack::diagnostics::{Diagnostic, OtherFile};
use crate::suggest;

use super::csv::{DELIMITERS, Field, MOST_COLUMNS, Row, Rows, delimiter, name_of};
use super::encoding::{Decoded, decode, first_line};
use super::header;
use super::names::{ID, KEY_RULE, column_hint, is_column, is_email, is_key, key_hint, nearest_key};
use super::{MOST_MEMBERS, Member, Mistakes, Roster, no_members, shortened, too_many};

/// The longest value, in characters: as much as fits into a spreadsheet's cell.
const LONGEST_VALUE: usize = 32_767;
/// After so many wrong quotes no more are looked for: each of them may reach to the end of the file.
const ENOUGH_QUOTES: usize = 10;

const EXAMPLE: &str = "begin with a header such as `id,name`, and add a line such as `ana,Ana Smith` for each member";

/// The roster `name` in the bytes of a CSV file, which is called `file`.
///
/// # Errors
/// What is wrong with it, in places of that file.
pub fn from_csv(name: &str, file: &str, bytes: &[u8]) -> Result<Roster, Mistakes> {
    let Decoded { text, diagnostic, is_table } = decode(bytes);
    let is_garbled = diagnostic.is_some();
    let mut mistakes = diagnostic.map(Mistakes::from).unwrap_or_default();
    let mut table = Table { text: &text, is_garbled, mistakes: &mut mistakes };
    let roster = if is_table { table.read(name) } else { None };
    if let (Some(mut roster), true) = (roster, mistakes.is_empty()) {
        roster.file = Some(file.to_owned());
        if let Some(warning) = &mut roster.warning {
            let text = masked(&text, std::slice::from_ref(&**warning));
            **warning = warning.clone().in_file(&Arc::new(OtherFile { name: file.to_owned(), text }));
        }
        return Ok(roster);
    }
    let text = if text.is_empty() { first_line(bytes).into_owned() } else { text };
    let text = masked(&text, &mistakes.list);
    Err(mistakes.in_file(&Arc::new(OtherFile { name: file.to_owned(), text })))
}

struct Table<'a> {
    text: &'a str,
    /// Whether U+FFFD stands for what could not be read, which has been said.
    is_garbled: bool,
    mistakes: &'a mut Mistakes,
}

/// The columns, and which of them has the keys.
struct Header {
    columns: Vec<String>,
    /// Where their names stand.
    places: Vec<Range<usize>>,
    key: usize,
}

/// A row whose fields are separated by something else than those of the header.
struct Otherwise {
    delimiter: u8,
    /// Where the first of these stands.
    place: Range<usize>,
}

impl Otherwise {
    /// The problem of it and of `others`, so many more rows.
    fn diagnostic(&self, others: usize, header: u8) -> Diagnostic {
        let rows = match others {
            0 => "this row has".to_owned(),
            _ => format!("this row and {others} more have"),
        };
        let (own, header) = (name_of(self.delimiter), name_of(header));
        let message = format!("{rows} `{own}` between the fields, and the header has `{header}`");
        let hint = format!("write the same between all fields of the file, in each line: `{header}` or `{own}`");
        Diagnostic::new(Code::RosterFile, self.place.clone(), message).help(hint)
    }
}

/// The keys up to a row.
#[derive(Default)]
struct Keys {
    places: HashMap<String, Range<usize>>,
    /// Those that were offered in place of malformed ones.
    offered: HashSet<String>,
}

impl Table<'_> {
    fn read(&mut self, name: &str) -> Option<Roster> {
        let (delimiter, start) = delimiter(self.text);
        let mut rows = Rows::new(self.text, delimiter, start);
        let header = match rows.next() {
            None => {
                self.mistakes.add(|| no_members(0..0, "this file is empty", EXAMPLE));
                return None;
            }
            Some(Err(diagnostic)) => {
                self.mistakes.add(|| diagnostic);
                return None;
            }
            Some(Ok(row)) => self.header(&row, delimiter)?,
        };
        let mut members = Vec::new();
        let mut keys = Keys::default();
        let (mut count, mut wrong_quotes, mut beyond) = (0, 0, None);
        // The first such row, and how many more there are.
        let (mut otherwise, mut others): (Option<Otherwise>, usize) = (None, 0);
        for row in rows {
            match row {
                Err(diagnostic) => {
                    self.mistakes.add(|| diagnostic);
                    wrong_quotes += 1;
                    count += 1;
                    if wrong_quotes == ENOUGH_QUOTES {
                        break;
                    }
                }
                // What spreadsheets write of rows that once had something in them.
                Ok(row) if row.count == 0 => {}
                Ok(row) => {
                    count += 1;
                    if count > MOST_MEMBERS {
                        // Its beginning alone: what is in the row may be private.
                        _ = beyond.get_or_insert(row.place.start..row.place.start);
                    } else if let Some(separated) = self.otherwise(&row, header.columns.len(), delimiter) {
                        match otherwise {
                            None => otherwise = Some(separated),
                            Some(_) => others += 1,
                        }
                    } else {
                        members.extend(self.member(row, &header, delimiter, &mut keys));
                    }
                }
            }
        }
        if let Some(first) = otherwise {
            self.mistakes.add(|| first.diagnostic(others, delimiter));
        }
        if let Some(place) = beyond {
            self.mistakes.add(|| too_many(place, count));
        }
        if count == 0 {
            let end = self.text.trim_end().len();
            let line = self.text[..end].rfind('\n').map_or(0, |at| at + 1);
            self.mistakes.add(|| no_members(line..end, "this file has a header and no members", EXAMPLE));
        }
        let warning = header::value_in(&header.columns, header.key, &members).map(|column| {
            let value = shortened(&header.columns[column]);
            let message = format!("this line is read as the header, and `{value}` in it looks like a value of the first member");
            let hint = "add a line with the names of the columns above it, such as `id`; if it is the header, call the column \
                        of the keys `id`";
            let place = header.places[column].clone();
            Box::new(Diagnostic::new(Code::RosterColumn, place, message).help(hint).warning())
        });
        Some(Roster { name: name.to_owned(), columns: header.columns, members, file: None, warning })
    }

    /// `None`: the rows below can't be judged by it.
    fn header(&mut self, row: &Row, delimiter: u8) -> Option<Header> {
        let names: Vec<&str> = row.fields.iter().map(|field| field.value.trim()).collect();
        // Spreadsheets write columns that once had something in them.
        let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        let (names, fields) = (&names[..width], &row.fields[..width]);
        let diagnostic = |place: &Range<usize>, message: String, hint: String| {
            Diagnostic::new(Code::RosterColumn, place.clone(), message).help(hint)
        };
        if width == 0 {
            self.mistakes
                .add(|| diagnostic(&row.place, "the header has no names of columns".to_owned(), EXAMPLE.to_owned()));
            return None;
        }
        if row.count > MOST_COLUMNS {
            let message = format!("this header has {} columns, and the limit is {MOST_COLUMNS}", row.count);
            let hint = "keep only the columns that the stack uses as `${each.…}`";
            self.mistakes.add(|| diagnostic(&row.place, message, hint.to_owned()));
            return None;
        }
        if let Some(at) = names.iter().position(|name| is_email(name)) {
            let message = "this file has no header: its first line has an e-mail address in it".to_owned();
            let header = match delimiter {
                b'\t' => "`id`, `name` and `email` with tabs between them",
                b';' => "`id;name;email`",
                _ => "`id,name,email`",
            };
            let hint = format!("add a line with the names of the columns above it, such as {header}");
            self.mistakes.add(|| diagnostic(&fields[at].place, message, hint));
            return None;
        }
        let key = names.iter().position(|name| *name == ID);
        let key = key.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(ID)));
        for (at, (name, Field { place, .. })) in names.iter().zip(fields).enumerate() {
            if self.is_garbled(name) {
                continue;
            }
            let first = names[..at].iter().position(|before| before == name);
            if name.is_empty() && at == 0 && key.is_none() {
                let hint = format!("name it `{ID}`: it has the keys, unless another column is called so");
                self.mistakes.add(|| diagnostic(place, "the first column has no name".to_owned(), hint));
            } else if name.is_empty() {
                let hint = "give it one, or delete the column".to_owned();
                self.mistakes.add(|| diagnostic(place, format!("column {} has no name", at + 1), hint));
            } else if let Some(first) = first {
                let (message, hint) = (format!("two columns are called `{name}`"), "rename one of them");
                let first = fields[first].place.clone();
                self.mistakes.add(|| diagnostic(place, message, hint.to_owned()).label("again").also(first, "first"));
            } else if !is_column(name) {
                self.mistakes
                    .add(|| diagnostic(place, format!("`{}` can't name a column", shortened(name)), column_hint(name)));
            } else if *name == "key" && at != key.unwrap_or(0) {
                let hint = format!(
                    "rename it: `${{each.key}}` is the key, here from the column `{}`",
                    names[key.unwrap_or(0)]
                );
                self.mistakes.add(|| diagnostic(place, "only the column of keys can be called `key`".to_owned(), hint));
            }
        }
        let places = fields.iter().map(|field| field.place.clone()).collect();
        Some(Header { columns: names.iter().map(|name| (*name).to_owned()).collect(), places, key: key.unwrap_or(0) })
    }

    /// Whether a row that is too short has all of its fields if something else than `delimiter` separates them.
    fn otherwise(&self, row: &Row, width: usize, delimiter: u8) -> Option<Otherwise> {
        if row.fields.len() >= width {
            return None;
        }
        let line = &self.text[row.place.clone()];
        // A reader is dear to make, and a large file that is wrong may have millions of short rows.
        let is_in_between = |other: u8| {
            let least = width - 1;
            line.bytes().filter(|byte| *byte == other).take(least).count() == least
        };
        let has_all_fields = |other: u8| {
            let row = Rows::new(line, other, 0).next();
            row.is_some_and(|row| row.is_ok_and(|row| row.fields.len() == width))
        };
        let fits = |other: &u8| *other != delimiter && is_in_between(*other) && has_all_fields(*other);
        let other = DELIMITERS.into_iter().find(fits)?;
        let at = row.place.start + line.find(char::from(other))?;
        Some(Otherwise { delimiter: other, place: at..at + 1 })
    }

    fn member(&mut self, row: Row, header: &Header, delimiter: u8, keys: &mut Keys) -> Option<Member> {
        let before = self.mistakes.list.len() + self.mistakes.more;
        let width = header.columns.len();
        let between = name_of(delimiter);
        let key = row.fields.get(header.key).filter(|field| is_key(&field.value));
        let whose = key.map_or_else(|| "this row".to_owned(), |key| format!("the row of `{}`", key.value));
        // Without the rest of the row, which may be private, the key says which it is.
        let named = |diagnostic: Diagnostic| match key {
            Some(key) => diagnostic.also(key.place.clone(), "the key"),
            None => diagnostic,
        };
        if row.fields.len() < width {
            let end = row.fields.last().map_or(row.place.end, |field| field.place.end);
            let has = row.fields.len();
            let missing: Vec<_> = header.columns[has..].iter().map(|column| format!("`{column}`")).collect();
            let are = if missing.len() == 1 { "is" } else { "are" };
            let missing = suggest::some(&missing, 8, 5);
            let message = format!("{whose} has {} instead of {width}: {missing} {are} missing", fields(has));
            let hint = format!("add `{between}` for each field that is empty");
            let diagnostic =
                || Diagnostic::new(Code::RosterFile, end..end, message).help(hint).label("the row ends here");
            self.mistakes.add(|| named(diagnostic()));
        } else if row.count > width {
            let more = row.count - width;
            let message = format!("{whose} has {}, {more} more than the header", fields(row.count));
            let hint = match delimiter {
                b'\t' => "put quotes around a field that has a tab in it, or add a name to the header".to_owned(),
                _ => format!(
                    "put quotes around a field that has `{between}` in it, such as `\"Smith{between} Ana\"`, or add a name \
                     to the header"
                ),
            };
            // The first of them alone: what stands at this place is shown, and the rest may be private.
            let beyond = &row.fields[width..];
            let first = beyond.iter().find(|field| !field.value.is_empty()).unwrap_or(&beyond[0]);
            let place = first.place.clone();
            let label = format!("after `{}`, the last of the header", header.columns[width - 1]);
            let diagnostic = || Diagnostic::new(Code::RosterFile, place, message).help(hint).label(label);
            self.mistakes.add(|| named(diagnostic()));
        }
        for field in &row.fields[..row.fields.len().min(width)] {
            self.value(field);
        }
        let key = row.fields.get(header.key)?;
        self.key(key, header, keys);
        if self.mistakes.list.len() + self.mistakes.more > before {
            return None;
        }
        let key = key.value.clone();
        Some(Member::new(key, header.columns.iter().cloned().zip(row.fields.into_iter().map(|field| field.value))))
    }

    fn value(&mut self, field: &Field) {
        if let Some(c) = field.value.chars().find(|c| c.is_control() && !"\t\n\r".contains(*c)) {
            let message = format!("this field contains the control character U+{:04X}", u32::from(c));
            let at = self.text[field.place.clone()].find(c).map(|at| field.place.start + at);
            // On a later line of the field: where it begins, without what may be private in it.
            let place = at.map_or(field.place.start..field.place.start, |at| at..at + c.len_utf8());
            self.mistakes.add(|| Diagnostic::new(Code::RosterFile, place, message).help("delete it"));
        }
        let length = field.value.chars().count();
        if length > LONGEST_VALUE {
            let message = format!("this field has {length} characters, and the limit is {LONGEST_VALUE}");
            let hint = "is a quote missing? Put longer texts into files next to the stack";
            self.mistakes
                .add(|| Diagnostic::new(Code::RosterFile, field.place.start..field.place.start, message).help(hint));
        }
    }

    fn key(&mut self, field: &Field, header: &Header, keys: &mut Keys) {
        let (key, place) = (&field.value, &field.place);
        let column = &header.columns[header.key];
        let diagnostic =
            |message: String, hint: String| Diagnostic::new(Code::RosterKey, place.clone(), message).help(hint);
        if self.is_garbled(key) {
            return;
        }
        if key.is_empty() {
            let hint = format!("write one into the column `{column}`; {KEY_RULE}");
            self.mistakes.add(|| diagnostic("this member has no key".to_owned(), hint));
        } else if let Some(first) = keys.places.get(key) {
            let (message, first) = (format!("two members have the key `{key}`"), first.clone());
            let hint = "give each member a key of its own, or delete the row that is there twice";
            self.mistakes.add(|| diagnostic(message, hint.to_owned()).label("again").also(first, "first"));
        } else {
            keys.places.insert(key.clone(), place.clone());
            if is_key(key) {
                return;
            }
            self.mistakes.add(|| {
                let nearest = nearest_key(key, |key| keys.places.contains_key(key) || keys.offered.contains(key));
                let hint = key_hint(nearest.as_deref(), Some(column));
                keys.offered.extend(nearest);
                diagnostic(format!("`{}` can't be a key", shortened(key)), hint)
            });
        }
    }

    /// Whether the text could not be read, which has been said.
    fn is_garbled(&self, text: &str) -> bool {
        self.is_garbled && text.contains(char::REPLACEMENT_CHARACTER)
    }
}

fn fields(count: usize) -> String {
    if count == 1 { "1 field".to_owned() } else { format!("{count} fields") }
}

/// `text` with only its first line and what is wrong: other fields may be private. Each character keeps its place
/// and its length.
fn masked(text: &str, diagnostics: &[Diagnostic]) -> String {
    let header = text.find('\n').unwrap_or(text.len());
    let mut shown: Vec<_> = diagnostics
        .iter()
        .flat_map(|one| std::iter::once(one.range()).chain(one.labels().also.iter().map(|(range, _)| range.clone())))
        .collect();
    shown.sort_by_key(|range| range.start);
    let mut shown = shown.into_iter().peekable();
    let mut end = header;
    let mask = |(at, c): (usize, char)| {
        while let Some(range) = shown.next_if(|range| range.start <= at) {
            end = end.max(range.end);
        }
        match c.len_utf8() {
            _ if at < end || !c.is_alphanumeric() => c,
            1 => '*',
            2 => '·',
            3 => '•',
            _ => '🞄',
        }
    };
    text.char_indices().map(mask).collect()
}
