//! JSON values: what stands at a dotted path, and what is not known yet.

use serde_json::{Map, Value};

use super::is_unknown;

/// Whether the dotted `path` is `outer` or a part of it.
pub fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The value at a dotted path.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// Puts `new` at a dotted path, or removes what is there.
pub fn set(value: &mut Value, path: &str, new: Option<Value>) {
    let (parent, name) = match path.rsplit_once('.') {
        Some((parent, name)) => (parent.split('.').collect(), name),
        None => (Vec::new(), path),
    };
    let mut target = value;
    for step in parent {
        if !target.is_object() {
            return;
        }
        if new.is_none() && target.get(step).is_none_or(Value::is_null) {
            return;
        }
        target = &mut target[step];
        if target.is_null() {
            *target = Value::Object(Default::default());
        }
    }
    if let Value::Object(object) = target {
        match new {
            Some(new) => object.insert(name.to_owned(), new),
            None => object.remove(name),
        };
    }
}

/// Whether `live` is what `wanted` says; what that does not say holds, and the order of a list means nothing.
pub fn shows(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (_, Value::Null) => true,
        (Value::Object(live), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| shows(live.get(name).unwrap_or(&Value::Null), value))
        }
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len() && wanted.iter().all(|value| live.iter().any(|live| shows(live, value)))
        }
        _ => live == wanted,
    }
}

/// Whether anything in `value` is known only after apply.
pub fn has_unknown(value: &Value) -> bool {
    strings(value).any(is_unknown)
}

/// Every string in `value`; keys are not among them.
pub fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.as_str())),
        Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        Value::Object(object) => Box::new(object.values().flat_map(strings)),
        _ => Box::new(std::iter::empty()),
    }
}

/// The same in no more memory than it needs, for what is kept: maps and lists have room for more than they hold.
pub fn fitted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut fitting = Map::with_capacity(object.len());
            fitting.extend(object.into_iter().map(|(key, value)| (key, fitted(value))));
            Value::Object(fitting)
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(fitted).collect();
            items.shrink_to_fit();
            Value::Array(items)
        }
        Value::String(mut text) => {
            text.shrink_to_fit();
            Value::String(text)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_takes_no_more_than_it_needs() {
        let (mut text, mut items) = (String::with_capacity(100), Vec::with_capacity(100));
        text.push('x');
        items.extend([Value::String(text), json!({ "a": 1, "b": [null, true] })]);
        let Value::Array(fitted) = fitted(Value::Array(items)) else { panic!("no list") };
        assert_eq!(json!(fitted), json!(["x", { "a": 1, "b": [null, true] }]));
        let [Value::String(text), _] = fitted.as_slice() else { panic!("{fitted:?}") };
        assert_eq!((fitted.capacity(), text.capacity()), (2, 1));
    }

    #[test]
    fn what_is_left_out_matches_anything() {
        assert!(shows(&json!([{ "id": "made up", "sns": "a" }]), &json!([{ "id": null, "sns": "a" }])));
        assert!(!shows(&json!([{ "sns": "a" }, { "sns": "b" }]), &json!([{ "sns": "a" }])));
        assert!(!shows(&json!(null), &json!("x")));
        assert!(shows(&json!({ "a": 1, "b": ["x", "y"] }), &json!({ "b": ["y", "x"], "c": null })));
        assert!(!shows(&json!({ "a": 1 }), &json!({ "b": { "c": 1 } })));
    }

    #[test]
    fn what_is_not_there_is_removed_without_a_trace() {
        let mut value = json!({ "a": { "b": 1 } });
        for path in ["tags.course", "a.c", "a.b.c", "a.b"] {
            set(&mut value, path, None);
        }
        assert_eq!(value, json!({ "a": {} }));
        set(&mut value, "tags.course", Some(json!("x")));
        assert_eq!(value, json!({ "a": {}, "tags": { "course": "x" } }));
    }
}
