//! What can be wrong with rules, as far as it can be seen without AWS.

use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::explain::Code;
use crate::resource::ec2::id::is_id;
use crate::resource::{Diagnostic, is_unknown};

use super::check_description;
use super::rule::{Rule, SELF, has_ports, is_icmp, protocol, range};

/// How many rules a group has in one direction, for IPv4 and for IPv6 each, unless an account asked for more (Amazon VPC
/// quotas, "Inbound or outbound rules per security group").
const QUOTA: usize = 60;

/// What is wrong with the rules of `property`.
pub fn check(property: &str, rules: &[Rule]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut seen = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        let at = |name: &str| format!("{property}.{n}.{name}");
        check_ports(rule, &at, &mut diagnostics);
        check_other_side(rule, &format!("{property}.{n}"), &mut diagnostics);
        diagnostics.extend(rule.description.as_deref().and_then(|text| check_description(&at("description"), text)));
        let traffic = rule.clone().canonical().traffic();
        if seen.contains(&traffic) {
            let message = "another rule allows the same traffic, and AWS does not accept duplicate rules";
            diagnostics
                .push(Diagnostic::new(Code::Twice, format!("{property}.{n}"), message).help("remove one of them"));
        }
        seen.push(traffic);
    }
    // Of each rule that names a group or a list, one counts for each address family.
    let count = |is: fn(&Rule) -> bool| rules.iter().filter(|rule| is(rule)).count();
    let most = count(|rule| rule.ipv6.is_none()).max(count(|rule| rule.cidr.is_none()));
    if most > QUOTA {
        let message = format!("{most} rules, and the default quota is {QUOTA} per group and direction");
        let hint = "move some to another group, or request an increase: `aws service-quotas \
                    request-service-quota-increase --service-code vpc --quota-code L-0EA8095F --desired-value 100`";
        diagnostics.push(Diagnostic::new(Code::OutOfRange, property, message).help(hint).warning());
    }
    diagnostics
}

fn check_ports(rule: &Rule, at: &dyn Fn(&str) -> String, diagnostics: &mut Vec<Diagnostic>) {
    let written = rule.protocol.as_deref().unwrap_or("tcp");
    let protocol = protocol(written);
    if is_unknown(written) {
        return;
    }
    let known = ["tcp", "udp", "icmp", "icmpv6", "all"].contains(&protocol.as_str());
    if !known && protocol.parse::<u8>().is_err() {
        let diagnostic = Diagnostic::new(Code::Ports, at("protocol"), format!("`{written}` is not a valid protocol"));
        return diagnostics.push(
            diagnostic.help("write `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or a protocol's number from 0 to 255"),
        );
    }
    match (has_ports(&protocol), rule.port, rule.ports.as_deref()) {
        (true, Some(_), Some(_)) => diagnostics.push(
            Diagnostic::new(Code::Conflicting, at("ports"), "use either `port` or `ports`, not both")
                .help("remove one of them"),
        ),
        (true, None, None) => diagnostics.push(
            Diagnostic::new(Code::Incomplete, at("port"), format!("a rule for {protocol} needs a port"))
                .help("write `port: 22`, `ports: 8000-8010` or `ports: all`"),
        ),
        (true, None, Some(ports)) if !is_unknown(ports) && range(ports).is_none() => diagnostics.push(
            Diagnostic::new(Code::Ports, at("ports"), format!("`{ports}` is not a range of ports"))
                .help(ports_hint(ports)),
        ),
        (false, None, None) | (true, ..) => {}
        (false, port, _) => {
            let name = if port.is_some() { "port" } else { "ports" };
            diagnostics.push(
                Diagnostic::new(Code::DoesNotApply, at(name), format!("the protocol `{protocol}` has no ports"))
                    .help(no_ports(&protocol, name)),
            );
        }
    }
    let icmp = [("icmp_type", rule.icmp_type), ("icmp_code", rule.icmp_code)];
    for (name, value) in icmp.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        if !is_icmp(&protocol) {
            diagnostics.push(
                Diagnostic::new(Code::DoesNotApply, at(name), format!("{protocol} has no `{name}`"))
                    .help("remove it, or write `protocol: icmp`"),
            );
        } else if !(-1..=255).contains(&value) {
            diagnostics.push(Diagnostic::new(
                Code::OutOfRange,
                at(name),
                format!("`{name}` is 0 to 255, or -1 for all"),
            ));
        }
    }
}

/// What was most likely meant by `ports`: a range in other signs or the wrong way round, or several ports.
fn ports_hint(ports: &str) -> String {
    let numbers: Vec<_> = ports.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
    let known: Vec<u16> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    let apart = ports.contains([',', ';', '/', '+', '&']);
    match known.as_slice() {
        [one, other] if !apart && numbers.len() == 2 => {
            format!("write `ports: {}-{}`", one.min(other), one.max(other))
        }
        [_, _, ..] if apart => {
            "write one rule per port; `ports: 8000-8010` is a range, and `ports: all` is every port".to_owned()
        }
        _ => "a range is two numbers from 0 to 65535, the lower first: `ports: 8000-8010`; `ports: all` is every port"
            .to_owned(),
    }
}

fn no_ports(protocol: &str, name: &str) -> String {
    match protocol {
        "all" => format!("remove `{name}` to allow everything, or choose `protocol: tcp` or `udp`"),
        _ => format!("remove `{name}`, or choose `protocol: tcp` or `udp`"),
    }
}

fn check_other_side(rule: &Rule, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let sides = [
        ("cidr", &rule.cidr),
        ("ipv6", &rule.ipv6),
        ("security_group", &rule.security_group),
        ("prefix_list", &rule.prefix_list),
    ];
    let named: Vec<_> = sides.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
    match named.as_slice() {
        [] => diagnostics.push(
            Diagnostic::new(
                Code::Incomplete,
                path,
                "a rule needs a peer: `cidr`, `ipv6`, `security_group` or `prefix_list`",
            )
            .help("for example `cidr: 192.0.2.0/24`; `cidr: 0.0.0.0/0` is everyone, `security_group: self` the members of this group"),
        ),
        [_] => {}
        [.., (name, _)] => diagnostics.push(
            Diagnostic::new(Code::Conflicting, format!("{path}.{name}"), "a rule can have only one peer")
                .help("write a separate rule for each"),
        ),
    }
    for (name, value) in named.into_iter().filter(|(_, value)| !is_unknown(value)) {
        let diagnostic = match name {
            "cidr" => check_cidr::<Ipv4Net>(value, Ipv4Net::trunc, "192.0.2.0/24", 32),
            "ipv6" => check_cidr::<Ipv6Net>(value, Ipv6Net::trunc, "2001:db8::/32", 128),
            "security_group" if value == SELF || is_id("sg-", value) => None,
            "prefix_list" if is_id("pl-", value) => None,
            "security_group" => Some((
                format!("`{value}` is not the id of a security group"),
                "write `${other.id}` for a group of this stack, `self` for this one, or an id (`sg-…`)".to_owned(),
            )),
            _ => Some((
                format!("`{value}` is not the id of a prefix list"),
                "an id begins with `pl-`; `aws ec2 describe-managed-prefix-lists` shows the existing ones".to_owned(),
            )),
        };
        if let Some((message, hint)) = diagnostic {
            diagnostics.push(Diagnostic::new(Code::Cidr, format!("{path}.{name}"), message).help(hint));
        }
    }
}

/// A message and a hint about what is not a CIDR, or one that AWS would store in another form.
fn check_cidr<Net: std::str::FromStr + std::fmt::Display + PartialEq>(
    text: &str,
    trunc: impl Fn(&Net) -> Net,
    example: &str,
    bits: u8,
) -> Option<(String, String)> {
    match text.parse::<Net>() {
        Ok(net) if trunc(&net) == net => None,
        Ok(net) => Some((
            format!("`{text}` has bits set after its prefix, which AWS drops"),
            format!("write `{}`", trunc(&net)),
        )),
        Err(_) => {
            let is_of_net = |text: &str| format!("{text}/{bits}").parse::<Net>().is_ok();
            let hint = if text.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified()) && is_of_net(text) {
                // As an address it is no one's: what is meant is everybody.
                format!("write `{text}/0` for everyone, or better the range of your own network, such as `{example}`")
            } else if is_of_net(text) {
                format!("write `{text}/{bits}` for this single address")
            } else if text.parse::<Ipv6Net>().is_ok() {
                format!("this is a range of IPv6 addresses: write `ipv6: \"{text}\"`")
            } else if text.parse::<Ipv4Net>().is_ok() {
                format!("this is a range of IPv4 addresses: write `cidr: {text}`")
            } else {
                format!("for example `{example}`")
            };
            Some((format!("`{text}` is not a range of addresses"), hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rule(value: Value) -> Rule {
        serde_json::from_value(value).expect("a rule")
    }

    fn diagnostics(value: Value) -> Vec<(String, String)> {
        let diagnostics = check("ingress", &[rule(value)]);
        diagnostics.into_iter().map(|f| (f.path().to_owned(), f.help.unwrap_or_default())).collect()
    }

    #[test]
    fn what_was_meant_by_ports_is_understood() {
        for (ports, hint) in [
            ("8010-8000", "write `ports: 8000-8010`"),
            ("8000:8010", "write `ports: 8000-8010`"),
            ("8000 to 8010", "write `ports: 8000-8010`"),
            ("22, 80", "write one rule per port;"),
            ("22,80,443", "write one rule per port;"),
            ("70000-80000", "a range is"),
            ("ssh", "a range is"),
        ] {
            assert!(ports_hint(ports).starts_with(hint), "{ports}: {}", ports_hint(ports));
        }
    }

    #[test]
    fn each_mistake_has_its_place_and_its_hint() {
        let cases = [
            (json!({ "port": 22, "cidr": "10.0.0.1/24" }), "cidr", "write `10.0.0.0/24`"),
            (json!({ "port": 22, "cidr": "192.0.2.7" }), "cidr", "write `192.0.2.7/32` for this single address"),
            (
                json!({ "port": 22, "cidr": "0.0.0.0" }),
                "cidr",
                "write `0.0.0.0/0` for everyone, or better the range of your own network, such as `192.0.2.0/24`",
            ),
            (
                json!({ "port": 22, "ipv6": "::" }),
                "ipv6",
                "write `::/0` for everyone, or better the range of your own network, such as `2001:db8::/32`",
            ),
            (
                json!({ "port": 22, "cidr": "::/0" }),
                "cidr",
                "this is a range of IPv6 addresses: write `ipv6: \"::/0\"`",
            ),
            (json!({ "port": 22, "ipv6": "2001:db8::1/32" }), "ipv6", "write `2001:db8::/32`"),
            (json!({ "cidr": "0.0.0.0/0" }), "port", "write `port: 22`, `ports: 8000-8010` or `ports: all`"),
            (json!({ "port": 1, "ports": "1-2", "cidr": "0.0.0.0/0" }), "ports", "remove one of them"),
            (json!({ "ports": "9-1", "cidr": "0.0.0.0/0" }), "ports", "write `ports: 1-9`"),
            (
                json!({ "protocol": "all", "port": 1, "cidr": "0.0.0.0/0" }),
                "port",
                "remove `port` to allow everything, or choose `protocol: tcp` or `udp`",
            ),
            (
                json!({ "protocol": "http", "port": 1, "cidr": "0.0.0.0/0" }),
                "protocol",
                "write `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or a protocol's number from 0 to 255",
            ),
            (
                json!({ "port": 1, "security_group": "web" }),
                "security_group",
                "write `${other.id}` for a group of this stack, `self` for this one, or an id (`sg-…`)",
            ),
            (json!({ "port": 1, "cidr": "0.0.0.0/0", "ipv6": "::/0" }), "ipv6", "write a separate rule for each"),
        ];
        for (value, name, hint) in cases {
            assert_eq!(diagnostics(value.clone()), [(format!("ingress.0.{name}"), hint.to_owned())], "{value}");
        }
        assert_eq!(diagnostics(json!({ "port": 1, "security_group": "\u{1}${web.id}" })), []);
        let twice = [
            rule(json!({ "port": 1, "cidr": "0.0.0.0/0" })),
            rule(json!({ "ports": "1", "cidr": "0.0.0.0/0", "description": "x" })),
        ];
        assert_eq!(check("ingress", &twice).len(), 1);
    }

    #[test]
    fn more_rules_than_an_account_has_at_first_are_a_warning() {
        let of = |n: u16, side: &str, value: &str| rule(json!({ "port": n, side: value }));
        let four = |n: u16| (1..=n).map(|n| of(n, "cidr", "192.0.2.0/24")).collect::<Vec<_>>();
        assert!(check("ingress", &four(60)).is_empty());
        let [diagnostic] = &check("ingress", &four(61))[..] else { panic!("one diagnostic") };
        assert!(!diagnostic.is_error() && diagnostic.message.starts_with("61 rules"), "{diagnostic:?}");
        // Addresses of either sort have a number of their own, and groups count for both.
        let six: Vec<_> = four(60).into_iter().chain([of(1, "ipv6", "2001:db8::/32")]).collect();
        assert!(check("ingress", &six).is_empty());
        let groups: Vec<_> = four(60).into_iter().chain([of(1, "security_group", "self")]).collect();
        assert_eq!(check("ingress", &groups).len(), 1);
    }
}
