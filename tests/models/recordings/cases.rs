//! From recorded answers to resources: what else AWS would say of each, so that it can be imported and planned.

use std::sync::Arc;

use cloud101::model::Place;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::served::Answer;
use super::{Case, Source, functions, machines, small};
use crate::model::Call;

/// Every resource that a source holds.
pub fn all(source: &Source) -> Vec<Case> {
    let mut cases = machines::all(source);
    cases.extend(functions::all(source));
    cases.extend(buckets(source));
    cases.extend(locked(source));
    cases.extend(roles(source));
    cases.extend(policies(source));
    cases.extend(topics(source));
    cases.extend(small::all(source));
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

/// The elements of a list; none where it is not said.
pub fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
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

/// Buckets with a policy, on which all four locks were turned on later: AWS allows that, and keeps the policy.
fn locked(source: &Source) -> Vec<Case> {
    let lock = json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    } });
    let with_lock = |case: Case| {
        let (before, lock) = (case.rule, lock.clone());
        let rule = move |call: &Call, own: &str| match call.operation.as_str() {
            "GetPublicAccessBlock" => Some(Answer::Yes(lock.clone())),
            _ => before(call, own),
        };
        Case { rule: Arc::new(rule), from: format!("{} and all locks", case.from), ..case }
    };
    buckets(source).into_iter().filter(|case| case.from.starts_with("GetBucketPolicy ")).map(with_lock).collect()
}

fn roles(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    let attached: Vec<_> = source.of("iam.ListAttachedRolePolicies").map(|recorded| recorded.answer.clone()).collect();
    let inline: Vec<_> = source.of("iam.ListRolePolicies").map(|recorded| recorded.answer.clone()).collect();
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
        let of = |all: &[Value]| if all.is_empty() { json!({}) } else { all[n % all.len()].clone() };
        let (policies, inline) = (of(&attached), of(&inline));
        let (id, place) = (name.clone(), place(text(&role, "Arn")));
        let rule = move |call: &Call, _: &str| {
            let is_own = text(&call.input, "RoleName") == name;
            match call.operation.as_str() {
                "GetRole" if is_own => Some(Answer::Yes(json!({ "Role": role }))),
                "ListRoleTags" if is_own => Some(Answer::Yes(json!({ "Tags": role["Tags"] }))),
                "ListAttachedRolePolicies" if is_own => Some(Answer::Yes(policies.clone())),
                "ListRolePolicies" if is_own => Some(Answer::Yes(inline.clone())),
                "GetRolePolicy" if is_own => Some(Answer::Yes(json!({
                    "RoleName": name, "PolicyName": call.input["PolicyName"], "PolicyDocument": DOCUMENT,
                }))),
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

/// A document as IAM gives it.
const DOCUMENT: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
    %22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";

fn policies(source: &Source) -> Vec<Case> {
    let mut documents: Vec<_> = source
        .of("iam.GetPolicyVersion")
        .map(|recorded| recorded.answer["PolicyVersion"]["Document"].clone())
        .collect();
    documents.push(json!(DOCUMENT));
    let mut cases = Vec::new();
    let asked = source.of("iam.GetPolicy").map(|recorded| (&recorded.answer["Policy"], &recorded.from));
    let from_lists = source.of("iam.ListPolicies");
    let from_lists =
        from_lists.flat_map(|recorded| list(&recorded.answer, "Policies").map(move |policy| (policy, &recorded.from)));
    for (n, (policy, from)) in asked.chain(from_lists).enumerate() {
        let policy = policy.clone();
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
        cases.push(Case { kind: "iam.policy", place: place(&arn), id: arn, from: from.clone(), rule: Arc::new(rule) });
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
