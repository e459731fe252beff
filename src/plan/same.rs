//! When two values of a property are the same, by the marks of its schema.

use serde_json::{Number, Value};

use crate::resource::schema::Property;

use crate::model::{policy, policy_form};

/// Whether `live` is what `desired` asks for.
pub fn same(property: Property<'_>, desired: &Value, live: &Value) -> bool {
    if property.has("x-policy") {
        return same_policies(desired, live);
    }
    match (desired, live) {
        (Value::Array(desired), Value::Array(live)) => {
            let alike = if property.has("x-exact") { equal } else { covers };
            let key = property.annotation("x-key").and_then(Value::as_str);
            desired.len() == live.len()
                && match key {
                    Some(key) => all_matched(desired, live, |w, l| w.get(key) == l.get(key) && alike(w, l)),
                    None if property.has("x-set") => all_matched(desired, live, alike),
                    None => desired.iter().zip(live).all(|(desired, live)| alike(desired, live)),
                }
        }
        (Value::String(desired), Value::String(live)) if property.has("x-text") => text(desired) == text(live),
        _ => equal(desired, live),
    }
}

/// The one form of all values of a property that mean the same, for the hash of what the last apply set.
pub fn normal(property: Property<'_>, value: &Value) -> Value {
    match value {
        Value::Object(object) if property.has("x-policy") && !is_document(value) => {
            sorted_keys(&object.iter().map(|(key, value)| (key.clone(), policy_form::normal(value))).collect())
        }
        _ if property.has("x-policy") => policy_form::normal(value),
        Value::Array(items) if property.has("x-set") || property.annotation("x-key").is_some() => {
            let mut items: Vec<_> = items.iter().map(sorted_keys).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::String(value) if property.has("x-text") => Value::String(text(value)),
        _ => sorted_keys(value),
    }
}

/// A map of documents is the same if each document is.
fn same_policies(desired: &Value, live: &Value) -> bool {
    match (desired, live) {
        (Value::Object(w), Value::Object(l)) if !is_document(desired) && !is_document(live) => {
            w.len() == l.len() && w.iter().all(|(key, w)| l.get(key).is_some_and(|l| policy::same(w, l)))
        }
        _ => policy::same(desired, live),
    }
}

fn is_document(value: &Value) -> bool {
    value.get("Statement").is_some()
}

/// Line ends and blank space at the end carry no meaning that AWS or an editor would keep.
fn text(text: &str) -> String {
    text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Whether each wanted element can have a live one of its own that is alike (Kuhn's algorithm: one that finds all
/// partners taken makes another move on).
fn all_matched(desired: &[Value], live: &[Value], alike: impl Fn(&Value, &Value) -> bool) -> bool {
    fn find(
        desired: usize,
        alike: &impl Fn(usize, usize) -> bool,
        seen: &mut [bool],
        taken: &mut [Option<usize>],
    ) -> bool {
        for live in 0..taken.len() {
            if !seen[live] && alike(desired, live) {
                seen[live] = true;
                if taken[live].is_none_or(|other| find(other, alike, seen, taken)) {
                    taken[live] = Some(desired);
                    return true;
                }
            }
        }
        false
    }
    let mut taken = vec![None; live.len()];
    let alike = |w: usize, l: usize| alike(&desired[w], &live[l]);
    (0..desired.len()).all(|w| find(w, &alike, &mut vec![false; live.len()], &mut taken))
}

/// Whether `live` has everything that `desired` says; what an element leaves out is left alone.
fn covers(desired: &Value, live: &Value) -> bool {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            desired.iter().all(|(key, desired)| live.get(key).is_some_and(|live| covers(desired, live)))
        }
        (Value::Array(desired), Value::Array(live)) => {
            desired.len() == live.len() && desired.iter().zip(live).all(|(desired, live)| covers(desired, live))
        }
        _ => equal(desired, live),
    }
}

/// Whether both are the same through and through.
fn equal(desired: &Value, live: &Value) -> bool {
    sorted_keys(desired) == sorted_keys(live)
}

/// With the keys of maps sorted and whole numbers as such: AWS answers 30.0 for 30.
fn sorted_keys(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().map(|(key, value)| (key.clone(), sorted_keys(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted_keys).collect()),
        Value::Number(number) => Value::Number(whole(number)),
        other => other.clone(),
    }
}

fn whole(number: &Number) -> Number {
    /// Up to here every whole number has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() <= EXACT => Number::from(value as i64),
        _ => number.clone(),
    }
}
