//! An account on paper: what an apply would leave there, and what people do to it behind its back.

use std::sync::Arc;

use serde_json::Value;

use crate::aws::ownership::{self, Ownership};
use crate::model::value::set;
use crate::plan::desired::{KnownAttributes, applied, desired, keep, secrets};
use crate::plan::observe::{Found, Observation};
use crate::resource::kind::Kind;
use crate::resource::{Address, Desired, Live, Owned, is_unknown};
use crate::stack::{ResourceConfig, Stack};

use super::place;

/// Everything in an account, in the order in which it was made.
#[derive(Default)]
pub struct Account {
    things: Vec<Thing>,
}

/// Something in an account.
#[derive(Clone)]
pub struct Thing {
    /// Its kind.
    pub kind: Arc<dyn Kind>,
    /// The name under which it is found.
    pub name: String,
    /// What it is.
    pub live: Live<Value>,
}

impl Account {
    /// As after an apply of `stack` to nothing.
    pub fn after(stack: &Stack) -> Self {
        let mut account = Self::default();
        account.apply(stack);
        account
    }

    /// Makes what `stack` names; what is there already is marked as applied but left as it is.
    pub fn apply(&mut self, stack: &Stack) {
        let mut known = KnownAttributes::default();
        for declared in stack.in_order() {
            let desired = desired(stack, &place(), &known, declared).unwrap_or_else(|f| panic!("{}", f.message));
            assert!(!is_unknown(&desired.spec.to_string()), "{}: {}", declared.address, desired.spec);
            let name = desired.name.clone();
            let live = self.made(stack, declared, desired);
            known.insert_live(&place(), (&*declared.kind, &declared.address), &name, &live.into());
        }
    }

    fn made(&mut self, stack: &Stack, declared: &ResourceConfig, desired: Desired<Value>) -> Live<Value> {
        let applied = applied(&*declared.kind, &desired, &secrets(stack, declared, &desired));
        let (address, keep) = (declared.address.clone(), keep(declared, false));
        let ownership_tags = Ownership { stack: stack.name.clone(), address, applied, keep }.tags();
        if let Some(thing) = self.found(declared, &desired.name) {
            thing.live.tags.retain(|key, _| !ownership::is_own(key));
            thing.live.tags.extend(ownership_tags);
            return thing.live.clone();
        }
        let mut attributes = declared.kind.computed_attributes(&place(), &desired.name, &desired.spec);
        let id = match declared.kind.name() {
            "sns.topic" | "iam.policy" => attributes["arn"].clone(),
            "ec2.security_group" => format!("sg-{:08x}", self.things.len()),
            kind if kind.starts_with("ec2.") => format!("{}-{}", &kind[4..], self.things.len()),
            _ => desired.name.clone(),
        };
        for attribute in declared.kind.known_attributes() {
            attributes.entry(attribute.name.to_string()).or_insert_with(|| match &*attribute.name {
                "id" => id.clone(),
                other => format!("{other}-of-{id}"),
            });
        }
        let mut tags = desired.tags;
        tags.extend(ownership_tags);
        let live = Live::new(id, desired.spec, attributes, tags);
        self.things.push(Thing { kind: declared.kind.clone(), name: desired.name, live: live.clone() });
        live
    }

    /// By its name where AWS has names, else by its mark.
    fn found(&mut self, declared: &ResourceConfig, name: &str) -> Option<&mut Thing> {
        let named = declared.kind.name() != "ec2.instance";
        self.things.iter_mut().filter(|thing| thing.kind.name() == declared.kind.name()).find(|thing| match named {
            true => thing.name == name,
            false => Ownership::read(&thing.live.tags).is_some_and(|ownership| ownership.address == declared.address),
        })
    }

    /// What has the ownership tags of `address`.
    pub fn thing(&mut self, address: &str) -> &mut Thing {
        let marked = |thing: &&mut Thing| {
            Ownership::read(&thing.live.tags).is_some_and(|ownership| ownership.address == Address::parse(address))
        };
        self.things.iter_mut().find(marked).unwrap_or_else(|| panic!("there is no {address}"))
    }

    /// Changes a property by hand.
    pub fn drift(&mut self, address: &str, path: &str, value: Value) -> &mut Self {
        set(&mut self.thing(address).live.spec, path, Some(value));
        self
    }

    /// Sets a tag, or changes a mark, by hand.
    pub fn tag(&mut self, address: &str, key: &str, value: &str) -> &mut Self {
        self.thing(address).live.tags.insert(key.into(), value.into());
        self
    }

    /// Removes all marks by hand.
    pub fn unmark(&mut self, address: &str) -> &mut Self {
        self.thing(address).live.tags.retain(|key, _| !ownership::is_ownership_tag(key));
        self
    }

    /// Deletes it by hand.
    pub fn delete(&mut self, address: &str) -> &mut Self {
        let id = self.thing(address).live.id.clone();
        self.things.retain(|thing| thing.live.id != id);
        self
    }

    /// A second one, with an id of its own, as a killed run leaves it.
    pub fn double(&mut self, address: &str, id: &str) -> &mut Self {
        let mut double = self.thing(address).clone();
        double.live.id = id.into();
        double.name = id.into();
        self.things.push(double);
        self
    }

    /// What a plan of `stack` would read.
    pub fn observe(&self, stack: &Stack) -> Observation {
        let mut account = Self { things: self.things.clone() };
        let mut known = KnownAttributes::default();
        let mut observation = Observation::default();
        for declared in stack.in_order() {
            let Ok(desired) = desired(stack, &place(), &known, declared) else { continue };
            let found = account.found(declared, &desired.name).map(|thing| thing.live.clone());
            match found.filter(|_| !is_unknown(&desired.name)) {
                Some(live) => {
                    let live = Arc::new(live);
                    known.insert_live(&place(), (&*declared.kind, &declared.address), &desired.name, &live);
                    observation.live.insert(declared.address.clone(), live);
                }
                None => {
                    let predicted = declared.kind.computed_attributes(&place(), &desired.name, &desired.spec);
                    known.insert(declared.address.clone(), predicted);
                }
            }
        }
        observation.owned = self.things.iter().filter_map(|thing| owned(thing, &stack.name)).map(Arc::new).collect();
        observation
    }
}

fn owned(thing: &Thing, stack: &str) -> Option<Found> {
    let ownership = Ownership::read(&thing.live.tags).filter(|ownership| ownership.stack == stack)?;
    let owned = Owned { id: thing.live.id.clone(), name: thing.name.clone(), tags: thing.live.tags.clone() };
    let (blocker, besides) = (thing.live.blocker.clone(), thing.live.besides.deleted.clone());
    Some(Found { kind: thing.kind.clone(), owned, ownership, blocker, besides })
}
