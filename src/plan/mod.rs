//! From the stack and the live account to what is to be done.
//!
//! [`observe`], [`ahead`] and [`others`] alone read AWS. [`decide`] and [`diff`] are pure: the same stack and the same
//! observation make the same plan. A [`Plan`] is data; `apply` interprets it and invents nothing.

pub mod account_limits;
mod action;
pub mod adoption;
pub mod ahead;
pub mod apart;
pub mod blockers;
mod by_hand;
pub mod decide;
pub mod desired;
pub mod diff;
mod handed_out;
pub mod handout;
pub mod lint;
mod mistyped;
pub mod observe;
pub mod options;
mod ordered;
pub mod orphans;
pub mod others;
pub mod outside;
pub mod owner;
pub mod refusal;
pub mod renamed;
pub mod same;
pub mod saved;
pub mod schedule;
pub mod shown;
pub mod snapshot;
mod step;
pub mod stopped;
#[cfg(test)]
mod tests;
pub mod unmoved;
pub mod uploads;
pub mod value;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::aws::Error;
use crate::model::sensitive::Sensitive;
use crate::resource::{Address, Place};
use crate::stack::Stack;
use crate::stack::account_profile::Instead;

use desired::KnownAttributes;
use observe::PlanError;
use options::Selection;
use value::PlanValue;

pub use action::{Action, PropertyChange, Reason, TextChange};
pub use step::{Origin, Planned, Prior, Source, Step, Thing};

/// What is to be done, and everything that is needed to do it: an apply asks neither the stack nor its file again.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Which account, region and stack.
    pub place: Place,
    /// The profile of the account, if it has one and the stack was adapted to it.
    pub account_profile: Option<ProfileInUse>,
    /// One for each resource of the file, in dependency order, then those that the file does not name.
    pub steps: Vec<Step>,
    /// The stack's outputs, as far as they are known.
    pub outputs: Vec<Output>,
    /// What a selection leaves out: the attributes of what is there; `None` if nothing is left out.
    pub left_out: Option<Sensitive<KnownAttributes>>,
    /// That selection.
    pub selection: Option<Selection>,
    /// The values of the references that the file itself answers, such as `var.email` and `stack.name`.
    pub inputs: Sensitive<BTreeMap<String, String>>,
    /// Lists that AWS did not give and that the file can do without: see [`observe::Observation::unseen`].
    #[serde(serialize_with = "listed")]
    pub unseen: Vec<PlanError>,
    /// What can't be done for some copies of a resource, and is left as it is, with all that needs it: see [`apart`].
    #[serde(serialize_with = "listed")]
    pub unplanned: Vec<PlanError>,
    /// All that needs it, each with the copy that it needs.
    pub aside: BTreeMap<Address, Address>,
    /// Those of `unplanned` that are about all that is one person's, until the file says what it was: the same command for that
    /// person alone does no more.
    pub unsaid: BTreeSet<Address>,
}

/// The profile under which a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProfileInUse {
    /// What a stack file calls it: `learner-lab`.
    pub name: &'static str,
    /// What its programme is called.
    pub title: &'static str,
    /// How it was found.
    pub found_by: FoundBy,
    /// What the file declares and is not made there.
    pub instead: Vec<Instead>,
    /// The outputs that have no value there.
    pub outputs_left_out: Vec<String>,
}

/// How a profile was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// By the role of the credentials.
    Credentials,
    /// The stack file names it, and nothing contradicts.
    File,
}

/// An output of the stack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value, a text.
    pub value: PlanValue,
}

impl Output {
    /// The value as it is shown; `None` if it is known only after apply.
    pub fn shown(&self) -> Option<String> {
        (self.value != PlanValue::Unknown).then(|| self.value.shown_text())
    }

    /// Whether the value must not be shown.
    pub fn is_sensitive(&self) -> bool {
        matches!(self.value, PlanValue::Sensitive(_))
    }
}

/// The outputs of `stack`, as far as what they refer to is known.
pub fn outputs(stack: &Stack, place: &Place, known: &KnownAttributes) -> Vec<Output> {
    let output = |(name, template): &(String, String)| {
        let value = known.resolve(stack, place, template);
        let is_secret = known.is_secret(stack, template);
        let value = if is_secret { PlanValue::sensitive(value.into()) } else { value.into() };
        Output { name: name.clone(), value }
    };
    stack.outputs.iter().map(output).collect()
}

impl Plan {
    /// These reasons why something is not known, by what the steps at these places are about: that holds when others leave the plan.
    pub(crate) fn by_thing(&self, unknown: Vec<(usize, Error)>) -> Vec<(Thing, Error)> {
        let of = |(index, error): (usize, Error)| Some((self.steps.get(index)?.thing(), error));
        unknown.into_iter().filter_map(of).collect()
    }

    /// Says of what in the plan something could not be determined, and why: on the first of the steps for all of them.
    pub(crate) fn tell_unknown(&mut self, what: &str, unknown: Vec<(Thing, Error)>) {
        if unknown.is_empty() {
            return;
        }
        let mut unknown: BTreeMap<_, _> = unknown.into_iter().collect();
        let of = |(index, step): (usize, &Step)| Some((index, unknown.remove(&step.thing())?));
        let left: Vec<_> = self.steps.iter().enumerate().filter_map(of).collect();
        let more = left.len().saturating_sub(1);
        let Some((index, error)) = left.into_iter().next() else { return };
        let note = match more {
            0 => format!("{what} could not be determined: {error}"),
            more => format!("{what}, and the same of {more} more, could not be determined; the first reason: {error}"),
        };
        self.steps[index].notes.push(note);
    }

    /// The steps that do something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_change())
    }

    /// How many of one kind change at most.
    pub fn crowd(&self) -> usize {
        by_kind(self.changes()).into_values().max().unwrap_or_default()
    }

    /// What is known of the resources that are there, before anything is done.
    pub fn known(&self) -> KnownAttributes {
        let mut known = self.left_out.clone().map(Sensitive::into_revealed).unwrap_or_default();
        let there = self.steps.iter().filter(|step| step.is_declared());
        for (step, live) in there.filter_map(|step| Some((step, step.shared_live()?))) {
            let one = (&*step.kind, &step.address);
            match (&step.action, step.desired()) {
                (Action::Update | Action::Adopt, Some(desired)) => {
                    known.insert_changed(&self.place, one, live, desired, &step.renews);
                }
                _ => known.insert_live(&self.place, one, &step.name, live),
            }
        }
        known
    }

    /// The value of `${reference}`, with what is known of the resources.
    pub fn value_of(&self, known: &KnownAttributes, reference: &str) -> Option<String> {
        known.value_with(&self.place, reference, |reference| self.inputs.reveal().get(reference).cloned())
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// How many resources are made, changed, deleted and released; a replacement is made and deleted.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.action {
                Action::None | Action::Keep { .. } => {}
                Action::Create => counts.add += 1,
                Action::Adopt => counts.adopted(),
                Action::Update => counts.change += 1,
                Action::Replace { .. } if step.stays_for.is_some() => counts.add += 1,
                Action::Replace { .. } => (counts.add, counts.destroy) = (counts.add + 1, counts.destroy + 1),
                Action::Delete => counts.destroy += 1,
                Action::Release { .. } => counts.release += 1,
            }
        }
        counts
    }
}

/// How many of these steps there are of each kind.
fn by_kind<'a>(steps: impl Iterator<Item = &'a Step>) -> BTreeMap<&'a str, usize> {
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    steps.for_each(|step| *by_kind.entry(step.kind.name()).or_default() += 1);
    by_kind
}

/// The numbers in a plan's last line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Made.
    pub add: usize,
    /// Changed in place, adopted included.
    pub change: usize,
    /// How many of those are adopted.
    pub adopt: usize,
    /// Deleted.
    pub destroy: usize,
    /// No longer the stack's.
    pub release: usize,
}

impl Counts {
    /// One more that is adopted.
    pub fn adopted(&mut self) {
        self.change += 1;
        self.adopt += 1;
    }
}

fn listed<S: Serializer>(errors: &[PlanError], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(errors.iter().map(|errors| format!("{}: {}", errors.kind, errors.error)))
}
