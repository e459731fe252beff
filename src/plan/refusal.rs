//! What forbids a plan, in words for the person who wrote the file.

use serde_json::Value;

use nonempty::NonEmpty;

use crate::aws::Error;
use crate::aws::command::quoted;
use crate::resource::kind::Kind;
use crate::resource::others::Others;
use crate::resource::{Address, DeleteBlocker, Live};
use crate::stack::{ResourceConfig, Roster};

use super::options::{Because, REPLACE_OPTION, Selection};

/// It exists, and carries no stack's mark: cloud101 may have made it all the same, and let go of it.
pub fn unmanaged_exists(kind: &dyn Kind, name: &str) -> Error {
    if kind.marks_apart() {
        return foreign(kind, name, "exists and does not have this stack's ownership tags");
    }
    Error::refused(format!("`{name}` exists, and no version of it is this stack's")).with_hint(
        "to publish its next version from this stack, add `adopt: true`: existing versions are kept; otherwise choose \
         another `name`",
    )
}

/// It exists, and another stack has it.
pub fn of_another_stack(kind: &dyn Kind, name: &str, stack: &str) -> Error {
    if !kind.marks_apart() {
        let error = Error::refused(format!("`{name}` belongs to the stack `{stack}`"));
        return error.with_hint(
            "AWS can't remove the mark from a version, so no other stack can adopt it: choose another `name`",
        );
    }
    foreign(kind, name, &format!("belongs to the stack `{stack}`"))
}

fn foreign(kind: &dyn Kind, name: &str, what: &str) -> Error {
    let avoid = match kind.has_name() {
        true => "choose another `name`",
        false => "remove the resource from the file",
    };
    Error::refused(format!("`{name}` {what}"))
        .with_hint(format!("to adopt it and let this stack change it, add `adopt: true`; otherwise {avoid}"))
}

/// It is to be taken over, and is this very resource's.
pub fn adopted_already(name: &str, address: &Address) -> Error {
    Error::refused(format!("`{name}` is already `{address}` of this stack"))
        .with_hint("a plan shows whether it matches the file")
}

/// It is to be taken over by what has another one.
pub fn has_another(other: &str, address: &Address) -> Error {
    Error::refused(format!("`{address}` already has `{other}`, which an apply would then delete")).with_hint(format!(
        "use a new logical name for the resource that adopts it; or first destroy the old one, with --target {}",
        quoted(&address.to_string())
    ))
}

/// It is to be taken over, and the file calls it otherwise.
pub fn other_name(kind: &dyn Kind, name: &str, desired: &str) -> Error {
    let hint = match kind.has_name() {
        true => format!("write `name: {name}` in the file"),
        false => format!("write `{name}` in the file, or adopt `{desired}`"),
    };
    Error::refused(format!("its name is `{name}` in AWS, but `{desired}` in the file")).with_hint(hint)
}

/// It is to be taken over, and refers to what is not there.
pub fn refers_to_nothing() -> Error {
    Error::refused("it refers to a resource of the stack that does not exist yet")
        .with_hint("apply or adopt that one first")
}

/// It is to be taken over, and can't become what the file says.
pub fn not_adoptable(name: &str, because: &NonEmpty<String>) -> Error {
    let differ = if because.len() == 1 { "differs" } else { "differ" };
    Error::refused(format!(
        "`{name}` can't be adopted: {} {differ}, and AWS can't change that in place",
        listed(because)
    ))
    .with_hint("write the current value in the file (`aws` or the console shows it), or choose another `name`")
}

/// What forbids a replacement, if anything does.
pub fn of_replacement(declared: &ResourceConfig, live: &Live<Value>, because: &NonEmpty<String>) -> Option<Error> {
    match &live.blocker {
        _ if declared.protect => Some(protected(because)),
        Some(DeleteBlocker::Lock { said, unlocks, .. }) => Some(locked(because, said, unlocks)),
        _ => None,
    }
}

/// A replacement of what the file protects.
fn protected(because: &NonEmpty<String>) -> Error {
    Error::refused(format!("it would be replaced, {}, and it says `protect: true`", why(because)))
        .with_hint("set `protect: false` to allow this")
}

/// A replacement of what AWS refuses to delete.
fn locked(because: &NonEmpty<String>, said: &str, unlocks: &str) -> Error {
    Error::refused(format!(
        "it would be replaced, {}, and AWS refuses to delete the existing one: `{said}`",
        why(because)
    ))
    .with_hint(format!("to allow this, apply only `{unlocks}` first; then replace it"))
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
        .with_hint("restore the previous file, or set `protect: false` to allow this")
}

/// The deletion of what was protected when the file still had it.
pub fn protected_extra(name: &str) -> Error {
    Error::refused(format!("`{name}` is protected, and the file no longer has it"))
        .with_hint("add it back with `protect: false`, apply, and then remove it")
}

/// The same of what one had who is no longer in the roster.
pub fn protected_leaver(name: &str, key: &str, roster: &Roster) -> Error {
    let place = roster.file.as_deref().unwrap_or("the roster");
    Error::refused(format!("`{name}` is protected, and `{key}` is no longer in the roster `{}`", roster.name))
        .with_hint(format!(
            "put `{key}` back into {place}, write `protect: false`, apply, and then take `{key}` out again"
        ))
}

/// `moved:` says that it is what had another address, and something that was made under its own is there as well.
pub fn moved_and_there(name: &str, formerly: &[Address]) -> Error {
    let was = formerly.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
    Error::refused(format!(
        "`{name}` was made under this address, and `moved:` says that what was {was} has it now: one of both would be deleted"
    ))
    .with_hint("remove the line of `moved:` to keep this one; to keep the other, copy what you need and delete this one by hand")
}

/// A replacement under the same name of what something outside of the plan uses, which stays for this reason.
pub fn held_outside(holder: &Address, which: Because) -> Error {
    let hint = match (which, &holder.key) {
        (Because::LeftOut(Selection::Only), Some(key)) => format!("add `{key}` to --only, or plan everything"),
        (Because::LeftOut(Selection::Target), _) => {
            format!("add --target {}, or plan everything", quoted(&holder.to_string()))
        }
        (Because::NotPlanned, _) => format!("first solve what is said of `{holder}`"),
        _ => "plan everything".to_owned(),
    };
    Error::refused(format!(
        "it would be replaced under the same name, so the old one would have to go first, and `{holder}`, {which}, \
         would be without it"
    ))
    .with_hint(hint)
}

/// A replacement under the same name of what others use.
pub fn held_by_others(others: &Others) -> Error {
    let commands: Vec<_> = others.holders.iter().map(|holder| holder.command.as_str()).collect();
    Error::refused(format!(
        "it would be replaced under the same name, so the old one would have to be deleted first, and {}, outside this \
         stack, would lose it",
        others.names()
    ))
    .with_hint(format!("choose another `name`; or remove it from there first:\n{}", commands.join("\n")))
}

/// A replacement under the same name of what another resource holds on to.
pub fn held(holder: &Address) -> Error {
    Error::refused(format!(
        "it would be replaced under the same name, so the old one would have to be deleted first, but `{holder}` still uses it"
    ))
    .with_hint(format!("choose another `name`: then the new one is created first, and `{holder}` switches to it"))
}
