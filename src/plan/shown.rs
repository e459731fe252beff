//! What of a value may be shown, and what of it is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::aws::ownership::{LastApplied, Ownership, Since};
use crate::model::value::at;
use crate::resource::schema::Property;
use crate::resource::{Address, Live, is_unknown};
use crate::stack::{ResourceConfig, SHORTEST_SECRET, Stack};

use super::desired::{is_secret, was_secret};
use super::same::normal;
use super::value::PlanValue;

/// What decides whether a value of one property may be shown.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Knows which variables are secret.
    pub stack: &'a Stack,
    /// What the file says at this place; `None`: nothing.
    pub template: Option<&'a Value>,
    /// What it is to be; `None`: it is not known.
    pub desired: Option<&'a Value>,
    /// Whether the live value may hold secrets that the file does not say (`x-sensitive`).
    pub sensitive: bool,
    /// Whether all of it was made of a secret.
    pub secret: bool,
    /// Whether the last apply may have set a secret here.
    pub was_secret: bool,
}

impl Rules<'_> {
    /// A wanted value, as it may be shown.
    pub fn desired(self, value: &Value) -> PlanValue {
        self.show(value, self.template, Some(value), self.secret)
    }

    /// A live value, as it may be shown.
    pub fn live(self, value: &Value) -> PlanValue {
        self.show(value, self.template, self.desired, self.secret || self.was_secret)
    }

    /// `template` and `desired` are what the file says and means at the place of `value`. `hidden`: no value may be
    /// shown that the file does not say in clear.
    fn show(self, value: &Value, template: Option<&Value>, desired: Option<&Value>, hidden: bool) -> PlanValue {
        let sensitive = || PlanValue::sensitive(value.clone());
        let open = || PlanValue::from(value.clone());
        let has_secret = || template.is_some_and(|t| crate::model::value::strings(t).any(|t| self.stack.is_secret(t)));
        match (value, template) {
            (_, Some(Value::String(template))) if self.stack.is_secret(template) => sensitive(),
            (Value::Object(object), _) => {
                let of_file = template.and_then(Value::as_object);
                // What the file says in another form may be the secret itself.
                let elsewhere = hidden || has_secret();
                let show = |(key, value): (&String, &Value)| {
                    let template = of_file.and_then(|template| template.get(key));
                    let desired = desired.and_then(|desired| desired.get(key));
                    let hidden = if template.is_some() { hidden } else { elsewhere };
                    (key.clone(), self.show(value, template, desired, hidden))
                };
                object.iter().map(show).collect()
            }
            (Value::Array(items), _) => {
                // An element's place in the list may have changed.
                let hidden = hidden || has_secret();
                let show = |(n, item)| {
                    let template = template.and_then(|template| template.get(n));
                    self.show(item, template, desired.and_then(|desired| desired.get(n)), hidden)
                };
                items.iter().enumerate().map(show).collect()
            }
            (Value::Null | Value::Bool(_), _) => open(),
            (Value::String(text), _) if is_unknown(text) => PlanValue::Unknown,
            (_, Some(template)) if template == value => open(),
            _ if hidden || has_secret() => sensitive(),
            (Value::String(text), _) if text.is_empty() => open(),
            // Someone else put it there, and it may be a password.
            _ if self.sensitive && desired != Some(value) => sensitive(),
            _ => open(),
        }
    }
}

/// The properties of a live resource, as they may be shown.
pub fn properties(stack: &Stack, declared: &ResourceConfig, live: &Live<Value>) -> PlanValue {
    let schema = declared.kind.schema();
    let ownership = Ownership::read(&live.tags);
    let applied =
        ownership.as_ref().filter(|ownership| ownership.stack == stack.name).map(|ownership| &ownership.applied);
    let is_applied = |path: &str, property: Property<'_>, value: &Value| {
        applied.is_some_and(|applied| applied.since(path, &normal(property, value)) == Since::Same)
    };
    // Whichever stack's: what another stack made of a secret is one, too.
    let recorded = LastApplied::read(&live.tags);
    let mut properties = PlanValue::object();
    for path in schema.leaves() {
        let (Some(value), Some(property)) = (at(&live.spec, path), schema.at(path)) else { continue };
        // It is the way to a file, or a text that stands for one: AWS knows neither.
        if property.has("x-local") {
            continue;
        }
        let template = at(&declared.spec, path);
        let rules = Rules {
            stack,
            template,
            desired: template,
            sensitive: property.has("x-sensitive") && !is_applied(path, property, value),
            secret: template.is_none() && is_secret(stack, declared, &live.spec, path),
            was_secret: recorded.hides(path),
        };
        properties.set(path, Some(rules.live(value)));
    }
    properties
}

/// The attributes of a live resource, as they may be shown.
pub fn attributes(stack: &Stack, declared: &ResourceConfig, live: &Live<Value>) -> BTreeMap<String, PlanValue> {
    let recorded = LastApplied::read(&live.tags);
    let shown = |(name, value): (&String, &String)| {
        let is_secret = stack.is_secret_reference(&format!("{}.{name}", declared.address));
        let hidden = !value.is_empty() && (is_secret || was_secret(&*declared.kind, &recorded, name));
        let value = Value::String(value.clone());
        (name.clone(), if hidden { PlanValue::sensitive(value) } else { value.into() })
    };
    live.attributes.iter().map(shown).collect()
}

/// The values of attributes that must not be shown, for what knows no more of them than how they look.
pub fn secret_attributes(stack: &Stack, live: &BTreeMap<Address, Arc<Live<Value>>>) -> Vec<String> {
    let mut secrets = Vec::new();
    for (declared, live) in stack.resources.iter().filter_map(|one| Some((one, live.get(&one.address)?))) {
        let shown = attributes(stack, declared, live);
        let is_hidden = |name: &String| matches!(shown.get(name), Some(PlanValue::Sensitive(_)));
        let hidden = live.attributes.iter().filter(|(name, _)| is_hidden(name));
        secrets.extend(hidden.map(|(_, value)| value.clone()).filter(|value| value.len() >= SHORTEST_SECRET));
    }
    secrets
}

/// Whether the texts behind a resource's read-only hashes must not be shown: one of the hashes is a secret, as it is to
/// be or as it was set.
pub fn hides_texts(stack: &Stack, declared: &ResourceConfig, desired: &Value, live: &Live<Value>) -> bool {
    let schema = declared.kind.schema();
    let recorded = LastApplied::read(&live.tags);
    let is_hash = |path: &String| schema.at(path).is_some_and(|property| property.has("readOnly"));
    let is_hidden = |path: &String| recorded.hides(path) || is_secret(stack, declared, desired, path);
    schema.leaves().iter().filter(|path| is_hash(path)).any(is_hidden)
}
