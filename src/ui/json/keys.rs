//! The keys of the documents themselves, as opposed to those that come from a stack or from AWS.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::document_schemas;

/// Whether a document has a key of this name, by its schema.
pub fn is_key(name: &str) -> bool {
    static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let mut keys = BTreeSet::new();
        document_schemas().iter().for_each(|(_, schema)| collect(schema, &mut keys));
        keys
    });
    KEYS.contains(name)
}

fn collect(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        Value::Object(object) => {
            for (word, part) in object {
                match (word.as_str(), part) {
                    ("properties", Value::Object(properties)) => {
                        keys.extend(properties.keys().cloned());
                        properties.values().for_each(|property| collect(property, keys));
                    }
                    _ => collect(part, keys),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_every_document_and_no_words_of_schemas() {
        for key in ["resource_changes", "before_sensitive", "event", "waiting_for", "depends_on", "yaml", "billed_ms"] {
            assert_eq!(is_key(key), key != "waiting_for", "{key}");
        }
        assert!(!["additionalProperties", "description", "$ref", "EmulatorDocument"].into_iter().any(is_key));
    }
}
