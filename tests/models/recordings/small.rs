//! What one answer says all of: elastic addresses, key pairs, instance profiles, identities, queues, and objects.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cases::{list, place, text};
use super::served::Answer;
use super::{Case, Source};
use crate::model::Call;

pub fn all(source: &Source) -> Vec<Case> {
    let mut cases = addresses(source);
    cases.extend(keys(source));
    cases.extend(profiles(source));
    cases.extend(identities(source));
    cases.extend(queues(source));
    cases.extend(objects(source));
    cases
}

/// Whether a call filters by `name` and names `value`.
fn filters(call: &Call, name: &str, value: &str) -> bool {
    list(&call.input, "Filters").any(|filter| filter["Name"] == name && list(filter, "Values").any(|one| one == value))
}

fn addresses(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for recorded in source.of("ec2.DescribeAddresses") {
        for address in list(&recorded.answer, "Addresses").cloned() {
            let id = text(&address, "AllocationId").to_owned();
            let region = address["NetworkBorderGroup"].as_str().unwrap_or("us-east-1");
            let place = place(&format!("arn:aws:ec2:{region}:123456789012:"));
            let own = id.clone();
            let rule = move |call: &Call, _: &str| match call.operation.as_str() {
                "DescribeAddresses" if filters(call, "allocation-id", &own) => {
                    Some(Answer::Yes(json!({ "Addresses": [address] })))
                }
                _ => None,
            };
            cases.push(Case { kind: "ec2.elastic_ip", id, place, from: recorded.from.clone(), rule: Arc::new(rule) });
        }
    }
    cases
}

/// A public key, as AWS gives it to anyone who asks for it.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f recorded\n";

/// Each as it was recorded, and with a key where none was asked for.
fn keys(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for recorded in source.of("ec2.DescribeKeyPairs") {
        for pair in list(&recorded.answer, "KeyPairs") {
            cases.push(key(pair.clone(), recorded.from.clone()));
            if pair.get("PublicKey").is_none() {
                let mut with_key = pair.clone();
                with_key["PublicKey"] = json!(KEY);
                cases.push(key(with_key, format!("{} and a key", recorded.from)));
            }
        }
    }
    cases
}

fn key(pair: Value, from: String) -> Case {
    let id = text(&pair, "KeyName").to_owned();
    let own = id.clone();
    let rule = move |call: &Call, _: &str| match call.operation.as_str() {
        "DescribeKeyPairs" if filters(call, "key-name", &own) => Some(Answer::Yes(json!({ "KeyPairs": [pair] }))),
        _ => None,
    };
    Case { kind: "ec2.key_pair", id, place: place("arn:aws:ec2:us-east-1:123456789012:"), from, rule: Arc::new(rule) }
}

fn profiles(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for recorded in source.of("iam.ListInstanceProfiles") {
        for profile in list(&recorded.answer, "InstanceProfiles") {
            let (id, profile) = (text(profile, "InstanceProfileName").to_owned(), profile.clone());
            let (own, place) = (id.clone(), place(text(&profile, "Arn")));
            let rule = move |call: &Call, _: &str| match call.operation.as_str() {
                "GetInstanceProfile" if text(&call.input, "InstanceProfileName") == own => {
                    Some(Answer::Yes(json!({ "InstanceProfile": profile })))
                }
                _ => None,
            };
            let kind = "iam.instance_profile";
            cases.push(Case { kind, id, place, from: recorded.from.clone(), rule: Arc::new(rule) });
        }
    }
    cases
}

fn identities(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for recorded in source.of("email.GetEmailIdentity") {
        // Its policies name it.
        let policies = recorded.answer["Policies"].to_string();
        let named = policies.split(":identity/").nth(1).and_then(|rest| rest.split(['\\', '"']).next());
        let default = match text(&recorded.answer, "IdentityType") {
            "EMAIL_ADDRESS" => "ana@example.edu",
            _ => "example.edu",
        };
        let id = named.unwrap_or(default).to_owned();
        let (own, answer) = (id.clone(), recorded.answer.clone());
        let rule = move |call: &Call, _: &str| match call.operation.as_str() {
            "GetEmailIdentity" if text(&call.input, "EmailIdentity") == own => Some(Answer::Yes(answer.clone())),
            _ => None,
        };
        let place = place("arn:aws:ses:us-east-1:123456789012:");
        cases.push(Case { kind: "ses.identity", id, place, from: recorded.from.clone(), rule: Arc::new(rule) });
    }
    cases
}

/// Those of which single attributes were asked for have no ARN.
fn queues(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for recorded in source.of("sqs.GetQueueAttributes") {
        let arn = text(&recorded.answer["Attributes"], "QueueArn").to_owned();
        if !source.is_whole(!arn.is_empty()) {
            continue;
        }
        let (place, answer) = (place(&arn), recorded.answer.clone());
        let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
        let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", place.region, place.account);
        let rule = move |call: &Call, _: &str| match call.operation.as_str() {
            "GetQueueUrl" if text(&call.input, "QueueName") == name => Some(Answer::Yes(json!({ "QueueUrl": url }))),
            "GetQueueAttributes" if text(&call.input, "QueueUrl") == url => Some(Answer::Yes(answer.clone())),
            _ => None,
        };
        cases.push(Case { kind: "sqs.queue", id: arn, place, from: recorded.from.clone(), rule: Arc::new(rule) });
    }
    cases
}

/// Each with as many bytes as it was recorded to have, whatever they were.
fn objects(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, recorded) in source.of("s3.HeadObject").enumerate() {
        let (bucket, key) = ("recorded-objects", format!("recorded/{n}.txt"));
        let head = recorded.answer.clone();
        let length = head["ContentLength"].as_u64().unwrap_or_default() as usize;
        let tags: Value =
            source.of("s3.GetObjectTagging").nth(n).map_or_else(|| json!({ "TagSet": [] }), |tags| tags.answer.clone());
        let own = key.clone();
        let rule = move |call: &Call, _: &str| {
            let input = &call.input;
            if text(input, "Bucket") != bucket || input.get("Key").is_some() && text(input, "Key") != own {
                return None;
            }
            Some(match call.operation.as_str() {
                "HeadBucket" => Answer::Yes(json!({ "BucketRegion": "us-east-1" })),
                "HeadObject" => Answer::Yes(head.clone()),
                "GetObjectTagging" => Answer::Yes(tags.clone()),
                "GetObject" => Answer::Bytes(vec![b'x'; length]),
                _ => return None,
            })
        };
        let place = place("arn:aws:s3:us-east-1:123456789012:");
        let id = format!("{bucket}/{key}");
        cases.push(Case { kind: "s3.object", id, place, from: recorded.from.clone(), rule: Arc::new(rule) });
    }
    cases
}
