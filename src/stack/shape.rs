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
            "stack": { "type": "string", "description": "The stack's name: lowercase letters, digits and hyphens." },
            "region": { "type": "string", "description": "The AWS region, for example `us-east-1`." },
            "account": { "type": "string", "description": "The AWS account, twelve digits in quotes: cloud101 refuses \
                to run in any other." },
            "tags": with("Tags for every resource."),
            "vars": {
                "type": "object",
                "description": "Variables, for `${var.name}`: a default value, or a group that describes the variable.",
                "additionalProperties": { "anyOf": [
                    { "type": "string" },
                    { "type": "object", "additionalProperties": false, "properties": {
                        "default": { "type": "string", "description": "The value if `--var` does not set one." },
                        "secret": { "type": "boolean", "description": "Whether its value is hidden in all output." },
                        "description": { "type": "string", "description": "What it is for." },
                    } },
                ] },
            },
            "resources": {
                "type": "object",
                "description": "The resources of the stack.",
                "additionalProperties": { "type": "object" },
            },
            "outputs": with("Values to show after an apply: strings with references."),
        },
    })
}

/// The keys that every resource may have.
pub fn common() -> Value {
    json!({
        "type": { "type": "string", "description": "The resource type, for example `s3.bucket`." },
        "name": { "type": "string", "description": "The name in AWS. Default: `<stack>-<logical name>`." },
        "tags": {
            "type": "object",
            "additionalProperties": { "type": "string" },
            "description": "Tags for this resource, in addition to those of the stack.",
        },
        "depends_on": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Logical names of resources that must exist first, in addition to those it refers to.",
        },
        "adopt": { "type": "boolean", "description": "Whether to adopt it if it already exists." },
        "on_destroy": {
            "enum": ["delete", "retain"],
            "description": "Whether `destroy` deletes it (the default) or retains it.",
        },
        "protect": { "type": "boolean", "description": "Whether to refuse to delete or replace it." },
        "ignore_drift": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Properties whose changes in the account are ignored.",
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
