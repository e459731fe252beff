//! A volume by its id.

use crate::aws::ownership::{self, LastApplied};
use crate::aws::{Context, Error, Result};
use crate::resource::ec2::disk::{self, separate};
use crate::resource::ec2::instance::find;
use crate::resource::ec2::tag::tags_of;
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::spec::Spec;
use super::{Volume, live};

impl Lookup for Volume {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let id = name_in(id);
        let Some(found) = disk::one(cx, id).await?.filter(|found| !disk::is_going(found)) else { return Ok(None) };
        if let Some(holder) = disk::attachment(&found).and_then(|attachment| attachment.instance_id())
            && let Some(instance) = find::by_id(cx, holder).await?
            && disk::device_of(&found, holder).is_some_and(|device| Some(device) == instance.root_device_name())
        {
            return Err(of_an_instance(id, &format!("is the root volume of {holder}")));
        }
        let tags = tags_of(found.tags.as_deref());
        if tags.contains_key(ownership::STACK) && LastApplied::read(&tags).is_bound_to(id) {
            return Err(of_an_instance(id, "is one of the disks that the stack created for an instance"));
        }
        let mut live = live(cx, &found);
        if desired.is_none() {
            let spec = &mut live.spec;
            match spec.holder() {
                // It is in the zone of the instance.
                Some(_) => spec.availability_zone = None,
                None => spec.instance = None,
            }
        }
        Ok(Some(live))
    }

    /// Those that no instance has, and those that stay when their instance goes: the others are `volumes` of it.
    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut all = disk::describe(cx, Vec::new()).await?;
        let is_bare = |id: Option<&str>, tags: &crate::model::Tags| {
            tags.contains_key(ownership::STACK) && LastApplied::read(tags).is_bound_to(id.unwrap_or_default())
        };
        all.retain(|found| {
            let is_of_instance = is_bare(found.volume_id(), &tags_of(found.tags.as_deref()));
            let stays = disk::attachment(found).is_none_or(|held| held.delete_on_termination() != Some(true));
            !disk::is_going(found) && (separate::is_separate(found) || stays && !is_of_instance)
        });
        Ok(all.into_iter().filter_map(|found| found.volume_id).collect())
    }
}

fn of_an_instance(id: &str, what: &str) -> Error {
    Error::refused(format!("`{id}` {what}"))
        .with_hint("describe it in that `ec2.instance`, as its `root_volume` or one of its `volumes`")
}
