//! What is deleted, or left, and made again perhaps only has another name in the file or another key in the roster. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::Address;
use crate::stack::Stack;

use super::unmoved::line;
use super::{Action, Step};

/// Says of what goes, and of whose kind something new comes, which line of `moved:` keeps it; and of who leaves while
/// someone joins. Only where there is no doubt which of both is meant.
pub fn tell(stack: &Stack, steps: &mut [Step]) {
    let mut notes = of_resources(stack, steps);
    notes.extend(of_people(stack, steps));
    for (number, note) in notes {
        steps[number].notes.push(note);
    }
}

const IT_WAS: &str = "it was `";
const TAGS_FOLLOW: &str = "`: its tags follow";

/// Says of each that has `moved`, an address with the one before, what it was.
pub fn tell_moved(steps: &mut [Step], moved: &[(Address, Address)]) {
    let moved: BTreeMap<&Address, &Address> = moved.iter().map(|(now, was)| (now, was)).collect();
    for step in steps {
        step.notes.extend(moved.get(&step.address).map(|was| format!("{IT_WAS}{was}{TAGS_FOLLOW}")));
    }
}

/// What it was, if that is what a note says.
pub fn earlier(note: &str) -> Option<Address> {
    note.strip_prefix(IT_WAS)?.strip_suffix(TAGS_FOLLOW).map(Address::parse)
}

/// Resources of the file with another name: those of one kind that go are of one name, and those that come of another, and
/// the copies are for the same people.
fn of_resources(stack: &Stack, steps: &[Step]) -> Vec<(usize, String)> {
    let goes = |step: &Step| step.action == Action::Delete && !step.is_declared() && step.why.is_none();
    let mut by_kind: BTreeMap<&str, (Vec<&Address>, Vec<&Address>)> = BTreeMap::new();
    for step in steps {
        let (old, new) = by_kind.entry(step.kind.name()).or_default();
        match step.action {
            Action::Create => new.push(&step.address),
            _ if goes(step) => old.push(&step.address),
            _ => {}
        }
    }
    let names =
        |addresses: &[&Address]| addresses.iter().map(|address| address.name.clone()).collect::<BTreeSet<_>>().len();
    let note = |(number, step): (usize, &Step)| {
        let (old, new) = by_kind.get(step.kind.name()).filter(|(old, new)| names(old) == 1 && names(new) == 1)?;
        let moved = match (old.as_slice(), new.as_slice()) {
            // Perhaps it has a `for_each` now, or no longer.
            ([_], [only]) if only.key.is_none() || step.address.key.is_none() => *only,
            _ => *new.iter().find(|new| new.key == step.address.key)?,
        };
        // What has the same address goes because it has another name in AWS.
        let is_copy = moved.key.is_some() && moved.key == step.address.key;
        let now = if is_copy { moved.name.clone() } else { moved.to_string() };
        let note = keeps(&format!("this is now `{now}`"), &line(stack, &step.address, moved));
        (*moved != step.address).then_some((number, note))
    };
    let mut said = BTreeSet::new();
    let notes = steps.iter().enumerate().filter(|(_, step)| goes(step)).filter_map(note);
    // One line is for all copies.
    notes.filter(|(_, note)| said.insert(note.clone())).collect()
}

/// One who leaves a roster while one joins it.
fn of_people(stack: &Stack, steps: &[Step]) -> Vec<(usize, String)> {
    let mut joining: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut staying: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut leaving: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in steps {
        let Some(key) = step.address.key.as_deref() else { continue };
        if let Some(roster) = stack.left(&step.address) {
            leaving.entry(&roster.name).or_default().insert(key);
        } else if let Some(roster) = stack.for_each.get(&step.address.name).filter(|_| step.is_declared()) {
            match step.action {
                Action::Create => drop(joining.entry(roster).or_default().insert(key)),
                _ => drop(staying.insert((roster, key))),
            }
        }
    }
    let only = |all: Option<&BTreeSet<&str>>, is_it: &dyn Fn(&&&str) -> bool| {
        let mut all = all?.iter().filter(|key| is_it(key));
        all.next().filter(|_| all.next().is_none()).map(|key| (*key).to_owned())
    };
    let mut said = BTreeSet::new();
    let note = |(number, step): (usize, &Step)| {
        let roster = stack.left(&step.address).filter(|roster| said.insert(&roster.name))?;
        let old = only(leaving.get(&*roster.name), &|_| true)?;
        // One who has something already is not new.
        let new = only(joining.get(&*roster.name), &|key| !staying.contains(&(&*roster.name, **key)))?;
        let now = Address::copy(&*step.address.name, &*new);
        Some((number, keeps(&format!("`{old}` is now `{new}`"), &line(stack, &step.address, &now))))
    };
    steps.iter().enumerate().filter_map(note).collect()
}

fn keeps(what: &str, line: &str) -> String {
    format!("if {what}, the line {line} under `moved:` in the file keeps what there is")
}
