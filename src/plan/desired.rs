//! What the file wants of one resource, with references resolved as far as they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::aws::ownership::{LastApplied, LifecycleFlags};
use crate::explain::Code;
use crate::model::reference::{has_reference, references, resolve};
use crate::model::size;
use crate::model::value::{at, is_within, set, strings};
use crate::resource::kind::Kind;
use crate::resource::{Address, Attributes, Base, Desired, Diagnostic, Live, Place, Tags, Text};
use crate::stack::secrets::gives_away;
use crate::stack::{OnDestroy, ResourceConfig, Stack};

use super::same::normal;
use super::{Planned, PropertyChange, Reason, Source};

/// A resource of a stack: what it is, and its place.
pub type One<'a> = (&'a dyn Kind, &'a Address);

/// The attributes of resources, as far as they are known.
#[derive(Clone, Default)]
pub struct KnownAttributes {
    attributes: BTreeMap<Address, Known>,
    /// Those that are there and tell what was recorded on them.
    recorded: BTreeMap<Address, Arc<Live<Value>>>,
}

/// What is known of one resource. Of most that is what AWS tells, which a class has once and not once more for each look.
#[derive(Clone)]
enum Known {
    /// What this live resource tells.
    Live(Arc<Live<Value>>),
    /// These.
    Said(Arc<Attributes>),
}

impl Known {
    fn attributes(&self) -> &Attributes {
        match self {
            Self::Live(live) => &live.attributes,
            Self::Said(attributes) => attributes,
        }
    }
}

/// Without values, of which some may be secret.
impl fmt::Debug for KnownAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.attributes.keys()).finish()
    }
}

impl KnownAttributes {
    /// What these live resources report.
    pub fn of_live<'a>(live: impl IntoIterator<Item = (&'a Address, &'a Arc<Live<Value>>)>) -> Self {
        let mut known = Self::default();
        for (address, live) in live {
            known.insert_reported(address.clone(), live);
            known.recorded.insert(address.clone(), live.clone());
        }
        known
    }

    /// Sets what is known of a resource.
    pub fn insert(&mut self, address: Address, attributes: Attributes) {
        self.attributes.insert(address, Known::Said(attributes.into()));
    }

    /// Learns what a live resource reports, and nothing of what was recorded on it.
    pub fn insert_reported(&mut self, address: Address, live: &Arc<Live<Value>>) {
        self.attributes.insert(address, Known::Live(live.clone()));
    }

    /// Learns what a live resource reports, and what its name alone says.
    pub fn insert_live(&mut self, place: &Place, (kind, address): One<'_>, name: &str, live: &Arc<Live<Value>>) {
        let mut attributes = kind.computed_attributes(place, name, &live.spec);
        if attributes.keys().all(|name| live.attributes.contains_key(name)) {
            self.insert_reported(address.clone(), live);
        } else {
            attributes.extend(live.attributes.clone());
            self.insert(address.clone(), attributes);
        }
        self.recorded.insert(address.clone(), live.clone());
    }

    /// Learns what a live resource reports that is about to become `desired` in place. What AWS makes from names
    /// follows the new ones, and what it gives new values (`renews`) is not known.
    pub fn insert_changed(
        &mut self,
        place: &Place,
        (kind, address): One<'_>,
        live: &Live<Value>,
        desired: &Desired<Value>,
        renews: &[String],
    ) {
        let name = live.attributes.get("name").unwrap_or(&desired.name);
        let before = kind.computed_attributes(place, name, &live.spec);
        let after = kind.computed_attributes(place, &desired.name, &desired.spec);
        let mut attributes = before.clone();
        attributes.extend(live.attributes.clone());
        attributes.retain(|key, _| !before.contains_key(key) || before.get(key) == after.get(key));
        attributes.extend(after.into_iter().filter(|(key, value)| before.get(key) != Some(value)));
        attributes.retain(|key, _| !renews.contains(key));
        self.insert(address.clone(), attributes);
    }

    /// What is known of a resource.
    pub fn attributes(&self, address: &Address) -> Option<&Attributes> {
        self.attributes.get(address).map(Known::attributes)
    }

    /// The value of `${reference}`, if it is known.
    pub fn value_of(&self, stack: &Stack, place: &Place, reference: &str) -> Option<String> {
        self.value_with(place, reference, |reference| stack.value_of(reference))
    }

    /// The same, where `input` knows what the file itself answers.
    pub fn value_with(&self, place: &Place, reference: &str, input: impl Fn(&str) -> Option<String>) -> Option<String> {
        let (name, attribute) = reference.split_once('.')?;
        match (name, attribute) {
            ("aws", "account_id") => Some(place.account.clone()),
            ("aws", "region") => Some(place.region.clone()),
            ("aws", "partition") => Some(place.partition.clone()),
            _ => match self.attributes(&Address::parse(name)) {
                Some(attributes) => attributes.get(attribute).cloned(),
                None => input(reference),
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
            declared
                .is_some_and(|(declared, live)| was_secret(&*declared.kind, &LastApplied::read(&live.tags), attribute))
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
pub fn diagnostics(
    stack: &Stack,
    place: &Place,
    known: &KnownAttributes,
    declared: &ResourceConfig,
) -> Vec<Diagnostic> {
    if !strings(&declared.spec).chain([&*declared.name]).any(has_reference) {
        return Vec::new();
    }
    let check = |value_of: &dyn Fn(&str) -> Option<String>| {
        let spec = resolve_all(&declared.spec, value_of);
        let name = declared.kind.identity(&resolve(&declared.name, value_of), &spec);
        let mut diagnostics = declared.kind.check(&name, &spec, &stack.base);
        diagnostics.extend(declared.kind.check_marked(&stack.name, &declared.address, declared.named_as(), &spec));
        diagnostics
    };
    let all = |reference: &str| known.value_of(stack, place, reference);
    let public = |reference: &str| all(reference).filter(|_| !stack.is_secret_reference(reference));
    let mut diagnostics = check(&public);
    if strings(&declared.spec).any(|template| stack.is_secret(template)) {
        let spoilt = check(&all).into_iter().filter(|one| !diagnostics.iter().any(|other| other.path() == one.path()));
        let spoilt: Vec<_> = spoilt
            .map(|mut one| {
                one.message = "this is not valid with the value of the secret variable in it".to_owned();
                one.help("the reference lists the allowed values; the value itself is not shown")
            })
            .collect();
        diagnostics.extend(spoilt);
    }
    if !diagnostics.iter().all(Diagnostic::is_error) {
        let when_loaded = |reference: &str| match reference {
            "aws.region" => stack.region.clone(),
            "aws.account_id" => stack.account.clone(),
            other => stack.value_of(other).filter(|_| !stack.is_secret_reference(other)),
        };
        let said = check(&when_loaded);
        diagnostics.retain(|diagnostic| diagnostic.is_error() || !said.contains(diagnostic));
    }
    diagnostics
}

/// The wanted state of `declared`: canonical, with the tags of people and without cloud101's marks.
pub fn desired(
    stack: &Stack,
    place: &Place,
    known: &KnownAttributes,
    declared: &ResourceConfig,
) -> std::result::Result<Desired<Value>, Diagnostic> {
    let template = (declared.name.as_str(), &*declared.spec, &mut tags(stack, declared) as _);
    let value_of = |reference: &str| known.value_of(stack, place, reference);
    resolved((&*declared.kind, &declared.address), template, &stack.base, &value_of)
}

/// The templates of the tags that the file gives a resource.
fn tags<'a>(stack: &'a Stack, declared: &'a ResourceConfig) -> impl Iterator<Item = (&'a String, &'a String)> {
    stack.tags.iter().chain(&declared.tags).filter(|_| declared.kind.takes_tags())
}

/// What the file says of a resource, its name, its properties and its tags, with the values of its references.
///
/// # Errors
/// It becomes too large, a file can't be read, or what comes of it is not a valid spec.
pub fn resolved(
    (kind, address): One<'_>,
    (name, spec, tags): (&str, &Value, &mut dyn Iterator<Item = (&String, &String)>),
    base: &Base,
    value_of: &dyn Fn(&str) -> Option<String>,
) -> std::result::Result<Desired<Value>, Diagnostic> {
    let tags: Vec<_> = tags.collect();
    let length_of = |reference: &str| value_of(reference).map(|value| value.len());
    let more = tags.iter().map(|(_, value)| value.as_str()).chain([name]);
    if let Some(wrong) = size::too_large(spec, more, length_of) {
        let hint = "refer to it fewer times, or move the text to a file next to the stack";
        return Err(Diagnostic::new(Code::TooLarge, "", format!("it {wrong}")).help(hint));
    }
    let spec = kind.canonical(&resolve_all(spec, value_of), base)?;
    let mut tags: Tags = tags.into_iter().map(|(key, value)| (key.clone(), resolve(value, value_of))).collect();
    let name = kind.identity(&resolve(name, value_of), &spec);
    if kind.name_is_a_tag() {
        tags.entry("Name".to_owned()).or_insert_with(|| name.clone());
    }
    Ok(Desired { address: address.clone(), name, spec, tags, replaces: None })
}

/// All that an apply needs to know of what `declared` is to be. Whatever it reads from this computer's files, it reads again
/// from the templates: which of them name files, only the kind knows. `is_adopted`: it was there before the stack took it over.
pub fn planned(stack: &Stack, declared: &ResourceConfig, desired: Desired<Value>, is_adopted: bool) -> Box<Planned> {
    let source = Source {
        name: declared.name.clone(),
        spec: declared.spec.clone(),
        tags: tags(stack, declared).map(|(key, value)| (key.clone(), value.clone())).collect(),
    };
    Box::new(Planned {
        source: Some(source.into()),
        secret: secrets(stack, declared, &desired),
        ignored: ignored(declared),
        keep: keep(declared, is_adopted),
        desired: desired.into(),
    })
}

/// The properties whose drift is ignored.
fn ignored(declared: &ResourceConfig) -> Vec<String> {
    let is_ignored = |path: &String| declared.ignore_drift.iter().any(|ignored| is_within(path, ignored));
    match declared.ignore_drift.is_empty() {
        true => Vec::new(),
        false => declared.kind.schema().leaves().iter().filter(|path| is_ignored(path)).cloned().collect(),
    }
}

/// The properties and tags (`tags.<key>`) of `desired` that take in a secret variable.
pub fn secrets(stack: &Stack, declared: &ResourceConfig, desired: &Desired<Value>) -> BTreeSet<String> {
    let mut secret = BTreeSet::new();
    if strings(&declared.spec).any(|template| stack.is_secret(template)) {
        let leaves = declared.kind.schema().leaves().iter().cloned();
        secret.extend(leaves.filter(|path| is_secret(stack, declared, &desired.spec, path)));
    }
    let is_secret = |key: &&String| tag_template(stack, declared, key).is_some_and(|text| stack.is_secret(text));
    secret.extend(desired.tags.keys().filter(is_secret).map(|key| format!("tags.{key}")));
    secret
}

/// What an apply of `desired` sets, for the mark. `secret`: see [`secrets`].
pub fn applied(kind: &dyn Kind, desired: &Desired<Value>, secret: &BTreeSet<String>) -> LastApplied {
    let mut applied = LastApplied::default();
    let schema = kind.schema();
    for path in schema.leaves() {
        let Some(property) = schema.at(path).filter(|property| !property.has("x-local")) else { continue };
        if let Some(value) = at(&desired.spec, path) {
            applied.insert(path, &normal(property, value), secret.contains(path));
        }
    }
    for (key, value) in &desired.tags {
        let path = format!("tags.{key}");
        applied.insert(&path, &Value::String(value.clone()), secret.contains(&path));
    }
    // Where the name is a tag, a copy has it too.
    if !kind.name_is_a_tag() {
        applied.bind(&kind.exact_name(&desired.name));
    }
    applied
}

/// What is to be: as the file says, and at its default what was taken out of it.
pub fn with_defaults(kind: &dyn Kind, desired: &Desired<Value>, changes: &[PropertyChange]) -> Value {
    let schema = kind.schema();
    let mut planned = desired.spec.clone();
    for change in changes.iter().filter(|change| change.reason == Reason::TakenOut) {
        if !change.path.starts_with("tags.") && at(&planned, &change.path).is_none() {
            let default = schema.at(&change.path).and_then(|property| property.annotation("x-default"));
            set(&mut planned, &change.path, default.cloned());
        }
    }
    planned
}

/// The properties that the file does not say, and that only a replacement takes back to their default.
pub fn staying(kind: &dyn Kind, desired: &Desired<Value>) -> Vec<String> {
    let schema = kind.schema();
    let mut paths = schema.leaves().to_vec();
    paths.retain(|path| at(&desired.spec, path).is_none() && schema.at(path).is_some_and(|property| property.stays()));
    paths
}

/// What the file says of a tag. The tag `Name` may be the resource's name.
pub fn tag_template<'a>(stack: &'a Stack, declared: &'a ResourceConfig, key: &str) -> Option<&'a String> {
    let named = || (key == "Name" && declared.kind.name_is_a_tag()).then_some(&declared.name);
    declared.tags.get(key).or_else(|| stack.tags.get(key)).or_else(named)
}

/// What the mark of `declared` says of the day on which it may be deleted.
pub fn keep(declared: &ResourceConfig, is_adopted: bool) -> LifecycleFlags {
    LifecycleFlags {
        adopted: is_adopted && declared.on_destroy != Some(OnDestroy::Delete),
        retain: declared.on_destroy == Some(OnDestroy::Retain),
        protect: declared.protect,
        empty: may_empty(declared),
        was: declared.named_as().cloned(),
    }
}

/// Whether the file lets what `declared` contains be deleted with it.
pub fn may_empty(declared: &ResourceConfig) -> bool {
    let said = |property: &Text| at(&declared.spec, property) == Some(&Value::Bool(true));
    declared.kind.info().emptied_by.as_ref().is_some_and(said)
}

/// Whether the property at `path` takes in a secret variable. One that the file does not say was made by the kind, of
/// properties that its canonical form does not hold themselves: it does if one of them does.
pub fn is_secret(stack: &Stack, declared: &ResourceConfig, canonical: &Value, path: &str) -> bool {
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
pub fn was_secret(kind: &dyn Kind, recorded: &LastApplied, attribute: &str) -> bool {
    gives_away(kind, attribute).into_iter().any(|path| recorded.hides(path))
}

/// The resources to which the templates at `path` of `declared` refer.
pub fn referred(declared: &ResourceConfig, path: &str) -> Vec<Address> {
    at(&declared.spec, path).into_iter().flat_map(strings).flat_map(referred_in).collect()
}

/// The resources to which a template refers.
pub fn referred_in(template: &str) -> Vec<Address> {
    let names = references(template).filter_map(|reference| reference.split_once('.'));
    names.map(|(name, _)| Address::parse(name)).collect()
}

/// Whether `declared` refers to `dependency` as to something that it outlives: see
/// [`outlives`](crate::resource::KindInfo::outlives).
pub fn outlives(declared: &ResourceConfig, dependency: &Address) -> bool {
    declared.kind.outlives().iter().any(|path| referred(declared, path).contains(dependency))
}

/// The tags of people among `tags`.
pub fn user_tags(tags: &Tags) -> impl Iterator<Item = (&String, &String)> {
    tags.iter().filter(|(key, _)| !crate::aws::ownership::is_ownership_tag(key))
}
