//! What resources leave behind in a region, with or without the mark: disks, network interfaces, snapshots, logs.

use std::future::Future;
use std::sync::Arc;

use aws_sdk_ec2::primitives::DateTimeFormat;
use aws_sdk_ec2::types::{Filter, Instance, NetworkInterface, Snapshot, Volume, VolumeRecycleBinInfo};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::aws::{Bounded, Call, Context, Error, Result, concurrently, logs};
use crate::resource::Registry;
use crate::resource::ec2::instance::owner;
use crate::resource::ec2::interface::{self, Holder};
use crate::resource::ec2::security_group;
use crate::resource::ec2::tag::tags_of;
use crate::resource::ec2::tagged::{self, Tagged, tagged, untag};
use crate::resource::kind::Kind;
use crate::resource::lambda::function::logs as log_group;
use crate::resource::sns::topic;

use super::{Question, Seen, Thing};

/// The instances, those that are on their way out included, which the kind's own list leaves out.
pub use crate::resource::ec2::instance::KIND as INSTANCE;
/// The network interfaces.
pub const INTERFACE: &str = "network interface";
/// The log groups of functions.
pub const LOG_GROUP: &str = "log group";
/// The disks.
pub const DISK: &str = "disk";
/// Those among them that are resources of their own.
pub use crate::resource::ec2::volume::KIND as VOLUME;
/// The disks that were deleted and that a rule of the account keeps.
pub const BIN: &str = "disk in the Recycle Bin";
/// Whatever else of EC2 can carry a tag, such as elastic addresses and images.
pub const OTHER: &str = "other EC2 resource";
/// The snapshots.
pub const SNAPSHOT: &str = "snapshot";
/// The subscriptions of topics that are gone.
pub const SUBSCRIPTION: &str = "subscription";
/// The devices that instances boot from (Amazon EC2 User Guide, device names for volumes).
const ROOT_DEVICES: [&str; 2] = ["/dev/xvda", "/dev/sda1"];
/// How many disks of the Recycle Bin one answer has, the most that AWS gives, and how many answers are asked for.
const PAGE: i32 = 500;
const PAGES: usize = 200;
/// The name of the log group of a function begins so.
const LOG_GROUPS: &str = "/aws/lambda/";

/// Everything that is asked in one region.
pub fn questions<'a>(cx: &'a Context, registry: &'a Registry) -> Vec<BoxFuture<'a, (Question, Result<Seen>)>> {
    vec![
        question(cx, INSTANCE, "ec2:DescribeInstances", instances(cx)),
        question(cx, DISK, "ec2:DescribeVolumes", disks(cx)),
        question(cx, BIN, "ec2:ListVolumesInRecycleBin", recycle_bin(cx)),
        question(cx, SNAPSHOT, "ec2:DescribeSnapshots of this account", snapshots(cx)),
        question(cx, INTERFACE, "ec2:DescribeNetworkInterfaces", interfaces(cx)),
        question(cx, SUBSCRIPTION, "sns:ListSubscriptions", subscriptions(cx)),
        question(cx, OTHER, "ec2:DescribeTags", others(cx, registry)),
        question(cx, LOG_GROUP, "logs:DescribeLogGroups of functions, and their tags", log_groups(cx)),
    ]
}

fn question<'a>(
    cx: &Context,
    what: &'static str,
    asked: &'static str,
    answer: impl Future<Output = Result<Seen>> + Send + 'a,
) -> BoxFuture<'a, (Question, Result<Seen>)> {
    let question = Question { what: what.to_owned(), asked: asked.to_owned(), region: Some(cx.place.region.clone()) };
    async move { (question, answer.await) }.boxed()
}

fn all(things: Vec<Thing>) -> Seen {
    Seen { count: Some(things.len()), things, unread: Vec::new() }
}

async fn instances(cx: &Context) -> Result<Seen> {
    let call = cx.clients.ec2.describe_instances().include_managed_resources(true);
    let pages = call.into_paginator().send().bounded();
    let reservations = pages.all("ec2:DescribeInstances", |page| page.reservations.unwrap_or_default()).await?;
    let found = reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default());
    Ok(all(found.map(|instance| of_instance(cx, instance)).collect()))
}

fn of_instance(cx: &Context, instance: Instance) -> Thing {
    let doubtful = owner::is_copy(&cx.place, &instance);
    let disks = instance.block_device_mappings().iter().filter_map(|disk| disk.ebs()?.volume_id.clone());
    let interfaces = instance.network_interfaces().iter().filter_map(|one| one.network_interface_id.clone());
    let parts: Vec<_> = disks.chain(interfaces).collect();
    let tags = match doubtful {
        true => tags_of(instance.tags.as_deref()),
        false => owner::known(&cx.place, &instance).tags,
    };
    let id = instance.instance_id.unwrap_or_default();
    let state = instance.state.and_then(|state| state.name);
    let state = state.map(|state| state.as_str().to_owned());
    Thing {
        name: tags.get("Name").unwrap_or(&id).clone(),
        tags,
        going: state.filter(|state| ["shutting-down", "terminated"].contains(&state.as_str())),
        remove: format!("aws ec2 terminate-instances --instance-ids {id} --region {}", cx.place.region),
        untag: untag(std::iter::once(id.clone()).chain(parts), &cx.place.region),
        doubtful,
        id,
        ..Thing::default()
    }
}

/// Every disk of the region.
pub async fn disks(cx: &Context) -> Result<Seen> {
    let call = cx.clients.ec2.describe_volumes().include_managed_resources(true);
    let pages = call.into_paginator().send().bounded();
    let found = pages.all("ec2:DescribeVolumes", |page| page.volumes.unwrap_or_default()).await?;
    let one = |disk| {
        let doubtful = owner::is_doubtful(&cx.place, &disk);
        Thing { doubtful, ..of_disk(disk, &cx.place.region) }
    };
    Ok(all(found.into_iter().map(one).collect()))
}

fn of_disk(disk: Volume, region: &str) -> Thing {
    let id = disk.volume_id.unwrap_or_default();
    let state = disk.state.map(|state| state.as_str().to_owned());
    let attachment = disk.attachments.unwrap_or_default().into_iter().next();
    let stays = attachment.as_ref().is_some_and(|attachment| attachment.delete_on_termination == Some(false));
    let device = attachment.as_ref().and_then(|attachment| attachment.device.clone()).unwrap_or_default();
    let attached_to = attachment.and_then(|attachment| attachment.instance_id);
    let delete = format!("aws ec2 delete-volume --volume-id {id} --region {region}");
    let remove = match &attached_to {
        // The disk that an instance boots from can't be taken from it while it runs: the instance's turn comes first.
        Some(_) if ROOT_DEVICES.contains(&device.as_str()) => {
            format!("aws ec2 wait volume-available --volume-ids {id} --region {region} && {delete}")
        }
        Some(instance) => format!(
            "aws ec2 detach-volume --volume-id {id} --instance-id {instance} --region {region} && aws ec2 wait volume-available --volume-ids {id} \
             --region {region} && {delete}"
        ),
        None => delete,
    };
    Thing {
        name: id.clone(),
        untag: untag([id.clone()], region),
        id,
        tags: tags_of(disk.tags.as_deref()),
        from: attached_to.clone().into_iter().collect(),
        part_of: attached_to.filter(|_| !stays),
        going: state.filter(|state| ["deleting", "deleted"].contains(&state.as_str())),
        remove,
        ..Thing::default()
    }
}

/// What a retention rule of the account keeps of deleted disks. Nothing removes them earlier, and AWS returns no tags.
async fn recycle_bin(cx: &Context) -> Result<Seen> {
    let (mut found, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let call = cx.clients.ec2.list_volumes_in_recycle_bin().max_results(PAGE).set_next_token(next);
        let page = call.send().await.call("ec2:ListVolumesInRecycleBin")?;
        found.extend(page.volumes.unwrap_or_default().into_iter().map(|disk| of_recycled(disk, &cx.place.region)));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all(found));
        }
    }
    Err(Error::unexpected("ec2:ListVolumesInRecycleBin", "the list does not end"))
}

fn of_recycled(disk: VolumeRecycleBinInfo, region: &str) -> Thing {
    let id = disk.volume_id.unwrap_or_default();
    let until = disk.recycle_bin_exit_time.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    let until =
        until.map_or_else(|| "its retention there has ended".to_owned(), |until| format!("{until} at the latest"));
    Thing {
        name: id.clone(),
        going: Some(format!("the Recycle Bin keeps it, and AWS bills it, until {until}")),
        remove: format!("aws ec2 list-volumes-in-recycle-bin --volume-ids {id} --region {region}"),
        id,
        ..Thing::default()
    }
}

async fn snapshots(cx: &Context) -> Result<Seen> {
    let own = Filter::builder().name("owner-id").values(&cx.place.account).build();
    let call = cx.clients.ec2.describe_snapshots().owner_ids("self").filters(own);
    let pages = call.into_paginator().send().bounded();
    let found = pages.all("ec2:DescribeSnapshots", |page| page.snapshots.unwrap_or_default()).await?;
    Ok(all(found.into_iter().map(|snapshot| of_snapshot(snapshot, &cx.place.region)).collect()))
}

/// CreateImage describes the snapshots that it makes as `Created by CreateImage(i-…) for ami-…`.
fn of_snapshot(snapshot: Snapshot, region: &str) -> Thing {
    let id = snapshot.snapshot_id.unwrap_or_default();
    let description = snapshot.description.unwrap_or_default();
    let words: Vec<_> = description.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    let image = words.iter().find(|word| word.starts_with("ami-"));
    let delete = format!("aws ec2 delete-snapshot --snapshot-id {id} --region {region}");
    let remove = match image {
        Some(image) => format!("aws ec2 deregister-image --image-id {image} --region {region} && {delete}"),
        None => delete,
    };
    let instances = words.iter().filter(|word| word.starts_with("i-")).map(|word| (*word).to_owned());
    Thing {
        name: id.clone(),
        untag: untag([id.clone()], region),
        id,
        tags: tags_of(snapshot.tags.as_deref()),
        from: snapshot.volume_id.into_iter().chain(instances).collect(),
        remove,
        ..Thing::default()
    }
}

/// Those of the stack's security groups say so.
async fn interfaces(cx: &Context) -> Result<Seen> {
    let own = security_group::own_ids(cx).await?;
    // Those that AWS's services manage may be hidden otherwise, and hold a group all the same.
    let call = cx.clients.ec2.describe_network_interfaces().include_managed_resources(true);
    let pages = call.into_paginator().send().bounded();
    let found = pages.all("ec2:DescribeNetworkInterfaces", |page| page.network_interfaces.unwrap_or_default()).await?;
    Ok(all(found.into_iter().map(|interface| of_interface(interface, &own, &cx.place.region)).collect()))
}

fn of_interface(interface: NetworkInterface, own: &[String], region: &str) -> Thing {
    let is_own = |group: &str| own.iter().any(|own| own == group);
    let groups = interface.groups().iter().filter_map(|group| group.group_id()).map(str::to_owned);
    let (groups, holder): (Vec<_>, _) = (groups.collect(), interface::holder(&interface));
    let going = (holder == Holder::Lambda).then(|| "AWS Lambda gives it back within 40 minutes".to_owned());
    let remove = interface::release(&interface, is_own, region);
    let id = interface.network_interface_id.unwrap_or_default();
    Thing {
        name: match &holder {
            Holder::Instance(instance) => format!("{id} of {instance}"),
            Holder::Service(service) => format!("{id} of {service}"),
            Holder::Lambda | Holder::Unattached => id.clone(),
        },
        tags: tags_of(interface.tag_set.as_deref()),
        from: groups.into_iter().filter(|group| is_own(group)).collect(),
        part_of: match holder {
            Holder::Instance(instance) => Some(instance),
            _ => None,
        },
        going,
        remove: remove.unwrap_or_else(|| interface::delete(&id, region)),
        untag: untag([id.clone()], region),
        id,
        ..Thing::default()
    }
}

/// Those whose topic is gone: DeleteTopic leaves them to AWS, which drops them when it comes to it. They receive nothing,
/// also of a new topic of that name, and cost nothing.
async fn subscriptions(cx: &Context) -> Result<Seen> {
    let pages = cx.clients.sns.list_subscriptions().into_paginator().send().bounded();
    let all = pages.all("sns:ListSubscriptions", |page| page.subscriptions.unwrap_or_default()).await?;
    let topics = match all.is_empty() {
        true => Vec::new(),
        false => topic::all(cx).await?,
    };
    let count = Some(all.len());
    let orphan = |one: aws_sdk_sns::types::Subscription| {
        let (id, topic) = (one.subscription_arn?, one.topic_arn?);
        // In place of an ARN there may be a word, of one that can't be removed.
        if !id.starts_with("arn:") || topics.contains(&topic) {
            return None;
        }
        Some(Thing {
            // Not by the endpoint: it may have a secret in it, and the record that said so went with the topic.
            name: one.protocol.unwrap_or_default(),
            from: vec![topic],
            going: Some(
                "its topic no longer exists: AWS removes it by itself within days, and it costs nothing".to_owned(),
            ),
            remove: format!("aws sns unsubscribe --subscription-arn {id} --region {}", cx.place.region),
            id,
            ..Thing::default()
        })
    };
    Ok(Seen { count, things: all.into_iter().filter_map(orphan).collect(), unread: Vec::new() })
}

/// What carries the stack's tag and no other question is about.
async fn others(cx: &Context, registry: &Registry) -> Result<Seen> {
    let is_asked = |sort: &str| {
        let words = in_words(registry, sort);
        [INSTANCE, DISK, SNAPSHOT, INTERFACE].contains(&words.as_str()) || registry.find(&words).is_some()
    };
    let others = tagged(cx, is_asked).await?;
    let things = others.into_iter().map(|Tagged { id, sort, tags, .. }| Thing {
        name: format!("{} {}", in_words(registry, &sort), tags.get("Name").unwrap_or(&id)),
        remove: tagged::remove(&sort, &id, &cx.place.region).unwrap_or_default(),
        untag: untag([id.clone()], &cx.place.region),
        doubtful: true,
        id,
        tags,
        ..Thing::default()
    });
    // AWS has picked them out.
    Ok(Seen { count: None, ..all(things.collect()) })
}

async fn log_groups(cx: &Context) -> Result<Seen> {
    let groups = logs::groups(cx, LOG_GROUPS).await?;
    let names: Vec<_> = groups.into_iter().map(|group| group.log_group_name).collect();
    let tags = concurrently(&names, |name| log_group::tags_of(cx, name)).await;
    let mut seen = all(Vec::new());
    seen.count = Some(names.len());
    for (name, tags) in names.into_iter().zip(tags) {
        let tags = tags.unwrap_or_else(|error| {
            seen.unread.push((name.clone(), error));
            None
        });
        let function = name.strip_prefix(LOG_GROUPS).unwrap_or_default().to_owned();
        let tags = tags.unwrap_or_default();
        seen.things.push(Thing {
            remove: log_group::remove(&name, &cx.place.region),
            untag: log_group::untag(&cx.place, &name),
            doubtful: !log_group::matches(cx, &function, &tags),
            id: name.clone(),
            name,
            tags,
            from: vec![function],
            ..Thing::default()
        });
    }
    Ok(seen)
}

/// The kind of which EC2 calls something so.
pub fn kind_of<'a>(registry: &'a Registry, sort: &str) -> Option<&'a Arc<dyn Kind>> {
    registry.all().find(|kind| kind.info().tagged_as.as_deref() == Some(sort))
}

/// What AWS calls something, in the stack's words.
pub fn in_words(registry: &Registry, sort: &str) -> String {
    if let Some(kind) = kind_of(registry, sort) {
        return kind.name().to_owned();
    }
    match sort {
        "volume" => DISK.to_owned(),
        "network-interface" => INTERFACE.to_owned(),
        "snapshot" => SNAPSHOT.to_owned(),
        other => other.replace('-', " "),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::VolumeAttachment;

    use super::*;

    #[test]
    fn no_command_takes_from_a_running_machine_the_disk_that_it_boots_from() {
        let attached = |device: &str| {
            let attachment = VolumeAttachment::builder().instance_id("i-1").device(device).delete_on_termination(false);
            of_disk(Volume::builder().volume_id("vol-1").attachments(attachment.build()).build(), "eu-west-1").remove
        };
        let wait = "aws ec2 wait volume-available --volume-ids vol-1 --region eu-west-1";
        for root in ROOT_DEVICES {
            assert_eq!(attached(root), format!("{wait} && aws ec2 delete-volume --volume-id vol-1 --region eu-west-1"));
        }
        assert!(attached("/dev/sdf").starts_with("aws ec2 detach-volume --volume-id vol-1 --instance-id i-1"));
    }
}
