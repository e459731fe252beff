//! The marks on a kind's fields, read from its JSON Schema.
//!
//! A field carries marks as schema extensions: `#[schemars(extend("x-replace" = true))]`.
//!
//! | mark | meaning |
//! |---|---|
//! | `x-replace` | AWS can't change it in place: a change replaces the resource |
//! | `x-stays` | AWS can change it in place, but not back to its default: taken out of the file it stays |
//! | `x-set` | the order of the list means nothing |
//! | `x-key` = "device" | a list of elements identified by that property; sub-properties left out are left alone |
//! | `x-exact` | a list whose elements are compared whole: what an element leaves out must not be there |
//! | `x-policy` | an IAM policy document: compared by meaning |
//! | `x-text` | many lines of text: shown as a line diff |
//! | `x-sensitive` | may hold secrets: only values that the file says in clear are shown |
//! | `x-local` | says where something comes from on this computer; never compared |
//! | `x-write-only` | AWS does not return it: compared with the last apply's hash instead |
//! | `x-default` = 3 | AWS's default, to which the property returns when it is taken out of the file |
//! | `readOnly` | computed by the kind itself; not allowed in a file |

use serde_json::Value;

/// A kind's schema, simplified: references resolved, "or null" removed.
#[derive(Debug, Clone)]
pub struct Schema {
    json: Value,
    leaves: Vec<String>,
}

impl From<Value> for Schema {
    /// A schema that is at hand as JSON, and already simple.
    fn from(json: Value) -> Self {
        let leaves = leaves(&json);
        Self { json, leaves }
    }
}

impl<'a> From<&'a Value> for Property<'a> {
    fn from(json: &'a Value) -> Self {
        Self(json)
    }
}

/// What a property is, for the diff.
#[derive(Debug, Clone, Copy)]
pub struct Property<'a>(&'a Value);

impl Schema {
    /// The schema of `T`.
    pub fn of<T: schemars::JsonSchema>() -> Self {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|s| {
            s.inline_subschemas = true;
            s.meta_schema = None;
        });
        let mut json = settings.into_generator().into_root_schema_for::<T>().to_value();
        remove_null(&mut json);
        let leaves = leaves(&json);
        Self { json, leaves }
    }

    /// As JSON Schema (2020-12).
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The whole, as a property.
    pub fn root(&self) -> Property<'_> {
        Property(&self.json)
    }

    /// The property at a dotted path; `None` where the schema has none.
    pub fn at(&self, path: &str) -> Option<Property<'_>> {
        path.split('.').try_fold(self.root(), |property, name| property.property(name))
    }

    /// The dotted paths of all leaves, in the order of the fields; see [`Property::is_struct`].
    pub fn leaves(&self) -> &[String] {
        &self.leaves
    }
}

fn leaves(json: &Value) -> Vec<String> {
    fn walk(property: Property<'_>, path: &str, leaves: &mut Vec<String>) {
        if !path.is_empty() && !property.is_struct() {
            return leaves.push(path.to_owned());
        }
        for (name, child) in property.properties() {
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            walk(child, &path, leaves);
        }
    }
    let mut leaves = Vec::new();
    walk(json.into(), "", &mut leaves);
    leaves
}

impl<'a> Property<'a> {
    /// Whether it is a group of named properties, each compared, applied and left alone by itself.
    /// A property marked `x-whole` is one value although it has named parts.
    pub fn is_struct(self) -> bool {
        self.0.get("properties").is_some() && !self.has("x-whole")
    }

    /// The named properties of a struct, in the order of the fields.
    pub fn properties(self) -> impl Iterator<Item = (&'a str, Property<'a>)> {
        let properties = self.0.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), Property(schema)))
    }

    /// One named property.
    pub fn property(self, name: &str) -> Option<Property<'a>> {
        self.0.get("properties")?.get(name).map(Property)
    }

    /// The elements' schema, for a list.
    pub fn items(self) -> Option<Property<'a>> {
        self.0.get("items").map(Property)
    }

    /// Whether it carries a mark that is `true`.
    pub fn has(self, mark: &str) -> bool {
        self.0.get(mark).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether only a replacement takes it back to its default.
    pub fn stays(self) -> bool {
        self.has("x-replace") || self.has("x-stays")
    }

    /// The value of a mark.
    pub fn annotation(self, mark: &str) -> Option<&'a Value> {
        self.0.get(mark)
    }

    /// The doc comment.
    pub fn description(self) -> Option<&'a str> {
        self.0.get("description").and_then(Value::as_str)
    }

    /// As JSON Schema.
    pub fn json(self) -> &'a Value {
        self.0
    }
}

/// `Option<T>` makes a schema "T or null". In a stack file a property is there or is not, so null goes.
fn remove_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(remove_null),
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|v| !v.is_null());
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            let only = match object.get_mut("anyOf") {
                Some(Value::Array(options)) => {
                    options.retain(|o| o.get("type").and_then(Value::as_str) != Some("null"));
                    if options.len() == 1 { options.pop() } else { None }
                }
                _ => None,
            };
            if let Some(Value::Object(only)) = only {
                object.remove("anyOf");
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
            object.values_mut().for_each(remove_null);
        }
        _ => {}
    }
}
