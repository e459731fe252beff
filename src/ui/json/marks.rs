//! Values that are only partly known, as Terraform's documents have them: the value itself, and beside it an object of the
//! same nesting with `true` where something is unknown or sensitive.

use serde_json::{Map, Value};

use crate::model::sensitive::SENSITIVE;
use crate::plan::value::PlanValue;

/// `value` without what is known only after apply: properties are left out, elements of lists are `null`.
pub fn known(value: &PlanValue) -> Value {
    match value {
        PlanValue::Unknown => Value::Null,
        PlanValue::Array(items) => items.iter().map(known).collect(),
        PlanValue::Object(object) => object
            .iter()
            .filter(|(_, value)| **value != PlanValue::Unknown)
            .map(|(key, value)| (key.clone(), known(value)))
            .collect(),
        other => other.shown(),
    }
}

/// `true` where a value is known only after apply.
pub fn unknown(value: &PlanValue) -> Value {
    marks(value, &|value| *value == PlanValue::Unknown, &|_| false).unwrap_or_else(|| Value::Object(Map::new()))
}

/// `true` where a value, a part of it or its key is hidden: by its type, or by the redactor, which leaves what stands
/// beside a secret.
pub fn sensitive(value: &PlanValue) -> Value {
    let is_redacted = |text: &str| text.contains(SENSITIVE);
    let is_hidden = |value: &PlanValue| match value {
        PlanValue::Sensitive(_) => true,
        other => other.as_str().is_some_and(is_redacted),
    };
    marks(value, &is_hidden, &is_redacted).unwrap_or_else(|| Value::Object(Map::new()))
}

/// `None`: nothing in it is to be marked, neither a leaf nor a key.
fn marks(value: &PlanValue, leaf: &dyn Fn(&PlanValue) -> bool, key: &dyn Fn(&str) -> bool) -> Option<Value> {
    match value {
        PlanValue::Array(items) => {
            let marks: Vec<_> = items.iter().map(|item| marks(item, leaf, key)).collect();
            let any = marks.iter().any(Option::is_some);
            any.then(|| marks.into_iter().map(|mark| mark.unwrap_or(Value::Bool(false))).collect())
        }
        PlanValue::Object(object) => {
            let mark = |name: &str, value| if key(name) { Some(Value::Bool(true)) } else { marks(value, leaf, key) };
            let inside = object.iter().filter_map(|(name, value)| Some((name.clone(), mark(name, value)?)));
            let inside: Map<_, _> = inside.collect();
            (!inside.is_empty()).then_some(Value::Object(inside))
        }
        other => leaf(other).then_some(Value::Bool(true)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::value::UNKNOWN;
    use crate::testing::as_shown;

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
        let shown = as_shown(&shown);
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
        assert_eq!((unknown(&PlanValue::object()), sensitive(&as_shown(&json!([1])))), (json!({}), json!({})));
    }
}
