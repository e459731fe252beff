//! A disk of an instance as AWS shows it: who owns it, what becomes of it, and how a stack says it.

use aws_sdk_ec2::types::{Instance, Volume as Disk};

use crate::aws::{Context, ownership};
use crate::resource::Tags;
use crate::resource::ec2::disk::boot::is_root;
use crate::resource::ec2::disk::change::Shape;
use crate::resource::ec2::disk::device_of;
use crate::resource::ec2::tag;

use super::owner;
use super::spec::{RootVolume, Volume};

/// The tags of a disk.
pub fn tags_of(disk: &Disk) -> Tags {
    tag::tags_of(disk.tags.as_deref())
}

/// Whether cloud101 made it for `volumes:`. The image's own disks carry the marks too, and come from a snapshot.
pub fn is_own(cx: &Context, instance: &Instance, disk: &Disk) -> bool {
    owner::is_blank(disk) && !is_root(instance, disk) && owner::has(&cx.place, instance, disk)
}

/// Whether it is marked to stay when its instance goes.
pub fn is_kept(disk: &Disk) -> bool {
    tags_of(disk).contains_key(ownership::KEEP)
}

/// What AWS does with a disk of `instance` when that is terminated.
pub fn goes_with(instance: &Instance, disk: &Disk) -> Option<bool> {
    let device = device_of(disk, instance.instance_id()?)?;
    let mapping = instance.block_device_mappings().iter().find(|mapping| mapping.device_name() == Some(device))?;
    mapping.ebs()?.delete_on_termination()
}

/// A disk in the stack's words, for the one that it boots from.
pub fn root_volume(disk: &Disk) -> RootVolume {
    let Shape { size, sort, iops, throughput } = Shape::of(disk);
    RootVolume { size_gib: size, volume_type: sort, iops, throughput, encrypted: disk.encrypted() }
}

/// A disk in the stack's words.
pub fn volume(instance: &Instance, disk: &Disk) -> Option<Volume> {
    let device = device_of(disk, instance.instance_id()?)?;
    let same = root_volume(disk);
    Some(Volume {
        device: device.to_owned(),
        size_gib: same.size_gib?,
        snapshot_id: disk.snapshot_id.clone().filter(|id| !id.is_empty()),
        volume_type: same.volume_type,
        iops: same.iops,
        throughput: same.throughput,
        encrypted: same.encrypted,
        delete_with_instance: match goes_with(instance, disk) {
            // What the stack made stays only if it is marked as kept too; in between is what a killed run left, and
            // neither.
            Some(false) => (is_kept(disk) || !tags_of(disk).contains_key(ownership::STACK)).then_some(false),
            flag => flag,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ROOT, disk, instance, ownership_tags, record_of, tags, token_of};
    use super::*;
    use crate::testing::place;

    fn sized(sort: &str, iops: Option<i32>, throughput: Option<i32>) -> Disk {
        Disk::builder().size(8).volume_type(sort.into()).set_iops(iops).set_throughput(throughput).build()
    }

    /// As DescribeVolumes of the real AWS answers: a `gp2` of 8 GiB has 100 operations, and one of 100 GiB 300.
    #[test]
    fn what_follows_from_a_disk_s_sort_is_not_taken_for_a_choice() {
        let reported = |sort: &str, iops, throughput| {
            let volume = root_volume(&sized(sort, iops, throughput));
            (volume.iops, volume.throughput)
        };
        assert_eq!(reported("gp2", Some(100), None), (None, None));
        assert_eq!(reported("gp3", Some(3900), Some(125)), (Some(3900), Some(125)));
        assert_eq!(reported("io1", Some(400), Some(100)), (Some(400), None));
        assert_eq!(reported("io2", Some(1000), None), (Some(1000), None));
        assert_eq!(reported("st1", Some(1), Some(40)), (None, None));
        assert_eq!(reported("standard", None, None), (None, None));
    }

    #[test]
    fn a_disk_of_others_that_stays_says_so() {
        let vm = instance(&token_of(&place(), "vm"), &ownership_tags("vm"), &[("vol-1", "/dev/sdf", false, 0)]);
        let says = |tags: &Tags| volume(&vm, &disk("vol-1", "/dev/sdf", tags, "")).unwrap().delete_with_instance;
        assert_eq!(says(&Tags::new()), Some(false));
        assert_eq!(says(&tags(&[("Name", "data")])), Some(false));
        let bound: Tags = ownership_tags("vm").into_iter().chain(record_of("vol-1")).collect();
        assert_eq!(says(&bound), None, "a killed run");
        let kept = bound.into_iter().chain(tags(&[(ownership::KEEP, "retain")])).collect();
        assert_eq!(says(&kept), Some(false));
        assert!(is_root(&instance("", &Tags::new(), &[]), &disk("vol-2", ROOT, &Tags::new(), "")));
    }

    #[test]
    fn a_disk_under_the_other_name_of_the_root_is_the_root() {
        let vm = |root: &str, device: &str| {
            let mut vm = instance("", &Tags::new(), &[("vol-1", device, true, 0)]);
            vm.root_device_name = Some(root.to_owned());
            is_root(&vm, &disk("vol-1", device, &Tags::new(), "snap-1"))
        };
        assert!(vm("/dev/sda1", "/dev/sda1") && vm("/dev/sda1", "/dev/sda"));
        assert!(!vm("/dev/sda1", "/dev/sdf"));
    }
}
