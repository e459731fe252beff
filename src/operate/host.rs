//! The instances of a stack, as far as a person logs in to them.

use aws_sdk_ec2::types::{IamInstanceProfile, Instance};

use crate::aws::{Context, Result};
use crate::resource::ec2::instance::{find, login};
use crate::resource::{Address, Place};

use super::power::{self, Machine};

/// An instance to log in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Which one, and what it does now.
    pub machine: Machine,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
    /// The name of its key pair.
    pub key_name: Option<String>,
    /// The host name of its public address.
    pub public_dns: Option<String>,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
    /// What it was launched from, as [`login::user`] takes it.
    pub image: String,
}

/// The stack's instances, in the order of their addresses. `named`: as for [`power::machines`].
pub async fn hosts(cx: &Context, named: &[Address]) -> Result<Vec<Host>> {
    let found = find::live(cx).await?;
    let mut hosts: Vec<_> = found.iter().filter_map(|instance| of_instance(&cx.place, named, instance)).collect();
    hosts.sort_by(|a, b| (&a.machine.address, &a.machine.id).cmp(&(&b.machine.address, &b.machine.id)));
    Ok(hosts)
}

/// The same instance once it runs or is stopped, whichever it was on its way to; `None`: it is gone.
pub async fn when_steady(cx: &Context, named: &[Address], host: &Host) -> Result<Option<Host>> {
    let instance = find::until_steady(cx, &host.machine.id).await?;
    Ok(of_instance(&cx.place, named, &instance))
}

/// Whether the account has an instance with this id, no matter who owns it.
pub async fn exists(cx: &Context, id: &str) -> Result<bool> {
    Ok(find::by_id(cx, id).await?.as_ref().is_some_and(find::is_live))
}

fn of_instance(place: &Place, named: &[Address], instance: &Instance) -> Option<Host> {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let groups = instance.security_groups().iter().filter_map(|group| group.group_id.clone());
    Some(Host {
        machine: power::of_instance(place, named, instance)?,
        profile: text(instance.iam_instance_profile().and_then(IamInstanceProfile::arn)),
        key_name: text(instance.key_name()),
        public_dns: text(instance.public_dns_name()),
        security_groups: groups.collect(),
        image: login::image_of(instance),
    })
}
