//! The last guard before anything is printed or written for people: secrets that the program knows never leave it.
//!
//! There is one for each form in which something goes out: [`Redactor::text`] for text, [`Redacted`] for the
//! documents of `--json`, [`Redactor::markup`] and [`Redactor::labels`] for pages and pictures. So are the people whom
//! AWS's names of callers name: see [`callers`].

mod callers;
mod cut;
mod document;
mod forms;
mod languages;
mod readings;

use std::ops::Range;
use std::sync::Arc;

#[cfg(test)]
use serde_json::Value;

use crate::model::needles::Needles;
use crate::model::sensitive::SENSITIVE;
use crate::plan::PropertyChange;
use crate::plan::value::{Object, PlanValue};
use crate::stack::SHORTEST_SECRET;

use cut::Cut;
pub use document::Redacted;
use forms::forms;

/// From this length on, a line of a secret is looked for by itself, and a secret also inside of words.
const DISTINCT: usize = SHORTEST_SECRET;

/// Where a private key begins and ends, in any format (RFC 7468, OpenSSH, PuTTY).
const KEY_BEGINS: &str = "PRIVATE KEY-----";
const KEY_ENDS: &str = "-----END ";

/// Replaces secrets by `(sensitive)`, and so what is inside of a private key, known or not.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    needles: Arc<Needles>,
    cut: Cut,
    /// Names that are in the file for all to see.
    public: Arc<Needles>,
    /// Whether a document has a key of this name.
    is_own_key: Option<fn(&str) -> bool>,
}

impl Redactor {
    /// One that knows `secrets`, whole, line by line, cut off, and in the forms in which they travel: as strings of JSON and
    /// of programming languages, XML, a part of a URL, a shell's word, also inside of each other, and as a part of anything
    /// in base64.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut redactor = Self::default();
        redactor.add(secrets);
        redactor
    }

    /// The same, which leaves the keys of documents, such as `name`, whatever the secrets are.
    pub fn leaving_keys(self, is_own_key: fn(&str) -> bool) -> Self {
        Self { is_own_key: Some(is_own_key), ..self }
    }

    /// Learns more secrets. Empty ones are not secrets.
    pub fn add<S: AsRef<str>>(&mut self, secrets: impl IntoIterator<Item = S>) {
        let mut needles = Vec::new();
        for secret in secrets {
            let secret = secret.as_ref();
            let lines = secret.lines().map(str::trim).filter(|line| line.len() >= DISTINCT);
            for text in lines.chain([secret]).filter(|text| !text.trim().is_empty()) {
                // Most forms of most secrets are the same, and there may be very many.
                let mut forms = forms(text);
                forms.sort_unstable();
                forms.dedup();
                needles.extend(forms);
            }
        }
        if !needles.is_empty() {
            self.cut.add(&needles);
            Arc::make_mut(&mut self.needles).add(needles);
        }
    }

    /// Learns names that everybody may see, such as addresses, kinds and variables: a secret that is a part of one, as
    /// `prod` of `hello_prod`, makes no command or place unreadable. One that is a whole such name goes.
    pub fn publish<S: Into<String>>(&mut self, names: impl IntoIterator<Item = S>) {
        let names: Vec<String> =
            names.into_iter().map(Into::into).filter(|name| name.len() > SHORTEST_SECRET).collect();
        if !names.is_empty() {
            Arc::make_mut(&mut self.public).add(names);
        }
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

    /// [`Redacted`], as a value.
    #[cfg(test)]
    pub fn value(&self, value: &Value) -> Value {
        serde_json::to_value(Redacted::new(value, self)).expect("it is JSON")
    }

    /// A value in a plan without secrets in its strings and keys.
    pub fn plan_value(&self, value: &PlanValue) -> PlanValue {
        match value {
            PlanValue::String(text) => match self.text(text) {
                hidden if hidden == SENSITIVE && hidden != *text => PlanValue::sensitive(text.as_str().into()),
                clean => PlanValue::String(clean),
            },
            PlanValue::Array(items) => items.iter().map(|item| self.plan_value(item)).collect(),
            PlanValue::Object(object) => {
                let mut clean = Object::new();
                for (key, value) in &**object {
                    let key = self.key(key, |key| clean.contains_key(key));
                    clean.insert(key, self.plan_value(value));
                }
                PlanValue::Object(Box::new(clean))
            }
            other => other.clone(),
        }
    }

    /// A key without secrets, for which `is_taken` does not hold.
    fn key(&self, key: &str, is_taken: impl Fn(&str) -> bool) -> String {
        let hidden = self.text(key);
        let is_open = hidden == key || self.is_own_key.is_some_and(|is_own| is_own(key));
        if is_open && !is_taken(key) {
            return key.to_owned();
        }
        let numbered = (2..).map(|n| format!("{hidden} {n}"));
        std::iter::once(hidden.clone()).chain(numbered).find(|key| !is_taken(key)).unwrap_or_default()
    }

    /// A change whose values hold no secrets.
    pub fn change(&self, change: &PropertyChange) -> PropertyChange {
        let value = |value: &Option<PlanValue>| value.as_ref().map(|value| self.plan_value(value));
        PropertyChange { before: value(&change.before), after: value(&change.after), ..change.clone() }
    }

    /// Where secrets are, in order and apart from each other.
    fn hidden(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = private_keys(text);
        if !self.needles.is_empty() {
            found.extend(self.found(text));
            found.extend(readings::search(text, &|plain| self.found(plain)));
        }
        if !found.is_empty() && !self.public.is_empty() {
            let names = self.names(text);
            found.retain(|range| !is_part_of_one(range, &names));
        }
        found.extend(callers::people(text));
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

    /// Where public names stand as words of their own, in order.
    fn names(&self, text: &str) -> Vec<Range<usize>> {
        let mut names = Vec::new();
        self.public.find(text, |start, name| {
            let place = start..start + name.len();
            if is_alone(text, &place) {
                names.push(place);
            }
        });
        names
    }

    /// Where secrets stand as they are known.
    fn found(&self, text: &str) -> Vec<Range<usize>> {
        let shown: Vec<_> = text.match_indices(SENSITIVE).map(|(at, _)| at..at + SENSITIVE.len()).collect();
        let is_shown = |found: &Range<usize>| {
            let before = shown.partition_point(|shown| shown.start <= found.start);
            before.checked_sub(1).is_some_and(|last| found.end <= shown[last].end)
        };
        let mut found = self.cut.parts(&self.needles, text);
        self.needles.find(text, |start, needle| {
            let place = start..start + needle.len();
            if needle.len() >= DISTINCT || is_alone(text, &place) {
                found.push(place);
            }
        });
        found.retain(|place| !is_shown(place));
        found
    }
}

/// Whether what is there is a part of a public name, and not all of it.
fn is_part_of_one(range: &Range<usize>, names: &[Range<usize>]) -> bool {
    names.iter().any(|name| name.start <= range.start && range.end <= name.end && name.len() > range.len())
}

/// Whether what is there is a word of its own. A very short secret is hidden only then: otherwise `1` would make every
/// number unreadable.
fn is_alone(text: &str, place: &Range<usize>) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word(text[..place.start].chars().next_back()) && !word(text[place.end..].chars().next())
}

/// What is inside of private keys. The end of one that was cut off is that of the last line of such letters.
fn private_keys(text: &str) -> Vec<Range<usize>> {
    let inside = |(at, begins): (usize, &str)| {
        let start = at + begins.len();
        let rest = &text[start..];
        let is_of_key =
            |line: &str| line.trim_matches(|c: char| !c.is_ascii_alphanumeric()).split_whitespace().count() <= 1;
        let cut = rest.split_inclusive('\n').take_while(|line| is_of_key(line)).map(str::len).sum();
        start..start + rest.find(KEY_ENDS).unwrap_or(cut)
    };
    let begins = text.match_indices(KEY_BEGINS).filter(|(at, _)| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        line.rfind("-----BEGIN ").is_some_and(|begin| !line[begin + 5..].contains("-----"))
    });
    begins.map(inside).filter(|range| !text[range.clone()].trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_occurrence_goes_wherever_it_stands() {
        let redactor = Redactor::new(["hunter2"]);
        assert_eq!(redactor.text("hunter2, xhunter2x"), "(sensitive), x(sensitive)x");
        assert_eq!(redactor.value(&json!({"a": ["hunter2", 2]})), json!({"a": ["(sensitive)", 2]}));
    }

    #[test]
    fn a_part_of_a_public_name_is_left_and_the_secret_alone_goes() {
        let mut redactor = Redactor::new(["prod", "lambda"]);
        redactor.publish(["hello_prod", "hello-prod", "lambda.function", "hello_prod_mode"]);
        let text = "> adopt hello_prod  lambda.function  hello-prod, --var hello_prod_mode=prod, lambda, unproductive";
        let shown = "> adopt hello_prod  lambda.function  hello-prod, --var hello_prod_mode=(sensitive), (sensitive), \
                     un(sensitive)uctive";
        assert_eq!(redactor.text(text), shown);
        assert_eq!(redactor.value(&json!({"hello_prod": "prod"})), json!({"hello_prod": "(sensitive)"}));
    }

    #[test]
    fn keys_are_hidden_stay_apart_and_leave_the_documents_own() {
        let redactor = Redactor::new(["hunter2", "geheim", "name"]).leaving_keys(crate::ui::json::is_key);
        let value = json!({"tags": {"hunter2": "a", "geheim": "b", "x-geheim": "c"}, "name": "name", "names": 1});
        let expected = json!({
            "tags": {"(sensitive)": "a", "(sensitive) 2": "b", "x-(sensitive)": "c"},
            "name": "(sensitive)", "(sensitive)s": 1,
        });
        assert_eq!(redactor.value(&value), expected);
        assert_eq!(redactor.value(&expected), expected);
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

    #[test]
    fn a_secret_is_found_in_the_forms_in_which_it_travels() {
        const SECRET: &str = "p&ss \"w\u{f6}rd\"/+=?";
        let redactor = Redactor::new([SECRET]);
        let json = Value::from(format!("x{SECRET}x")).to_string();
        for form in [
            Value::from(json.clone()).to_string(),
            json,
            "<Value>xp&amp;ss &quot;w\u{f6}rd&quot;/+=?x</Value>".to_owned(),
            "Value=xp%26ss%20%22w%C3%B6rd%22%2F%2B%3D%3Fx".to_owned(),
            "Value=xp%26ss+%22w%C3%B6rd%22%2F%2B%3D%3Fx".to_owned(),
        ] {
            let shown = redactor.text(&form);
            assert!(shown.contains(SENSITIVE) && !shown.contains("ss") && !shown.contains("rd"), "{shown}");
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands_in_base64() {
        const SECRET: &str = "hunter2>?>geheim";
        let redactor = Redactor::new([SECRET]);
        for (before, after) in [("", ""), ("a", "bc"), ("ab", "c"), ("abc", "\n"), ("#!/bin/sh\nlogin ", "\nexit\n")] {
            let text = format!("{before}{SECRET}{after}");
            for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)] {
                let url = utf8_percent_encode(&encoded, NON_ALPHANUMERIC).to_string();
                for form in [url, encoded.clone()] {
                    let shown = redactor.text(&form);
                    let rest = shown.replace(SENSITIVE, "");
                    // Of the secret's own letters, only those that share theirs with a neighbour may be left.
                    assert!(shown.contains(SENSITIVE), "{form}: {shown}");
                    assert!(rest.len() <= form.len() - (SECRET.len() * 8 / 6 - 2), "{form}: {shown}");
                }
            }
        }
        assert_eq!(Redactor::new(["abcde"]).text("YWJjZGU="), "(sensitive)U=");
        assert_eq!(Redactor::new(["abc"]).text("YWJj xYWJjx"), "YWJj xYWJjx");
    }

    #[test]
    fn private_keys_are_hidden_known_or_not() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEA\n-----END OPENSSH PRIVATE KEY-----";
        let redactor = Redactor::default();
        let hidden = "-----BEGIN OPENSSH PRIVATE KEY-----(sensitive)-----END OPENSSH PRIVATE KEY-----";
        assert_eq!(redactor.text(&format!("a\n{key}\nb")), format!("a\n{hidden}\nb"));
        assert_eq!(redactor.value(&json!({"key": key})), json!({"key": hidden}));
        assert_eq!(redactor.text(&key.replace('\n', "\\n")), hidden);
        let cut =
            "  + -----BEGIN RSA PRIVATE KEY-----\n  + b3BlbnNzaC1r\n  + ZXktdjEA\n  \u{2026} 5 more lines\nrest of it";
        assert_eq!(
            redactor.text(cut),
            "  + -----BEGIN RSA PRIVATE KEY-----(sensitive)  \u{2026} 5 more lines\nrest of it"
        );
        for other in ["no PRIVATE KEY----- here", "-----BEGIN CERTIFICATE-----\nabc\n", "-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(redactor.text(other), other);
        }
    }
}
