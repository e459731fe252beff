//! What an editor offers from the rosters of one stack: their names after `for_each`, and their columns in texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::stack::Roster;

/// What is the same for all copies.
const ALIKE: [&str; 3] = ["type", "depends_on", "ignore_drift"];

/// Has an editor offer the names and columns of `rosters` in `schema`, that of a stack file.
pub fn offer(schema: &mut Value, rosters: &BTreeMap<String, Roster>) {
    let names: Vec<_> = rosters.keys().collect();
    let columns: BTreeSet<_> = rosters.values().flat_map(|roster| &roster.columns).collect();
    let columns = columns.into_iter().filter(|column| *column != "key");
    let references: Vec<_> =
        ["key"].into_iter().chain(columns.map(String::as_str)).map(|column| format!("${{each.{column}}}")).collect();
    let conditions: Vec<_> = references.iter().map(|reference| format!("{reference} ==")).collect();
    let mut of_text = |name: &str, text: &mut Value| {
        let offered = match name {
            "for_each" => json!(names),
            "when" => json!(conditions),
            _ => json!(references),
        };
        let Value::Array(offered) = offered else { return };
        match text.get_mut("examples").and_then(Value::as_array_mut) {
            Some(examples) => examples.extend(offered),
            None => text["examples"] = Value::Array(offered),
        }
    };
    for top in ["resources", "handout"] {
        each_text(top, &mut schema["properties"][top], &mut of_text);
    }
}

/// Calls `change` with each part of a schema that takes any text, and with the property that it is of.
fn each_text(name: &str, schema: &mut Value, change: &mut impl FnMut(&str, &mut Value)) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(|part| each_text(name, part, change)),
        Value::Object(part) => {
            for (keyword, value) in part.iter_mut() {
                match (keyword.as_str(), value) {
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in
                            properties.iter_mut().filter(|(name, _)| !ALIKE.contains(&name.as_str()))
                        {
                            each_text(name, property, change);
                        }
                    }
                    ("additionalProperties" | "items" | "then" | "allOf" | "anyOf" | "oneOf", value) => {
                        each_text(name, value, change);
                    }
                    _ => {}
                }
            }
            let takes_text =
                |of: &Value| of == "string" || of.as_array().is_some_and(|all| all.contains(&json!("string")));
            if part.get("type").is_some_and(takes_text) && !part.contains_key("enum") && !part.contains_key("const") {
                change(name, schema);
            }
        }
        _ => {}
    }
}
