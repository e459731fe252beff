//! What the marks on a resource say was made of a secret, by whichever stack.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::aws::ownership::LastApplied;
use crate::resource::Tags;
use crate::resource::kind::Kind;

/// What stands in many policies and is not a secret.
const POLICY_WORDS: [&str; 5] = ["2012-10-17", "2008-10-17", "Allow", "Deny", "*"];

/// The properties of one resource that were made of a secret.
pub struct Marked {
    kind: Arc<dyn Kind>,
    recorded: LastApplied,
    /// Those that were asked for, and are.
    found: Vec<String>,
}

impl Marked {
    /// What the marks among `tags` say of a resource of this kind.
    pub fn of(kind: Arc<dyn Kind>, tags: &Tags) -> Self {
        Self { kind, recorded: LastApplied::read(tags), found: Vec::new() }
    }

    /// Whether the property, or a tag as `tags.<key>`, was made of one.
    pub fn hides(&mut self, path: &str) -> bool {
        let hides = self.recorded.hides(path);
        if hides {
            self.found.push(path.to_owned());
        }
        hides
    }

    /// Whether the content was, which the file says as `property`: its hash is what is marked.
    pub fn hides_content(&mut self, property: &str) -> bool {
        let schema = self.kind.schema();
        let is_hash = |path: &String| schema.at(path).is_some_and(|property| property.has("readOnly"));
        let hides = schema.leaves().iter().filter(|path| is_hash(path)).any(|path| self.recorded.hides(path));
        if hides {
            self.found.push(property.to_owned());
        }
        hides
    }

    /// The words in the property at `path` that are not its author's: choices of the kind's, and what policies consist of.
    pub fn words(&self, path: &str) -> BTreeSet<String> {
        let Some(property) = self.kind.schema().at(path) else { return BTreeSet::new() };
        let mut words = BTreeSet::new();
        choices(property.json(), &mut words);
        if property.has("x-policy") {
            words.extend(POLICY_WORDS.map(str::to_owned));
        }
        words
    }

    /// The same for a person.
    pub fn reported(&self) -> Option<String> {
        let names: Vec<_> = self.found.iter().map(|path| format!("`{path}`")).collect();
        (!names.is_empty()).then(|| {
            format!("Not written here, because its tags say that it was derived from a secret: {}.", names.join(", "))
        })
    }
}

/// Every value that a schema gives as one of several.
fn choices(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("enum", Value::Array(items)) => {
                        words.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(word)) => _ = words.insert(word.clone()),
                    ("examples" | "x-default" | "default" | "description", _) => {}
                    (_, inner) => choices(inner, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| choices(item, words)),
        _ => {}
    }
}
