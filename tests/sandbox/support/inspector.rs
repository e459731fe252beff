//! What the account has of a stack, field by field, by AWS's own words.

use anyhow::Result;
use serde_json::{Map, Value};

use super::fixture::Fixture;

/// Everything that a stack has in the account: what it is, and all that AWS returns about it. What AWS invents in
/// each run is made the same, so that two stacks of the same file compare.
pub type Account = Map<String, Value>;

/// What `stack` has, which nothing else changes meanwhile.
pub fn look(fixture: &Fixture, stack: &str) -> Result<Account> {
    Ok(serde_json::from_value(fixture.python(include_str!("inspect.py"), &[stack])?)?)
}

/// Where two accounts differ, a line each; empty: they are the same.
pub fn differences(expected: &Account, there: &Account) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", &Value::Object(expected.clone()), &Value::Object(there.clone()), &mut lines);
    lines
}

fn compare(path: &str, expected: &Value, there: &Value, lines: &mut Vec<String>) {
    match (expected, there) {
        (Value::Object(expected), Value::Object(there)) => {
            let mut keys: Vec<_> = expected.keys().chain(there.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}/{key}"), &of(expected), &of(there), lines);
            }
        }
        _ if expected == there => {}
        _ => lines.push(format!("{path}: {there} instead of {expected}")),
    }
}
