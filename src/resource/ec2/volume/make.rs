//! Making a volume, once, however often it is tried.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ec2::types::{ResourceType, Volume as Disk, VolumeState, VolumeType as SdkVolumeType};

use crate::aws::wait;
use crate::aws::{Call, Context, Error, ErrorKind, Result};
use crate::resource::ec2::disk::{self, separate};
use crate::resource::ec2::tag::{bound, specification};
use crate::resource::ec2::token::token;
use crate::resource::ec2::volume_type::VolumeType;
use crate::resource::{Desired, is_unknown};

use super::spec::Spec;
use super::{LAG, address_of, holder, owner};

/// How many tokens of volumes that are gone are passed over.
const TOKENS: u32 = 20;
/// How long a new volume may take until it can be attached; one from a snapshot is there at once and fills later.
const MADE: Duration = Duration::from_secs(180);
/// How long DescribeVolumes may miss what an earlier call made.
const HIDDEN: Duration = Duration::from_secs(20);

/// Makes a volume; its id. `there` are those that the address has, such as the one that it replaces.
pub async fn make(cx: &Context, desired: &Desired<Spec>, there: &[Disk]) -> Result<String> {
    let address = address_of(desired);
    let zone = zone(cx, &desired.spec).await?;
    let earlier: BTreeSet<&str> = there.iter().filter_map(Disk::volume_id).chain(desired.replaces.as_deref()).collect();
    for attempt in 0..TOKENS {
        let token = token(&cx.place, &separate::word(&address), &earlier, attempt);
        match ask(cx, desired, &zone, &token).await {
            Err(error) if error.is(&["IdempotentParameterMismatch"]) => no_other(cx, desired).await?,
            Err(error) => return Err(explained(error)),
            // AWS answers with what this token once made, whatever became of it.
            Ok(id) if is_made(cx, &id).await? => return Ok(id),
            Ok(_) => {}
        }
    }
    Err(Error::refused("AWS still remembers twenty deleted volumes of this resource").with_hint("try again in a day"))
}

/// Fails if the zone that `spec` names is one of another region.
pub fn is_here(spec: &Spec, region: &str) -> Result<()> {
    let zone = spec.availability_zone.as_deref().filter(|zone| !is_unknown(zone) && !zone.starts_with(region));
    zone.map_or(Ok(()), |zone| {
        Err(Error::refused(format!("the zone {zone} is not in {region}, where the volume would be created"))
            .with_hint(format!("`aws ec2 describe-availability-zones --region {region}` lists the zones there")))
    })
}

/// Fails if the snapshot that `spec` names is not there, or has more than the volume is to have.
pub async fn fits_its_snapshot(cx: &Context, spec: &Spec) -> Result<()> {
    let Some(id) = spec.snapshot_id.as_ref().filter(|id| !is_unknown(id)) else { return Ok(()) };
    let answer = cx.clients.ec2.describe_snapshots().snapshot_ids(id).send().await;
    let found = answer.call_if_found("ec2:DescribeSnapshots")?;
    let Some(found) = found.and_then(|answer| answer.snapshots.unwrap_or_default().pop()) else {
        return Err(Error::refused(format!("there is no snapshot {id} in {}", cx.place.region))
            .with_hint("`aws ec2 describe-snapshots --owner-ids self` lists yours; each region has its own"));
    };
    match found.volume_size() {
        Some(size) if size > spec.size_gib => {
            Err(Error::refused(format!("the snapshot {id} has {size} GiB, more than the volume"))
                .with_hint(format!("write `size_gib: {size}`")))
        }
        _ => Ok(()),
    }
}

async fn ask(cx: &Context, desired: &Desired<Spec>, zone: &str, token: &str) -> Result<String> {
    let spec = &desired.spec;
    let sort = spec.volume_type.unwrap_or(VolumeType::Gp3);
    let tags = bound(&desired.tags, &separate::promise(&cx.place, &address_of(desired)));
    let call = (cx.clients.ec2.create_volume())
        .availability_zone(zone)
        .size(spec.size_gib)
        .set_snapshot_id(spec.snapshot_id.clone())
        .volume_type(SdkVolumeType::from(sort.as_str()))
        .set_iops(spec.iops)
        .set_throughput(spec.throughput)
        .set_encrypted(spec.encrypted)
        .client_token(token)
        .tag_specifications(specification(ResourceType::Volume, &tags));
    let answer = call.send().await.call("ec2:CreateVolume")?;
    answer.volume_id.ok_or_else(|| Error::unexpected("ec2:CreateVolume", "no VolumeId in the answer"))
}

/// The zone that the file says, or that of the instance that is to have it.
async fn zone(cx: &Context, spec: &Spec) -> Result<String> {
    let said = spec.availability_zone.clone();
    let Some(holder) = spec.holder() else { return Ok(said.unwrap_or_default()) };
    let machine = holder::machine(cx, holder).await?;
    let zone = holder::zone(&machine).to_owned();
    match said {
        Some(said) if said != zone && !zone.is_empty() => {
            let message =
                format!("`availability_zone` is {said}, but {holder} is in {zone}, so the volume can't be attached");
            Err(Error::refused(message).with_hint("remove `availability_zone` to use the instance's zone"))
        }
        Some(said) => Ok(said),
        None => Ok(zone),
    }
}

/// Waits until a volume can be used; false: it is gone, or never shown.
async fn is_made(cx: &Context, id: &str) -> Result<bool> {
    match wait::poll_until(&format!("EC2 to show the new volume {id}"), LAG, || disk::one(cx, id)).await {
        Err(error) if error.kind == ErrorKind::TimedOut => return Ok(false),
        shown => drop(shown?),
    }
    wait::poll_until(&format!("the new volume {id}"), MADE, || async {
        let Some(found) = disk::one(cx, id).await? else { return Ok(None) };
        match found.state() {
            Some(VolumeState::Available | VolumeState::InUse) => Ok(Some(true)),
            Some(VolumeState::Error) => Err(Error::refused(format!("AWS could not create the volume {id}")).with_hint(
                "usually its encryption key can't be used: check the key in the KMS console; `aws ec2 \
                 delete-volume` removes the incomplete volume",
            )),
            _ if disk::is_going(&found) => Ok(Some(false)),
            _ => Ok(None),
        }
    })
    .await
}

/// The same token stood for another spec. Where that volume is there and was only not shown, a second one must not be
/// made; where it is gone, the next token is right.
async fn no_other(cx: &Context, desired: &Desired<Spec>) -> Result<()> {
    let found = wait::poll_until("an earlier volume", HIDDEN, || async {
        let all = disk::tagged(cx).await?;
        let replaced = desired.replaces.as_deref();
        let found = owner::of_address(&cx.place, &all, &desired.address, None, replaced);
        Ok(found.and_then(|found| found.volume_id.clone()))
    });
    let id = match found.await {
        Err(error) if error.kind == ErrorKind::TimedOut => return Ok(()),
        found => found?,
    };
    let message = format!("an earlier apply, from another version of the file, has just created {id}");
    Err(Error::refused(message).with_hint("run the same command again: it continues with that volume"))
}

/// AWS's refusals with what to do about them.
fn explained(error: Error) -> Error {
    let hint = match error.code.as_deref().unwrap_or_default() {
        "InvalidZone.NotFound" => "`aws ec2 describe-availability-zones` lists the zones of the region",
        "VolumeLimitExceeded" | "MaxIOPSLimitExceeded" => {
            "the account has reached its limit for this volume type in the region: delete unused disks, or request an \
                increase (Service Quotas, Amazon EBS)"
        }
        "InvalidParameterValue" if error.message.contains("snapshot") => {
            "make `size_gib` at least as large as the snapshot"
        }
        _ => return error,
    };
    error.with_hint(hint)
}
