//! Actions about objects with a bucket as their resource, and the other way round: such a statement allows nothing.

use serde_json::{Map, Value};

use crate::explain::Code;
use crate::resource::iam::known::{Level, level_of_s3};
use crate::resource::{Diagnostic, is_unknown};

/// What of the statement at `path` is about what its resources are not.
pub(super) fn check(statement: &Map<String, Value>, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let mut resources = Vec::new();
    for (_, resource) in texts(statement, path, "Resource") {
        match is_in_s3(resource) {
            true => resources.push(resource),
            // It may be both.
            false if is_unknown(resource) || resource.contains(":s3:") || resource.contains('*') => return,
            false => {}
        }
    }
    let Some(first) = resources.first().copied() else { return };
    let has_objects = resources.iter().any(|resource| resource.contains(['/', '*']));
    let has_buckets = resources.iter().any(|resource| !resource.contains('/'));
    let bucket = first.split('/').next().unwrap_or(first);
    for (place, action) in texts(statement, path, "Action") {
        let (message, hint) = match level_of_s3(action) {
            Some(Level::Object) if !has_objects => (
                format!("`{action}` applies to objects, but `{first}` is a bucket"),
                format!("write `{bucket}/*` for all objects in it"),
            ),
            Some(Level::Bucket) if !has_buckets => (
                format!("`{action}` applies to a bucket, but `{first}` matches objects"),
                format!("add the bucket itself: `{bucket}`"),
            ),
            _ => continue,
        };
        diagnostics.push(Diagnostic::new(Code::PolicyResource, place, message).help(hint).warning());
    }
}

/// The texts of an element, each with its place.
fn texts<'a>(statement: &'a Map<String, Value>, path: &str, element: &str) -> Vec<(String, &'a str)> {
    let place = format!("{path}.{element}");
    match statement.get(element) {
        Some(Value::Array(items)) => {
            let item = |(n, item): (usize, &'a Value)| Some((format!("{place}.{n}"), item.as_str()?));
            items.iter().enumerate().filter_map(item).collect()
        }
        Some(Value::String(text)) => vec![(place, text)],
        _ => Vec::new(),
    }
}

/// Whether it is a bucket or objects, with all of its name.
fn is_in_s3(resource: &str) -> bool {
    let is_arn = resource.strip_prefix("arn:").is_some_and(|rest| rest.split_once(":s3:::").is_some());
    is_arn && !is_unknown(resource)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(action: Value, resource: Value) -> Vec<String> {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        let mut diagnostics = Vec::new();
        check(statement.as_object().expect("a group"), "s", &mut diagnostics);
        assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()));
        diagnostics.into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect()
    }

    #[test]
    fn objects_are_not_their_bucket() {
        let (bucket, objects) = ("arn:aws:s3:::b", "arn:aws:s3:::b/*");
        assert_eq!(paths(json!("s3:GetObject"), json!(bucket)), ["s.Action"]);
        assert_eq!(paths(json!(["s3:ListBucket", "s3:PutObject"]), json!([bucket])), ["s.Action.1"]);
        assert_eq!(paths(json!(["s3:ListBucket", "s3:PutObject"]), json!(objects)), ["s.Action.0"]);
        for resource in [json!("*"), json!([bucket, objects]), json!("arn:aws:s3:::*"), json!("\u{1}${b.arn}")] {
            assert_eq!(paths(json!(["s3:ListBucket", "s3:GetObject"]), resource.clone()), [""; 0], "{resource}");
        }
        let point = "arn:aws:s3:us-east-1:123456789012:accesspoint/a/object/*";
        for (action, resource) in [
            (json!("s3:GetObject"), json!([bucket, point])),
            (json!("s3:Get*"), json!(bucket)),
            (json!("s3:ListAllMyBuckets"), json!(objects)),
            (json!("sns:Publish"), json!("arn:aws:sns:us-east-1:123456789012:t")),
        ] {
            assert_eq!(paths(action.clone(), resource), [""; 0], "{action}");
        }
    }
}
