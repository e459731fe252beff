//! What the stack has under the name of an earlier address, where the file has lost the line of `moved:` that says so. Pure.
//!
//! What moved keeps its name in AWS, and only the line says which that is. Without it the file means something new, and
//! what people have would be deleted as a leftover. The ownership tags remember the address of the name, so that a plan can
//! say which line is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::Error;
use crate::aws::command::quoted;
use crate::aws::ownership::Ownership;
use crate::resource::Address;
use crate::stack::{ResourceConfig, Stack};
use crate::suggest;

use super::observe::{Found, PlanError};
use super::options::{Leavers, Options};

/// Something that is there under the name of an earlier address.
#[derive(Clone)]
pub struct Unmoved {
    /// Its name.
    name: String,
    /// The address that its tags say.
    address: Address,
    /// The address of its name.
    was: Address,
}

/// A resource that can't be planned before the file says what it was.
pub struct Unsaid<'a> {
    declared: &'a ResourceConfig,
    /// What it would be called.
    name: String,
    why: Why,
}

enum Why {
    /// It is there, under the name of an earlier address.
    Unmoved(Unmoved),
    /// What is there under its name has moved on from its address: what it is now, and what it was.
    MovedOn(Address, Address),
    /// What is there under its name is of an address that the file no longer has; what that was before.
    Gone(Address, Option<Address>),
}

/// All of those among `owned`, by the addresses that they have in the file. What a person replaces is not among them.
pub fn all(stack: &Stack, owned: &[Arc<Found>], options: &Options) -> BTreeMap<Address, Unmoved> {
    let moved = stack.resources.iter().flat_map(|one| one.formerly.iter().map(move |former| (former, one)));
    let moved: BTreeMap<&Address, &ResourceConfig> = moved.collect();
    let unmoved = |found: &Arc<Found>| {
        let (address, was) = (&found.ownership.address, found.ownership.keep.was.as_ref()?);
        let declared = stack.get(address).or_else(|| moved.get(address).copied());
        let declared = declared.filter(|declared| declared.kind.name() == found.kind.name())?;
        let is_missing = is_missing(declared, was) && !options.replace.contains(&declared.address);
        let (name, address, was) = (found.owned.name.clone(), address.clone(), was.clone());
        is_missing.then(|| (declared.address.clone(), Unmoved { name, address, was }))
    };
    owned.iter().filter_map(unmoved).collect()
}

/// Whether the file does not call `declared` as what is there is called, whose name is of the address `was`.
pub fn is_missing(declared: &ResourceConfig, was: &Address) -> bool {
    declared.is_named_by_address && declared.formerly.last().unwrap_or(&declared.address) != was
}

impl<'a> Unsaid<'a> {
    /// That nothing else is made as `declared`, which would be called `name`, beside what it is.
    pub fn unmoved(declared: &'a ResourceConfig, name: &str, unmoved: &Unmoved) -> Self {
        Self { declared, name: name.to_owned(), why: Why::Unmoved(unmoved.clone()) }
    }

    /// Whose it is, if it is a copy.
    fn person(&self, stack: &'a Stack) -> Option<(&'a str, &'a str)> {
        person(stack, &self.declared.address)
    }

    /// What is missing under `moved:`.
    fn lines(&self, stack: &Stack) -> Vec<String> {
        let own = &self.declared.address;
        match &self.why {
            Why::Unmoved(Unmoved { address, was, .. }) | Why::MovedOn(address, was) => vec![line(stack, was, address)],
            Why::Gone(address, was) => {
                let before = was.iter().map(|was| line(stack, was, address));
                before.chain([line(stack, address, own)]).collect()
            }
        }
    }

    /// The name of what is there.
    fn there(&self) -> &str {
        if let Why::Unmoved(unmoved) = &self.why { &unmoved.name } else { &self.name }
    }

    /// What is wrong, and what to do, for one alone.
    fn said(&self, stack: &Stack, leavers: &Leavers) -> (String, String) {
        let (name, own) = (self.there(), &self.declared.address);
        let who = own.key.as_ref().unwrap_or(&own.name);
        let lines = listed(&self.lines(stack));
        match &self.why {
            Why::Unmoved(Unmoved { address, was, .. }) => (
                format!(
                    "`{name}` is `{address}`, and is called so because it was `{was}`: without the line of `moved:` that says \
                     so, it would be deleted and made again as `{}`",
                    self.name
                ),
                format!("put {lines} back under `moved:`; to make it again all the same, add{}", replace(&[self])),
            ),
            Why::MovedOn(address, was) => {
                let another = if own.key.is_some() { "key" } else { "name" };
                (
                    format!("`{name}` is `{address}` of this stack, which was `{was}` once"),
                    format!("put {lines} back under `moved:`, and give the new `{who}` another {another}"),
                )
            }
            Why::Gone(address, _) => match (stack.left(address), &address.key) {
                (Some(roster), Some(left)) => {
                    let what =
                        format!("`{name}` is that of `{left}`, who is no longer in the roster `{}`", roster.name);
                    of_one_who_left(leavers, what, left, who, &lines)
                }
                _ => (
                    format!("`{name}` is `{address}` of this stack, which is no longer in the file"),
                    format!("if `{own}` is the same, add {lines} under `moved:`; if not, give `{own}` another name"),
                ),
            },
        }
    }

    /// Those that one sentence is enough for, of one person's.
    fn sort(&self, stack: &Stack) -> (u8, Option<String>) {
        match &self.why {
            Why::Unmoved(_) => (0, None),
            Why::MovedOn(address, _) => (1, address.key.clone()),
            Why::Gone(address, _) => (2, stack.left(address).and(address.key.clone())),
        }
    }
}

/// The options that make these again.
fn replace(all: &[&Unsaid<'_>]) -> String {
    all.iter().map(|one| format!(" --replace {}", quoted(&one.declared.address.to_string()))).collect()
}

/// `the line x`, `the lines x and y`, each once.
fn listed(lines: &[String]) -> String {
    let mut each: Vec<&str> = Vec::new();
    for line in lines {
        if !each.contains(&&**line) {
            each.push(line);
        }
    }
    let plural = if each.len() == 1 { "" } else { "s" };
    format!("the line{plural} {}", suggest::some(&each, each.len(), each.len()))
}

/// Why these can't be planned: one error for each person with all that is theirs, and one for each other resource. The errors
/// are about the first of them.
pub fn errors(stack: &Stack, leavers: &Leavers, all: Vec<Unsaid<'_>>) -> Vec<PlanError> {
    let mut groups: Vec<Vec<Unsaid<'_>>> = Vec::new();
    let mut places = BTreeMap::new();
    for one in all {
        let place = match one.person(stack) {
            Some(person) => *places.entry(person).or_insert(groups.len()),
            None => groups.len(),
        };
        match groups.get_mut(place) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
        .iter()
        .filter_map(|group| Some(PlanError::with(group.first()?.declared, error(stack, leavers, group))))
        .collect()
}

/// Whose `address` is, if it is a copy: the name of the roster and the key.
pub fn person<'a>(stack: &'a Stack, address: &'a Address) -> Option<(&'a str, &'a str)> {
    Some((stack.for_each.get(&address.name)?, address.key.as_deref()?))
}

/// Those of whom nothing is changed before the file says who they were.
pub struct People<'a> {
    /// Each with the roster that they are in.
    members: BTreeSet<(&'a str, &'a str)>,
    keys: BTreeSet<&'a str>,
}

impl<'a> People<'a> {
    /// Those whose copies are at these addresses.
    pub fn at(stack: &'a Stack, addresses: &'a BTreeSet<Address>) -> Self {
        let members: BTreeSet<_> = addresses.iter().filter_map(|address| person(stack, address)).collect();
        Self { keys: members.iter().map(|(_, key)| *key).collect(), members }
    }

    /// The key of one of them, if what has the tags of `address` is theirs. Of a resource that the file has no more it is not
    /// known which roster it was for.
    pub fn owner<'b>(&self, stack: &Stack, address: &'b Address) -> Option<&'b str> {
        let key = address.key.as_deref()?;
        let is_theirs = match stack.for_each.get(&address.name) {
            Some(roster) => self.members.contains(&(roster.as_str(), key)),
            None => self.keys.contains(key),
        };
        is_theirs.then_some(key)
    }
}

/// Why none of these, which are one person's, can be planned.
fn error(stack: &Stack, leavers: &Leavers, group: &[Unsaid<'_>]) -> Error {
    let mut by_sort: BTreeMap<_, Vec<&Unsaid<'_>>> = BTreeMap::new();
    for one in group {
        by_sort.entry(one.sort(stack)).or_default().push(one);
    }
    let said: Vec<_> = by_sort.into_values().map(|of_sort| of_one_sort(stack, leavers, &of_sort)).collect();
    let (messages, hints): (Vec<_>, Vec<_>) = said.into_iter().unzip();
    let whose = group.iter().find_map(|one| one.person(stack));
    let rest =
        whose.map(|(_, key)| format!("; before that is settled, nothing of `{key}` is changed")).unwrap_or_default();
    Error::refused(format!("{}{rest}", messages.join("; "))).with_hint(hints.join("; "))
}

/// `what` is of `left`, who left, and has the name of something of `who`, who may be the same person.
fn of_one_who_left(leavers: &Leavers, what: String, left: &str, who: &str, lines: &str) -> (String, String) {
    if !leavers.go(left) {
        let help = format!(
            "if `{who}` is the same person, add {lines} under `moved:`; if not, delete what `{left}` has first, with \
             --remove {left}"
        );
        return (what, help);
    }
    // What of the run that deletes it is in the plan: only the next can make something of the same name.
    let next = match leavers.remove.contains(left) {
        true => format!("without `--remove {left}`"),
        false => "again".to_owned(),
    };
    (format!("{what}, and goes first"), format!("then run the same command {next}"))
}

/// What is wrong, and what to do, for one alone or for several of a person's.
fn of_one_sort(stack: &Stack, leavers: &Leavers, all: &[&Unsaid<'_>]) -> (String, String) {
    let [first, rest @ ..] = all else { return Default::default() };
    let Some(key) = first.declared.address.key.as_ref().filter(|_| !rest.is_empty()) else {
        return first.said(stack, leavers);
    };
    let names = format!("`{}` and {} more", first.there(), rest.len());
    let lines = listed(&all.iter().flat_map(|one| one.lines(stack)).collect::<Vec<_>>());
    match &first.why {
        Why::Unmoved(_) => (
            format!(
                "{names} are what `{key}` has under an earlier key or name: without what says so under `moved:`, all of it \
                 would be deleted and made again"
            ),
            format!("put {lines} back under `moved:`; to make all of it again all the same, add{}", replace(all)),
        ),
        Why::MovedOn(address, _) => {
            let whose = address.key.as_ref().unwrap_or(&address.name);
            (
                format!("{names} are of `{whose}` in this stack, and were of `{key}` once"),
                format!("put {lines} back under `moved:`, and give the new `{key}` another key"),
            )
        }
        Why::Gone(address, _) => match (stack.left(address), &address.key) {
            (Some(roster), Some(left)) => {
                let what = format!("{names} are those of `{left}`, who is no longer in the roster `{}`", roster.name);
                of_one_who_left(leavers, what, left, key, &lines)
            }
            _ => (
                format!("{names} are of this stack, at addresses that are no longer in the file"),
                format!(
                    "if they are those of `{key}`, add {lines} under `moved:`; if not, give those of `{key}` other names"
                ),
            ),
        },
    }
}

/// Why `declared` does not get what is there under its name (`name`): it is `theirs`, whose address is not the same person's.
/// `is_both`: it was found for that address, too.
///
/// # Errors
/// No line of `moved:` would help: two have one name.
pub fn of_another<'a>(
    stack: &Stack,
    declared: &'a ResourceConfig,
    name: &str,
    theirs: &Ownership,
    is_both: bool,
) -> Result<Unsaid<'a>, Error> {
    let (address, own) = (&theirs.address, &declared.address);
    let who = own.key.as_ref().unwrap_or(&own.name);
    if is_both {
        return Err(Error::refused(format!("`{name}` is also `{address}` of this stack"))
            .with_hint("rename one of them, or remove one"));
    }
    let was = theirs.keep.was.clone();
    let why = match (stack.get(address), was) {
        (Some(_), Some(was)) => Why::MovedOn(address.clone(), was),
        (Some(_), None) => {
            let hint =
                format!("give `{who}` a name that is not in use, by what the file or the roster says of `{who}`");
            return Err(Error::refused(format!("`{name}` is `{address}` of this stack")).with_hint(hint));
        }
        (None, was) => Why::Gone(address.clone(), was),
    };
    Ok(Unsaid { declared, name: name.to_owned(), why })
}

/// Why neither of two is deleted that carry the tags of `declared`: what it is now, and what is there as `name` because it
/// was `was`.
pub fn both_there(declared: &ResourceConfig, name: &str, was: &Address) -> Error {
    let address = &declared.address;
    Error::refused(format!(
        "`{name}` is `{address}` as well, and is called so because it was `{was}`: one of both would be deleted"
    ))
    .with_hint("copy what you need from one of both, and delete that one by hand")
}

/// The line of `moved:` that says that `old` is `new` now, in backticks: that of the person, if only the key is another one,
/// or of the resource with all its copies, if only the name is.
pub fn line(stack: &Stack, old: &Address, new: &Address) -> String {
    let roster = stack.for_each.get(&new.name).filter(|_| old.name == new.name);
    match (&old.key, &new.key, roster) {
        (Some(old), Some(new), Some(roster)) => {
            format!("`{}: {}`", Address::copy(&**roster, old), Address::copy(&**roster, new))
        }
        (Some(key), Some(other), _) if key == other => format!("`{}: {}`", old.name, new.name),
        _ => format!("`{old}: {new}`"),
    }
}
