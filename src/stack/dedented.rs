//! Keys that stand too far left, so YAML takes them for a part of the wrong group.
//!
//! Such a key is reported once and then checked where it belongs, so that it isn't reported as missing there, nor as
//! unknown where it is.

use std::ops::Range;

use serde_json::Value;

use crate::explain::Code;

use super::diagnostics::{Diagnostic, line_start};
use super::node::{Content, Entry, Node};
use super::shape::{self, Shapes};

/// Moves keys of a stack that its groups don't know into the group above them that does, and adds a problem for each.
pub fn mend(text: &str, shapes: &Shapes, root: &mut Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut mender = Mender { text, shapes, diagnostics };
    mender.top(root);
    for entry in root.entries_mut().iter_mut().filter(|entry| entry.key == "resources") {
        mender.resources(&mut entry.value);
    }
}

struct Mender<'a> {
    text: &'a str,
    shapes: &'a Shapes,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// A group of keys that could take one in.
struct Home<'a> {
    /// The key that it is the value of.
    key: &'a str,
    key_place: Range<usize>,
    value: &'a mut Node,
}

impl Mender<'_> {
    /// The stack's own keys.
    fn top(&mut self, root: &mut Node) {
        let file = shape::file();
        self.settle(root, |mender, kept, entry| {
            if file["properties"].get(&entry.key).is_some() {
                return Some(entry);
            }
            if is_resource(&entry.value) {
                mender.outside(kept, entry);
                return None;
            }
            let resources = kept.last_mut().filter(|before| before.key == "resources");
            match resources.and_then(|resources| last_of(&mut resources.value)) {
                Some(resource) => mender.put_into_resource(resource, entry),
                None => Some(entry),
            }
        });
    }

    /// The keys below `resources:`, and those of each resource.
    fn resources(&mut self, resources: &mut Node) {
        self.settle(resources, |mender, kept, entry| match kept.last_mut() {
            Some(before) if !is_resource(&entry.value) => mender.put_into_resource(before, entry),
            _ => Some(entry),
        });
        for resource in resources.entries_mut() {
            let schema = self.shapes.of(type_of(&resource.value));
            self.properties(&mut resource.value, schema);
        }
    }

    /// The keys of a group with this schema, and of the groups in it.
    fn properties(&mut self, node: &mut Node, schema: &Value) {
        let Some(known) = schema.get("properties") else { return };
        self.settle(node, |mender, kept, entry| match kept.last_mut() {
            Some(before) if known.get(&entry.key).is_none() => {
                let Some(schema) = known.get(&before.key) else { return Some(entry) };
                let home = Home { key: &before.key, key_place: before.key_place.clone(), value: &mut before.value };
                mender.put(home, schema, entry)
            }
            _ => Some(entry),
        });
        for entry in node.entries_mut() {
            let Some(schema) = known.get(&entry.key) else { continue };
            match (&mut entry.value.content, schema.get("items")) {
                (Content::List(items), Some(schema)) => {
                    items.iter_mut().for_each(|item| self.properties(item, schema));
                }
                _ => self.properties(&mut entry.value, schema),
            }
        }
    }

    /// Goes through the keys of a group that is written in lines. `place` gets those before, and gives back the key if it
    /// stays where it is.
    fn settle(&mut self, node: &mut Node, place: impl Fn(&mut Self, &mut Vec<Entry>, Entry) -> Option<Entry>) {
        let Content::Map(entries) = &mut node.content else { return };
        if !node.block {
            return;
        }
        let mut kept = Vec::new();
        for entry in std::mem::take(entries) {
            let entry = place(self, &mut kept, entry);
            kept.extend(entry);
        }
        *entries = kept;
    }

    /// Takes in a resource that stands at the left edge.
    fn outside(&mut self, kept: &mut Vec<Entry>, entry: Entry) {
        let message = format!("the resource `{}` is outside `resources:`", entry.key);
        let hint = "move it under `resources:`, and indent each of its lines by two more spaces";
        self.diagnostics.push(Diagnostic::new(Code::Misplaced, entry.key_place.clone(), message).help(hint));
        let index = kept.iter().position(|before| before.key == "resources").unwrap_or_else(|| {
            // What is said already is that it needs one.
            let value = Node { content: Content::Map(Vec::new()), ..entry.value.clone() };
            kept.push(Entry { key: "resources".into(), value, ..entry.clone() });
            kept.len() - 1
        });
        let resources = &mut kept[index];
        if resources.value.content == Content::Broken && self.has_no_value(&resources.key_place) {
            self.forget(resources.key_place.clone());
            resources.value.content = Content::Map(Vec::new());
            resources.value.block = true;
        }
        if let Content::Map(entries) = &mut resources.value.content {
            resources.value.span.end = resources.value.span.end.max(entry.value.span.end);
            entries.push(entry);
        }
    }

    /// Puts a key into the resource before it. Gives it back if that has no place for it.
    fn put_into_resource(&mut self, resource: &mut Entry, entry: Entry) -> Option<Entry> {
        let schema = self.shapes.of(type_of(&resource.value));
        let home = Home { key: &resource.key, key_place: resource.key_place.clone(), value: &mut resource.value };
        self.put(home, schema, entry)
    }

    /// Puts a key into a group, or into what the group ends with. Gives it back if it belongs to neither.
    fn put(&mut self, home: Home<'_>, schema: &Value, entry: Entry) -> Option<Entry> {
        let Home { key, key_place, value } = home;
        let end = entry.value.span.end;
        let known = schema.get("properties").and_then(|properties| properties.get(&entry.key));
        let has_no_value = self.has_no_value(&key_place);
        let rest = match &mut value.content {
            Content::Broken if has_no_value && known.is_some_and(|schema| could_be(&entry.value, schema)) => {
                self.report(key, &key_place, None, &entry);
                self.forget(key_place);
                *value = Node { content: Content::Map(vec![entry]), block: true, ..value.clone() };
                None
            }
            Content::Map(entries) if value.block && known.is_some_and(|schema| could_be(&entry.value, schema)) => {
                if entries.iter().any(|other| other.key == entry.key) {
                    return Some(entry);
                }
                self.report(key, &key_place, entries.first(), &entry);
                entries.push(entry);
                None
            }
            Content::Map(entries) if value.block => match entries.last_mut() {
                Some(Entry { key, key_place, value }) => {
                    match schema.get("properties").and_then(|all| all.get(&*key)) {
                        Some(schema) => self.put(Home { key, key_place: key_place.clone(), value }, schema, entry),
                        None => Some(entry),
                    }
                }
                None => Some(entry),
            },
            Content::List(items) if value.block => match (items.last_mut(), schema.get("items")) {
                (Some(value), Some(schema)) => self.put(Home { key, key_place, value }, schema, entry),
                _ => Some(entry),
            },
            _ => Some(entry),
        };
        if rest.is_none() {
            value.span.end = value.span.end.max(end);
        }
        rest
    }

    /// `entry` belongs to the group of `key`, whose first key is `first`.
    fn report(&mut self, key: &str, key_place: &Range<usize>, first: Option<&Entry>, entry: &Entry) {
        let (spaces, like) = match first {
            Some(first) => (self.column(&first.key_place), format!("to align it with `{}`", first.key)),
            None => (self.column(key_place) + 2, format!("below `{key}:`")),
        };
        let below = if entry.value.block { "; the lines below it move with it" } else { "" };
        let hint = format!("put {} before it, {like}{below}", many(spaces));
        let message = format!("`{}` is not indented enough", entry.key);
        let diagnostic = Diagnostic::new(Code::Indentation, entry.key_place.clone(), message).help(hint);
        self.diagnostics.push(diagnostic.also(key_place.clone(), format!("`{}` is a property of this", entry.key)));
    }

    fn has_no_value(&self, key_place: &Range<usize>) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::NoValue && diagnostic.range() == *key_place)
    }

    /// A key without a value has one after all.
    fn forget(&mut self, key_place: Range<usize>) {
        self.diagnostics.retain(|diagnostic| diagnostic.code != Code::NoValue || diagnostic.range() != key_place);
    }

    /// How many characters are before a place on its line.
    fn column(&self, place: &Range<usize>) -> usize {
        self.text[line_start(self.text, place.start)..place.start].chars().count()
    }
}

/// "no space", "1 space", "4 spaces".
pub fn many(spaces: usize) -> String {
    match spaces {
        0 => "no space".to_owned(),
        1 => "1 space".to_owned(),
        _ => format!("{spaces} spaces"),
    }
}

fn is_resource(value: &Node) -> bool {
    value.get("type").is_some_and(|entry| entry.value.text().is_some())
}

/// The last resource, if they are written in lines.
fn last_of(resources: &mut Node) -> Option<&mut Entry> {
    if resources.block { resources.entries_mut().last_mut() } else { None }
}

fn type_of(resource: &Node) -> Option<&str> {
    resource.get("type").and_then(|entry| entry.value.text())
}

/// Whether a value can be meant for a property. A group of keys could as well be a resource that lacks its `type`, so each
/// of its keys has to fit.
fn could_be(value: &Node, schema: &Value) -> bool {
    let Content::Map(entries) = &value.content else { return value.content != Content::Broken };
    match (schema.get("properties"), schema.pointer("/additionalProperties/type")) {
        (Some(known), _) => entries.iter().all(|entry| known.get(&entry.key).is_some()),
        (None, Some(_)) => entries.iter().all(|entry| entry.value.text().is_some()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::source;
    use serde_json::json;

    use crate::resource::Registry;

    /// What is left of the resources, and the problems: place, message and hint.
    fn mended(text: &str) -> (Value, Vec<(String, String, String)>) {
        let mut diagnostics = Vec::new();
        let mut root = source::parse(text, &mut diagnostics).unwrap();
        mend(text, &Shapes::new(&Registry::builtin()), &mut root, &mut diagnostics);
        let reported = diagnostics
            .into_iter()
            .map(|p| (text[p.range()].to_owned(), p.message, p.help.unwrap_or_default()))
            .collect();
        (root.to_json(&str::to_owned)["resources"].clone(), reported)
    }

    #[test]
    fn a_key_goes_to_the_group_above_that_knows_it() {
        let topic = "resources:\n  topic:\n    type: sns.topic\n";
        let vm = "resources:\n  vm:\n    type: ec2.instance\n";
        for (text, path, expected, hint) in [
            (
                format!("{topic}  fifo: true\n"),
                "/topic/fifo",
                json!(true),
                "put 4 spaces before it, to align it with `type`",
            ),
            (format!("{topic}fifo: true\n"), "/topic/fifo", json!(true), "put 4 spaces"),
            (format!("{topic}  tags: {{a: b}}\n"), "/topic/tags/a", json!("b"), "put 4 spaces"),
            (format!("{topic}  tags:\n    a: b\n"), "/topic/tags/a", json!("b"), "the lines below it move with it"),
            (
                format!("{topic}    subscriptions:\n      - protocol: email\n    endpoint: x\n"),
                "/topic/subscriptions/0/endpoint",
                json!("x"),
                "put 8 spaces before it, to align it with `protocol`",
            ),
            (
                format!("{topic}    subscriptions:\n      - protocol: email\n  endpoint: x\n"),
                "/topic/subscriptions/0/endpoint",
                json!("x"),
                "put 8 spaces",
            ),
            (
                format!("{vm}    root_volume:\n      size_gib: 8\n    encrypted: true\n"),
                "/vm/root_volume/encrypted",
                json!(true),
                "put 6 spaces before it, to align it with `size_gib`",
            ),
            (
                format!("{vm}    root_volume:\n    encrypted: true\n"),
                "/vm/root_volume/encrypted",
                json!(true),
                "put 6 spaces before it, below `root_volume:`",
            ),
            (
                "resources:\n  topic:\n  type: sns.topic\n".to_owned(),
                "/topic/type",
                json!("sns.topic"),
                "put 4 spaces before it, below `topic:`",
            ),
            (
                "resources:\ntopic:\n  type: sns.topic\n".to_owned(),
                "/topic/type",
                json!("sns.topic"),
                "move it under `resources:`",
            ),
        ] {
            let (resources, reported) = mended(&text);
            assert_eq!(resources.pointer(path), Some(&expected), "{text}");
            let [(place, message, said)] = reported.as_slice() else { panic!("{text}{reported:?}") };
            let says = [format!("`{place}` is not indented enough"), format!("`{place}` is outside `resources:`")];
            assert!(says.iter().any(|says| message.contains(says)) && said.contains(hint), "{message}: {said}");
        }
    }

    #[test]
    fn what_could_be_meant_otherwise_stays() {
        for text in [
            // Resources without a type, and with it misspelt.
            "resources:\n  f:\n    type: lambda.function\n  role:\n    assumed_by: ec2.amazonaws.com\n",
            "resources:\n  t:\n    type: sns.topic\n  policy:\n    document: {Statement: []}\n",
            "resources:\n  f:\n    type: lambda.function\n  role:\n",
            // Not known above either, or there already.
            "resources:\n  t:\n    type: sns.topic\n  memory: 3\n",
            "resources:\n  t:\n    type: sns.topic\n    fifo: true\n  fifo: false\n",
            // In braces nothing is too far left.
            "resources: {t: {type: sns.topic}, fifo: true}\n",
            // Something else is between them.
            "resources:\n  t:\n    type: sns.topic\noutputs: {}\nfifo: true\n",
        ] {
            let (resources, reported) = mended(text);
            assert!(reported.iter().all(|(_, message, _)| !message.contains("stands")), "{text}{reported:?}");
            let as_is = source::parse(text, &mut Vec::new()).unwrap();
            assert_eq!(resources, as_is.to_json(&str::to_owned)["resources"], "{text}");
        }
    }
}
