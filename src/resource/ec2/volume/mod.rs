//! `ec2.volume`: a disk that lives on its own, whatever becomes of the instance that has it.
//!
//! AWS assigns its id, so it is found by the stack's ownership tags, and distinguished from the disks of instances by
//! its record.

mod check;
mod holder;
mod lookup;
mod make;
mod owner;
mod spec;

use std::time::Duration;

use aws_sdk_ec2::types::Volume as Disk;

use crate::aws::ownership::{self, Ownership};
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Context, Error, Result, concurrently};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Place, Resource, Stuck,
    Tags, texts,
};

use super::disk::change::{Shape, modify};
use super::disk::{self, attachment, separate};
use super::instance::disks::set_flag;
use super::tag::{self, bound, update_tags};

pub use spec::Spec;

/// How long EC2's calls may not know a new volume, or show what was before.
const LAG: Duration = Duration::from_secs(60);
/// What changes the disk itself, in one call of AWS.
const SHAPE: [&str; 4] = ["size_gib", "volume_type", "iops", "throughput"];

/// The kind.
pub struct Volume;

/// What a stack calls it.
pub const KIND: &str = "ec2.volume";

impl Resource for Volume {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            name_is_a_tag: true,
            outlives: texts(["instance", "availability_zone"]),
            attributes: Attribute::all([
                ("id", "The volume's id, `vol-…`."),
                ("arn", "The volume's ARN, for use in policies."),
                ("name", "The name, from its tag `Name`."),
                ("availability_zone", "The zone it is in, for example `us-east-1a`."),
            ]),
            to_try: texts(["aws ec2 describe-volumes --volume-ids {id} --region {region}"]),
            exclusive: texts(["instance", "device"]),
            made_by: "ec2:CreateVolume".into(),
            listed_by: "ec2:DescribeVolumes by tag".into(),
            remove: "aws ec2 delete-volume --volume-id {id} --region {region}".into(),
            untag: "aws ec2 delete-tags --resources {id} --tags Key=cloud101:stack --region {region}".into(),
            is_listed_elsewhere: false,
            permissions: crate::resource::ec2::permissions::volume(),
            uses: crate::resource::ec2::account_profile::of_volume,
            ..KindInfo::new(
                KIND,
                "A data disk (Amazon EBS) with its own lifecycle: it keeps its data when its instance is \
        stopped, replaced or deleted, and is attached to the next one. A new one is empty and has no file system yet. \
        It is billed by the GiB as long as it exists, with or without an instance.",
            )
        }
    }

    fn computed_attributes(&self, _place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into())])
    }

    fn check(&self, _name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        check::check(spec)
    }

    fn canonical(&self, spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        Ok(spec::canonical(spec))
    }

    fn must_replace(&self, live: &Spec, target: &Spec) -> Option<String> {
        spec::stuck(live, target).into_iter().next().map(|stuck| stuck.path)
    }

    fn stuck(&self, live: &Spec, target: &Spec) -> Vec<Stuck> {
        spec::stuck(live, target)
    }

    fn data_loss(&self, live: &Spec, target: Option<&Spec>) -> Option<String> {
        target.is_none().then(|| format!("the data on it ({} GiB)", live.size_gib))
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        match disk::tagged(cx).await {
            Ok(all) => {
                let of = |desired: &Desired<Spec>| {
                    owner::of_address(&cx.place, &all, &desired.address, Some(&desired.spec), None)
                };
                desired.iter().map(|desired| Ok(of(desired).map(|found| live(cx, found)))).collect()
            }
            Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// What may be a copy is named with the other disks.
    async fn list(&self, cx: &Context) -> Result<Listing> {
        let own = disk::tagged(cx).await?.into_iter().filter(|found| separate::is_own(&cx.place, found));
        Ok(tag::listing(own.map(|found| {
            let tags = owner::shown(&cx.place, &found);
            (tag::owned(found.volume_id.unwrap_or_default(), tags), true)
        })))
    }

    /// What the file says of a snapshot or of a zone, AWS refuses only when the old volume may be gone.
    async fn preflight(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<()>> {
        concurrently(desired, |desired| async move {
            make::is_here(&desired.spec, &cx.place.region)?;
            make::fits_its_snapshot(cx, &desired.spec).await
        })
        .await
    }

    /// What an earlier call made whose answer was lost carries the marks, and the same token gives it again.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let there = disk::tagged(cx).await?;
        let replaced = desired.replaces.as_deref();
        let found = owner::of_address(&cx.place, &there, &desired.address, Some(&desired.spec), replaced);
        let id = match found.and_then(|found| found.volume_id.clone()) {
            Some(id) => {
                modify(cx, &id, Shape::from(&desired.spec)).await?;
                id
            }
            None => {
                let address =
                    |found: &Disk| Ownership::read(&owner::shown(&cx.place, found)).map(|ownership| ownership.address);
                let earlier = there.into_iter().filter(|found| address(found).as_ref() == Some(&desired.address));
                make::make(cx, desired, &earlier.collect::<Vec<_>>()).await?
            }
        };
        self.update_tags(cx, &id, &desired.tags, &[]).await?;
        holder::settle(cx, &id, &desired.spec).await?;
        back(cx, &id, &desired.spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let (id, target) = (live.id.as_str(), &change.target);
        let grew = change.touches_any(&SHAPE) && modify(cx, id, Shape::from(target)).await?;
        if change.touches_any(&["instance", "device"]) {
            holder::settle(cx, id, target).await?;
        }
        let mut after = back(cx, id, target).await?;
        after.notes.extend((grew && target.holder().is_some()).then(|| {
            "it was enlarged; if `df -h` on the instance does not show it, run resize2fs or xfs_growfs there".to_owned()
        }));
        Ok(after)
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        let found = disk::one(cx, id).await?.filter(|found| !disk::is_going(found));
        Ok(found.map(|found| {
            // Who has it may have changed: AWS takes it from an instance that the same run has deleted.
            let mut seen = serde_json::to_value(spec_of(&found)).unwrap_or_default();
            seen.as_object_mut().into_iter().for_each(|seen| {
                seen.remove("instance");
                seen.remove("device");
            });
            Current::tagged(owner::shown(&cx.place, &found)).seeing(&seen)
        }))
    }

    /// A record, if written, names the owner, and AWS is set to keep the volume when its instance is deleted.
    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let is_recorded = set.keys().any(|key| ownership::is_applied(key));
        let set = bound(set, &separate::name_of(id));
        let unknown = |error: &Error| error.is_not_found();
        wait::retry_while(&format!("EC2 to know the volume {id}"), LAG, unknown, || {
            update_tags(cx, [id], &set, remove)
        })
        .await?;
        if !is_recorded {
            return Ok(());
        }
        let Some(found) = disk::one(cx, id).await? else { return Ok(()) };
        let Some(held) = attachment(&found) else { return Ok(()) };
        if let (Some(true), Some(instance), Some(device)) =
            (held.delete_on_termination(), held.instance_id(), held.device())
        {
            set_flag(cx, instance, device, false).await?;
        }
        holder::note(cx, &found).await
    }

    async fn besides(&self, cx: &Context, id: &str) -> Result<Vec<String>> {
        let found = disk::one(cx, id).await?;
        Ok(found.iter().map(|found| format!("the data on it ({}) is lost", disk::size(found))).collect())
    }

    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        let Some(found) = disk::one(cx, id).await? else { return Ok(()) };
        if let Some(holder) = attachment(&found).and_then(|attachment| attachment.instance_id()) {
            holder::take_away(cx, &found, holder).await?;
        }
        disk::delete(cx, id).await
    }
}

/// What `cloud101:resource` says of a volume that the stack wants.
fn address_of(desired: &Desired<Spec>) -> String {
    desired.tags.get(ownership::RESOURCE).cloned().unwrap_or_else(|| ownership::address_value(&desired.address))
}

/// What a disk is, in the stack's words.
fn spec_of(found: &Disk) -> Spec {
    let Shape { size, sort, iops, throughput } = Shape::of(found);
    let held = attachment(found);
    Spec {
        size_gib: size.unwrap_or_default(),
        volume_type: sort,
        iops,
        throughput,
        encrypted: found.encrypted(),
        snapshot_id: found.snapshot_id.clone().filter(|id| !id.is_empty()),
        availability_zone: found.availability_zone.clone(),
        instance: Some(held.and_then(|held| held.instance_id.clone()).unwrap_or_default()),
        device: held.and_then(|held| held.device.clone()),
    }
}

fn live(cx: &Context, found: &Disk) -> Live<Spec> {
    let tags = owner::shown(&cx.place, found);
    let spec = spec_of(found);
    let id = found.volume_id.clone().unwrap_or_default();
    let attributes = Attributes::from([
        ("id".into(), id.clone()),
        ("arn".into(), cx.place.arn("ec2", &format!("volume/{id}"))),
        ("name".into(), tags.get("Name").cloned().unwrap_or_default()),
        ("availability_zone".into(), spec.availability_zone.clone().unwrap_or_default()),
    ]);
    let goes_with = attachment(found).filter(|held| held.delete_on_termination() == Some(true));
    let notes = goes_with.and_then(|held| held.instance_id()).map(|instance| {
        format!("AWS would delete it with {instance}: an apply turns that off, as does one that deletes the instance")
    });
    let is_own = separate::is_own(&cx.place, found);
    let mut live = Live::new(id, spec, attributes, tags);
    live.unmarked = owner::awaits_marks(&cx.place, found) || is_own && goes_with.is_some();
    live.notes.extend(notes.filter(|_| is_own));
    live
}

/// The volume as it is once EC2 shows what was set.
async fn back(cx: &Context, id: &str, target: &Spec) -> Result<Live<Spec>> {
    let name = format!("the volume {id}");
    let thing = Thing { name: &name, is_known: true, lag: LAG };
    let shows = |live: &Live<Spec>| {
        let Spec { instance, size_gib, .. } = &live.spec;
        target.instance.as_ref().is_none_or(|desired| instance.as_ref() == Some(desired))
            && *size_gib >= target.size_gib
    };
    wait::until_ready(&format!("EC2 to show {name} as it is"), LAG, thing, || async {
        Ok(Sight::of(disk::one(cx, id).await?.map(|found| live(cx, &found)), shows))
    })
    .await
}

#[cfg(test)]
mod tests;
