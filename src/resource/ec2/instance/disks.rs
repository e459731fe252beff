//! The disks of an instance that exists.

use std::time::Duration;

use aws_sdk_ec2::types::{
    EbsInstanceBlockDeviceSpecification, Instance, InstanceBlockDeviceMappingSpecification, ResourceType,
    Volume as Disk, VolumeModification, VolumeModificationState, VolumeState, VolumeType as SdkVolumeType,
};

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Call, Context, Error, Result, mark};
use crate::resource::ec2::tag::{retag, specification};
use crate::resource::{Tags, Wanted};

use super::spec::{RootVolume, Spec, Volume, VolumeType};
use super::{find, parts, read, tags};

/// How long a modification may take until the disk has its new size; the rest goes on in the background.
const MODIFIED: Duration = Duration::from_secs(600);
/// How long creating, attaching or detaching may take.
const ATTACHED: Duration = Duration::from_secs(180);

/// What a disk should be; `None` leaves it alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    size: Option<i32>,
    sort: Option<VolumeType>,
    iops: Option<i32>,
    throughput: Option<i32>,
}

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

impl Shape {
    /// What has to change to get from `live` to `self`; `None`: nothing.
    fn beyond(self, live: Self) -> Option<Self> {
        let sort = self.sort.or(live.sort);
        let takes = |takes: fn(VolumeType) -> bool| sort.is_none_or(takes);
        let change = Self {
            // AWS makes no disk smaller, and one that grew by hand is left alone.
            size: self.size.filter(|size| live.size.is_none_or(|live| live < *size)),
            sort: self.sort.filter(|_| self.sort != live.sort),
            iops: self.iops.filter(|_| self.iops != live.iops && takes(VolumeType::takes_iops)),
            throughput: self
                .throughput
                .filter(|_| self.throughput != live.throughput && takes(VolumeType::takes_throughput)),
        };
        let Self { size, sort, iops, throughput } = change;
        (size.is_some() || sort.is_some() || iops.is_some() || throughput.is_some()).then_some(change)
    }
}

/// Brings one disk to `shape` in place. Whether it grew.
pub async fn modify(cx: &Context, id: &str, shape: Shape) -> Result<bool> {
    // Of a run that was killed a modification may be under way.
    if modification(cx, id).await?.is_some_and(|m| m.modification_state == Some(VolumeModificationState::Modifying)) {
        until_modified(cx, id).await?;
    }
    let disk = find::disk(cx, id).await?;
    let live = disk.as_ref().map(read::root_volume).unwrap_or_default();
    let Some(change) = shape.beyond(Shape::from(&live)) else {
        return Ok(false);
    };
    let call = (cx.clients.ec2.modify_volume())
        .volume_id(id)
        .set_size(change.size)
        .set_volume_type(change.sort.map(|sort| SdkVolumeType::from(sort.as_str())))
        .set_iops(change.iops)
        .set_throughput(change.throughput);
    call.send().await.call("ec2:ModifyVolume").map_err(explained)?;
    until_modified(cx, id).await?;
    Ok(change.size.is_some())
}

/// How often a disk may be changed has changed before: AWS's own words say how long to wait.
fn explained(error: Error) -> Error {
    if error.is(&["IncorrectModificationState"]) {
        return error.with_hint("an earlier change of this disk is not complete, which takes hours: apply again later");
    }
    if error.is(&["VolumeModificationRateExceeded"]) {
        return error.with_hint(
            "AWS changes a disk only a few times a day: wait as long as it says above, and at most a day, then apply again",
        );
    }
    error
}

async fn modification(cx: &Context, id: &str) -> Result<Option<VolumeModification>> {
    let answer = cx.clients.ec2.describe_volumes_modifications().volume_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeVolumesModifications")?;
    let found = answer.and_then(|answer| answer.volumes_modifications).unwrap_or_default();
    Ok(found.into_iter().max_by_key(|m| m.start_time.map(|time| (time.secs(), time.subsec_nanos()))))
}

async fn until_modified(cx: &Context, id: &str) -> Result<()> {
    use VolumeModificationState::{Completed, Failed, Optimizing};
    wait::until_ready(&format!("the disk {id} to change"), MODIFIED, of_disk(&name(id), true), || async {
        let modification = modification(cx, id).await?;
        match modification.as_ref().and_then(|m| m.modification_state.as_ref()) {
            Some(Optimizing | Completed) => Ok(Sight::Ready(())),
            Some(Failed) => {
                let why = modification.and_then(|m| m.status_message).unwrap_or_default();
                Err(Error::refused(format!("AWS could not change the disk {id}: {why}")))
            }
            Some(_) => Ok(Sight::Unready),
            // A disk that is gone has none either.
            None => Ok(state(cx, id).await?.map_or(Sight::Missing, |_| Sight::Unready)),
        }
    })
    .await
}

/// Brings the disks beside the root volume to `desired`: changes in place, new ones, and away with what cloud101
/// made and nobody wants any more. The devices that grew.
pub async fn bring_about(cx: &Context, wanted: &Wanted<Spec>, id: &str, desired: &[Volume]) -> Result<Vec<String>> {
    let instance =
        find::by_id(cx, id).await?.ok_or_else(|| Error::unexpected("ec2:DescribeInstances", "it is gone"))?;
    let attached = find::disks(cx, &[id]).await?;
    let mut grown = Vec::new();
    for volume in desired {
        let disk = attached.iter().find(|disk| read::device_of(disk, id) == Some(&volume.device));
        let disk_id = match disk.and_then(|disk| disk.volume_id()) {
            Some(disk) => {
                if modify(cx, disk, Shape::from(volume)).await? {
                    grown.push(volume.device.clone());
                }
                disk.to_owned()
            }
            None => add(cx, wanted, &instance, volume).await?,
        };
        let live = disk.and_then(|disk| read::volume(&instance, disk)?.delete_with_instance);
        let delete = volume.delete_with_instance.unwrap_or(true);
        if live != Some(delete) {
            set_delete_with_instance(cx, wanted, id, &disk_id, &volume.device, delete).await?;
        }
    }
    for disk in attached.iter().filter(|disk| read::is_own(cx, &instance, disk)) {
        let device = read::device_of(disk, id);
        if !desired.iter().any(|volume| Some(volume.device.as_str()) == device) {
            remove(cx, &instance, disk).await?;
        }
    }
    Ok(grown)
}

/// Makes a disk, empty or from a snapshot, and attaches it; its id.
async fn add(cx: &Context, wanted: &Wanted<Spec>, instance: &Instance, volume: &Volume) -> Result<String> {
    let id = instance.instance_id().unwrap_or_default();
    let zone = instance.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default();
    let sort = volume.volume_type.unwrap_or(VolumeType::Gp3);
    let answer = (cx.clients.ec2.create_volume())
        .availability_zone(zone)
        .size(volume.size_gib)
        .set_snapshot_id(volume.snapshot_id.clone())
        .volume_type(SdkVolumeType::from(sort.as_str()))
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_encrypted(volume.encrypted)
        .tag_specifications(specification(ResourceType::Volume, &tags::of_parts(cx, wanted, id)))
        .send()
        .await
        .call("ec2:CreateVolume")?;
    let disk = answer.volume_id.ok_or_else(|| Error::unexpected("ec2:CreateVolume", "no VolumeId in the answer"))?;
    retag(cx, [&disk], &parts::marks(cx, tags::address(wanted), &disk), &[]).await?;
    wait::until_ready(&format!("the new disk {disk}"), ATTACHED, of_disk(&name(&disk), false), || async {
        Ok(Sight::of(state(cx, &disk).await?, |state| *state == VolumeState::Available))
    })
    .await?;
    let call = cx.clients.ec2.attach_volume().volume_id(&disk).instance_id(id).device(&volume.device);
    call.send().await.call("ec2:AttachVolume")?;
    wait::until_ready(
        &format!("the disk {disk} to be attached to {id}"),
        ATTACHED,
        of_disk(&name(&disk), true),
        || async {
            let (instance, state) = tokio::try_join!(find::living(cx, id), state(cx, &disk))?;
            let mappings = instance.as_ref().map(Instance::block_device_mappings).unwrap_or_default();
            let done = mappings.iter().filter_map(|mapping| mapping.ebs()).any(|ebs| {
                ebs.volume_id() == Some(&disk) && ebs.status().is_some_and(|status| status.as_str() == "attached")
            });
            Ok(Sight::of(state.map(drop), |()| done))
        },
    )
    .await?;
    Ok(disk)
}

/// EC2's own flag, and the mark by which `list` tells a disk that stays on purpose from one left over. The mark comes
/// first and goes last, so that a disk which should stay is never taken for a leftover.
async fn set_delete_with_instance(
    cx: &Context,
    wanted: &Wanted<Spec>,
    id: &str,
    disk: &str,
    device: &str,
    delete: bool,
) -> Result<()> {
    let ec2 = &cx.clients.ec2;
    if !delete {
        // With its own id, so that no copy of it passes for what is to be kept.
        let mut keep = parts::marks(cx, tags::address(wanted), disk);
        keep.insert(mark::KEEP.to_owned(), "retain".to_owned());
        retag(cx, [disk], &keep, &[]).await?;
    }
    let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(delete).build();
    let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name(device).ebs(ebs).build();
    let call = ec2.modify_instance_attribute().instance_id(id).block_device_mappings(mapping);
    call.send().await.call("ec2:ModifyInstanceAttribute")?;
    if delete {
        retag(cx, [disk], &Tags::new(), &[mark::KEEP.to_owned()]).await?;
    }
    Ok(())
}

async fn remove(cx: &Context, instance: &Instance, disk: &Disk) -> Result<()> {
    let id = disk.volume_id().unwrap_or_default();
    let from = instance.instance_id().unwrap_or_default();
    let device = read::device_of(disk, from).unwrap_or_default();
    let call = cx.clients.ec2.detach_volume().volume_id(id).instance_id(from).device(device);
    call.send().await.call_if_found("ec2:DetachVolume")?;
    until_free(cx, id).await.map_err(|error| {
        error.with_hint(
            "the instance still uses it: unmount it there, or stop the instance; then run the same command again",
        )
    })?;
    if read::is_kept(disk) { Ok(()) } else { delete(cx, id).await }
}

/// Deletes a disk that nothing is attached to.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    if find::disk(cx, id).await?.is_none() {
        return Ok(());
    }
    until_free(cx, id).await?;
    cx.clients.ec2.delete_volume().volume_id(id).send().await.call_if_found("ec2:DeleteVolume")?;
    Ok(())
}

/// Waits until nothing is attached to a disk; one that is gone is free too.
async fn until_free(cx: &Context, id: &str) -> Result<()> {
    wait::until(&format!("the disk {id} to be free"), ATTACHED, || async {
        let state = state(cx, id).await?;
        Ok(matches!(state, None | Some(VolumeState::Available | VolumeState::Error)).then_some(()))
    })
    .await
}

fn name(id: &str) -> String {
    format!("the disk {id}")
}

fn of_disk(name: &str, is_known: bool) -> Thing<'_> {
    Thing { name, is_known, lag: find::LAG }
}

async fn state(cx: &Context, id: &str) -> Result<Option<VolumeState>> {
    let answer = cx.clients.ec2.describe_volumes().volume_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeVolumes")?;
    Ok(answer.and_then(|answer| answer.volumes.unwrap_or_default().pop()?.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(size: i32, sort: VolumeType, iops: i32) -> Shape {
        Shape { size: Some(size), sort: Some(sort), iops: Some(iops), throughput: None }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let live = shape(8, VolumeType::Gp3, 3000);
        assert!(live.beyond(live).is_none());
        assert!(Shape::default().beyond(live).is_none());
        let change = shape(20, VolumeType::Gp3, 3000).beyond(live).unwrap();
        assert_eq!((change.size, change.sort, change.iops), (Some(20), None, None));
        assert!(shape(4, VolumeType::Gp3, 3000).beyond(live).is_none(), "no disk is made smaller");
    }

    #[test]
    fn a_sort_without_chosen_iops_is_not_given_any() {
        let change = shape(8, VolumeType::Gp2, 3000).beyond(shape(8, VolumeType::Gp3, 4000)).unwrap();
        assert_eq!((change.sort, change.iops), (Some(VolumeType::Gp2), None));
    }

    #[test]
    fn aws_itself_says_when_a_disk_may_be_changed_again() {
        let refused = |code: &str| Error { code: Some(code.into()), ..Error::refused("Wait at least a while.") };
        let error = explained(refused("VolumeModificationRateExceeded"));
        assert!(error.message.contains("Wait at least a while."));
        assert!(error.advice().is_some_and(|advice| advice.contains("as long as it says")));
        assert!(explained(refused("IncorrectModificationState")).advice().is_some_and(|a| a.contains("not complete")));
        assert_eq!(explained(refused("InvalidParameterValue")).advice(), None);
    }
}
