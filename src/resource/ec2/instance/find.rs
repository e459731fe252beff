//! Finding instances and their disks, and waiting for what becomes of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, Instance, InstanceStateName, Volume};

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Bounded, Context, Error, Result, ownership, try_side_by_side};
use crate::resource::ec2::disk;
use crate::resource::ec2::tag::{filter, of_stack, tags_of};

use super::owner;
use crate::resource::ec2::machine::{self, FILTER_VALUES, PAGE, reason};
pub use crate::resource::ec2::machine::{LAG, by_id, is_live, living, state_of};

/// Long enough for the slowest types to boot or to stop.
const LIMIT: Duration = Duration::from_secs(600);
/// The region's existing instances, regardless of owner: those on their way out do not count. By tag the stack's
/// alone could be asked for, but not those that lost their tags.
async fn present(cx: &Context) -> Result<Vec<Arc<Instance>>> {
    let states = filter("instance-state-name", ["pending", "running", "stopping", "stopped"]);
    let all = async {
        let found = describe(cx, vec![states]).await?;
        // Not collected, which would keep the room of all instances for their pointers.
        let mut all = Vec::with_capacity(found.len());
        all.extend(found.into_iter().map(Arc::new));
        Ok(all)
    };
    cx.region_wide().shared("instances of the region", all).await
}

/// The stack's instances that are there.
pub async fn live(cx: &Context) -> Result<Vec<Arc<Instance>>> {
    let mut instances = present(cx).await?;
    instances.retain(|instance| owner::own(&cx.place, instance).is_some());
    Ok(instances)
}

/// Every instance that `address` ever had and AWS still lists, terminated ones included.
pub async fn of_address(cx: &Context, address: &str) -> Result<Vec<Instance>> {
    let mut instances =
        cx.together().get("instances of an address", address, |all| of_addresses(cx, all)).await?.unwrap_or_default();
    instances.retain(|instance| owner::own(&cx.place, instance).is_some());
    Ok(instances)
}

async fn of_addresses(cx: &Context, addresses: Vec<String>) -> Result<BTreeMap<String, Vec<Instance>>> {
    let found = try_side_by_side(addresses.chunks(FILTER_VALUES), |some| {
        describe(cx, vec![of_stack(cx), filter(&format!("tag:{}", ownership::RESOURCE), some)])
    });
    let found: Vec<_> = found.await?.into_iter().flatten().collect();
    if let [address] = addresses.as_slice() {
        return Ok(BTreeMap::from([(address.clone(), found)]));
    }
    let mut by_address: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
    for instance in found {
        if let Some(address) = tags_of(instance.tags.as_deref()).remove(ownership::RESOURCE) {
            by_address.entry(address).or_default().push(instance);
        }
    }
    Ok(by_address)
}

/// The stack's live instance that a RunInstances call with `token` made, whatever became of its tags.
pub async fn of_token(cx: &Context, token: &str) -> Result<Option<Arc<Instance>>> {
    Ok(live(cx).await?.into_iter().find(|instance| instance.client_token() == Some(token)))
}

async fn describe(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Instance>> {
    machine::all(cx.clients.ec2.describe_instances().set_filters(Some(filters)).max_results(PAGE)).await
}

/// The same, asked once in one look: never for what is awaited.
pub async fn at_once(cx: &Context, id: &str) -> Result<Option<Instance>> {
    cx.shared(format!("the instance {id}"), by_id(cx, id)).await
}

/// The disks attached to any of `instances`.
pub async fn disks(cx: &Context, instances: &[&str]) -> Result<Vec<Volume>> {
    match instances {
        [id] => Ok(cx
            .together()
            .get("disks of an instance", id, |ids| disks_by_instance(cx, ids))
            .await?
            .unwrap_or_default()),
        ids => attached(cx, ids).await,
    }
}

async fn attached(cx: &Context, instances: &[impl AsRef<str> + Sync]) -> Result<Vec<Volume>> {
    let found = try_side_by_side(instances.chunks(FILTER_VALUES), |ids| {
        disk::describe(cx, vec![filter("attachment.instance-id", ids.iter().map(AsRef::as_ref))])
    });
    Ok(found.await?.into_iter().flatten().collect())
}

async fn disks_by_instance(cx: &Context, ids: Vec<String>) -> Result<BTreeMap<String, Vec<Volume>>> {
    let disks = attached(cx, &ids).await?;
    if let [id] = ids.as_slice() {
        return Ok(BTreeMap::from([(id.clone(), disks)]));
    }
    let mut by_instance: BTreeMap<String, Vec<Volume>> = BTreeMap::new();
    for disk in disks {
        for id in disk.attachments().iter().filter_map(|attachment| attachment.instance_id()) {
            by_instance.entry(id.to_owned()).or_default().push(disk.clone());
        }
    }
    Ok(by_instance)
}

/// The disks with the stack's tag that no instance has: left over from a run that was killed, kept on purpose, or copies.
pub async fn loose_disks(cx: &Context) -> Result<Vec<Volume>> {
    let mut disks = disk::tagged(cx).await?;
    disks.retain(disk::is_loose);
    Ok(disks)
}

/// The network interfaces of an instance that carry the stack's tag.
pub async fn interfaces(cx: &Context, instance: &str) -> Result<Vec<String>> {
    let filters = vec![of_stack(cx), filter("attachment.instance-id", [instance])];
    let list =
        cx.clients.ec2.describe_network_interfaces().set_filters(Some(filters)).into_paginator().send().bounded();
    let found = list.all("ec2:DescribeNetworkInterfaces", |page| page.network_interfaces.unwrap_or_default()).await?;
    Ok(found.into_iter().filter_map(|interface| interface.network_interface_id).collect())
}

/// What type of machine it is, such as `t3.micro`.
pub fn type_of(instance: &Instance) -> &str {
    instance.instance_type().map(|name| name.as_str()).unwrap_or_default()
}

/// Waits until an instance runs or is stopped, whichever it was on its way to.
pub async fn until_steady(cx: &Context, id: &str) -> Result<Instance> {
    let steady = |state: &InstanceStateName| matches!(state, InstanceStateName::Running | InstanceStateName::Stopped);
    let is_steady = |instance: &Instance| state_of(instance).is_some_and(steady);
    poll_until(cx, id, &format!("instance {id} to be running or stopped"), true, is_steady).await
}

/// Waits until an instance is in `state`.
pub async fn until_state(cx: &Context, id: &str, state: InstanceStateName) -> Result<Instance> {
    until_in(cx, id, state, true, |_| false).await
}

/// Waits until a new instance runs, which may be unknown to DescribeInstances for some seconds. One that is `foreign` is
/// given back at once, whatever it does.
pub async fn until_running(cx: &Context, id: &str, foreign: impl Fn(&Instance) -> bool) -> Result<Instance> {
    until_in(cx, id, InstanceStateName::Running, false, foreign).await
}

async fn until_in(
    cx: &Context,
    id: &str,
    state: InstanceStateName,
    is_known: bool,
    foreign: impl Fn(&Instance) -> bool,
) -> Result<Instance> {
    // What fails to start is pending first and then stopped.
    let pending = AtomicBool::new(false);
    let reached = |instance: &Instance| {
        let now = state_of(instance);
        pending.fetch_or(now == Some(&InstanceStateName::Pending), Ordering::Relaxed);
        let has_failed = now == Some(&InstanceStateName::Stopped) && pending.load(Ordering::Relaxed);
        now == Some(&state) || has_failed || foreign(instance)
    };
    let instance = poll_until(cx, id, &format!("instance {id} to be {}", state.as_str()), is_known, reached).await?;
    match state_of(&instance) == Some(&state) || foreign(&instance) {
        true => Ok(instance),
        false => Err(Error::refused(format!("instance {id} did not start{}", reason(Some(&instance))))),
    }
}

/// Waits until an instance is terminated, so that what it used is free.
pub async fn until_gone(cx: &Context, id: &str) -> Result<()> {
    let check = || async {
        let instance = by_id(cx, id).await?;
        let gone = instance.is_none_or(|instance| state_of(&instance) == Some(&InstanceStateName::Terminated));
        Ok(gone.then_some(()))
    };
    wait::poll_until(&format!("instance {id} to be terminated"), LIMIT, check).await
}

async fn poll_until(
    cx: &Context,
    id: &str,
    what: &str,
    is_known: bool,
    reached: impl Fn(&Instance) -> bool,
) -> Result<Instance> {
    let look = || async { Ok(Sight::of(living(cx, id).await?, &reached)) };
    wait::until_ready(what, LIMIT, Thing { name: &format!("instance {id}"), is_known, lag: LAG }, look).await
}
