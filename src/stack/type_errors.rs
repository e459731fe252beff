//! A value of the wrong type: what to write instead.

use jsonschema::JsonType;

use crate::explain::Code;
use crate::model::reference::has_reference;

use super::diagnostics::Diagnostic;
use super::node::{Content, Spot};
use super::syntax::glued;

/// The problem of the value at `spot`, called `called`, that is of none of the `expected` types.
pub fn diagnostic(text: &str, called: &str, spot: &Spot<'_>, expected: &[JsonType]) -> Option<Diagnostic> {
    let node = spot.node?;
    // As it was written: a number's zeros and signs would get lost. An alias is written elsewhere.
    let raw = match &node.content {
        Content::Number(number) if text[node.span.clone()].starts_with('*') => &number.to_string(),
        _ => &text[node.span.clone()],
    };
    let wanted = expected.iter().map(|t| type_word(*t)).collect::<Vec<_>>().join(" or ");
    let wants = |t: JsonType| expected.contains(&t);
    let number = wants(JsonType::Integer) || wants(JsonType::Number);
    let (got, hint) = match &node.content {
        Content::Text(value) if has_reference(value) && (number || wants(JsonType::Boolean)) => {
            let message = format!("{called} must be {wanted}, and a reference yields a string");
            let hint = "references work in string properties only; write the value itself";
            return Some(Diagnostic::new(Code::NoReferenceHere, spot.place.clone(), message).help(hint));
        }
        Content::Broken => return None,
        Content::Bool(_) | Content::Number(_) => {
            let got = format!("`{raw}`");
            let hint = if wants(JsonType::String) {
                format!("put it in quotes: \"{raw}\"")
            } else if wants(JsonType::Array) {
                format!("write a list: `[{raw}]`")
            } else if let (true, Content::Number(number)) = (wants(JsonType::Integer), &node.content) {
                match number.as_f64().and_then(whole) {
                    Some(whole) if raw.contains('.') => format!("write {whole}, without a decimal point"),
                    Some(whole) => format!("write {whole}"),
                    None => "write it without a decimal point".to_owned(),
                }
            } else {
                format!("write {wanted}")
            };
            (got, hint)
        }
        Content::Text(value) => {
            let quoted = raw.starts_with(['"', '\'']);
            let fraction = wants(JsonType::Number);
            let hint = match yes_or_no(value) {
                Some(value) if wants(JsonType::Boolean) && quoted => format!("write `{value}`, without quotes"),
                Some(value) if wants(JsonType::Boolean) => format!("write `{value}`"),
                _ if number => match (number_of(value, fraction), number_in(value, fraction)) {
                    (Some(number), _) if quoted => format!("write it without quotes: {number}"),
                    (Some(number), _) => format!("write {number}"),
                    (None, Some(number)) => format!("only the number: {number}"),
                    (None, None) => format!("write {wanted}"),
                },
                _ if wants(JsonType::Array) && !raw.contains('\n') => format!("write a list: `[{}]`", in_quotes(raw)),
                _ if wants(JsonType::Object) && glued(value).is_some() => {
                    format!("add a space after the colon: `{}`", value.replacen(':', ": ", 1))
                }
                _ if wants(JsonType::Object) => "write its properties below it, indented, as `key: value`".to_owned(),
                _ => format!("write {wanted}"),
            };
            ("a string".to_owned(), hint)
        }
        Content::List(items) => match items.as_slice() {
            [only] if !only.block && !wants(JsonType::Object) => {
                ("a list".to_owned(), format!("remove the brackets: {}", &text[only.span.clone()]))
            }
            _ => ("a list".to_owned(), format!("write {wanted}, without `-` and `[ ]`")),
        },
        Content::Map(_) if wants(JsonType::Array) => {
            ("a group of keys".to_owned(), "put `- ` before each element".to_owned())
        }
        Content::Map(_) => ("a group of keys".to_owned(), format!("write {wanted}, not `key: value`")),
    };
    Some(
        Diagnostic::new(Code::WrongType, spot.place.clone(), format!("{called} must be {wanted}, not {got}"))
            .help(hint),
    )
}

/// What has characters that mean something inside brackets, in quotes.
fn in_quotes(raw: &str) -> String {
    let plain = raw.starts_with(['"', '\'']) || !raw.contains(['{', '}', '[', ']', ',', ':', '#']);
    if plain { raw.to_owned() } else { format!("\"{raw}\"") }
}

/// The number that `text` was meant to be: `1_000`, `1,000`, `010`, `1e3`. With a fraction only if there may be one.
fn number_of(text: &str, fraction: bool) -> Option<String> {
    let plain = without_separators(text);
    if let Ok(number) = plain.parse::<i64>() {
        return Some(number.to_string());
    }
    let number = plain.parse::<f64>().ok().filter(|number| number.is_finite())?;
    whole(number).map(|number| number.to_string()).or_else(|| fraction.then(|| number.to_string()))
}

/// The one number in a text with a unit: `256MB`.
fn number_in(text: &str, fraction: bool) -> Option<String> {
    let text = without_separators(text);
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let only = !rest[end..].contains(|c: char| c.is_ascii_digit());
    only.then(|| number_of(&rest[..end], fraction)).flatten()
}

/// `number` as a whole one, if it is one and no digit of it is lost.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// Without what some people write between three digits and the next three.
fn without_separators(text: &str) -> String {
    let chars: Vec<char> = text.trim().chars().collect();
    let is_digit = |n: usize| chars.get(n).is_some_and(char::is_ascii_digit);
    let separates = |n: usize| n > 0 && is_digit(n - 1) && (n + 1..n + 4).all(is_digit) && !is_digit(n + 4);
    let kept = chars.iter().enumerate().filter(|(n, c)| !("_,' ".contains(**c) && separates(*n)));
    kept.map(|(_, c)| c).collect()
}

/// Whether `text` is two whole numbers with a hyphen between them.
pub fn is_range(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-').is_some_and(|(low, high)| is_number(low) && is_number(high))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "on" | "true" => Some(true),
        "no" | "n" | "off" | "false" => Some(false),
        _ => None,
    }
}

fn type_word(t: JsonType) -> &'static str {
    match t {
        JsonType::Null => "nothing",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "a group of keys",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_for_a_number_is_understood() {
        for (text, expected) in [
            ("1_000", Some("1000")),
            ("1,000,000", Some("1000000")),
            ("10 000", Some("10000")),
            ("010", Some("10")),
            ("-5", Some("-5")),
            ("1e3", Some("1000")),
            ("2.0", Some("2")),
            ("2.5", None),
            ("1_00", None),
            ("nan", None),
            ("inf", None),
            ("99999999999999999999", None),
            ("256MB", None),
            ("", None),
        ] {
            assert_eq!(number_of(text, false).as_deref(), expected, "{text}");
        }
        assert_eq!(number_of("2.5", true).as_deref(), Some("2.5"));
        for (text, expected) in [
            ("256MB", Some("256")),
            ("1_024 MiB", Some("1024")),
            ("1.5 GiB", None),
            ("5-10", None),
            ("lots", None),
            ("10.GiB", Some("10")),
        ] {
            assert_eq!(number_in(text, false).as_deref(), expected, "{text}");
        }
        assert_eq!(number_in("1.5 GiB", true).as_deref(), Some("1.5"));
    }
}
