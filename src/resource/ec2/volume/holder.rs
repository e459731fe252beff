//! The instance that has a volume: given one, moved to another, or left without.
//!
//! AWS takes a volume from a running instance only when that has unmounted it (DetachVolume: `busy` until then). Of an
//! instance that another one replaces nothing is needed any more, so it is stopped first, which unmounts everything;
//! any other keeps running, and the message asks its owner to unmount.

use aws_sdk_ec2::types::{Instance, InstanceStateName, Volume as Disk, VolumeAttachmentState};

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Context, Error, Result, ownership};
use crate::model::Tags;
use crate::resource::ec2::disk::{self, separate};
use crate::resource::ec2::instance::{find, owner as machines, power};
use crate::resource::ec2::tag::{tags_of, update_tags};

use super::LAG;
use super::spec::Spec;

/// Brings the volume to the instance that `desired` says, or away from the one that has it. What is not said is left.
pub async fn settle(cx: &Context, id: &str, target: &Spec) -> Result<()> {
    let Some(desired) = target.instance.as_deref() else { return Ok(()) };
    let disk = there(cx, id).await?;
    let held = disk::attachment(&disk);
    let (holder, device) = (held.and_then(|held| held.instance_id()), held.and_then(|held| held.device()));
    if desired.is_empty() {
        if let Some(holder) = holder {
            take_from(cx, &disk, holder, None).await?;
        }
        return remember(cx, &disk, None).await;
    }
    let machine = machine(cx, desired).await?;
    is_reachable(&disk, &machine)?;
    remember(cx, &disk, Some(&machine)).await?;
    let device_desired = target.device.as_deref().or(device).unwrap_or_default();
    if holder == Some(desired) && device == Some(device_desired) {
        return match held.and_then(|held| held.state()) {
            Some(VolumeAttachmentState::Attaching) => disk::until_attached(cx, id, desired).await,
            Some(VolumeAttachmentState::Detaching | VolumeAttachmentState::Busy) => {
                take_from(cx, &disk, desired, None).await?;
                disk::attach(cx, id, desired, device_desired).await
            }
            _ => Ok(()),
        };
    }
    // Before the volume is taken from anybody, its place must be free.
    make_room(cx, &disk, desired, device_desired).await?;
    if let Some(holder) = holder {
        take_from(cx, &disk, holder, Some(&machine)).await?;
    }
    disk::until_free(cx, id).await?;
    disk::attach(cx, id, desired, device_desired).await
}

async fn there(cx: &Context, id: &str) -> Result<Disk> {
    let name = format!("the volume {id}");
    let thing = Thing { name: &name, is_known: false, lag: find::LAG };
    wait::until_ready(&format!("EC2 to show {name}"), LAG, thing, || async {
        Ok(Sight::of(disk::one(cx, id).await?, |_| true))
    })
    .await
}

/// The instance, which may have been made a moment ago.
pub async fn machine(cx: &Context, id: &str) -> Result<Instance> {
    let name = format!("instance {id}");
    let thing = Thing { name: &name, is_known: false, lag: find::LAG };
    wait::until_ready(&format!("EC2 to show {id}"), LAG, thing, || async {
        Ok(Sight::of(find::living(cx, id).await?, |_| true))
    })
    .await
    .map_err(|error| error.with_hint(format!("`aws ec2 describe-instances` shows whether there is a {id}")))
}

/// The zone in which an instance stands.
pub fn zone(machine: &Instance) -> &str {
    machine.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default()
}

/// Fails before anything is done if AWS would not attach it.
fn is_reachable(disk: &Disk, machine: &Instance) -> Result<()> {
    let (here, there) = (disk.availability_zone().unwrap_or_default(), zone(machine));
    if here == there || here.is_empty() || there.is_empty() {
        return Ok(());
    }
    let [id, machine] = [disk.volume_id(), machine.instance_id()].map(Option::unwrap_or_default);
    let message = format!("the volume {id} is in {here}, but {machine} is in {there}, so it can't be attached");
    Err(Error::refused(message).with_hint(format!(
        "set the instance's `subnet_id` to a subnet in {here}; or create a snapshot, and a new volume from it in \
         {there} (`snapshot_id`)"
    )))
}

/// Takes the volume from the instance that has it.
pub async fn take_away(cx: &Context, disk: &Disk, holder: &str) -> Result<()> {
    take_from(cx, disk, holder, None).await
}

/// Takes the volume from `holder`. `next`: the instance that gets it.
async fn take_from(cx: &Context, disk: &Disk, holder: &str, next: Option<&Instance>) -> Result<()> {
    let Some(old) = find::by_id(cx, holder).await?.filter(find::is_live) else {
        // AWS detaches what belongs to an instance that is terminated.
        return disk::until_free(cx, disk.volume_id().unwrap_or_default()).await;
    };
    let runs = find::state_of(&old) == Some(&InstanceStateName::Running);
    let is_replaced = next.is_some_and(|next| is_successor(cx, next, &old));
    if runs && is_replaced {
        match power::stop(cx, holder).await {
            // A spot instance can't be stopped: then it has to let go by itself.
            Err(error) if error.is(&["UnsupportedOperation"]) => {}
            stopped => stopped?,
        }
    }
    disk::detach(cx, disk, holder).await
}

/// Whether `new` has the place in the stack that `old` had: a replacement is under way, and `old` goes.
fn is_successor(cx: &Context, new: &Instance, old: &Instance) -> bool {
    let address = |one: &Instance| machines::own(&cx.place, one)?.tags.remove(ownership::RESOURCE);
    new.instance_id() != old.instance_id() && address(new).is_some_and(|new| Some(new) == address(old))
}

/// The place where the volume goes may be taken by the one that it replaces, which has the same address: that one is
/// taken away. Anything else stays where it is.
async fn make_room(cx: &Context, disk: &Disk, machine: &str, device: &str) -> Result<()> {
    let attached = find::disks(cx, &[machine]).await?;
    let Some(other) = attached.iter().find(|other| disk::device_of(other, machine) == Some(device)) else {
        return Ok(());
    };
    let [id, taker] = [disk, other].map(|disk| disk.volume_id().unwrap_or_default());
    if id == taker {
        return Ok(());
    }
    let address = |disk: &Disk| tags_of(disk.tags.as_deref()).remove(ownership::RESOURCE);
    let is_old = [disk, other].iter().all(|disk| separate::is_own(&cx.place, disk)) && address(disk) == address(other);
    match is_old {
        true => take_from(cx, other, machine, None).await,
        false => Err(Error::refused(format!("{machine} has another disk, {taker}, as {device}"))
            .with_hint("choose another `device`, of `/dev/sdf` to `/dev/sdp`")),
    }
}

/// Notes beside which instance a volume is that was taken over with it.
pub async fn note(cx: &Context, disk: &Disk) -> Result<()> {
    let holder = disk::attachment(disk).and_then(|attachment| attachment.instance_id());
    match holder.filter(|_| !tags_of(disk.tags.as_deref()).contains_key(separate::INSTANCE)) {
        Some(holder) => remember(cx, disk, find::by_id(cx, holder).await?.as_ref()).await,
        None => Ok(()),
    }
}

/// Notes beside which instance of the stack the volume is, so that the next one of its address begins there.
async fn remember(cx: &Context, disk: &Disk, machine: Option<&Instance>) -> Result<()> {
    let address = machine.and_then(|machine| machines::own(&cx.place, machine)?.tags.remove(ownership::RESOURCE));
    let noted = tags_of(disk.tags.as_deref()).remove(separate::INSTANCE);
    let id = [disk.volume_id().unwrap_or_default()];
    match address {
        address if address == noted => Ok(()),
        Some(address) => update_tags(cx, id, &Tags::from([(separate::INSTANCE.to_owned(), address)]), &[]).await,
        None => update_tags(cx, id, &Tags::new(), &[separate::INSTANCE.to_owned()]).await,
    }
}
