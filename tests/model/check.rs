//! A value against the shape that it must have.

use serde_json::Value;

use super::pattern;
use super::shape::{Model, Shape};

/// Adds to `rules` what `value`, which is at `path`, breaks of the shape's rules, and of those inside it.
pub fn check(model: &Model, shape: &str, value: &Value, path: &str, rules: &mut Vec<String>) {
    let shape = model.shape(shape);
    match (shape.kind.as_str(), value) {
        ("structure", Value::Object(members)) => {
            for required in &shape.required {
                if members.get(required).is_none_or(Value::is_null) {
                    rules.push(format!("{}: it is required", join(path, required)));
                }
            }
            if shape.union && members.len() != 1 {
                rules.push(format!("{}: it has {} of its members, not one", named(path), members.len()));
            }
            for (name, value) in members {
                if let Some(member) = shape.members.get(name) {
                    check(model, &member.shape, value, &join(path, name), rules);
                }
            }
        }
        ("list", Value::Array(elements)) => {
            rules.extend(broken(shape, value).map(|rule| format!("{}: {rule}", named(path))));
            for (n, element) in elements.iter().enumerate() {
                check(model, &shape.element().shape, element, &format!("{path}[{n}]"), rules);
            }
        }
        ("map", Value::Object(entries)) => {
            rules.extend(broken(shape, value).map(|rule| format!("{}: {rule}", named(path))));
            let (key, inner) = shape.entry();
            for (name, value) in entries {
                check(model, &key.shape, &Value::from(name.as_str()), &format!("{path} (key)"), rules);
                check(model, &inner.shape, value, &format!("{path}{{{name}}}"), rules);
            }
        }
        ("structure" | "list" | "map", _) => rules.push(format!("{}: it is not a {}", named(path), shape.kind)),
        _ => rules.extend(broken(shape, value).map(|rule| format!("{}: {rule}", named(path)))),
    }
}

/// What a value breaks of the rules of its own shape, those of its parts not counted.
pub fn broken(shape: &Shape, value: &Value) -> Option<String> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(elements) => elements.len(),
        Value::Object(entries) => entries.len(),
        Value::Number(number) if shape.is_number() => {
            let number = number.as_f64()?;
            let outside = shape.min.is_some_and(|min| number < min) || shape.max.is_some_and(|max| number > max);
            return outside.then(|| format!("{number} is not in the range{}", range(shape)));
        }
        // Bytes, of which there is the number.
        Value::Number(bytes) if shape.kind == "blob" => bytes.as_u64()? as usize,
        Value::Bool(_) if shape.kind == "boolean" => return None,
        other => return Some(format!("{other} is not a {}", shape.kind)),
    };
    let is_text = value.is_string();
    if is_text && (shape.is_number() || shape.kind == "boolean") {
        return Some(format!("{value} is not a {}", shape.kind));
    }
    if is_text && shape.kind == "timestamp" {
        return None;
    }
    let count = length as f64;
    if shape.min.is_some_and(|min| count < min) || shape.max.is_some_and(|max| count > max) {
        let what = if is_text { "characters" } else { "elements" };
        return Some(format!("it has {length} {what}, which is not in the range{}", range(shape)));
    }
    let text = value.as_str()?;
    if !shape.values.is_empty() && !shape.values.iter().any(|one| one == text) {
        return Some(format!("`{text}` is none of the {} values of the enum", shape.values.len()));
    }
    let pattern = shape.pattern.as_deref()?;
    (pattern::matches(pattern, text) == Some(false)).then(|| format!("`{text}` does not match the pattern `{pattern}`"))
}

fn range(shape: &Shape) -> String {
    let bound = |word, bound: Option<f64>| bound.map(|bound| format!(" {word} {bound}")).unwrap_or_default();
    bound("from", shape.min) + &bound("to", shape.max)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn named(path: &str) -> &str {
    if path.is_empty() { "the request" } else { path }
}
