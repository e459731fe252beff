//! The planner: stack and observation in, plan out. Pure.

mod claims;
mod destroy;
mod replace;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use nonempty::NonEmpty;
use serde_json::Value;

use crate::aws::Error;
use crate::aws::ownership::{LastApplied, Ownership};
use crate::model::sensitive::Sensitive;
use crate::resource::{Address, Desired, Live, Place};
use crate::stack::graph::Graph;
use crate::stack::{ResourceConfig, Stack};

use super::apart::{self, Aside};
use super::desired::{KnownAttributes, desired, diagnostics, may_empty, outlives, planned, with_defaults};
use super::diff::{self, Diff, becomes, text_changes};
use super::mistyped::Unfound;
use super::observe::{Observation, PlanError};
use super::options::{Because, Goal, Options, REPLACE_OPTION};
use super::orphans::orphans;
use super::outside::Outsider;
use super::owner::{Owner, owner};
use super::shown::hides_texts;
use super::snapshot::{After, created, local, made};
use super::unmoved::{People, Unmoved, Unsaid};
use super::{
    Action, Plan, Step, adoption, blockers, by_hand, handed_out, mistyped, outputs, outside, refusal, renamed,
    snapshot, stopped, unmoved, uploads,
};

use claims::{Claims, is_in_scope};
use step::{about_left, is_lost, step, warned};

/// Decides what to do. Everything that forbids a plan comes at once.
pub(crate) fn decide(
    stack: &Stack,
    place: &Place,
    observation: Observation,
    goal: Goal,
    options: &Options,
) -> Result<Plan, Vec<PlanError>> {
    let options = &options.of_stack(stack);
    let mut planner = Planner {
        stack,
        place,
        options,
        ids: observation.live.iter().map(|(address, live)| (address.clone(), live.id.clone())).collect(),
        needed: BTreeMap::new(),
        known: KnownAttributes::default(),
        left_out: (!options.are_for_all()).then(KnownAttributes::default),
        taken: adoption::taken(stack, &options.adopt, &observation.owned),
        unseen: observation.unlooked,
        unmoved: unmoved::all(stack, &observation.owned, options),
        replaced: BTreeSet::new(),
        remade: BTreeSet::new(),
        made: BTreeMap::new(),
        renewed: BTreeSet::new(),
        gone_first: BTreeSet::new(),
        outsiders: Vec::new(),
        left_behind: Vec::new(),
        steps: Vec::new(),
        unsaid: Vec::new(),
        unfound: mistyped::all(stack, &observation.owned, options),
        mistyped: Vec::new(),
        kept: BTreeSet::new(),
        moved: Vec::new(),
        errors: Vec::new(),
    };
    let mut live = observation.live;
    let mut unread: BTreeMap<_, _> =
        observation.unread.into_iter().filter_map(|error| Some((error.address.clone()?, error))).collect();
    let mut scope = match options.adopt.is_empty() {
        true => scope(stack, goal, &options.targets),
        false => options.adopt.keys().cloned().collect(),
    };
    if goal == Goal::Destroy {
        planner.needed = planner.needed_by_what_stays(&live, &scope);
    }
    for declared in stack.in_order() {
        let found = live.remove(&declared.address);
        let unread = unread.remove(&declared.address);
        if unread.is_some() {
            // Whatever it is in the account.
            planner.outsiders.push((declared.address.clone(), Value::Null));
        }
        if !scope.contains(&declared.address) {
            if planner.unseen.contains(&declared.address) {
                planner.outsiders.push((declared.address.clone(), Value::Null));
            }
            planner.leave(declared, found);
        } else if let Some(error) = unread {
            planner.errors.push(error);
        } else {
            match goal {
                Goal::Apply => planner.apply(declared, found),
                Goal::Destroy => planner.destroy(declared, found),
            }
        }
    }
    let unplanned = match goal {
        Goal::Apply if options.adopt.is_empty() => planner.set_aside(&mut scope),
        _ => {
            planner.say_what_is_unsaid();
            Aside::default()
        }
    };
    planner.refuse_held_replacements();
    let mut outputs = outputs(stack, place, &planner.known);
    apart::forget(stack, &unplanned.addresses, &mut outputs);
    let Planner { mut steps, mut errors, left_out, outsiders, mut left_behind, ids, moved, kept, .. } = planner;
    renamed::tell_moved(&mut steps, &moved);
    let mut unclaimed = observation.owned;
    left_behind.extend(outside::orphans(&unclaimed, &scope, &ids));
    let claims = Claims::of(stack, &steps, &unplanned.addresses, &ids);
    unclaimed.retain(|found| is_in_scope(stack, options, &scope, &found.ownership.address) && !claims.have(found));
    let there = steps.iter().filter(|step| step.prior.is_some()).map(|step| &step.address).collect();
    let waiting = unplanned.of_people.union(&kept).cloned().collect();
    let waiting = People::at(stack, &waiting);
    let orphans = orphans(stack, unclaimed, goal, options, &there, &waiting);
    for (address, note) in orphans.notes {
        let beside = steps.iter_mut().find(|step| step.address == address);
        beside.into_iter().for_each(|step| step.notes.push(note.clone()));
    }
    steps.extend(orphans.steps);
    let is_said =
        |error: &PlanError| errors.iter().any(|other| other.address.is_some() && other.address == error.address);
    let orphaned: Vec<_> = orphans.errors.into_iter().filter(|error| !is_said(error)).collect();
    errors.extend(orphaned);
    let by = options.selection().map_or(Because::Kept, Because::LeftOut);
    outside::settle(by, stack, goal, &left_behind, &mut steps, &mut errors);
    outside::settle(Because::NotPlanned, stack, goal, &outsiders, &mut steps, &mut errors);
    outside::tell_what_is_released(stack, &mut steps);
    blockers::tell(&mut steps);
    if goal == Goal::Apply {
        renamed::tell(stack, &mut steps);
        handed_out::tell(&mut steps);
    }
    snapshot::fill(stack, &mut steps);
    steps.iter_mut().for_each(|step| step.rank = stack.registry.rank(step.kind.name()));
    match errors.is_empty() {
        true => {
            let (left_out, inputs) = (left_out.map(Sensitive::new), Sensitive::new(stack.inputs()));
            Ok(Plan {
                place: place.clone(),
                account_profile: None,
                steps,
                outputs,
                left_out,
                selection: options.selection(),
                inputs,
                unseen: observation.unseen,
                unplanned: unplanned.errors,
                aside: unplanned.needing,
                unsaid: unplanned.of_people,
            })
        }
        false => Err(errors),
    }
}

/// The addresses that a plan may touch.
pub fn scope(stack: &Stack, goal: Goal, targets: &BTreeSet<Address>) -> BTreeSet<Address> {
    let graph = match goal {
        Goal::Apply => Graph::new(&stack.resources),
        // What outlives a target need not go with it.
        Goal::Destroy => Graph::of(stack.resources.iter().map(|declared| {
            let needed = declared.depends_on.iter().filter(|dependency| !outlives(declared, dependency));
            (declared.address.clone(), needed.cloned().collect::<Vec<_>>())
        })),
    };
    match goal {
        _ if targets.is_empty() => stack.resources.iter().map(|declared| declared.address.clone()).collect(),
        Goal::Apply => graph.with_dependencies(targets),
        Goal::Destroy => graph.with_dependents(targets),
    }
}

struct Planner<'a> {
    stack: &'a Stack,
    place: &'a Place,
    options: &'a Options,
    /// The ids of what the file names and the account has.
    ids: BTreeMap<Address, String>,
    /// What a destroy leaves because of another that stays, and which.
    needed: BTreeMap<Address, Address>,
    known: KnownAttributes,
    /// See [`Plan::left_out`].
    left_out: Option<KnownAttributes>,
    /// See [`adoption::taken`].
    taken: BTreeMap<Address, String>,
    /// What could not be looked for, because what it is named after could not be read.
    unseen: BTreeSet<Address>,
    /// See [`unmoved::all`].
    unmoved: BTreeMap<Address, Unmoved>,
    replaced: BTreeSet<Address>,
    /// Resources that are made, and known by their id: see [`Diff::remade`].
    remade: BTreeSet<Address>,
    /// See [`Diff::made`].
    made: BTreeMap<Address, i64>,
    /// Resources that are changed in place and of which AWS gives an attribute a new value.
    renewed: BTreeSet<Address>,
    /// Those among them whose old one goes before the new one is made.
    gone_first: BTreeSet<Address>,
    /// What is there and can't be planned.
    outsiders: Vec<Outsider>,
    /// What is there and left out.
    left_behind: Vec<Outsider>,
    steps: Vec<Step>,
    /// What the file has to say something of before it can be planned.
    unsaid: Vec<Unsaid<'a>>,
    /// See [`mistyped::all`].
    unfound: BTreeMap<Address, Unfound>,
    /// Those among them that are not created because of it.
    mistyped: Vec<(&'a ResourceConfig, Unfound)>,
    /// What those who left have and is kept because of it.
    kept: BTreeSet<Address>,
    /// What has another address than before, with that one.
    moved: Vec<(Address, Address)>,
    errors: Vec<PlanError>,
}

impl<'a> Planner<'a> {
    /// Leaves what can't be planned for some copies as it is, with all that needs it. What is about more than some copies
    /// stays an error.
    fn set_aside(&mut self, scope: &mut BTreeSet<Address>) -> Aside {
        let of_people = self.say_what_is_unsaid();
        let of_copies = match apart::of_copies(self.stack, scope, mem::take(&mut self.errors)) {
            Ok(of_copies) if of_copies.is_empty() => return Aside::default(),
            Ok(of_copies) => of_copies,
            Err(errors) => {
                self.errors = errors;
                return Aside::default();
            }
        };
        let aside = apart::aside(self.stack, scope, of_copies, &of_people);
        self.outsiders.extend(apart::take(&aside.addresses, &self.unseen, &mut self.steps));
        scope.retain(|address| !aside.addresses.contains(address));
        aside
    }

    /// Makes errors of what the file does not say, and answers which of them are about all that is one person's.
    fn say_what_is_unsaid(&mut self) -> BTreeSet<Address> {
        let mut errors = unmoved::errors(self.stack, &self.options.leavers, mem::take(&mut self.unsaid));
        errors.extend(mistyped::errors(self.stack, mem::take(&mut self.mistyped)));
        let of_people = errors.iter().filter_map(|error| error.address.clone()).filter(|address| address.key.is_some());
        let of_people = of_people.collect();
        self.errors.extend(errors);
        of_people
    }

    fn apply(&mut self, declared: &'a ResourceConfig, found: Option<Arc<Live<Value>>>) {
        // What can't be planned is left, and keeps what it uses.
        let there = found.clone().filter(|_| declared.address.key.is_some());
        let errors = self.errors.len() + self.unsaid.len();
        self.plan(declared, found);
        // Nor does it hold anything that is not its own.
        let is_own = self.ids.contains_key(&declared.address);
        if let Some(live) = there.filter(|_| is_own && self.errors.len() + self.unsaid.len() > errors) {
            self.outsiders.push((declared.address.clone(), live.spec.clone()));
        }
    }

    fn plan(&mut self, declared: &'a ResourceConfig, found: Option<Arc<Live<Value>>>) {
        let desired = match desired(self.stack, self.place, &self.known, declared) {
            Ok(desired) => desired,
            Err(diagnostic) => return self.errors.push(PlanError::diagnostic(declared, diagnostic)),
        };
        let diagnostics = diagnostics(self.stack, self.place, &self.known, declared);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            diagnostics.into_iter().partition(|diagnostic| self.stack.strict || diagnostic.is_error());
        if !errors.is_empty() {
            return self
                .errors
                .extend(errors.into_iter().map(|diagnostic| PlanError::diagnostic(declared, diagnostic)));
        }
        let warned = warnings.iter().map(warned);
        let Some(live) = found else {
            if let Some(unmoved) = self.unmoved.get(&declared.address) {
                self.outsiders.push((declared.address.clone(), Value::Null));
                return self.unsaid.push(Unsaid::unmoved(declared, &desired.name, unmoved));
            }
            let unfound = self.unfound.get(&declared.address).cloned();
            if let Some((unfound, left)) = unfound.as_ref().and_then(|unfound| Some((unfound, unfound.left()?))) {
                self.kept.insert(left);
                return self.mistyped.push((declared, unfound.clone()));
            }
            self.computed_attributes(declared, &desired);
            if declared.kind.is_known_by_id() {
                self.remade.insert(declared.address.clone());
            }
            let changes = created(self.stack, declared, &desired);
            let mut step = step(declared, &desired.name, Action::Create, changes, None);
            step.local = local(self.stack, declared, &desired);
            step.notes.extend(adoption::adopt_has_no_effect(declared));
            step.notes.extend(unfound.and_then(|unfound| unfound.note()));
            step.notes.extend(warned);
            step.planned = Some(planned(self.stack, declared, desired, false));
            return self.push(declared, step);
        };
        let asked = self.options.adopt.contains_key(&declared.address);
        let taken = self.taken.get(&declared.address);
        let objection = || adoption::objection(self.stack, declared, &desired, &live, &self.ids, taken);
        if let Some(error) = asked.then(objection).flatten() {
            return self.refuse(declared, error);
        }
        let (applied, adopts) = match owner(self.stack, &self.ids, declared, &desired.name, &live) {
            Owner::Us(ownership) => (ownership.applied, false),
            Owner::Sibling(theirs) => {
                let is_both = self.ids.get(&theirs.address) == Some(&live.id);
                let unsaid = unmoved::of_another(self.stack, declared, &desired.name, &theirs, is_both);
                self.ids.remove(&declared.address);
                return match unsaid {
                    Ok(unsaid) => self.unsaid.push(unsaid),
                    Err(error) => self.refuse(declared, error),
                };
            }
            // Both stacks would go on with a version of their own.
            Owner::Stack(stack) if !declared.kind.marks_apart() => {
                return self.refuse(declared, refusal::of_another_stack(&*declared.kind, &desired.name, &stack));
            }
            _ if declared.adopt => (LastApplied::default(), true),
            Owner::Stack(stack) => {
                return self.refuse(declared, refusal::of_another_stack(&*declared.kind, &desired.name, &stack));
            }
            Owner::Unmanaged if asked => (LastApplied::default(), true),
            Owner::Unmanaged => {
                return self.refuse(declared, refusal::unmanaged_exists(&*declared.kind, &desired.name));
            }
        };
        let recorded = LastApplied::read(&live.tags);
        self.made
            .extend(live.made.filter(|_| declared.kind.is_known_by_id()).map(|made| (declared.address.clone(), made)));
        let diff = |tolerated| Diff {
            stack: self.stack,
            declared,
            desired: &desired,
            tolerated,
            live: &live,
            applied: &applied,
            recorded: &recorded,
            replaced: &self.replaced,
            remade: &self.remade,
            made: &self.made,
            renewed: &self.renewed,
        };
        let (tolerated, mut by_hand) = by_hand::tolerated(declared, &desired, &live, &applied);
        if let Err(message) = declared.kind.fits(&tolerated) {
            return self.refuse(declared, Error::refused(message));
        }
        let mut changes = diff(&tolerated).changes();
        by_hand.extend(by_hand::leave(declared, &live, &mut changes));
        let mut stopped = stopped::leave(declared, &live, &mut changes);
        let left = diff(&tolerated).left();
        let mut because = diff::because(declared, &tolerated, &live, &changes);
        // What is replaced anyway becomes all that the file says.
        if adopts || !because.is_empty() || self.options.replace.contains(&declared.address) {
            changes = diff(&desired.spec).changes();
            because = diff::because(declared, &desired.spec, &live, &changes);
            by_hand.clear();
            stopped = None;
        }
        if self.options.renew.contains(&declared.address) {
            handed_out::renew(declared.kind.handed_out(), &desired.spec, &mut changes);
        }
        if because.is_empty() && !adopts && self.options.replace.contains(&declared.address) {
            because.push(REPLACE_OPTION.to_owned());
        }
        let ownership = Ownership::read(&live.tags);
        let is_adopted = adopts
            || ownership.as_ref().is_some_and(|ownership| ownership.stack == self.stack.name && ownership.keep.adopted);
        let moved = ownership.as_ref().is_some_and(|ownership| ownership.address != declared.address);
        let was = ownership.as_ref().filter(|ownership| ownership.stack == self.stack.name && moved);
        let was = was.map(|ownership| ownership.address.clone());
        let former = ownership.map(|ownership| ownership.stack).filter(|former| *former != self.stack.name);
        let is_current = || changes.is_empty() && !moved && !live.unmarked && self.keep_is_current(declared, &live);
        let action = match NonEmpty::from_vec(because) {
            Some(because) if adopts || asked => {
                return self.refuse(declared, refusal::not_adoptable(&desired.name, &because));
            }
            Some(because) => match refusal::of_replacement(declared, &live, &because) {
                Some(error) => return self.refuse(declared, error),
                None => Action::Replace { create_first: self.create_first(declared, &live, &desired), because },
            },
            None if adopts => Action::Adopt,
            None if is_current() => Action::None,
            None => Action::Update,
        };
        let becoming = with_defaults(&*declared.kind, &desired, &changes);
        let mut renews = Vec::new();
        if let Action::Replace { create_first, .. } = action {
            self.replaced.insert(declared.address.clone());
            if !create_first {
                self.gone_first.insert(declared.address.clone());
            }
            self.computed_attributes(declared, &desired);
        } else if let Action::Update | Action::Adopt = action {
            let becomes = becomes(&live, &becoming, &changes);
            if let Err(message) = declared.kind.fits(&becoming).and_then(|()| declared.kind.fits(&becomes)) {
                return self.refuse(declared, Error::refused(message));
            }
            renews = declared.kind.renews(&live.spec, &becomes);
            self.renewed.insert(declared.address.clone());
            self.known.insert_changed(self.place, (&*declared.kind, &declared.address), &live, &desired, &renews);
        } else {
            self.known.insert_live(self.place, (&*declared.kind, &declared.address), &desired.name, &live);
        }
        let lost = match action {
            Action::Replace { .. } if !live.besides.replaced.is_empty() => None,
            Action::Replace { .. } => declared.kind.data_loss(&live.spec, None),
            Action::Update | Action::Adopt => declared.kind.data_loss(&live.spec, Some(&becoming)),
            _ => None,
        };
        let texts = match live.texts.is_empty() || hides_texts(self.stack, declared, &desired.spec, &live) {
            true => Vec::new(),
            false => text_changes(&live.texts, &declared.kind.texts(&desired.spec, &self.stack.base)),
        };
        let mut step = step(declared, &desired.name, action, changes, Some(live));
        step.texts = texts;
        step.notes.extend(warned);
        self.moved.extend(was.map(|was| (declared.address.clone(), was)));
        step.notes.extend(former.map(|former| format!("it belongs to the stack `{former}`, which loses it")));
        step.empty = self.may_empty(declared);
        if let Action::Replace { .. } = step.action {
            step.after = After::Whole(made(&step, &created(self.stack, declared, &desired)).fitted());
        }
        step.loses_data |= lost.is_some();
        step.notes.extend(lost.map(is_lost));
        if !matches!(step.action, Action::Replace { .. }) {
            step.notes.extend(left.iter().map(|path| about_left(declared, path)));
        }
        step.notes.extend(by_hand);
        step.planned = step.is_change().then(|| planned(self.stack, declared, desired, is_adopted));
        if let Some((property, note)) = stopped {
            step.notes.push(note);
            step.planned.iter_mut().for_each(|planned| planned.ignored.push(property.clone()));
        }
        step.renews = renews;
        self.push(declared, step);
    }

    /// Adds the step, with what it uploads.
    fn push(&mut self, declared: &ResourceConfig, mut step: Step) {
        match uploads::fill(self.stack, declared, &mut step) {
            Ok(()) => self.steps.push(step),
            Err(diagnostic) => self.errors.push(PlanError::diagnostic(declared, diagnostic)),
        }
    }

    /// A resource outside the plan's scope: what refers to it needs its attributes.
    fn leave(&mut self, declared: &ResourceConfig, found: Option<Arc<Live<Value>>>) {
        if let Some(live) = found {
            self.left_behind.push((declared.address.clone(), live.spec.clone()));
            if let Some(left_out) = &mut self.left_out {
                left_out.insert_reported(declared.address.clone(), &live);
            }
            self.known.insert_reported(declared.address.clone(), &live);
        } else if let Ok(desired) = desired(self.stack, self.place, &self.known, declared) {
            self.computed_attributes(declared, &desired);
        }
    }

    fn computed_attributes(&mut self, declared: &ResourceConfig, desired: &Desired<Value>) {
        let attributes = declared.kind.computed_attributes(self.place, &desired.name, &desired.spec);
        self.known.insert(declared.address.clone(), attributes);
    }

    fn keep_is_current(&self, declared: &ResourceConfig, live: &Live<Value>) -> bool {
        Ownership::read(&live.tags)
            .is_none_or(|ownership| super::desired::keep(declared, ownership.keep.adopted) == ownership.keep)
    }

    fn may_empty(&self, declared: &ResourceConfig) -> bool {
        self.options.empty_buckets || may_empty(declared)
    }

    fn refuse(&mut self, declared: &ResourceConfig, error: Error) {
        self.errors.push(PlanError::with(declared, error));
    }
}
