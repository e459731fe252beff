//! A value of the wrong type: what to write instead.

use jsonschema::JsonType;

use super::node::{Content, Spot};
use super::problem::Problem;
use super::reference::has_reference;

/// The problem of the value at `spot`, called `called`, that is of none of the `expected` types.
pub fn problem(text: &str, called: &str, spot: &Spot<'_>, expected: &[JsonType]) -> Option<Problem> {
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
            let message = format!("{called} must be {wanted}, and a reference gives text");
            let hint = "references work only in properties that are text; write the value itself";
            return Some(Problem::new(spot.place.clone(), message, hint));
        }
        Content::Broken => return None,
        Content::Bool(_) | Content::Number(_) => {
            let got = format!("`{raw}`");
            let hint = if wants(JsonType::String) {
                format!("put it in quotes: \"{raw}\"")
            } else if wants(JsonType::Array) {
                format!("write a list: `[{raw}]`")
            } else if wants(JsonType::Integer) && matches!(node.content, Content::Number(_)) {
                "write it without a decimal point".to_owned()
            } else {
                format!("write {wanted}")
            };
            (got, hint)
        }
        Content::Text(value) => {
            let digits: String =
                value.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            let hint = match yes_or_no(value) {
                Some(value) if wants(JsonType::Boolean) => format!("write `{value}`, without quotes"),
                _ if number && value.parse::<f64>().is_ok() => format!("write it without quotes: {value}"),
                _ if number && !digits.is_empty() => format!("only the number: {digits}"),
                _ if wants(JsonType::Array) && !raw.contains('\n') => format!("write a list: `[{}]`", in_quotes(raw)),
                _ if wants(JsonType::Object) => "write its properties below it, indented, as `key: value`".to_owned(),
                _ => format!("write {wanted}"),
            };
            ("text".to_owned(), hint)
        }
        Content::List(items) => match (items.as_slice(), wants(JsonType::String)) {
            ([only], true) if !only.block => {
                ("a list".to_owned(), format!("only one is possible here: {}", &text[only.span.clone()]))
            }
            _ => ("a list".to_owned(), format!("write {wanted}, without `-` and `[ ]`")),
        },
        Content::Map(_) if wants(JsonType::Array) => {
            ("a group of keys".to_owned(), "put `- ` before each element".to_owned())
        }
        Content::Map(_) => ("a group of keys".to_owned(), format!("write {wanted}, not `key: value`")),
    };
    Some(Problem::new(spot.place.clone(), format!("{called} must be {wanted}, not {got}"), hint))
}

/// What has characters that mean something inside brackets, in quotes.
fn in_quotes(raw: &str) -> String {
    let plain = raw.starts_with(['"', '\'']) || !raw.contains(['{', '}', '[', ']', ',', ':', '#']);
    if plain { raw.to_owned() } else { format!("\"{raw}\"") }
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
        JsonType::String => "text",
        JsonType::Array => "a list",
        JsonType::Object => "a group of keys",
    }
}
