//! The JSON Schema of a whole stack file, for editors.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::resource::Registry;
use crate::resource::kind::Kind;
use crate::resource::schema::Property;
use crate::stack::{Roster, shape};

use super::{columns, offers, words};

const LOGICAL_NAME: &str = "^[a-z][a-z0-9_]*$";

/// The schema (JSON Schema, draft 7, which editors know best) of a stack file: its own keys, and for each resource
/// those of the kind that its `type` names.
pub fn stack_schema(registry: &Registry) -> Value {
    let mut schema = shape::file();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("A cloud101 stack");
    schema["properties"]["stack"]["pattern"] = json!("^[a-z][a-z0-9-]{0,31}$");
    offers::regions(&mut schema["properties"]["region"]);
    schema["definitions"] = offers::definitions();
    schema["properties"]["account"]["pattern"] = json!("^[0-9]{12}$");
    schema["properties"]["vars"]["propertyNames"] = json!({ "pattern": LOGICAL_NAME });
    schema["properties"]["rosters"]["propertyNames"] = json!({ "pattern": LOGICAL_NAME });
    schema["properties"]["resources"]["propertyNames"] = json!({ "pattern": LOGICAL_NAME });
    schema["properties"]["resources"]["additionalProperties"] = resource(registry);
    schema
}

/// The same for one stack: an editor offers the columns of its rosters, too.
pub fn schema_with_rosters(registry: &Registry, rosters: &BTreeMap<String, Roster>) -> Value {
    let mut schema = stack_schema(registry);
    columns::offer(&mut schema, rosters);
    schema
}

fn resource(registry: &Registry) -> Value {
    let kinds = registry.all().map(|kind| json!({ "const": kind.name(), "description": kind.doc() }));
    let mut of_type = shape::common()["type"].clone();
    of_type["oneOf"] = kinds.collect();
    let cases = registry.all().map(|kind| {
        json!({
            "if": { "required": ["type"], "properties": { "type": { "const": kind.name() } } },
            "then": properties(&**kind),
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
    let mut schema = shape::of_kind(kind);
    let common = shape::common();
    offers::properties(kind, &mut schema);
    explain(&mut schema, kind.name(), &|name| common.get(name).is_none());
    plain(&mut schema);
    schema["properties"]["type"] = json!(true);
    schema
}

/// Gives each property a description in Markdown, which an editor shows beside it, with all that the reference says: its
/// default, what a change costs, and where to read on.
fn explain(schema: &mut Value, kind: &str, is_own: &dyn Fn(&str) -> bool) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| is_own(name)) {
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let mut about = vec![description.replace('\n', " ")];
        about.extend(property.get("x-default").map(|default| format!("Default: {}.", words::default(default))));
        if property.get("x-replace") == Some(&Value::Bool(true)) {
            about.push("A change replaces the resource.".to_owned());
        }
        about.extend(words::marks(Property::from(&*property)));
        about.push(format!("[Reference: {kind}](docs/reference/README.md#{})", kind.replace('.', "")));
        property["markdownDescription"] = json!(about.join("\n\n"));
        explain(property, kind, &|_| true);
        if let Some(items) = property.get_mut("items") {
            explain(items, kind, &|_| true);
        }
    }
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
                if !["examples", "default", "enum", "const", "defaultSnippets"].contains(&key.as_str()) {
                    plain(value);
                }
            }
        }
        _ => {}
    }
}
