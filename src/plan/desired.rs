//! What the file wants of one resource, with references resolved as far as they are known.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::mark::{Applied, Keep, Mark};
use crate::explain::Code;
use crate::model::reference::{has_reference, references, resolve};
use crate::model::size;
use crate::model::value::{at, set, strings};
use crate::resource::kind::Kind;
use crate::resource::{Address, Attributes, Finding, Live, Place, Tags, Text, Wanted};
use crate::stack::secrets::gives_away;
use crate::stack::{Declared, OnDestroy, Stack};

use super::same::normal;
use super::{PropertyChange, Reason};

/// The attributes of resources, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Known {
    attributes: BTreeMap<Address, Attributes>,
    /// What was recorded on those that are there.
    recorded: BTreeMap<Address, Applied>,
}

impl Known {
    /// What these live resources tell.
    pub fn of_live<'a>(live: impl IntoIterator<Item = (&'a Address, &'a Live<Value>)>) -> Self {
        let mut known = Self::default();
        for (address, live) in live {
            known.insert(address.clone(), live.attributes.clone());
            known.recorded.insert(address.clone(), Applied::read(&live.tags));
        }
        known
    }

    /// Sets what is known of a resource.
    pub fn insert(&mut self, address: Address, attributes: Attributes) {
        self.attributes.insert(address, attributes);
    }

    /// Learns what a live resource tells, and what its name alone says.
    pub fn insert_live(&mut self, place: &Place, declared: &Declared, name: &str, live: &Live<Value>) {
        let mut attributes = declared.kind.predict(place, name, &live.spec);
        attributes.extend(live.attributes.clone());
        self.insert(declared.address.clone(), attributes);
        self.recorded.insert(declared.address.clone(), Applied::read(&live.tags));
    }

    /// Learns what a live resource tells that is about to become `wanted` in place. What AWS makes from names follows
    /// the new ones, and what it gives anew (`renews`) is not known.
    pub fn insert_changed(
        &mut self,
        place: &Place,
        declared: &Declared,
        live: &Live<Value>,
        wanted: &Wanted<Value>,
        renews: &[String],
    ) {
        let name = live.attributes.get("name").unwrap_or(&wanted.name);
        let before = declared.kind.predict(place, name, &live.spec);
        let after = declared.kind.predict(place, &wanted.name, &wanted.spec);
        let mut attributes = before.clone();
        attributes.extend(live.attributes.clone());
        attributes.retain(|key, _| !before.contains_key(key) || before.get(key) == after.get(key));
        attributes.extend(after.into_iter().filter(|(key, value)| before.get(key) != Some(value)));
        attributes.retain(|key, _| !renews.contains(key));
        self.insert(declared.address.clone(), attributes);
    }

    /// What is known of a resource.
    pub fn attributes(&self, address: &Address) -> Option<&Attributes> {
        self.attributes.get(address)
    }

    /// The value of `${reference}`, if it is known.
    pub fn value_of(&self, stack: &Stack, place: &Place, reference: &str) -> Option<String> {
        let (name, attribute) = reference.split_once('.')?;
        match (name, attribute) {
            ("aws", "account_id") => Some(place.account.clone()),
            ("aws", "region") => Some(place.region.clone()),
            ("aws", "partition") => Some(place.partition.clone()),
            _ => match self.attributes.get(&Address::parse(name)) {
                Some(attributes) => attributes.get(attribute).cloned(),
                None => stack.value_of(reference),
            },
        }
    }

    /// Whether the value of a template must not be shown: because of what the file says, or because of what was set when
    /// what it refers to was last applied.
    pub fn is_secret(&self, stack: &Stack, template: &str) -> bool {
        let was_secret = |reference: &str| {
            let Some((name, attribute)) = reference.split_once('.') else { return false };
            let address = Address::parse(name);
            let declared = stack.get(&address).zip(self.recorded.get(&address));
            declared.is_some_and(|(declared, recorded)| was_secret(&*declared.kind, recorded, attribute))
        };
        stack.is_secret(template) || references(template).any(was_secret)
    }

    /// A template's value; see [`resolve`].
    pub fn resolve(&self, stack: &Stack, place: &Place, template: &str) -> String {
        resolve(template, |reference| self.value_of(stack, place, reference))
    }
}

/// `value` with each of its templates resolved.
fn resolve_all(value: &Value, value_of: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(template) => Value::String(resolve(template, value_of)),
        Value::Array(items) => items.iter().map(|item| resolve_all(item, value_of)).collect(),
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.clone(), resolve_all(value, value_of))).collect()
        }
        other => other.clone(),
    }
}

/// What the kind's own rules say of `declared` now that its references have values. When the file was loaded they had
/// none, so that what holds no reference is not judged again, and no warning is said twice. Of what a secret variable
/// spoils no rule is quoted, since a complaint may hold a part of the value.
pub fn findings(stack: &Stack, place: &Place, known: &Known, declared: &Declared) -> Vec<Finding> {
    if !strings(&declared.spec).chain([&*declared.name]).any(has_reference) {
        return Vec::new();
    }
    let check = |value_of: &dyn Fn(&str) -> Option<String>| {
        let spec = resolve_all(&declared.spec, value_of);
        let name = declared.kind.identity(&resolve(&declared.name, value_of), &spec);
        let mut findings = declared.kind.check(&name, &spec, &stack.base);
        findings.extend(declared.kind.check_marked(&stack.name, &declared.address, &spec));
        findings
    };
    let all = |reference: &str| known.value_of(stack, place, reference);
    let public = |reference: &str| all(reference).filter(|_| !stack.is_secret_reference(reference));
    let mut findings = check(&public);
    if strings(&declared.spec).any(|template| stack.is_secret(template)) {
        let spoilt = check(&all).into_iter().filter(|one| !findings.iter().any(|other| other.path == one.path));
        let spoilt: Vec<_> = spoilt
            .map(|one| {
                let message = "this is not valid with the value of the secret variable in it";
                let finding = Finding::new(one.code, one.path, message)
                    .hint("the reference says what it may be; the value itself is not shown");
                Finding { severity: one.severity, ..finding }
            })
            .collect();
        findings.extend(spoilt);
    }
    if !findings.iter().all(Finding::is_error) {
        let when_loaded = |reference: &str| match reference {
            "aws.region" => stack.region.clone(),
            "aws.account_id" => stack.account.clone(),
            other => stack.value_of(other).filter(|_| !stack.is_secret_reference(other)),
        };
        let said = check(&when_loaded);
        findings.retain(|finding| finding.is_error() || !said.contains(finding));
    }
    findings
}

/// The wanted state of `declared`: canonical, with the tags of people and without cloud101's marks.
pub fn wanted(
    stack: &Stack,
    place: &Place,
    known: &Known,
    declared: &Declared,
) -> std::result::Result<Wanted<Value>, Finding> {
    let length_of = |reference: &str| known.value_of(stack, place, reference).map(|value| value.len());
    let more = stack.tags.values().chain(declared.tags.values()).chain([&declared.name]).map(String::as_str);
    if let Some(wrong) = size::too_large(&declared.spec, more, length_of) {
        let hint = "refer to it fewer times, or put the text into a file beside the stack";
        return Err(Finding::new(Code::TooLarge, "", format!("it {wrong}")).hint(hint));
    }
    let spec = resolve_all(&declared.spec, &|reference| known.value_of(stack, place, reference));
    let spec = declared.kind.canonical(&spec, &stack.base)?;
    let name = known.resolve(stack, place, &declared.name);
    let tags = stack.tags.iter().chain(&declared.tags).filter(|_| declared.kind.takes_tags());
    let mut tags: Tags = tags.map(|(key, value)| (key.clone(), known.resolve(stack, place, value))).collect();
    let name = declared.kind.identity(&name, &spec);
    if declared.kind.name_is_a_tag() {
        tags.entry("Name".to_owned()).or_insert_with(|| name.clone());
    }
    Ok(Wanted { address: declared.address.clone(), name, spec, tags, replaces: None })
}

/// What an apply of `wanted` sets, for the mark.
pub fn applied(stack: &Stack, declared: &Declared, wanted: &Wanted<Value>) -> Applied {
    let mut applied = Applied::default();
    let schema = declared.kind.schema();
    for path in schema.leaves() {
        let Some(property) = schema.at(&path).filter(|property| !property.has("x-local")) else { continue };
        if let Some(value) = at(&wanted.spec, &path) {
            applied.insert(&path, &normal(property, value), is_secret(stack, declared, &wanted.spec, &path));
        }
    }
    for (key, value) in &wanted.tags {
        let secret = tag_template(stack, declared, key).is_some_and(|template| stack.is_secret(template));
        applied.insert(&format!("tags.{key}"), &Value::String(value.clone()), secret);
    }
    // Where the name is a tag, a copy has it too.
    if !declared.kind.name_is_a_tag() {
        applied.bind(&declared.kind.exact_name(&wanted.name));
    }
    applied
}

/// What is to be: as the file says, and at its default what was taken out of it.
pub fn with_defaults(declared: &Declared, wanted: &Wanted<Value>, changes: &[PropertyChange]) -> Value {
    let schema = declared.kind.schema();
    let mut desired = wanted.spec.clone();
    for change in changes.iter().filter(|change| change.reason == Reason::TakenOut) {
        if !change.path.starts_with("tags.") && at(&desired, &change.path).is_none() {
            let default = schema.at(&change.path).and_then(|property| property.mark("x-default"));
            set(&mut desired, &change.path, default.cloned());
        }
    }
    desired
}

/// The properties that the file does not say, and that only a replacement takes back to their default.
pub fn staying(declared: &Declared, wanted: &Wanted<Value>) -> Vec<String> {
    let schema = declared.kind.schema();
    let mut paths = schema.leaves();
    paths.retain(|path| at(&wanted.spec, path).is_none() && schema.at(path).is_some_and(|property| property.stays()));
    paths
}

/// What the file says of a tag. The tag `Name` may be the resource's name.
pub fn tag_template<'a>(stack: &'a Stack, declared: &'a Declared, key: &str) -> Option<&'a String> {
    let named = || (key == "Name" && declared.kind.name_is_a_tag()).then_some(&declared.name);
    declared.tags.get(key).or_else(|| stack.tags.get(key)).or_else(named)
}

/// The mark that `declared` carries after an apply.
pub fn mark(stack: &Stack, declared: &Declared, applied: Applied, adopted: bool) -> Mark {
    let keep = Keep {
        adopted: adopted && declared.on_destroy != Some(OnDestroy::Delete),
        retain: declared.on_destroy == Some(OnDestroy::Retain),
        protect: declared.protect,
        empty: may_empty(declared),
    };
    Mark { stack: stack.name.clone(), address: declared.address.clone(), applied, keep }
}

/// Whether the file lets what `declared` contains be deleted with it.
pub fn may_empty(declared: &Declared) -> bool {
    let said = |property: &Text| at(&declared.spec, property) == Some(&Value::Bool(true));
    declared.kind.info().emptied_by.as_ref().is_some_and(said)
}

/// Whether the property at `path` takes in a secret variable. One that the file does not say was made by the kind, of
/// properties that its canonical form does not hold themselves: it does if one of them does.
pub fn is_secret(stack: &Stack, declared: &Declared, canonical: &Value, path: &str) -> bool {
    let secret = |template: &Value| strings(template).any(|template| stack.is_secret(template));
    match at(&declared.spec, path) {
        Some(template) => secret(template),
        None if !secret(&declared.spec) => false,
        None => {
            let schema = declared.kind.schema();
            let local = |path: &str| schema.at(path).is_some_and(|property| property.has("x-local"));
            let made_of = |leaf: &String| local(leaf) || at(canonical, leaf).is_none();
            schema.leaves().iter().filter(|leaf| made_of(leaf)).filter_map(|leaf| at(&declared.spec, leaf)).any(secret)
        }
    }
}

/// Whether `attribute` gives away what was a secret when the resource with this record was last applied.
pub fn was_secret(kind: &dyn Kind, recorded: &Applied, attribute: &str) -> bool {
    gives_away(kind, attribute).into_iter().any(|path| recorded.hides(path))
}

/// The resources to which the templates at `path` of `declared` refer.
pub fn referred(declared: &Declared, path: &str) -> Vec<Address> {
    let template = at(&declared.spec, path).into_iter().flat_map(strings);
    let inside: Vec<_> = template.flat_map(|text| references(text).map(str::to_owned).collect::<Vec<_>>()).collect();
    inside.iter().filter_map(|reference| reference.split_once('.')).map(|(name, _)| Address::parse(name)).collect()
}

/// Whether `declared` refers to `dependency` as to something that it outlives: see
/// [`outlives`](crate::resource::KindInfo::outlives).
pub fn outlives(declared: &Declared, dependency: &Address) -> bool {
    declared.kind.outlives().iter().any(|path| referred(declared, path).contains(dependency))
}

/// The tags of people among `tags`.
pub fn plain_tags(tags: &Tags) -> impl Iterator<Item = (&String, &String)> {
    tags.iter().filter(|(key, _)| !crate::aws::mark::is_mark(key))
}
