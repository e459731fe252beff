//! The calls that read groups and rules, and that change rules.

use aws_sdk_ec2::operation::describe_security_group_rules::DescribeSecurityGroupRulesOutput;
use aws_sdk_ec2::types::{Filter, IpPermission, SecurityGroup as Group, SecurityGroupRule};

use crate::aws::{Bounded, Call, Context, ErrorKind, Result, wait};

use super::{FILTER_VALUES, LAG, Rule, filter};

/// Which way the traffic of a rule goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In.
    Ingress,
    /// Out.
    Egress,
}

/// All groups that pass `filters`.
pub async fn groups(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Group>> {
    let list = cx.clients.ec2.describe_security_groups().set_filters(Some(filters)).into_paginator().send().bounded();
    list.all("ec2:DescribeSecurityGroups", |page| page.security_groups.unwrap_or_default()).await
}

/// One group.
pub async fn group(cx: &Context, id: &str) -> Result<Option<Group>> {
    let one = async { Ok(groups(cx, vec![filter("group-id", [id])]).await?.into_iter().next()) };
    cx.shared(format!("the security group {id}"), one).await
}

/// All rules of the groups with these ids, whichever way they go.
pub async fn rules(cx: &Context, ids: Vec<String>) -> Result<Vec<SecurityGroupRule>> {
    let mut rules = Vec::new();
    for some in ids.chunks(FILTER_VALUES) {
        let call = cx.clients.ec2.describe_security_group_rules().filters(filter("group-id", some));
        let items = |page: DescribeSecurityGroupRulesOutput| page.security_group_rules.unwrap_or_default();
        rules.extend(call.into_paginator().send().bounded().all("ec2:DescribeSecurityGroupRules", items).await?);
    }
    Ok(rules)
}

/// Waits for the rules that AWS gives each new group, which let all traffic out. Taking one away before it shows
/// takes nothing away. Where one never shows there is nothing to take.
pub async fn until_open(cx: &Context, id: &str, given: &[Rule]) -> Result<()> {
    let what = format!("EC2 to show the rules of the security group {id}");
    let shown = wait::poll_until(&what, LAG, || async {
        let rules = rules(cx, vec![id.to_owned()]).await?;
        let egress = rules.iter().filter(|rule| rule.is_egress == Some(true));
        let egress: Vec<_> = egress.map(|rule| Rule::reported(rule, id).traffic()).collect();
        Ok(given.iter().all(|rule| egress.contains(&rule.traffic())).then_some(()))
    });
    match shown.await {
        Err(error) if error.kind == ErrorKind::TimedOut => Ok(()),
        shown => shown,
    }
}

/// Makes `desired`, which is canonical, all the rules of one direction. Adds before it removes, and changes
/// descriptions in place, so that wanted traffic is never cut off meanwhile.
pub async fn set_rules(cx: &Context, id: &str, direction: Direction, target: &[Rule]) -> Result<()> {
    let live: Vec<(String, Rule)> = rules(cx, vec![id.to_owned()])
        .await?
        .into_iter()
        .filter(|rule| rule.is_egress == Some(direction == Direction::Egress))
        .map(|rule| (rule.security_group_rule_id.clone().unwrap_or_default(), Rule::reported(&rule, id)))
        .collect();
    let (mut missing, mut redescribed) = (Vec::new(), Vec::new());
    for rule in target {
        match live.iter().find(|(_, live)| live.traffic() == rule.traffic()) {
            None => missing.push(rule.permission(id)),
            Some((_, live)) if live.description != rule.description => redescribed.push(rule.permission(id)),
            Some(_) => {}
        }
    }
    let is_desired = |live: &Rule| target.iter().any(|rule| rule.traffic() == live.traffic());
    let surplus: Vec<_> = live.iter().filter(|(_, live)| !is_desired(live)).map(|(rule, _)| rule.clone()).collect();
    match authorize(cx, id, direction, missing.clone()).await {
        // With the old rules there is no room for the new ones.
        Err(error) if error.kind == ErrorKind::Quota && !surplus.is_empty() => {
            revoke(cx, id, direction, surplus).await?;
            authorize(cx, id, direction, missing).await?;
        }
        added => {
            added?;
            revoke(cx, id, direction, surplus).await?;
        }
    }
    describe(cx, id, direction, redescribed).await
}

/// Adds rules. One that is there already counts as added.
async fn authorize(cx: &Context, id: &str, direction: Direction, permissions: Vec<IpPermission>) -> Result<()> {
    match authorize_all(cx, id, direction, permissions.clone()).await {
        // EC2 takes all of a call's rules or none.
        Err(error) if error.kind == ErrorKind::Exists => {
            for permission in permissions {
                match authorize_all(cx, id, direction, vec![permission]).await {
                    Err(error) if error.kind == ErrorKind::Exists => {}
                    other => other?,
                }
            }
            Ok(())
        }
        other => other,
    }
}

async fn authorize_all(cx: &Context, id: &str, direction: Direction, permissions: Vec<IpPermission>) -> Result<()> {
    if permissions.is_empty() {
        return Ok(());
    }
    let ec2 = &cx.clients.ec2;
    let attempt = || async {
        let permissions = Some(permissions.clone());
        match direction {
            Direction::Ingress => {
                let call = ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(permissions);
                call.send().await.call("ec2:AuthorizeSecurityGroupIngress").map(drop)
            }
            Direction::Egress => {
                let call = ec2.authorize_security_group_egress().group_id(id).set_ip_permissions(permissions);
                call.send().await.call("ec2:AuthorizeSecurityGroupEgress").map(drop)
            }
        }
    };
    // A group that was made a moment ago may not be known everywhere yet; another one that is missing is missing.
    let is_new = |error: &crate::aws::Error| error.is_not_found() && error.message.contains(id);
    wait::retry_while(&format!("EC2 to know the security group {id}"), LAG, is_new, attempt).await
}

/// Removes rules by their ids; one that is gone is fine.
pub async fn revoke(cx: &Context, id: &str, direction: Direction, rules: Vec<String>) -> Result<()> {
    match revoke_all(cx, id, direction, rules.clone()).await {
        // EC2 removes all of a call's rules or none.
        Err(error) if error.is_not_found() => {
            for rule in rules {
                match revoke_all(cx, id, direction, vec![rule]).await {
                    Err(error) if error.is_not_found() => {}
                    other => other?,
                }
            }
            Ok(())
        }
        other => other,
    }
}

async fn revoke_all(cx: &Context, id: &str, direction: Direction, rules: Vec<String>) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let rules = Some(rules);
    match direction {
        Direction::Ingress => {
            let call = cx.clients.ec2.revoke_security_group_ingress().group_id(id).set_security_group_rule_ids(rules);
            call.send().await.call("ec2:RevokeSecurityGroupIngress").map(drop)
        }
        Direction::Egress => {
            let call = cx.clients.ec2.revoke_security_group_egress().group_id(id).set_security_group_rule_ids(rules);
            call.send().await.call("ec2:RevokeSecurityGroupEgress").map(drop)
        }
    }
}

/// Sets the descriptions of rules that are there; a permission without one removes it.
async fn describe(cx: &Context, id: &str, direction: Direction, permissions: Vec<IpPermission>) -> Result<()> {
    if permissions.is_empty() {
        return Ok(());
    }
    let (ec2, permissions) = (&cx.clients.ec2, Some(permissions));
    match direction {
        Direction::Ingress => {
            let call = ec2.update_security_group_rule_descriptions_ingress().group_id(id);
            let call = call.set_ip_permissions(permissions);
            call.send().await.call("ec2:UpdateSecurityGroupRuleDescriptionsIngress").map(drop)
        }
        Direction::Egress => {
            let call = ec2.update_security_group_rule_descriptions_egress().group_id(id);
            let call = call.set_ip_permissions(permissions);
            call.send().await.call("ec2:UpdateSecurityGroupRuleDescriptionsEgress").map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    #[tokio::test]
    async fn a_rule_that_is_gone_does_not_keep_the_others() {
        let aws = Aws::with(|call| match call.body.contains("sgr-gone") {
            true => {
                no(400, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID 'sgr-gone' does not exist")
            }
            false => yes("<RevokeSecurityGroupIngressResponse/>"),
        });
        let rules = ["sgr-1", "sgr-gone", "sgr-2"].map(String::from).to_vec();
        revoke(&aws.context(), "sg-1", Direction::Ingress, rules).await.unwrap();
        let removed =
            |rule: &str| aws.calls().iter().any(|call| call.body.contains(rule) && !call.body.contains("sgr-gone"));
        assert!(removed("sgr-1") && removed("sgr-2"), "{:?}", aws.calls());
    }
}
