//! From a live resource to the least that a stack has to say of it.

use serde_json::{Map, Value};

use crate::model::value::{at, set};
use crate::plan::same::same;
use crate::resource::kind::Kind;
use crate::resource::{Base, Live};

/// The properties of `live` without those that go without saying: AWS's defaults, and what the kind's canonical form
/// fills in by itself. The order is that of the kind's fields.
pub fn properties(kind: &dyn Kind, live: &Live<Value>, base: &Base) -> Value {
    let schema = kind.schema();
    let mut said = Value::Object(Map::new());
    for path in schema.leaves() {
        let Some(property) = schema.at(path).filter(|property| !property.has("readOnly")) else { continue };
        let Some(value) = at(&live.spec, path) else { continue };
        let is_default = match property.annotation("x-default") {
            Some(default) => same(property, default, value),
            None => is_empty(value),
        };
        if !is_default || is_required(kind, path) || is_filled_in(kind, path, base) {
            set(&mut said, path, Some(value.clone()));
        }
    }
    for path in schema.leaves() {
        let Some(value) = at(&said, path).cloned() else { continue };
        let Ok(whole) = kind.canonical(&said, base) else { continue };
        let alike = |other: &Value| {
            let other = kind.canonical(other, base);
            other.is_ok_and(|other| at(&other, path) == at(&whole, path))
        };
        let mut without = said.clone();
        set(&mut without, path, None);
        if !is_required(kind, path) && alike(&without) {
            said = without;
            continue;
        }
        let fits = |value: Value| {
            let mut other = said.clone();
            set(&mut other, path, Some(value));
            alike(&other)
        };
        let short = shortened(&value, &fits);
        set(&mut said, path, Some(short));
    }
    let mut ordered = Value::Object(Map::new());
    for path in schema.leaves() {
        if let Some(value) = at(&said, path) {
            set(&mut ordered, path, Some(value.clone()));
        }
    }
    ordered
}

/// Whether it says nothing: This is AWS's answer for settings that were never set.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// Whether a stack has to say it.
fn is_required(kind: &dyn Kind, path: &str) -> bool {
    let required = kind.schema().json().get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|name| name == path))
}

/// Whether the canonical form of a resource that does not say the property has a value for it.
fn is_filled_in(kind: &dyn Kind, path: &str, base: &Base) -> bool {
    let schema = kind.schema();
    let mut least = Value::Object(Map::new());
    for name in schema.leaves().iter().filter(|name| is_required(kind, name)) {
        if !schema.at(name).is_some_and(|property| property.has("x-local")) {
            set(&mut least, name, Some(Value::from("")));
        }
    }
    kind.canonical(&least, base).is_ok_and(|canonical| at(&canonical, path).is_some())
}

/// `value` without the parts that `is_same` finds to make no difference.
fn shortened(value: &Value, is_same: &dyn Fn(Value) -> bool) -> Value {
    let mut short = value.clone();
    for place in places(value) {
        let mut other = short.clone();
        let (parent, key) = place.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(object)) = other.pointer_mut(parent) {
            object.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        if other != short && is_same(other.clone()) {
            short = other;
        }
    }
    short
}

/// The places of all keys in a value, as JSON pointers, inner ones first.
fn places(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| -> Vec<String> {
        places(value).into_iter().map(|place| format!("/{key}{place}")).collect()
    };
    match value {
        Value::Array(items) => items.iter().enumerate().flat_map(|(n, item)| below(n.to_string(), item)).collect(),
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                let mut inner = below(key.clone(), value);
                inner.push(format!("/{key}"));
                inner
            })
            .collect(),
        _ => Vec::new(),
    }
}
