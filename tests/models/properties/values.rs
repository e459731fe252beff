//! Values at the edge of a rule and beyond it.

use cloud101::resource::kind::Kind;
use serde_json::{Value, json};

use crate::model::{check, shape::Shape};

/// Longer texts say nothing that shorter ones don't.
const LONGEST: usize = 20_000;

/// What a text may not hold, here or there.
const ODD: [&str; 16] = [" ", "/", "ä", "–", "学", "😀", "*", "$", "\u{7f}", "\n", ":", "@", ".", "#", "<", "?"];

/// A shape's rules, for people.
pub fn rules(shape: &Shape) -> Vec<String> {
    let what = if shape.is_number() {
        "value"
    } else if shape.kind == "list" {
        "elements"
    } else {
        "length"
    };
    let range = match (shape.min.filter(|min| *min > 0.0 || shape.is_number()), shape.max) {
        (None, None) => None,
        (Some(min), None) => Some(format!("{what} from {min}")),
        (None, Some(max)) => Some(format!("{what} to {max}")),
        (Some(min), Some(max)) => Some(format!("{what} {min} to {max}")),
    };
    let pattern = shape.pattern.as_ref().map(|pattern| format!("pattern `{}`", pattern.replace('`', "'")));
    let values = (!shape.values.is_empty()).then(|| format!("one of {} values", shape.values.len()));
    range.into_iter().chain(pattern).chain(values).collect()
}

/// Values on both sides of each of the shape's rules; `good` keeps them all.
pub fn around_the_edge(shape: &Shape, good: &Value) -> Vec<Value> {
    if shape.is_number() {
        let number = |bound: Option<f64>, by: i64| bound.map(|bound| json!(bound as i64 + by));
        let edges = [number(shape.min, -1), number(shape.min, 0), number(shape.max, 0), number(shape.max, 1)];
        return edges.into_iter().flatten().collect();
    }
    let good = good.as_str().unwrap_or_default();
    let mut all: Vec<String> = shape.values.clone();
    if !shape.values.is_empty() {
        all.extend(["no-such-value".to_owned(), good.to_uppercase() + "x"]);
    }
    if shape.min.is_some_and(|min| min > 0.0) || shape.pattern.is_some() {
        all.push(String::new());
    }
    let longer = |length: usize| {
        let last = good.chars().rfind(char::is_ascii_alphanumeric).unwrap_or('a');
        let more = length.checked_sub(good.chars().count())?;
        Some(good.to_owned() + &last.to_string().repeat(more))
    };
    if let Some(max) = shape.max.map(|max| max as usize).filter(|max| *max <= LONGEST) {
        all.extend([longer(max), longer(max + 1)].into_iter().flatten());
    }
    if shape.pattern.is_some() {
        all.extend(ODD.iter().map(|odd| format!("{good}{odd}x")));
        all.extend(ODD.iter().map(|odd| format!("{odd}{good}")));
    }
    all.into_iter().map(Value::from).collect()
}

/// Whether a value that the model takes lies at the edge, where `validate` should take it too.
pub fn is_edge(shape: &Shape, value: &Value) -> bool {
    match value.as_str() {
        None => true,
        Some(text) => {
            let length = text.chars().count() as f64;
            shape.values.iter().any(|one| one == text) || shape.max == Some(length)
        }
    }
}

/// The property's own example.
pub fn example(kind: &dyn Kind, property: &str) -> Value {
    if let Some(rest) = property.strip_prefix("tags") {
        return if rest == "{key}" { json!("course") } else { json!("cloud101") };
    }
    if property == "name" {
        return json!("example-name");
    }
    let path = property.replace("[]", "").replace("{key}", "").replace("{value}", "");
    let example = kind.schema().at(&path).and_then(|at| at.annotation("examples")).and_then(|all| all.get(0)).cloned();
    let inner = |value: Value| match value {
        Value::Object(map) if property.ends_with("{key}") => map.keys().next().map(|key| json!(key)),
        Value::Object(map) if property.ends_with("{value}") => map.values().next().cloned(),
        Value::Array(mut list) if property.ends_with("[]") => (!list.is_empty()).then(|| list.remove(0)),
        value => Some(value),
    };
    example.and_then(inner).unwrap_or_else(|| json!("a"))
}

/// One of many values like this one, each of its own.
pub fn distinct(good: &Value, n: usize) -> Value {
    match good.as_str() {
        Some(text) if n > 0 => json!(format!("{text}{n}")),
        _ => good.clone(),
    }
}

/// Not too long for a line.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.chars().count() {
        0..=60 => text,
        length => format!("{}… ({length} characters)", text.chars().take(40).collect::<String>()),
    }
}

#[test]
fn values_are_made_on_both_sides_of_each_rule() {
    let shape = Shape {
        kind: "string".into(),
        min: Some(1.0),
        max: Some(5.0),
        pattern: Some("[a-z]+".into()),
        ..Shape::default()
    };
    let values = around_the_edge(&shape, &json!("ab"));
    let refused = |value: &&Value| check::broken(&shape, value).is_some();
    assert!(values.contains(&json!("abbbb")) && values.contains(&json!("abbbbb")) && values.contains(&json!("")));
    assert!(values.iter().filter(refused).count() > 10 && !values.iter().all(|value| refused(&value)));
    assert_eq!(rules(&shape), ["length 1 to 5", "pattern `[a-z]+`"]);
}
