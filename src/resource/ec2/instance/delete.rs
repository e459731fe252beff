//! Terminating an instance, and what would otherwise stay and cost money.

use aws_sdk_ec2::types::{InstanceAttributeName, Volume as Disk};

use crate::aws::{Call, Context, Result};
use crate::resource::DeleteBlocker;
use crate::resource::ec2::disk::separate::is_separate;
use crate::resource::ec2::disk::{self, device_of, is_disk};

use super::{attached, disks, fate, find};

/// Terminates an instance and waits until it is gone, so that its security groups and disks are free. Disks that the
/// file wants to stay are marked so, and stay.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    if is_disk(id) {
        return disk::delete(cx, id).await;
    }
    let Some(instance) = find::by_id(cx, id).await? else {
        return Ok(());
    };
    let attached = find::disks(cx, &[id]).await?;
    // Some images keep their disks, which nothing in the file asks for.
    let by_aws = |disk: &&Disk| attached::goes_with(&instance, disk) == Some(true);
    let leftover = attached.iter().filter(|disk| !by_aws(disk) && fate::goes(&cx.place, &instance, disk));
    if find::is_live(&instance) {
        // An `ec2.volume` outlives the instance, whatever its settings are.
        for disk in attached.iter().filter(|disk| by_aws(disk) && is_separate(disk)) {
            disks::set_flag(cx, id, device_of(disk, id).unwrap_or_default(), false).await?;
        }
        terminate(cx, id).await?;
    }
    find::until_gone(cx, id).await?;
    for disk in leftover {
        disk::delete(cx, disk.volume_id().unwrap_or_default()).await?;
    }
    Ok(())
}

/// What stands against [`delete`].
pub async fn blocker(cx: &Context, id: &str) -> Result<Option<DeleteBlocker>> {
    if is_disk(id) {
        return Ok(None);
    }
    let asked = cx.clients.ec2.describe_instance_attribute().instance_id(id);
    let answer = asked.attribute(InstanceAttributeName::DisableApiTermination).send().await;
    let answer = answer.call_if_found("ec2:DescribeInstanceAttribute")?;
    let locked = answer.and_then(|answer| answer.disable_api_termination?.value).unwrap_or(false);
    Ok(locked.then(|| lock(cx, id)))
}

/// What is lost with it, and what stays.
pub async fn besides(cx: &Context, id: &str) -> Result<Vec<String>> {
    if is_disk(id) {
        return Ok(disk::one(cx, id).await?.iter().map(fate::of_loose).collect());
    }
    let ids = [id];
    let (instance, disks) = tokio::try_join!(find::by_id(cx, id), find::disks(cx, &ids))?;
    let disks: Vec<&Disk> = disks.iter().collect();
    Ok(instance.map(|instance| fate::besides(&cx.place, &instance, &disks, &[]).deleted).unwrap_or_default())
}

/// Termination protection, as what stands against [`delete`].
pub fn lock(cx: &Context, id: &str) -> DeleteBlocker {
    DeleteBlocker::Lock {
        said: "termination_protection: true",
        unlocks: "termination_protection: false",
        command: unlock(cx, id),
    }
}

fn unlock(cx: &Context, id: &str) -> String {
    let region = &cx.place.region;
    format!("aws ec2 modify-instance-attribute --region {region} --instance-id {id} --no-disable-api-termination")
}

async fn terminate(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.terminate_instances().instance_ids(id).send().await;
    let answer = answer.call_if_found("ec2:TerminateInstances").map_err(|error| {
        match error.is(&["OperationNotPermitted"]) {
            // Whether the file names this one is not known here; this helps whether or not.
            true => error.with_hint(format!(
                "it has termination protection; turn it off, then run the same command again:\n{}",
                unlock(cx, id)
            )),
            false => error,
        }
    });
    answer.map(drop)
}
