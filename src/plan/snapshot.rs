//! Resources as a whole, before and after, as they may be shown: their properties, `name` and `tags`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::aws::ownership::LastApplied;
use crate::model::value::at;
use crate::resource::{Desired, Live, Tags};
use crate::stack::{ResourceConfig, Stack};

use super::desired::{tag_template, user_tags};
use super::diff::Diff;
use super::shown::{Rules, properties};
use super::value::PlanValue;
use super::{Action, PropertyChange, Reason, Step};

/// What a step leaves behind. Mostly that is what there was with its changes, and is not kept beside them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub enum After {
    /// Nothing of the stack's.
    #[default]
    Nothing,
    /// What was there before, or nothing, with the step's changes.
    Changed,
    /// This.
    Whole(PlanValue),
}

/// Fills in what each step finds and what it leaves behind; what a replacement makes is filled in already.
pub fn fill(stack: &Stack, steps: &mut [Step]) {
    for step in steps {
        step.before = before(stack, step).map(PlanValue::fitted);
        match step.action {
            Action::Delete | Action::Release { .. } => step.after = After::Nothing,
            Action::Replace { .. } => {}
            Action::Create | Action::None | Action::Adopt | Action::Update | Action::Keep { .. } => {
                step.after = After::Changed;
            }
        }
    }
}

impl Step {
    /// All of it as it will be, in the form of [`Step::before`]; `None`: nothing of the stack's will be there.
    pub fn after(&self) -> Option<Cow<'_, PlanValue>> {
        match (&self.after, &self.before) {
            (After::Nothing, _) => None,
            (After::Whole(whole), _) => Some(Cow::Borrowed(whole)),
            (After::Changed, None) => Some(Cow::Owned(made(self, &self.changes))),
            (After::Changed, Some(there)) => {
                Some(Cow::Owned(changed(named(self, &self.name, there.clone()), &self.changes)))
            }
        }
    }
}

/// A creation, as changes from nothing.
pub fn created(stack: &Stack, declared: &ResourceConfig, desired: &Desired<Value>) -> Vec<PropertyChange> {
    let nothing = Live::new("", Value::Object(Default::default()), Default::default(), Default::default());
    let (no_others, none, live) = (&BTreeSet::new(), &LastApplied::default(), &nothing);
    let (replaced, remade, renewed, made) = (no_others, no_others, no_others, &BTreeMap::new());
    let (applied, recorded, tolerated) = (none, none, &desired.spec);
    let diff = Diff { stack, declared, desired, tolerated, live, applied, recorded, replaced, remade, made, renewed };
    diff.changes().into_iter().map(|change| PropertyChange { replaces: false, ..change }).collect()
}

/// What the file says of where something comes from on this computer, as properties of what is made.
pub fn local(stack: &Stack, declared: &ResourceConfig, desired: &Desired<Value>) -> Vec<PropertyChange> {
    let schema = declared.kind.schema();
    let said = |path: String| {
        let property = schema.at(&path).filter(|property| property.has("x-local"))?;
        let (template, value) = (at(&declared.spec, &path)?, at(&desired.spec, &path)?);
        let (template, text) = (Some(template), property.has("x-text"));
        let rules = Rules { stack, template, desired: Some(value), sensitive: false, secret: false, was_secret: false };
        let after = Some(rules.desired(value));
        Some(PropertyChange { path, before: None, after, reason: Reason::File, replaces: false, text, said: true })
    };
    schema.leaves().iter().cloned().filter_map(said).collect()
}

/// What these changes make of nothing.
pub fn made(step: &Step, changes: &[PropertyChange]) -> PlanValue {
    let nothing = PlanValue::from_iter([("tags".to_owned(), PlanValue::object())]);
    changed(named(step, &step.name, nothing), changes)
}

/// What is there. Of what only a list found, no more is known than its name and its tags.
fn before(stack: &Stack, step: &Step) -> Option<PlanValue> {
    let there = step.tags()?;
    let declared = step.line().and_then(|_| stack.get(&step.address));
    let mut whole = match (declared, step.live()) {
        (Some(declared), Some(live)) => properties(stack, declared, live),
        _ => PlanValue::object(),
    };
    whole.set("tags", Some(tags(stack, declared, there)));
    let name = step.live().and_then(|live| live.attributes.get("name"));
    Some(named(step, name.unwrap_or(&step.name), whole))
}

/// The tags of people. One that the last apply made of a secret is not shown, whatever the file says now.
fn tags(stack: &Stack, declared: Option<&ResourceConfig>, tags: &Tags) -> PlanValue {
    let recorded = LastApplied::read(tags);
    let shown = |(key, value): (&String, &String)| {
        let template = declared.and_then(|declared| tag_template(stack, declared, key)).cloned().map(Value::String);
        let was_secret = recorded.hides(&format!("tags.{key}"));
        let template = template.as_ref();
        let rules = Rules { stack, template, desired: None, sensitive: false, secret: false, was_secret };
        (key.clone(), rules.live(&Value::String(value.clone())))
    };
    user_tags(tags).map(shown).collect()
}

/// The same with its name, where the kind's resources have one.
fn named(step: &Step, name: &str, mut whole: PlanValue) -> PlanValue {
    if step.kind.has_name() {
        whole.set("name", Some(name.into()));
    }
    whole
}

/// `whole` with these changes made.
pub fn changed(mut whole: PlanValue, changes: &[PropertyChange]) -> PlanValue {
    for PropertyChange { path, after, .. } in changes {
        let Some(key) = path.strip_prefix("tags.") else {
            whole.set(path, after.clone());
            continue;
        };
        // A tag's key may have dots.
        if let PlanValue::Object(whole) = &mut whole
            && let PlanValue::Object(tags) = whole.entry("tags".to_owned()).or_insert_with(PlanValue::object)
        {
            match after {
                Some(after) => drop(tags.insert(key.to_owned(), after.clone())),
                None => drop(tags.shift_remove(key)),
            }
        }
    }
    whole
}
