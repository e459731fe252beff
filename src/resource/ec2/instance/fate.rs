//! What becomes of an instance's disks, in words.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Instance, Volume as Disk};

use crate::model::Place;
use crate::resource::ec2::disk::boot::is_root;
use crate::resource::ec2::disk::separate::is_separate;
use crate::resource::ec2::disk::{device_of, size};
use crate::resource::{Besides, Held};

use super::spec::Volume;
use super::{attached, owner};

/// Whether a disk goes when its instance is terminated: by AWS, or, if AWS keeps one that the stack created and that
/// should not be kept, by cloud101 right afterwards.
pub fn goes(place: &Place, instance: &Instance, disk: &Disk) -> bool {
    attached::goes_with(instance, disk).unwrap_or(false)
        || owner::has(place, instance, disk) && !attached::is_kept(disk)
}

/// The disks that AWS deletes with the instance.
pub fn along(instance: &Instance) -> Held {
    let disks = instance.block_device_mappings().iter().filter_map(|mapping| mapping.ebs());
    let going = disks.filter(|disk| disk.delete_on_termination() == Some(true));
    Held::all(["disk", "disks"], going.filter_map(|disk| disk.volume_id().map(str::to_owned)))
}

/// What is said of the disks that are attached to `instance`, which is to have `volumes`.
pub fn besides(place: &Place, instance: &Instance, disks: &[&Disk], volumes: &[Volume]) -> Besides {
    let facts: Vec<Fact<'_>> = disks.iter().filter_map(|disk| Fact::of(place, instance, disk)).collect();
    let taken: BTreeSet<&str> =
        facts.iter().map(|fact| fact.device).chain(volumes.iter().map(|volume| volume.device.as_str())).collect();
    let free = ('f'..='p').map(|letter| format!("/dev/sd{letter}")).find(|device| !taken.contains(device.as_str()));
    let zone = instance.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default();
    let replaced = |fact: &&Fact<'_>| match volumes.iter().any(|volume| volume.device == fact.device) {
        true => fact.beside_an_empty_one(place, free.as_deref(), zone),
        false => fact.stays(place),
    };
    let foreign = || facts.iter().filter(|fact| fact.sort == Sort::ByHand);
    let lost: Vec<String> = lost(&facts).into_iter().collect();
    let by_hand = foreign().filter(|fact| fact.goes).map(Fact::goes_too);
    let lost: Vec<String> = lost.into_iter().chain(by_hand).collect();
    let staying = || facts.iter().filter(|fact| !fact.goes && fact.sort != Sort::Separate);
    let moving = facts.iter().filter(|fact| fact.sort == Sort::Separate).map(|fact| fact.moves(zone));
    Besides {
        kept: foreign().map(Fact::is_left_alone).collect(),
        deleted: lost.iter().cloned().chain(staying().map(|fact| fact.stays(place))).collect(),
        replaced: lost.iter().cloned().chain(staying().map(|fact| replaced(&fact))).chain(moving).collect(),
        changed: Vec::new(),
        along: along(instance),
    }
}

/// What is said of a disk that no instance has and that is deleted.
pub fn of_loose(disk: &Disk) -> String {
    format!("the data on it ({}) is lost", size(disk))
}

/// What is on the instance's own disks that go.
fn lost(facts: &[Fact<'_>]) -> Option<String> {
    let own = |sort: Sort| facts.iter().filter(move |fact| fact.sort == sort && fact.goes);
    let places = own(Sort::Root).map(|_| "on its root volume".to_owned());
    let places: Vec<_> = places.chain(own(Sort::Own).map(|fact| format!("on {}", fact.device))).collect();
    (!places.is_empty()).then(|| format!("the data {} is lost", places.join(" and ")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The instance boots from it.
    Root,
    /// Made with the instance or for it.
    Own,
    /// A resource of its own, an `ec2.volume`.
    Separate,
    /// Attached by others.
    ByHand,
}

struct Fact<'a> {
    id: &'a str,
    device: &'a str,
    size: String,
    sort: Sort,
    goes: bool,
}

impl<'a> Fact<'a> {
    fn of(place: &Place, instance: &Instance, disk: &'a Disk) -> Option<Self> {
        let sort = match (is_root(instance, disk), owner::has(place, instance, disk)) {
            (true, _) => Sort::Root,
            (_, true) => Sort::Own,
            _ if is_separate(disk) => Sort::Separate,
            _ => Sort::ByHand,
        };
        Some(Self {
            id: disk.volume_id()?,
            device: device_of(disk, instance.instance_id()?)?,
            size: size(disk),
            sort,
            goes: sort != Sort::Separate && goes(place, instance, disk),
        })
    }

    fn is_left_alone(&self) -> String {
        let Self { id, device, size, goes, .. } = self;
        let end =
            if *goes { "and AWS deletes it with the instance" } else { "and it is kept when the instance is deleted" };
        format!("the disk {id} ({device}, {size}) was attached by hand: an apply ignores it, {end}")
    }

    fn goes_too(&self) -> String {
        let Self { id, device, size, .. } = self;
        format!(
            "the data on {id} ({device}, {size}) is lost: it was attached by hand, and AWS deletes it with the instance"
        )
    }

    fn stays(&self, place: &Place) -> String {
        let Self { id, device, size, .. } = self;
        match self.sort {
            Sort::ByHand => format!("the disk {id} ({device}, {size}), attached by hand, is kept"),
            Sort::Root | Sort::Own | Sort::Separate => format!(
                "the disk {id} ({device}, {size}) is kept and is still billed; `aws ec2 delete-volume --volume-id {id} \
                 --region {}` deletes it once the instance is deleted",
                place.region
            ),
        }
    }

    fn moves(&self, zone: &str) -> String {
        let Self { id, device, size, .. } = self;
        format!(
            "the volume {id} ({device}, {size}) keeps its data, and only an instance in {zone} can use it: the old one \
             is stopped when it moves"
        )
    }

    /// `free`: a device that is not in use, for the disk that stays.
    fn beside_an_empty_one(&self, place: &Place, free: Option<&str>, zone: &str) -> String {
        let Self { id, device, size, .. } = self;
        let (free, region) = (free.unwrap_or("/dev/sdz"), &place.region);
        format!(
            "the new instance gets an empty disk as {device}; the current data stays on {id} ({size}), which is then \
             detached and still billed. `aws ec2 attach-volume --volume-id {id} --device {free} --region {region} \
             --instance-id` and the new instance's id attaches it, if that instance is in {zone} too"
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{ROOT, disk, instance, ownership_tags, record_of, tags, token_of};
    use super::super::spec::spec;
    use super::*;
    use crate::aws::ownership;
    use crate::model::Tags;
    use crate::testing::place;

    fn bound(id: &str, keep: bool) -> Tags {
        let keep = if keep { tags(&[(ownership::KEEP, "retain")]) } else { Tags::new() };
        ownership_tags("vm").into_iter().chain(record_of(id)).chain(keep).collect()
    }

    /// What is said of the disks, of which each has an id, a device, what AWS does with it, and tags.
    fn said(disks: &[(&str, &str, bool, Tags, &str)]) -> Besides {
        let mappings: Vec<_> = disks.iter().map(|(id, device, goes, ..)| (*id, *device, *goes, 0)).collect();
        let vm = instance(&token_of(&place(), "vm"), &ownership_tags("vm"), &mappings);
        let disks: Vec<_> = disks.iter().map(|(id, device, _, tags, from)| disk(id, device, tags, from)).collect();
        let volumes = spec(json!({ "volumes": [{ "device": "/dev/sdf", "size_gib": 10 }] })).volumes.unwrap();
        besides(&place(), &vm, &disks.iter().collect::<Vec<_>>(), &volumes)
    }

    fn root() -> (&'static str, &'static str, bool, Tags, &'static str) {
        ("vol-1", ROOT, true, bound("vol-1", false), "snap-1")
    }

    #[test]
    fn a_disk_attached_by_hand_goes_or_stays_as_aws_has_it() {
        for from in ["", "snap-9"] {
            let goes = said(&[root(), ("vol-2", "/dev/sdg", true, Tags::new(), from)]);
            let lost = "the data on vol-2 (/dev/sdg, 10 GiB) is lost: it was attached by hand, and AWS deletes it with \
                the instance";
            assert_eq!(goes.deleted, ["the data on its root volume is lost", lost]);
            assert_eq!(goes.replaced, goes.deleted);
            assert!(goes.kept[0].ends_with("and AWS deletes it with the instance"), "{:?}", goes.kept);
            let stays = said(&[root(), ("vol-2", "/dev/sdg", false, Tags::new(), from)]);
            assert!(stays.deleted[1].ends_with("attached by hand, is kept"), "{:?}", stays.deleted);
            assert!(stays.kept[0].ends_with("and it is kept when the instance is deleted"), "{:?}", stays.kept);
        }
    }

    #[test]
    fn a_disk_that_is_to_stay_is_named_and_its_replacement_is_empty() {
        let said = said(&[root(), ("vol-2", "/dev/sdf", false, bound("vol-2", true), "")]);
        assert!(said.kept.is_empty(), "{:?}", said.kept);
        assert!(said.deleted[1].starts_with("the disk vol-2 (/dev/sdf, 10 GiB) is kept and is still billed"));
        let replaced = &said.replaced[1];
        assert!(
            replaced.starts_with("the new instance gets an empty disk as /dev/sdf; the current data stays on vol-2")
        );
        assert!(
            replaced.contains("attach-volume --volume-id vol-2 --device /dev/sdg --region us-east-1"),
            "{replaced}"
        );
    }

    #[test]
    fn a_volume_of_its_own_is_neither_lost_nor_by_hand_and_moves_with_a_replacement() {
        for goes in [false, true] {
            let tags = ownership_tags("data").into_iter().chain(record_of("ec2.volume vol-2")).collect();
            let said = said(&[root(), ("vol-2", "/dev/sdf", goes, tags, "")]);
            assert!(said.kept.is_empty(), "{:?}", said.kept);
            assert_eq!(said.deleted, ["the data on its root volume is lost"]);
            assert!(said.replaced[1].starts_with("the volume vol-2 (/dev/sdf, 10 GiB) keeps its data"));
        }
    }

    #[test]
    fn what_aws_leaves_unasked_is_lost_and_all_own_disks_are_named() {
        let said = said(&[
            root(),
            ("vol-2", "/dev/sdb", false, bound("vol-2", false), "snap-2"),
            ("vol-3", "/dev/sdf", true, bound("vol-3", true), ""),
        ]);
        assert_eq!(said.deleted, ["the data on its root volume and on /dev/sdb and on /dev/sdf is lost"]);
    }

    #[test]
    fn the_root_disk_of_a_machine_that_was_taken_over_stays_if_aws_leaves_it() {
        let said = said(&[("vol-1", ROOT, false, Tags::new(), "snap-1")]);
        assert!(said.deleted[0].starts_with("the disk vol-1 (/dev/xvda, 10 GiB) is kept"), "{:?}", said.deleted);
    }
}
