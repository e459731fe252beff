//! From bytes to [`Node`]s: what a YAML library reads, joined with where it stands.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use crate::explain::Code;

use super::data::Data;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::node::{Content, Entry, Node};
use super::spans::{self, Shape, Spanned};
use super::syntax;

/// The largest stack file, in bytes. A thousand resources take a fifth of it.
pub const SIZE_LIMIT: usize = 1 << 20;

/// The smallest stack, as an example for an empty file.
const EXAMPLE: &str = "begin with `stack: <name>`, `region: us-east-1` and `resources:`; see `stacks/` for examples";

/// The text of the file at `path`, without a byte order mark.
///
/// # Errors
/// It can't be read, is too large, or is not text.
pub fn read(path: &Path) -> Result<String, Diagnostics> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let (why, hint) = match error.kind() {
            ErrorKind::NotFound => {
                ("there is no such file", "is the path correct? `ls stacks` lists the stacks in that folder")
            }
            ErrorKind::IsADirectory => ("it is a folder", "give the path of a file in it"),
            ErrorKind::PermissionDenied => ("you do not have permission to read it", "`ls -l` shows who does"),
            _ => {
                return Diagnostics::unreadable(
                    &name,
                    format!("this file can't be read: {error}"),
                    "can an editor open it?",
                );
            }
        };
        Diagnostics::unreadable(&name, format!("this file can't be read: {why}"), hint)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    text_of(&name, bytes)
}

/// The text that `bytes` are.
pub fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, Diagnostics> {
    if bytes.len() > SIZE_LIMIT {
        let first = String::from_utf8_lossy(&bytes[..200]);
        let first = first.lines().next().unwrap_or_default();
        let hint = "is this the right file? Large content (code, user data, policies) belongs in files next to the \
            stack";
        let diagnostic =
            Diagnostic::new(Code::NotText, 0..first.len(), "this file is larger than 1 MiB, the limit for a stack")
                .help(hint);
        return Err(Diagnostics::new(name, first, vec![diagnostic]));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let place = good..(good + '\u{fffd}'.len_utf8()).min(text.len());
        let hint = "save it as UTF-8 in your editor; is this the right file?";
        Diagnostics::new(
            name,
            text,
            vec![Diagnostic::new(Code::NotText, place, "this file is not UTF-8 text").help(hint)],
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The data of `text` with places. Problems that don't keep it from being read are added to `problems`.
///
/// # Errors
/// What keeps it from being read.
pub fn parse(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Result<Node, Vec<Diagnostic>> {
    let control = syntax::control_characters(text);
    if !control.is_empty() {
        return Err(control);
    }
    let first_line = spans::first_line(text, &(0..text.len()));
    let Some(mark) = spans::read(text)? else {
        return Err(vec![Diagnostic::new(Code::NoStack, first_line, "this stack is empty").help(EXAMPLE)]);
    };
    let data: Data = serde_yaml::from_str(text).map_err(|error| {
        let byte = error.location().map_or(0, |at| at.index());
        vec![syntax::diagnostic(text, byte.min(text.len()), &error.to_string())]
    })?;
    if data == Data::Null {
        return Err(vec![Diagnostic::new(Code::NoStack, first_line, "this stack is empty").help(EXAMPLE)]);
    }
    let node = Join { text, diagnostics }.node(&mark, data, None);
    if matches!(node.content, Content::Map(_)) {
        return Ok(node);
    }
    let message = "this is not a stack: a stack consists of `key: value` lines";
    Err(vec![Diagnostic::new(Code::NoStack, spans::first_line(text, &node.span), message).help(EXAMPLE)])
}

struct Join<'a> {
    text: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Join<'_> {
    /// `key`: the key it is the value of, and where that stands.
    fn node(&mut self, mark: &Spanned, data: Data, key: Option<(&str, &Range<usize>)>) -> Node {
        let (shape, block) = match target(mark) {
            Shape::List { block, .. } | Shape::Map { block, .. } => (target(mark), *block),
            scalar => (scalar, false),
        };
        let place = spans::first_line(self.text, &mark.span);
        let content = match (shape, data) {
            (_, Data::Null) => {
                let (place, message) = match key {
                    Some((key, key_place)) => (key_place.clone(), format!("`{key}` has no value")),
                    None => (place.clone(), "this element has no value".to_owned()),
                };
                self.broken(Code::NoValue, place, message, "add one, or remove the line")
            }
            (_, Data::NoNumber) => match self.text[place.clone()].contains(|c: char| c.is_ascii_digit()) {
                true => {
                    let hint = "write a smaller number; a string of digits, such as an id, needs quotes";
                    self.broken(Code::NoSuchNumber, place.clone(), "this number is too large", hint)
                }
                false => {
                    let hint = "write a number in digits; if it is a string, put it in quotes";
                    self.broken(Code::NoSuchNumber, place.clone(), "AWS does not accept this number", hint)
                }
            },
            (_, Data::Bool(value)) => Content::Bool(value),
            (_, Data::Number(number)) => Content::Number(number),
            (_, Data::Text(text)) => match text.chars().find(|c| c.is_control() && !"\t\n\r".contains(*c)) {
                Some(c) => {
                    let message = format!("this string contains the control character U+{:04X}", u32::from(c));
                    self.broken(Code::ControlCharacter, place.clone(), message, "remove its escape sequence")
                }
                None => Content::Text(text),
            },
            (Shape::List { items, .. }, Data::List(data)) if items.len() == data.len() => {
                Content::List(items.iter().zip(data).map(|(mark, data)| self.node(mark, data, None)).collect())
            }
            (Shape::Map { entries, .. }, Data::Map(data)) if entries.len() == data.len() => {
                let entries = entries.iter().map(|(key, value)| (&**key, &**value));
                Content::Map(self.entries(entries.zip(data)))
            }
            _ => self.broken(Code::NotYaml, place.clone(), "this is ambiguous", "put quotes around the strings in it"),
        };
        Node { span: mark.span.clone(), place, block: block && !matches!(mark.shape, Shape::Alias(_)), content }
    }

    fn entries<'m>(&mut self, entries: impl Iterator<Item = ((&'m Spanned, &'m Spanned), (Data, Data))>) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        let mut places = std::collections::HashMap::new();
        for ((key_mark, mark), (key, data)) in entries {
            let key_place = spans::first_line(self.text, &key_mark.span);
            let Data::Text(key) = key else {
                self.broken(Code::NotAKey, key_place.clone(), not_a_key(&key), key_hint(self.text, &key_place, &key));
                continue;
            };
            let value = self.node(mark, data, Some((&key, &key_place)));
            if key == "<<" && matches!(target(key_mark), Shape::Scalar { plain: true }) {
                merged.extend(self.merge(&key_place, value));
                continue;
            }
            if let Some(first) = places.insert(key.clone(), key_place.clone()) {
                let message = format!("`{key}` is a duplicate key");
                let hint = "remove one of them, or rename it";
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateKey, key_place, message)
                        .help(hint)
                        .label("again")
                        .also(first.clone(), "first"),
                );
                places.insert(key, first);
                continue;
            }
            found.push(Entry { key, key_place, value });
        }
        for entry in merged {
            if !places.contains_key(&entry.key) {
                places.insert(entry.key.clone(), entry.key_place.clone());
                found.push(entry);
            }
        }
        found
    }

    /// The entries that a merge key (`<<: *base`) brings in, the ones that win first.
    fn merge(&mut self, key_place: &Range<usize>, value: Node) -> Vec<Entry> {
        match value.content {
            Content::Map(entries) => entries,
            Content::List(items) => items.into_iter().flat_map(|item| self.merge(key_place, item)).collect(),
            Content::Broken => Vec::new(),
            _ => {
                self.broken(Code::BadAlias, key_place.clone(), "`<<` merges a group of keys", "write `<<: *name`");
                Vec::new()
            }
        }
    }

    fn broken(
        &mut self,
        code: Code,
        place: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Content {
        self.diagnostics.push(Diagnostic::new(code, place, message).help(hint));
        Content::Broken
    }
}

/// What an alias stands for.
fn target(mark: &Spanned) -> &Shape {
    match &mark.shape {
        Shape::Alias(target) => self::target(target),
        shape => shape,
    }
}

fn not_a_key(key: &Data) -> &'static str {
    match key {
        Data::List(_) | Data::Map(_) => "a key must be a word, not a list or a mapping",
        Data::Null => "a key is missing here",
        Data::Bool(_) => "this key is a boolean, not a string",
        _ => "this key is a number, not a string",
    }
}

fn key_hint(text: &str, place: &Range<usize>, key: &Data) -> String {
    let source = &text[place.clone()];
    match key {
        Data::Map(_) if source.starts_with("{{") || text[..place.start].ends_with('{') => {
            "`{{ … }}` is another tool's syntax; a stack has variables: `${var.name}`".into()
        }
        Data::List(_) | Data::Map(_) => "put it in quotes if it is a string".into(),
        Data::Null => "write `key: value`".into(),
        _ => format!("put it in quotes: \"{source}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Result<(Value, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let node = parse(text, &mut diagnostics)?;
        Ok((node.to_json(&str::to_owned), diagnostics))
    }

    fn complaints(text: &str) -> Vec<(String, String)> {
        let diagnostics = match read(text) {
            Ok((_, diagnostics)) => diagnostics,
            Err(diagnostics) => diagnostics,
        };
        diagnostics.into_iter().map(|p| (text[p.range()].to_owned(), p.message)).collect()
    }

    #[test]
    fn data_is_read_with_its_places() {
        let text = "a: é\nb:\n  - c: [1, true]\n    d: |\n      x\n      y\n";
        let mut diagnostics = Vec::new();
        let node = parse(text, &mut diagnostics).unwrap();
        assert_eq!(node.to_json(&str::to_owned), json!({"a": "é", "b": [{"c": [1, true], "d": "x\ny\n"}]}));
        for (path, expected) in [
            ("a", "é"),
            ("b", "b"),
            ("b.0", "c: [1, true]"),
            ("b.0.c", "[1, true]"),
            ("b.0.c.1", "true"),
            ("b.0.d", "x"),
            ("b.0.e", "c: [1, true]"),
        ] {
            assert_eq!(&text[node.follow_dotted(&(0..0), path).place], expected, "{path}");
        }
    }

    #[test]
    fn keys_may_hold_dots() {
        let text = "tags: {a.b: x, a: {c: y}}";
        let node = parse(text, &mut Vec::new()).unwrap();
        assert_eq!(&text[node.follow_dotted(&(0..0), "tags.a.b").place], "x");
        assert_eq!(&text[node.follow_dotted(&(0..0), "tags.a.c").place], "y");
    }

    #[test]
    fn aliases_and_merge_keys_work() {
        let text = "base: &base {x: 1, y: 2}\nmore: {<<: *base, y: 3}\nlist: [*base, *base]\n";
        let (data, diagnostics) = read(text).unwrap();
        assert_eq!(diagnostics, []);
        assert_eq!(data["more"], json!({"x": 1, "y": 3}));
        assert_eq!(data["list"], json!([{"x": 1, "y": 2}, {"x": 1, "y": 2}]));
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_change_nothing() {
        let text = text_of("f", b"\xef\xbb\xbfa: b\r\nc: d\r\n".to_vec()).unwrap();
        assert_eq!(read(&text).unwrap(), (json!({"a": "b", "c": "d"}), vec![]));
    }

    #[test]
    fn numbers_with_leading_zeros_are_texts() {
        assert_eq!(read("a: 012345678901").unwrap().0, json!({"a": "012345678901"}));
    }

    #[test]
    fn duplicates_are_found_at_any_depth() {
        let text = "a:\n  b: 1\n  c: [{d: 1, d: 2}]\n  b: 2\n";
        let found = complaints(text);
        assert_eq!(
            found,
            [("d".into(), "`d` is a duplicate key".into()), ("b".into(), "`b` is a duplicate key".into())]
        );
    }

    #[test]
    fn what_yaml_may_be_and_a_stack_may_not_is_reported() {
        for (text, place, message) in [
            ("a:\nb: 1", "a", "`a` has no value"),
            ("a: ~", "a", "`a` has no value"),
            ("a: [x, ]\nb: [null]", "null", "this element has no value"),
            ("a: .nan", ".nan", "AWS does not accept this number"),
            ("a: -.inf", "-.inf", "AWS does not accept this number"),
            ("a: 99999999999999999999", "99999999999999999999", "this number is too large"),
            ("404: x", "404", "this key is a number, not a string"),
            ("a: !Ref b", "!Ref", "a stack can't contain YAML tags such as `!Ref`"),
            ("a: b\n---\nc: d", "---", "a second document starts here; a stack is a single document"),
            ("a: \"\\u0001\"", "\"\\u0001\"", "this string contains the control character U+0001"),
            ("a: b\u{7}", "\u{7}", "the control character U+0007 is not allowed in a stack"),
            ("a: &x [*x]", "*x", "this alias refers to a value that contains it"),
            ("just text", "just text", "this is not a stack: a stack consists of `key: value` lines"),
            ("# only\n", "# only", "this stack is empty"),
            ("", "", "this stack is empty"),
        ] {
            assert_eq!(complaints(text), [(place.to_owned(), message.to_owned())], "{text}");
        }
    }

    #[test]
    fn mistakes_in_yaml_are_explained() {
        for (text, place, message) in [
            ("a: [${x.y}]", "${x.y}", "inside `[ ]` and `{ }` a reference needs quotes around it"),
            ("a: *", "*", "this starts with `*`, which means an alias in YAML"),
            ("a: s\nb: *x", "*", "this starts with `*`, which means an alias in YAML"),
            ("a:\n\tb: c", "\t", "a tab cannot be used to indent"),
            ("a: b: c", ":", "`: ` is not allowed here"),
            ("a: \"b", "\"", "this quote is never closed"),
            ("a: 'b's c'\n", "'", "the string ends at this quote, but more text follows"),
            ("a: \"b\" c\"\n", "\"", "the string ends at this quote, but more text follows"),
            ("a: [\"b\"c\"]\n", "\"", "the string ends at this quote, but more text follows"),
            ("a:\n  b:c\n  d: e\n", "b:", "there is no space after `b:`"),
            ("a:\n  b: c\n  d:e\n  f: g\n", "d:", "there is no space after `d:`"),
            ("a:\n  b: c\n  d:e\n", "d:", "there is no space after `d:`"),
            ("a:\n  - b:c\n    d: e\n", "b:", "there is no space after `b:`"),
            ("a:\n  b: http://x: y\n", ":", "`: ` is not allowed here"),
            ("a: @b", "@", "a value cannot start with `@` in YAML"),
            ("a: [b\nc: d", "[", "this `[` is not closed"),
            ("a: \"x\" # [\nb: [{c: '{'}\nd: e", "[", "this `[` is not closed"),
            ("a: b\nc d\ne: f", "c d", "this line is not of the form `key: value`"),
            ("a: > b", ">", "a string can't begin with `>`, which introduces a block of text"),
        ] {
            assert_eq!(complaints(text), [(place.to_owned(), message.to_owned())], "{text}");
        }
    }

    #[test]
    fn deep_nesting_and_exploding_aliases_stop_early() {
        let deep = format!("a: {}", "[".repeat(100_000));
        assert!(complaints(&deep)[0].1.contains("64 levels"));
        let dashes = format!("{}x", "- ".repeat(100_000));
        assert!(complaints(&dashes)[0].1.contains("64 levels"));
        let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for n in 1..20 {
            let alias = format!("*a{}", n - 1);
            laughs += &format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 9].join(", "));
        }
        assert!(complaints(&laughs)[0].1.contains("aliases"));
        let text = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(10_000));
        assert!(complaints(&text)[0].1.contains("aliases"));
    }
}
