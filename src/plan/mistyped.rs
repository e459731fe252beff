//! A line of `moved:` with a slip in the earlier key: the account has nothing of that one, and something of another who left.
//! Pure.
//!
//! What it says would give something new the mistyped name for good, and leave what the person has as another's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::Error;
use crate::resource::Address;
use crate::stack::{ResourceConfig, Stack};
use crate::suggest;

use super::observe::{Found, PlanError};
use super::options::Options;
use super::unmoved;

/// The earlier address of something, of whose key the account has nothing, nor of the key now.
#[derive(Clone)]
pub struct Unfound {
    /// It.
    former: Address,
    /// The same of one who left and has something, if the key is near.
    left: Option<Address>,
    /// Whether it is the first of that person's.
    is_first: bool,
}

/// All copies of those in the file of whom the account has nothing under any of their keys, by the addresses in the file.
pub fn all(stack: &Stack, owned: &[Arc<Found>], options: &Options) -> BTreeMap<Address, Unfound> {
    let owned: BTreeSet<&Address> = owned.iter().map(|found| &found.ownership.address).collect();
    // By person.
    let mut keys: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for declared in &stack.resources {
        if let Some((roster, key)) = unmoved::person(stack, &declared.address) {
            let former = declared.formerly.iter().filter_map(|former| former.key.as_deref());
            keys.entry((roster, key)).or_default().extend(former.chain([key]));
        }
    }
    keys.retain(|_, keys| keys.len() > 1);
    // Of a resource that the file has no more it is not known which roster it was for.
    let there: BTreeSet<(Option<&str>, &str)> = owned
        .iter()
        .filter_map(|address| Some((stack.for_each.get(&address.name).map(|of| &**of), address.key.as_deref()?)))
        .collect();
    let has = |roster: &str, keys: &BTreeSet<&str>| {
        keys.iter().any(|key| there.contains(&(Some(roster), *key)) || there.contains(&(None, *key)))
    };
    let left = owned.iter().filter_map(|address| Some((stack.left(address)?.name.as_str(), address.key.as_deref()?)));
    // Whose copies a person removes by name is meant to go, and who is another now is known.
    let is_meant =
        |(_, key): &(&str, &str)| !options.leavers.remove.contains(*key) && stack.renamed(key).next().is_none();
    let left: BTreeSet<_> = left.collect::<BTreeSet<_>>().into_iter().filter(is_meant).collect();
    let mut said = BTreeSet::new();
    let of = |declared: &ResourceConfig| {
        let (roster, key) = unmoved::person(stack, &declared.address)?;
        let former = declared.formerly.last().filter(|former| former.key.as_deref() != Some(key))?;
        if has(roster, keys.get(&(roster, key))?) {
            return None;
        }
        let left = left.iter().filter(|(of, _)| *of == roster).map(|(_, key)| *key);
        let left =
            suggest::closest(former.key.as_deref()?, left).map(|key| Address::copy(&*declared.address.name, key));
        Some((
            declared.address.clone(),
            Unfound { former: former.clone(), left, is_first: said.insert((roster.to_owned(), key.to_owned())) },
        ))
    };
    stack.resources.iter().filter_map(of).collect()
}

impl Unfound {
    /// What stays as it is until the file says who was meant.
    pub fn left(&self) -> Option<Address> {
        self.left.clone()
    }

    /// What to say, once for each person, of what is created under the earlier name all the same.
    pub fn note(&self) -> Option<String> {
        let key = self.former.key.as_deref().filter(|_| self.is_first)?;
        Some(format!(
            "the account has nothing of `{key}`, which `moved:` names as the earlier key: only the name is taken from it"
        ))
    }
}

/// Why nothing is created for those of whom one who left may be the same person: one error for each.
pub fn errors(stack: &Stack, all: Vec<(&ResourceConfig, Unfound)>) -> Vec<PlanError> {
    let mut said = BTreeSet::new();
    let error = |(declared, unfound): (&ResourceConfig, Unfound)| {
        let (Some(left), Some(key)) = (unfound.left(), declared.address.key.as_deref()) else { return None };
        let person = unmoved::person(stack, &declared.address).map(|(roster, key)| (roster.to_owned(), key.to_owned()));
        if !said.insert(person) {
            return None;
        }
        let (was, near) = (unfound.former.key.as_deref()?, left.key.as_deref()?);
        let message = format!(
            "the account has nothing of `{was}`, which `moved:` says `{key}` was, and something of `{near}`, who left"
        );
        let line = unmoved::line(stack, &left, &Address::copy(&*left.name, key));
        let hint = format!(
            "did you mean the line {line}? If `{near}` is another person, remove the line with `{was}`; until then nothing of \
             `{key}` is changed"
        );
        Some(PlanError::with(declared, Error::refused(message).with_hint(hint)))
    };
    all.into_iter().filter_map(error).collect()
}
