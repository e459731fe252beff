//! Which of the two goes first where one takes another's place, and what therefore can't be replaced.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::plan::observe::PlanError;
use crate::plan::{Action, Step, refusal};
use crate::resource::{Address, Desired, Live};
use crate::stack::ResourceConfig;

use super::Planner;

impl Planner<'_> {
    /// Two of the same name can't be at once; where the names differ, or AWS invents them, the new one comes first, so
    /// that what depends on it can move over. What it depends on may have to go first, and then so must it.
    pub(super) fn create_first(&self, declared: &ResourceConfig, live: &Live<Value>, desired: &Desired<Value>) -> bool {
        let predicted = declared.kind.computed_attributes(self.place, &desired.name, &desired.spec);
        let other_name = match (predicted.get("name"), live.attributes.get("name")) {
            (Some(new), Some(old)) => new != old,
            _ => true,
        };
        (declared.kind.name_is_a_tag() || other_name) && declared.depends_on.is_disjoint(&self.gone_first)
    }

    /// One whose old self must go first can't be replaced while something that stays holds it.
    pub(super) fn refuse_held_replacements(&mut self) {
        let stays = |step: &Step| matches!(step.action, Action::None | Action::Update | Action::Adopt);
        let steps: BTreeMap<_, _> = self.steps.iter().map(|step| (&step.address, step)).collect();
        // One that is there and outside the plan's scope has no step, and stays.
        let is_holder = |holder: &&ResourceConfig| {
            self.ids.contains_key(&holder.address) && steps.get(&holder.address).is_none_or(|step| stays(step))
        };
        let mut held: BTreeMap<&Address, &Address> = BTreeMap::new();
        for holder in self.stack.resources.iter().filter(is_holder) {
            for dependency in holder.depends_on.intersection(&self.gone_first) {
                held.entry(dependency).or_insert(&holder.address);
            }
        }
        let declared = self.stack.resources.iter().filter(|declared| !declared.kind.deletable_while_used());
        let refused = declared
            .filter_map(|declared| Some(PlanError::with(declared, refusal::held(held.get(&declared.address)?))));
        let refused: Vec<_> = refused.collect();
        self.errors.extend(refused);
    }
}
