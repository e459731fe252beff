//! The JSON Schemas of what programs read.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{
    DoctorDocument, EventDocument, ExplainDocument, FmtDocument, GraphDocument, HandoutDocument, ImportDocument,
    InitDocument, InvokeDocument, OutputDocument, PlanDocument, SandboxDocument, ShowDocument, ValidateDocument,
};

/// The schema (JSON Schema, draft 2020-12) of every document, by the name of its file in `docs/reference/`.
pub fn document_schemas() -> [(&'static str, Value); 14] {
    [
        ("plan.schema.json", schema::<PlanDocument<'_>>()),
        ("show.schema.json", schema::<ShowDocument<'_, '_>>()),
        ("output.schema.json", schema::<OutputDocument>()),
        ("handout.schema.json", schema::<HandoutDocument>()),
        ("events.schema.json", schema::<EventDocument<'_>>()),
        ("invoke.schema.json", schema::<InvokeDocument>()),
        ("validate.schema.json", schema::<ValidateDocument>()),
        ("doctor.schema.json", schema::<DoctorDocument>()),
        ("graph.schema.json", schema::<GraphDocument>()),
        ("explain.schema.json", schema::<ExplainDocument>()),
        ("import.schema.json", schema::<ImportDocument>()),
        ("init.schema.json", schema::<InitDocument>()),
        ("fmt.schema.json", schema::<FmtDocument>()),
        ("sandbox.schema.json", schema::<SandboxDocument>()),
    ]
}

fn schema<T: JsonSchema>() -> Value {
    let mut schema: Value =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().into();
    leave_out(&mut schema);
    schema
}

/// What is not required is left out where it is absent, and so never `null`.
fn leave_out(schema: &mut Value) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let optional = properties.iter_mut().filter(|(name, _)| !required.iter().any(|other| other == name.as_str()));
        optional.filter_map(|(_, property)| property.as_object_mut()).for_each(never_null);
    }
    match schema {
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Object(object) => object.values_mut().for_each(leave_out),
        _ => {}
    }
}

fn never_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = property.get_mut("anyOf") {
        any.retain(|one| one["type"] != "null");
        if let [Value::Object(only)] = any.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}
