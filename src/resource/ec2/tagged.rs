//! Whatever of EC2 carries the stack's tag, of whatever sort: also copies, and resources created by others from those
//! of the stack.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, NetworkInterface, Tag, TagDescription, Volume};

use crate::aws::{Bounded, Call, Context, Result, concurrently, ownership};
use crate::resource::Tags;

use super::interface::{self, Holder};
use super::tag::{filter, tags_of};

/// How many values one filter takes (API: Filter).
const FILTER_VALUES: usize = 200;

/// Something with the stack's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// AWS's id.
    pub id: String,
    /// What it is, in AWS's words: `instance`, `volume`.
    pub sort: String,
    /// Every tag.
    pub tags: Tags,
    /// The instance that has it.
    pub part_of: Option<String>,
}

/// Everything with the stack's tag that is there, but of the sorts that `is_known` of: AWS knows the tags for some time
/// longer, so that each is asked for.
pub async fn tagged(cx: &Context, is_known: impl Fn(&str) -> bool) -> Result<Vec<Tagged>> {
    let own = vec![filter("key", [ownership::STACK]), filter("value", [&cx.place.stack])];
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for TagDescription { resource_id, resource_type, .. } in tags(cx, own).await? {
        let sort = resource_type.map(|sort| sort.as_str().to_owned()).unwrap_or_default();
        if !is_known(&sort) {
            ids.entry(sort).or_default().extend(resource_id);
        }
    }
    let mut questions = Vec::new();
    for (sort, ids) in ids {
        questions.extend(ids.chunks(FILTER_VALUES).map(|ids| (sort.clone(), ids.to_vec())));
    }
    let found = concurrently(questions, |(sort, ids)| of_sort(cx, sort, ids)).await;
    Ok(found.into_iter().flatten().collect())
}

async fn of_sort(cx: &Context, sort: String, ids: Vec<String>) -> Vec<Tagged> {
    let there = match there(cx, &sort, &ids).await {
        Ok(Some(there)) => there,
        // What can't be asked for may be there.
        Ok(None) | Err(_) => tags_of_ids(cx, ids).await,
    };
    let one = |There { id, tags, part_of }| {
        let mut all = Tags::from([(ownership::STACK.to_owned(), cx.place.stack.clone())]);
        all.extend(tags);
        Tagged { id, sort: sort.clone(), tags: all, part_of }
    };
    let mut found: Vec<_> = there.into_iter().map(one).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// The command that deletes what DescribeTags calls `sort`; `None`: for some types it is not known here.
pub fn remove(sort: &str, id: &str, region: &str) -> Option<String> {
    let (command, option) = match sort {
        "customer-gateway" => ("delete-customer-gateway", "customer-gateway-id"),
        "dhcp-options" => ("delete-dhcp-options", "dhcp-options-id"),
        "elastic-ip" => ("release-address", "allocation-id"),
        "image" => ("deregister-image", "image-id"),
        "instance" => ("terminate-instances", "instance-ids"),
        "internet-gateway" => ("delete-internet-gateway", "internet-gateway-id"),
        "key-pair" => ("delete-key-pair", "key-pair-id"),
        "launch-template" => ("delete-launch-template", "launch-template-id"),
        "natgateway" => ("delete-nat-gateway", "nat-gateway-id"),
        "network-acl" => ("delete-network-acl", "network-acl-id"),
        "network-interface" => ("delete-network-interface", "network-interface-id"),
        "route-table" => ("delete-route-table", "route-table-id"),
        "security-group" => ("delete-security-group", "group-id"),
        "snapshot" => ("delete-snapshot", "snapshot-id"),
        "spot-instances-request" => ("cancel-spot-instance-requests", "spot-instance-request-ids"),
        "subnet" => ("delete-subnet", "subnet-id"),
        "volume" => ("delete-volume", "volume-id"),
        "vpc" => ("delete-vpc", "vpc-id"),
        "vpc-endpoint" => ("delete-vpc-endpoints", "vpc-endpoint-ids"),
        "vpn-connection" => ("delete-vpn-connection", "vpn-connection-id"),
        "vpn-gateway" => ("delete-vpn-gateway", "vpn-gateway-id"),
        _ => return None,
    };
    Some(format!("aws ec2 {command} --{option} {id} --region {region}"))
}

/// The command that takes the stack's tag off each of `ids`.
pub fn untag(ids: impl IntoIterator<Item = String>, region: &str) -> String {
    let ids = ids.into_iter().collect::<Vec<_>>().join(" ");
    format!("aws ec2 delete-tags --resources {ids} --tags Key={} --region {region}", ownership::STACK)
}

/// `ids` with the tags that are known of each.
async fn tags_of_ids(cx: &Context, ids: Vec<String>) -> Vec<There> {
    let mut all: BTreeMap<_, Tags> = ids.iter().map(|id| (id.clone(), Tags::new())).collect();
    let found = tags(cx, vec![filter("resource-id", ids)]).await.unwrap_or_default();
    for TagDescription { resource_id, key, value, .. } in found {
        if let Some((tags, key)) = resource_id.and_then(|id| all.get_mut(&id)).zip(key) {
            tags.insert(key, value.unwrap_or_default());
        }
    }
    all.into_iter().map(|(id, tags)| There { id, tags, part_of: None }).collect()
}

async fn tags(cx: &Context, filters: Vec<Filter>) -> Result<Vec<TagDescription>> {
    let list = cx.clients.ec2.describe_tags().set_filters(Some(filters)).into_paginator().send().bounded();
    list.all("ec2:DescribeTags", |page| page.tags.unwrap_or_default()).await
}

/// Something that is there and stays.
struct There {
    id: String,
    tags: Tags,
    /// The instance that has it.
    part_of: Option<String>,
}

impl There {
    fn new(id: Option<String>, tags: Option<&[Tag]>) -> Option<Self> {
        Some(Self { id: id?, tags: tags_of(tags), part_of: None })
    }

    fn part_of(self, instance: String) -> Self {
        Self { part_of: Some(instance), ..self }
    }
}

/// Those of `ids` that are there and stay; `None` for a sort that is not asked for here.
async fn there(cx: &Context, sort: &str, ids: &[String]) -> Result<Option<Vec<There>>> {
    let ec2 = &cx.clients.ec2;
    let by = |name: &str| filter(name, ids.iter().cloned());
    Ok(Some(match sort {
        "instance" => {
            let states = filter("instance-state-name", ["pending", "running", "stopping", "stopped"]);
            let answer = ec2.describe_instances().filters(by("instance-id")).filters(states).send().await;
            let reservations = answer.call("ec2:DescribeInstances")?.reservations.unwrap_or_default().into_iter();
            let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
            instances.filter_map(|one| There::new(one.instance_id, one.tags.as_deref())).collect()
        }
        "volume" => {
            let answer = ec2.describe_volumes().filters(by("volume-id")).send().await;
            let mut disks = answer.call("ec2:DescribeVolumes")?.volumes.unwrap_or_default();
            let is_going = |state: &str| ["deleting", "deleted"].contains(&state);
            disks.retain(|disk| !disk.state().is_some_and(|state| is_going(state.as_str())));
            let one = |disk: Volume| {
                let instance = disk.attachments().first().and_then(|attachment| attachment.instance_id.clone());
                let there = There::new(disk.volume_id, disk.tags.as_deref())?;
                Some(match instance {
                    Some(instance) => there.part_of(instance),
                    None => there,
                })
            };
            disks.into_iter().filter_map(one).collect()
        }
        "network-interface" => {
            let answer = ec2.describe_network_interfaces().filters(by("network-interface-id")).send().await;
            let all = answer.call("ec2:DescribeNetworkInterfaces")?.network_interfaces.unwrap_or_default();
            let one = |interface: NetworkInterface| {
                let holder = interface::holder(&interface);
                let there = There::new(interface.network_interface_id, interface.tag_set.as_deref())?;
                Some(match holder {
                    Holder::Instance(instance) => there.part_of(instance),
                    _ => there,
                })
            };
            all.into_iter().filter_map(one).collect()
        }
        "snapshot" => {
            let answer = ec2.describe_snapshots().owner_ids("self").filters(by("snapshot-id")).send().await;
            let snapshots = answer.call("ec2:DescribeSnapshots")?.snapshots.unwrap_or_default();
            snapshots.into_iter().filter_map(|one| There::new(one.snapshot_id, one.tags.as_deref())).collect()
        }
        "security-group" => {
            let answer = ec2.describe_security_groups().filters(by("group-id")).send().await;
            let groups = answer.call("ec2:DescribeSecurityGroups")?.security_groups.unwrap_or_default();
            groups.into_iter().filter_map(|one| There::new(one.group_id, one.tags.as_deref())).collect()
        }
        "key-pair" => {
            let answer = ec2.describe_key_pairs().filters(by("key-pair-id")).send().await;
            let pairs = answer.call("ec2:DescribeKeyPairs")?.key_pairs.unwrap_or_default();
            pairs.into_iter().filter_map(|one| There::new(one.key_pair_id, one.tags.as_deref())).collect()
        }
        "elastic-ip" => {
            let answer = ec2.describe_addresses().filters(by("allocation-id")).send().await;
            let addresses = answer.call("ec2:DescribeAddresses")?.addresses.unwrap_or_default();
            addresses.into_iter().filter_map(|one| There::new(one.allocation_id, one.tags.as_deref())).collect()
        }
        _ => return Ok(None),
    }))
}
