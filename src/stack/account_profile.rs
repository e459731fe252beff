//! A stack under the profile of its account: what can't be made there gives way to what is there. Pure.
//!
//! References to it become the values that the stand-in has, so the rest of the engine sees a stack without it.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::explain::Code;
use crate::model::account_profile::AccountProfile;
use crate::model::reference::{references, replace};
use crate::resource::account_profile::Provision;
use crate::resource::kind::Kind;
use crate::resource::{Address, Attributes, Diagnostic, Place};

use super::graph::Graph;
use super::{ResourceConfig, Stack};

/// A resource of the file that is not made, for all of its copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instead {
    /// Its logical name.
    pub resource: String,
    /// Its kind, for example `iam.role`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many copies the file has of it; 1 without `for_each`.
    pub copies: usize,
    /// What is used in its place, by its name in AWS; `null`: nothing is.
    pub existing: Option<String>,
    /// The resources of the stack that refer to it, by their logical names.
    pub used_by: Vec<String>,
    /// Why; completes "it is not created, because …".
    pub because: String,
}

/// What a stack asks for and can't have.
#[derive(Clone)]
pub struct Impossible {
    /// The resource.
    pub address: Address,
    /// Its kind.
    pub kind: Arc<dyn Kind>,
    /// Its line in the file, from 1.
    pub line: usize,
    /// Why, and what to do.
    pub diagnostic: Diagnostic,
    /// It, and what can't be made without it.
    pub needed_by: BTreeSet<Address>,
}

/// What became of a stack.
#[derive(Clone, Default)]
pub struct Adapted {
    /// What is not made, in the order of the file.
    pub instead: Vec<Instead>,
    /// The outputs that have no value, because they refer to something that is not made.
    pub outputs_left_out: Vec<String>,
    /// What keeps an apply from its stack.
    pub impossible: Vec<Impossible>,
}

/// What is not made, and the values of its attributes.
type Absent = BTreeMap<Address, Option<Attributes>>;

impl Stack {
    /// Adapts it to an account with `profile`, at `place`. What can't be made is no longer among its resources.
    pub fn adapt(&mut self, profile: &AccountProfile, place: &Place) -> Adapted {
        let mut adapted = Adapted::default();
        let mut absent = Absent::new();
        let mut kept = Vec::new();
        let graph = Graph::new(&self.resources);
        for declared in mem::take(&mut self.resources) {
            let (by, attributes, because) = match provision(profile, place, &*declared.kind) {
                Provision::Made => {
                    kept.push(declared);
                    continue;
                }
                Provision::StoodInFor { by, attributes, because } => (Some(by), Some(attributes), because),
                Provision::LeftOut { because } => (None, Some(Attributes::new()), because),
                Provision::Impossible { because, instead } => {
                    let message = format!("{} can't be created in {}: {because}", declared.kind.name(), profile.one);
                    adapted.impossible.push(Impossible::of(&declared, diagnostic("", message).help(instead)));
                    absent.insert(declared.address, None);
                    continue;
                }
            };
            match adapted.instead.iter_mut().find(|one| one.resource == declared.address.name) {
                Some(one) => one.copies += 1,
                None => adapted.instead.push(Instead {
                    resource: declared.address.name.clone(),
                    kind: declared.kind.name().to_owned(),
                    copies: 1,
                    existing: by.map(str::to_owned),
                    used_by: Vec::new(),
                    because: because.to_owned(),
                }),
            }
            absent.insert(declared.address, attributes);
        }
        let with_dependents = |adapted: &mut Adapted| {
            for one in &mut adapted.impossible {
                one.needed_by = graph.with_dependents([&one.address]);
            }
        };
        if absent.is_empty() {
            self.resources = kept.into_iter().collect();
            return adapted;
        }
        for declared in &mut kept {
            adapt_resource(declared, &absent, profile, &mut adapted);
        }
        self.resources = kept.into_iter().collect();
        self.secret_attributes.retain(|(address, _)| !absent.contains_key(address));
        self.adapt_texts(&absent, &mut adapted);
        with_dependents(&mut adapted);
        adapted
    }

    /// Outputs and cards.
    fn adapt_texts(&mut self, absent: &Absent, adapted: &mut Adapted) {
        let mut value_of = |reference: &str| value_of(absent, reference).flatten();
        self.outputs.iter_mut().for_each(|(_, template)| *template = replace(template, &mut value_of));
        let is_lost = |template: &str| references(template).any(|one| self::value_of(absent, one).is_some());
        let lost = self.outputs.extract_if(.., |(_, template)| is_lost(template));
        adapted.outputs_left_out = lost.map(|(name, _)| name).collect();
        for card in self.handout.iter_mut().flat_map(|handout| &mut handout.cards) {
            let lines = card.lines.iter_mut().map(|(_, text)| text);
            for text in [&mut card.title].into_iter().chain(&mut card.link).chain(lines) {
                *text = replace(text, &mut value_of);
            }
        }
    }
}

impl Impossible {
    fn of(declared: &ResourceConfig, diagnostic: Diagnostic) -> Self {
        let ResourceConfig { address, kind, line, .. } = declared;
        let needed_by = BTreeSet::from([address.clone()]);
        Self { address: address.clone(), kind: kind.clone(), line: *line, diagnostic, needed_by }
    }
}

/// What becomes of a kind. A service that is not there has none of its own.
pub fn provision(profile: &AccountProfile, place: &Place, kind: &dyn Kind) -> Provision {
    match profile.has_service_of(kind.name()) {
        true => (kind.info().provision)(profile, place),
        false => Provision::Impossible {
            because: "it does not have the service",
            instead: "remove it from the file, or use another account",
        },
    }
}

fn diagnostic(path: &str, message: String) -> Diagnostic {
    Diagnostic::new(Code::AccountProfile, path, message)
}

/// The value of a reference: `None` if it is not to anything absent, `Some(None)` if the stand-in has none.
fn value_of(absent: &Absent, reference: &str) -> Option<Option<String>> {
    let (name, attribute) = reference.split_once('.')?;
    let attributes = absent.get(&Address::parse(name))?;
    Some(attributes.as_ref().and_then(|attributes| attributes.get(attribute).cloned()))
}

/// Puts values in the place of references to what is absent, and complains of those that have none.
fn adapt_resource(declared: &mut ResourceConfig, absent: &Absent, profile: &AccountProfile, adapted: &mut Adapted) {
    let mut users = Users { absent, used: BTreeSet::new(), missing: Vec::new() };
    users.adapt("", Arc::make_mut(&mut declared.spec));
    users.text("name", &mut declared.name);
    declared.tags.iter_mut().for_each(|(key, text)| users.text(&format!("tags.{key}"), text));
    let Users { used, missing, .. } = users;
    // What is said to be there first, and is not referred to, is not a use of it.
    declared.depends_on.retain(|address| !absent.contains_key(address));
    for one in &mut adapted.instead {
        if used.contains(&one.resource) && !one.used_by.contains(&declared.address.name) {
            one.used_by.push(declared.address.name.clone());
        }
    }
    for (path, reference) in missing {
        let name = reference.split('.').next().unwrap_or_default();
        let message =
            format!("`${{{reference}}}` has no value in {}, because `{name}` can't be created there", profile.one);
        let hint = "write a value in its place, or remove what needs it";
        adapted.impossible.push(Impossible::of(declared, diagnostic(&path, message).help(hint)));
    }
}

/// What one resource refers to of what is absent.
struct Users<'a> {
    absent: &'a Absent,
    /// By logical name.
    used: BTreeSet<String>,
    /// References without a value, each with the property in which it stands.
    missing: Vec<(String, String)>,
}

impl Users<'_> {
    fn adapt(&mut self, path: &str, value: &mut Value) {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::String(text) => self.text(path, text),
            Value::Array(items) => {
                items.iter_mut().enumerate().for_each(|(at, item)| self.adapt(&inner(&at.to_string()), item));
            }
            Value::Object(object) => object.iter_mut().for_each(|(name, value)| self.adapt(&inner(name), value)),
            _ => {}
        }
    }

    fn text(&mut self, path: &str, text: &mut String) {
        if !text.contains("${") {
            return;
        }
        let Self { absent, used, missing } = self;
        *text = replace(text, &mut |reference| {
            let value = value_of(absent, reference)?;
            let address = Address::parse(reference.split_once('.')?.0);
            match value {
                Some(value) => {
                    used.insert(address.name);
                    Some(value)
                }
                None => {
                    // Of what can't be had at all it is said where it stands.
                    if absent.get(&address).is_some_and(Option::is_some) {
                        missing.push((path.to_owned(), reference.to_owned()));
                    }
                    None
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;
