//! The copies of a resource: with `for_each`, one for each member of a roster.
//!
//! A copy is the resource's part of the file once more, at the same places of the text, with `${each.…}` replaced by what
//! the roster says of its member, and with every reference to something else that has copies made one to a copy. So all
//! that judges or reads a resource afterwards knows of no roster.

use std::borrow::Cow;
use std::collections::hash_map;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use crate::explain::Code;
use crate::model::reference::{Part, has_reference, parts, references, unknown};
use crate::model::size;
use crate::resource::Address;
use crate::suggest;

use super::node::{Content, Entry, Node};
use super::problem::Problem;
use super::roster::{Member, Roster};
use super::when;

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
}

/// Whose copy a text is for.
struct Place<'a> {
    roster: &'a str,
    member: &'a Member,
    /// The same member under the key that it had when the copy got its name.
    named: Option<&'a Member>,
}

impl<'a> Copies<'a> {
    /// Those of `resources`; complains of a `for_each` that names no roster. `None`: they are more than a stack may have, or
    /// are for one of `declared`, the rosters of the file, that has mistakes.
    pub fn of(
        resources: &'a [Entry],
        rosters: &'a BTreeMap<String, Roster>,
        declared: &[Entry],
        outputs: &[Entry],
        handout: Option<&Entry>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut copies = Self::default();
        for entry in resources {
            let Some(named) = entry.value.get("for_each") else { continue };
            let Some(name) = named.value.text() else { continue };
            match rosters.get(name) {
                Some(roster) => copies.insert(entry, roster, problems),
                None if declared.iter().any(|entry| entry.key == name) => return None,
                None => problems.push(unknown_roster(name, named.value.place.clone(), rosters)),
            }
        }
        for entry in resources.iter().filter(|entry| entry.value.get("for_each").is_none()) {
            if let Some(when) = entry.value.get("when") {
                let message = format!("`when` chooses members of a roster, and `{}` has none", entry.key);
                let hint = "add `for_each:` with a roster, or remove the line";
                problems.push(Problem::new(Code::DoesNotApply, when.key_place.clone(), message, hint));
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
        problems.push(Problem::new(Code::TooLarge, place, message, hint));
        None
    }

    fn insert(&mut self, resource: &'a Entry, roster: &'a Roster, problems: &mut Vec<Problem>) {
        let (name, members) = (resource.key.as_str(), when::members(resource, roster, problems));
        self.rosters.insert(name, roster);
        self.keys.insert(name, members.iter().map(|member| member.key.as_str()).collect());
        self.members.insert(name, members);
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

    /// Each resource once, or once for each member of its roster.
    pub fn expand(
        &self,
        resources: &'a [Entry],
        formerly: &dyn Fn(&Address) -> Vec<Address>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Copy<'a>> {
        let mut all = Vec::new();
        for entry in resources {
            let Some(roster) = self.rosters.get(entry.key.as_str()) else {
                let entry = match self.resource(&entry.value, None) {
                    Some(value) => Cow::Owned(Entry { value, ..entry.clone() }),
                    None => Cow::Borrowed(entry),
                };
                let address = Address::new(&*entry.key);
                all.push(Copy { formerly: formerly(&address), address, entry });
                continue;
            };
            check_columns(&entry.value, roster, problems);
            for member in self.members.get(entry.key.as_str()).into_iter().flatten() {
                let address = Address::copy(&*entry.key, &*member.key);
                let formerly = formerly(&address);
                let named = formerly.last().and_then(|first| Some(member.with_key(first.key.as_deref()?)));
                let place = Place { roster: &roster.name, member, named: named.as_ref() };
                let value = self.resource(&entry.value, Some(&place)).unwrap_or_else(|| entry.value.clone());
                all.push(Copy { entry: Cow::Owned(Entry { value, ..entry.clone() }), address, formerly });
            }
        }
        all
    }

    /// The outputs of a file: one that is all of `${machine[*].public_ip}` is one for each copy.
    pub fn outputs(&self, outputs: Vec<(String, String)>) -> Vec<(String, String)> {
        let of = |(name, template): (String, String)| match self.whole_splat(&template) {
            Some((resource, attribute)) => {
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
            // A `$` from the roster and a `{` of the file are no reference.
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

    /// The same of a text that is nothing else.
    fn whole_splat<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let inside = text.strip_prefix("${")?.strip_suffix('}')?;
        self.splat(inside).filter(|_| !inside.contains('}'))
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

/// What is wrong with the copies of one resource, said once: what is wrong at one place of the file with several of them
/// names the others.
pub fn together(of_copies: Vec<(Address, Vec<Problem>)>) -> Vec<Problem> {
    let copies = of_copies.len();
    let mut all: Vec<(Problem, Address, Vec<String>)> = Vec::new();
    let mut seen: HashMap<(Code, Range<usize>, usize), usize> = HashMap::new();
    for (address, problems) in of_copies {
        let key = address.key.clone().unwrap_or_default();
        // One copy may have several of a code at one place, such as two keys that it lacks.
        let mut of_this: HashMap<(Code, Range<usize>), usize> = HashMap::new();
        for problem in problems {
            let number = of_this.entry((problem.code, problem.range.clone())).or_default();
            *number += 1;
            match seen.entry((problem.code, problem.range.clone(), *number)) {
                hash_map::Entry::Occupied(place) => all[*place.get()].2.push(key.clone()),
                hash_map::Entry::Vacant(place) => {
                    place.insert(all.len());
                    all.push((problem, address.clone(), vec![key.clone()]));
                }
            }
        }
    }
    let said = |(mut problem, address, keys): (Problem, Address, Vec<String>)| {
        if copies > 1 && keys.len() == copies {
            let (address, name) = (address.to_string(), &address.name);
            problem.message = problem.message.replace(&address, name);
            problem.hint = problem.hint.replace(&address, name);
        } else if copies > 1 {
            problem.hint = format!("{} (for {})", problem.hint, suggest::list(&keys));
        }
        problem
    };
    all.into_iter().map(said).collect()
}

/// Complains of `${each.…}` where the roster has no such column, and where a reference follows a value that ends in `$`:
/// the two would be what stands for a literal `${`.
pub fn check_columns(node: &Node, roster: &Roster, problems: &mut Vec<Problem>) {
    node.each_text(&mut |node, text| {
        let all = parts(text);
        for (number, part) in all.iter().enumerate() {
            let Part::Reference(inside, _) = part else { continue };
            let Some(column) = inside.strip_prefix("each.") else { continue };
            let goes_on = matches!(all.get(number + 1), Some(Part::Reference(next, _)) if !next.starts_with("each."));
            let ends = |member: &&Member| member.values.get(column).is_some_and(|value| value.ends_with('$'));
            if let Some(member) = roster.members.iter().find(ends).filter(|_| goes_on) {
                let message = format!("`{column}` of `{}` ends in `$`, and a reference follows it", member.key);
                let hint = "put a character between the two, or change the value";
                problems.push(Problem::new(Code::BadReference, node.place.clone(), message, hint));
            }
            if column == "key" || roster.columns.iter().any(|known| known == column) {
                continue;
            }
            let columns = roster.columns.iter().map(String::as_str).filter(|column| *column != "key");
            let known = columns.chain(["key"]);
            let hint = suggest::hint(column, known, &format!("what `{}` has for each is", roster.name));
            let message = format!("the roster `{}` has no column `{column}`", roster.name);
            problems.push(Problem::new(Code::UnknownWord, node.place.clone(), message, hint));
        }
    });
}

/// What to write in place of a `for_each` that is no name of a roster; `None`: it is a text. `text` is that of the file.
pub fn for_each_hint(value: &Node, text: &str) -> Option<String> {
    let written = match &value.content {
        Content::List(_) | Content::Map(_) | Content::Number(_) => text[value.span.clone()].trim_end(),
        Content::Text(_) | Content::Bool(_) | Content::Broken => return None,
    };
    let example = match written.contains('\n') || written.len() > 40 {
        true => "…",
        false => written,
    };
    Some(format!(
        "declare a roster and name it: `rosters: {{ students: {example} }}` at the top, `for_each: students` here"
    ))
}

/// What is wrong with `name`, which names none of `rosters`.
pub fn unknown_roster(name: &str, place: Range<usize>, rosters: &BTreeMap<String, Roster>) -> Problem {
    if has_reference(name) {
        let message = "`for_each` takes the name of a roster, and no reference";
        let hint = match name.contains("${var.") {
            true => format!("declare a roster whose file the variable names: `rosters: {{ students: '{name}' }}` at the top, and `for_each: students` here"),
            false => "declare a roster at the top, such as `rosters: { students: roster.csv }`, and name it: `for_each: students`".to_owned(),
        };
        return Problem::new(Code::NoReferenceHere, place, message, hint);
    }
    let message = format!("there is no roster `{name}`");
    let hint = match rosters.is_empty() {
        true => format!("declare it at the top of the file: `rosters: {{ {name}: roster.csv }}`"),
        false => suggest::hint(name, rosters.keys().map(String::as_str), "rosters are"),
    };
    Problem::new(Code::UnknownWord, place, message, hint)
}

/// A text that is no reference, whatever is in it.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::explain::Code;
    use crate::resource::Address;
    use crate::testing::{addresses, stack, try_stack};

    const ROSTERS: &str = "rosters: { students: [ana, bo], staff: [zoe], seats: 3 }\n";

    /// Codes, and what is underlined, of everything that is wrong.
    fn wrong(resources: &str) -> Vec<(Code, String, String)> {
        let text = format!("{ROSTERS}resources:\n{resources}");
        let Err(problems) = try_stack(&text) else { return Vec::new() };
        let source = problems.source.clone().expect("a text");
        let said = |problem: &crate::stack::Problem| {
            (problem.code, source[problem.range.clone()].to_owned(), format!("{}; {}", problem.message, problem.hint))
        };
        problems.list.iter().map(said).collect()
    }

    #[test]
    fn a_copy_has_the_values_of_its_member_and_refers_to_its_own() {
        let stack = stack(&format!(
            "{ROSTERS}resources:\n  \
               topic: {{ type: sns.topic, for_each: students }}\n  \
               desk: {{ type: sns.topic, for_each: seats, name: 'desk-${{each.key}}' }}\n  \
               role: {{ type: iam.role, for_each: students, assumed_by: [lambda.amazonaws.com], depends_on: [desk, topic], \
                        description: 'Of ${{each.key}}, ${{topic.name}} and $${{each.key}}', \
                        policies: ['${{topic[*].arn}}'] }}\n\
             outputs: {{ topics: '${{topic[*].arn}}', first: '${{topic[\"ana\"].arn}}', both: 'all: ${{topic[*].name}}' }}\n"
        ));
        let role = stack.get(&Address::copy("role", "bo")).expect("a copy");
        assert_eq!(role.name, "cloud101-role-bo");
        assert_eq!(role.spec["description"], "Of bo, ${topic[\"bo\"].name} and $${each.key}");
        let all = ["${topic[\"ana\"].arn}", "${topic[\"bo\"].arn}"];
        assert_eq!(role.spec["policies"], json!(all), "all copies are an element each");
        let needed = addresses(["desk[01]", "desk[02]", "desk[03]", "topic[ana]", "topic[bo]"]);
        assert_eq!(
            role.depends_on, needed,
            "of another roster all copies, of the same its own; and those it refers to"
        );
        let outputs = [
            ("topics[\"ana\"]", "${topic[\"ana\"].arn}"),
            ("topics[\"bo\"]", "${topic[\"bo\"].arn}"),
            ("first", "${topic[\"ana\"].arn}"),
            ("both", "all: ${topic[\"ana\"].name},${topic[\"bo\"].name}"),
        ];
        assert_eq!(stack.outputs, outputs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_element_of_a_list_is_one_for_each_copy_with_what_is_around_it() {
        let document = "{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 's3:GetObject', \
                        Resource: ['${home[*].arn}/${stack.name}/*', 'arn:aws:s3:::other/*'] }] }";
        let stack = stack(&format!(
            "{ROSTERS}resources:\n  \
               home: {{ type: s3.bucket, for_each: students, name: 'cloud101-${{each.key}}' }}\n  \
               policy: {{ type: iam.policy, document: {document} }}\n"
        ));
        let policy = stack.get(&Address::new("policy")).expect("it is there");
        let expected =
            ["${home[\"ana\"].arn}/${stack.name}/*", "${home[\"bo\"].arn}/${stack.name}/*", "arn:aws:s3:::other/*"];
        assert_eq!(policy.spec["document"]["Statement"][0]["Resource"], json!(expected));
    }

    #[test]
    fn a_condition_chooses_who_has_a_copy() {
        let text = |when: &str, more: &str| {
            format!(
                "rosters: {{ students: {{ ana: {{ gpu: 'yes' }}, bo: {{ gpu: 'no' }}, carla: {{ gpu: 'yes' }} }} }}\n\
                 resources:\n  desk: {{ type: sns.topic, for_each: students, when: \"{when}\" }}\n  \
                   role: {{ type: iam.role, for_each: students, assumed_by: lambda.amazonaws.com, depends_on: [desk]{more} }}\n"
            )
        };
        for (when, keys) in [
            ("${each.gpu} == yes", &["ana", "carla"][..]),
            ("${each.gpu}=='yes'", &["ana", "carla"]),
            ("${each.gpu} != yes", &["bo"]),
            ("${each.key} != bo", &["ana", "carla"]),
        ] {
            let stack = stack(&text(when, ""));
            assert_eq!(stack.copies("desk").filter_map(|address| address.key.as_deref()).collect::<Vec<_>>(), keys);
            let role = stack.get(&Address::copy("role", "bo")).expect("it has no condition");
            assert_eq!(role.depends_on.len(), usize::from(keys.contains(&"bo")), "{when}");
        }
        let policies = ", policies: ['${desk[*].arn}']";
        let all = stack(&text("${each.gpu} == yes", policies));
        let role = all.get(&Address::copy("role", "bo")).expect("it has no condition");
        assert_eq!(role.spec["policies"], json!(["${desk[\"ana\"].arn}", "${desk[\"carla\"].arn}"]));
        let wrong = &try_stack(&text("${each.gpu} == Yes", "")).err().expect("it is refused").list[0];
        assert_eq!(wrong.message, "this holds for no member of the roster `students`");
        assert_eq!(wrong.hint, "values are compared as they are written; `gpu` has, for example, `yes`");
    }

    #[test]
    fn a_condition_that_is_none_says_what_one_is() {
        let said = |when: &str| {
            let found = wrong(&format!("  desk: {{ type: sns.topic, for_each: students, when: \"{when}\" }}\n"));
            found.first().map(|(_, _, said)| said.clone()).unwrap_or_default()
        };
        for (when, what) in [
            ("each.gpu == yes", "it begins with a column of the roster"),
            ("${each.key}", "it says what the column must have"),
            ("${each.key} > 3", "`==` and `!=` are the only comparisons, and compare text"),
            ("${each.key} == ana || ${each.key} == bo", "there is one comparison"),
            ("${each.key} == ${var.x}", "the column is compared with a text that stands here"),
            ("${each.kye} == ana", "the roster `students` has no column `kye`"),
        ] {
            assert!(said(when).contains(what), "{when}: {}", said(when));
        }
        let found = wrong("  desk: { type: sns.topic, when: \"${each.key} == ana\" }\n");
        assert!(found[0].2.starts_with("`when` chooses members of a roster, and `desk` has none"), "{found:?}");
        let found = wrong(
            "  desk: { type: sns.topic, for_each: students, when: \"${each.key} == ana\" }\n  \
               role: { type: sns.topic, for_each: students, display_name: '${desk.name}' }\n",
        );
        let [(_, _, said)] = found.as_slice() else { panic!("{found:?}") };
        let expected = "there is no copy of `desk` for `bo`: its `when:` leaves `bo` out; give this the same `when:`";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn what_a_roster_says_is_never_a_reference() {
        let stack = stack(
            "rosters: { students: { ana: { note: 'a $' } } }\n\
             resources: { topic: { type: sns.topic, for_each: students, display_name: '${each.note}{x}' } }\n",
        );
        let nothing = |text: &str| crate::model::reference::resolve(text, |_| None);
        let name = stack.resources[0].spec["display_name"].as_str().unwrap_or_default();
        assert_eq!(nothing(name), "a ${x}");
        assert_eq!(nothing(&super::escaped("a ${b.c} $${d}")), "a ${b.c} $${d}", "as a CSV file may have it");
    }

    #[test]
    fn what_ends_in_a_dollar_sign_hides_no_reference() {
        let text = "rosters: { students: { ana: { price: '5$' } } }\nresources:\n  \
                    topic: { type: sns.topic, for_each: students, display_name: '${each.price}${stack.name}' }\n";
        let problems = try_stack(text).err().expect("it is refused").list;
        assert_eq!(problems[0].message, "`price` of `ana` ends in `$`, and a reference follows it");
        let stack = stack(&text.replace("}${stack", "} ${stack"));
        assert_eq!(stack.resources[0].spec["display_name"], "5$ ${stack.name}");
    }

    #[test]
    fn a_kind_is_that_of_all_copies_and_depends_on_is_a_key_like_others_further_down() {
        let found = wrong("  topic: { type: '${each.key}', for_each: students }\n");
        assert!(matches!(found.as_slice(), [(Code::UnknownKind, ..)]), "{found:?}");
        let text = format!(
            "{ROSTERS}resources: {{ topic: {{ type: sns.topic, for_each: students, tags: {{ depends_on: '${{each.key}}' }} }} }}"
        );
        assert_eq!(stack(&text).resources[1].tags["depends_on"], "bo");
    }

    #[test]
    fn copies_that_would_fill_the_memory_are_refused_before_they_are_made() {
        let many = format!("'{}'", "${t[*].arn}".repeat(20_000));
        let text = format!(
            "rosters: {{ seats: 1000 }}\nresources: {{ t: {{ type: sns.topic, for_each: seats }} }}\noutputs: {{ all: {many} }}\n"
        );
        let problems = try_stack(&text).err().expect("it is refused").list;
        assert!(problems[0].message.starts_with("with all their copies these have "), "{}", problems[0].message);
        let two = "rosters: { seats: 6000 }\nresources:\n  a: { type: sns.topic, for_each: seats }\n  \
                   b: { type: sns.topic, for_each: seats }\n";
        let problems = try_stack(two).err().expect("it is refused").list;
        assert!(problems[0].message.starts_with("with all their copies these are 12000 resources"));
    }

    #[test]
    fn a_mistake_that_all_copies_share_is_said_once_and_of_the_resource() {
        let found = wrong("  topic: { type: sns.topic, for_each: students, nope: 1 }\n");
        let [(Code::UnknownKey, place, said)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(place, "nope");
        assert!(said.starts_with("`topic` (sns.topic) has no property `nope`"), "{said}");
    }

    #[test]
    fn several_mistakes_at_one_place_are_each_said() {
        for each in ["", ", for_each: students"] {
            let found = wrong(&format!("  vm: {{ type: ec2.instance{each} }}\n"));
            let [(_, _, image), (_, _, size)] = found.as_slice() else { panic!("{found:?}") };
            assert!(image.starts_with("`vm` (ec2.instance) needs `image`"), "{image}");
            assert!(size.starts_with("`vm` (ec2.instance) needs `instance_type`"), "{size}");
        }
    }

    #[test]
    fn a_mistake_of_some_copies_names_them() {
        let found = wrong(
            "  fn: { type: iam.role, for_each: students, assumed_by: [lambda.amazonaws.com], name: '${each.key}/' }\n  \
               ok: { type: sns.topic }\n",
        );
        let [(_, place, said)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(place, "'${each.key}/'");
        assert!(said.contains("`ana/`"), "{said}");
    }

    #[test]
    fn copies_need_names_of_their_own() {
        let found = wrong("  home: { type: s3.bucket, for_each: students, name: cloud101-home }\n");
        let [(Code::NameTwice, _, said)] = found.as_slice() else { panic!("{found:?}") };
        let expected = "`home[\"ana\"]` and `home[\"bo\"]` are both the s3.bucket `cloud101-home`; add `${each.key}`";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn references_say_which_copy_they_mean() {
        let topic = "  topic: { type: sns.topic, for_each: students }\n  one: { type: sns.topic }\n";
        let said = |reference: &str| {
            let found = wrong(&format!("{topic}  role: {{ type: sns.topic, tags: {{ a: '{reference}' }} }}\n"));
            let [(_, place, said)] = found.as_slice() else { panic!("{reference}: {found:?}") };
            assert_eq!(place, reference);
            said.clone()
        };
        assert_eq!(
            said("${topic.arn}"),
            "`topic` has several copies, and `${topic.arn}` does not say which; write `${topic[\"ana\"].arn}` for one, or \
             `${topic[*].arn}` for all of them"
        );
        assert_eq!(said("${topic[\"anna\"].arn}"), "there is no copy of `topic` for `anna`; did you mean `ana`?");
        assert_eq!(
            said("${one[\"ana\"].arn}"),
            "there is no `one[\"ana\"]`: `one` has no copies; write `${one.arn}`, or give `one` a `for_each`"
        );
        assert_eq!(
            said("${each.key}"),
            "there is no `each` here; `${each.…}` works in a resource with `for_each`, and in `handout`"
        );
    }

    #[test]
    fn a_roster_or_column_that_is_not_there_is_said_with_what_is() {
        let found = wrong("  topic: { type: sns.topic, for_each: student }\n");
        let [(Code::UnknownWord, place, said)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (place.as_str(), said.as_str()),
            ("student", "there is no roster `student`; did you mean `students`?")
        );
        let found = wrong("  topic: { type: sns.topic, for_each: students, tags: { a: '${each.kye}' } }\n");
        let [(Code::UnknownWord, _, said)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(said, "the roster `students` has no column `kye`; did you mean `key`?");
    }
}
