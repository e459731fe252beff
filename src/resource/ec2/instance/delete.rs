//! Terminating an instance, and what would otherwise stay and cost money.

use aws_sdk_ec2::types::Volume as Disk;

use crate::aws::{Call, Context, Result};

use super::{disks, find, read};

/// How the id of a disk begins; `list` names those that no instance has.
const DISK: &str = "vol-";

/// Terminates an instance and waits until it is gone, so that its security groups and disks are free. Disks that the
/// file wants to stay are marked so, and stay.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    if id.starts_with(DISK) {
        return disks::delete(cx, id).await;
    }
    let Some(instance) = find::by_id(cx, id).await? else {
        return Ok(());
    };
    let attached = find::disks(cx, &[id]).await?;
    // Some images have their disks stay behind, which nobody asked for.
    let stays = |disk: &&Disk| read::volume(&instance, disk).is_some_and(|disk| disk.delete_with_instance.is_none());
    let leftover = attached.iter().filter(stays).filter(|disk| read::is_marked(cx, disk));
    if find::is_live(&instance) {
        terminate(cx, id).await?;
    }
    find::until_gone(cx, id).await?;
    for disk in leftover {
        disks::delete(cx, disk.volume_id().unwrap_or_default()).await?;
    }
    Ok(())
}

async fn terminate(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.terminate_instances().instance_ids(id).send().await;
    let answer = answer.call_if_found("ec2:TerminateInstances").map_err(|error| {
        match error.is(&["OperationNotPermitted"]) {
            true => error.with_hint(format!(
                "it is protected from being terminated: if the file says `termination_protection: true`, set it to false and \
                 apply; otherwise take the protection off by hand. Then run the same command again:\naws ec2 \
                 modify-instance-attribute --instance-id {id} --no-disable-api-termination --region {}",
                cx.place.region
            )),
            false => error,
        }
    });
    answer.map(drop)
}
