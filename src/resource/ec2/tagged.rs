//! Whatever of EC2 carries the stack's tag, of whatever sort: also copies, and resources created by others from those
//! of the stack.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, TagDescription};

use crate::aws::{Bounded, Call, Context, Result, concurrently, ownership};
use crate::resource::Tags;

use super::interface::{self, Holder};
use super::tag::filter;

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

/// Everything with the stack's tag that is there: AWS knows the tags for some time longer.
pub async fn tagged(cx: &Context) -> Result<Vec<Tagged>> {
    let own = vec![filter("key", [ownership::STACK]), filter("value", [&cx.place.stack])];
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for TagDescription { resource_id, resource_type, .. } in tags(cx, own).await? {
        let sort = resource_type.map(|sort| sort.as_str().to_owned()).unwrap_or_default();
        ids.entry(sort).or_default().extend(resource_id);
    }
    let mut questions = Vec::new();
    for (sort, ids) in ids {
        questions.extend(ids.chunks(FILTER_VALUES).map(|ids| (sort.clone(), ids.to_vec())));
    }
    let found = concurrently(questions, |(sort, ids)| of_sort(cx, sort, ids)).await;
    Ok(found.into_iter().flatten().collect())
}

async fn of_sort(cx: &Context, sort: String, ids: Vec<String>) -> Vec<Tagged> {
    let (there, mut tags) = tokio::join!(there(cx, &sort, &ids), tags_of(cx, &ids));
    // What can't be asked for may be there.
    let there = there.unwrap_or_else(|_| ids.into_iter().map(|id| (id, None)).collect());
    let one = |(id, part_of): (String, Option<String>)| {
        let tags = tags.remove(&id).unwrap_or_default();
        Tagged { id, sort: sort.clone(), tags, part_of }
    };
    there.into_iter().map(one).collect()
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

/// All tags of `ids`, each with that of the stack at least.
async fn tags_of(cx: &Context, ids: &[String]) -> BTreeMap<String, Tags> {
    let stack = (ownership::STACK.to_owned(), cx.place.stack.clone());
    let mut all: BTreeMap<_, _> = ids.iter().map(|id| (id.clone(), Tags::from([stack.clone()]))).collect();
    let found = tags(cx, vec![filter("resource-id", ids.iter().cloned())]).await.unwrap_or_default();
    for TagDescription { resource_id, key, value, .. } in found {
        if let Some((tags, key)) = resource_id.and_then(|id| all.get_mut(&id)).zip(key) {
            tags.insert(key, value.unwrap_or_default());
        }
    }
    all
}

async fn tags(cx: &Context, filters: Vec<Filter>) -> Result<Vec<TagDescription>> {
    let list = cx.clients.ec2.describe_tags().set_filters(Some(filters)).into_paginator().send().bounded();
    list.all("ec2:DescribeTags", |page| page.tags.unwrap_or_default()).await
}

/// Those of `ids` that are there and stay, each with the instance that has it.
async fn there(cx: &Context, sort: &str, ids: &[String]) -> Result<BTreeMap<String, Option<String>>> {
    let ec2 = &cx.clients.ec2;
    let by = |name: &str| filter(name, ids.iter().cloned());
    let plain = |id: Option<String>| Some((id?, None));
    Ok(match sort {
        "instance" => {
            let states = filter("instance-state-name", ["pending", "running", "stopping", "stopped"]);
            let answer = ec2.describe_instances().filters(by("instance-id")).filters(states).send().await;
            let reservations = answer.call("ec2:DescribeInstances")?.reservations.unwrap_or_default().into_iter();
            let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
            instances.filter_map(|instance| plain(instance.instance_id)).collect()
        }
        "volume" => {
            let answer = ec2.describe_volumes().filters(by("volume-id")).send().await;
            let mut disks = answer.call("ec2:DescribeVolumes")?.volumes.unwrap_or_default();
            let is_going = |state: &str| ["deleting", "deleted"].contains(&state);
            disks.retain(|disk| !disk.state().is_some_and(|state| is_going(state.as_str())));
            let instance = |disk: &aws_sdk_ec2::types::Volume| disk.attachments().first()?.instance_id.clone();
            disks.into_iter().filter_map(|disk| Some((disk.volume_id.clone()?, instance(&disk)))).collect()
        }
        "network-interface" => {
            let answer = ec2.describe_network_interfaces().filters(by("network-interface-id")).send().await;
            let all = answer.call("ec2:DescribeNetworkInterfaces")?.network_interfaces.unwrap_or_default();
            let instance = |interface: &_| match interface::holder(interface) {
                Holder::Instance(instance) => Some(instance),
                _ => None,
            };
            all.into_iter().filter_map(|one| Some((one.network_interface_id.clone()?, instance(&one)))).collect()
        }
        "snapshot" => {
            let answer = ec2.describe_snapshots().owner_ids("self").filters(by("snapshot-id")).send().await;
            let snapshots = answer.call("ec2:DescribeSnapshots")?.snapshots.unwrap_or_default();
            snapshots.into_iter().filter_map(|snapshot| plain(snapshot.snapshot_id)).collect()
        }
        "security-group" => {
            let answer = ec2.describe_security_groups().filters(by("group-id")).send().await;
            let groups = answer.call("ec2:DescribeSecurityGroups")?.security_groups.unwrap_or_default();
            groups.into_iter().filter_map(|group| plain(group.group_id)).collect()
        }
        "key-pair" => {
            let answer = ec2.describe_key_pairs().filters(by("key-pair-id")).send().await;
            let pairs = answer.call("ec2:DescribeKeyPairs")?.key_pairs.unwrap_or_default();
            pairs.into_iter().filter_map(|pair| plain(pair.key_pair_id)).collect()
        }
        "elastic-ip" => {
            let answer = ec2.describe_addresses().filters(by("allocation-id")).send().await;
            let addresses = answer.call("ec2:DescribeAddresses")?.addresses.unwrap_or_default();
            addresses.into_iter().filter_map(|address| plain(address.allocation_id)).collect()
        }
        _ => ids.iter().map(|id| (id.clone(), None)).collect(),
    })
}
