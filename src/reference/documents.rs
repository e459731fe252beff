//! The JSON Schemas of what programs read.

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::ui::json::{EventDocument, PlanDocument, SandboxDocument, ShowDocument, ValidateDocument};

/// The schema (JSON Schema, draft 2020-12) of every document, by the name of its file in `docs/reference/`.
pub fn document_schemas() -> [(&'static str, Value); 5] {
    [
        ("plan.schema.json", schema::<PlanDocument>()),
        ("show.schema.json", schema::<ShowDocument>()),
        ("events.schema.json", schema::<EventDocument>()),
        ("validate.schema.json", schema::<ValidateDocument>()),
        ("sandbox.schema.json", schema::<SandboxDocument>()),
    ]
}

fn schema<T: JsonSchema>() -> Value {
    schema_for!(T).into()
}
