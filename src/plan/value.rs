//! The values in a plan: JSON in which a part may be known only after apply, or must not be shown.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::model::is_unknown;
use crate::model::sensitive::Sensitive;

/// Stands for a value that AWS invents.
pub const UNKNOWN: &str = "(known after apply)";

/// A JSON value of a plan. What it is stands in its type: there is no need to look into a text to see that it is a
/// secret.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the first six are JSON's own")]
pub enum PlanValue {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<PlanValue>),
    /// In a box, as what is sensitive is: a plan of a class has a hundred thousand values, each as large as the largest.
    Object(Box<Object>),
    /// It is known only after apply: `(known after apply)`.
    Unknown,
    /// It is known, and must not be shown: `(sensitive)`.
    Sensitive(Sensitive<Box<Value>>),
}

/// An object, in the order of its keys' arrival.
pub type Object = IndexMap<String, PlanValue>;

impl PlanValue {
    /// An object without keys.
    pub fn object() -> Self {
        Self::Object(Box::default())
    }

    /// One that must not be shown.
    pub fn sensitive(value: Value) -> Self {
        Self::Sensitive(Box::new(value).into())
    }

    /// The text, if it is one that may be shown.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&Vec<Self>> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The member called `key`, if it is an object and has one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// Puts `new` at a dotted path, making the objects on the way, or removes what is there.
    pub fn set(&mut self, path: &str, new: Option<Self>) {
        let (Self::Object(object), (first, rest)) = (&mut *self, path.split_once('.').unwrap_or((path, ""))) else {
            return;
        };
        match (rest.is_empty(), new) {
            (true, Some(new)) => drop(object.insert(first.to_owned(), new)),
            (true, None) => drop(object.shift_remove(first)),
            (false, None) => object.get_mut(first).into_iter().for_each(|inner| inner.set(rest, None)),
            (false, new) => object.entry(first.to_owned()).or_insert_with(Self::object).set(rest, new),
        }
    }

    /// The same in no more memory than it needs, for what is kept.
    pub fn fitted(mut self) -> Self {
        self.shrink_to_fit();
        self
    }

    fn shrink_to_fit(&mut self) {
        match self {
            Self::String(text) => text.shrink_to_fit(),
            Self::Array(items) => {
                items.iter_mut().for_each(Self::shrink_to_fit);
                items.shrink_to_fit();
            }
            Self::Object(object) => {
                object.values_mut().for_each(Self::shrink_to_fit);
                object.shrink_to_fit();
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Unknown | Self::Sensitive(_) => {}
        }
    }

    /// The text itself; for all else, what stands for it.
    pub fn shown_text(&self) -> String {
        match self.shown() {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// As plain JSON, in which what is not known or must not be shown is the text that stands for it.
    pub fn shown(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(items) => items.iter().map(Self::shown).collect(),
            Self::Object(object) => object.iter().map(|(key, value)| (key.clone(), value.shown())).collect(),
            Self::Unknown => Value::from(UNKNOWN),
            Self::Sensitive(hidden) => Value::String(hidden.to_string()),
        }
    }
}

/// All of it may be shown; texts for which [`is_unknown`] holds are unknown.
impl From<Value> for PlanValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => text.into(),
            Value::Array(items) => items.into_iter().map(Self::from).collect(),
            Value::Object(object) => object.into_iter().map(|(key, value)| (key, Self::from(value))).collect(),
        }
    }
}

impl From<String> for PlanValue {
    fn from(text: String) -> Self {
        if is_unknown(&text) { Self::Unknown } else { Self::String(text) }
    }
}

impl From<&str> for PlanValue {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl FromIterator<Self> for PlanValue {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::Array(items.into_iter().collect())
    }
}

impl FromIterator<(String, Self)> for PlanValue {
    fn from_iter<I: IntoIterator<Item = (String, Self)>>(members: I) -> Self {
        Self::Object(Box::new(members.into_iter().collect()))
    }
}

impl Serialize for PlanValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

/// For comparison with what is written out, as in tests: what is hidden is the text that stands for it.
impl PartialEq<Value> for PlanValue {
    fn eq(&self, other: &Value) -> bool {
        self.shown() == *other
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::reference::unknown;

    #[test]
    fn what_it_is_stands_in_its_type() {
        let value = PlanValue::from(json!({ "role": unknown(), "note": "(sensitive)", "n": [1, null, true] }));
        assert_eq!(value.get("role"), Some(&PlanValue::Unknown));
        assert_eq!(
            value.get("note"),
            Some(&PlanValue::String("(sensitive)".to_owned())),
            "a text that says so is none"
        );
        assert_eq!(value, json!({ "role": UNKNOWN, "note": "(sensitive)", "n": [1, null, true] }));
        assert_ne!(value, json!({ "role": UNKNOWN, "note": "(sensitive)", "n": [2, null, true] }));
        let secret = PlanValue::sensitive(json!({ "password": "hunter2" }));
        assert_eq!(format!("{secret:?} {}", secret.shown()), r#"Sensitive((sensitive)) "(sensitive)""#);
        assert_eq!(secret, PlanValue::sensitive(json!("another")), "what may not be shown can't be distinguished");
    }

    #[test]
    fn what_is_kept_takes_no_more_than_it_needs() {
        let mut value = PlanValue::object();
        ["a", "b.c", "b.d", "e.f.g", "h"].into_iter().for_each(|path| value.set(path, Some("text".into())));
        let whole = value.clone();
        let fitted = value.fitted();
        assert_eq!(fitted, whole);
        let room = |value: &PlanValue| value.as_object().map(|object| object.capacity() - object.len());
        let inside = ["b", "e"].map(|key| room(fitted.get(key).unwrap()));
        assert_eq!((room(&fitted), inside), (Some(0), [Some(0); 2]), "{:?}", room(&whole));
    }

    #[test]
    fn a_path_leads_into_objects() {
        let mut value = PlanValue::from(json!({ "a": { "b": 1 }, "text": "x" }));
        value.set("a.c.d", Some(PlanValue::from(json!(2))));
        value.set("a.b", None);
        value.set("text.in", Some(PlanValue::Null));
        value.set("none.there", None);
        assert_eq!(value, json!({ "a": { "c": { "d": 2 } }, "text": "x" }));
    }
}
