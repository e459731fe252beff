//! What to say about a text that is not YAML, or YAML of a type that no stack needs.

use std::ops::Range;

use crate::explain::Code;

use super::diagnostics::{self, Diagnostic};
use super::indentation;

/// The problem for the parser's complaint `info` at `byte`.
pub fn diagnostic(text: &str, byte: usize, info: &str) -> Diagnostic {
    let byte = text.floor_char_boundary(byte);
    let rest = &text[byte..];
    let line_start = diagnostics::line_start(text, byte);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let next = rest.chars().next();
    let place = byte..byte + next.filter(|c| *c != '\n' && *c != '\r').map_or(0, char::len_utf8);
    if let Some(diagnostic) = indentation::tab(text, byte, info) {
        return diagnostic;
    }
    if line[..byte - line_start].ends_with('$') && rest.starts_with('{') {
        let end = rest.lines().next().and_then(|line| line.find('}')).map_or(byte + 1, |n| byte + n + 1);
        let place = byte - 1..end;
        let message = "inside `[ ]` and `{ }` a reference needs quotes around it";
        return Diagnostic::new(Code::UnquotedReference, place.clone(), message)
            .help(format!("write \"{}\"", &text[place]));
    }
    if let Some(diagnostic) = after_a_quote(text, byte, line) {
        return diagnostic;
    }
    if let Some(diagnostic) = no_space(text, line_start) {
        return diagnostic;
    }
    if let Some(at) = conflict(text) {
        let hint = "keep one of the two versions, and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`";
        return Diagnostic::new(Code::MergeConflict, at..at + 7, "git could not merge two versions of this file")
            .help(hint);
    }
    if text.trim_start().starts_with('<') {
        return Diagnostic::new(Code::NoStack, place, "this is HTML or XML, not YAML")
            .help("is this the right file, or a web page saved by mistake?");
    }
    let in_text = info.contains("mapping values are not allowed");
    let between = info.contains("did not find expected key") || info.contains("did not find expected '-' indicator");
    // A second colon in a line is a matter of quotes.
    let first_colon = !line[..byte - line_start].trim_start_matches([' ', '-']).contains([' ', ':']);
    if let Some(diagnostic) = indentation::diagnostic(text, line_start, in_text)
        && (between || in_text && first_colon)
    {
        return diagnostic;
    }
    let (code, message, hint) = match next {
        Some('*') => (
            Code::SpecialStart,
            "this starts with `*`, which means an alias in YAML".to_owned(),
            format!("if it is a string, put it in quotes: {}", quoted(rest)),
        ),
        Some('&' | '@' | '`' | '%') if !info.contains("quoted scalar") => (
            Code::SpecialStart,
            format!("a value cannot start with `{}` in YAML", &rest[..1]),
            format!("put it in quotes: {}", quoted(rest)),
        ),
        _ if info.contains("unknown anchor") => (
            Code::BadAlias,
            "this alias is undefined: no `&name` precedes it".to_owned(),
            format!("if it is a string, put it in quotes: {}", quoted(rest)),
        ),
        _ if in_text => (Code::ColonInText, "`: ` is not allowed here".to_owned(), colon_hint(line, byte - line_start)),
        _ if between => (
            Code::Indentation,
            "this line's indentation does not match the lines around it".to_owned(),
            "indent the keys of one group by the same number of spaces, each as `key: value`".to_owned(),
        ),
        _ if info.contains("quoted scalar") => {
            (Code::OpenQuote, "this quote is never closed".to_owned(), end_of_quote(rest))
        }
        _ if ["flow sequence", "flow mapping", "flow construct", "illegal placement of ':'"]
            .iter()
            .any(|words| info.contains(words)) =>
        {
            return open_bracket(text, byte, place);
        }
        _ if info.contains("simple key") => return no_colon(text, line_start),
        Some(sign @ ('|' | '>')) if info.contains("block scalar") => (
            Code::NotYaml,
            format!("a string can't begin with `{sign}`, which introduces a block of text"),
            format!("put it in quotes: {}", quoted(rest)),
        ),
        _ => (
            Code::NotYaml,
            format!("this is not YAML: {info}"),
            "is this the right file? A stack consists of `key: value` lines".into(),
        ),
    };
    Diagnostic::new(code, place, message).help(hint)
}

/// The text with a colon at `at` in it, in quotes.
fn colon_hint(line: &str, at: usize) -> String {
    let value = line[..at].find(": ").map(|n| n + 2);
    match value {
        Some(start) if !line.contains(" #") => format!("put the string in quotes: {}", quoted(&line[start..])),
        _ => "a string that contains `: ` needs quotes".to_owned(),
    }
}

/// How to end the text in quotes that begins `rest`.
fn end_of_quote(rest: &str) -> String {
    let quote = rest.chars().next().unwrap_or('"');
    let line = rest.lines().next().unwrap_or_default();
    match line.chars().find(|c| "“”„‘’".contains(*c)) {
        Some(curly) => format!("end the string with `{quote}`; `{curly}` comes from a word processor"),
        None => format!("add `{quote}` where the string ends"),
    }
}

/// A bracket that was still open at `byte`; `place` is what the parser stumbled over.
fn open_bracket(text: &str, byte: usize, place: Range<usize>) -> Diagnostic {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    let mut chars = text[..byte].char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            (_, Some(q)) if c == q => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) if !before.is_alphanumeric() => quote = Some(c),
            ('#', None) if before.is_whitespace() => {
                chars.find(|(_, c)| *c == '\n');
            }
            ('[' | '{', None) => open.push((at, c)),
            (']' | '}', None) => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    let Some((at, bracket)) = open.pop() else {
        let message = "an earlier bracket is not closed";
        return Diagnostic::new(Code::OpenBracket, place, message).help("close `[` with `]` and `{` with `}`");
    };
    let end = if bracket == '[' { ']' } else { '}' };
    let hint = format!("close it with `{end}`, and separate its elements with commas");
    Diagnostic::new(Code::OpenBracket, at..at + 1, format!("this `{bracket}` is not closed")).help(hint)
}

/// A line without a colon: the one before that which starts at `line_start`, where the parser gave up.
fn no_colon(text: &str, line_start: usize) -> Diagnostic {
    let before = text[..line_start].trim_end();
    let line = before[diagnostics::line_start(before, before.len())..].trim_start();
    let place = before.len() - line.len()..before.len();
    let hint = match line.split_once(' ') {
        Some((key, value)) => {
            format!("add the colon, `{key}: {}`, or indent the line as part of the value above", value.trim())
        }
        None => "add a colon and a value, or indent the line as part of the value above".to_owned(),
    };
    Diagnostic::new(Code::NoColon, place, "this line is not of the form `key: value`").help(hint)
}

/// A text in quotes that ended before its line did, mostly at an apostrophe: `'Teacher's topic'`.
fn after_a_quote(text: &str, byte: usize, line: &str) -> Option<Diagnostic> {
    let before = text[..byte].trim_end_matches(' ');
    let quote = before.chars().next_back().filter(|c| matches!(c, '\'' | '"'))?;
    text[byte..].chars().next().filter(|c| !c.is_whitespace() && !",:]}#".contains(*c))?;
    let (first, last) = (line.find(quote)?, line.rfind(quote)?);
    let whole = line.get(first + 1..last).filter(|_| !line.contains('\\')).unwrap_or("…");
    let hint = match quote {
        '\'' if !whole.contains('"') => {
            format!("double the apostrophe (`''`), or use double quotes: \"{whole}\"")
        }
        '\'' => "double the apostrophe inside the string: `''`".to_owned(),
        _ if !whole.contains('\'') => {
            format!("write `\\\"` for a quote inside the string, or use single quotes: '{whole}'")
        }
        _ => "write `\\\"` for a quote inside the string".to_owned(),
    };
    Some(
        Diagnostic::new(
            Code::QuoteEndsEarly,
            before.len() - 1..before.len(),
            "the string ends at this quote, but more text follows",
        )
        .help(hint),
    )
}

/// `key:value` without a space, which is one word to YAML, in the line that starts at `line_start` or in the one
/// before. The parser stumbles over what follows.
fn no_space(text: &str, line_start: usize) -> Option<Diagnostic> {
    let before = text[..line_start].trim_end();
    let starts = [diagnostics::line_start(before, before.len()), line_start];
    starts.into_iter().find_map(|start| {
        let line = text[start..].lines().next().unwrap_or_default();
        let at = start + line.len() - line.trim_start_matches([' ', '-']).len();
        let word = glued(&text[at..start + line.len()])?;
        let (key, value) = word.split_once(':')?;
        let hint = format!("write `{key}: {value}`");
        Some(
            Diagnostic::new(Code::NoSpace, at..at + key.len() + 1, format!("there is no space after `{key}:`"))
                .help(hint),
        )
    })
}

/// The line, if it is a key and its value without a space between them.
pub fn glued(line: &str) -> Option<&str> {
    let (key, value) = line.trim_end().split_once(':')?;
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && key != "arn";
    let is_value = value.starts_with(|c: char| !c.is_whitespace() && !"/:".contains(c));
    (is_key && is_value && !line.contains(": ") && !line.ends_with(':')).then_some(line.trim_end())
}

/// Where git has left its mark of a conflict.
fn conflict(text: &str) -> Option<usize> {
    if text.starts_with("<<<<<<< ") { Some(0) } else { text.find("\n<<<<<<< ").map(|n| n + 1) }
}

/// The problem with a tag such as `!Ref`.
pub fn tag(text: &str, span: Range<usize>) -> Diagnostic {
    let inside = &text[span.clone()];
    let start = span.start + inside.find('!').unwrap_or(0);
    let length = text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
    let place = start..start + length;
    let tag = &text[place.clone()];
    let cloudformation = ["!Ref", "!GetAtt", "!Sub", "!Join", "!ImportValue"].contains(&tag);
    let hint = if cloudformation {
        "refer to another resource with `${name.attribute}`"
    } else {
        "remove it; if the value is a string, put it in quotes"
    };
    Diagnostic::new(Code::YamlTag, place, format!("a stack can't contain YAML tags such as `{tag}`")).help(hint)
}

/// The control characters in `text`, which YAML does not allow.
pub fn control_characters(text: &str) -> Vec<Diagnostic> {
    let forbidden = |c: char| (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || c == '\u{feff}';
    let found = text.char_indices().filter(|(_, c)| forbidden(*c)).take(4);
    let diagnostic = |(at, c): (usize, char)| {
        let message = format!("the control character U+{:04X} is not allowed in a stack", u32::from(c));
        Diagnostic::new(Code::ControlCharacter, at..at + c.len_utf8(), message).help("delete it")
    };
    let mut diagnostics: Vec<_> = found.map(diagnostic).collect();
    if diagnostics.len() > 3 {
        diagnostics.truncate(1);
        for diagnostic in &mut diagnostics {
            let range = diagnostic.range();
            *diagnostic = Diagnostic::new(Code::NotText, range, "this is not a text file")
                .help("is this the right file? A stack is a plain text file that ends in `.yaml`");
        }
    }
    diagnostics
}

/// The rest of a line's value in double quotes.
fn quoted(rest: &str) -> String {
    let value = rest.lines().next().unwrap_or_default();
    let value = value.split(" #").next().unwrap_or_default().trim_end().trim_end_matches([']', '}', ',']);
    let shown: String = value.chars().take(60).collect();
    format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\""))
}
