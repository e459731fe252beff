//! The copies of a resource: with `for_each`, one for each member of a roster.
//!
//! A copy is the resource's part of the file once more, at the same places of the text, with `${each.…}` replaced by what
//! the roster says of its member, and with every reference to something else that has copies made one to a copy. So all
//! that judges or reads a resource afterwards knows of no roster.

mod expanded;
mod judged;
#[cfg(test)]
mod tests;
mod together;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use crate::explain::Code;
use crate::model::reference::{Part, parts};
use crate::model::size;
use crate::resource::Address;
use crate::suggest;

use super::diagnostics::Diagnostic;
use super::node::Entry;
use super::roster::{Member, Names, Roster};
use super::when;

pub use judged::{check_columns, for_each_hint, unknown_roster};
pub use together::together;

/// The most resources that a stack can have with all its copies: each is checked, planned and shown.
pub const MOST: usize = 10_000;

/// The most text that they can have, in bytes: each of it is looked at several times.
const MOST_TEXT: usize = 8 << 20;

/// One resource of a stack, or one copy of it.
pub struct Copy<'a> {
    /// Its key and value in `resources:`, with the values of its member.
    pub entry: Cow<'a, Entry>,
    /// Its address.
    pub address: Address,
    /// See [`ResourceConfig::formerly`](super::ResourceConfig::formerly).
    pub formerly: Vec<Address>,
    /// See [`ResourceConfig::is_named_by_address`](super::ResourceConfig::is_named_by_address).
    pub is_named_by_address: bool,
}

/// The resources of a file that have copies, with their rosters.
#[derive(Default)]
pub struct Copies<'a> {
    /// By the logical names of the resources.
    rosters: BTreeMap<&'a str, &'a Roster>,
    /// By the same names, those of the roster who have a copy.
    members: HashMap<&'a str, Vec<&'a Member>>,
    /// Their keys, likewise.
    keys: HashMap<&'a str, HashSet<&'a str>>,
    /// Those whose `for_each` is wrong, with their places: nothing more is said of what follows from that.
    unknown: BTreeMap<&'a str, Range<usize>>,
}

/// Whether a key is `for_each`, misspelled: `foreach`, `for-each`.
fn is_for_each(key: &str) -> bool {
    key != "for_each" && suggest::closest(key, ["for_each"]).is_some()
}

impl<'a> Copies<'a> {
    /// Those of `resources`; complains of a `for_each` that names no roster. `None`: they are more than a stack may have, or
    /// are for one of the rosters that the file declares, by `names`, that has mistakes.
    pub fn of(
        resources: &'a [Entry],
        rosters: &'a BTreeMap<String, Roster>,
        names: &Names<'_>,
        outputs: &[Entry],
        handout: Option<&Entry>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut copies = Self::default();
        for entry in resources {
            let Some(named) = entry.value.get("for_each") else {
                if entry.value.entries().iter().any(|key| is_for_each(&key.key)) {
                    copies.unknown.insert(&entry.key, entry.value.span.clone());
                }
                continue;
            };
            match named.value.text().map(|name| (name, rosters.get(name))) {
                Some((_, Some(roster))) => copies.insert(entry, roster, diagnostics),
                Some((name, None)) if names.rosters.contains(name) => return None,
                unknown => {
                    copies.unknown.insert(&entry.key, entry.value.span.clone());
                    let said = unknown.map(|(name, _)| unknown_roster(name, named.value.place.clone(), rosters, names));
                    diagnostics.extend(said);
                }
            }
        }
        let has_none = |entry: &&Entry| entry.value.get("for_each").is_none() && !copies.is_unknown(&entry.key);
        for entry in resources.iter().filter(has_none) {
            if let Some(when) = entry.value.get("when") {
                let message = format!("`when` chooses members of a roster, and `{}` has none", entry.key);
                let hint = "add `for_each:` with a roster, or remove the line";
                diagnostics.push(Diagnostic::new(Code::Condition, when.key_place.clone(), message).help(hint));
            }
        }
        let handed_to = handout.and_then(|entry| rosters.get(entry.value.get("for_each")?.value.text()?));
        if copies.rosters.is_empty() && handed_to.is_none() {
            return Some(copies);
        }
        let members = |entry: &Entry| copies.members.get(entry.key.as_str()).map_or(1, Vec::len);
        let all: usize = resources.iter().map(members).sum();
        let length = |entry: &Entry, roster: Option<&Roster>| {
            let mut length: usize = 0;
            entry.value.each_text(&mut |_, text| length = length.saturating_add(copies.length(text, roster)));
            length.saturating_mul(roster.map_or(1, |roster| roster.members.len()))
        };
        let of_entry = |entry: &Entry| length(entry, copies.rosters.get(entry.key.as_str()).copied());
        let cards = handout.map_or(0, |entry| length(entry, handed_to));
        let text = resources.iter().chain(outputs).map(of_entry).fold(cards, usize::saturating_add);
        if all <= MOST && text <= MOST_TEXT {
            return Some(copies);
        }
        let message = match all > MOST {
            true => format!("with all their copies these are {all} resources, and a stack has at most {MOST}"),
            false => {
                format!("with all their copies these have {} of text, {}", size::shown(text), size::at_most(MOST_TEXT))
            }
        };
        let place = resources.first().map_or(0..0, |entry| entry.key_place.clone());
        let hint = "make several stacks, each with a part of the roster";
        diagnostics.push(Diagnostic::new(Code::TooLarge, place, message).help(hint));
        None
    }

    fn insert(&mut self, resource: &'a Entry, roster: &'a Roster, diagnostics: &mut Vec<Diagnostic>) {
        let (name, members) = (resource.key.as_str(), when::members(resource, roster, diagnostics));
        self.rosters.insert(name, roster);
        self.keys.insert(name, members.iter().map(|member| member.key.as_str()).collect());
        self.members.insert(name, members);
    }

    /// Whether the `for_each` of a resource is wrong, so that it is not known which copies it has.
    pub fn is_unknown(&self, resource: &str) -> bool {
        self.unknown.contains_key(resource)
    }

    /// Whether that is so of any resource.
    pub fn has_unknown(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// Whether a part of the file belongs to such a resource.
    pub fn is_of_unknown(&self, part: &Range<usize>) -> bool {
        self.unknown.values().any(|whole| whole.start <= part.start && part.end <= whole.end)
    }

    /// How many bytes a text has, at most, for one copy.
    fn length(&self, text: &str, roster: Option<&Roster>) -> usize {
        let of_part = |part| match part {
            Part::Text(text) => text.len(),
            Part::Unclosed(range) => range.len(),
            Part::Reference(inside, range) => match (inside.strip_prefix("each."), self.splat(inside), roster) {
                (Some(column), _, Some(roster)) => {
                    let values = roster.members.iter().filter_map(|member| member.values.get(column));
                    values.map(String::len).max().unwrap_or_default()
                }
                (_, Some((resource, _)), _) => {
                    self.keys(resource).into_iter().flatten().map(|key| key.len() + range.len() + 8).sum()
                }
                _ => range.len() + 40,
            },
        };
        parts(text).into_iter().map(of_part).fold(0, usize::saturating_add)
    }

    /// The resources that have copies, with the names of their rosters.
    pub fn for_each(&self) -> BTreeMap<String, String> {
        self.rosters.iter().map(|(resource, roster)| ((*resource).to_owned(), roster.name.clone())).collect()
    }

    /// The keys of the copies of a resource; `None` if it has none.
    pub fn keys(&self, resource: &str) -> Option<impl Iterator<Item = &'a str> + use<'_, 'a>> {
        self.members.get(resource).map(|members| members.iter().map(|member| member.key.as_str()))
    }

    /// The resources that have copies for a roster.
    pub fn of_roster(&self, roster: &str) -> impl Iterator<Item = &'a str> {
        let of = self.rosters.iter().filter(move |(_, other)| other.name == roster);
        of.map(|(resource, _)| *resource)
    }

    /// The copies for one member of a roster.
    pub fn of_member(&self, roster: &str, key: &str) -> Vec<Address> {
        let of = self.rosters.iter().filter(|(_, other)| other.name == roster);
        of.map(|(resource, _)| Address::copy(*resource, key)).filter(|copy| self.has(copy)).collect()
    }

    /// Whether `address` is a resource, or a copy that its roster has.
    pub fn has(&self, address: &Address) -> bool {
        match (self.rosters.get(address.name.as_str()), &address.key) {
            (None, key) => key.is_none(),
            (Some(_), Some(key)) => self.keys.get(&*address.name).is_some_and(|keys| keys.contains(key.as_str())),
            (Some(_), None) => false,
        }
    }

    /// Whether the roster of a resource has a member of this key, who has no copy because of its `when:`.
    pub fn leaves_out(&self, address: &Address) -> bool {
        let roster = self.rosters.get(address.name.as_str());
        let key = address.key.as_deref().filter(|_| !self.has(address));
        roster.zip(key).is_some_and(|(roster, key)| roster.has(key))
    }

    fn has_roster(&self, resource: &str, roster: &str) -> bool {
        self.rosters.get(resource).is_some_and(|other| other.name == roster)
    }

    /// The resource and the attribute of `machine[*].public_ip`, if it has copies.
    fn splat<'t>(&self, inside: &'t str) -> Option<(&'t str, &'t str)> {
        let (resource, attribute) = inside.split_once("[*].")?;
        self.rosters.contains_key(resource).then_some((resource, attribute))
    }
}
