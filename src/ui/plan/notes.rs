//! What a person should know of the resources of a plan: what is said of several alike, once.

use std::collections::HashMap;

use crate::plan::{Plan, renamed};
use crate::resource::Address;
use crate::ui::keyless::{keyless, people};
use crate::ui::redact::Redactor;
use crate::ui::terminal::clean;

use super::block::is_warning;

/// What is said of several.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Alike<'a> {
    /// Of copies of one resource: this, with `${each.key}` in place of their keys.
    Copies { name: &'a str, note: String },
    /// Of all that is one person's: that the key was this.
    Person { was: String, now: &'a str },
    /// Of all copies of a resource: that its name was this.
    Resource { was: String, now: &'a str },
}

/// A note, the resources that it is about, and what it says of them all.
type Noted<'a> = (Vec<&'a Address>, &'a str, Option<Alike<'a>>);

/// What a person should know of the resources that stay, each with its address.
pub fn notes(plan: &Plan, redactor: &Redactor) -> Vec<(String, String)> {
    let noted = plan.steps.iter().flat_map(|step| {
        let notes = step.notes.iter().filter(move |note| !is_warning(step, note));
        notes.map(move |note| (&step.address, note.as_str()))
    });
    let mut all: Vec<Noted<'_>> = Vec::new();
    let mut places: HashMap<Alike<'_>, usize> = HashMap::new();
    for (address, note) in noted {
        let alike = alike(address, note);
        let place = alike.clone().map_or(all.len(), |alike| *places.entry(alike).or_insert(all.len()));
        match all.get_mut(place) {
            Some((addresses, ..)) => addresses.push(address),
            None => all.push((vec![address], note, alike)),
        }
    }
    let shown = |text: String| clean(&redactor.text(&text));
    all.into_iter().map(line).map(|(address, note)| (shown(address), shown(note))).collect()
}

/// What a note on `address` says of others, too, if they have it.
fn alike<'a>(address: &'a Address, note: &str) -> Option<Alike<'a>> {
    let (name, key) = (address.name.as_str(), address.key.as_deref()?);
    match renamed::earlier(note) {
        Some(Address { name: was, key: Some(of) }) if was == name => Some(Alike::Person { was: of, now: key }),
        Some(Address { name: was, key: Some(of) }) if of == key => Some(Alike::Resource { was, now: name }),
        Some(_) => None,
        None => Some(Alike::Copies { name, note: keyless(note, name, key) }),
    }
}

fn line((addresses, note, alike): Noted<'_>) -> (String, String) {
    let first = addresses.first().map(ToString::to_string).unwrap_or_default();
    let others = addresses.len().saturating_sub(1);
    match alike.filter(|_| others > 0) {
        None => (first, note.to_owned()),
        Some(Alike::Copies { name, note }) => {
            let keys: Vec<_> = addresses.iter().filter_map(|address| address.key.as_deref()).collect();
            (format!("{name} of {}", people(&keys)), note)
        }
        Some(Alike::Person { was, .. }) => {
            (first, format!("it and {others} more were those of `{was}`: their tags follow"))
        }
        Some(Alike::Resource { was, .. }) => {
            (first, format!("it and {others} more were copies of `{was}`: their tags follow"))
        }
    }
}
