//! A disk of `volumes:` that was detached by hand: it is attached again, and not taken for a leftover. Pure.
//!
//! A loose disk does not show where it was. So a tag says so, which only means something beside the disk's own record, and
//! only for the very instance that it names: a disk that outlived another instance is nothing of this one.

use aws_sdk_ec2::types::{Instance, Volume as Disk, VolumeState};

use crate::model::Place;
use crate::resource::ec2::disk;

use super::owner;
use super::spec::Volume;
use crate::resource::ec2::tag::tags_of;

/// The instance that a disk was made for, and its device there.
pub const DEVICE: &str = "cloud101:device";

/// The value of [`DEVICE`].
pub fn place_of(instance: &str, device: &str) -> String {
    format!("{instance} {device}")
}

/// The one among the stack's `disks` that was `volume` of `instance`, that no instance has now, and that is still what the
/// file says, but for its size and speed.
pub fn of<'a>(place: &Place, disks: &'a [Disk], instance: &str, volume: &Volume) -> Option<&'a Disk> {
    let at = place_of(instance, &volume.device);
    let is_it = |disk: &&Disk| {
        let tags = tags_of(disk.tags.as_deref());
        disk.state() == Some(&VolumeState::Available)
            && owner::is_tagged(place, &tags)
            && owner::is_bound(disk)
            && tags.get(DEVICE) == Some(&at)
    };
    let fits = |disk: &&Disk| {
        let is_from = |snapshot: &String| disk.snapshot_id() == Some(snapshot);
        volume.snapshot_id.as_ref().is_none_or(is_from)
            && (volume.encrypted != Some(true) || disk.encrypted() == Some(true))
    };
    disks.iter().filter(is_it).find(fits)
}

/// Whether `instance` lacks one of `volumes`.
pub fn lacks_any(instance: &Instance, volumes: &[Volume]) -> bool {
    let devices: Vec<_> = instance.block_device_mappings().iter().filter_map(|mapping| mapping.device_name()).collect();
    volumes.iter().any(|volume| !devices.contains(&volume.device.as_str()))
}

/// What is said of such a disk.
pub fn said(disk: &Disk, device: &str) -> String {
    format!(
        "the disk {} ({device}, {}) was detached by hand: an apply reattaches it, with its data",
        disk.volume_id().unwrap_or_default(),
        disk::size(disk)
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ID, disk, ownership_tags, record_of, tags};
    use super::*;
    use crate::model::Tags;
    use crate::testing::place;

    fn loose(id: &str, bound: &str, at: &str) -> Disk {
        let tags: Tags =
            ownership_tags("vm").into_iter().chain(record_of(bound)).chain(tags(&[(DEVICE, at)])).collect();
        disk(id, "", &tags, "")
    }

    fn volume(more: serde_json::Value) -> Volume {
        let mut all = serde_json::json!({ "device": "/dev/sdf", "size_gib": 10 });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn only_its_own_disk_that_the_file_still_means_is_attached_again() {
        let here = place_of(ID, "/dev/sdf");
        let found = |disk: &Disk, more: serde_json::Value| {
            of(&place(), std::slice::from_ref(disk), ID, &volume(more)).is_some()
        };
        let none = serde_json::json!({});
        assert!(found(&loose("vol-1", "vol-1", &here), none.clone()));
        assert!(!found(&loose("vol-1", "vol-2", &here), none.clone()), "a copy of another");
        assert!(!found(&loose("vol-1", "vol-1", &place_of(ID, "/dev/sdg")), none.clone()));
        assert!(!found(&loose("vol-1", "vol-1", &place_of("i-old", "/dev/sdf")), none.clone()), "of another instance");
        assert!(!found(&loose("vol-1", "vol-1", &here), serde_json::json!({ "snapshot_id": "snap-1" })));
        assert!(!found(&loose("vol-1", "vol-1", &here), serde_json::json!({ "encrypted": true })));
        let tags: Tags =
            ownership_tags("vm").into_iter().chain(record_of("vol-1")).chain(tags(&[(DEVICE, &here)])).collect();
        assert!(!found(&disk("vol-1", "/dev/sdg", &tags, ""), none), "an instance has it");
    }
}
