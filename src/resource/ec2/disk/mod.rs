//! A disk (EBS volume), whichever kind has it: found, attached, detached, deleted.

pub mod boot;
pub mod change;
pub mod separate;

use std::time::Duration;

use aws_sdk_ec2::types::{Filter, Instance, Volume as Disk, VolumeAttachment, VolumeAttachmentState, VolumeState};

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result};

use super::machine::{self, living};
use super::tag::{filter, of_stack};

/// How long attaching or detaching may take.
const ATTACHED: Duration = Duration::from_secs(180);
/// How long EC2 may not show that a disk is attached.
const SHOWN: Duration = Duration::from_secs(10);
/// How long an instance may not be ready for a disk.
const UNREADY: Duration = Duration::from_secs(60);

/// The disks that pass `filters`.
pub async fn describe(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Disk>> {
    let list = cx.clients.ec2.describe_volumes().set_filters(Some(filters)).into_paginator().send().bounded();
    list.all("ec2:DescribeVolumes", |page| page.volumes.unwrap_or_default()).await
}

/// Those with the stack's tag, asked once in one look: the stack's, and copies.
pub async fn tagged(cx: &Context) -> Result<Vec<Disk>> {
    let mut disks = cx.shared("disks of the stack", describe(cx, vec![of_stack(cx)])).await?;
    disks.retain(|disk| !is_going(disk));
    Ok(disks)
}

/// One disk.
pub async fn one(cx: &Context, id: &str) -> Result<Option<Disk>> {
    Ok(describe(cx, vec![filter("volume-id", [id])]).await?.pop())
}

/// Whether AWS is deleting it.
pub fn is_going(disk: &Disk) -> bool {
    disk.state().is_some_and(|state| ["deleting", "deleted"].contains(&state.as_str()))
}

/// Whether no instance has it.
pub fn is_loose(disk: &Disk) -> bool {
    matches!(disk.state(), Some(VolumeState::Creating | VolumeState::Available | VolumeState::Error))
}

/// Whether an id is that of a disk, where it may be an instance's.
pub fn is_disk(id: &str) -> bool {
    id.starts_with("vol-")
}

/// Where it is attached, or on its way to or from.
pub fn attachment(disk: &Disk) -> Option<&VolumeAttachment> {
    let is_there = |one: &&VolumeAttachment| one.state() != Some(&VolumeAttachmentState::Detached);
    disk.attachments().iter().find(is_there)
}

/// The device under which it is attached to an instance.
pub fn device_of<'a>(disk: &'a Disk, instance: &str) -> Option<&'a str> {
    disk.attachments().iter().find(|attachment| attachment.instance_id() == Some(instance))?.device()
}

/// Its size in words.
pub fn size(disk: &Disk) -> String {
    format!("{} GiB", disk.size().unwrap_or_default())
}

/// What its state is; `None`: there is none.
pub async fn state(cx: &Context, id: &str) -> Result<Option<VolumeState>> {
    let answer = cx.clients.ec2.describe_volumes().volume_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeVolumes")?;
    Ok(answer.and_then(|answer| answer.volumes.unwrap_or_default().pop()?.state))
}

/// Waits until a new disk can be attached.
pub async fn until_available(cx: &Context, id: &str) -> Result<()> {
    wait::until_ready(&format!("the new disk {id}"), ATTACHED, of_disk(&name(id), false), || async {
        Ok(Sight::of(state(cx, id).await?, |state| *state == VolumeState::Available))
    })
    .await
    .map(drop)
}

/// Attaches a disk that nothing has, and waits until the instance shows it. AWS leaves a disk that is attached so when the
/// instance is terminated.
pub async fn attach(cx: &Context, id: &str, instance: &str, device: &str) -> Result<()> {
    let call = cx.clients.ec2.attach_volume().volume_id(id).instance_id(instance).device(device);
    // A new instance is not ready at once, and one that stops or starts is not either.
    let passes = |error: &Error| error.is(&["IncorrectState", "IncorrectInstanceState"]);
    wait::retry_while(&format!("{instance} to take the disk {id}"), UNREADY, passes, || async {
        match call.clone().send().await.call("ec2:AttachVolume") {
            // An earlier answer may be lost: then it is there already.
            Err(error) if says_it_is_in_use(&error) => match is_at(cx, id, instance, device).await? {
                true => Ok(()),
                false => Err(error),
            },
            answer => answer.map(drop),
        }
    })
    .await
    .map_err(explained)?;
    until_attached(cx, id, instance).await
}

/// Whether AWS says that something has the disk or the device.
fn says_it_is_in_use(error: &Error) -> bool {
    error.is(&["VolumeInUse"]) || error.is(&["InvalidParameterValue"]) && error.message.contains("already in use")
}

/// Whether the disk, which something has, is that instance's under that device. EC2 may show late that anything has it.
async fn is_at(cx: &Context, id: &str, instance: &str, device: &str) -> Result<bool> {
    let what = format!("EC2 to show what has the disk {id}");
    let shown = wait::poll_until(&what, SHOWN, || async {
        let disk = one(cx, id).await?;
        let held = disk.as_ref().and_then(attachment);
        Ok(held.map(|held| {
            let stays =
                matches!(held.state(), Some(VolumeAttachmentState::Attaching | VolumeAttachmentState::Attached));
            stays && held.instance_id() == Some(instance) && held.device() == Some(device)
        }))
    });
    match shown.await {
        Err(error) if error.kind == ErrorKind::TimedOut => Ok(false),
        shown => shown,
    }
}

/// Waits until an instance shows a disk that is being attached to it.
pub async fn until_attached(cx: &Context, id: &str, instance: &str) -> Result<()> {
    let what = format!("the disk {id} to be attached to {instance}");
    wait::until_ready(&what, ATTACHED, of_disk(&name(id), true), || async {
        let (found, state) = tokio::try_join!(living(cx, instance), state(cx, id))?;
        let mappings = found.as_ref().map(Instance::block_device_mappings).unwrap_or_default();
        let done = mappings
            .iter()
            .filter_map(|mapping| mapping.ebs())
            .any(|ebs| ebs.volume_id() == Some(id) && ebs.status().is_some_and(|status| status.as_str() == "attached"));
        Ok(Sight::of(state.map(drop), |()| done))
    })
    .await
}

/// What AWS says of an attachment that can't be, with what to do.
fn explained(error: Error) -> Error {
    let says = |text: &str| error.message.contains(text);
    let hint = match error.code.as_deref().unwrap_or_default() {
        "InvalidVolume.ZoneMismatch" => {
            "a disk is attached only to an instance in its own zone: `subnet_id` determines the zone of an instance"
        }
        "InvalidParameterValue" if says("already in use") => {
            "another disk of that instance uses this device: choose another from `/dev/sdf` to `/dev/sdp`"
        }
        "VolumeInUse" => "the disk is attached to another instance: detach it there, then run the same command again",
        "AttachmentLimitExceeded" | "InstanceAttachmentLimitExceeded" => {
            "this instance has reached its type's limit of disks: choose a larger `instance_type`, or fewer disks"
        }
        _ => return error,
    };
    error.with_hint(hint)
}

/// Takes a disk from the instance that has it, and waits until it is free. A file system on it should not be mounted any
/// more: AWS waits until the instance lets go.
pub async fn detach(cx: &Context, disk: &Disk, instance: &str) -> Result<()> {
    let id = disk.volume_id().unwrap_or_default();
    let call = cx.clients.ec2.detach_volume().volume_id(id).instance_id(instance);
    let call = call.set_device(device_of(disk, instance).map(str::to_owned));
    match call.send().await.call_if_found("ec2:DetachVolume") {
        // It is detached by now, or on its way.
        Err(error) if error.is(&["IncorrectState"]) => {}
        answer => drop(answer?),
    }
    until_free(cx, id).await.map_err(|error| error.with_hint(format!("{instance} still uses it: {UNMOUNT}")))
}

/// What to do where an instance does not let go of a disk.
const UNMOUNT: &str = "unmount it there (`sudo umount`), or stop the instance; then run the same command again";

/// Waits until nothing is attached to a disk; one that is gone is free too.
pub async fn until_free(cx: &Context, id: &str) -> Result<()> {
    wait::poll_until(&format!("the disk {id} to be free"), ATTACHED, || async {
        let state = state(cx, id).await?;
        Ok(matches!(state, None | Some(VolumeState::Available | VolumeState::Error)).then_some(()))
    })
    .await
}

/// Deletes a disk that nothing is attached to.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    if one(cx, id).await?.is_none_or(|disk| is_going(&disk)) {
        return Ok(());
    }
    until_free(cx, id).await?;
    cx.clients.ec2.delete_volume().volume_id(id).send().await.call_if_found("ec2:DeleteVolume").map(drop)
}

fn name(id: &str) -> String {
    format!("the disk {id}")
}

fn of_disk(name: &str, is_known: bool) -> Thing<'_> {
    Thing { name, is_known, lag: machine::LAG }
}
