//! Bodies of XML, read as the shapes say.

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use serde_json::{Map, Value};

use super::rest::scalar;
use super::shape::{Model, Shape};

/// The value of a body whose root must be called `root`.
pub fn read(model: &Model, root: &str, shape: &Shape, body: &[u8], rules: &mut Vec<String>) -> Option<Value> {
    let Ok(text) = std::str::from_utf8(body) else {
        rules.push("the body: it is not UTF-8".into());
        return None;
    };
    if let Some(c) = text.chars().find(|c| !is_of_xml(*c)) {
        rules.push(format!("the body: XML can't hold {c:?}"));
        return None;
    }
    let mut document = Document::new(text);
    let Ok(mut element) = document.root_element() else {
        rules.push("the body: it is not XML".into());
        return None;
    };
    if !element.start_el().matches(root) {
        rules.push(format!("the body: its root is `{}` and not `{root}`", element.start_el().local()));
    }
    Some(value(model, shape, &mut element, root, rules))
}

/// The characters of XML 1.0.
fn is_of_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn value(
    model: &Model,
    shape: &Shape,
    element: &mut ScopedDecoder<'_, '_>,
    path: &str,
    rules: &mut Vec<String>,
) -> Value {
    match shape.kind.as_str() {
        "structure" => structure(model, shape, element, path, rules),
        "list" => {
            let (of, wire) = (model.of(shape.element()), shape.element().wire("member"));
            let mut all = Vec::new();
            while let Some(mut tag) = element.next_tag() {
                if !tag.start_el().matches(wire) {
                    rules.push(format!("{path}.{}: the model has no such member", tag.start_el().local()));
                }
                all.push(value(model, of, &mut tag, &format!("{path}[{}]", all.len()), rules));
            }
            Value::Array(all)
        }
        _ => match try_data(element) {
            Ok(text) => {
                if let Some(c) = text.chars().find(|c| !is_of_xml(*c)) {
                    rules.push(format!("{path}: XML can't hold {c:?}, not even as a reference"));
                }
                scalar(shape, &text)
            }
            Err(error) => {
                rules.push(format!("{path}: {error}"));
                Value::Null
            }
        },
    }
}

fn structure(
    model: &Model,
    shape: &Shape,
    element: &mut ScopedDecoder<'_, '_>,
    path: &str,
    rules: &mut Vec<String>,
) -> Value {
    let mut map = Map::new();
    for (name, member) in shape.members.iter().filter(|(_, member)| member.xml_attribute) {
        if let Some(text) = element.start_el().attr(member.wire(name)) {
            map.insert(name.clone(), text.into());
        }
    }
    while let Some(mut tag) = element.next_tag() {
        let wire = tag.start_el().local().to_owned();
        let inner = format!("{path}.{wire}");
        let found = shape.members.iter().find(|(name, member)| {
            let of = model.of(member);
            let is_flat = of.kind == "list" && (of.flattened || member.flattened);
            let of_element = is_flat.then(|| of.element().location_name.as_deref()).flatten();
            member.location_name.as_deref().or(of_element).unwrap_or(name) == wire
        });
        let Some((name, member)) = found else {
            rules.push(format!("{inner}: the model has no such member"));
            continue;
        };
        let of = model.of(member);
        if of.kind == "list" && (of.flattened || member.flattened) {
            let one = value(model, model.of(of.element()), &mut tag, &inner, rules);
            if let Some(list) = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new())).as_array_mut() {
                list.push(one);
            }
            continue;
        }
        let inner = value(model, of, &mut tag, &inner, rules);
        map.insert(name.clone(), inner);
    }
    Value::Object(map)
}
