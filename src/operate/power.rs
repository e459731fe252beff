//! Stopping and starting the instances of a stack.

use std::time::SystemTime;

use aws_sdk_ec2::types::{Instance, InstanceStateName};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::ownership::{self, Ownership};
use crate::aws::{Context, Error, Result};
use crate::explain::Code;
use crate::resource::ec2::instance::power::{start, stop};
use crate::resource::ec2::instance::{State, find, owner};
use crate::resource::ec2::tag::{tags_of, update_tags};
use crate::resource::ec2::token;
use crate::resource::{Address, Place, Tags};

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
        let hint = "nothing of it was touched; run the same command again";
        return Err(Error::refused(message).about(Code::Changed).with_hint(hint));
    }
    let steady = find::until_steady(cx, id).await?;
    let is_tagged = tags_of(steady.tags.as_deref()).contains_key(ownership::STOPPED);
    match (to, find::state_of(&steady)) {
        // The tag is there before and gone before: killed in between, an instance that runs is only found to run, and one
        // that is stopped is started by the next apply.
        (State::Stopped, Some(InstanceStateName::Running)) => {
            update_tags(cx, [id], &stopped_today(), &[]).await?;
            stop(cx, id).await?;
        }
        (State::Running, Some(InstanceStateName::Stopped)) => {
            if is_tagged {
                update_tags(cx, [id], &Tags::new(), &[ownership::STOPPED.to_owned()]).await?;
            }
            start(cx, id).await?;
        }
        (State::Stopped, Some(InstanceStateName::Stopped)) => {
            update_tags(cx, [id], &stopped_today(), &[]).await?;
        }
        (State::Running, Some(InstanceStateName::Running)) if is_tagged => {
            update_tags(cx, [id], &Tags::new(), &[ownership::STOPPED.to_owned()]).await?;
        }
        (State::Stopped | State::Running, _) => {}
    }
    let after = find::by_id(cx, id).await?;
    let gone = || Error::unexpected("ec2:DescribeInstances", format!("instance {id} is gone"));
    after.as_ref().and_then(|after| of_instance(&cx.place, named, after)).ok_or_else(gone)
}

fn stopped_today() -> Tags {
    let today = DateTime::from(SystemTime::now()).fmt(Format::DateTime).unwrap_or_default();
    Tags::from([(ownership::STOPPED.to_owned(), today.chars().take(10).collect())])
}

/// What is known of `instance`; `None`: it is not this stack's.
pub(super) fn of_instance(place: &Place, named: &[Address], instance: &Instance) -> Option<Machine> {
    let known = owner::own(place, instance)?;
    let token = instance.client_token().unwrap_or_default();
    let launched_for =
        || named.iter().find(|address| token::is_of_address(place, token, &ownership::address_value(address))).cloned();
    let lost = if known.missing.contains(&ownership::RESOURCE) { launched_for() } else { None };
    Some(Machine {
        address: lost.or_else(|| Some(Ownership::read(&known.tags)?.address))?,
        id: instance.instance_id.clone()?,
        instance_type: instance.instance_type().map(|sort| sort.as_str().to_owned()).unwrap_or_default(),
        state: find::state_of(instance)?.as_str().to_owned(),
        public_ip: instance.public_ip_address().filter(|address| !address.is_empty()).map(str::to_owned),
    })
}
