//! One instance, as whatever has to do with it asks for it.

use std::time::Duration;

use aws_sdk_ec2::operation::describe_instances::builders::DescribeInstancesFluentBuilder;
use aws_sdk_ec2::types::{Instance, InstanceStateName};

use crate::aws::{Bounded, Call, Context, Error, Result};

/// How long EC2's copies may deny something that was seen before.
pub const LAG: Duration = Duration::from_secs(10);

/// One instance, in whatever state.
pub async fn by_id(cx: &Context, id: &str) -> Result<Option<Instance>> {
    let answer = cx.clients.ec2.describe_instances().instance_ids(id).send().await;
    let answer = answer.call_if_found("ec2:DescribeInstances")?;
    let reservations = answer.and_then(|answer| answer.reservations).unwrap_or_default();
    let mut instances = reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default());
    Ok(instances.find(|instance| instance.instance_id() == Some(id)))
}

/// Every instance of a list.
pub async fn all(list: DescribeInstancesFluentBuilder) -> Result<Vec<Instance>> {
    let reservations = list
        .into_paginator()
        .send()
        .bounded()
        .all("ec2:DescribeInstances", |page| page.reservations.unwrap_or_default());
    Ok(reservations.await?.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default()).collect())
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
