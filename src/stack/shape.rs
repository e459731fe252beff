//! The shape of a stack file, as JSON Schema: its own keys, and those that every resource may have.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Value, json};

use crate::resource::kind::Kind;
use crate::resource::registry;

// A stack of thousands of resources asks for each of these again and again.
static COMMON: LazyLock<Value> = LazyLock::new(common);
static WITHOUT_KIND: LazyLock<Value> = LazyLock::new(|| json!({ "type": "object", "properties": *COMMON }));
static OF_KIND: LazyLock<BTreeMap<&str, OnceLock<Value>>> =
    LazyLock::new(|| registry::all().map(|kind| (kind.name(), OnceLock::new())).collect());

/// The keys of a stack file, down to the resources, whose properties depend on their kind.
pub fn file() -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let with = |description: &str| {
        let mut schema = texts.clone();
        schema["description"] = description.into();
        schema
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["stack", "resources"],
        "properties": {
            "stack": { "type": "string", "description": "The name of what belongs together: small letters, digits and hyphens." },
            "region": { "type": "string", "description": "The AWS region, for example `us-east-1`." },
            "account": { "type": "string", "description": "The AWS account, twelve digits in quotes: refuse to run in any other." },
            "tags": with("Tags for every resource."),
            "vars": {
                "type": "object",
                "description": "Variables, for `${var.name}`: a default, or a group that describes it.",
                "additionalProperties": { "anyOf": [
                    { "type": "string" },
                    { "type": "object", "additionalProperties": false, "properties": {
                        "default": { "type": "string", "description": "The value if none is given with `--var`." },
                        "secret": { "type": "boolean", "description": "Whether it is kept out of all output." },
                        "description": { "type": "string", "description": "What it is for." },
                    } },
                ] },
            },
            "resources": {
                "type": "object",
                "description": "What the stack consists of.",
                "additionalProperties": { "type": "object" },
            },
            "outputs": with("What to show after an apply: texts with references."),
        },
    })
}

/// The keys that every resource may have.
pub fn common() -> Value {
    json!({
        "type": { "type": "string", "description": "The kind of resource, for example `s3.bucket`." },
        "name": { "type": "string", "description": "The name in AWS. Left out: `<stack>-<logical name>`." },
        "tags": {
            "type": "object",
            "additionalProperties": { "type": "string" },
            "description": "Tags for this resource, beside those of the stack.",
        },
        "depends_on": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Logical names of resources that must be there first, beside those it refers to.",
        },
        "adopt": { "type": "boolean", "description": "Whether to take it over if it exists already." },
        "on_destroy": {
            "enum": ["delete", "retain"],
            "description": "Whether `destroy` deletes it (the default) or leaves it.",
        },
        "protect": { "type": "boolean", "description": "Whether to refuse to delete or replace it." },
        "ignore_drift": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Properties that are left alone when they change in the account.",
        },
    })
}

/// The keys of a resource: those of its kind and the common ones. Without a kind any other key is fine.
pub fn resource(kind: Option<&dyn Kind>) -> &'static Value {
    let of_kind = kind.and_then(|kind| Some(OF_KIND.get(kind.name())?.get_or_init(|| with_common(kind))));
    of_kind.unwrap_or(&WITHOUT_KIND)
}

fn with_common(kind: &dyn Kind) -> Value {
    let mut schema = kind.schema().json().clone();
    let mut common = COMMON.clone();
    for (has, key) in [(kind.has_name(), "name"), (kind.takes_tags(), "tags")] {
        if let (false, Some(common)) = (has, common.as_object_mut()) {
            common.shift_remove(key);
        }
    }
    match (common, schema.get_mut("properties")) {
        (Value::Object(common), Some(Value::Object(properties))) => properties.extend(common),
        // A kind without properties of its own.
        (common, _) => schema["properties"] = common,
    }
    schema
}

/// Whether `key` belongs to every resource instead of a kind.
pub fn is_common(key: &str) -> bool {
    COMMON.get(key).is_some()
}
