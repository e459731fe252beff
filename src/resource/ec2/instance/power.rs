//! Starting and stopping instances that are there.

use std::time::Duration;

use aws_sdk_ec2::types::{Instance, InstanceStateName};

use crate::aws::mark::{self, Mark};
use crate::aws::{Call, Context, Error, Result, wait};
use crate::explain::Code;
use crate::resource::{Address, Place};

use super::spec::State;
use super::{find, token, whose};

/// An instance, as far as its power is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its address in the stack.
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

/// The stack's instances, in the order of their addresses. `named`: those of the file, for instances that lost theirs.
pub async fn machines(cx: &Context, named: &[Address]) -> Result<Vec<Machine>> {
    let found = find::live(cx).await?;
    let mut machines: Vec<_> = found.iter().filter_map(|instance| of_instance(&cx.place, named, instance)).collect();
    machines.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
    Ok(machines)
}

/// Starts or stops `machine`, whatever it was on its way to, and waits until it is so. `named`: as for [`machines`].
///
/// # Errors
/// It is no longer what it was when it was shown, or AWS refuses.
pub async fn bring(cx: &Context, named: &[Address], machine: &Machine, to: State) -> Result<Machine> {
    let id = machine.id.as_str();
    let is_same =
        |instance: &Instance| of_instance(&cx.place, named, instance).is_some_and(|now| now.address == machine.address);
    let now = find::by_id(cx, id).await?.filter(find::is_live);
    if !now.as_ref().is_some_and(is_same) {
        let why = if now.is_some() { "it no longer belongs to this stack" } else { "it is gone" };
        let message = format!("the instance {id} changed since it was shown: {why}");
        let hint = "it was not touched; run the same command again";
        return Err(Error::refused(message).about(Code::Changed).with_hint(hint));
    }
    let steady = find::until_steady(cx, id).await?;
    match (to, find::state_of(&steady)) {
        (State::Stopped, Some(InstanceStateName::Running)) => stop(cx, id).await?,
        (State::Running, Some(InstanceStateName::Stopped)) => start(cx, id).await?,
        (State::Stopped | State::Running, _) => {}
    }
    let after = find::by_id(cx, id).await?;
    let gone = || Error::unexpected("ec2:DescribeInstances", format!("instance {id} is gone"));
    after.as_ref().and_then(|after| of_instance(&cx.place, named, after)).ok_or_else(gone)
}

/// Stops a running instance, and waits until it is stopped.
pub async fn stop(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.stop_instances().instance_ids(id).send().await;
    answer.call("ec2:StopInstances")?;
    find::until_state(cx, id, InstanceStateName::Stopped).await.map(drop)
}

/// How long a refusal to start may last that passes by itself.
const REFUSED: Duration = Duration::from_secs(120);

/// Starts a stopped instance, and waits until it runs.
pub async fn start(cx: &Context, id: &str) -> Result<()> {
    let what = format!("AWS to start {id}");
    let answer = wait::while_failing(&what, REFUSED, may_pass, || async {
        cx.clients.ec2.start_instances().instance_ids(id).send().await.call("ec2:StartInstances")
    });
    answer.await.map_err(|error| match is_short(&error) {
        true => error.with_hint(
            "AWS has no capacity for this instance type right now: try again later, or choose another `instance_type` \
                and apply",
        ),
        false => error,
    })?;
    find::until_state(cx, id, InstanceStateName::Running).await.map(drop)
}

/// Whether AWS has no machine of this type free: often it has one a minute later.
pub fn is_short(error: &Error) -> bool {
    error.is(&["InsufficientInstanceCapacity"])
}

/// Right after a change of its type EC2 may still start the instance as the old one.
fn may_pass(error: &Error) -> bool {
    let is_old_type = error.is(&["InvalidParameterValue"]) && error.message.contains("LaunchPlan");
    is_old_type || is_short(error)
}

fn of_instance(place: &Place, named: &[Address], instance: &Instance) -> Option<Machine> {
    let known = whose::own(place, instance)?;
    let token = instance.client_token().unwrap_or_default();
    let launched_for = || named.iter().find(|address| token::is_of_address(place, token, &address.name)).cloned();
    let lost = if known.missing.contains(&mark::RESOURCE) { launched_for() } else { None };
    Some(Machine {
        address: lost.or_else(|| Some(Mark::read(&known.tags)?.address))?,
        id: instance.instance_id.clone()?,
        instance_type: instance.instance_type().map(|sort| sort.as_str().to_owned()).unwrap_or_default(),
        state: find::state_of(instance)?.as_str().to_owned(),
        public_ip: instance.public_ip_address().filter(|address| !address.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    /// An instance that AWS first refuses to start in these words.
    async fn started(code: &'static str, message: &'static str) -> Result<usize> {
        let mut refused = false;
        let aws = Aws::with(move |call| match call.name.as_str() {
            "ec2:StartInstances" if !refused => {
                refused = true;
                no(400, code, message)
            }
            "ec2:DescribeInstances" => {
                yes("<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
                 <instanceState><code>16</code><name>running</name></instanceState></item></instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>")
            }
            _ => yes("<StartInstancesResponse/>"),
        });
        start(&aws.context(), "i-1").await?;
        Ok(aws.names().iter().filter(|name| *name == "ec2:StartInstances").count())
    }

    #[tokio::test]
    async fn a_start_that_aws_refuses_for_a_moment_is_tried_again() {
        let changed = "LaunchPlan instance type does not match attribute value";
        assert_eq!(started("InvalidParameterValue", changed).await.unwrap(), 2);
        let short = "We currently do not have sufficient t3.micro capacity in the Availability Zone you requested";
        assert_eq!(started("InsufficientInstanceCapacity", short).await.unwrap(), 2);
        assert!(started("InvalidParameterValue", "Invalid value 'i-1' for instanceId").await.is_err());
    }
}
