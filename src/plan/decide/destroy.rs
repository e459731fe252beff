//! What a destroy does with one resource of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::plan::Action;
use crate::plan::desired::outlives;
use crate::plan::owner::{NOT_OURS, Owner, owner};
use crate::resource::{Address, Live};
use crate::stack::{OnDestroy, ResourceConfig};

use super::{Planner, is_lost, step};

impl Planner<'_> {
    /// Deletes it, unless it is to be kept or released.
    pub(super) fn destroy(&mut self, declared: &ResourceConfig, found: Option<Arc<Live<Value>>>) {
        let Some(live) = found else { return };
        let name = live.attributes.get("name").cloned().unwrap_or_else(|| live.id.clone());
        self.known.insert_reported(declared.address.clone(), &live);
        let action = match self.owner_of(declared, &live) {
            Owner::Us(_) if declared.protect => Action::Keep { because: "protect: true".into() },
            Owner::Us(_) if declared.on_destroy == Some(OnDestroy::Retain) => {
                Action::Keep { because: "on_destroy: retain".into() }
            }
            Owner::Us(ownership) if ownership.keep.adopted && declared.on_destroy != Some(OnDestroy::Delete) => {
                Action::Release { because: "it existed before: adopted".into() }
            }
            Owner::Us(_) => match self.needed.get(&declared.address) {
                Some(by) => Action::Keep { because: format!("{by} is kept and depends on it") },
                None => Action::Delete,
            },
            Owner::Sibling(_) => return,
            Owner::Stack(_) | Owner::Unmanaged => Action::Keep { because: NOT_OURS.into() },
        };
        let lost = match action {
            Action::Delete if live.besides.deleted.is_empty() => declared.kind.data_loss(&live.spec, None),
            _ => None,
        };
        let mut step = step(declared, &name, action, Vec::new(), Some(live));
        step.empty = self.may_empty(declared);
        step.notes.extend(lost.map(is_lost));
        self.steps.push(step);
    }

    /// The owner of something that the file names, where nothing is wanted of it.
    fn owner_of(&self, declared: &ResourceConfig, live: &Live<Value>) -> Owner {
        let name = self.known.resolve(self.stack, self.place, &declared.name);
        owner(self.stack, &self.ids, declared, &declared.kind.identity(&name, &live.spec), live)
    }

    /// What stays would break without what it depends on, and AWS refuses to delete some of it.
    pub(super) fn needed_by_what_stays(
        &self,
        live: &BTreeMap<Address, Arc<Live<Value>>>,
        scope: &BTreeSet<Address>,
    ) -> BTreeMap<Address, Address> {
        let stays = |declared: &&ResourceConfig| {
            let is_kept = declared.protect || declared.on_destroy == Some(OnDestroy::Retain);
            let is_ours = |live: &Arc<Live<Value>>| matches!(self.owner_of(declared, live), Owner::Us(_));
            is_kept && scope.contains(&declared.address) && live.get(&declared.address).is_some_and(is_ours)
        };
        // What the last of the file needs goes first, so that whatever the others need as well is passed by.
        let mut needed: BTreeMap<Address, Address> = BTreeMap::new();
        for by in self.stack.resources.iter().rev().filter(stays) {
            let mut waiting = vec![by];
            while let Some(declared) = waiting.pop() {
                for dependency in declared.depends_on.iter().filter(|dependency| !outlives(declared, dependency)) {
                    if !needed.contains_key(dependency) {
                        needed.insert(dependency.clone(), by.address.clone());
                        waiting.extend(self.stack.get(dependency));
                    }
                }
            }
        }
        needed
    }
}
