//! Which operation a request asks for.

use percent_encoding::percent_decode_str;

use super::super::http::Request;
use super::shape::{Model, Operation};

/// What other versions of the model say, by which the AWS CLI of the tests asks: operation, method and path.
const FORMER: [(&str, &str, &str); 1] = [("ListEmailIdentities", "GET", "/v2/email/identities")];

/// The operation, by the means of the service's protocol.
pub fn operation<'m>(model: &'m Model, request: &Request) -> Option<&'m Operation> {
    match model.metadata.protocol.as_str() {
        "query" | "ec2" => model.operations.get(&request.field("Action")?),
        "json" => model.operations.get(request.header("x-amz-target")?.rsplit('.').next()?),
        _ => by_path(model, request),
    }
}

/// Of several that fit, S3's, the one of which the request has most: `?list-type=2`, `uploadId`, `x-amz-copy-source`.
fn by_path<'m>(model: &'m Model, request: &Request) -> Option<&'m Operation> {
    let query = query(&request.path);
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let fit = model.operations.values().filter_map(|operation| {
        // The buckets of S3 Express, which answer at addresses of their own.
        if operation.name == "ListDirectoryBuckets" {
            return None;
        }
        if FORMER.contains(&(&operation.name, &request.method, request.path.split('?').next()?)) {
            return Some(((true, 0, true), operation));
        }
        let (path, fixed) = operation.http.request_uri.split_once('?').unwrap_or((&operation.http.request_uri, ""));
        if operation.http.method != request.method || labels(path, &request.path).is_none() {
            return None;
        }
        let fixed: Vec<_> = fixed.split('&').filter(|pair| !pair.is_empty()).collect();
        let is_said = |pair: &&str| match pair.split_once('=') {
            Some((key, value)) => query.iter().any(|(k, v)| k == key && v == value),
            None => has(pair),
        };
        let mut weight = fixed.len();
        if !fixed.iter().all(is_said) {
            return None;
        }
        let shape = operation.input.as_ref().map(|input| model.of(input));
        for name in shape.map(|shape| shape.required.as_slice()).unwrap_or_default() {
            let member = &shape?.members[name];
            match member.location.as_deref() {
                Some("querystring") if !has(member.wire(name)) => return None,
                Some("header") if request.header(member.wire(name)).is_none() => return None,
                Some("querystring" | "header") => weight += 1,
                _ => {}
            }
        }
        let is_named = query.iter().any(|(key, value)| key == "x-id" && *value == operation.name);
        Some(((is_named, weight, !operation.deprecated), operation))
    });
    fit.max_by_key(|(weight, _)| *weight).map(|(_, operation)| operation)
}

/// The values of a template's labels in a path, `{Key+}` being all the rest; `None` where it does not match.
pub fn labels(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let path = path.split('?').next().unwrap_or_default();
    let text = |raw: &str| percent_decode_str(raw).decode_utf8_lossy().into_owned();
    let mut rest = path.trim_start_matches('/');
    let mut found = Vec::new();
    let mut parts = template.trim_start_matches('/').split('/').peekable();
    while let Some(part) = parts.next() {
        if let Some(label) = part.strip_prefix('{').and_then(|label| label.strip_suffix("+}")) {
            // All but what the template still has after it.
            let after = parts.clone().map(|part| part.len() + 1).sum::<usize>();
            let end = rest.len().checked_sub(after).filter(|end| *end > 0 && rest.is_char_boundary(*end))?;
            found.push((label.to_owned(), text(&rest[..end])));
            rest = rest[end..].trim_start_matches('/');
            continue;
        }
        let (first, others) = rest.split_once('/').unwrap_or((rest, ""));
        // `/bucket/` is the bucket.
        match part.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            Some(label) if !first.is_empty() => found.push((label.to_owned(), text(first))),
            None if part == first => {}
            _ => return None,
        }
        rest = others;
    }
    rest.is_empty().then_some(found)
}

/// The pairs of a path's query, decoded.
pub fn query(path: &str) -> Vec<(String, String)> {
    let text = |raw: &str| percent_decode_str(&raw.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = path.split_once('?').map(|(_, query)| query).unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (text(key), text(value)))
        .collect()
}
