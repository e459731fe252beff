//! What the stack has under the name of an earlier address, where the file has lost the line of `moved:` that says so. Pure.
//!
//! What moved keeps its name in AWS, and only the line says which that is. Without it the file means something new, and
//! what people have would be deleted as a leftover. The ownership tags remember the address of the name, so that a plan can
//! say which line is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws::Error;
use crate::aws::command::quoted;
use crate::aws::ownership::Ownership;
use crate::resource::Address;
use crate::stack::{ResourceConfig, Stack};

use super::observe::Found;
use super::options::Options;

/// Something that is there under the name of an earlier address.
pub struct Unmoved {
    /// Its name.
    name: String,
    /// The address that its tags say.
    address: Address,
    /// The address of its name.
    was: Address,
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

impl Unmoved {
    /// Why nothing else is made as `declared`, which would be called `name`.
    pub fn error(&self, stack: &Stack, declared: &ResourceConfig, name: &str) -> Error {
        let Self { name: there, address, was } = self;
        let message = format!(
            "`{there}` is `{address}`, and is called so because it was `{was}`: without the line of `moved:` that says so, it \
             would be deleted and made again as `{name}`"
        );
        let replace = quoted(&declared.address.to_string());
        Error::refused(message).with_hint(format!(
            "put the line {} back under `moved:`; to make it again all the same, add --replace {replace}",
            line(stack, was, address)
        ))
    }
}

/// Why `declared` does not get what is there under its name (`name`): it is `theirs`, whose address is not the same person's.
/// `is_both`: it was found for that address, too.
pub fn of_another(stack: &Stack, declared: &ResourceConfig, name: &str, theirs: &Ownership, is_both: bool) -> Error {
    let (address, own) = (&theirs.address, &declared.address);
    let who = own.key.as_ref().unwrap_or(&own.name);
    if is_both {
        return Error::refused(format!("`{name}` is also `{address}` of this stack"))
            .with_hint("rename one of them, or remove one");
    }
    let there = stack.get(address).is_some();
    if let Some(was) = theirs.keep.was.as_ref().filter(|_| there) {
        let another = if own.key.is_some() { "key" } else { "name" };
        let message = format!("`{name}` is `{address}` of this stack, which was `{was}` once");
        let line = line(stack, was, address);
        return Error::refused(message)
            .with_hint(format!("put the line {line} back under `moved:`, and give the new `{who}` another {another}"));
    }
    if there {
        let hint = format!("give `{who}` a name that is not in use, by what the file or the roster says of `{who}`");
        return Error::refused(format!("`{name}` is `{address}` of this stack")).with_hint(hint);
    }
    let lines = match theirs.keep.was.as_ref() {
        Some(was) => format!("the lines {} and {}", line(stack, was, address), line(stack, address, own)),
        None => format!("the line {}", line(stack, address, own)),
    };
    let roster = stack.left(address);
    match (roster, &address.key) {
        (Some(roster), Some(key)) => {
            Error::refused(format!("`{name}` is that of `{key}`, who is no longer in the roster `{}`", roster.name))
                .with_hint(format!(
                    "if `{who}` is the same person, add {lines} under `moved:`; if not, delete what `{key}` has first, \
                     with --remove {key}"
                ))
        }
        _ => Error::refused(format!("`{name}` is `{address}` of this stack, which is no longer in the file"))
            .with_hint(format!(
                "if `{own}` is the same, add {lines} under `moved:`; if not, give `{who}` another name"
            )),
    }
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
