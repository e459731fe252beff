//! A stack as text, in which it is known where a property stands.

use std::ops::Range;

use serde_json::{Map, Value, json};

/// A document as text.
pub struct Written {
    /// JSON, which is YAML.
    pub text: String,
    /// Where the value at the path stands, with its key.
    pub range: Range<usize>,
}

/// The document, and where `path` is in it.
pub fn written(document: &Value, path: &[String]) -> Written {
    let mut written = Written { text: String::new(), range: 0..0 };
    write(document, Some(path), &mut written);
    written
}

fn write(value: &Value, path: Option<&[String]>, written: &mut Written) {
    let next =
        |key: &str| path.and_then(|path| path.split_first()).filter(|(first, _)| *first == key).map(|(_, rest)| rest);
    match value {
        Value::Object(map) => {
            written.text.push_str("{\n");
            for (key, value) in map {
                let inner = next(key);
                let start = written.text.len();
                written.text.push_str(&format!("{}: ", json!(key)));
                write(value, inner, written);
                if inner.is_some_and(<[_]>::is_empty) {
                    written.range = start..written.text.len();
                }
                written.text.push_str(",\n");
            }
            written.text.push('}');
        }
        Value::Array(list) => {
            written.text.push_str("[\n");
            for (n, value) in list.iter().enumerate() {
                let inner = next(&n.to_string());
                let start = written.text.len();
                write(value, inner, written);
                if inner.is_some_and(<[_]>::is_empty) {
                    written.range = start..written.text.len();
                }
                written.text.push_str(",\n");
            }
            written.text.push(']');
        }
        value => written.text.push_str(&value.to_string()),
    }
}

/// Sets a property, in the table's words, and says where it is.
pub fn set(resource: &mut Value, property: &str, value: &Value) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = resource;
    for part in property.split('.') {
        let name = part.trim_end_matches("[]").trim_end_matches("{key}").trim_end_matches("{value}");
        path.push(name.to_owned());
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name];
        match &part[name.len()..] {
            "[]" => {
                if at.as_array().is_none_or(Vec::is_empty) {
                    *at = json!([null]);
                }
                at = &mut at[0];
                path.push("0".into());
            }
            "{key}" => {
                let there = at.as_object().and_then(|map| map.values().next().cloned());
                let mut map = Map::new();
                map.insert(value.as_str().unwrap_or_default().to_owned(), there.unwrap_or_else(|| json!("value")));
                *at = Value::Object(map);
                path.push(value.as_str().unwrap_or_default().to_owned());
                return path;
            }
            "{value}" => {
                *at = json!({ "key": null });
                at = &mut at["key"];
                path.push("key".into());
            }
            _ => {}
        }
    }
    *at = value.clone();
    path
}

/// The property's value, if it is there.
pub fn get(resource: &Value, property: &str) -> Option<Value> {
    let mut at = resource;
    for part in property.split('.') {
        if let Some(name) = part.strip_suffix("{key}") {
            return at.get(name)?.as_object()?.keys().next().map(|key| json!(key));
        }
        let name = part.trim_end_matches("[]");
        at = at.get(name)?;
        if part.ends_with("[]") {
            at = at.get(0)?;
        }
    }
    Some(at.clone())
}

#[test]
fn a_property_is_found_in_the_text() {
    let mut document = json!({ "a": { "b": [{ "c": 1 }] } });
    let path = set(&mut document, "a.b[].c", &json!("x"));
    let Written { text, range } = written(&document, &path);
    assert_eq!(&text[range], r#""c": "x""#);
    assert_eq!(get(&document, "a.b[].c"), Some(json!("x")));
    let path = set(&mut document, "tags{key}", &json!("k"));
    let Written { text, range } = written(&document, &path);
    assert_eq!(&text[range], r#""k": "value""#);
}
