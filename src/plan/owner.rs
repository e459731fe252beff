//! The owner of a live resource.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::aws::ownership::Ownership;
use crate::resource::{Address, Live, Place, is_unknown};
use crate::stack::{ResourceConfig, Stack};

use super::desired::KnownAttributes;

/// Why a destroy leaves what the file names and others have.
pub const NOT_OURS: &str = "not this stack's";

/// The owner of a live resource.
pub enum Owner {
    /// This stack's, under this address or under one that no longer means it.
    Us(Ownership),
    /// Another address of this stack has it.
    Sibling(Ownership),
    /// Another stack's.
    Stack(String),
    /// It carries no mark.
    Unmanaged,
}

/// Those of what was found as `live` that are the stack's.
pub fn ours(stack: &Stack, place: &Place, live: &BTreeMap<Address, Arc<Live<Value>>>) -> BTreeSet<Address> {
    let known = KnownAttributes::of_live(live);
    let ids = live.iter().map(|(address, live)| (address.clone(), live.id.clone())).collect();
    let is_ours = |address: &&Address| {
        let Some((declared, live)) = stack.get(address).zip(live.get(address)) else { return false };
        let name = declared.kind.identity(&known.resolve(stack, place, &declared.name), &live.spec);
        matches!(owner(stack, &ids, declared, &name, live), Owner::Us(_))
    };
    live.keys().filter(is_ours).cloned().collect()
}

/// The owner of `live`, which was found as what `declared` names, under the name `name`. `ids` are those of everything
/// that was found.
pub fn owner(
    stack: &Stack,
    ids: &BTreeMap<Address, String>,
    declared: &ResourceConfig,
    name: &str,
    live: &Live<Value>,
) -> Owner {
    let name = declared.kind.exact_name(name);
    let Some(ownership) = Ownership::read(&live.tags) else { return Owner::Unmanaged };
    let (is_its_own, is_a_copy) = match declared.kind.name_is_a_tag() {
        // The kind knows its own by other means, and what was taken over by its id: see `apply`.
        true => (true, ownership.applied.is_of_another(&live.id)),
        false if is_unknown(&name) => (true, false),
        false => (ownership.applied.is_bound_to(&name), ownership.applied.is_of_another(&name)),
    };
    let whole = declared.kind.name_within().first().and_then(|attribute| live.attributes.get(&**attribute));
    let is_elsewhere = whole.is_some_and(|whole| ownership.applied.is_within(whole) == Some(false));
    if is_a_copy || is_elsewhere || ownership.stack == stack.name && !is_its_own {
        return Owner::Unmanaged;
    }
    if ownership.stack != stack.name {
        return Owner::Stack(ownership.stack);
    }
    let other = stack.get(&ownership.address).filter(|other| other.address != declared.address);
    let other = other.filter(|other| other.kind.name() == declared.kind.name());
    match other.map(|other| ids.get(&other.address)) {
        Some(Some(id)) if *id == live.id => Owner::Sibling(ownership),
        // It was renamed, and the address is another's now.
        Some(Some(_)) if ownership.keep.was.is_none() => Owner::Us(ownership),
        _ if is_of_another_person(declared, &ownership, other.is_some()) => Owner::Sibling(ownership),
        _ => Owner::Us(ownership),
    }
}

/// Whether something found under a name of `declared` is another member's, by its tags: of another key, or moved on from
/// the address to which the name belongs. That `is_there`: the file has their address.
fn is_of_another_person(declared: &ResourceConfig, ownership: &Ownership, is_there: bool) -> bool {
    let address = &ownership.address;
    if *address == declared.address || declared.formerly.contains(address) {
        return false;
    }
    match (&address.key, &declared.address.key) {
        (Some(theirs), Some(key)) if theirs != key => true,
        _ => is_there && ownership.keep.was.is_some(),
    }
}
