//! The values of a plan in a file, where what is unknown or hidden is distinguished from every text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::sensitive::Sensitive;
use crate::plan::value::PlanValue;

/// The only key of an object that stands for what is not a value. No file and no tag can have it.
const KEY: &str = "\u{1}";
const UNKNOWN: &str = "unknown";
const SENSITIVE: &str = "sensitive";

/// A value as it is written. What is hidden is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedValue(PlanValue);

impl SavedValue {
    /// The form in which `value` is saved; `hide` takes out of every text what must not be in a file.
    pub fn of(value: &PlanValue, hide: &dyn Fn(&str) -> String) -> Self {
        Self(hidden(value, hide))
    }

    /// What was saved.
    pub fn value(&self) -> PlanValue {
        self.0.clone()
    }
}

fn hidden(value: &PlanValue, hide: &dyn Fn(&str) -> String) -> PlanValue {
    match value {
        PlanValue::String(text) => PlanValue::String(hide(text)),
        PlanValue::Array(items) => items.iter().map(|item| hidden(item, hide)).collect(),
        PlanValue::Object(object) => object.iter().map(|(key, value)| (hide(key), hidden(value, hide))).collect(),
        PlanValue::Sensitive(_) => PlanValue::Sensitive(Sensitive::default()),
        other => other.clone(),
    }
}

fn ownership(what: &str) -> Value {
    Value::Object(Map::from_iter([(KEY.to_owned(), what.into())]))
}

fn written(value: &PlanValue) -> Value {
    match value {
        PlanValue::Unknown => ownership(UNKNOWN),
        PlanValue::Sensitive(_) => ownership(SENSITIVE),
        PlanValue::Array(items) => items.iter().map(written).collect(),
        PlanValue::Object(object) => object.iter().map(|(key, value)| (key.clone(), written(value))).collect(),
        other => other.shown(),
    }
}

fn read(value: Value) -> PlanValue {
    match value {
        Value::Array(items) => items.into_iter().map(read).collect(),
        Value::Object(object) => match object.get(KEY).and_then(Value::as_str) {
            Some(UNKNOWN) => PlanValue::Unknown,
            Some(_) => PlanValue::Sensitive(Sensitive::default()),
            None => object.into_iter().map(|(key, value)| (key, read(value))).collect(),
        },
        other => other.into(),
    }
}

impl Serialize for SavedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        written(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SavedValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(read(Value::deserialize(deserializer)?)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_unknown_or_hidden_is_distinguished_from_texts_that_say_so() {
        let object = [
            ("text".to_owned(), "(sensitive)".into()),
            ("hidden".to_owned(), PlanValue::sensitive(json!("hunter2"))),
            ("later".to_owned(), [PlanValue::Unknown, PlanValue::Null].into_iter().collect()),
            ("said".to_owned(), "login hunter2".into()),
        ];
        let saved = SavedValue::of(&object.into_iter().collect(), &|text| text.replace("hunter2", "(sensitive)"));
        let text = serde_json::to_string(&saved).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let back = serde_json::from_str::<SavedValue>(&text).unwrap();
        assert_eq!(back, saved);
        let back = back.value();
        assert_eq!(back.get("text").and_then(PlanValue::as_str), Some("(sensitive)"));
        assert!(matches!(back.get("hidden"), Some(PlanValue::Sensitive(_))));
        assert_eq!(back.get("later").unwrap().as_array().unwrap()[0], PlanValue::Unknown);
    }
}
