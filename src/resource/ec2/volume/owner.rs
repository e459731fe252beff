//! Which volumes are the stack's, as the engine is to see them, and which is of which address. Pure.

use aws_sdk_ec2::types::{Volume as Disk, VolumeState};

use crate::aws::ownership::{self, Ownership};
use crate::model::{Place, Tags};
use crate::resource::Address;
use crate::resource::ec2::disk;
use crate::resource::ec2::disk::separate::{is_own, is_separate};
use crate::resource::ec2::tag::{bound, tags_of};

use super::spec::Spec;

/// Its tags as the engine is to see them: with a record of its bare id, and without marks that are another's.
pub fn shown(place: &Place, disk: &Disk) -> Tags {
    let tags = tags_of(disk.tags.as_deref());
    if is_separate(disk) || is_own(place, disk) {
        return bound(&tags, disk.volume_id().unwrap_or_default());
    }
    tags.into_iter().filter(|(key, _)| !ownership::is_own(key)).collect()
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
    desired: Option<&Spec>,
    replaced: Option<&str>,
) -> Option<&'a Disk> {
    let is_it = |disk: &&Disk| {
        let ownership = Ownership::read(&shown(place, disk));
        // What AWS could not make is of no use, and goes as a second one.
        let is_broken = disk.state() == Some(&VolumeState::Error);
        let is_of_address = is_own(place, disk) && ownership.is_some_and(|ownership| ownership.address == *address);
        is_of_address && !is_broken && disk.volume_id() != replaced
    };
    all.iter().filter(is_it).max_by_key(|disk| {
        let made = disk.create_time().map(|time| (time.secs(), time.subsec_nanos()));
        (desired.is_none_or(|desired| fits(disk, desired)), disk::attachment(disk).is_some(), made)
    })
}

/// Whether no replacement is needed to get from `disk` to `desired`.
fn fits(disk: &Disk, desired: &Spec) -> bool {
    let said = |said: &Option<String>, there: Option<&str>| said.as_deref().is_none_or(|said| Some(said) == there);
    said(&desired.availability_zone, disk.availability_zone())
        && said(&desired.snapshot_id, disk.snapshot_id())
        && (desired.encrypted != Some(true) || disk.encrypted() == Some(true))
        && disk.size().is_none_or(|size| size <= desired.size_gib)
}
