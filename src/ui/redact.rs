//! The last guard before anything is printed: secrets that the program knows never leave it.

use std::ops::Range;

use serde_json::Value;

use crate::plan::PropertyChange;
use crate::plan::shown::SENSITIVE;
use crate::stack::SHORTEST_SECRET;

/// From this length on, a line of a secret is looked for by itself, and a secret also inside of words.
const DISTINCT: usize = SHORTEST_SECRET;

/// Replaces secrets by `(sensitive)`.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    needles: Vec<String>,
}

impl Redactor {
    /// One that knows `secrets`, whole, line by line, and as JSON escapes them.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut redactor = Self::default();
        redactor.add(secrets);
        redactor
    }

    /// Learns more secrets. Empty ones are no secrets.
    pub fn add<S: AsRef<str>>(&mut self, secrets: impl IntoIterator<Item = S>) {
        for secret in secrets {
            let secret = secret.as_ref();
            let lines = secret.lines().map(str::trim).filter(|line| line.len() >= DISTINCT);
            for text in lines.chain([secret]).filter(|text| !text.trim().is_empty()) {
                self.needles.push(text.to_owned());
                self.needles.push(escaped(text));
            }
        }
        self.needles.sort();
        self.needles.dedup();
    }

    /// `text` without secrets. Overlapping ones become one `(sensitive)`.
    pub fn text(&self, text: &str) -> String {
        let hidden = self.hidden(text);
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for range in hidden {
            clean.push_str(&text[from..range.start]);
            clean.push_str(SENSITIVE);
            from = range.end;
        }
        clean.push_str(&text[from..]);
        clean
    }

    /// A JSON value without secrets in its strings; keys are the documents' own words.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            _ if self.needles.is_empty() => value.clone(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), self.value(value))).collect(),
            other => other.clone(),
        }
    }

    /// A change whose values hold no secrets.
    pub fn change(&self, change: &PropertyChange) -> PropertyChange {
        let value = |value: &Option<Value>| value.as_ref().map(|value| self.value(value));
        PropertyChange { before: value(&change.before), after: value(&change.after), ..change.clone() }
    }

    /// Where secrets are, in order and apart from each other.
    fn hidden(&self, text: &str) -> Vec<Range<usize>> {
        let shown: Vec<_> = text.match_indices(SENSITIVE).map(|(at, _)| at..at + SENSITIVE.len()).collect();
        let mut found: Vec<_> = self
            .needles
            .iter()
            .flat_map(|needle| occurrences(text, needle))
            .filter(|found| !shown.iter().any(|shown| shown.start <= found.start && found.end <= shown.end))
            .collect();
        found.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

/// Every place of `needle`, also those that overlap. A very short one only as a word of its own: otherwise `1` would
/// make every number unreadable.
fn occurrences<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut from = 0;
    let step = needle.chars().next().map_or(1, char::len_utf8);
    let all = std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(needle)?;
        from = start + step;
        Some(start..start + needle.len())
    });
    let alone = |range: &Range<usize>| {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !word(text[..range.start].chars().next_back()) && !word(text[range.end..].chars().next())
    };
    all.filter(move |range| needle.len() >= DISTINCT || alone(range))
}

/// As it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').map(str::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_occurrence_goes_wherever_it_stands() {
        let redactor = Redactor::new(["hunter2"]);
        assert_eq!(redactor.text("hunter2, xhunter2x"), "(sensitive), x(sensitive)x");
        assert_eq!(redactor.value(&json!({"a": ["hunter2", 2]})), json!({"a": ["(sensitive)", 2]}));
    }

    #[test]
    fn overlapping_secrets_leave_nothing_behind() {
        let redactor = Redactor::new(["abcd", "bcdefgh", "aaaa"]);
        assert_eq!(redactor.text("abcdefgh aaaaaa"), "(sensitive) (sensitive)");
    }

    #[test]
    fn a_secret_of_many_lines_is_found_line_by_line_and_escaped() {
        let redactor = Redactor::new(["-----BEGIN KEY-----\nMIIabc\"x\n    }"]);
        assert_eq!(redactor.text("  MIIabc\"x"), "  (sensitive)");
        assert_eq!(redactor.text(r#""-----BEGIN KEY-----\nMIIabc\"x\n    }""#), "\"(sensitive)\"");
        assert_eq!(redactor.text("}"), "}");
    }

    #[test]
    fn short_secrets_hide_words_only_and_the_replacement_stays() {
        let redactor = Redactor::new(["1", "", "sensitive"]);
        assert_eq!(
            redactor.text("Plan: 1 to add, 10 to change (sensitive)"),
            "Plan: (sensitive) to add, 10 to change (sensitive)"
        );
    }
}
