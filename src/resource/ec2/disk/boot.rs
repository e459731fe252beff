//! Which disk an instance boots from. Pure.

use aws_sdk_ec2::types::{Instance, Volume as Disk};

use super::device_of;

/// Whether the instance boots from it.
pub fn is_root(instance: &Instance, disk: &Disk) -> bool {
    let device = device_of(disk, instance.instance_id().unwrap_or_default());
    device.is_some() && device == root_device(instance)
}

/// The device that an instance boots from. Some images call it `/dev/sda1` and have `/dev/sda`.
fn root_device(instance: &Instance) -> Option<&str> {
    let name = instance.root_device_name()?;
    let mut devices = instance.block_device_mappings().iter().filter_map(|mapping| mapping.device_name());
    if devices.clone().any(|device| device == name) {
        return Some(name);
    }
    Some(devices.find(|device| is_same_disk(device, name)).unwrap_or(name))
}

/// Whether two names are those of a disk and of its first partition.
pub fn is_same_disk(one: &str, other: &str) -> bool {
    let disk = |name: &str| name.strip_suffix('1').unwrap_or(name).to_owned();
    disk(one) == disk(other)
}
