//! The disks of an instance that exists.

use aws_sdk_ec2::types::{
    EbsInstanceBlockDeviceSpecification, Instance, InstanceBlockDeviceMappingSpecification, ResourceType,
    Volume as Disk, VolumeType as SdkVolumeType,
};

use crate::aws::{Call, Context, Error, Result, ownership};
use crate::resource::ec2::disk::change::{Shape, modify};
use crate::resource::ec2::disk::separate::is_separate;
use crate::resource::ec2::disk::{self, device_of};
use crate::resource::ec2::tag::{specification, update_tags};
use crate::resource::ec2::volume_type::VolumeType;
use crate::resource::{Desired, Tags};

use super::spec::{RootVolume, Spec, Volume};
use super::{attached, detached, find, parts, tags};

impl From<&RootVolume> for Shape {
    fn from(volume: &RootVolume) -> Self {
        Self { size: volume.size_gib, sort: volume.volume_type, iops: volume.iops, throughput: volume.throughput }
    }
}

impl From<&Volume> for Shape {
    fn from(volume: &Volume) -> Self {
        let Volume { size_gib, volume_type, iops, throughput, .. } = *volume;
        Self { size: Some(size_gib), sort: volume_type, iops, throughput }
    }
}

/// Brings the disks beside the root volume to `desired`: changes in place, new ones, and deletion of those that
/// cloud101 created and that are no longer wanted. The devices that grew.
pub async fn reconcile(cx: &Context, desired: &Desired<Spec>, id: &str, target: &[Volume]) -> Result<Vec<String>> {
    let instance =
        find::by_id(cx, id).await?.ok_or_else(|| Error::unexpected("ec2:DescribeInstances", "it is gone"))?;
    let attached = find::disks(cx, &[id]).await?;
    let at = |device: &str| attached.iter().find(|disk| device_of(disk, id) == Some(device));
    let lacks = |volume: &Volume| at(&volume.device).is_none();
    let loose = if target.iter().any(lacks) { disk::tagged(cx).await? } else { Vec::new() };
    let mut grown = Vec::new();
    for volume in target {
        let there = at(&volume.device);
        if let Some(other) = there.filter(|disk| is_separate(disk)) {
            return Err(taken(volume, other));
        }
        let again = || detached::of(&cx.place, &loose, id, volume).and_then(Disk::volume_id);
        let disk_id = match (there.and_then(Disk::volume_id), again()) {
            (Some(disk), _) => disk.to_owned(),
            (None, Some(disk)) => {
                disk::attach(cx, disk, id, &volume.device).await?;
                disk.to_owned()
            }
            (None, None) => add(cx, desired, &instance, volume).await?,
        };
        // A new one is as it should be.
        if (there.is_some() || again().is_some()) && modify(cx, &disk_id, Shape::from(volume)).await? {
            grown.push(volume.device.clone());
        }
        let live = there.and_then(|disk| attached::volume(&instance, disk)?.delete_with_instance);
        let delete = volume.delete_with_instance.unwrap_or(true);
        if live != Some(delete) {
            set_delete_with_instance(cx, desired, id, &disk_id, &volume.device, delete).await?;
        }
    }
    for disk in attached.iter().filter(|disk| attached::is_own(cx, &instance, disk)) {
        let device = device_of(disk, id);
        if !target.iter().any(|volume| Some(volume.device.as_str()) == device) {
            remove(cx, &instance, disk).await?;
        }
    }
    Ok(grown)
}

/// The device is that of a disk which is a resource of its own.
fn taken(volume: &Volume, other: &Disk) -> Error {
    let (device, other) = (&volume.device, other.volume_id().unwrap_or_default());
    Error::refused(format!("{device} is used by {other}, which is an `ec2.volume`"))
        .with_hint("choose another device for one of the two, of `/dev/sdf` to `/dev/sdp`")
}

/// Makes a disk, empty or from a snapshot, and attaches it; its id.
async fn add(cx: &Context, desired: &Desired<Spec>, instance: &Instance, volume: &Volume) -> Result<String> {
    let id = instance.instance_id().unwrap_or_default();
    let zone = instance.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default();
    let sort = volume.volume_type.unwrap_or(VolumeType::Gp3);
    let mut on_it = parts::of_new(cx, desired, id);
    on_it.insert(detached::DEVICE.to_owned(), detached::place_of(id, &volume.device));
    let answer = (cx.clients.ec2.create_volume())
        .availability_zone(zone)
        .size(volume.size_gib)
        .set_snapshot_id(volume.snapshot_id.clone())
        .volume_type(SdkVolumeType::from(sort.as_str()))
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_encrypted(volume.encrypted)
        .tag_specifications(specification(ResourceType::Volume, &on_it))
        .send()
        .await
        .call("ec2:CreateVolume")?;
    let disk = answer.volume_id.ok_or_else(|| Error::unexpected("ec2:CreateVolume", "no VolumeId in the answer"))?;
    update_tags(cx, [&disk], &parts::ownership_tags(cx, &tags::address(desired), &disk), &[]).await?;
    disk::until_available(cx, &disk).await?;
    disk::attach(cx, &disk, id, &volume.device).await?;
    Ok(disk)
}

/// EC2's own flag, and the mark by which `list` distinguishes a disk that is kept on purpose from a leftover. The mark
/// comes first and goes last, so that a disk which should stay is never taken for a leftover.
async fn set_delete_with_instance(
    cx: &Context,
    desired: &Desired<Spec>,
    id: &str,
    disk: &str,
    device: &str,
    delete: bool,
) -> Result<()> {
    if !delete {
        // With its own id, so that no copy of it passes for what is to be kept.
        let mut keep = parts::ownership_tags(cx, &tags::address(desired), disk);
        keep.insert(ownership::KEEP.to_owned(), "retain".to_owned());
        update_tags(cx, [disk], &keep, &[]).await?;
    }
    set_flag(cx, id, device, delete).await?;
    if delete {
        update_tags(cx, [disk], &Tags::new(), &[ownership::KEEP.to_owned()]).await?;
    }
    Ok(())
}

/// Says whether AWS deletes the disk at `device` when it terminates the instance.
pub async fn set_flag(cx: &Context, instance: &str, device: &str, delete: bool) -> Result<()> {
    let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(delete).build();
    let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name(device).ebs(ebs).build();
    let call = cx.clients.ec2.modify_instance_attribute().instance_id(instance).block_device_mappings(mapping);
    call.send().await.call("ec2:ModifyInstanceAttribute").map(drop)
}

async fn remove(cx: &Context, instance: &Instance, disk: &Disk) -> Result<()> {
    let id = disk.volume_id().unwrap_or_default();
    disk::detach(cx, disk, instance.instance_id().unwrap_or_default()).await?;
    match attached::is_kept(disk) {
        // Whatever the file names at this device later is another disk.
        true => update_tags(cx, [id], &Tags::new(), &[detached::DEVICE.to_owned()]).await,
        false => disk::delete(cx, id).await,
    }
}
