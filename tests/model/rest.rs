//! The protocols `rest-xml`, `rest-json` and `json`: path, query, headers and body.

use serde_json::{Map, Value};

use super::super::http::Request;
use super::shape::{Member, Model, Operation, Shape};
use super::{route, xml};

/// Headers that begin like AWS's and belong to no operation.
const PLUMBING: [&str; 12] = [
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-user-agent",
    "x-amz-target",
    "x-amz-decoded-content-length",
    "x-amz-trailer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amzn-query-mode",
    "x-amz-api-version",
    "x-amz-te",
];

/// The operation's input; what it has no member for, and what is not of its type, goes to `rules`.
pub fn read(model: &Model, operation: &Operation, request: &Request, rules: &mut Vec<String>) -> Value {
    let Some(input) = operation.input.as_ref().map(|input| model.of(input)) else { return Value::Object(Map::new()) };
    let mut map = Map::new();
    if model.metadata.protocol == "json" {
        return body(model, request, &input.members.iter().collect::<Vec<_>>(), rules);
    }
    let (path, fixed) = operation.http.request_uri.split_once('?').unwrap_or((&operation.http.request_uri, ""));
    let fixed: Vec<_> = fixed.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    let labels = route::labels(path, &request.path).unwrap_or_default();
    let query = route::query(&request.path);
    for (name, member) in &input.members {
        let (shape, wire) = (model.of(member), member.wire(name));
        let value = match member.location.as_deref() {
            Some("uri") => labels.iter().find(|(label, _)| label == wire).map(|(_, text)| scalar(shape, text)),
            Some("querystring") => {
                let all: Vec<_> = query.iter().filter(|(key, _)| key == wire).map(|(_, value)| value).collect();
                match (shape.kind.as_str(), all.as_slice()) {
                    (_, []) => None,
                    ("list", all) => {
                        let of = model.of(shape.element());
                        Some(all.iter().map(|text| scalar(of, text)).collect())
                    }
                    (_, [first, ..]) => Some(scalar(shape, first)),
                }
            }
            Some("header") => request.header(wire).map(|text| match shape.kind.as_str() {
                "list" => text.split(',').map(|text| scalar(model.of(shape.element()), text.trim())).collect(),
                _ => scalar(shape, text),
            }),
            Some("headers") => {
                let prefix = wire.to_lowercase();
                let with = |(header, text): &(String, String)| {
                    Some((header.to_lowercase().strip_prefix(&prefix)?.to_owned(), text.as_str().into()))
                };
                let found: Map<_, _> = request.headers.iter().filter_map(with).collect();
                Some(Value::Object(found)).filter(|found| found.as_object().is_some_and(|found| !found.is_empty()))
            }
            _ => None,
        };
        map.extend(value.map(|value| (name.clone(), value)));
    }
    let named = |location: &str, wire: &str| {
        let mut members = input.members.iter().filter(|(_, member)| member.location.as_deref() == Some(location));
        members.any(|(name, member)| member.wire(name).eq_ignore_ascii_case(wire))
    };
    for (key, _) in &query {
        if !(named("querystring", key) || fixed.contains(&key.as_str()) || key == "x-id" || key.starts_with("X-Amz-")) {
            rules.push(format!("?{key}: the model has no such member"));
        }
    }
    let is_prefix = |member: &Member| member.location.as_deref() == Some("headers");
    let prefixes: Vec<_> = input.members.iter().filter(|(_, member)| is_prefix(member)).collect();
    for header in request.headers.iter().map(|(header, _)| header.to_lowercase()) {
        let is_plumbing = PLUMBING.contains(&header.as_str()) || header.starts_with("x-amz-checksum-");
        let is_prefixed = prefixes.iter().any(|(name, member)| header.starts_with(&member.wire(name).to_lowercase()));
        if header.starts_with("x-amz-") && !is_plumbing && !is_prefixed && !named("header", &header) {
            rules.push(format!("{header}: the model has no such header"));
        }
    }
    match input.payload.as_deref().map(|name| (name, &input.members[name])) {
        Some((name, member)) if model.of(member).kind == "structure" => {
            if let Some(value) = payload(model, name, member, request, rules) {
                map.insert(name.to_owned(), value);
            }
        }
        Some((name, member)) if model.of(member).kind == "string" => {
            map.insert(name.to_owned(), String::from_utf8_lossy(&request.body).into());
        }
        Some((name, _)) => {
            let length = request.header("x-amz-decoded-content-length").and_then(|length| length.parse().ok());
            let length: usize = length.unwrap_or(request.body.len());
            if length > 0 || request.header("content-length").is_some() {
                map.insert(name.to_owned(), length.into());
            }
        }
        None => {
            let members: Vec<_> = input.members.iter().filter(|(_, member)| member.location.is_none()).collect();
            if let Value::Object(read) = body(model, request, &members, rules) {
                map.extend(read);
            }
        }
    }
    Value::Object(map)
}

fn payload(model: &Model, name: &str, member: &Member, request: &Request, rules: &mut Vec<String>) -> Option<Value> {
    if request.body.is_empty() {
        return None;
    }
    if model.metadata.protocol == "rest-xml" {
        return xml::read(model, member.wire(name), model.of(member), &request.body, rules);
    }
    Some(body(model, request, &model.of(member).members.iter().collect::<Vec<_>>(), rules))
}

/// The members that are in a body of JSON.
fn body(model: &Model, request: &Request, members: &[(&String, &Member)], rules: &mut Vec<String>) -> Value {
    if request.body.is_empty() {
        return Value::Object(Map::new());
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        rules.push("the body: it is not a JSON object".into());
        return Value::Object(Map::new());
    };
    structure(model, body, members, "", rules)
}

fn structure(
    model: &Model,
    body: Map<String, Value>,
    members: &[(&String, &Member)],
    path: &str,
    rules: &mut Vec<String>,
) -> Value {
    let mut map = Map::new();
    for (wire, value) in body {
        let inner = if path.is_empty() { wire.clone() } else { format!("{path}.{wire}") };
        match members.iter().find(|(name, member)| member.wire(name) == wire) {
            Some((name, member)) => {
                map.insert((*name).clone(), json(model, model.of(member), value, &inner, rules));
            }
            None => rules.push(format!("{inner}: the model has no such member")),
        }
    }
    Value::Object(map)
}

/// JSON as it came, with the names of the members, and numbers in place of bytes.
fn json(model: &Model, shape: &Shape, value: Value, path: &str, rules: &mut Vec<String>) -> Value {
    match (shape.kind.as_str(), value) {
        ("structure", Value::Object(body)) if !shape.members.is_empty() => {
            structure(model, body, &shape.members.iter().collect::<Vec<_>>(), path, rules)
        }
        ("list", Value::Array(elements)) => {
            let of = model.of(shape.element());
            let one = |(n, element)| json(model, of, element, &format!("{path}[{n}]"), rules);
            elements.into_iter().enumerate().map(one).collect()
        }
        ("map", Value::Object(entries)) => {
            let of = model.of(shape.entry().1);
            let one = |(name, value)| {
                let value = json(model, of, value, &format!("{path}{{{name}}}"), rules);
                (name, value)
            };
            entries.into_iter().map(one).collect()
        }
        ("blob", Value::String(text)) => (text.trim_end_matches('=').len() * 3 / 4).into(),
        ("timestamp", value) => value.to_string().into(),
        (_, value) => value,
    }
}

/// What a text means: a number, a truth value, or itself. What is not of the type stays a text, which `check` refuses.
pub fn scalar(shape: &Shape, text: &str) -> Value {
    let number = || text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from)).ok();
    match (shape.kind.as_str(), text) {
        ("boolean", "true") => true.into(),
        ("boolean", "false") => false.into(),
        ("blob", text) => (text.trim_end_matches('=').len() * 3 / 4).into(),
        _ if shape.is_number() => number().unwrap_or_else(|| text.into()),
        _ => text.into(),
    }
}
