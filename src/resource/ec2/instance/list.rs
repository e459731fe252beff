//! Everything of the stack's, whether the file names it or not.

use aws_sdk_ec2::types::Volume as Disk;

use crate::aws::{Context, Result, ownership};
use crate::resource::ec2::disk;
use crate::resource::ec2::tag::{self, tags_of};
use crate::resource::{Listing, Owned, Tags};

use super::{find, owner};

/// The stack's instances, also a second one of an address, and its disks that no instance has.
pub async fn list(cx: &Context) -> Result<Listing> {
    let (instances, mut disks) = tokio::try_join!(find::live(cx), find::loose_disks(cx))?;
    disks.retain(|disk| owner::is_its_own(instances.iter().map(AsRef::as_ref), disk));
    let instances = instances.into_iter().filter_map(|instance| {
        let tags = owner::known(&cx.place, &instance).tags;
        let id = instance.instance_id.clone()?;
        Some(tag::owned(id, tags))
    });
    let disks = disks.into_iter().filter_map(|disk| {
        let tags = of_disk(&disk);
        let id = disk.volume_id?;
        Some(Owned { name: format!("disk {id}"), id, tags })
    });
    Ok(Listing::by_mark(instances.chain(disks)))
}

/// The tags of an instance or a disk at this moment, with what is known of the marks that it lost, as [`list`] and `read`
/// give them; `None`: it is gone.
pub async fn tags_now(cx: &Context, id: &str) -> Result<Option<Tags>> {
    Ok(match disk::is_disk(id) {
        true => disk::one(cx, id).await?.as_ref().map(of_disk),
        false => find::at_once(cx, id).await?.filter(find::is_live).map(|one| owner::known(&cx.place, &one).tags),
    })
}

/// The tags of a disk; its id stands for an address that it lost.
fn of_disk(disk: &Disk) -> Tags {
    let mut tags = tags_of(disk.tags.as_deref());
    if tags.contains_key(ownership::STACK) {
        tags.entry(ownership::RESOURCE.to_owned()).or_insert_with(|| disk.volume_id().unwrap_or_default().to_owned());
    }
    tags
}
