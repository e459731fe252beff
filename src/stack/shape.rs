//! The shape of a stack file, as JSON Schema: its own keys, and those that every resource may have.

use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::model::account_profile::ProfileChoice;
use crate::resource::Registry;
use crate::resource::kind::Kind;

/// The most members of a roster. AWS gives an account 10,000 S3 buckets, unless asked for more, and less of most else: a
/// longer file is probably another one than was meant.
pub const MOST_MEMBERS: usize = 10_000;

static COMMON: LazyLock<Value> = LazyLock::new(common);

/// The keys of resources, kind by kind. A stack of thousands of resources asks for each of them again and again.
pub struct Shapes {
    of_kinds: Vec<(Arc<dyn Kind>, OnceCell<Value>)>,
    without_kind: Value,
}

impl Shapes {
    /// Those of all kinds that a stack can name.
    pub fn new(registry: &Registry) -> Self {
        Self {
            of_kinds: registry.all().map(|kind| (kind.clone(), OnceCell::new())).collect(),
            without_kind: json!({ "type": "object", "properties": *COMMON }),
        }
    }

    /// The keys of a resource: those of its kind and the common ones. Without a kind any other key is fine.
    pub fn resource(&self, kind: Option<&dyn Kind>) -> &Value {
        self.of(kind.map(|kind| kind.name()))
    }

    /// The same of the kind that a stack calls so.
    pub fn of(&self, kind: Option<&str>) -> &Value {
        let known = kind.and_then(|name| self.of_kinds.iter().find(|(kind, _)| kind.name() == name));
        known.map_or(&self.without_kind, |(kind, shape)| shape.get_or_init(|| of_kind(&**kind)))
    }
}

/// The keys of a stack file, down to the resources, whose properties depend on their kind.
pub fn file() -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let with = |description: &str| {
        let mut schema = texts.clone();
        schema["description"] = description.into();
        schema
    };
    let keys = |description: &str| json!({ "type": "array", "items": { "type": ["string", "number"] }, "description": description });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["stack", "resources"],
        "properties": {
            "stack": { "type": "string", "description": "The stack's name: lowercase letters, digits and hyphens." },
            "region": { "type": "string", "description": "The AWS region, for example `us-east-1`." },
            "account": { "type": "string", "description": "The AWS account, twelve digits in quotes: cloud101 refuses \
                to run in any other." },
            "profile": {
                "enum": ProfileChoice::words().collect::<Vec<_>>(),
                "description": "The programme that the account belongs to, if it restricts what can be created: \
                    `learner-lab` (AWS Academy Learner Lab). Default: found by the role of the credentials. `none` \
                    applies no profile.",
            },
            "tags": with("Tags for every resource."),
            "vars": {
                "type": "object",
                "description": "Variables, for `${var.name}`: a default value, a list, which `for_each` can name, or a group \
                    that describes the variable.",
                "additionalProperties": { "anyOf": [
                    { "type": "string" },
                    keys("Keys, which `for_each` can name. `--var name=ana,bo` sets others."),
                    { "type": "object", "additionalProperties": false, "properties": {
                        "default": { "type": ["string", "array"], "items": { "type": ["string", "number"] },
                            "description": "The value if `--var` does not set one: a text, or a list of keys." },
                        "secret": { "type": "boolean", "description": "Whether its value is hidden in all output." },
                        "description": { "type": "string", "description": "What it is for." },
                    } },
                ] },
            },
            "rosters": {
                "type": "object",
                "description": "Lists of who gets a copy of a resource: a CSV file, keys, groups of columns by key, or a \
                    number.",
                "additionalProperties": { "anyOf": [
                    { "type": "string", "description": "A CSV file with a header, relative to the stack file." },
                    { "type": "integer", "minimum": 1, "maximum": MOST_MEMBERS, "description": "So many members, with the \
                        keys `01`, `02` and so on." },
                    keys("The members' keys."),
                    { "type": "object", "description": "The members' keys, each with its columns.",
                      "additionalProperties": {
                        "type": "object",
                        "additionalProperties": { "type": ["string", "number", "boolean"] },
                    } },
                ] },
            },
            "moved": with("Resources, or people of a roster, that have another name than before, as `old: new`: what they \
                have is kept."),
            "resources": {
                "type": "object",
                "description": "The resources of the stack.",
                "additionalProperties": { "type": "object" },
            },
            "outputs": with("Values to show after an apply: strings with references."),
            "handout": {
                "type": "object",
                "additionalProperties": false,
                "required": ["for_each", "lines"],
                "description": "What each member of a roster is given: `cloud101 handout` writes a card for each.",
                "properties": {
                    "for_each": { "type": "string", "description": "A roster, or a variable that is a list: each of its members gets a card." },
                    "title": { "type": "string", "description": "The card's title. Default: the stack's name and the key." },
                    "link": { "type": "string", "description": "An address to open, which the card also has as a QR code." },
                    "lines": with("What a card says: labels, and next to each a string with references."),
                },
            },
        },
    })
}

/// The keys that every resource may have.
pub fn common() -> Value {
    json!({
        "type": { "type": "string", "description": "The resource type, for example `s3.bucket`." },
        "for_each": { "type": "string", "description": "A roster, or a variable that is a list: one copy is made for each of its members." },
        "when": { "type": "string", "description": "For which members of the roster: `${each.column} == value`, or `!=`." },
        "name": { "type": "string", "description": "The name in AWS. Default: `<stack>-<logical name>`, of a copy with `-<key>`." },
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

/// The keys of a resource of a kind: its own and the common ones.
pub fn of_kind(kind: &dyn Kind) -> Value {
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
