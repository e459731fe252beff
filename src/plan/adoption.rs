//! What speaks against taking a live resource over, with `adopt` or `adopt: true`, beyond what speaks against a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::aws::Error;
use crate::aws::ownership::Ownership;
use crate::model::value::has_unknown;
use crate::resource::{Address, Desired, Live};
use crate::stack::{ResourceConfig, Stack};

use super::observe::Found;
use super::refusal;

/// What else the account has of each address that is to be given something: its name.
pub fn taken(stack: &Stack, adopt: &BTreeMap<Address, String>, owned: &[Arc<Found>]) -> BTreeMap<Address, String> {
    let declared = adopt.iter().filter_map(|(address, id)| Some((stack.get(address)?, id)));
    let other = |(declared, id): (&ResourceConfig, &String)| {
        let is_other =
            |found: &&Arc<Found>| found.matches(declared) && found.owned.id != *id && !found.ownership.keep.retain;
        Some((declared.address.clone(), owned.iter().find(is_other)?.owned.name.clone()))
    };
    declared.filter_map(other).collect()
}

/// What to know of an `adopt: true` by which nothing can be found.
pub fn adopt_has_no_effect(declared: &ResourceConfig) -> Option<String> {
    (declared.adopt && declared.kind.name_is_a_tag()).then(|| {
        "this creates a new one: `adopt: true` can't find a resource that AWS identifies only by id; the command \
         `adopt` adopts an existing one"
            .to_owned()
    })
}

/// Why `live` can't become `desired`'s. `ids` are those of everything that was found; `taken` is what else the address
/// has.
pub fn objection(
    stack: &Stack,
    declared: &ResourceConfig,
    desired: &Desired<Value>,
    live: &Live<Value>,
    ids: &BTreeMap<Address, String>,
    taken: Option<&String>,
) -> Option<Error> {
    let kind = &*declared.kind;
    let name = match live.attributes.get("name").filter(|_| kind.has_name()) {
        Some(name) => name.clone(),
        None => kind.identity(&live.id, &live.spec),
    };
    let whole = kind.name_within().first().and_then(|attribute| live.attributes.get(&**attribute));
    let is_ours = |ownership: &Ownership| {
        ownership.stack == stack.name
            && whole.is_none_or(|whole| ownership.applied.is_within(whole) != Some(false))
            && ownership.address == declared.address
            && !ownership.applied.is_of_another(&kind.exact_name(&desired.name))
    };
    if Ownership::read(&live.tags).as_ref().is_some_and(is_ours) && taken.is_none() {
        return Some(refusal::adopted_already(&name, &declared.address));
    }
    if let Some(other) = taken {
        return Some(refusal::has_another(other, &declared.address));
    }
    if !kind.name_is_a_tag() && name != desired.name {
        return Some(refusal::other_name(kind, &name, &desired.name));
    }
    let is_absent = |needed: &Address| !ids.contains_key(needed);
    (has_unknown(&desired.spec) || declared.depends_on.iter().any(is_absent)).then(refusal::refers_to_nothing)
}
