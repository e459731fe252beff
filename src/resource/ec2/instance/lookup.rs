//! An instance by its id.

use aws_sdk_ec2::types::Instance as Found;

use crate::aws::{Context, Result};
use crate::resource::ec2::disk::boot::is_root;
use crate::resource::ec2::disk::separate::is_separate;
use crate::resource::ec2::machine;
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Address, Desired, Live, Tags};

use super::spec::{CpuCredits, ShutdownBehavior, Volume};
use super::{Instance, Spec, attached, find, owner, read};

impl Lookup for Instance {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let id = name_in(id);
        let Some(instance) = find::by_id(cx, id).await?.filter(find::is_live) else { return Ok(None) };
        match desired {
            Some(desired) => read::one(cx, desired, &instance).await,
            None => whole(cx, &instance).await,
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let instances = machine::all(cx.clients.ec2.describe_instances()).await?.into_iter();
        Ok(instances.filter(find::is_live).filter_map(|instance| instance.instance_id).collect())
    }
}

/// Everything of it that a stack can say.
async fn whole(cx: &Context, instance: &Found) -> Result<Option<Live<Spec>>> {
    let disks = find::disks(cx, &[instance.instance_id().unwrap_or_default()]).await?;
    // The image's own disks come from its snapshots, and it brings them again. What outlives it is an `ec2.volume`, but for
    // disks that a stack made for it.
    let blank = disks.iter().filter(|disk| owner::is_blank(disk) && !is_separate(disk));
    let blank = blank.filter(|disk| attached::goes_with(instance, disk) != Some(false) || owner::is_bound(disk));
    let beside = blank.filter(|disk| !is_root(instance, disk));
    let volumes = beside.filter_map(|disk| attached::volume(instance, disk)).collect();
    let Some(mut live) = read::one(cx, &everything(volumes), instance).await? else { return Ok(None) };
    let spec = &mut live.spec;
    spec.cpu_credits.take_if(|credits| *credits == CpuCredits::default_of(&spec.instance_type));
    for volume in spec.volumes.iter_mut().flatten() {
        volume.delete_with_instance.get_or_insert(false);
    }
    Ok(Some(live))
}

/// A wish that makes a read ask for all that costs a call of its own.
fn everything(volumes: Vec<Volume>) -> Desired<Spec> {
    let spec = Spec {
        user_data: Some(String::new()),
        termination_protection: Some(false),
        shutdown_behavior: Some(ShutdownBehavior::Stop),
        cpu_credits: Some(CpuCredits::Standard),
        volumes: Some(volumes),
        ..Spec::default()
    };
    Desired { address: Address::new(""), name: String::new(), spec, tags: Tags::new(), replaces: None }
}
