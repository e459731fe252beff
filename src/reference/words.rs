//! Schemas described in words.

use serde_json::Value;

use crate::resource::schema::Property;

/// The type of a property: `number`, `list of strings`, `` `a` or `b` ``.
pub fn type_of(property: Property<'_>) -> String {
    let schema = property.json();
    if property.has("x-policy") {
        return match schema.get("additionalProperties") {
            Some(_) => "map of policy documents".to_owned(),
            None => "policy document".to_owned(),
        };
    }
    type_of_schema(schema)
}

fn type_of_schema(schema: &Value) -> String {
    let constants = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .map(|options| options.iter().filter_map(|option| option.get("const")).map(code).collect::<Vec<_>>());
    if let Some(constants) = constants.filter(|constants| !constants.is_empty()) {
        return one_of(&constants);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return one_of(&values.iter().map(code).collect::<Vec<_>>());
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        return one_of(&options.iter().map(type_of_schema).collect::<Vec<_>>());
    }
    if schema.get("type").is_some_and(Value::is_array) {
        return "value".to_owned();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "string".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        Some("array") => match schema.get("items") {
            Some(items) if items.get("properties").is_some() => "list of groups".to_owned(),
            Some(items) => format!("list of {}", plural(&type_of_schema(items))),
            None => "list".to_owned(),
        },
        Some("object") if schema.get("properties").is_some() => "group".to_owned(),
        Some("object") => match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => format!("map of {}", plural(&type_of_schema(values))),
            _ => "keys and values".to_owned(),
        },
        _ => "keys and values".to_owned(),
    }
}

fn plural(word: &str) -> String {
    match word {
        "string" => "strings".to_owned(),
        "whole number" => "whole numbers".to_owned(),
        "value" => "values".to_owned(),
        other => other.to_owned(),
    }
}

fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// What the marks on a property mean for someone who writes a stack.
pub fn marks(property: Property<'_>) -> Vec<String> {
    let mut words = Vec::new();
    if property.has("x-set") {
        words.push("The order has no meaning.".to_owned());
    }
    if let Some(key) = property.annotation("x-key").and_then(Value::as_str) {
        words.push(format!("Elements are identified by `{key}`."));
    }
    if property.has("x-exact") {
        words.push("Elements are compared as a whole: what an element leaves out must be absent.".to_owned());
    }
    if property.has("x-whole") {
        words.push("Set, changed and removed as a whole.".to_owned());
    }
    if property.has("x-stays") {
        words.push("When removed from the file, it keeps its value until the resource is replaced.".to_owned());
    }
    if property.has("x-text") {
        words.push("A plan shows the lines that differ.".to_owned());
    }
    if property.has("x-sensitive") {
        words.push("Values that the file does not contain in plain text are not shown.".to_owned());
    }
    if property.has("x-write-only") {
        words.push("AWS does not return it, so drift in it is not detected.".to_owned());
    }
    words
}

/// A value as one would type it in a line of YAML.
pub fn code(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "`\"\"`".to_owned(),
        Value::String(text) if !text.contains('\n') => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// A default: `""`, `[]` and `{}` mean that there is none.
pub fn default(value: &Value) -> String {
    let is_empty = match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    if is_empty { "none".to_owned() } else { code(value) }
}
