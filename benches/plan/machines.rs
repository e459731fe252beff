//! An account in which the machines and firewalls of a stack are there, as far as a plan asks for them.

use crate::fake_aws::FakeAws;
use crate::proxy::{Call, Fault};

const VPC: &str = "<vpcId>vpc-0123456789abcdef0</vpcId>";

/// Half of `size` resources of [`stacks::machines`](crate::stacks::machines) are instances, half security groups.
pub fn account(size: usize) -> FakeAws {
    let instances: String = (0..size).skip(1).step_by(2).map(instance).collect();
    let groups: String = (0..size).step_by(2).map(group).collect();
    FakeAws::with(move |call: &Call| {
        let (action, body) = match call.name.strip_prefix("ec2:")? {
            action @ "DescribeInstances" => (action, format!("<reservationSet>{instances}</reservationSet>")),
            action @ "DescribeSecurityGroups" => (action, format!("<securityGroupInfo>{groups}</securityGroupInfo>")),
            action @ "DescribeSecurityGroupRules" => {
                (action, format!("<securityGroupRuleSet>{}</securityGroupRuleSet>", rules(&call.body())))
            }
            _ => return None,
        };
        Some(Fault::answer(format!("<{action}Response>{body}</{action}Response>")))
    })
}

fn tags(n: usize) -> String {
    let tag = |(key, value): (&str, &str)| format!("<item><key>{key}</key><value>{value}</value></item>");
    let own = [("cloud101:stack", "large"), ("cloud101:resource", &format!("r{n}"))].map(tag).concat();
    let more =
        [("course", "physics"), ("owner", "ana@example.edu"), ("Name", &format!("large-r{n}"))].map(tag).concat();
    format!("<tagSet>{own}{more}</tagSet>")
}

fn instance(n: usize) -> String {
    format!(
        "<item><instancesSet><item><instanceId>i-{n:017x}</instanceId><imageId>ami-0123456789abcdef0</imageId>\
         <instanceState><code>16</code><name>running</name></instanceState><instanceType>t3.micro</instanceType>\
         <clientToken>{n:064x}</clientToken>{VPC}{}</item></instancesSet></item>",
        tags(n)
    )
}

fn group(n: usize) -> String {
    format!(
        "<item><groupId>sg-{n:017x}</groupId><groupName>large-r{n}</groupName>\
         <groupDescription>Managed by cloud101</groupDescription>{VPC}{}</item>",
        tags(n)
    )
}

/// One rule of each group that the filter names.
fn rules(body: &str) -> String {
    let ids = body.split(['&', '=']).filter_map(|value| value.strip_prefix("sg-"));
    ids.filter_map(|id| usize::from_str_radix(id, 16).ok()).map(rule).collect()
}

fn rule(n: usize) -> String {
    format!(
        "<item><securityGroupRuleId>sgr-{n:017x}</securityGroupRuleId><groupId>sg-{n:017x}</groupId><isEgress>false</isEgress>\
         <ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><cidrIpv4>192.0.2.0/24</cidrIpv4></item>"
    )
}
