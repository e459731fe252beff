//! Numbers that JSON Schema lets pass and AWS's APIs have no room for: `256.0` for a whole number, or too large a one.

use std::ops::Range;

use jsonschema::JsonType;
use serde_json::{Number, Value};

use crate::explain::Code;

use super::diagnostics::Diagnostic;
use super::node::{Content, Node, Spot};
use super::type_errors;

/// Adds the problems of the numbers in `node`, which is the value of the key at `key` and is called `called`.
pub fn check(
    text: &str,
    node: &Node,
    key: &Range<usize>,
    called: &str,
    schema: &Value,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match &node.content {
        Content::Number(number) => {
            let Some(schema) = whole_number(schema) else { return };
            let spot = Spot { place: node.place.clone(), key: key.clone(), node: Some(node) };
            if is_round_float(number) {
                diagnostics.extend(type_errors::diagnostic(text, called, &spot, &[JsonType::Integer]));
            } else if !fits(number, schema) {
                diagnostics.push(out_of_range(called, spot.place, Some(schema)));
            }
        }
        Content::List(items) => {
            let Some(schema) = schema.get("items") else { return };
            let called = format!("an element of {called}");
            items.iter().for_each(|item| check(text, item, &item.place, &called, schema, diagnostics));
        }
        Content::Map(entries) => {
            for entry in entries {
                let named = schema.get("properties").and_then(|properties| properties.get(&entry.key));
                if let Some(schema) = named.or_else(|| schema.get("additionalProperties")) {
                    let called = format!("`{}`", entry.key);
                    check(text, &entry.value, &entry.key_place, &called, schema, diagnostics);
                }
            }
        }
        _ => {}
    }
}

/// The schema of a whole number, be it the only form or one of several; `None` where any number will do.
fn whole_number(schema: &Value) -> Option<&Value> {
    let forms = ["anyOf", "oneOf"].iter().find_map(|forms| schema.get(forms)?.as_array());
    let mut forms = forms.map_or(std::slice::from_ref(schema), Vec::as_slice).iter();
    forms.find(|form| form.get("type").is_some_and(|t| t == "integer"))
}

/// Whether JSON Schema takes it for a whole number, and no program does.
fn is_round_float(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// Whether a whole number has room in its `format`. What has a `minimum` and a `maximum` is JSON Schema's to judge.
fn fits(number: &Number, schema: &Value) -> bool {
    let Some(number) = number.as_i128() else { return true };
    match schema.get("format").and_then(Value::as_str) {
        Some("int32") => i32::try_from(number).is_ok(),
        Some("int64") => i64::try_from(number).is_ok(),
        _ => true,
    }
}

/// The problem of a number that `schema` does not allow.
pub fn out_of_range(called: &str, place: Range<usize>, schema: Option<&Value>) -> Diagnostic {
    let limit = |keyword: &str| schema.and_then(|schema| schema.get(keyword)).map(number);
    let (low, high) = (limit("minimum"), limit("maximum"));
    let hint = match (low, high) {
        (Some(low), Some(high)) => format!("write a number from {low} to {high}"),
        (Some(low), None) => format!("write a number of at least {low}"),
        (None, Some(high)) => format!("write a number of at most {high}"),
        (None, None) => match schema.and_then(|schema| schema.get("description")).and_then(first_sentence) {
            Some(said) => format!("{called}: {said}"),
            None => "write another number".to_owned(),
        },
    };
    Diagnostic::new(Code::OutOfRange, place, format!("{called} is out of range")).help(hint)
}

/// The first sentence of a schema's description.
pub fn first_sentence(description: &Value) -> Option<String> {
    let paragraph = description.as_str()?.split("\n\n").next()?.replace('\n', " ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |n| n + 1);
    Some(paragraph[..end].to_owned())
}

/// A limit as a person writes it: schemas say `0.0` too.
fn number(value: &Value) -> String {
    let text = value.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::source;
    use serde_json::json;

    fn complaints(text: &str) -> Vec<(String, String, String)> {
        let days = json!({ "type": "integer", "format": "int32", "description": "After how many days. More." });
        let schema = json!({ "properties": {
            "days": days,
            "size": { "type": "integer", "format": "int64" },
            "share": { "type": "number" },
            "ports": { "anyOf": [{ "type": "string" }, { "type": "integer", "format": "int32" }] },
            "rules": { "items": { "properties": { "days": days } } },
            "limits": { "additionalProperties": days },
            "list": { "items": days },
        } });
        let node = source::parse(text, &mut Vec::new()).unwrap();
        let mut diagnostics = Vec::new();
        check(text, &node, &(0..1), "`it`", &schema, &mut diagnostics);
        diagnostics.into_iter().map(|p| (text[p.range()].to_owned(), p.message, p.help.unwrap_or_default())).collect()
    }

    #[test]
    fn what_has_no_room_is_found_wherever_it_stands() {
        let float = "`days` must be a whole number, not";
        for (text, place, message, hint) in [
            ("days: 256.0", "256.0", &*format!("{float} `256.0`"), "write 256, without a decimal point"),
            ("days: 1e3", "1e3", &format!("{float} `1e3`"), "write 1000"),
            ("days: 99999999999", "99999999999", "`days` is out of range", "`days`: After how many days."),
            ("days: -2147483649", "-2147483649", "`days` is out of range", "`days`: After"),
            ("size: 9223372036854775808", "9223372036854775808", "`size` is out of range", "another number"),
            ("ports: 22.0", "22.0", "`ports` must be a whole number, not `22.0`", "22"),
            ("rules: [{days: 1}, {days: 2.0}]", "2.0", &format!("{float} `2.0`"), "2"),
            ("limits: {a: 3.0}", "3.0", "`a` must be a whole number, not `3.0`", "3"),
            ("list: [1, 4.0]", "4.0", "an element of `list` must be a whole number, not `4.0`", "4"),
        ] {
            let found = complaints(text);
            let [(found_place, found_message, found_hint)] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((found_place.as_str(), found_message.as_str()), (place, message), "{text}");
            assert!(found_hint.contains(hint), "{text}: {found_hint}");
        }
    }

    #[test]
    fn other_numbers_pass() {
        for text in ["days: 2147483647", "size: 9007199254740993", "share: 1.0", "ports: 22", "ports: a", "days: 1.5"] {
            assert_eq!(complaints(text), [], "{text}");
        }
    }
}
