//! Answers that no import reads: lists of everything, what others have to do with what goes, what is left after a destroy,
//! and what an instance is made from. Each is played, and what was read is compared with what it says.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cloud101::aws::Context;
use cloud101::evidence;
use cloud101::model::{Place, Tags};
use cloud101::resource::others::{Going, Others, Own};
use cloud101::resource::{Address, DeleteBlocker, Desired, Registry};
use serde_json::{Value, json};

use super::cases::{list, place, text};
use super::served::{self, Answer, Rule};
use super::{Asked, Recorded, Source};
use crate::model::Call;

type Outcome = Result<(), String>;

/// Plays them all: what went wrong, each with where it comes from.
pub async fn all(source: &Source, asked: &Asked) -> Vec<String> {
    let mut failures = Vec::new();
    let mut look = |operation: &str, recorded: &Recorded, outcome: Outcome| {
        failures.extend(outcome.err().map(|said| format!("{operation} ({}): {said}", recorded.from)));
    };
    for list in LISTS {
        for recorded in source.of(list.operation) {
            look(list.operation, recorded, listed(&list, &recorded.answer, asked).await);
        }
    }
    for recorded in source.of("lambda.ListEventSourceMappings") {
        look("ListEventSourceMappings", recorded, mappings(&recorded.answer, asked).await);
    }
    for recorded in source.of("lambda.ListLayerVersions") {
        look("ListLayerVersions", recorded, layer_versions(&recorded.answer, asked).await);
    }
    for recorded in source.of("ec2.DescribeNetworkInterfaces") {
        look("DescribeNetworkInterfaces", recorded, interfaces(&recorded.answer, asked).await);
    }
    for recorded in source.of("ec2.DescribeIamInstanceProfileAssociations") {
        look("DescribeIamInstanceProfileAssociations", recorded, associations(&recorded.answer, asked).await);
    }
    for recorded in source.of("s3.ListObjectVersions") {
        look("ListObjectVersions", recorded, versions(&recorded.answer, asked).await);
    }
    for recorded in source.of("ec2.DescribeImages") {
        look("DescribeImages", recorded, images(&recorded.answer, asked).await);
    }
    for (operation, what, member) in LEFT {
        for recorded in source.of(operation) {
            look(operation, recorded, left(operation, what, member, &recorded.answer, asked).await);
        }
    }
    failures
}

/// An account that answers one operation so, and a context to ask it.
fn account(operation: &str, answer: Value, asked: &Asked) -> Context {
    let operation = operation.to_owned();
    account_of(move |call, _| (call.operation == operation).then(|| Answer::Yes(answer.clone())), asked)
}

fn account_of(rule: impl Fn(&Call, &str) -> Option<Answer> + Send + Sync + 'static, asked: &Asked) -> Context {
    let place: Place = place("arn:aws:any:us-east-1:111122223310:");
    let rule: Arc<Rule> = Arc::new(rule);
    served::context(&place, std::path::Path::new("."), asked.noting(rule))
}

/// A list of everything of a kind.
struct List {
    operation: &'static str,
    kind: &'static str,
    /// The member that is the list, and the one of its elements by which each is known.
    members: [&'static str; 2],
    /// Whether an element counts.
    counts: fn(&Value) -> bool,
}

const LISTS: [List; 6] = [
    List {
        operation: "email.ListEmailIdentities",
        kind: "ses.identity",
        members: ["EmailIdentities", "IdentityName"],
        counts: |_| true,
    },
    List {
        operation: "iam.ListInstanceProfiles",
        kind: "iam.instance_profile",
        members: ["InstanceProfiles", "InstanceProfileName"],
        counts: |_| true,
    },
    List { operation: "iam.ListPolicies", kind: "iam.policy", members: ["Policies", "Arn"], counts: |_| true },
    List {
        operation: "iam.ListRoles",
        kind: "iam.role",
        members: ["Roles", "RoleName"],
        // AWS's own can't be changed by anyone else.
        counts: |role| !text(role, "Path").starts_with("/aws-"),
    },
    List {
        operation: "lambda.ListFunctions",
        kind: "lambda.function",
        members: ["Functions", "FunctionName"],
        counts: |_| true,
    },
    List { operation: "sns.ListTopics", kind: "sns.topic", members: ["Topics", "TopicArn"], counts: |_| true },
];

async fn listed(of: &List, answer: &Value, asked: &Asked) -> Outcome {
    let [members, id] = of.members;
    let expected: Vec<_> =
        list(answer, members).filter(|one| (of.counts)(one)).map(|one| text(one, id).to_owned()).collect();
    let mut page = answer.clone();
    // The next page was not recorded.
    for more in ["IsTruncated", "Marker", "NextMarker", "NextToken"] {
        page.as_object_mut().and_then(|page| page.shift_remove(more));
    }
    let cx = account(operation_of(of.operation), page, asked);
    let kind = Registry::builtin().find(of.kind).ok_or("no such kind")?.clone();
    let found = kind.find_all(&cx).await.map_err(|error| error.to_string())?;
    same(&found, &expected)
}

fn operation_of(name: &str) -> &str {
    name.split('.').nth(1).unwrap_or(name)
}

fn same(found: &[String], expected: &[String]) -> Outcome {
    let [found, expected]: [BTreeSet<_>; 2] = [found.iter().collect(), expected.iter().collect()];
    if found == expected { Ok(()) } else { Err(format!("{found:?} was read, and it says {expected:?}")) }
}

/// What a kind says of others when `id` goes.
async fn others(cx: &Context, kind: &str, id: &str) -> Result<Others, String> {
    let (kind, own) = (Registry::builtin().find(kind).ok_or("no such kind")?.clone(), Own::default());
    let going = Going { id, live: None, said: None, own: &own };
    kind.others(cx, &going).await.map_err(|error| error.to_string())
}

/// The newest one is what there is of the layer, and has no owner: it has no mark. What its code is, was not recorded.
async fn layer_versions(answer: &Value, asked: &Asked) -> Outcome {
    let newest = list(answer, "LayerVersions").next().ok_or("no version")?.clone();
    let name = text(&newest, "LayerVersionArn").split(':').nth(6).unwrap_or_default().to_owned();
    let (versions, version) = (answer.clone(), newest.clone());
    let rule = move |call: &Call, _: &str| match call.operation.as_str() {
        "ListLayerVersions" => Some(Answer::Yes(versions.clone())),
        "GetLayerVersion" => Some(Answer::Yes(version.clone())),
        _ => None,
    };
    let cx = account_of(rule, asked);
    let current = Registry::builtin().find("lambda.layer").ok_or("no such kind")?.clone().current(&cx, &name).await;
    let current = current.map_err(|error| error.to_string())?.ok_or("there is no such layer")?;
    let seen = |property: &str| current.seen.get(property).cloned().unwrap_or_default();
    let (said, runtimes) = (newest["Description"].clone(), newest["CompatibleRuntimes"].clone());
    match current.tags.is_empty() && seen("description") == said && seen("compatible_runtimes") == runtimes {
        true => Ok(()),
        false => Err(format!("{:?} {} was read, and it says {newest}", current.tags, current.seen)),
    }
}

/// Each names what sends to the function, and the command that ends that.
async fn mappings(answer: &Value, asked: &Asked) -> Outcome {
    let cx = account("ListEventSourceMappings", answer.clone(), asked);
    for mapping in list(answer, "EventSourceMappings") {
        let function = text(mapping, "FunctionArn").split(':').nth(6).unwrap_or_default();
        let notes = others(&cx, "lambda.function", function).await?.notes;
        let says = |word: &str| notes.iter().any(|note| note.contains(text(mapping, word)));
        if !says("UUID") || !says("EventSourceArn") {
            return Err(format!("{notes:?} does not name {mapping}"));
        }
    }
    Ok(())
}

/// What has each is known by what the answer says of its attachment; what a service has can't be freed by a command.
async fn interfaces(answer: &Value, asked: &Asked) -> Outcome {
    let served = answer.clone();
    let cx = account_of(
        move |call, _| match call.operation.as_str() {
            "DescribeNetworkInterfaces" => Some(Answer::Yes(served.clone())),
            // Every machine that is asked for runs, and has no owner.
            "DescribeInstances" => {
                let filters = list(&call.input, "Filters").flat_map(|filter| list(filter, "Values"));
                let running = |id: &Value| json!({ "InstanceId": id, "State": { "Code": 16, "Name": "running" } });
                let all: Vec<_> = filters.map(running).collect();
                Some(Answer::Yes(json!({ "Reservations": [{ "Instances": all }] })))
            }
            _ => None,
        },
        asked,
    );
    let holders = others(&cx, "ec2.security_group", "sg-0123456789abcdef0").await?.holders;
    for interface in list(answer, "NetworkInterfaces") {
        let id = text(interface, "NetworkInterfaceId");
        let attachment = &interface["Attachment"];
        let is_lambdas = text(interface, "InterfaceType") == "lambda"
            || text(interface, "Description").starts_with("AWS Lambda VPC ENI");
        let is_held = !is_lambdas && (attachment.is_object() || interface["RequesterManaged"] == true);
        let holder = holders.iter().find(|holder| holder.who.contains(id));
        let instance = text(attachment, "InstanceId");
        let is_right = match holder {
            Some(holder) if instance.is_empty() => is_held && holder.command.contains("describe-network-interfaces"),
            Some(holder) => is_held && holder.who.contains(instance) && holder.command.contains("--groups"),
            None => !is_held,
        };
        if !is_right {
            return Err(format!("{id} is held by {holder:?}, and the answer says {interface}"));
        }
    }
    Ok(())
}

/// Each instance is named with its association.
async fn associations(answer: &Value, asked: &Asked) -> Outcome {
    let served = answer.clone();
    let cx = account_of(
        move |call, _| match call.operation.as_str() {
            "DescribeIamInstanceProfileAssociations" => Some(Answer::Yes(served.clone())),
            "DescribeInstances" => {
                let named = list(&call.input, "Filters").flat_map(|filter| list(filter, "Values"));
                let ids = list(&call.input, "InstanceIds").chain(named);
                let running = |id: &Value| json!({ "InstanceId": id, "State": { "Code": 16, "Name": "running" } });
                Some(Answer::Yes(json!({ "Reservations": [{ "Instances": ids.map(running).collect::<Vec<_>>() }] })))
            }
            _ => None,
        },
        asked,
    );
    for association in list(answer, "IamInstanceProfileAssociations") {
        let profile = text(&association["IamInstanceProfile"], "Arn").rsplit('/').next().unwrap_or_default();
        let holders = others(&cx, "iam.instance_profile", profile).await?.holders;
        let holder = holders.iter().find(|holder| holder.who == text(association, "InstanceId"));
        if !holder.is_some_and(|holder| holder.command.contains(text(association, "AssociationId"))) {
            return Err(format!("{holders:?} does not name {association}"));
        }
    }
    Ok(())
}

/// Each version and each delete marker counts.
async fn versions(answer: &Value, asked: &Asked) -> Outcome {
    let cx = account("ListObjectVersions", answer.clone(), asked);
    let kind = Registry::builtin().find("s3.bucket").ok_or("no such kind")?.clone();
    let bucket = text(answer, "Name");
    let found = kind.blocker(&cx, bucket).await.map_err(|error| error.to_string())?;
    let all = list(answer, "Versions").chain(list(answer, "DeleteMarkers"));
    let expected: Vec<_> = all.map(|version| format!("{bucket}/{}", text(version, "Key"))).collect();
    let found = match found {
        Some(DeleteBlocker::Contents(contents)) => contents.ids,
        _ => Vec::new(),
    };
    match found.len() == expected.len() {
        true => same(&found, &expected),
        false => Err(format!("{found:?} was read, and it says {expected:?}")),
    }
}

/// The disk that the stack describes is the one from which the image boots.
async fn images(answer: &Value, asked: &Asked) -> Outcome {
    for image in list(answer, "Images") {
        let (served, launched) = (json!({ "Images": [image] }), Arc::new(Mutex::new(Value::Null)));
        let seen = launched.clone();
        let cx = account_of(
            move |call, _| match call.operation.as_str() {
                "DescribeImages" => Some(Answer::Yes(served.clone())),
                "RunInstances" => {
                    *seen.lock().expect("a request") = call.input.clone();
                    Some(Answer::No(403, "UnauthorizedOperation"))
                }
                _ => None,
            },
            asked,
        );
        let spec =
            json!({ "image": text(image, "ImageId"), "instance_type": "t3.micro", "root_volume": { "size_gib": 50 } });
        let (address, tags) = (Address::new("vm"), Tags::new());
        let desired = Desired { address, name: "vm".to_owned(), spec, tags, replaces: None };
        let kind = Registry::builtin().find("ec2.instance").ok_or("no such kind")?.clone();
        let refused = kind.create(&cx, &desired).await.err().map(|error| error.to_string());
        let sent = launched.lock().expect("a request")["BlockDeviceMappings"][0].clone();
        let devices: Vec<_> = list(image, "BlockDeviceMappings").map(|one| text(one, "DeviceName")).collect();
        let root = text(image, "RootDeviceName");
        // Some say a partition of the disk, or were recorded without their disks.
        let is_right = match text(&sent, "DeviceName") {
            device if devices.contains(&root) => device == root,
            device if root.is_empty() => device == "/dev/sda1",
            device => devices.is_empty() && device == root || devices.contains(&device),
        };
        if !is_right || sent["Ebs"]["VolumeSize"] != 50 {
            return Err(format!("{sent} was sent ({refused:?}), and the image says {root} of {devices:?}"));
        }
    }
    Ok(())
}

/// What the proof counts: the operation, what the proof calls it, and the member that is the list.
const LEFT: [(&str, &str, &str); 3] = [
    ("ec2.DescribeNetworkInterfaces", "network interface", "NetworkInterfaces"),
    ("ec2.DescribeSnapshots", "snapshot", "Snapshots"),
    ("ec2.DescribeVolumes", "disk", "Volumes"),
];

async fn left(operation: &str, what: &str, member: &str, answer: &Value, asked: &Asked) -> Outcome {
    let mut page = answer.clone();
    page.as_object_mut().and_then(|page| page.shift_remove("NextToken"));
    let cx = account(operation_of(operation), page, asked);
    let evidence = evidence::look(&cx, &Registry::builtin()).await;
    let (_, seen) =
        evidence.answers.into_iter().find(|(question, _)| question.what == what).ok_or("it is not asked")?;
    let things = seen.map_err(|error| error.to_string())?.things;
    if things.len() != list(answer, member).count() || things.iter().any(|thing| thing.id.is_empty()) {
        return Err(format!("{} of {} were read", things.len(), list(answer, member).count()));
    }
    Ok(())
}
