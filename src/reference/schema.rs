//! The JSON Schema of a whole stack file, for editors.

use serde_json::{Value, json};

use crate::resource::kind::Kind;
use crate::resource::registry;
use crate::stack::shape;

/// The schema (JSON Schema, draft 7, which editors know best) of a stack file: its own keys, and for each resource
/// those of the kind that its `type` names.
pub fn stack_schema() -> Value {
    let mut schema = shape::file();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("A cloud101 stack");
    schema["properties"]["stack"]["pattern"] = json!("^[a-z][a-z0-9-]{0,31}$");
    schema["properties"]["account"]["pattern"] = json!("^[0-9]{12}$");
    schema["properties"]["vars"]["propertyNames"] = json!({ "pattern": LOGICAL_NAME });
    schema["properties"]["resources"]["propertyNames"] = json!({ "pattern": LOGICAL_NAME });
    schema["properties"]["resources"]["additionalProperties"] = resource();
    schema
}

const LOGICAL_NAME: &str = "^[a-z][a-z0-9_]*$";

fn resource() -> Value {
    let kinds = registry::all().map(|kind| json!({ "const": kind.name(), "description": kind.doc() }));
    let mut of_type = shape::common()["type"].clone();
    of_type["oneOf"] = kinds.collect();
    let cases = registry::all().map(|kind| {
        json!({
            "if": { "properties": { "type": { "const": kind.name() } } },
            "then": properties(kind),
        })
    });
    json!({
        "type": "object",
        "required": ["type"],
        "properties": { "type": of_type },
        "allOf": cases.collect::<Value>(),
    })
}

/// What a resource of `kind` may say. Its `type` is judged one level above.
fn properties(kind: &dyn Kind) -> Value {
    let mut schema = shape::resource(Some(kind));
    plain(&mut schema);
    schema["properties"]["type"] = json!(true);
    schema
}

/// Without the marks that only cloud101 understands and the properties that it computes itself.
fn plain(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                properties.retain(|_, property| property.get("readOnly") != Some(&Value::Bool(true)));
            }
            if let Some(default) = object.remove("x-default") {
                object.insert("default".into(), default);
            }
            object.retain(|key, _| !key.starts_with("x-") && key != "title");
            for (key, value) in object.iter_mut() {
                // Data, not schemas: what looks like a mark there is none.
                if !["examples", "default", "enum", "const"].contains(&key.as_str()) {
                    plain(value);
                }
            }
        }
        _ => {}
    }
}
