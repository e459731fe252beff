//! The protocols `query` and `ec2`: `Tags.member.1.Key=course`, `TagSpecification.1.Tag.1.Key=course`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::super::http::Request;
use super::rest::scalar;
use super::shape::{Member, Model, Operation, Shape};

/// A form's fields, as the tree that their dots make.
#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    parts: BTreeMap<String, Node>,
}

impl Node {
    /// The numbered parts in their order.
    fn numbered(&self) -> Vec<&Node> {
        let mut parts: Vec<_> =
            self.parts.iter().filter_map(|(n, part)| Some((n.parse::<u32>().ok()?, part))).collect();
        parts.sort_by_key(|(n, _)| *n);
        parts.into_iter().map(|(_, part)| part).collect()
    }
}

struct Reader<'m> {
    model: &'m Model,
    is_ec2: bool,
}

/// The operation's input; what it has no member for goes to `rules`.
pub fn read(model: &Model, operation: &Operation, request: &Request, rules: &mut Vec<String>) -> Value {
    let mut root = Node::default();
    let body = String::from_utf8_lossy(&request.body);
    let text = |raw: &str| percent_decode_str(&raw.replace('+', " ")).decode_utf8_lossy().into_owned();
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = text(key);
        if key == "Action" || key == "Version" {
            continue;
        }
        let place = key.split('.').fold(&mut root, |node, part| node.parts.entry(part.to_owned()).or_default());
        place.text = Some(text(value));
    }
    let reader = Reader { model, is_ec2: model.metadata.protocol == "ec2" };
    match &operation.input {
        Some(input) => reader.value(&root, model.of(input), "", rules),
        None => {
            rules.extend(root.parts.keys().map(|name| format!("{name}: the model has no such member")));
            Value::Object(Map::new())
        }
    }
}

impl Reader<'_> {
    fn value(&self, node: &Node, shape: &Shape, path: &str, rules: &mut Vec<String>) -> Value {
        match shape.kind.as_str() {
            "structure" => self.structure(node, shape, path, rules),
            "list" => {
                let is_flat = self.is_ec2 || shape.flattened;
                let member = shape.element().wire("member");
                let wrapped = node.parts.get(member);
                let elements = if is_flat { Some(node) } else { wrapped };
                let elements = elements.map(Node::numbered).unwrap_or_default();
                self.complain_of_text(node, path, rules);
                let known = |part: &str| if is_flat { part.parse::<u32>().is_ok() } else { part == member };
                let unknown = node.parts.keys().filter(|part| !known(part));
                rules.extend(unknown.map(|part| format!("{path}.{part}: the model has no such member")));
                let of = self.model.of(shape.element());
                let one = |(n, element)| self.value(element, of, &format!("{path}[{n}]"), rules);
                elements.into_iter().enumerate().map(one).collect()
            }
            "map" => {
                let (key, value) = shape.entry();
                let entries = if shape.flattened { Some(node) } else { node.parts.get("entry") };
                self.complain_of_text(node, path, rules);
                let mut map = Map::new();
                for entry in entries.map(Node::numbered).unwrap_or_default() {
                    let name = entry.parts.get(key.wire("key")).and_then(|key| key.text.clone()).unwrap_or_default();
                    let empty = Node::default();
                    let inner = entry.parts.get(value.wire("value")).unwrap_or(&empty);
                    let inner = self.value(inner, self.model.of(value), &format!("{path}{{{name}}}"), rules);
                    map.insert(name, inner);
                }
                Value::Object(map)
            }
            _ => scalar(shape, node.text.as_deref().unwrap_or_default()),
        }
    }

    fn structure(&self, node: &Node, shape: &Shape, path: &str, rules: &mut Vec<String>) -> Value {
        let mut map = Map::new();
        for (wire, part) in &node.parts {
            let inner = if path.is_empty() { wire.clone() } else { format!("{path}.{wire}") };
            match shape.members.iter().find(|(name, member)| self.wire(name, member) == *wire) {
                Some((name, member)) => {
                    let value = self.value(part, self.model.of(member), &inner, rules);
                    map.insert(name.clone(), value);
                }
                None => rules.push(format!("{inner}: the model has no such member")),
            }
        }
        Value::Object(map)
    }

    /// The SDKs write an empty list as `Name=`.
    fn complain_of_text(&self, node: &Node, path: &str, rules: &mut Vec<String>) {
        if let Some(text) = node.text.as_deref().filter(|text| !text.is_empty()) {
            rules.push(format!("{path}: it is not a list or a map but `{text}`"));
        }
    }

    fn wire(&self, name: &str, member: &Member) -> String {
        if !self.is_ec2 {
            let flat = Some(self.model.of(member)).filter(|shape| shape.flattened && shape.kind == "list");
            let of_element = flat.and_then(|shape| shape.element().location_name.as_deref());
            return of_element.unwrap_or(member.wire(name)).to_owned();
        }
        if let Some(name) = &member.query_name {
            return name.clone();
        }
        let mut chars = member.wire(name).chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
    }
}
