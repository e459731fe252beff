//! Deleting a group, which AWS refuses as long as anything uses it.

use std::time::Duration;

use aws_sdk_ec2::types::{NetworkInterface, NetworkInterfaceType};

use crate::aws::{Call, Context, Error, ErrorKind, Result, wait};

use super::calls::{self, Direction};
use super::{LAG, filter, tags_of};

/// How long an instance's interface may take to go away after the instance.
const INSTANCES: Duration = Duration::from_secs(5 * 60);

/// How long Lambda may take to give back the interfaces of a function in a VPC.
const FUNCTIONS: Duration = Duration::from_secs(40 * 60);

/// Deletes the group as soon as nothing uses it. Rules of this stack's other groups that name it are removed;
/// those of foreign groups are not touched.
pub async fn delete(cx: &Context, id: &str) -> Result<()> {
    if !attempt(cx, id).await? {
        release(cx, id).await?;
        let users = users(cx, id).await?;
        let limit = if users.iter().any(|user| user.is_function) { FUNCTIONS } else { INSTANCES };
        let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
        let names = if names.is_empty() { "AWS".to_owned() } else { names.join(", ") };
        let what = format!("the security group {id} to be let go by {names}");
        let attempts = wait::until(&what, limit, || async { Ok(attempt(cx, id).await?.then_some(())) });
        attempts.await.map_err(|error| match error.kind {
            ErrorKind::TimedOut => error.with_hint(
                "delete what uses it, or take the group away from it, then run the same command again: it goes on where this one stopped",
            ),
            _ => error,
        })?;
    }
    wait::until(&format!("EC2 to forget the security group {id}"), LAG, || async {
        Ok(calls::group(cx, id).await?.is_none().then_some(()))
    })
    .await
}

/// Whether it is gone; `false` while it is in use.
async fn attempt(cx: &Context, id: &str) -> Result<bool> {
    match cx.clients.ec2.delete_security_group().group_id(id).send().await.call_if_found("ec2:DeleteSecurityGroup") {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::InUse => Ok(false),
        Err(error) => Err(error),
    }
}

/// What keeps a group from being deleted.
struct User {
    name: String,
    is_function: bool,
}

/// Removes the rules that name the group from the stack's own other groups.
async fn release(cx: &Context, id: &str) -> Result<()> {
    let own = referring(cx, id).await?.into_iter().filter(|(_, owned)| *owned).map(|(group, _)| group).collect();
    for rule in calls::rules(cx, own).await? {
        let names_it = rule.referenced_group_info.as_ref().is_some_and(|group| group.group_id.as_deref() == Some(id));
        let direction = if rule.is_egress == Some(true) { Direction::Egress } else { Direction::Ingress };
        if let (true, Some(group), Some(rule)) = (names_it, rule.group_id, rule.security_group_rule_id) {
            calls::revoke(cx, &group, direction, vec![rule]).await?;
        }
    }
    Ok(())
}

/// Other groups whose rules name this one, and whether they belong to this stack.
async fn referring(cx: &Context, id: &str) -> Result<Vec<(String, bool)>> {
    let by = |name: &'static str| calls::groups(cx, vec![filter(name, [id])]);
    let (ingress, egress) = tokio::try_join!(by("ip-permission.group-id"), by("egress.ip-permission.group-id"))?;
    let mut found = Vec::new();
    for group in ingress.into_iter().chain(egress) {
        let owned = cx.owns(&tags_of(group.tags));
        if let Some(group) =
            group.group_id.filter(|group| group != id && !found.iter().any(|(known, _)| known == group))
        {
            found.push((group, owned));
        }
    }
    Ok(found)
}

async fn users(cx: &Context, id: &str) -> Result<Vec<User>> {
    let mut users = Vec::new();
    let call = cx.clients.ec2.describe_network_interfaces().filters(filter("group-id", [id]));
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.call("ec2:DescribeNetworkInterfaces")?;
        users.extend(page.network_interfaces.unwrap_or_default().into_iter().map(of_interface));
    }
    let foreign = referring(cx, id).await?.into_iter().filter(|(_, owned)| !owned);
    users.extend(foreign.map(|(group, _)| User { name: format!("a rule of the group {group}"), is_function: false }));
    Ok::<_, Error>(users)
}

fn of_interface(interface: NetworkInterface) -> User {
    let id = interface.network_interface_id.unwrap_or_default();
    let description = interface.description.unwrap_or_default();
    let instance = interface.attachment.and_then(|attachment| attachment.instance_id);
    let is_function =
        interface.interface_type == Some(NetworkInterfaceType::Lambda) || description.starts_with("AWS Lambda VPC ENI");
    let name = match instance {
        Some(instance) => format!("the instance {instance} ({id})"),
        None if description.is_empty() => format!("the network interface {id}"),
        None => format!("the network interface {id} ({description})"),
    };
    User { name, is_function }
}
