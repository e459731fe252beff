//! When two values of a property are the same, by the marks of its schema.

use serde_json::{Number, Value};

use crate::resource::schema::Property;

use crate::model::{policy, policy_form};

/// Whether `live` is what `wanted` asks for.
pub fn same(property: Property<'_>, wanted: &Value, live: &Value) -> bool {
    if property.has("x-policy") {
        return same_policies(wanted, live);
    }
    match (wanted, live) {
        (Value::Array(wanted), Value::Array(live)) => {
            let alike = if property.has("x-exact") { equal } else { covers };
            let key = property.mark("x-key").and_then(Value::as_str);
            wanted.len() == live.len()
                && match key {
                    Some(key) => all_matched(wanted, live, |w, l| w.get(key) == l.get(key) && alike(w, l)),
                    None if property.has("x-set") => all_matched(wanted, live, alike),
                    None => wanted.iter().zip(live).all(|(wanted, live)| alike(wanted, live)),
                }
        }
        (Value::String(wanted), Value::String(live)) if property.has("x-text") => text(wanted) == text(live),
        _ => equal(wanted, live),
    }
}

/// The one form of all values of a property that mean the same, for the hash of what the last apply set.
pub fn normal(property: Property<'_>, value: &Value) -> Value {
    match value {
        Value::Object(object) if property.has("x-policy") && !is_document(value) => {
            sorted_keys(&object.iter().map(|(key, value)| (key.clone(), policy_form::normal(value))).collect())
        }
        _ if property.has("x-policy") => policy_form::normal(value),
        Value::Array(items) if property.has("x-set") || property.mark("x-key").is_some() => {
            let mut items: Vec<_> = items.iter().map(sorted_keys).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::String(value) if property.has("x-text") => Value::String(text(value)),
        _ => sorted_keys(value),
    }
}

/// A map of documents is the same if each document is.
fn same_policies(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(w), Value::Object(l)) if !is_document(wanted) && !is_document(live) => {
            w.len() == l.len() && w.iter().all(|(key, w)| l.get(key).is_some_and(|l| policy::same(w, l)))
        }
        _ => policy::same(wanted, live),
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
fn all_matched(wanted: &[Value], live: &[Value], alike: impl Fn(&Value, &Value) -> bool) -> bool {
    fn find(
        wanted: usize,
        alike: &impl Fn(usize, usize) -> bool,
        seen: &mut [bool],
        taken: &mut [Option<usize>],
    ) -> bool {
        for live in 0..taken.len() {
            if !seen[live] && alike(wanted, live) {
                seen[live] = true;
                if taken[live].is_none_or(|other| find(other, alike, seen, taken)) {
                    taken[live] = Some(wanted);
                    return true;
                }
            }
        }
        false
    }
    let mut taken = vec![None; live.len()];
    let alike = |w: usize, l: usize| alike(&wanted[w], &live[l]);
    (0..wanted.len()).all(|w| find(w, &alike, &mut vec![false; live.len()], &mut taken))
}

/// Whether `live` has everything that `wanted` says; what an element leaves out is left alone.
fn covers(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            wanted.iter().all(|(key, wanted)| live.get(key).is_some_and(|live| covers(wanted, live)))
        }
        (Value::Array(wanted), Value::Array(live)) => {
            wanted.len() == live.len() && wanted.iter().zip(live).all(|(wanted, live)| covers(wanted, live))
        }
        _ => equal(wanted, live),
    }
}

/// Whether both are the same through and through.
fn equal(wanted: &Value, live: &Value) -> bool {
    sorted_keys(wanted) == sorted_keys(live)
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
