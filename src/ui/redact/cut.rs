//! Secrets of which a text has only a part, because whoever quoted them cut the quotation off.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

/// The least that is taken for a part of a secret, in bytes: fewer are in many other texts.
const LEAST: usize = 6;
/// What stands for the rest of a quotation.
const DOTS: [&str; 2] = ["\u{2026}", "..."];

/// Knows the halves of secrets.
#[derive(Debug, Clone, Default)]
pub struct Cut {
    /// Those that were learnt at once are looked for at once.
    batches: Vec<Arc<Batch>>,
}

#[derive(Debug)]
struct Batch {
    secrets: Vec<String>,
    first: AhoCorasick,
    last: AhoCorasick,
}

impl Cut {
    /// Learns more secrets, of which those count that are long enough.
    pub fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a String>) {
        let secrets: Vec<String> = secrets.into_iter().filter(|secret| secret.len() > LEAST).cloned().collect();
        let first = AhoCorasick::new(secrets.iter().map(|secret| &secret[..half(secret)]));
        let last = secrets.iter().map(|secret| &secret[secret.ceil_char_boundary(secret.len() - half(secret))..]);
        // More than an automaton can hold does not fit into a stack file.
        if let (false, Ok(first), Ok(last)) = (secrets.is_empty(), first, AhoCorasick::new(last)) {
            self.batches.push(Arc::new(Batch { secrets, first, last }));
        }
    }

    /// Where the beginning of a secret stands before a cut, or its end behind one; at least half of it.
    pub fn parts(&self, text: &str) -> Vec<Range<usize>> {
        self.batches.iter().flat_map(|batch| batch.parts(text)).collect()
    }
}

impl Batch {
    fn parts(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for half in self.first.find_overlapping_iter(text) {
            let secret = &self.secrets[half.pattern()];
            let alike =
                text.as_bytes()[half.start()..].iter().zip(secret.as_bytes()).take_while(|(a, b)| a == b).count();
            let ends = (half.len()..=alike).rev().map(|length| half.start() + length);
            let mut ends = ends.filter(|end| text.is_char_boundary(*end));
            found.extend(ends.find(|end| is_cut(text, *end, secret, end - half.start())).map(|end| half.start()..end));
        }
        for half in self.last.find_overlapping_iter(text) {
            let secret = self.secrets[half.pattern()].as_bytes();
            let alike =
                text.as_bytes()[..half.end()].iter().rev().zip(secret.iter().rev()).take_while(|(a, b)| a == b).count();
            let start = text.ceil_char_boundary(half.end() - alike);
            let behind_dots = DOTS.iter().any(|dots| text[..start].ends_with(dots));
            found.extend(behind_dots.then_some(start..half.end()));
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
        let mut cut = Cut::default();
        cut.add(&[secret.to_owned()]);
        cut.parts(text).into_iter().map(|range| text[range].to_owned()).collect()
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
