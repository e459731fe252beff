//! The text of a copy: with the values of its member, and with references made ones to copies.

use std::borrow::Cow;

use crate::model::reference::{Part, parts, references, unknown};
use crate::resource::Address;
use crate::stack::diagnostics::Diagnostic;
use crate::stack::node::{Content, Entry, Node};
use crate::stack::roster::{Member, Roster};

use super::judged::check_columns;
use super::{Copies, Copy};

/// Whose copy a text is for.
struct Place<'a> {
    roster: &'a str,
    member: &'a Member,
    /// The same member under the key that it had when the copy got its name.
    named: Option<&'a Member>,
}

impl<'a> Copies<'a> {
    /// Each resource once, or once for each member of its roster.
    pub fn expand(
        &self,
        resources: &'a [Entry],
        formerly: &dyn Fn(&Address) -> Vec<Address>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Copy<'a>> {
        let mut all = Vec::new();
        for entry in resources {
            let Some(roster) = self.rosters.get(entry.key.as_str()) else {
                let entry = match self.resource(&entry.value, None) {
                    Some(value) => Cow::Owned(Entry { value, ..entry.clone() }),
                    None => Cow::Borrowed(entry),
                };
                let address = Address::new(&*entry.key);
                let formerly = formerly(&address);
                let is_named_by_address = entry.value.get("name").is_none();
                all.push(Copy { address, formerly, is_named_by_address, entry });
                continue;
            };
            check_columns(&entry.value, roster, diagnostics);
            for member in self.members.get(entry.key.as_str()).into_iter().flatten() {
                let address = Address::copy(&*entry.key, &*member.key);
                let formerly = formerly(&address);
                let named = formerly.last().and_then(|first| Some(member.with_key(first.key.as_deref()?)));
                let place = Place { roster: &roster.name, member, named: named.as_ref() };
                let value = self.resource(&entry.value, Some(&place)).unwrap_or_else(|| entry.value.clone());
                let is_named_by_address = self.is_named_by_key(&entry.value, &place);
                let entry = Cow::Owned(Entry { value, ..entry.clone() });
                all.push(Copy { entry, address, formerly, is_named_by_address });
            }
        }
        all
    }

    /// Whether a copy would have another name under another key.
    fn is_named_by_key(&self, resource: &Node, place: &Place<'_>) -> bool {
        let Some(name) = resource.get("name") else { return true };
        let of = |member| {
            let node = self.node(&name.value, Some(&Place { member, named: None, ..*place }));
            node.and_then(|node| node.text().map(str::to_owned))
        };
        let other = place.member.with_key(&format!("{}x", place.member.key));
        of(&other) != of(place.member)
    }

    /// The outputs of a file: one that is all of `${machine[*].public_ip}` is one for each copy.
    pub fn outputs(&self, outputs: Vec<(String, String)>) -> Vec<(String, String)> {
        let of = |(name, template): (String, String)| match self
            .only_splat(&template)
            .filter(|(inside, _)| template.len() == inside.len() + "${}".len())
        {
            Some((_, (resource, attribute))) => {
                let keys = self.keys(resource).into_iter().flatten();
                keys.map(|key| {
                    let copy = Address::copy(resource, key);
                    (Address::copy(&*name, key).to_string(), format!("${{{copy}.{attribute}}}"))
                })
                .collect()
            }
            None => vec![(name, self.text(&template, None).unwrap_or(template))],
        };
        outputs.into_iter().flat_map(of).collect()
    }

    /// The outputs as they stand in the file, with references to copies, to be judged.
    pub fn in_outputs(&self, outputs: &Node) -> Node {
        self.node(outputs, None).unwrap_or_else(|| outputs.clone())
    }

    /// `node` for a member of a roster, with its values and with references to the copies that it has.
    pub fn for_member(&self, node: &Node, roster: &Roster, member: &Member) -> Node {
        let place = Place { roster: &roster.name, member, named: None };
        self.node(node, Some(&place)).unwrap_or_else(|| node.clone())
    }

    /// A resource for a copy; `None`: as it is. All copies are of one kind and for one roster.
    fn resource(&self, node: &Node, place: Option<&Place<'_>>) -> Option<Node> {
        let entries = changed(node.entries(), |entry| match entry.key.as_str() {
            "type" | "for_each" | "when" => None,
            "depends_on" => self.depends_on(&entry.value, place),
            "name" => {
                let named = place.and_then(|place| Some(Place { member: place.named?, named: None, ..*place }));
                self.node(&entry.value, named.as_ref().or(place))
            }
            _ => self.node(&entry.value, place),
        })?;
        Some(Node { content: Content::Map(entries), ..node.clone() })
    }

    /// `node` for a copy; `None`: as it is.
    fn node(&self, node: &Node, place: Option<&Place<'_>>) -> Option<Node> {
        let content = match &node.content {
            Content::Text(text) => Content::Text(self.text(text, place)?),
            Content::List(items) => {
                let changed: Vec<_> = items.iter().map(|item| self.items(item, place)).collect();
                if changed.iter().all(Option::is_none) {
                    return None;
                }
                let items = items.iter().zip(changed);
                Content::List(items.flat_map(|(item, changed)| changed.unwrap_or_else(|| vec![item.clone()])).collect())
            }
            Content::Map(entries) => Content::Map(changed(entries, |entry| self.node(&entry.value, place))?),
            Content::Broken | Content::Bool(_) | Content::Number(_) => return None,
        };
        Some(Node { content, ..node.clone() })
    }

    /// An element of a list. With `${group[*].id}` in it, whatever is around that, it is an element for each copy.
    fn items(&self, item: &Node, place: Option<&Place<'_>>) -> Option<Vec<Node>> {
        let Some((inside, (resource, attribute))) = item.text().and_then(|text| self.only_splat(text)) else {
            return self.node(item, place).map(|item| vec![item]);
        };
        let text = item.text()?;
        let one = |key| {
            let reference = format!("${{{}.{attribute}}}", Address::copy(resource, key));
            let text = text.replace(&format!("${{{inside}}}"), &reference);
            Node { content: Content::Text(self.text(&text, place).unwrap_or(text)), ..item.clone() }
        };
        Some(self.keys(resource)?.map(one).collect())
    }

    /// The only reference in a text to all copies of something: all of it, and its parts.
    fn only_splat<'t>(&self, text: &'t str) -> Option<(&'t str, (&'t str, &'t str))> {
        let mut splats = references(text).filter_map(|inside| Some((inside, self.splat(inside)?)));
        splats.next().filter(|_| splats.next().is_none())
    }

    /// What a resource waits for: of what has the same roster the copy of the same key, of the rest with copies all.
    fn depends_on(&self, list: &Node, place: Option<&Place<'_>>) -> Option<Node> {
        let of = |item: &Node| {
            let named = item.text().filter(|name| self.rosters.contains_key(name));
            let Some(name) = named else { return vec![item.clone()] };
            let one = |key| Node { content: Content::Text(Address::copy(name, key).to_string()), ..item.clone() };
            match place.filter(|place| self.has_roster(name, place.roster)) {
                // What a `when:` leaves out is not waited for.
                Some(place) if !self.has(&Address::copy(name, &*place.member.key)) => Vec::new(),
                Some(place) => vec![one(&*place.member.key)],
                None => self.keys(name).into_iter().flatten().map(one).collect(),
            }
        };
        let names = list.items().iter().filter_map(Node::text);
        let has_copies = names.into_iter().any(|name| self.rosters.contains_key(name));
        has_copies.then(|| Node { content: Content::List(list.items().iter().flat_map(of).collect()), ..list.clone() })
    }

    /// A text for a copy; `None`: as it is. Of several copies in one text, their attributes with commas between them.
    fn text(&self, text: &str, place: Option<&Place<'_>>) -> Option<String> {
        if !text.contains("${") {
            return None;
        }
        let mut all = String::with_capacity(text.len());
        let mut changed = false;
        for part in parts(text) {
            let replaced = match &part {
                Part::Reference(inside, _) => self.reference(inside, place),
                _ => None,
            };
            changed |= replaced.is_some();
            let piece = match (part, replaced) {
                (_, Some(replaced)) => replaced,
                (Part::Text(text), None) => escaped(text),
                (Part::Reference(inside, _), None) => format!("${{{inside}}}"),
                (Part::Unclosed(range), None) => text[range].to_owned(),
            };
            // A `$` from the roster and a `{` of the file are not a reference.
            if all.ends_with('$') && piece.starts_with('{') {
                all.push('$');
            }
            all.push_str(&piece);
        }
        changed.then_some(all)
    }

    fn reference(&self, inside: &str, place: Option<&Place<'_>>) -> Option<String> {
        let (first, rest) = inside.split_once('.')?;
        if first == "each" {
            // What the roster does not have has been said.
            return Some(place?.member.values.get(rest).map_or_else(unknown, |value| escaped(value)));
        }
        if let Some((resource, attribute)) = self.splat(inside) {
            let one = |key| format!("${{{}.{attribute}}}", Address::copy(resource, key));
            return Some(self.keys(resource)?.map(one).collect::<Vec<_>>().join(","));
        }
        let place = place.filter(|place| self.has_roster(first, place.roster))?;
        Some(format!("${{{}.{rest}}}", Address::copy(first, &*place.member.key)))
    }
}

/// `entries` with what `change` makes of them; `None` if that is nothing.
fn changed(entries: &[Entry], change: impl Fn(&Entry) -> Option<Node>) -> Option<Vec<Entry>> {
    let changed: Vec<_> = entries.iter().map(change).collect();
    if changed.iter().all(Option::is_none) {
        return None;
    }
    let of = |(entry, value): (&Entry, Option<Node>)| match value {
        Some(value) => Entry { value, ..entry.clone() },
        None => entry.clone(),
    };
    Some(entries.iter().zip(changed).map(of).collect())
}

/// A text that is not a reference, whatever is in it.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}
