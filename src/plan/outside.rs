//! What stands outside of what a plan does and still refers to what the plan would take away. Pure.
//!
//! A plan with `--target` or `--only` moves nothing over that it leaves out: the old profile of a machine outside of it must stay,
//! whether the machine's own lines in the file refer to it or only the machine in the account does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::value::strings;
use crate::resource::lookup::name_in;
use crate::resource::{Address, is_unknown};
use crate::stack::{ResourceConfig, Stack};

use super::desired::outlives;
use super::observe::{Found, PlanError};
use super::options::{Because, Goal};
use super::{Action, Step, refusal};

/// A resource that the plan leaves out: its address, and what it is in the account.
pub type Outsider = (Address, Value);

/// What carries the stack's mark outside of `scope` and is not what the file means: an object in a bucket that has
/// another name now. `ids` are those of what the file does mean.
pub fn orphans(owned: &[Arc<Found>], scope: &BTreeSet<Address>, ids: &BTreeMap<Address, String>) -> Vec<Outsider> {
    let is_orphan = |found: &&Arc<Found>| {
        let address = &found.ownership.address;
        !scope.contains(address) && ids.get(address) != Some(&found.owned.id)
    };
    owned.iter().filter(is_orphan).map(|found| (found.ownership.address.clone(), Value::Null)).collect()
}

/// Something that stays as it is, and that needs what it refers to.
struct Holder {
    address: Address,
    spec: Value,
    /// Who outside of the plan is behind it: itself, or who needs it.
    by: Address,
}

/// Leaves what `outsiders`, which stay for this reason, still refer to, and what that refers to. What can't be left, because its successor
/// has the same name, is refused.
pub fn settle(
    which: Because,
    stack: &Stack,
    goal: Goal,
    outsiders: &[Outsider],
    steps: &mut [Step],
    errors: &mut Vec<PlanError>,
) {
    let holder =
        |(address, spec): &Outsider| Holder { address: address.clone(), spec: spec.clone(), by: address.clone() };
    let mut holders: Vec<_> = outsiders.iter().map(holder).collect();
    let there: Vec<_> = steps.iter().filter(|step| step.prior.is_some()).map(Named::of).collect();
    while !holders.is_empty() {
        let mut stay = Vec::new();
        let goes = |step: &&mut Step| matches!(step.action, Action::Delete | Action::Replace { .. });
        for step in steps.iter_mut().filter(goes).filter(|step| step.stays_for.is_none()) {
            let thing = Named::of(step);
            let refers = |holder: &&Holder| {
                (mentions(holder, &thing) || depends(stack, holder, &thing, &there))
                    && !(goal == Goal::Destroy && is_outlived(stack, holder, &thing))
            };
            let Some(holder) = holders.iter().find(refers) else { continue };
            if let Action::Replace { create_first: false, .. } = step.action {
                let declared = stack.get(&step.address);
                let is_refused = errors.iter().any(|errors| errors.address.as_ref() == Some(&step.address));
                let error = |declared| PlanError::with(declared, refusal::held_outside(&holder.by, which));
                errors.extend(declared.filter(|_| !is_refused).map(error));
            } else {
                keep_for(step, &holder.by, which, goal);
            }
            if step.stays_for.is_some() {
                let spec = step.live().map(|live| live.spec.clone()).unwrap_or_default();
                stay.push(Holder { address: step.address.clone(), spec, by: holder.by.clone() });
            }
        }
        holders = stay;
    }
}

/// Leaves what a step would take away, for the sake of `by`, which stays for this reason.
pub fn keep_for(step: &mut Step, by: &Address, which: Because, goal: Goal) {
    let note = match (&step.action, goal) {
        (Action::Replace { .. }, _) => {
            format!("the old one is kept until `{by}`, {which}, has switched over")
        }
        (Action::Delete, Goal::Apply) => {
            format!("it is deleted when `{by}`, {which} and which still uses it, has moved over")
        }
        (Action::Delete, Goal::Destroy) => format!("`{by}`, {which}, still uses it"),
        _ => return,
    };
    if step.action == Action::Delete {
        step.action = Action::Keep { because: format!("{by} still uses it") };
    }
    step.notes.push(note);
    step.stays_for = Some(by.clone());
}

/// Says of what goes which adopted resource, that stays in the account, will be without it.
pub fn tell_what_is_released(stack: &Stack, steps: &mut [Step]) {
    let released = steps.iter().filter(|step| matches!(step.action, Action::Release { .. }) && step.is_declared());
    let released: Vec<_> = released.filter_map(|step| stack.get(&step.address)).collect();
    for step in steps.iter_mut().filter(|step| step.action == Action::Delete && step.is_declared()) {
        let without = released.iter().filter(|declared| declared.depends_on.contains(&step.address));
        let notes = without.map(|one| format!("`{}` is kept in the account without it", one.address));
        step.notes.extend(notes.collect::<Vec<_>>());
    }
}

/// Whether the file says that the holder uses what has the thing's address, and the account does not say that it uses
/// another one by now: `others` are all that there is.
fn depends(stack: &Stack, holder: &Holder, thing: &Named, others: &[Named]) -> bool {
    let says_so = |declared: &ResourceConfig| declared.depends_on.contains(&thing.address);
    let is_another = |other: &&Named| other.address == thing.address && other.id != thing.id;
    stack.get(&holder.address).is_some_and(says_so)
        && !others.iter().filter(is_another).any(|other| mentions(holder, other))
}

/// Whether the holder only has to do with it as with something that it outlives.
fn is_outlived(stack: &Stack, holder: &Holder, thing: &Named) -> bool {
    stack.get(&holder.address).is_some_and(|declared| outlives(declared, &thing.address))
}

/// Something in the account, as others refer to it.
struct Named {
    address: Address,
    kind: String,
    id: Option<String>,
    name: String,
}

impl Named {
    fn of(step: &Step) -> Self {
        Self {
            address: step.address.clone(),
            kind: step.kind.name().to_owned(),
            id: step.id().map(str::to_owned),
            name: step.name.clone(),
        }
    }
}

/// Whether the holder names it: by its id, its name or its ARN.
fn mentions(holder: &Holder, thing: &Named) -> bool {
    if holder.address == thing.address {
        return false;
    }
    let names = [thing.id.as_deref(), Some(thing.name.as_str())];
    let is_name = |text: &str| names.contains(&Some(text));
    let (service, sort) = thing.kind.split_once('.').unwrap_or_default();
    let sort = format!(":{}/", sort.replace('_', "-"));
    let is_arn = |text: &str| {
        let of_service = text.starts_with("arn:") && text.split(':').nth(2) == Some(service);
        of_service && (service != "iam" || text.contains(&sort)) && is_name(name_in(text))
    };
    let id_is_in = |text: &str| thing.id.as_deref().is_some_and(|id| id.starts_with("arn:") && text.contains(id));
    strings(&holder.spec).filter(|text| !is_unknown(text)).any(|text| is_name(text) || is_arn(text) || id_is_in(text))
}
