//! What became of a hand-out: what was written, and who lacks a card.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::handout::{Cards, Lack};
use crate::resource::handed_out::Useless;

use super::super::terminal::clean;

/// `23 cards in handout.html`; empty if there are none.
pub fn written(cards: usize, to: &str) -> String {
    match cards {
        0 => String::new(),
        1 => format!("1 card in {}\n", clean(to)),
        many => format!("{many} cards in {}\n", clean(to)),
    }
}

/// What stands on a card in the place of a credential that opens nothing.
pub fn on_the_card(why: Useless) -> &'static str {
    match why {
        Useless::Gone | Useless::Inactive => "no longer valid: ask for a new one",
        Useless::NoFile => "not at hand: ask for a new one",
    }
}

/// Whose credentials are not on their cards, by the reasons.
pub fn useless(cards: &Cards) -> String {
    let mut groups: BTreeMap<(Useless, &str, Vec<String>), Vec<&str>> = BTreeMap::new();
    for card in &cards.ready {
        let mut of_card: BTreeMap<(Useless, &str), Vec<String>> = BTreeMap::new();
        for one in &card.useless {
            of_card.entry((one.why, &one.address.name)).or_default().push(one.property.replace('_', " "));
        }
        for ((why, name), properties) in of_card {
            groups.entry((why, name, properties)).or_default().push(&card.key);
        }
    }
    let line = |((why, name, properties), keys): ((Useless, &str, Vec<String>), Vec<&str>)| {
        let verb = match (why, properties.len()) {
            (Useless::Gone, 1) => "was",
            (Useless::Gone, _) => "were",
            (_, 1) => "is",
            _ => "are",
        };
        let why = match why {
            Useless::NoFile => "in none of the files",
            Useless::Gone => "deleted or replaced since",
            Useless::Inactive => "inactive",
        };
        format!("  {}: the {} of {name} {verb} {why}\n", keys.join(", "), properties.join(" and "))
    };
    groups.into_iter().map(line).collect()
}

/// Who has no card, by the reasons.
pub fn lacking(cards: &Cards) -> String {
    let mut groups: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for (key, lacks) in &cards.lacking {
        groups.entry(reasons(key, lacks)).or_default().push(key);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, one), (_, other)| one.cmp(other));
    let line = |(reasons, keys): (Vec<String>, Vec<&str>)| format!("  {}: {}\n", keys.join(", "), reasons.join("; "));
    groups.into_iter().map(line).collect()
}

/// What one member lacks. Their own copies are called by their name alone, so that those who lack the same are one group.
fn reasons(key: &str, lacks: &BTreeSet<Lack>) -> Vec<String> {
    let name = |lack: &Lack| {
        let (Lack::Resource(address) | Lack::Value(address, _)) = lack;
        if address.key.as_deref() == Some(key) { address.name.clone() } else { address.to_string() }
    };
    let missing: Vec<_> = lacks.iter().filter(|lack| matches!(lack, Lack::Resource(_))).map(name).collect();
    let empty = lacks.iter().filter_map(|lack| match lack {
        Lack::Value(_, attribute) => Some(format!("{} has no {attribute}", name(lack))),
        Lack::Resource(_) => None,
    });
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let missing = (!missing.is_empty()).then(|| format!("{} {verb} missing", missing.join(", ")));
    missing.into_iter().chain(empty).collect()
}
