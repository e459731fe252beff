//! "It exists already": is it what an earlier call of ours made, or someone else's?

use crate::model::{Address, Tags};

use super::mark::Mark;
use super::{Context, Error};

/// Whether `tags` say that this very address of this stack made what AWS knows as `name`: an earlier call's answer was
/// lost. A copy of the tags on something else says nothing.
pub fn is_mine(cx: &Context, address: &Address, name: &str, tags: &Tags) -> bool {
    cx.owns(name, tags) && Mark::read(tags).is_some_and(|mark| mark.address == *address)
}

/// The error for something that exists and is not [`is_mine`]. `what` names it: "the role `cloud101-role`".
pub fn taken(what: &str, tags: &Tags) -> Error {
    match Mark::read(tags) {
        Some(mark) => Error::refused(format!(
            "{what} already exists and belongs to the resource `{}` of the stack `{}`",
            mark.address, mark.stack
        ))
        .with_hint("choose another `name`"),
        None => Error::refused(format!("{what} already exists and does not have cloud101's ownership tags"))
            .with_hint("to adopt it, add `adopt: true` to the resource; otherwise choose another `name`"),
    }
}
