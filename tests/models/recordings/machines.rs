//! Instances with their disks, and security groups, from what EC2 was recorded to say.

use std::collections::HashMap;
use std::sync::Arc;

use cloud101::model::Place;
use serde_json::{Value, json};

use super::cases::{list, text};
use super::served::Answer;
use super::{Case, Source};
use crate::model::Call;

pub fn all(source: &Source) -> Vec<Case> {
    let mut cases = instances(source);
    cases.extend(groups(source));
    cases
}

fn place(account: &str, zone: &str) -> Place {
    let account = if account.is_empty() { "123456789012" } else { account };
    let region = if zone.is_empty() { "us-east-1" } else { &zone[..zone.len() - 1] };
    Place { partition: "aws".into(), account: account.into(), region: region.into(), stack: "recorded".into() }
}

/// The disks of an instance: those that were recorded, else like those that were, attached to this one.
fn disks(instance: &Value, recorded: &HashMap<String, Value>, n: usize) -> Vec<Value> {
    let mut samples: Vec<_> = recorded.iter().collect();
    samples.sort_by_key(|(id, _)| id.as_str());
    let mappings = list(instance, "BlockDeviceMappings").enumerate();
    mappings
        .map(|(i, mapping)| {
            let id = text(&mapping["Ebs"], "VolumeId");
            let plain = json!({ "Size": 8, "VolumeType": "gp2", "Iops": 100, "Encrypted": false, "SnapshotId": "snap-0123456789abcdef0" });
            let sample = samples.get((n + i) % samples.len().max(1)).map_or(plain, |(_, sample)| (*sample).clone());
            let mut disk = recorded.get(id).cloned().unwrap_or(sample);
            disk["VolumeId"] = json!(id);
            disk["State"] = json!("in-use");
            disk["Attachments"] = json!([{
                "InstanceId": instance["InstanceId"], "VolumeId": id, "Device": mapping["DeviceName"], "State": "attached",
                "DeleteOnTermination": mapping["Ebs"]["DeleteOnTermination"],
            }]);
            disk
        })
        .collect()
}

fn instances(source: &Source) -> Vec<Case> {
    let volumes = source.of("ec2.DescribeVolumes").flat_map(|recorded| list(&recorded.answer, "Volumes"));
    let volumes: HashMap<_, _> = volumes.map(|disk| (text(disk, "VolumeId").to_owned(), disk.clone())).collect();
    let mut cases = Vec::new();
    for recorded in source.of("ec2.DescribeInstances") {
        let reservations = list(&recorded.answer, "Reservations");
        for (reservation, instance) in
            reservations.flat_map(|one| list(one, "Instances").map(move |found| (one, found)))
        {
            // What is terminated is not there any more.
            if ["terminated", "shutting-down"].contains(&text(&instance["State"], "Name")) {
                continue;
            }
            let image = text(instance, "ImageId").trim_start_matches("ami-");
            let is_id = !image.is_empty() && image.chars().all(|c| c.is_ascii_hexdigit());
            let has = |name: &str| instance.get(name).is_some();
            if !source.is_whole(has("State") && has("InstanceType") && has("ImageId") && is_id) {
                continue;
            }
            let disks = disks(instance, &volumes, cases.len());
            let attributes = attributes(source, cases.len());
            cases.push(instance_case(reservation, instance.clone(), disks, attributes, &recorded.from));
        }
    }
    cases
}

/// What DescribeInstanceAttribute says of the instance: by turns what was recorded, else AWS's defaults.
fn attributes(source: &Source, n: usize) -> HashMap<&'static str, Value> {
    let recorded = |member: &str, default: Value| {
        let said =
            source.of("ec2.DescribeInstanceAttribute").filter_map(|recorded| recorded.answer.get(member).cloned());
        let mut all: Vec<_> = said.collect();
        all.push(default);
        all.swap_remove(n % all.len())
    };
    HashMap::from([
        ("userData", json!({ "UserData": recorded("UserData", json!({})) })),
        (
            "disableApiTermination",
            json!({ "DisableApiTermination": recorded("DisableApiTermination", json!({ "Value": false })) }),
        ),
        (
            "instanceInitiatedShutdownBehavior",
            json!({ "InstanceInitiatedShutdownBehavior": recorded("InstanceInitiatedShutdownBehavior", json!({ "Value": "stop" })) }),
        ),
    ])
}

fn instance_case(
    reservation: &Value,
    instance: Value,
    disks: Vec<Value>,
    attributes: HashMap<&'static str, Value>,
    from: &str,
) -> Case {
    let id = text(&instance, "InstanceId").to_owned();
    let owner = text(reservation, "OwnerId").to_owned();
    let zone = text(&instance["Placement"], "AvailabilityZone");
    let place = place(&owner, zone);
    let own = id.clone();
    let rule = move |call: &Call, _: &str| {
        let input = &call.input;
        let asks = |name: &str, id: &str| list(input, name).any(|one| one == id);
        let filter = |name: &str, value: &str| {
            list(input, "Filters")
                .any(|filter| filter["Name"] == name && list(filter, "Values").any(|one| one == value))
        };
        Some(match call.operation.as_str() {
            "DescribeInstances" if asks("InstanceIds", &own) || filter("instance-id", &own) => {
                Answer::Yes(json!({ "Reservations": [{ "OwnerId": owner, "Instances": [instance] }] }))
            }
            "DescribeVolumes" => {
                let is_asked = |disk: &&Value| {
                    asks("VolumeIds", text(disk, "VolumeId")) || filter("volume-id", text(disk, "VolumeId"))
                };
                let by_instance = filter("attachment.instance-id", &own);
                let found: Vec<_> = disks.iter().filter(|disk| by_instance || is_asked(disk)).collect();
                Answer::Yes(json!({ "Volumes": found }))
            }
            "DescribeInstanceAttribute" => {
                let mut answer = attributes.get(text(input, "Attribute"))?.clone();
                answer["InstanceId"] = json!(own);
                Answer::Yes(answer)
            }
            "DescribeInstanceCreditSpecifications" => {
                let is_t2 = text(&instance, "InstanceType").starts_with("t2.");
                let credits = if is_t2 { "standard" } else { "unlimited" };
                Answer::Yes(json!({ "InstanceCreditSpecifications": [{ "InstanceId": own, "CpuCredits": credits }] }))
            }
            "GetInstanceProfile" => {
                let name = text(input, "InstanceProfileName");
                let profile = &instance["IamInstanceProfile"];
                if !text(profile, "Arn").ends_with(&format!("/{name}")) {
                    return None;
                }
                Answer::Yes(json!({ "InstanceProfile": {
                    "InstanceProfileName": name, "Arn": profile["Arn"], "InstanceProfileId": profile["Id"], "Path": "/",
                    "CreateDate": "2026-01-01T00:00:00Z", "Roles": [],
                } }))
            }
            _ => return None,
        })
    };
    Case { kind: "ec2.instance", id, place, from: from.to_owned(), rule: Arc::new(rule) }
}

fn groups(source: &Source) -> Vec<Case> {
    let mut cases = Vec::new();
    let networks: Vec<_> = source.of("ec2.DescribeVpcs").flat_map(|recorded| list(&recorded.answer, "Vpcs")).collect();
    for recorded in source.of("ec2.DescribeSecurityGroups") {
        for group in list(&recorded.answer, "SecurityGroups") {
            // Each network's own group can't be made, nor deleted.
            if text(group, "GroupName") == "default" {
                continue;
            }
            // Some have ids that their authors made up.
            if source.is_whole(text(group, "GroupId").len() >= "sg-01234567".len()) {
                cases.push(group_case(group.clone(), default_network(&networks, cases.len()), &recorded.from));
            }
        }
    }
    cases
}

/// The network that an account has from the start: by turns one of those that were recorded, and none.
fn default_network(networks: &[&Value], n: usize) -> Vec<Value> {
    let defaults: Vec<_> = networks.iter().filter(|network| network["IsDefault"] == true).collect();
    defaults.get(n % (defaults.len() + 1)).map(|network| (**network).clone()).into_iter().collect()
}

fn group_case(group: Value, default: Vec<Value>, from: &str) -> Case {
    let (id, place) = (text(&group, "GroupId").to_owned(), place(text(&group, "OwnerId"), ""));
    let own = id.clone();
    let rule = move |call: &Call, _: &str| {
        let named = |filter: &Value| ["group-id", "group-name"].iter().any(|name| filter["Name"] == *name);
        let ours = |value: &Value| *value == own || value == &group["GroupName"];
        let is_asked = list(&call.input, "Filters").any(|filter| named(filter) && list(filter, "Values").any(ours));
        match call.operation.as_str() {
            "DescribeSecurityGroups" if is_asked => Some(Answer::Yes(json!({ "SecurityGroups": [group] }))),
            "DescribeVpcs" => Some(Answer::Yes(json!({ "Vpcs": default }))),
            _ => None,
        }
    };
    Case { kind: "ec2.security_group", id, place, from: from.to_owned(), rule: Arc::new(rule) }
}
