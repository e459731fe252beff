//! "It exists already": is it what an earlier call of ours made, or someone else's?

use crate::model::{Address, Tags};

use super::ownership::Ownership;
use super::{Context, Error, ErrorKind, Result};

/// Whether `tags` say that this very address of this stack made what AWS knows as `name`: an earlier call's answer was
/// lost. A copy of the tags on something else says nothing.
pub fn is_mine(cx: &Context, address: &Address, name: &str, tags: &Tags) -> bool {
    cx.owns(name, tags) && Ownership::read(tags).is_some_and(|ownership| ownership.address == *address)
}

/// The same, or else the error that says who owns it; see [`taken`].
pub fn claim(cx: &Context, address: &Address, name: &str, tags: &Tags, what: &str) -> Result<()> {
    if is_mine(cx, address, name, tags) { Ok(()) } else { Err(taken(cx, name, tags, what)) }
}

/// Whether AWS answered a creation with "it exists already". Then it has to be [`claim`]ed.
///
/// # Errors
/// Any other.
pub fn existed<T>(creation: Result<T>) -> Result<bool> {
    match creation {
        Ok(_) => Ok(false),
        Err(error) if error.kind == ErrorKind::Exists => Ok(true),
        Err(error) => Err(error),
    }
}

/// The error for something that exists and is not [`is_mine`]. `what` begins the sentence: "the role `cloud101-role`".
pub fn taken(cx: &Context, name: &str, tags: &Tags, what: &str) -> Error {
    let adopt = "choose another `name`, or adopt it: add `adopt: true` to the resource";
    let (owner, hint) = match Ownership::read(tags) {
        Some(ownership) if ownership.applied.is_of_another(name) => {
            (", and its tags are a copy of another resource's".to_owned(), adopt)
        }
        Some(ownership) if ownership.stack == cx.place.stack => {
            (format!(": it is `{}` of this stack", ownership.address), "rename one of them")
        }
        Some(ownership) => (format!(" and belongs to the stack `{}`", ownership.stack), adopt),
        None => (" and does not belong to this stack".to_owned(), adopt),
    };
    Error::refused(format!("{what} already exists{owner}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{aws::context, ownership_tags};

    #[test]
    fn what_exists_already_says_who_owns_it() {
        let cx = context();
        let said = |tags: &Tags| {
            claim(&cx, &Address::new("role"), "lesson", tags, "the role `lesson`").map_err(|error| error.message)
        };
        let stack = cx.place.stack.as_str();
        assert_eq!(said(&ownership_tags(stack, "role", "lesson")), Ok(()));
        for (tags, owner) in [
            (Tags::new(), "the role `lesson` already exists and does not belong to this stack"),
            (ownership_tags(stack, "other", "lesson"), "the role `lesson` already exists: it is `other` of this stack"),
            (
                ownership_tags("physics", "role", "lesson"),
                "the role `lesson` already exists and belongs to the stack `physics`",
            ),
            (
                ownership_tags(stack, "role", "original"),
                "the role `lesson` already exists, and its tags are a copy of another resource's",
            ),
        ] {
            assert_eq!(said(&tags), Err(owner.to_owned()));
        }
    }
}
