//! Disks that are volumes of their own, each an `ec2.volume`: how they are distinguished from those of instances.
//!
//! Disks of instances carry the stack's tags too, and a record that is bound to their id. That of a volume is bound to its
//! id behind the kind's name: neither kind claims the other's, whatever other tags are lost or copied, and a copy of all
//! tags on another disk belongs to no one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Volume as Disk;

use crate::aws::ownership::{self, LastApplied};
use crate::aws::{Context, Result, try_side_by_side};
use crate::model::{Place, Tags};
use crate::resource::ec2::machine::FILTER_VALUES;
use crate::resource::ec2::tag::{filter, of_stack, tags_of};
use crate::resource::ec2::token;

/// The address in the stack of the instance that has the volume or had it last: the next one begins beside it.
pub const INSTANCE: &str = "cloud101:instance";

/// What the record of a volume is bound to.
pub fn name_of(id: &str) -> String {
    format!("ec2.volume {id}")
}

/// What it is bound to until the id is known, which is after the call that creates it.
pub fn promise(place: &Place, address: &str) -> String {
    token::of_address(place, &word(address))
}

/// What stands for the address in client tokens.
pub fn word(address: &str) -> String {
    format!("ec2.volume {address}")
}

/// Whether a disk is a volume of its own, of whichever stack.
pub fn is_separate(disk: &Disk) -> bool {
    is_record_of(disk.volume_id().unwrap_or_default(), &tags_of(disk.tags.as_deref()))
}

/// Whether `tags` hold the record of the volume with this id.
pub fn is_record_of(id: &str, tags: &Tags) -> bool {
    LastApplied::read(tags).is_bound_to(&name_of(id))
}

/// Whether it is one of this stack.
pub fn is_own(place: &Place, disk: &Disk) -> bool {
    let tags = tags_of(disk.tags.as_deref());
    tags.get(ownership::STACK) == Some(&place.stack) && (is_separate(disk) || is_promised(place, &tags))
}

/// Whether a run that ended before it could write the id has made it.
fn is_promised(place: &Place, tags: &Tags) -> bool {
    tags.get(ownership::RESOURCE).is_some_and(|address| LastApplied::read(tags).is_bound_to(&promise(place, address)))
}

/// The zone in which an instance of `address` has to stand for the volumes that the last one had; `None`: anywhere.
pub async fn zone_of_volumes(cx: &Context, address: &str) -> Result<Option<String>> {
    cx.together().get("the zone of an instance's volumes", address, |all| zones_of_volumes(cx, all)).await
}

async fn zones_of_volumes(cx: &Context, addresses: Vec<String>) -> Result<BTreeMap<String, String>> {
    let found = try_side_by_side(addresses.chunks(FILTER_VALUES), |some| {
        super::describe(cx, vec![of_stack(cx), filter(&format!("tag:{INSTANCE}"), some)])
    });
    let found = found.await?.into_iter().flatten();
    let mut zones = BTreeMap::new();
    for disk in found.filter(|disk| is_own(&cx.place, disk) && !super::is_going(disk)) {
        let noted = tags_of(disk.tags.as_deref()).remove(INSTANCE).filter(|noted| addresses.contains(noted));
        if let Some((noted, zone)) = noted.zip(disk.availability_zone) {
            zones.entry(noted).or_insert(zone);
        }
    }
    Ok(zones)
}
