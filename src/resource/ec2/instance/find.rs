//! Finding instances and their disks, and waiting for what becomes of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, Instance, InstanceStateName, Volume};

use crate::aws::mark::Applied;
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Bounded, Call, Context, Error, Result, mark, try_side_by_side};

use super::read;
use crate::resource::ec2::tag::{filter, of_stack, tags_of};

/// Long enough for the slowest types to boot or to stop.
const LIMIT: Duration = Duration::from_secs(600);
/// How long EC2's copies may deny something that was seen before.
pub const LAG: Duration = Duration::from_secs(10);
/// How many values one filter takes (API: DescribeVolumes).
const FILTER_VALUES: usize = 200;

/// The stack's instances that are there: those on their way out do not count.
pub async fn live(cx: &Context) -> Result<Vec<Instance>> {
    let states = filter("instance-state-name", ["pending", "running", "stopping", "stopped"]);
    let mut instances = cx.shared("instances of the stack", describe(cx, vec![of_stack(cx), states])).await?;
    instances.retain(is_made_here);
    Ok(instances)
}

/// Every instance that `address` ever had and AWS still lists, terminated ones included.
pub async fn of_address(cx: &Context, address: &str) -> Result<Vec<Instance>> {
    let filters = vec![of_stack(cx), filter(&format!("tag:{}", mark::RESOURCE), [address])];
    let mut instances = describe(cx, filters).await?;
    instances.retain(is_made_here);
    Ok(instances)
}

/// Whether the marks on an instance are its own. "Launch more like this" in the EC2 console copies all tags, but not
/// the client token: cloud101's are 64 hex digits, and nobody else's are known to be. What cloud101 did not make and
/// took over has its id in its record.
pub fn is_made_here(instance: &Instance) -> bool {
    let token = instance.client_token().unwrap_or_default();
    let is_made = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_made || Applied::read(&tags_of(instance.tags.as_deref())).is_bound_to(instance.instance_id().unwrap_or_default())
}

/// The live instance of `address` that a RunInstances call with `token` made.
pub async fn of_token(cx: &Context, address: &str, token: &str) -> Result<Option<Instance>> {
    let made = |instance: &Instance| is_live(instance) && instance.client_token() == Some(token);
    Ok(of_address(cx, address).await?.into_iter().find(made))
}

async fn describe(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Instance>> {
    let mut instances = Vec::new();
    let mut pages = cx.clients.ec2.describe_instances().set_filters(Some(filters)).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let reservations = page.call("ec2:DescribeInstances")?.reservations.unwrap_or_default();
        instances.extend(reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default()));
    }
    Ok(instances)
}

/// One instance, in whatever state.
pub async fn by_id(cx: &Context, id: &str) -> Result<Option<Instance>> {
    let answer = cx.clients.ec2.describe_instances().instance_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeInstances")?;
    let reservations = answer.and_then(|answer| answer.reservations).unwrap_or_default();
    let mut instances = reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default());
    Ok(instances.find(|instance| instance.instance_id() == Some(id)))
}

/// The disks attached to any of `instances`.
pub async fn disks(cx: &Context, instances: &[&str]) -> Result<Vec<Volume>> {
    let found = try_side_by_side(instances.chunks(FILTER_VALUES), |ids| {
        describe_disks(cx, vec![filter("attachment.instance-id", ids.iter().copied())])
    });
    Ok(found.await?.into_iter().flatten().collect())
}

/// The stack's disks that no instance has: left over from a run that was killed, or kept on purpose.
pub async fn loose_disks(cx: &Context) -> Result<Vec<Volume>> {
    describe_disks(cx, vec![of_stack(cx), filter("status", ["creating", "available", "error"])]).await
}

/// The disks and network interfaces of an instance that carry this stack's mark.
pub async fn parts(cx: &Context, id: &str) -> Result<Vec<String>> {
    let interfaces = async {
        let mut found = Vec::new();
        let filters = vec![of_stack(cx), filter("attachment.instance-id", [id])];
        let mut pages =
            cx.clients.ec2.describe_network_interfaces().set_filters(Some(filters)).into_paginator().send().bounded();
        while let Some(page) = pages.next().await {
            found.extend(page.call("ec2:DescribeNetworkInterfaces")?.network_interfaces.unwrap_or_default());
        }
        Ok(found)
    };
    let ids = [id];
    let (disks, interfaces) = tokio::try_join!(disks(cx, &ids), interfaces)?;
    let disks = disks.into_iter().filter(|disk| read::is_marked(cx, disk));
    let disks = disks.filter_map(|disk| disk.volume_id);
    Ok(disks.chain(interfaces.into_iter().filter_map(|interface| interface.network_interface_id)).collect())
}

/// One disk.
pub async fn disk(cx: &Context, id: &str) -> Result<Option<Volume>> {
    Ok(describe_disks(cx, vec![filter("volume-id", [id])]).await?.pop())
}

async fn describe_disks(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Volume>> {
    let mut volumes = Vec::new();
    let mut pages = cx.clients.ec2.describe_volumes().set_filters(Some(filters)).into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        volumes.extend(page.call("ec2:DescribeVolumes")?.volumes.unwrap_or_default());
    }
    Ok(volumes)
}

/// The state of an instance.
pub fn state_of(instance: &Instance) -> Option<&InstanceStateName> {
    instance.state()?.name()
}

/// Whether it is there and stays.
pub fn is_live(instance: &Instance) -> bool {
    !matches!(state_of(instance), Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) | None)
}

/// Waits until an instance runs or is stopped, whichever it was on its way to.
pub async fn until_steady(cx: &Context, id: &str) -> Result<InstanceStateName> {
    let steady = |state: &InstanceStateName| matches!(state, InstanceStateName::Running | InstanceStateName::Stopped);
    until(cx, id, &format!("instance {id} to be running or stopped"), true, steady).await
}

/// Waits until an instance is in `state`. One that `is_new` may be unknown to DescribeInstances for some seconds.
pub async fn until_state(cx: &Context, id: &str, state: InstanceStateName, is_new: bool) -> Result<()> {
    // What fails to start is pending first and then stopped.
    let pending = AtomicBool::new(false);
    let reached = |now: &InstanceStateName| {
        pending.fetch_or(*now == InstanceStateName::Pending, Ordering::Relaxed);
        *now == state || *now == InstanceStateName::Stopped && pending.load(Ordering::Relaxed)
    };
    let now = until(cx, id, &format!("instance {id} to be {}", state.as_str()), !is_new, reached).await?;
    match now == state {
        true => Ok(()),
        false => Err(Error::refused(format!("instance {id} did not start{}", reason(by_id(cx, id).await?.as_ref())))),
    }
}

/// Waits until an instance is terminated, so that what it used is free.
pub async fn until_gone(cx: &Context, id: &str) -> Result<()> {
    let check = || async {
        let instance = by_id(cx, id).await?;
        let gone = instance.is_none_or(|instance| state_of(&instance) == Some(&InstanceStateName::Terminated));
        Ok(gone.then_some(()))
    };
    wait::until(&format!("instance {id} to be terminated"), LIMIT, check).await
}

async fn until(
    cx: &Context,
    id: &str,
    what: &str,
    is_known: bool,
    reached: impl Fn(&InstanceStateName) -> bool,
) -> Result<InstanceStateName> {
    let look = || async {
        let state = living(cx, id).await?.and_then(|instance| state_of(&instance).cloned());
        Ok(Sight::of(state, &reached))
    };
    wait::until_ready(what, LIMIT, Thing { name: &format!("instance {id}"), is_known, lag: LAG }, look).await
}

/// One instance, unless it is on its way out, which is an error; `None`: it is not shown.
pub async fn living(cx: &Context, id: &str) -> Result<Option<Instance>> {
    let instance = by_id(cx, id).await?;
    match instance.as_ref().filter(|instance| !is_live(instance)) {
        Some(gone) => {
            let error = Error::refused(format!("AWS terminated instance {id}{}", reason(Some(gone))));
            Err(error.with_hint("change what the reason names, then apply again"))
        }
        None => Ok(instance),
    }
}

/// Why an instance is in its state, as AWS says it, after a colon.
fn reason(instance: Option<&Instance>) -> String {
    let reason = instance.and_then(Instance::state_reason);
    let message = reason.and_then(|reason| reason.message()).filter(|message| !message.is_empty());
    let message = message.or_else(|| instance?.state_transition_reason().filter(|message| !message.is_empty()));
    message.map(|message| format!(": {message}")).unwrap_or_default()
}
