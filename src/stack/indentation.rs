//! Lines that YAML can't read because of where they begin: which groups they could belong to.

use crate::explain::Code;

use super::dedented::many;
use super::diagnostics::{Diagnostic, line_start};

/// The problem of the line that starts at `line_start`, if it is a `key: …` that belongs to no group above it. `in_text`:
/// whether YAML took it for a part of the text above.
pub fn diagnostic(text: &str, line_start: usize, in_text: bool) -> Option<Diagnostic> {
    let line = text[line_start..].lines().next().unwrap_or_default();
    let (column, word) = key(line)?;
    let place = line_start + column..line_start + column + word.len();
    let above = groups(&text[..line_start]);
    let deeper = above.iter().rfind(|(other, _)| *other > column);
    let shallower = above.iter().find(|(other, _)| *other < column);
    let spaces = |(column, word): &(usize, &str)| format!("put {} before it, to align it with `{word}`", many(*column));
    let or = |(column, word): &(usize, &str)| format!("or {}, to align it with `{word}`", many(*column));
    let (message, mut hint) = match (deeper, shallower) {
        (None, Some(shallower)) => (format!("`{word}` is indented too far"), spaces(shallower)),
        (Some(deeper), Some(shallower)) => {
            (format!("the indentation of `{word}` matches no group"), format!("{}; {}", spaces(deeper), or(shallower)))
        }
        (Some(deeper), None) => (format!("`{word}` is not indented enough"), spaces(deeper)),
        (None, None) => return None,
    };
    if in_text {
        hint.push_str("; if it is part of the text above, put quotes around the whole text");
    }
    Some(Diagnostic::new(Code::Indentation, place, message).help(hint))
}

/// The groups that a line after `text` could go on with, the innermost first: the column of each, and a key in it.
fn groups(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (column, word) in text.lines().rev().filter_map(key) {
        if found.last().is_none_or(|(last, _)| column < *last) {
            found.push((column, word));
        }
        if column == 0 {
            break;
        }
    }
    found
}

/// The key with which a line begins, and its column; `- ` before it belongs to the list.
fn key(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches([' ', '-']);
    let end = rest.find(": ").or_else(|| rest.trim_end().ends_with(':').then(|| rest.trim_end().len() - 1))?;
    let word = &rest[..end];
    let is_word = |c: char| c.is_alphanumeric() || "_-.\"'".contains(c);
    (!word.is_empty() && word.chars().all(is_word)).then_some((line.len() - rest.len(), word))
}

/// The problem of a tab that the parser stumbled over at `byte`, or behind it.
pub fn tab(text: &str, byte: usize, info: &str) -> Option<Diagnostic> {
    let tab_in = |start: usize| {
        let line = text[start..].lines().next().unwrap_or_default();
        let indent = &line[..line.len() - line.trim_start().len()];
        indent.find('\t').map(|at| start + at)
    };
    // A text that continues is reported at its beginning.
    let starts =
        std::iter::successors(Some(line_start(text, byte)), |start| text[*start..].find('\n').map(|n| start + n + 1));
    let starts = starts.take(if info.contains("tab") { usize::MAX } else { 1 });
    if let Some(at) = starts.into_iter().find_map(tab_in) {
        let message = "a tab cannot be used to indent";
        return Some(Diagnostic::new(Code::Tab, at..at + 1, message).help("use spaces: two for each level"));
    }
    let at = if text[byte..].starts_with('\t') { byte } else { byte.checked_sub(1)? };
    let length = text.get(at..)?.len() - text.get(at..)?.trim_start_matches('\t').len();
    let message = "there is a tab where YAML needs a space";
    (length > 0).then(|| Diagnostic::new(Code::Tab, at..at + length, message).help("replace it with one space"))
}

#[cfg(test)]
mod tests {
    use crate::stack::source;

    /// The place, the message and the hint for `text`, which YAML can't read.
    fn reported(text: &str) -> (String, String, String) {
        let diagnostics = source::parse(text, &mut Vec::new()).unwrap_err();
        let [diagnostic] = diagnostics.as_slice() else { panic!("{text}: {diagnostics:?}") };
        (
            format!("{} {}", diagnostic.code, &text[diagnostic.range()]),
            diagnostic.message.clone(),
            diagnostic.help.clone().unwrap_or_default(),
        )
    }

    #[test]
    fn a_line_between_groups_is_reported_where_it_could_begin() {
        let topic = "resources:\n  topic:\n    type: sns.topic\n";
        for (text, place, message, hint) in [
            (
                format!("{topic}      fifo: true\n"),
                "fifo",
                "too far",
                "put 4 spaces before it, to align it with `type`; if",
            ),
            (
                format!("{topic}# c\n      fifo: true\n"),
                "fifo",
                "too far",
                "put 4 spaces before it, to align it with `type`",
            ),
            (format!("{topic}    tags: {{}}\n      fifo: true\n"), "fifo", "too far", "to align it with `tags`"),
            (format!("{topic}    name: \"x\"\n      fifo: true\n"), "fifo", "too far", "to align it with `name`"),
            (
                "stack: a\n  region: b\n".to_owned(),
                "region",
                "too far",
                "put no space before it, to align it with `stack`",
            ),
            (
                format!("{topic}   fifo: true\n"),
                "fifo",
                "matches no group",
                "put 4 spaces before it, to align it with `type`; or 2 spaces, to align it with `topic`",
            ),
            (
                format!("{topic}    subscriptions:\n      - protocol: email\n          endpoint: x\n"),
                "endpoint",
                "too far",
                "put 8 spaces before it, to align it with `protocol`",
            ),
            (
                format!("{topic}    subscriptions:\n      - protocol: email\n      endpoint: x\n"),
                "endpoint",
                "matches no group",
                "put 8 spaces before it, to align it with `protocol`; or 4 spaces, to align it with `subscriptions`",
            ),
        ] {
            let (found, said, helps) = reported(&text);
            assert_eq!(found, format!("C101-0106 {place}"), "{text}");
            assert!(said.contains(message) && helps.contains(hint), "{text}{said}: {helps}");
        }
    }

    #[test]
    fn a_colon_in_a_text_is_not_a_matter_of_indentation() {
        for text in ["a: b: c\n", "a:\n  b: c\n  d: Office hours: two\n", "a: b\n  not a key: c\n"] {
            assert_eq!(reported(text).0, "C101-0107 :", "{text}");
        }
    }

    #[test]
    fn a_tab_is_reported_wherever_it_stands() {
        for (text, indents) in [
            ("a: b\n\tc: d\n", true),
            ("a:\n  b: c\n  \td: e\n", true),
            ("a: b\n\n\n\tc: d\n", true),
            ("a:\n\tb: c\n", true),
            ("a: |\n\tb\n", true),
            ("a: \"b\"\n\tc: d\n", true),
            ("a:\tb\n", false),
            ("a:\n  -\tb: c\n    d: e\n", false),
        ] {
            let (place, message, hint) = reported(text);
            assert_eq!(place, "C101-0105 \t", "{text}");
            assert!(message.contains(if indents { "indent" } else { "needs a space" }), "{text}{message}");
            assert!(hint.contains(if indents { "use spaces" } else { "one space" }), "{text}{hint}");
        }
    }
}
