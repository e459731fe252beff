//! From recorded answers to resources: what else AWS would say of each, so that it can be imported and planned.

use std::io::Write as _;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use cloud101::model::Place;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::served::Answer;
use super::{Case, Source, machines};
use crate::model::Call;

/// Every resource that a source holds.
pub fn all(source: &Source) -> Vec<Case> {
    let mut cases = machines::all(source);
    cases.extend(functions(source));
    cases.extend(buckets(source));
    cases.extend(roles(source));
    cases.extend(policies(source));
    cases.extend(topics(source));
    cases
}

/// Where a resource is, by its ARN.
pub fn place(arn: &str) -> Place {
    let part = |n: usize| arn.split(':').nth(n).filter(|part| !part.is_empty());
    Place {
        partition: part(1).unwrap_or("aws").to_owned(),
        region: part(3).unwrap_or("us-east-1").to_owned(),
        account: part(4).unwrap_or("123456789012").to_owned(),
        stack: "recorded".to_owned(),
    }
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The code of a function, with whatever its handler names: what was recorded is a hash, to which nothing can be found.
fn code(configuration: &Value) -> Vec<u8> {
    let (module, function) = text(configuration, "Handler").rsplit_once('.').unwrap_or(("index", "handler"));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let files = [
        (format!("{module}.py"), format!("def {function}(event, context):\n    return event\n")),
        (format!("{module}.js"), format!("exports.{function} = async (event) => event;\n")),
        (format!("{module}.rb"), format!("def {function}(event:, context:)\n  event\nend\n")),
        ("bootstrap".to_owned(), "#!/bin/sh\n".to_owned()),
    ];
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        zip.start_file(name, options).expect("a zip");
        zip.write_all(content.as_bytes()).expect("a zip");
    }
    zip.finish().expect("a zip").into_inner()
}

fn functions(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |configuration: &Value, rest: &Value, from: &str| {
        // Of some the accounts' numbers were shortened.
        let account = text(configuration, "Role").split(':').nth(4).unwrap_or_default();
        if source.is_whole(configuration.get("FunctionName").is_some() && account.len() == 12) {
            cases.push(function(configuration.clone(), rest.clone(), json!(null), from));
        }
    };
    for recorded in source.of("lambda.GetFunction") {
        add(&recorded.answer["Configuration"], &recorded.answer, &recorded.from);
    }
    for recorded in source.of("lambda.GetFunctionConfiguration") {
        add(&recorded.answer, &json!({}), &recorded.from);
    }
    for recorded in source.of("lambda.ListFunctions") {
        let functions = recorded.answer["Functions"].as_array().into_iter().flatten();
        functions.for_each(|function| add(function, &json!({}), &recorded.from));
    }
    for recorded in source.of("lambda.GetPolicy") {
        let policy: Value = serde_json::from_str(text(&recorded.answer, "Policy")).unwrap_or_default();
        let resources = policy["Statement"].as_array().into_iter().flatten().filter_map(|one| one["Resource"].as_str());
        let Some(arn) = resources.into_iter().find(|arn| arn.split(':').count() == 7) else { continue };
        let name = arn.rsplit(':').next().unwrap_or_default();
        let configuration = json!({
            "FunctionName": name, "FunctionArn": arn, "Runtime": "python3.12", "Handler": "index.handler",
            "Role": format!("arn:aws:iam::{}:role/r", place(arn).account), "PackageType": "Zip", "State": "Active",
            "MemorySize": 128, "Timeout": 3, "Description": "", "Architectures": ["x86_64"],
        });
        cases.push(function(configuration, json!({}), recorded.answer.clone(), &recorded.from));
    }
    cases
}

fn function(mut configuration: Value, rest: Value, policy: Value, from: &str) -> Case {
    let code = code(&configuration);
    if text(&configuration, "PackageType") != "Image" {
        configuration["CodeSha256"] = json!(BASE64_STANDARD.encode(Sha256::digest(&code)));
        configuration["CodeSize"] = json!(code.len());
    }
    let id = text(&configuration, "FunctionName").to_owned();
    let place = place(text(&configuration, "FunctionArn"));
    let image = rest["Code"]["ImageUri"].clone();
    let rule = move |call: &Call, own: &str| match (call.service.as_str(), call.operation.as_str()) {
        ("", "/code.zip") => Some(Answer::Bytes(code.clone())),
        ("lambda", "GetFunction") => {
            let code = match image.is_null() {
                true => json!({ "RepositoryType": "S3", "Location": format!("{own}/code.zip") }),
                false => rest["Code"].clone(),
            };
            Some(Answer::Yes(json!({
                "Configuration": configuration, "Code": code, "Tags": rest["Tags"], "Concurrency": rest["Concurrency"],
            })))
        }
        ("lambda", "GetFunctionConfiguration") => Some(Answer::Yes(configuration.clone())),
        ("lambda", "GetPolicy") if !policy.is_null() => Some(Answer::Yes(policy.clone())),
        _ => None,
    };
    Case { kind: "lambda.function", id, place, from: from.to_owned(), rule: Arc::new(rule) }
}

/// Each recorded setting is that of a bucket which has no other.
fn buckets(source: &Source) -> Vec<Case> {
    const SETTINGS: [&str; 10] = [
        "GetBucketEncryption",
        "GetBucketLifecycleConfiguration",
        "GetBucketLogging",
        "GetBucketNotificationConfiguration",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetPublicAccessBlock",
    ];
    let mut cases = Vec::new();
    for setting in SETTINGS {
        for (n, recorded) in source.of(&format!("s3.{setting}")).enumerate() {
            // A bucket's policy names the bucket.
            let policy: Value = serde_json::from_str(text(&recorded.answer, "Policy")).unwrap_or_default();
            let resources = policy["Statement"].as_array().into_iter().flatten().map(|one| match &one["Resource"] {
                Value::Array(all) => all[0].clone(),
                one => one.clone(),
            });
            let named = resources.into_iter().find_map(|resource| {
                let name = resource.as_str()?.rsplit(":::").next()?.split('/').next()?.to_owned();
                (name.len() > 2).then_some(name)
            });
            let id = named.unwrap_or_else(|| format!("recorded-{}-{n}", setting.to_lowercase()));
            let answer = recorded.answer.clone();
            let own = id.clone();
            let rule = move |call: &Call, _: &str| match call.operation.as_str() {
                "HeadBucket" if text(&call.input, "Bucket") == own => {
                    Some(Answer::Yes(json!({ "BucketRegion": "us-east-1" })))
                }
                operation if operation == setting => Some(Answer::Yes(answer.clone())),
                _ => None,
            };
            let place = place("arn:aws:s3:us-east-1:123456789012:");
            cases.push(Case {
                kind: "s3.bucket",
                id,
                place,
                from: format!("{setting} {}", recorded.from),
                rule: Arc::new(rule),
            });
        }
    }
    cases
}

fn roles(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    let attached: Vec<_> = source.of("iam.ListAttachedRolePolicies").map(|recorded| recorded.answer.clone()).collect();
    let mut add = |role: &Value, n: usize, from: &str| {
        // Roles of AWS's own services can't be changed by anyone else.
        if role.get("RoleName").is_none() || text(role, "Path").starts_with("/aws-") {
            return;
        }
        let document = percent_decode_str(text(role, "AssumeRolePolicyDocument")).decode_utf8_lossy().into_owned();
        if !source.is_whole(document.contains("Statement")) {
            return;
        }
        let (name, role) = (text(role, "RoleName").to_owned(), role.clone());
        let policies = if attached.is_empty() { json!({}) } else { attached[n % attached.len()].clone() };
        let (id, place) = (name.clone(), place(text(&role, "Arn")));
        let rule = move |call: &Call, _: &str| {
            let is_own = text(&call.input, "RoleName") == name;
            match call.operation.as_str() {
                "GetRole" if is_own => Some(Answer::Yes(json!({ "Role": role }))),
                "ListRoleTags" if is_own => Some(Answer::Yes(json!({ "Tags": role["Tags"] }))),
                "ListAttachedRolePolicies" if is_own => Some(Answer::Yes(policies.clone())),
                _ => None,
            }
        };
        cases.push(Case { kind: "iam.role", id, place, from: from.to_owned(), rule: Arc::new(rule) });
    };
    for (n, recorded) in source.of("iam.GetRole").enumerate() {
        add(&recorded.answer["Role"], n, &recorded.from);
    }
    for recorded in source.of("iam.ListRoles") {
        let roles = recorded.answer["Roles"].as_array().into_iter().flatten().enumerate();
        roles.for_each(|(n, role)| add(role, n, &recorded.from));
    }
    cases
}

fn policies(source: &Source) -> Vec<Case> {
    let mut documents: Vec<_> = source
        .of("iam.GetPolicyVersion")
        .map(|recorded| recorded.answer["PolicyVersion"]["Document"].clone())
        .collect();
    documents.push(json!("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"));
    let mut cases = Vec::new();
    for (n, recorded) in source.of("iam.GetPolicy").enumerate() {
        let policy = recorded.answer["Policy"].clone();
        let arn = text(&policy, "Arn").to_owned();
        // AWS's own policies are named where they are used.
        if arn.contains("::aws:") {
            continue;
        }
        let document = documents[n % documents.len()].clone();
        let own = arn.clone();
        let rule = move |call: &Call, _: &str| {
            let is_own = text(&call.input, "PolicyArn") == own;
            match call.operation.as_str() {
                "GetPolicy" if is_own => Some(Answer::Yes(json!({ "Policy": policy }))),
                "GetPolicyVersion" if is_own => {
                    let version = json!({ "Document": document, "VersionId": policy["DefaultVersionId"], "IsDefaultVersion": true });
                    Some(Answer::Yes(json!({ "PolicyVersion": version })))
                }
                "ListPolicyTags" if is_own => Some(Answer::Yes(json!({ "Tags": policy["Tags"] }))),
                _ => None,
            }
        };
        cases.push(Case {
            kind: "iam.policy",
            place: place(&arn),
            id: arn,
            from: recorded.from.clone(),
            rule: Arc::new(rule),
        });
    }
    cases
}

fn topics(source: &Source) -> Vec<Case> {
    let subscriptions: Vec<_> =
        source.of("sns.ListSubscriptionsByTopic").map(|recorded| recorded.answer.clone()).collect();
    let tags: Vec<_> = source.of("sns.ListTagsForResource").map(|recorded| recorded.answer.clone()).collect();
    let mut cases = Vec::new();
    for (n, recorded) in source.of("sns.GetTopicAttributes").enumerate() {
        let (topic, arn) = (recorded.answer.clone(), text(&recorded.answer["Attributes"], "TopicArn").to_owned());
        let of = |all: &[Value]| if all.is_empty() { json!({}) } else { all[n % all.len()].clone() };
        let (subscriptions, tags) = (of(&subscriptions), of(&tags));
        let own = arn.clone();
        let rule = move |call: &Call, _: &str| {
            let is_own = [text(&call.input, "TopicArn"), text(&call.input, "ResourceArn")].contains(&own.as_str());
            match call.operation.as_str() {
                "GetTopicAttributes" if is_own => Some(Answer::Yes(topic.clone())),
                "ListSubscriptionsByTopic" if is_own => Some(Answer::Yes(subscriptions.clone())),
                "ListTagsForResource" if is_own => Some(Answer::Yes(tags.clone())),
                _ => None,
            }
        };
        cases.push(Case {
            kind: "sns.topic",
            place: place(&arn),
            id: arn,
            from: recorded.from.clone(),
            rule: Arc::new(rule),
        });
    }
    cases
}
