//! What is deleted and made again perhaps only has another name in the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Step};

/// Says of what goes because the file no longer names it, and of whose kind something new comes, how to keep it. Only where
/// there is no doubt which of both is meant.
pub fn tell(steps: &mut [Step]) {
    let mut by_kind: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for step in steps.iter() {
        let (old, new) = by_kind.entry(step.kind.name().to_owned()).or_default();
        match step.action {
            Action::Delete if !step.is_declared() => drop(old.insert(step.address.name.clone())),
            Action::Create => drop(new.insert(step.address.name.clone())),
            _ => {}
        }
    }
    for step in steps.iter_mut().filter(|step| step.action == Action::Delete && !step.is_declared()) {
        let Some((old, new)) = by_kind.get(step.kind.name()) else { continue };
        let (Some(new), 1, 1) = (new.first(), old.len(), new.len()) else { continue };
        let old = &step.address.name;
        if old != new {
            step.notes.push(format!("if this is now `{new}`, `moved: {{ {old}: {new} }}` in the file keeps it"));
        }
    }
}
