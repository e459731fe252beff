//! From where a port of an instance can be reached, by the rules of its groups.

use aws_sdk_ec2::types::{IpPermission, SecurityGroup as Group};

use crate::aws::{Context, Result};

use super::{calls, filter};

/// The range of everybody.
const EVERYBODY: &str = "0.0.0.0/0";

/// From where a port can be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openings {
    /// From every IPv4 address.
    pub to_everybody: bool,
    /// Ranges of addresses, security groups and prefix lists, as AWS writes them.
    pub to: Vec<String>,
}

/// From where this TCP port of what has these groups can be reached (API: DescribeSecurityGroups).
pub async fn tcp(cx: &Context, groups: &[String], port: i32) -> Result<Openings> {
    match groups {
        [] => Ok(Openings::default()),
        groups => Ok(of(&calls::groups(cx, vec![filter("group-id", groups)]).await?, port)),
    }
}

fn of(groups: &[Group], port: i32) -> Openings {
    let fits = |rule: &&IpPermission| match rule.ip_protocol() {
        Some("-1") => true,
        Some("tcp" | "6") => (rule.from_port().unwrap_or(0)..=rule.to_port().unwrap_or(65535)).contains(&port),
        _ => false,
    };
    let mut to: Vec<_> = groups.iter().flat_map(Group::ip_permissions).filter(fits).flat_map(peers).collect();
    to.sort();
    to.dedup();
    Openings { to_everybody: to.iter().any(|peer| peer == EVERYBODY), to }
}

fn peers(rule: &IpPermission) -> Vec<String> {
    let ranges = rule.ip_ranges().iter().filter_map(|range| range.cidr_ip.clone());
    let six = rule.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6.clone());
    let groups = rule.user_id_group_pairs().iter().filter_map(|pair| pair.group_id.clone());
    let lists = rule.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id.clone());
    ranges.chain(six).chain(groups).chain(lists).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::IpRange;

    use super::*;

    fn group(protocol: &str, ports: Option<(i32, i32)>, cidr: &str) -> Group {
        let rule = IpPermission::builder()
            .ip_protocol(protocol)
            .set_from_port(ports.map(|(from, _)| from))
            .set_to_port(ports.map(|(_, to)| to))
            .ip_ranges(IpRange::builder().cidr_ip(cidr).build());
        Group::builder().ip_permissions(rule.build()).build()
    }

    #[test]
    fn each_rule_that_has_the_port_counts_and_no_other() {
        let groups = [
            group("tcp", Some((22, 22)), "192.0.2.0/24"),
            group("tcp", Some((20, 25)), "198.51.100.0/24"),
            group("udp", Some((22, 22)), "0.0.0.0/0"),
            group("tcp", Some((80, 443)), "0.0.0.0/0"),
            group("tcp", Some((22, 22)), "192.0.2.0/24"),
        ];
        let to = ["192.0.2.0/24", "198.51.100.0/24"].map(str::to_owned).to_vec();
        assert_eq!(of(&groups, 22), Openings { to_everybody: false, to });
        assert!(of(&[group("-1", None, "0.0.0.0/0")], 22).to_everybody);
        assert_eq!(of(&groups[2..4], 22), Openings::default());
    }
}
