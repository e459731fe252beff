//! A stack file's data with the place of every piece: what the checks walk over.

use std::ops::Range;

use serde_json::{Map, Number, Value};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// All of it, in bytes of the text.
    pub span: Range<usize>,
    /// What to underline: the part of it that is on its first line.
    pub place: Range<usize>,
    /// Whether it is a mapping or list written in lines, so that underlining its key says more.
    pub block: bool,
    /// What it is.
    pub content: Content,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Something whose problem has been reported already.
    Broken,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file, each key once.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Range<usize>,
    /// The value.
    pub value: Node,
}

/// Where a path leads.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    /// What to underline: the value, its key if it spans lines, or what is nearest if there is no such thing.
    pub place: Range<usize>,
    /// The key, or the beginning of a list's element.
    pub key: Range<usize>,
    /// The value; `None` if the path leads nowhere.
    pub node: Option<&'a Node>,
}

impl Node {
    /// The entries, if it is a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements, if it is a list.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The entry of `key`, if it is a mapping and has one.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries to change, if it is a mapping.
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.content {
            Content::Map(entries) => entries,
            _ => &mut [],
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A single value as it is written in `text`, the file: `007` and `1.0` keep their zeros. `None`: it is not one value.
    pub fn written(&self, text: &str) -> Option<String> {
        let value = match &self.content {
            Content::Text(text) => return Some(text.clone()),
            Content::Number(number) => number.to_string(),
            Content::Bool(value) => value.to_string(),
            Content::List(_) | Content::Map(_) | Content::Broken => return None,
        };
        // An alias is written elsewhere.
        let source = text.get(self.span.clone()).map(str::trim).filter(|source| !source.starts_with('*'));
        Some(source.map_or(value, str::to_owned))
    }

    /// As JSON; what is broken is null. `text` has the last word on every text.
    pub fn to_json(&self, text: &impl Fn(&str) -> String) -> Value {
        match &self.content {
            Content::Broken => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(value) => Value::String(text(value)),
            Content::List(items) => items.iter().map(|item| item.to_json(text)).collect(),
            Content::Map(entries) => entries_to_json(entries.iter(), text),
        }
    }

    /// Follows a path whose steps are keys and indexes. `key` is the place of the key that leads to this node.
    pub fn follow<S: AsRef<str>>(&self, key: &Range<usize>, path: &[S]) -> Spot<'_> {
        let mut spot = Spot { place: self.or_key(key), key: key.clone(), node: Some(self) };
        for step in path {
            let step = step.as_ref();
            let Some(node) = spot.node else { break };
            if let Some(entry) = node.get(step) {
                let place = entry.value.or_key(&entry.key_place);
                spot = Spot { place, key: entry.key_place.clone(), node: Some(&entry.value) };
            } else if let Some(item) = step.parse().ok().and_then(|n: usize| node.items().get(n)) {
                spot = Spot { place: item.place.clone(), key: item.place.clone(), node: Some(item) };
            } else {
                spot.node = None;
            }
        }
        spot
    }

    /// Follows a dotted path. A key may itself hold dots; the longest key that fits is taken.
    pub fn follow_dotted(&self, key: &Range<usize>, path: &str) -> Spot<'_> {
        let mut steps: Vec<String> = Vec::new();
        let mut rest: Vec<&str> = path.split('.').filter(|step| !step.is_empty()).collect();
        let mut node = Some(self);
        while !rest.is_empty() {
            let length =
                (1..=rest.len()).rev().find(|n| node.is_some_and(|node| node.get(&rest[..*n].join(".")).is_some()));
            let step = rest.drain(..length.unwrap_or(1)).collect::<Vec<_>>().join(".");
            node = node.and_then(|node| node.follow(key, std::slice::from_ref(&step)).node);
            steps.push(step);
        }
        self.follow(key, &steps)
    }

    /// Calls `visit` with every text in it.
    pub fn each_text<'a>(&'a self, visit: &mut impl FnMut(&'a Node, &'a str)) {
        match &self.content {
            Content::Text(text) => visit(self, text),
            Content::List(items) => items.iter().for_each(|item| item.each_text(visit)),
            Content::Map(entries) => entries.iter().for_each(|entry| entry.value.each_text(visit)),
            _ => {}
        }
    }

    /// Calls `visit` with every key in it.
    pub fn each_key<'a>(&'a self, visit: &mut impl FnMut(&'a Entry)) {
        for entry in self.entries() {
            visit(entry);
            entry.value.each_key(visit);
        }
        self.items().iter().for_each(|item| item.each_key(visit));
    }

    fn or_key(&self, key: &Range<usize>) -> Range<usize> {
        if self.block { key.clone() } else { self.place.clone() }
    }
}

/// Some entries as a JSON object; see [`Node::to_json`].
pub fn entries_to_json<'a>(entries: impl Iterator<Item = &'a Entry>, text: &impl Fn(&str) -> String) -> Value {
    let object: Map<_, _> = entries.map(|entry| (entry.key.clone(), entry.value.to_json(text))).collect();
    Value::Object(object)
}
