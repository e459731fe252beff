//! What speaks against taking a live resource over, with `adopt` or `adopt: true`, beyond what speaks against a plan.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::Error;
use crate::aws::mark::Mark;
use crate::model::value::has_unknown;
use crate::resource::{Address, Live, Wanted};
use crate::stack::{Declared, Stack};

use super::observe::Found;
use super::refusal;

/// What else the account has of each address that is to be given something: its name.
pub fn taken(stack: &Stack, adopt: &BTreeMap<Address, String>, owned: &[Found]) -> BTreeMap<Address, String> {
    let declared = adopt.iter().filter_map(|(address, id)| Some((stack.get(address)?, id)));
    let other = |(declared, id): (&Declared, &String)| {
        let is_other = |found: &&Found| found.is_of(declared) && found.owned.id != *id && !found.mark.keep.retain;
        Some((declared.address.clone(), owned.iter().find(is_other)?.owned.name.clone()))
    };
    declared.filter_map(other).collect()
}

/// What to know of an `adopt: true` by which nothing can be found.
pub fn adopt_has_no_effect(declared: &Declared) -> Option<String> {
    (declared.adopt && declared.kind.name_is_a_tag()).then(|| {
        "this creates a new one: `adopt: true` can't find a resource that AWS identifies only by id; the command \
         `adopt` adopts an existing one"
            .to_owned()
    })
}

/// Why `live` can't become `wanted`'s. `ids` are those of everything that was found; `taken` is what else the address
/// has.
pub fn objection(
    stack: &Stack,
    declared: &Declared,
    wanted: &Wanted<Value>,
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
    let is_ours = |mark: &Mark| {
        mark.stack == stack.name
            && whole.is_none_or(|whole| mark.applied.is_within(whole) != Some(false))
            && mark.address == declared.address
            && !mark.applied.is_of_another(&kind.exact_name(&wanted.name))
    };
    if Mark::read(&live.tags).as_ref().is_some_and(is_ours) && taken.is_none() {
        return Some(refusal::adopted_already(&name, &declared.address));
    }
    if let Some(other) = taken {
        return Some(refusal::has_another(other, &declared.address));
    }
    if !kind.name_is_a_tag() && name != wanted.name {
        return Some(refusal::other_name(kind, &name, &wanted.name));
    }
    let is_absent = |needed: &Address| !ids.contains_key(needed);
    (has_unknown(&wanted.spec) || declared.depends_on.iter().any(is_absent)).then(refusal::refers_to_nothing)
}
