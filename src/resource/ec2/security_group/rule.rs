//! One rule: in the stack's form, spelled out, and as EC2 says it.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, UserIdGroupPair};
use ipnet::{Ipv4Net, Ipv6Net};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::resource::is_unknown;

/// The group's own id, in the stack's words.
pub(super) const SELF: &str = "self";

/// All ports, as EC2 says it.
const ALL_PORTS: (i32, i32) = (0, 65535);

/// One rule. It names exactly one of `cidr`, `ipv6`, `security_group` and `prefix_list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or the number of another protocol. Left out: `tcp`.
    #[serde(default, deserialize_with = "text_or_number")]
    #[schemars(with = "Option<TextOrNumber>")]
    pub protocol: Option<String>,
    /// A single port, for `tcp` and `udp`.
    pub port: Option<u16>,
    /// A range of ports, for `tcp` and `udp`: `8000-8010`, or `all`.
    #[serde(default, deserialize_with = "text_or_number")]
    #[schemars(with = "Option<TextOrNumber>")]
    pub ports: Option<String>,
    /// The type of message, for `icmp` and `icmpv6`. Left out, or -1: all.
    pub icmp_type: Option<i32>,
    /// The code within the type, for `icmp` and `icmpv6`. Left out, or -1: all.
    pub icmp_code: Option<i32>,
    /// The peer, as a range of IPv4 addresses: `192.0.2.0/24`; `0.0.0.0/0` is everyone.
    pub cidr: Option<String>,
    /// The peer, as a range of IPv6 addresses: `2001:db8::/32`; `::/0` is everyone.
    pub ipv6: Option<String>,
    /// The peer, as a security group's id; `self` for the members of this one.
    pub security_group: Option<String>,
    /// The peer, as a prefix list's id: the addresses of an AWS service.
    pub prefix_list: Option<String>,
    /// What it is for, at most 255 characters.
    pub description: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(i32),
}

fn text_or_number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<TextOrNumber>::deserialize(input)?.map(|value| match value {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    }))
}

impl Rule {
    /// Everything to everywhere: what AWS gives a new group as egress, in a VPC with IPv6 for both address families.
    pub fn everything(ipv6: bool) -> Vec<Self> {
        let all = Self { protocol: Some("all".into()), ..Self::default() };
        let four = Self { cidr: Some("0.0.0.0/0".into()), ..all.clone() };
        let six = ipv6.then(|| Self { ipv6: Some("::/0".into()), ..all });
        std::iter::once(four).chain(six).map(Self::canonical).collect()
    }

    /// Spelled out in the words that [`Rule::reported`] uses. What is not a sound rule stays as it is.
    pub fn canonical(mut self) -> Self {
        let protocol = protocol(self.protocol.as_deref().unwrap_or("tcp"));
        if has_ports(&protocol) {
            match self.port.map(|port| (i32::from(port), i32::from(port))).or_else(|| range(self.ports.as_deref()?)) {
                Some((from, to)) if from == to => (self.port, self.ports) = (u16::try_from(from).ok(), None),
                Some((from, to)) => (self.port, self.ports) = (None, Some(format!("{from}-{to}"))),
                None => {}
            }
        }
        if is_icmp(&protocol) {
            self.icmp_type.get_or_insert(-1);
            self.icmp_code.get_or_insert(-1);
        }
        self.protocol = Some(protocol);
        if let Some(Ok(net)) = self.cidr.as_deref().map(str::parse::<Ipv4Net>) {
            self.cidr = Some(net.to_string());
        }
        if let Some(Ok(net)) = self.ipv6.as_deref().map(str::parse::<Ipv6Net>) {
            self.ipv6 = Some(net.to_string());
        }
        self.description.get_or_insert_default();
        self
    }

    /// The rule without its description: what AWS counts as the same rule.
    pub fn traffic(&self) -> Self {
        Self { description: None, ..self.clone() }
    }

    /// The traffic of a rule, without its peer, as returned by EC2.
    fn of(protocol_said: Option<&str>, from: Option<i32>, to: Option<i32>) -> Self {
        let protocol = protocol(protocol_said.unwrap_or("-1"));
        let (from, to) = (from.unwrap_or(-1), to.unwrap_or(-1));
        let with_ports = has_ports(&protocol);
        Self {
            port: u16::try_from(from).ok().filter(|_| with_ports && from == to),
            ports: (with_ports && from != to).then(|| format!("{from}-{to}")),
            icmp_type: is_icmp(&protocol).then_some(from),
            icmp_code: is_icmp(&protocol).then_some(to),
            protocol: Some(protocol),
            ..Self::default()
        }
    }

    /// As EC2 answers it (API: DescribeSecurityGroupRules) for the group `own`.
    pub fn reported(rule: &SecurityGroupRule, own: &str) -> Self {
        let group = rule.referenced_group_info.as_ref().and_then(|group| group.group_id.clone());
        let reported = Self {
            cidr: rule.cidr_ipv4.clone(),
            ipv6: rule.cidr_ipv6.clone(),
            security_group: group.map(|group| named(group, own)),
            prefix_list: rule.prefix_list_id.clone(),
            description: rule.description.clone(),
            ..Self::of(rule.ip_protocol(), rule.from_port, rule.to_port)
        };
        reported.canonical()
    }

    /// As EC2 answers those of the group `own` together with the group (API: DescribeSecurityGroups): one permission has a
    /// rule for each other side.
    pub fn all_of(permissions: &[IpPermission], own: &str) -> Vec<Self> {
        let of_one = |permission: &IpPermission| {
            let traffic = Self::of(permission.ip_protocol(), permission.from_port, permission.to_port);
            let rule =
                |description: Option<&str>| Self { description: description.map(str::to_owned), ..traffic.clone() };
            let mut rules = Vec::new();
            for range in permission.ip_ranges() {
                rules.push(Self { cidr: range.cidr_ip.clone(), ..rule(range.description()) });
            }
            for range in permission.ipv6_ranges() {
                rules.push(Self { ipv6: range.cidr_ipv6.clone(), ..rule(range.description()) });
            }
            for pair in permission.user_id_group_pairs() {
                let group = pair.group_id.clone().map(|group| named(group, own));
                rules.push(Self { security_group: group, ..rule(pair.description()) });
            }
            for list in permission.prefix_list_ids() {
                rules.push(Self { prefix_list: list.prefix_list_id.clone(), ..rule(list.description()) });
            }
            rules
        };
        permissions.iter().flat_map(of_one).map(Self::canonical).collect()
    }

    /// As EC2's calls take a canonical rule of the group `own`.
    pub fn permission(&self, own: &str) -> IpPermission {
        let protocol = self.protocol.as_deref().unwrap_or("tcp");
        let (from, to) = if has_ports(protocol) {
            let one = self.port.map(|port| (i32::from(port), i32::from(port)));
            one.or_else(|| range(self.ports.as_deref()?)).unwrap_or(ALL_PORTS)
        } else {
            (self.icmp_type.unwrap_or(-1), self.icmp_code.unwrap_or(-1))
        };
        let text = self.description.clone().filter(|text| !text.is_empty());
        let mut permission = IpPermission::builder()
            .ip_protocol(if protocol == "all" { "-1" } else { protocol })
            .from_port(from)
            .to_port(to);
        if let Some(cidr) = &self.cidr {
            permission = permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(text).build());
        } else if let Some(cidr) = &self.ipv6 {
            permission = permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(text).build());
        } else if let Some(group) = &self.security_group {
            let group = if group == SELF { own } else { group };
            let pair = UserIdGroupPair::builder().group_id(group).set_description(text).build();
            permission = permission.user_id_group_pairs(pair);
        } else if let Some(list) = &self.prefix_list {
            let list = PrefixListId::builder().prefix_list_id(list).set_description(text).build();
            permission = permission.prefix_list_ids(list);
        }
        permission.build()
    }
}

/// A group on the other side, in the stack's words.
fn named(group: String, own: &str) -> String {
    if group == own { SELF.to_owned() } else { group }
}

/// A set of rules in one order.
pub fn sorted(rules: Option<&[Rule]>) -> Vec<Rule> {
    rules.unwrap_or_default().iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// A protocol by the name that [`Rule`] uses.
pub(super) fn protocol(text: &str) -> String {
    let lower = text.trim().to_ascii_lowercase();
    let name = match lower.as_str() {
        "-1" | "all" | "any" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" | "ipv6-icmp" => "icmpv6",
        _ => return if is_unknown(text) { text.to_owned() } else { lower },
    };
    name.to_owned()
}

pub(super) fn has_ports(protocol: &str) -> bool {
    matches!(protocol, "tcp" | "udp")
}

pub(super) fn is_icmp(protocol: &str) -> bool {
    matches!(protocol, "icmp" | "icmpv6")
}

/// `8000-8010`, `22` or `all`.
pub(super) fn range(text: &str) -> Option<(i32, i32)> {
    if text.trim().eq_ignore_ascii_case("all") {
        return Some(ALL_PORTS);
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.trim().parse::<u16>().ok()?, to.trim().parse::<u16>().ok()?);
    (from <= to).then_some((from.into(), to.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rule(value: Value) -> Rule {
        serde_json::from_value(value).expect("a rule")
    }

    #[test]
    fn one_rule_has_one_form() {
        let same = [
            (
                json!({ "port": 22, "cidr": "192.0.2.0/24" }),
                json!({ "protocol": 6, "ports": "22-22", "cidr": "192.0.2.0/24" }),
            ),
            (
                json!({ "port": 22, "ipv6": "2001:DB8:0::/32" }),
                json!({ "protocol": "TCP", "ports": 22, "ipv6": "2001:db8::/32" }),
            ),
            (
                json!({ "ports": "all", "security_group": "self" }),
                json!({ "ports": "0 - 65535", "security_group": "self" }),
            ),
            (
                json!({ "protocol": -1, "cidr": "0.0.0.0/0" }),
                json!({ "protocol": "all", "cidr": "0.0.0.0/0", "description": "" }),
            ),
            (
                json!({ "protocol": "icmp", "cidr": "0.0.0.0/0" }),
                json!({ "protocol": "icmp", "icmp_type": -1, "icmp_code": -1, "cidr": "0.0.0.0/0" }),
            ),
        ];
        for (a, b) in same {
            let (a, b) = (rule(a).canonical(), rule(b).canonical());
            assert_eq!(a, b);
            assert_eq!(a.clone().canonical(), a);
        }
    }

    #[test]
    fn what_is_sent_comes_back_the_same() {
        for value in [
            json!({ "port": 22, "cidr": "192.0.2.0/24", "description": "class" }),
            json!({ "protocol": "udp", "ports": "6000-6010", "ipv6": "2001:db8::/32" }),
            json!({ "protocol": "icmp", "icmp_type": 8, "cidr": "0.0.0.0/0" }),
            json!({ "protocol": "all", "security_group": "self" }),
            json!({ "protocol": 50, "prefix_list": "pl-1" }),
        ] {
            let rule = rule(value).canonical();
            let sent = rule.permission("sg-own");
            let group = sent.user_id_group_pairs().first().and_then(|pair| pair.group_id());
            let group = group.map(|id| aws_sdk_ec2::types::ReferencedSecurityGroup::builder().group_id(id).build());
            let reported = SecurityGroupRule::builder()
                .set_ip_protocol(sent.ip_protocol.clone())
                .set_from_port(sent.from_port)
                .set_to_port(sent.to_port)
                .set_cidr_ipv4(sent.ip_ranges().first().and_then(|range| range.cidr_ip.clone()))
                .set_cidr_ipv6(sent.ipv6_ranges().first().and_then(|range| range.cidr_ipv6.clone()))
                .set_prefix_list_id(sent.prefix_list_ids().first().and_then(|list| list.prefix_list_id.clone()))
                .set_referenced_group_info(group)
                .set_description(rule.description.clone())
                .build();
            assert_eq!(Rule::reported(&reported, "sg-own"), rule);
            assert_eq!(Rule::all_of(&[sent], "sg-own"), [rule]);
        }
    }

    #[test]
    fn one_permission_has_a_rule_for_each_other_side() {
        let permission = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(IpRange::builder().cidr_ip("192.0.2.0/24").description("class").build())
            .ip_ranges(IpRange::builder().cidr_ip("198.51.100.0/24").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("2001:db8::/32").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-own").description("inside").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .build();
        let expected = [
            json!({ "port": 22, "cidr": "192.0.2.0/24", "description": "class" }),
            json!({ "port": 22, "cidr": "198.51.100.0/24" }),
            json!({ "port": 22, "ipv6": "2001:db8::/32" }),
            json!({ "port": 22, "security_group": "self", "description": "inside" }),
            json!({ "port": 22, "security_group": "sg-2" }),
            json!({ "port": 22, "prefix_list": "pl-1" }),
        ];
        assert_eq!(Rule::all_of(&[permission], "sg-own"), expected.map(|value| rule(value).canonical()));
    }
}
