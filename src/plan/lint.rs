//! What must hold for every plan, whatever stack and account it was made of. A plan that breaks one of these rules is a fault
//! of cloud101, and is not carried out. Pure.

use std::collections::BTreeMap;
use std::fmt;

use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;

use crate::aws::ownership::Ownership;
use crate::model::reference::references;
use crate::model::value::{has_unknown, is_within, strings};
use crate::resource::{Address, is_unknown};

use super::desired::KnownAttributes;
use super::options::REPLACE_OPTION;
use super::owner::NOT_OURS;
use super::schedule::{Part, Schedule, schedule};
use super::{Action, Plan, Source, Step};

/// A rule of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Only what carries the stack's ownership tags is changed, deleted or released.
    Owned,
    /// What stays keeps what it depends on.
    Kept,
    /// The tasks respect every dependency.
    Ordered,
    /// Whatever is done has a reason, and what can't be changed in place is replaced.
    Reasoned,
    /// What is not known yet comes from a resource that is dealt with before.
    KnownAttributes,
    /// A replacement deletes nothing before it is sure that the new one can be made.
    Possible,
}

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The index in [`Plan::steps`].
    pub step: usize,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, about the resource: a sentence without its end.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// All that is wrong with `plan`; [`Rule::Possible`] is asked only of what was looked ahead for: see [`ready`].
pub fn violations(plan: &Plan) -> Vec<Violation> {
    let graph = schedule(plan);
    let linter = Linter {
        plan,
        declared: plan
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.is_declared())
            .map(|(n, step)| (&step.address, n))
            .collect(),
        nodes: graph.node_indices().map(|node| ((graph[node].step, graph[node].part as u8), node)).collect(),
        known: plan.known(),
        outlives: plan.steps.iter().any(|step| !step.outlives.is_empty()),
        graph,
    };
    let all = plan.steps.iter().enumerate().flat_map(|(index, step)| {
        let broken = [
            (Rule::Owned, linter.is_owned(step)),
            (Rule::Kept, linter.is_kept(step)),
            (Rule::Ordered, linter.is_ordered(index, step)),
            (Rule::Reasoned, is_reasoned(step)),
            (Rule::KnownAttributes, linter.becomes_known(step)),
        ];
        broken.into_iter().filter_map(move |(rule, ok)| Some(Violation { step: index, rule, what: ok.err()? }))
    });
    all.collect()
}

/// The same, for a plan that is about to be carried out.
pub fn ready(plan: &Plan) -> Vec<Violation> {
    let mut all = violations(plan);
    let is_blind = |step: &Step| matches!(step.action, Action::Replace { create_first: false, .. }) && !step.is_checked;
    let blind = plan.steps.iter().enumerate().filter(|(_, step)| is_blind(step) && step.stays_for.is_none());
    all.extend(blind.map(|(step, _)| Violation {
        step,
        rule: Rule::Possible,
        what: "it would be deleted before AWS was asked whether the new one can be made".to_owned(),
    }));
    all
}

type Judged = Result<(), String>;

struct Linter<'a> {
    plan: &'a Plan,
    /// The index of what the file declares under an address.
    declared: BTreeMap<&'a Address, usize>,
    graph: Schedule,
    nodes: BTreeMap<(usize, u8), NodeIndex>,
    known: KnownAttributes,
    /// Whether anything in the plan outlives another.
    outlives: bool,
}

impl Linter<'_> {
    fn is_owned(&self, step: &Step) -> Judged {
        let touches = match step.action {
            Action::Update | Action::Delete | Action::Replace { .. } | Action::Release { .. } => true,
            Action::None | Action::Create | Action::Adopt | Action::Keep { .. } => false,
        };
        let is_ours = |step: &Step| {
            let ownership = step.tags().and_then(Ownership::read);
            ownership.is_some_and(|ownership| ownership.stack == self.plan.place.stack)
        };
        match touches && !is_ours(step) {
            true => Err("it does not carry the stack's ownership tags, and would be touched".to_owned()),
            false => Ok(()),
        }
    }

    fn is_kept(&self, step: &Step) -> Judged {
        let needs = match &step.action {
            Action::Keep { because } => because != NOT_OURS,
            Action::None | Action::Create | Action::Adopt | Action::Update | Action::Replace { .. } => true,
            Action::Delete | Action::Release { .. } => false,
        };
        // A second one under the same address stays for those that have not switched over.
        let has_another = |address: &Address| {
            let is_it = |other: &Step| other.address == *address && !other.is_declared() && other.stays();
            self.plan.steps.iter().any(is_it)
        };
        let is_deleted = |address: &&Address| {
            self.of(address).is_some_and(|(_, other)| other.action == Action::Delete)
                && !step.outlives.contains(address)
        };
        match step.depends_on.iter().find(|address| needs && is_deleted(address) && !has_another(address)) {
            Some(address) => Err(format!("it stays and depends on `{address}`, which would be deleted")),
            None => Ok(()),
        }
    }

    fn of(&self, address: &Address) -> Option<(usize, &Step)> {
        let index = *self.declared.get(address)?;
        Some((index, &self.plan.steps[index]))
    }

    fn node(&self, index: usize, part: Part) -> Option<NodeIndex> {
        self.nodes.get(&(index, part as u8)).copied()
    }

    /// Whether the second task waits for the first, if there are both.
    fn waits(&self, first: Option<NodeIndex>, then: Option<NodeIndex>) -> bool {
        let (Some(first), Some(then)) = (first, then) else { return true };
        self.graph.contains_edge(first, then) || has_path_connecting(&self.graph, first, then, None)
    }

    fn is_ordered(&self, index: usize, step: &Step) -> Judged {
        let (put, remove) = (self.node(index, Part::Put), self.node(index, Part::Remove));
        let is_replaced_in_order = match step.action {
            Action::Replace { create_first: true, .. } => self.waits(put, remove),
            Action::Replace { .. } => self.waits(remove, put),
            _ => true,
        };
        if !is_replaced_in_order {
            return Err("the old one and the new one would be dealt with in any order".to_owned());
        }
        if !step.is_declared() {
            return Ok(());
        }
        for (other, needed) in step.depends_on.iter().filter_map(|address| self.of(address)) {
            let (its_put, its_remove) = (self.node(other, Part::Put), self.node(other, Part::Remove));
            let is_released = matches!(step.action, Action::Release { .. });
            if !is_released && !matches!(needed.action, Action::Release { .. }) && !self.waits(its_put, put) {
                return Err(format!("it would be put there before `{}`, on which it depends", needed.address));
            }
            let in_order = match step.outlives.contains(&needed.address) {
                true => self.waits(its_remove, remove),
                // Where something outlives another, the order that is needed more can turn this one round.
                false => self.waits(remove, its_remove) || self.outlives && self.waits(its_remove, remove),
            };
            if step.action == Action::Delete && !in_order {
                return Err(format!("it and `{}`, on which it depends, would be deleted in any order", needed.address));
            }
        }
        Ok(())
    }

    /// What is unknown now must be an attribute of something that is put there before.
    fn becomes_known(&self, step: &Step) -> Judged {
        let puts = |action: &Action| {
            matches!(action, Action::Create | Action::Adopt | Action::Update | Action::Replace { .. })
        };
        let Some(planned) = step.planned.as_ref().filter(|_| puts(&step.action)) else { return Ok(()) };
        let desired = planned.desired.reveal();
        let is_open =
            has_unknown(&desired.spec) || desired.tags.values().chain([&desired.name]).any(|text| is_unknown(text));
        let source = match &planned.source {
            Some(source) => source.reveal(),
            None if is_open => return Err("a part of it is not known, and nothing says what it will be".to_owned()),
            None => return Ok(()),
        };
        let is_known = |reference: &str| self.plan.value_of(&self.known, reference).is_some();
        if is_open && all_references(source).next().is_none() {
            return Err("a part of it is not known, and nothing says what it will be".to_owned());
        }
        for reference in all_references(source) {
            let is_known = is_known(reference);
            let address = Address::parse(reference.split_once('.').unwrap_or((reference, "")).0);
            let comes = self.of(&address).is_some_and(|(_, other)| puts(&other.action));
            // What is there and has no such attribute has it after no plan: the step fails alone, and says so.
            let is_there = self.of(&address).is_some_and(|(_, other)| other.live().is_some());
            if !is_known && !((comes || is_there) && step.depends_on.contains(&address)) {
                return Err(format!("nothing in the plan brings `${{{reference}}}`, to which it refers"));
            }
        }
        Ok(())
    }
}

fn all_references(source: &Source) -> impl Iterator<Item = &str> {
    strings(&source.spec)
        .chain(source.tags.values().map(String::as_str))
        .chain([source.name.as_str()])
        .flat_map(references)
}

fn is_reasoned(step: &Step) -> Judged {
    let changes = &step.changes;
    match &step.action {
        Action::Update if changes.is_empty() && !changes_its_tags(step) => {
            Err("it would be updated for no reason".to_owned())
        }
        Action::Update | Action::Adopt => match changes.iter().find(|change| change.replaces) {
            Some(change) => Err(format!("AWS can't change `{}` in place, and it is not replaced", change.path)),
            None => Ok(()),
        },
        Action::Replace { because, .. } => {
            let is_changed = |path: &str| changes.iter().any(|change| is_about(path, &change.path));
            match because.iter().find(|path| *path != REPLACE_OPTION && !is_changed(path)) {
                Some(path) => Err(format!("it would be replaced because of `{path}`, which does not change")),
                None => Ok(()),
            }
        }
        Action::Create => Ok(()),
        Action::None | Action::Delete | Action::Release { .. } | Action::Keep { .. } => match changes.first() {
            Some(change) => Err(format!("`{}` would change, and nothing is done with it", change.path)),
            None => Ok(()),
        },
    }
}

/// Whether one of two dotted paths is the other or a part of it.
fn is_about(a: &str, b: &str) -> bool {
    is_within(a, b) || is_within(b, a)
}

/// Whether its ownership tags are to say something else.
fn changes_its_tags(step: &Step) -> bool {
    let (Some(live), Some(planned)) = (step.live(), &step.planned) else { return false };
    let ownership = Ownership::read(&live.tags);
    live.unmarked
        || ownership.is_none_or(|ownership| ownership.address != step.address || ownership.keep != planned.keep)
}
