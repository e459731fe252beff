//! What forbids a plan, in words for the person who wrote the file.

use serde_json::Value;

use nonempty::NonEmpty;

use crate::aws::Error;
use crate::resource::kind::Kind;
use crate::resource::others::Others;
use crate::resource::{Address, Live, Obstacle};
use crate::stack::Declared;

use super::options::REPLACE_OPTION;

/// It exists, and carries no stack's mark: cloud101 may have made it all the same, and let go of it.
pub fn not_made_here(kind: &dyn Kind, name: &str) -> Error {
    if kind.takes_tags() {
        return foreign(kind, name, "exists and does not carry this stack's tags");
    }
    Error::refused(format!("`{name}` exists, and no version of it is this stack's")).with_hint(
        "to publish its next version from this stack, add `adopt: true`: those that are there stay as they are; else \
         choose another `name`",
    )
}

/// It exists, and another stack has it.
pub fn of_another_stack(kind: &dyn Kind, name: &str, stack: &str) -> Error {
    if !kind.takes_tags() {
        let error = Error::refused(format!("`{name}` belongs to the stack `{stack}`"));
        return error
            .with_hint("AWS takes no mark off a version, so that no other stack can adopt it: choose another `name`");
    }
    foreign(kind, name, &format!("belongs to the stack `{stack}`"))
}

fn foreign(kind: &dyn Kind, name: &str, what: &str) -> Error {
    let avoid = match kind.has_name() {
        true => "choose another `name`",
        false => "take the resource out of the file",
    };
    Error::refused(format!("`{name}` {what}"))
        .with_hint(format!("to take it over as it is and let this stack change it, add `adopt: true`; else {avoid}"))
}

/// Two resources of the file are one in the account.
pub fn sibling(name: &str, other: &Address) -> Error {
    Error::refused(format!("`{name}` is also `{other}` of this stack"))
        .with_hint("give one of the two another `name`, or take one out")
}

/// It is to be taken over, and is this very resource's.
pub fn adopted_already(name: &str, address: &Address) -> Error {
    Error::refused(format!("`{name}` is `{address}` of this stack already"))
        .with_hint("a plan shows whether it is as the file says")
}

/// It is to be taken over by what has another one.
pub fn has_another(other: &str, address: &Address) -> Error {
    Error::refused(format!("`{address}` has `{other}` already, which an apply would then delete")).with_hint(format!(
        "give the resource that takes it over a logical name of its own; or first destroy the old one, with \
         --target {address}"
    ))
}

/// It is to be taken over, and the file calls it otherwise.
pub fn other_name(kind: &dyn Kind, name: &str, wanted: &str) -> Error {
    let hint = match kind.has_name() {
        true => format!("write `name: {name}` in the file"),
        false => format!("let the file name `{name}`, or adopt `{wanted}`"),
    };
    Error::refused(format!("AWS calls it `{name}`, and the file `{wanted}`")).with_hint(hint)
}

/// It is to be taken over, and refers to what is not there.
pub fn refers_to_nothing() -> Error {
    Error::refused("it refers to a resource of the stack that is not there yet")
        .with_hint("apply or adopt that one first")
}

/// It is to be taken over, and can't become what the file says.
pub fn not_adoptable(name: &str, because: &NonEmpty<String>) -> Error {
    let differ = if because.len() == 1 { "differs" } else { "differ" };
    Error::refused(format!(
        "`{name}` can't be adopted: {} {differ}, and AWS can't change that in place",
        listed(because)
    ))
    .with_hint("say in the file what is there (`aws` or the console shows it), or choose another `name`")
}

/// What forbids a replacement, if anything does.
pub fn of_replacement(declared: &Declared, live: &Live<Value>, because: &NonEmpty<String>) -> Option<Error> {
    match &live.obstacle {
        _ if declared.protect => Some(protected(because)),
        Some(Obstacle::Lock { said, unlocks, .. }) => Some(locked(because, said, unlocks)),
        _ => None,
    }
}

/// A replacement of what the file protects.
fn protected(because: &NonEmpty<String>) -> Error {
    Error::refused(format!("it would be replaced, {}, and it says `protect: true`", why(because)))
        .with_hint("set `protect: false` if you mean it")
}

/// A replacement of what AWS refuses to delete.
fn locked(because: &NonEmpty<String>, said: &str, unlocks: &str) -> Error {
    Error::refused(format!(
        "it would be replaced, {}, and AWS refuses to delete the one that is there: `{said}`",
        why(because)
    ))
    .with_hint(format!("if you mean it, apply `{unlocks}` first and nothing else of it; then replace it"))
}

/// Why something would be replaced.
fn why(because: &NonEmpty<String>) -> String {
    match because.len() {
        1 if because.head == REPLACE_OPTION => format!("as {REPLACE_OPTION} asks"),
        _ => format!("because AWS can't change {} in place", listed(because)),
    }
}

/// `image and subnet_id`.
pub fn listed(because: &NonEmpty<String>) -> String {
    because.iter().map(String::as_str).collect::<Vec<_>>().join(" and ")
}

/// The deletion of what the file protects, and which no longer is what the file means: it has another name there.
pub fn protected_second(name: &str) -> Error {
    Error::refused(format!("`{name}` would be deleted, because the file now means another one, and it is protected"))
        .with_hint("go back to what the file said, or set `protect: false` if you mean it")
}

/// The deletion of what was protected when the file still had it.
pub fn protected_extra(name: &str) -> Error {
    Error::refused(format!("`{name}` is protected, and the file no longer has it"))
        .with_hint("put it back with `protect: false`, apply, and then take it out")
}

/// A replacement under the same name of what something outside of `--target` uses.
pub fn held_outside(holder: &Address) -> Error {
    Error::refused(format!(
        "it would be replaced under the same name, so that the old one had to go first, and `{holder}`, which --target \
         leaves out, would be without it"
    ))
    .with_hint(format!("add --target {holder}, or leave --target out"))
}

/// A replacement under the same name of what somebody else uses.
pub fn held_by_others(others: &Others) -> Error {
    let commands: Vec<_> = others.holders.iter().map(|holder| holder.command.as_str()).collect();
    Error::refused(format!(
        "it would be replaced under the same name, so that the old one had to go first, and {}, not this stack's, would \
         lose it",
        others.names()
    ))
    .with_hint(format!("give it another `name`; or take it away from there first:\n{}", commands.join("\n")))
}

/// A replacement under the same name of what another resource holds on to.
pub fn held(holder: &Address) -> Error {
    Error::refused(format!(
        "it would be replaced under the same name, so that the old one had to go first, and `{holder}` still uses it"
    ))
    .with_hint(format!("give it another `name`: then the new one is made first, and `{holder}` moves over to it"))
}
