//! Values that are only partly known, as Terraform's documents have them: the value itself, and beside it an object of the
//! same nesting with `true` where something is unknown or sensitive.

use serde_json::{Map, Value};

use crate::plan::shown::{SENSITIVE, UNKNOWN};

/// `shown` without what is known only after apply: properties are left out, elements of lists are `null`.
pub fn known(shown: &Value) -> Value {
    match shown {
        Value::String(text) if text == UNKNOWN => Value::Null,
        Value::Array(items) => items.iter().map(known).collect(),
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| value.as_str() != Some(UNKNOWN))
            .map(|(key, value)| (key.clone(), known(value)))
            .collect(),
        other => other.clone(),
    }
}

/// `true` where a value is known only after apply.
pub fn unknown(shown: &Value) -> Value {
    marks(shown, |text| text == UNKNOWN).unwrap_or_else(|| Value::Object(Map::new()))
}

/// `true` where a value, a part of it or its key is hidden.
pub fn sensitive(shown: &Value) -> Value {
    marks(shown, hides).unwrap_or_else(|| Value::Object(Map::new()))
}

/// `None`: nothing in it is to be marked.
fn marks(shown: &Value, is_marked: fn(&str) -> bool) -> Option<Value> {
    match shown {
        Value::String(text) => is_marked(text).then_some(Value::Bool(true)),
        Value::Array(items) => {
            let marks: Vec<_> = items.iter().map(|item| marks(item, is_marked)).collect();
            let any = marks.iter().any(Option::is_some);
            any.then(|| marks.into_iter().map(|mark| mark.unwrap_or(Value::Bool(false))).collect())
        }
        Value::Object(object) => {
            let mark =
                |key: &str, value| if is_marked(key) { Some(Value::Bool(true)) } else { marks(value, is_marked) };
            let inside = object.iter().filter_map(|(key, value)| Some((key.clone(), mark(key, value)?)));
            let inside: Map<_, _> = inside.collect();
            (!inside.is_empty()).then_some(Value::Object(inside))
        }
        _ => None,
    }
}

/// The redactor leaves what stands beside a secret.
fn hides(text: &str) -> bool {
    text.contains(SENSITIVE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_unknown_or_hidden_is_marked_in_the_same_nesting() {
        let shown = json!({
            "role": UNKNOWN,
            "group": {"left": 1, "right": UNKNOWN},
            "ids": ["sg-1", UNKNOWN],
            "environment": {"TOKEN": SENSITIVE, "MODE": "class"},
            "user_data": "login (sensitive)\n",
            "tags": {"(sensitive)": "1", "(sensitive) 2": {"a": "2"}},
            "plain": [1, {"a": null}],
        });
        let expected = json!({
            "group": {"left": 1},
            "ids": ["sg-1", null],
            "environment": {"TOKEN": SENSITIVE, "MODE": "class"},
            "user_data": "login (sensitive)\n",
            "tags": {"(sensitive)": "1", "(sensitive) 2": {"a": "2"}},
            "plain": [1, {"a": null}],
        });
        assert_eq!(known(&shown), expected);
        assert_eq!(unknown(&shown), json!({"role": true, "group": {"right": true}, "ids": [false, true]}));
        let tags = json!({"(sensitive)": true, "(sensitive) 2": true});
        let expected = json!({"environment": {"TOKEN": true}, "user_data": true, "tags": tags});
        assert_eq!(sensitive(&shown), expected);
        assert_eq!((unknown(&json!({})), sensitive(&json!([1]))), (json!({}), json!({})));
    }
}
