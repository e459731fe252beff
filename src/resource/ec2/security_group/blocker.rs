//! What keeps a group from being deleted, who owns it, and how to remove it.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Instance, InstanceStateName, NetworkInterface, SecurityGroup as Group};

use crate::aws::ownership::Ownership;
use crate::aws::{Bounded, Context, ErrorKind, Result};
use crate::resource::ec2::instance::owner as instance_owner;
use crate::resource::ec2::interface::{self, Holder};
use crate::resource::ec2::machine;
use crate::resource::others::{self, Beside, Others, Own};

use super::owner::is_own;
use super::{FILTER_VALUES, calls, filter};

/// Something that uses a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// What it is, and who owns it.
    pub name: String,
    /// Whether it will let go by itself.
    pub passes: bool,
    /// Whether it is an interface that Lambda has not given back yet.
    pub is_lambdas: bool,
    /// The command that takes it out of the way; `None` if only AWS can.
    pub remove: Option<String>,
}

/// Everything that uses the group `id`.
pub async fn blockers(cx: &Context, id: &str) -> Result<Vec<Blocker>> {
    let interfaces = interfaces(cx, &[id]).await?;
    let instances = instances(cx, &interfaces).await?;
    let mut found: Vec<_> = interfaces.iter().map(|interface| of_interface(cx, interface, id, &instances)).collect();
    if found.iter().any(|blocker| blocker.is_lambdas) {
        found.extend(functions(cx, id).await?);
    }
    found.extend(rules(cx, id).await?);
    Ok(found)
}

/// Those of them that are not the stack's and won't let go by themselves, said before anything is done.
pub async fn of_others(cx: &Context, id: &str, own: &Own) -> Result<Others> {
    let (interfaces, rules) = tokio::try_join!(interfaces_among(cx, id, own), foreign_rules(cx, id))?;
    let is_known = |interface: &NetworkInterface| match interface::holder(interface) {
        Holder::Instance(instance) => own.has("ec2.instance", &instance),
        _ => false,
    };
    let interfaces: Vec<_> = interfaces.into_iter().filter(|interface| !is_known(interface)).collect();
    let instances = instances(cx, &interfaces).await?;
    let can_ignore = |interface: &NetworkInterface| match interface::holder(interface) {
        // One that is being deleted releases it by itself, regardless of owner.
        Holder::Instance(id) => {
            instances.get(&id).filter(|instance| is_live(instance)).and_then(|instance| mark_of(cx, instance))
        }
        _ => None,
    };
    let beside = interfaces.iter().filter_map(|interface| {
        let Holder::Instance(id) = interface::holder(interface) else { return None };
        let ownership = can_ignore(interface)?;
        Some(Beside { address: ownership.address, kind: "ec2.instance".to_owned(), id })
    });
    let foreign = interfaces.iter().filter(|interface| can_ignore(interface).is_none());
    let blockers = foreign.map(|interface| of_interface(cx, interface, id, &instances)).chain(rules);
    let holder = |blocker: Blocker| others::Holder {
        who: blocker.name.replace(", which is not this stack's", ""),
        command: blocker.remove.unwrap_or_default(),
    };
    Ok(Others {
        beside: beside.collect(),
        holders: blockers.filter(|blocker| !blocker.passes).map(holder).collect(),
        ..Others::default()
    })
}

/// The rules of foreign groups that name the group `id`, by one list of all groups.
pub async fn foreign_rules(cx: &Context, id: &str) -> Result<Vec<Blocker>> {
    let all = cx.region_wide().shared("security groups of the region", calls::groups(cx, Vec::new())).await?;
    let foreign = naming(&all, id).filter(|group| !is_own(cx, group)).filter_map(|group| group.group_id.clone());
    rules_of(cx, id, foreign.collect()).await
}

/// The interfaces of the group `id`. Those of all groups in `own` are asked for at once.
async fn interfaces_among(cx: &Context, id: &str, own: &Own) -> Result<Vec<NetworkInterface>> {
    let groups = || own.of(super::KIND).map(String::as_str);
    let Some(at) = groups().position(|group| group == id) else { return interfaces(cx, &[id]).await };
    let (batch, groups) = (at / FILTER_VALUES, groups().skip(at / FILTER_VALUES * FILTER_VALUES).take(FILTER_VALUES));
    let groups: Vec<_> = groups.collect();
    let found = cx.shared(format!("interfaces of the stack's groups, batch {batch}"), interfaces(cx, &groups)).await?;
    let has_it = |interface: &NetworkInterface| interface.groups().iter().any(|group| group.group_id() == Some(id));
    Ok(found.into_iter().filter(has_it).collect())
}

/// The interfaces of any of `groups`.
async fn interfaces(cx: &Context, groups: &[&str]) -> Result<Vec<NetworkInterface>> {
    // Those that AWS's services manage may be hidden otherwise, and hold the group all the same.
    let call = cx.clients.ec2.describe_network_interfaces().include_managed_resources(true);
    let call = call.filters(filter("group-id", groups.iter().copied()));
    let list = call.into_paginator().send().bounded();
    list.all("ec2:DescribeNetworkInterfaces", |page| page.network_interfaces.unwrap_or_default()).await
}

/// Those of `groups` that have a rule which names the group `id`, but for itself.
fn naming<'a>(groups: &'a [Group], id: &'a str) -> impl Iterator<Item = &'a Group> {
    let names_it = move |group: &&Group| {
        let rules = group.ip_permissions().iter().chain(group.ip_permissions_egress());
        let mut pairs = rules.flat_map(|rule| rule.user_id_group_pairs());
        group.group_id() != Some(id) && pairs.any(|pair| pair.group_id() == Some(id))
    };
    groups.iter().filter(names_it)
}

/// Other groups whose rules name this one, and whether they belong to this stack.
pub async fn referring(cx: &Context, id: &str) -> Result<Vec<(String, bool)>> {
    let by = |name: &'static str| calls::groups(cx, vec![filter(name, [id])]);
    let (ingress, egress) = tokio::try_join!(by("ip-permission.group-id"), by("egress.ip-permission.group-id"))?;
    let mut found = Vec::new();
    for group in ingress.into_iter().chain(egress) {
        let owned = is_own(cx, &group);
        if let Some(group) =
            group.group_id.filter(|group| group != id && !found.iter().any(|(known, _)| known == group))
        {
            found.push((group, owned));
        }
    }
    Ok(found)
}

/// The instances that have `interfaces`, those included that AWS still lists.
async fn instances(cx: &Context, interfaces: &[NetworkInterface]) -> Result<BTreeMap<String, Instance>> {
    let ids: Vec<_> = interfaces
        .iter()
        .filter_map(|interface| match interface::holder(interface) {
            Holder::Instance(instance) => Some(instance),
            _ => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = cx.clients.ec2.describe_instances().include_managed_resources(true).filters(filter("instance-id", ids));
    let instances = machine::all(call).await?.into_iter();
    Ok(instances.filter_map(|instance| Some((instance.instance_id.clone()?, instance))).collect())
}

fn of_interface(
    cx: &Context,
    interface: &NetworkInterface,
    group: &str,
    instances: &BTreeMap<String, Instance>,
) -> Blocker {
    let id = interface.network_interface_id().unwrap_or_default();
    let holder = interface::holder(interface);
    let (name, passes) = match &holder {
        Holder::Instance(instance) => match instances.get(instance).filter(|instance| is_live(instance)) {
            Some(live) => (format!("the instance {instance} ({id}), {}", owner(cx, live)), false),
            None => (format!("the network interface {id} of {instance}, which no longer exists"), true),
        },
        Holder::Lambda => (format!("the network interface {id} of AWS Lambda"), true),
        Holder::Service(service) if service.is_empty() => {
            (format!("the network interface {id} of an AWS service"), false)
        }
        Holder::Service(service) => (format!("the network interface {id} ({service})"), false),
        // What an instance leaves may be free for a moment before it goes.
        Holder::Unattached => (format!("the network interface {id}, which is not attached"), true),
    };
    let show = || {
        let region = &cx.place.region;
        format!("aws ec2 describe-network-interfaces --network-interface-ids {id} --region {region}")
    };
    let remove = interface::release(interface, |other| other == group, &cx.place.region);
    let remove = remove.or_else(|| matches!(holder, Holder::Service(_)).then(show));
    Blocker { name, passes, is_lambdas: holder == Holder::Lambda, remove }
}

fn is_live(instance: &Instance) -> bool {
    let state = instance.state().and_then(|state| state.name());
    !matches!(state, Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) | None)
}

/// The mark of an instance of the stack.
fn mark_of(cx: &Context, instance: &Instance) -> Option<Ownership> {
    instance_owner::own(&cx.place, instance).and_then(|known| Ownership::read(&known.tags))
}

fn owner(cx: &Context, instance: &Instance) -> String {
    match Ownership::read(&instance_owner::known(&cx.place, instance).tags) {
        Some(ownership) if ownership.stack == cx.place.stack => format!("which is {} of this stack", ownership.address),
        Some(ownership) => format!("which belongs to the stack {}", ownership.stack),
        None => "which is not this stack's".to_owned(),
    }
}

/// The functions that are there and still use the group.
async fn functions(cx: &Context, id: &str) -> Result<Vec<Blocker>> {
    let list = cx.clients.lambda.list_functions().into_paginator().send().bounded();
    let all = match list.all("lambda:ListFunctions", |page| page.functions.unwrap_or_default()).await {
        // It would only say more.
        Err(error) if error.kind == ErrorKind::Denied => return Ok(Vec::new()),
        all => all?,
    };
    let blockers = all.into_iter().flat_map(|function| {
        let groups = function.vpc_config.and_then(|vpc| vpc.security_group_ids).unwrap_or_default();
        of_function(&function.function_name.unwrap_or_default(), &groups, id, &cx.place.region)
    });
    Ok(blockers.collect())
}

/// A function in a VPC has at least one group; without any network it needs none.
fn of_function(name: &str, groups: &[String], id: &str, region: &str) -> Option<Blocker> {
    let rest: Vec<_> = groups.iter().filter(|group| *group != id).map(String::as_str).collect();
    if rest.len() == groups.len() {
        return None;
    }
    let vpc = match rest.is_empty() {
        true => "SubnetIds=[],SecurityGroupIds=[]".to_owned(),
        false => format!("SecurityGroupIds={}", rest.join(",")),
    };
    Some(Blocker {
        name: format!("the function {name}"),
        passes: false,
        is_lambdas: false,
        remove: Some(format!(
            "aws lambda update-function-configuration --function-name {name} --vpc-config {vpc} --region {region}"
        )),
    })
}

/// The rules of foreign groups that name the group.
async fn rules(cx: &Context, id: &str) -> Result<Vec<Blocker>> {
    let foreign = referring(cx, id).await?.into_iter().filter(|(_, owned)| !owned).map(|(group, _)| group).collect();
    rules_of(cx, id, foreign).await
}

/// Those of the rules of `groups` that name the group.
async fn rules_of(cx: &Context, id: &str, groups: Vec<String>) -> Result<Vec<Blocker>> {
    let names_it = |rule: &aws_sdk_ec2::types::SecurityGroupRule| {
        rule.referenced_group_info.as_ref().is_some_and(|group| group.group_id.as_deref() == Some(id))
    };
    let rules = calls::rules(cx, groups).await?.into_iter().filter(names_it);
    Ok(rules
        .map(|rule| {
            let (group, rule_id) = (rule.group_id.unwrap_or_default(), rule.security_group_rule_id.unwrap_or_default());
            let direction = if rule.is_egress == Some(true) { "egress" } else { "ingress" };
            let region = &cx.place.region;
            Blocker {
                name: format!("a rule of the group {group}, which is not this stack's"),
                passes: false,
                is_lambdas: false,
                remove: Some(format!(
                    "aws ec2 revoke-security-group-{direction} --group-id {group} --security-group-rule-ids {rule_id} \
                     --region {region}"
                )),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_keeps_its_other_groups_or_leaves_the_network() {
        let command = |groups: &[&str]| {
            let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
            of_function("class", &groups, "sg-1", "us-east-1").and_then(|blocker| blocker.remove)
        };
        assert_eq!(command(&["sg-2"]), None);
        assert!(command(&["sg-1", "sg-2"]).is_some_and(|it| it.contains("--vpc-config SecurityGroupIds=sg-2 ")));
        assert!(command(&["sg-1"]).is_some_and(|it| it.contains("--vpc-config SubnetIds=[],SecurityGroupIds=[] ")));
    }
}
