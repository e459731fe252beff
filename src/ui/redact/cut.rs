//! Secrets of which a text has only a part, because a quotation of them was truncated.

use std::ops::Range;
use std::sync::Arc;

use crate::model::needles::{Needles, alike};

/// The least that is taken for a part of a secret, in bytes: fewer are in many other texts.
const LEAST: usize = 6;
/// What stands for the rest of a quotation.
const DOTS: [&str; 2] = ["\u{2026}", "..."];

/// Knows the secrets as they are read from their ends.
#[derive(Debug, Clone, Default)]
pub struct Cut {
    backwards: Arc<Needles>,
}

impl Cut {
    /// Learns more secrets, of which those count that are long enough.
    pub fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a String>) {
        let long = secrets.into_iter().filter(|secret| secret.len() > LEAST);
        let backwards: Vec<String> = long.map(|secret| secret.chars().rev().collect()).collect();
        if !backwards.is_empty() {
            Arc::make_mut(&mut self.backwards).add(backwards);
        }
    }

    /// Where the beginning of one of `secrets` stands before a cut, or its end behind one; at least half of it.
    pub fn parts(&self, secrets: &Needles, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (start, _) in text.char_indices() {
            let rest = &text.as_bytes()[start..];
            for secret in secrets.begun(rest, LEAST).filter(|secret| secret.len() > LEAST) {
                let alike = alike(secret.as_bytes(), rest);
                let ends = (half(secret)..=alike).rev().map(|length| start + length);
                let mut ends = ends.filter(|end| text.is_char_boundary(*end));
                found.extend(ends.find(|end| is_cut(text, *end, secret, end - start)).map(|end| start..end));
            }
        }
        if !DOTS.iter().any(|dots| text.contains(dots)) {
            return found;
        }
        let backwards: String = text.chars().rev().collect();
        for (start, _) in backwards.char_indices() {
            let (rest, end) = (&backwards.as_bytes()[start..], text.len() - start);
            for secret in self.backwards.begun(rest, LEAST) {
                let start = text.ceil_char_boundary(end - alike(secret.as_bytes(), rest));
                let behind_dots = DOTS.iter().any(|dots| text[..start].ends_with(dots));
                found.extend((behind_dots && end - start >= half(secret)).then_some(start..end));
            }
        }
        found
    }
}

/// The length of what is enough of a secret.
fn half(secret: &str) -> usize {
    secret.ceil_char_boundary(secret.len().div_ceil(2).max(LEAST))
}

/// Whether the quotation of `secret` that ends at `end`, with `length` of its bytes, was cut off there. Dots say so.
/// Where a word could end it may be an ordinary one with which the secret begins, such as a name: unless it is most of
/// the secret, or no word would end so.
fn is_cut(text: &str, end: usize, secret: &str, length: usize) -> bool {
    let rest = &text[end..];
    if DOTS.iter().any(|dots| rest.starts_with(dots)) {
        return true;
    }
    let ends = !rest.starts_with(char::is_alphanumeric);
    let (Some(last), Some(next)) = (secret[..length].chars().next_back(), secret[length..].chars().next()) else {
        return false;
    };
    let sort = |c: char| (c.is_alphabetic(), c.is_numeric());
    let is_word = last.is_alphanumeric() && sort(last) != sort(next);
    ends && (!is_word || length * 4 >= secret.len() * 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(secret: &str, text: &str) -> Vec<String> {
        let (mut cut, mut secrets) = (Cut::default(), Needles::default());
        cut.add(&[secret.to_owned()]);
        secrets.add([secret.to_owned()]);
        cut.parts(&secrets, text).into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn a_quotation_that_was_cut_off_is_found() {
        for (text, part) in [
            ("cannot understand 'hunter2-ge\u{2026}' here", "hunter2-ge"),
            ("cannot understand 'hunter2...", "hunter2"),
            ("cannot understand 'hunter2-gehe", "hunter2-gehe"),
            ("value hunter2-gehe\nat 1", "hunter2-gehe"),
            ("value \"hunter2-ge\" is not", "hunter2-ge"),
            ("value \"hunter2-gehe (request id 1)", "hunter2-gehe"),
            ("value ...r2-geheim' is not", "r2-geheim"),
            ("value \u{2026}-geheim' is not", "-geheim"),
        ] {
            assert_eq!(parts("hunter2-geheim", text), [part], "{text}");
        }
        assert_eq!(parts("Schl\u{fc}\u{fc}\u{fc}ssel", "Schl\u{fc}\u{fc}\u{2026}"), ["Schl\u{fc}\u{fc}"]);
    }

    #[test]
    fn an_ordinary_word_is_none() {
        for text in
            ["stack \"cloud101\"", "cloud101\n", "cloud101", "cloud101-bucket", "cloud...", "a hunter", "\u{2026}word"]
        {
            assert_eq!(parts("cloud101-Password", text), [""; 0], "{text}");
        }
        assert_eq!(parts("abcdef", "abcde..."), [""; 0]);
    }
}
