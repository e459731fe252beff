//! One instance, as whatever has to do with it asks for it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::operation::describe_instances::builders::DescribeInstancesFluentBuilder;
use aws_sdk_ec2::types::{Instance, InstanceStateName, Reservation};

use crate::aws::{Bounded, Call, Context, Error, Result, try_side_by_side};

use super::tag::filter;

/// How many values one filter takes (Amazon EC2 API Reference, Filter).
pub const FILTER_VALUES: usize = 200;
/// How many instances one answer has at most (API: DescribeInstances). Without a number AWS may take very long.
pub const PAGE: i32 = 1000;

/// How long EC2's copies may deny something that was seen before.
pub const LAG: Duration = Duration::from_secs(10);

/// One instance, in whatever state. Others that are asked for at the same time are in the same answer.
pub async fn by_id(cx: &Context, id: &str) -> Result<Option<Instance>> {
    cx.together().get("an instance", id, |ids| by_ids(cx, ids)).await
}

/// By id: a call for one of them names it, and AWS says that it does not know it. Of several the others would not be
/// answered then, so that they are filtered by.
async fn by_ids(cx: &Context, ids: Vec<String>) -> Result<BTreeMap<String, Instance>> {
    let list = || cx.clients.ec2.describe_instances();
    let found: Vec<Instance> = match ids.as_slice() {
        [id] => {
            let answer = list().instance_ids(id).send().await.call_if_found("ec2:DescribeInstances")?;
            instances(answer.and_then(|answer| answer.reservations).unwrap_or_default()).collect()
        }
        ids => {
            let pages = try_side_by_side(ids.chunks(FILTER_VALUES), |ids| {
                all(list().filters(filter("instance-id", ids)).max_results(PAGE))
            });
            pages.await?.into_iter().flatten().collect()
        }
    };
    let is_asked = |instance: &Instance| instance.instance_id().is_some_and(|id| ids.iter().any(|asked| asked == id));
    let found = found.into_iter().filter(is_asked);
    Ok(found.filter_map(|instance| Some((instance.instance_id.clone()?, instance))).collect())
}

fn instances(reservations: Vec<Reservation>) -> impl Iterator<Item = Instance> {
    reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default())
}

/// Every instance of a list.
pub async fn all(list: DescribeInstancesFluentBuilder) -> Result<Vec<Instance>> {
    let pages = list.into_paginator().send().bounded();
    pages.all("ec2:DescribeInstances", |page| instances(page.reservations.unwrap_or_default())).await
}

/// The state of an instance.
pub fn state_of(instance: &Instance) -> Option<&InstanceStateName> {
    instance.state()?.name()
}

/// Whether it is there and stays.
pub fn is_live(instance: &Instance) -> bool {
    !matches!(state_of(instance), Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) | None)
}

/// One instance, unless it is on its way out, which is an error; `None`: it is not shown.
pub async fn living(cx: &Context, id: &str) -> Result<Option<Instance>> {
    let instance = by_id(cx, id).await?;
    match instance.as_ref().filter(|instance| !is_live(instance)) {
        Some(gone) => {
            let error = Error::refused(format!("AWS terminated instance {id}{}", reason(Some(gone))));
            Err(error.with_hint("resolve the cause that it names, then apply again"))
        }
        None => Ok(instance),
    }
}

/// Why an instance is in its state, as AWS says it, after a colon.
pub fn reason(instance: Option<&Instance>) -> String {
    let reason = instance.and_then(Instance::state_reason);
    let message = reason.and_then(|reason| reason.message()).filter(|message| !message.is_empty());
    let message = message.or_else(|| instance?.state_transition_reason().filter(|message| !message.is_empty()));
    message.map(|message| format!(": {message}")).unwrap_or_default()
}
