//! What carries the stack's mark and is not what the file means.

use crate::aws::Result;
use crate::resource::registry;
use crate::stack::{Declared, OnDestroy, Stack};

use super::decide::Goal;
use super::observe::{Found, Trouble};
use super::{Action, Step, refusal};

/// What becomes of `found`, those first that usually depend on others, and what of it forbids the plan.
pub fn extras(stack: &Stack, mut found: Vec<Found>, goal: Goal, empty: bool) -> (Vec<Step>, Vec<Trouble>) {
    found.sort_by_key(|found| (std::cmp::Reverse(registry::rank(found.kind.name())), found.owned.id.clone()));
    let (mut steps, mut trouble) = (Vec::new(), Vec::new());
    for found in found {
        let address = &found.mark.address;
        let declared = stack.get(address).filter(|declared| declared.kind.name() == found.kind.name());
        match action(declared, &found, goal) {
            Ok(Some(action)) => steps.push(step(found, action, empty)),
            Ok(None) => {}
            Err(error) => trouble.push(Trouble {
                address: Some(address.clone()),
                kind: found.kind.name(),
                line: declared.map(|declared| declared.line),
                error,
            }),
        }
    }
    (steps, trouble)
}

/// `declared` is what the file says under its address. `None`: it stays, and the plan says nothing.
fn action(declared: Option<&Declared>, found: &Found, goal: Goal) -> Result<Option<Action>> {
    let keep = found.mark.keep;
    let release = |because: &str| Action::Release { because: because.to_owned() };
    let kept = |because: &str| Action::Keep { because: because.to_owned() };
    Ok(Some(match (declared, goal) {
        // The file names it, so this is a second one: the remains of a replacement, or of another name.
        (Some(declared), Goal::Apply) if declared.protect && keep.protect => {
            return Err(refusal::protected_second(&found.owned.name));
        }
        (Some(declared), Goal::Destroy) if declared.protect && keep.protect => kept("protect: true"),
        // Something that its resource left behind on purpose, such as a disk.
        (Some(_), Goal::Apply) if keep.retain => return Ok(None),
        (Some(declared), _) if keep.adopted && declared.on_destroy != Some(OnDestroy::Delete) => {
            release("it was there before: adopted")
        }
        (Some(_), _) if !keep.retain => Action::Delete,
        (None, Goal::Apply) if keep.protect => return Err(refusal::protected_extra(&found.owned.name)),
        (None, Goal::Destroy) if keep.protect => kept("protect: true at the last apply"),
        (_, Goal::Destroy) if keep.retain => kept("on_destroy: retain at the last apply"),
        _ if keep.retain => release("on_destroy: retain at the last apply"),
        _ if keep.adopted => release("it was there before: adopted"),
        _ => Action::Delete,
    }))
}

fn step(found: Found, action: Action, empty: bool) -> Step {
    Step {
        address: found.mark.address,
        kind: found.kind,
        name: found.owned.name,
        action,
        changes: Vec::new(),
        texts: Vec::new(),
        notes: Vec::new(),
        line: None,
        live: None,
        id: Some(found.owned.id),
        tags: found.owned.tags,
        obstacle: found.obstacle,
        // Or else nobody could say it any more.
        empty: empty || found.mark.keep.empty,
    }
}
