//! Starting and stopping instances that are there.

use aws_sdk_ec2::types::{Instance, InstanceStateName};

use crate::aws::mark::Mark;
use crate::aws::{Call, Context, Error, Result};
use crate::resource::Address;
use crate::resource::ec2::tag::tags_of;

use super::find;
use super::spec::State;

/// An instance, as far as its power is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its place in the stack.
    pub address: Address,
    /// `i-…`.
    pub id: String,
    /// For example `t3.micro`.
    pub instance_type: String,
    /// What it does now: `pending`, `running`, `stopping` or `stopped`.
    pub state: String,
    /// Its public address; `None` while it has none.
    pub public_ip: Option<String>,
}

/// The stack's instances, in the order of their addresses.
pub async fn machines(cx: &Context) -> Result<Vec<Machine>> {
    let mut machines: Vec<_> = find::live(cx).await?.iter().filter_map(machine).collect();
    machines.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
    Ok(machines)
}

/// Starts or stops the instance `id`, whatever it was on its way to, and waits until it is so.
pub async fn bring(cx: &Context, id: &str, to: State) -> Result<Machine> {
    let now = find::until_steady(cx, id).await?;
    match to {
        State::Stopped if now == InstanceStateName::Running => stop(cx, id).await?,
        State::Running if now == InstanceStateName::Stopped => start(cx, id).await?,
        State::Stopped | State::Running => {}
    }
    let after = find::by_id(cx, id).await?;
    let gone = || Error::unexpected("ec2:DescribeInstances", format!("instance {id} is gone"));
    after.as_ref().and_then(machine).ok_or_else(gone)
}

/// Stops a running instance, and waits until it is stopped.
pub async fn stop(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.stop_instances().instance_ids(id).send().await;
    answer.call("ec2:StopInstances")?;
    find::until_state(cx, id, InstanceStateName::Stopped, false).await
}

/// Starts a stopped instance, and waits until it runs.
pub async fn start(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.start_instances().instance_ids(id).send().await;
    answer.call("ec2:StartInstances").map_err(|error| match error.is(&["InsufficientInstanceCapacity"]) {
        true => error.with_hint(
            "AWS has no such machine free at the moment: try again later, or choose another `instance_type` and apply",
        ),
        false => error,
    })?;
    find::until_state(cx, id, InstanceStateName::Running, false).await
}

fn machine(instance: &Instance) -> Option<Machine> {
    Some(Machine {
        address: Mark::read(&tags_of(instance.tags.as_deref()))?.address,
        id: instance.instance_id.clone()?,
        instance_type: instance.instance_type().map(|sort| sort.as_str().to_owned()).unwrap_or_default(),
        state: find::state_of(instance)?.as_str().to_owned(),
        public_ip: instance.public_ip_address().filter(|address| !address.is_empty()).map(str::to_owned),
    })
}
