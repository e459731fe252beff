//! Which disks are volumes of their own, and whose. Pure.
//!
//! Disks of instances carry the stack's tags too, and a record that is bound to their id. That of a volume is bound to its
//! id behind the kind's name: neither kind claims the other's, whatever other tags are lost or copied, and a copy of
//! all tags on another disk belongs to no one.

use aws_sdk_ec2::types::{Volume as Disk, VolumeState};

use crate::aws::mark::{self, Applied, Mark};
use crate::model::{Place, Tags};
use crate::resource::Address;
use crate::resource::ec2::disk;
use crate::resource::ec2::instance::token;
use crate::resource::ec2::tag::{bound, tags_of};

use super::spec::Spec;

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
    Applied::read(tags).is_bound_to(&name_of(id))
}

/// Whether it is one of this stack.
pub fn is_own(place: &Place, disk: &Disk) -> bool {
    let tags = tags_of(disk.tags.as_deref());
    tags.get(mark::STACK) == Some(&place.stack) && (is_separate(disk) || is_promised(place, &tags))
}

/// Whether a run that ended before it could write the id has made it.
fn is_promised(place: &Place, tags: &Tags) -> bool {
    tags.get(mark::RESOURCE).is_some_and(|address| Applied::read(tags).is_bound_to(&promise(place, address)))
}

/// Its tags as the engine is to see them: with a record of its bare id, and without marks that are another's.
pub fn shown(place: &Place, disk: &Disk) -> Tags {
    let tags = tags_of(disk.tags.as_deref());
    if is_separate(disk) || is_own(place, disk) {
        return bound(&tags, disk.volume_id().unwrap_or_default());
    }
    tags.into_iter().filter(|(key, _)| !mark::is_own(key)).collect()
}

/// Whether an apply has to write marks: those of a killed run are not complete.
pub fn awaits_marks(place: &Place, disk: &Disk) -> bool {
    is_own(place, disk) && !is_separate(disk)
}

/// The one of an address among the stack's own. A killed replacement leaves two: first counts which is what the file says
/// where only a replacement changes anything, then which an instance has, then which is newer.
pub fn of_address<'a>(
    place: &Place,
    all: &'a [Disk],
    address: &Address,
    wanted: Option<&Spec>,
    replaced: Option<&str>,
) -> Option<&'a Disk> {
    let is_it = |disk: &&Disk| {
        let mark = Mark::read(&shown(place, disk));
        // What AWS could not make is of no use, and goes as a second one.
        let is_broken = disk.state() == Some(&VolumeState::Error);
        let is_of_address = is_own(place, disk) && mark.is_some_and(|mark| mark.address == *address);
        is_of_address && !is_broken && disk.volume_id() != replaced
    };
    all.iter().filter(is_it).max_by_key(|disk| {
        let made = disk.create_time().map(|time| (time.secs(), time.subsec_nanos()));
        (wanted.is_none_or(|wanted| fits(disk, wanted)), disk::attachment(disk).is_some(), made)
    })
}

/// Whether no replacement is needed to get from `disk` to `wanted`.
fn fits(disk: &Disk, wanted: &Spec) -> bool {
    let said = |said: &Option<String>, there: Option<&str>| said.as_deref().is_none_or(|said| Some(said) == there);
    said(&wanted.availability_zone, disk.availability_zone())
        && said(&wanted.snapshot_id, disk.snapshot_id())
        && (wanted.encrypted != Some(true) || disk.encrypted() == Some(true))
        && disk.size().is_none_or(|size| size <= wanted.size_gib)
}
