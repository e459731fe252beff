//! The one form of all IAM policy documents that mean the same.
//!
//! AWS answers a document in a form of its own: lists of one element become strings, an account number becomes its root
//! ARN, elements change places.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The version of a document that names none (IAM's policy grammar).
const OLDEST_VERSION: &str = "2008-10-17";

/// The one form of all documents that mean the same: keys and lists sorted, every list a list, action names and
/// condition keys in lower case, scalars in conditions as strings, accounts by their number. What is not a document
/// stays as it is.
pub fn normal(document: &Value) -> Value {
    let object = match document {
        Value::Object(object) => object,
        Value::String(text) => {
            return match serde_json::from_str::<Value>(text) {
                Ok(parsed @ Value::Object(_)) => normal(&parsed),
                _ => document.clone(),
            };
        }
        _ => return document.clone(),
    };
    let mut result: BTreeMap<String, Value> = object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| {
            let value = if key == "Statement" {
                sorted(items(value).into_iter().map(statement).collect())
            } else {
                sorted_keys(value)
            };
            (key.clone(), value)
        })
        .collect();
    result.entry("Version".into()).or_insert_with(|| OLDEST_VERSION.into());
    result.into_iter().collect()
}

fn statement(value: &Value) -> Value {
    let Value::Object(object) = value else {
        return value.clone();
    };
    let element = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "Sid" if value == "" => return None,
            "Action" | "NotAction" => set(value, |action| action.to_lowercase()),
            "Resource" | "NotResource" => set(value, str::to_owned),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => sorted_keys(value),
        };
        Some((key.clone(), value))
    };
    sorted_object(object.iter().filter(|(_, value)| !value.is_null()).filter_map(element))
}

/// `*` alone means the same as `AWS: "*"`.
fn principal(value: &Value) -> Value {
    match value {
        Value::Object(object) => sorted_object(object.iter().map(|(sort, who)| {
            let who = set(who, |who| if sort == "AWS" { account_of(who) } else { who.to_owned() });
            (sort.clone(), who)
        })),
        everyone => sorted_object([("AWS".to_owned(), set(everyone, account_of))]),
    }
}

/// An account's root ARN as the account's number; anything else as it is.
fn account_of(who: &str) -> String {
    let account = who
        .strip_suffix(":root")
        .and_then(|rest| rest.strip_prefix("arn:"))
        .and_then(|rest| rest.split_once(":iam::"))
        .map(|(_, account)| account)
        .filter(|account| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
    account.unwrap_or(who).to_owned()
}

/// Operator → key → values. The keys' case means nothing, the operators' does.
fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else {
        return value.clone();
    };
    sorted_object(operators.iter().map(|(operator, keys)| {
        let keys = match keys {
            Value::Object(keys) => {
                let lower: BTreeMap<_, _> =
                    keys.iter().map(|(key, values)| (key.to_lowercase(), set(values, str::to_owned))).collect();
                // Two spellings of one key in a document stay apart, so that neither is lost.
                if lower.len() == keys.len() {
                    lower.into_iter().collect()
                } else {
                    sorted_object(keys.iter().map(|(key, values)| (key.clone(), set(values, str::to_owned))))
                }
            }
            other => other.clone(),
        };
        (operator.clone(), keys)
    }))
}

/// A list, or a single value, as a sorted list without doubles, its scalars as strings.
fn set(value: &Value, form: impl Fn(&str) -> String) -> Value {
    let text = |value: &Value| match value {
        Value::String(text) => form(text).into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        other => sorted_keys(other),
    };
    let Value::Array(mut list) = sorted(items(value).into_iter().map(text).collect()) else {
        return value.clone();
    };
    list.dedup();
    Value::Array(list)
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_cached_key(Value::to_string);
    Value::Array(items)
}

fn sorted_object(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let entries: BTreeMap<_, _> = entries.into_iter().collect();
    Value::Object(Map::from_iter(entries))
}

fn sorted_keys(value: &Value) -> Value {
    match value {
        Value::Object(object) => sorted_object(object.iter().map(|(key, value)| (key.clone(), sorted_keys(value)))),
        Value::Array(items) => Value::Array(items.iter().map(sorted_keys).collect()),
        other => other.clone(),
    }
}
