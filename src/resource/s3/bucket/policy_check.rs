//! What S3 refuses of a bucket's policy although it is a sound IAM document: it must be about this bucket, name S3's
//! actions only, and each action must apply to one of the resources beside it.

use serde_json::Value;

use crate::explain::Code;
use crate::model::ENOUGH;
use crate::resource::{Diagnostic, is_unknown};

/// Beginnings of the actions that are about objects (Service Authorization Reference, Amazon S3: resource type `object`).
const OF_OBJECTS: [&str; 12] = [
    "getobject",
    "putobject",
    "deleteobject",
    "restoreobject",
    "updateobject",
    "listobjectannotations",
    "abortmultipartupload",
    "listmultipartuploadparts",
    "bypassgovernanceretention",
    "replicateobject",
    "replicatedelete",
    "replicatetags",
];
/// Beginnings of those that are about the bucket.
const OF_BUCKETS: [&str; 5] = ["listbucket", "getbucket", "putbucket", "deletebucket", "getlifecycleconfiguration"];

/// What is wrong with the policy of the bucket called `bucket`.
pub fn check(policy: &Value, bucket: &str) -> Vec<Diagnostic> {
    let statements: Vec<(String, &Value)> = match policy.get("Statement") {
        Some(Value::Array(all)) => {
            all.iter().enumerate().map(|(n, one)| (format!("policy.Statement.{n}"), one)).collect()
        }
        Some(one) => vec![("policy.Statement".to_owned(), one)],
        None => Vec::new(),
    };
    let mut diagnostics = Vec::new();
    for (path, statement) in statements {
        if diagnostics.len() > ENOUGH {
            break;
        }
        check_statement(statement, bucket, &path, &mut diagnostics);
    }
    diagnostics
}

fn check_statement(statement: &Value, bucket: &str, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let before = diagnostics.len();
    for (place, action) in ["Action", "NotAction"].into_iter().flat_map(|key| texts(statement, key, path)) {
        if action.split_once(':').is_some_and(|(service, _)| !service.eq_ignore_ascii_case("s3")) && !is_unknown(action)
        {
            let message = format!("`{action}` is not an S3 action, and a bucket policy can contain only S3 actions");
            diagnostics.push(
                Diagnostic::new(Code::BucketPolicy, place, message)
                    .help("move it to the policy of the resource that it applies to, or of a role"),
            );
        }
    }
    for (place, resource) in ["Resource", "NotResource"].into_iter().flat_map(|key| texts(statement, key, path)) {
        if is_unknown(resource) || is_unknown(bucket) || is_within(resource, bucket) {
            continue;
        }
        let message = format!(
            "`{resource}` is not in the bucket `{bucket}`, and a bucket policy can apply to its own bucket \
                only"
        );
        diagnostics.push(
            Diagnostic::new(Code::BucketPolicy, place, message).help(format!(
                "write `arn:aws:s3:::{bucket}` for the bucket, `arn:aws:s3:::{bucket}/*` for its objects"
            )),
        );
    }
    if diagnostics.len() > before {
        return;
    }
    let resources: Vec<_> = texts(statement, "Resource", path).into_iter().map(|(_, resource)| resource).collect();
    let kind = |resource: &str| resource.splitn(6, ':').nth(5).map(|name| name.contains('/'));
    // A wildcard in the bucket's name may stand for a slash too.
    if resources.iter().any(|resource| is_unknown(resource) || *resource == "*" || may_be_both(resource)) {
        return;
    }
    let has = |objects: bool| resources.iter().any(|resource| kind(resource) == Some(objects));
    for (place, action) in texts(statement, "Action", path) {
        let name = action.to_ascii_lowercase();
        let Some(name) = name.strip_prefix("s3:").filter(|name| !name.contains(['*', '?'])) else { continue };
        let begins = |known: &[&str]| known.iter().any(|known| name.starts_with(known));
        let (message, hint) = match (begins(&OF_OBJECTS), begins(&OF_BUCKETS)) {
            (true, _) if !has(true) && !resources.is_empty() => {
                ("objects, but no resource here is one", format!("add `arn:aws:s3:::{bucket}/*` to `Resource`"))
            }
            (_, true) if !has(false) && !resources.is_empty() => {
                ("the bucket, but the resources here are objects", format!("add `arn:aws:s3:::{bucket}` to `Resource`"))
            }
            _ => continue,
        };
        diagnostics
            .push(Diagnostic::new(Code::BucketPolicy, place, format!("`{action}` applies to {message}")).help(hint));
    }
}

/// The texts under `key`, be it one or a list, each with its place.
fn texts<'a>(statement: &'a Value, key: &str, path: &str) -> Vec<(String, &'a str)> {
    match &statement[key] {
        Value::Array(all) => {
            let texts = all.iter().enumerate().filter_map(|(n, one)| Some((n, one.as_str()?)));
            texts.map(|(n, text)| (format!("{path}.{key}.{n}"), text)).collect()
        }
        one => one.as_str().map(|text| (format!("{path}.{key}"), text)).into_iter().collect(),
    }
}

/// Whether the ARN, or pattern of ARNs, can be the bucket or something in it. What is not an ARN another check finds.
fn is_within(resource: &str, bucket: &str) -> bool {
    if !resource.starts_with("arn:") {
        return true;
    }
    let parts: Vec<_> = resource.splitn(6, ':').collect();
    let [_, _, service, _, _, name] = parts[..] else { return resource.contains(['*', '?']) };
    // An access point has a region and an account; which bucket is behind it can't be seen.
    if service == "s3" && parts[3..5].iter().any(|part| !part.is_empty()) {
        return true;
    }
    (service == "s3" || service.contains(['*', '?'])) && fits(name.split('/').next().unwrap_or(name), bucket)
}

fn may_be_both(resource: &str) -> bool {
    let name = resource.splitn(6, ':').nth(5).unwrap_or("*");
    name.split_once('/').map_or(name, |(bucket, _)| bucket).contains(['*', '?'])
}

/// Whether `pattern`, in which `*` and `?` stand for others, can be `text`, or a beginning of it before a slash.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((before, begun)) => {
                    star = Some((before, begun + 1));
                    (at, from) = (before + 1, begun + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(statement: Value) -> Vec<String> {
        let policy = json!({ "Statement": [statement] });
        check(&policy, "lesson")
            .into_iter()
            .map(|diagnostic| diagnostic.path()["policy.Statement.0.".len()..].to_owned())
            .collect()
    }

    #[test]
    fn a_policy_is_about_its_own_bucket_and_what_s3_does() {
        let of = |action: Value, resource: Value| paths(json!({ "Action": action, "Resource": resource }));
        let (bucket, objects) = ("arn:aws:s3:::lesson", "arn:aws:s3:::lesson/*");
        for (action, resource) in [
            (json!("s3:GetObject"), json!(objects)),
            (json!("s3:*"), json!([bucket, objects])),
            (json!(["s3:ListBucket", "s3:GetObject"]), json!([bucket, objects])),
            (json!("s3:Get*"), json!(bucket)),
            (json!("s3:GetObject"), json!("*")),
            (json!("s3:GetObject"), json!("arn:aws:s3:::les*")),
            (json!("*"), json!("arn:aws:s3:::*/week1/*")),
            (json!("s3:GetObject"), json!("\u{1}${other.arn}")),
            (json!("s3:CreateJob"), json!(bucket)),
        ] {
            assert_eq!(of(action.clone(), resource.clone()), [""; 0], "{action} {resource}");
        }
        assert_eq!(of(json!("s3:GetObject"), json!("arn:aws:s3:::other/*")), ["Resource"]);
        assert_eq!(of(json!("s3:GetObject"), json!([objects, "arn:aws:s3:::lesson2/*"])), ["Resource.1"]);
        assert_eq!(of(json!("s3:GetObject"), json!("arn:aws:sns:us-east-1:123456789012:t")), ["Resource"]);
        assert_eq!(of(json!(["s3:GetObject", "sns:Publish"]), json!(objects)), ["Action.1"]);
        assert_eq!(of(json!("s3:GetObject"), json!(bucket)), ["Action"]);
        assert_eq!(of(json!("S3:PutObjectAcl"), json!(bucket)), ["Action"]);
        assert_eq!(of(json!(["s3:GetObject", "s3:ListBucket"]), json!(objects)), ["Action.1"]);
        assert_eq!(of(json!("s3:GetBucketLocation"), json!(objects)), ["Action"]);
    }
}
