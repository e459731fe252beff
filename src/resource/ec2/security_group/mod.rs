//! `ec2.security_group`: which traffic reaches an instance, and which leaves it.

mod blocker;
pub(super) mod calls;
mod check;
mod delete;
mod find;
pub mod open;
mod owner;
mod rule;

use std::time::Duration;

use aws_sdk_ec2::types::{ResourceType, SecurityGroup as Group};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::claim::{is_mine, taken};
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Call, Context, Error, ErrorKind, Result};
use crate::explain::Code;
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Place, Resource,
    Tags, Unchecked, is_unknown, texts,
};

use super::id;
use super::network::{default_vpc, has_ipv6, no_default_vpc};
use super::tag::{self, filter, specification, tags_of};
use calls::Direction;
pub use find::own_ids;
pub use rule::Rule;

/// What a group is described as when the stack says nothing; AWS wants something.
const DESCRIPTION: &str = "Managed by cloud101";

/// How long EC2's Describe calls may lag behind a change before cloud101 stops waiting for them.
const LAG: Duration = Duration::from_secs(30);

/// How long EC2's copies may deny a group that was seen before.
const DENIED: Duration = Duration::from_secs(10);

/// How many values one filter of a Describe call takes.
const FILTER_VALUES: usize = 200;

/// The kind.
pub struct SecurityGroup;

/// The properties of `ec2.security_group`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What it is for, at most 255 characters. AWS can't change it, so a change replaces the group.
    #[schemars(extend("x-replace" = true, "x-default" = DESCRIPTION, "examples" = ["The machines of the class"]))]
    pub description: Option<String>,
    /// The VPC it belongs to. Left out: the region's default VPC, at creation. AWS can't move a group.
    #[schemars(extend("x-replace" = true, "examples" = ["vpc-0123456789abcdef0"]))]
    pub vpc_id: Option<String>,
    /// The traffic that is allowed in. If set, the list is complete: other rules are removed. AWS's default: none.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [
        [{ "port": 22, "cidr": "192.0.2.0/24", "description": "The classroom" }],
        [{ "protocol": "udp", "ports": "6000-6010", "ipv6": "2001:db8::/32" }, { "protocol": "icmp", "cidr": "198.51.100.0/24" }],
        [{ "protocol": "all", "security_group": "self" }],
    ]))]
    pub ingress: Option<Vec<Rule>>,
    /// The traffic that is allowed out. If set, the list is complete: other rules are removed. AWS's default:
    /// everything, over IPv4 and, if the VPC supports it, over IPv6.
    #[schemars(extend(
        "x-set" = true,
        "x-default" = [{ "protocol": "all", "cidr": "0.0.0.0/0", "description": "" }],
        "examples" = [[{ "port": 443, "cidr": "0.0.0.0/0", "description": "The web, encrypted" }]],
    ))]
    pub egress: Option<Vec<Rule>>,
}

/// What a stack calls it.
pub(super) const KIND: &str = "ec2.security_group";

impl Resource for SecurityGroup {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            deletable_while_used: false,
            name_within: texts(["vpc_id"]),
            attributes: Attribute::all([
                ("id", "The id that AWS assigns (sg-…), for use in an instance or another group's rule."),
                ("arn", "The group's ARN."),
                ("name", "The group's name."),
                ("vpc_id", "The VPC it belongs to."),
            ]),
            made_by: "ec2:CreateSecurityGroup".into(),
            listed_by: "ec2:DescribeSecurityGroups by tag".into(),
            remove: "aws ec2 delete-security-group --group-id {id} --region {region}".into(),
            untag: "aws ec2 delete-tags --resources {id} --tags Key=cloud101:stack --region {region}".into(),
            held_in: texts(["ingress", "egress"]),
            unchecked: vec![
                // DependencyViolation (API: DeleteSecurityGroup).
                Unchecked {
                    id: "group_in_use",
                    property: "",
                    matters: |_| true,
                    what: "whether something still uses it when it is deleted",
                },
            ],
            network: Some("vpc_id".into()),
            tagged_as: Some("security-group".into()),
            is_listed_by_tag: true,
            is_listed_elsewhere: false,
            permissions: crate::resource::ec2::permissions::security_group(),
            ..KindInfo::new(
                KIND,
                "A security group: a firewall around instances. Traffic that no rule allows is blocked.",
            )
        }
    }

    fn computed_attributes(&self, _place: &Place, name: &str, spec: &Spec) -> Attributes {
        let vpc = spec.vpc_id.as_ref().map(|vpc| ("vpc_id".to_owned(), vpc.clone()));
        std::iter::once(("name".to_owned(), name.to_owned())).chain(vpc).collect()
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        if !is_unknown(name) && (name.is_empty() || name.len() > 255 || !name.chars().all(is_plain)) {
            diagnostics.push(
                Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a security group's name"))
                    .help("use 1 to 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *"),
            );
        }
        if name.to_ascii_lowercase().starts_with("sg-") || name == "default" {
            let message = format!("`{name}` is reserved: AWS does not allow names that begin with `sg-`, or `default`");
            diagnostics.push(Diagnostic::new(Code::AwsName, "name", message).help("choose another name"));
        }
        diagnostics.extend(spec.description.as_deref().and_then(|text| check_description("description", text)));
        if let Some(vpc) = spec.vpc_id.as_ref().filter(|vpc| id::is_wrong("vpc-", vpc)) {
            let diagnostic = Diagnostic::new(Code::AwsId, "vpc_id", format!("`{vpc}` is not the id of a VPC"));
            diagnostics.push(diagnostic.help("`aws ec2 describe-vpcs --query 'Vpcs[].VpcId'` lists them"));
        }
        for (property, rules) in [("ingress", &spec.ingress), ("egress", &spec.egress)] {
            diagnostics.extend(check::check(property, rules.as_deref().unwrap_or_default()));
        }
        diagnostics
    }

    fn canonical(&self, mut spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        for rules in [&mut spec.ingress, &mut spec.egress] {
            *rules = rules.take().map(|rules| rules.into_iter().map(Rule::canonical).collect());
        }
        Ok(spec)
    }

    /// A group is found by this stack's marks; one without them by its name in the network that the stack wants, so
    /// that a foreign group of that name is noticed before it is in the way.
    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        match find::find(cx, desired).await {
            Ok(found) => found.into_iter().map(Ok).collect(),
            Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        Ok(owner::listing(cx, find::tagged(cx).await?))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let spec = &desired.spec;
        let vpc = match &spec.vpc_id {
            Some(vpc) => vpc.clone(),
            None => default_vpc(cx).await?.ok_or_else(|| no_default_vpc(cx, "vpc_id"))?,
        };
        let (id, is_new) = create_or_find(cx, desired, &vpc).await?;
        wait::poll_until(&format!("EC2 to show the security group {id}"), LAG, || calls::group(cx, &id)).await?;
        if is_new && spec.egress.is_some() {
            let given = Rule::everything(has_ipv6(cx, &vpc).await?);
            calls::until_open(cx, &id, &given).await?;
        }
        for (direction, rules) in [(Direction::Ingress, &spec.ingress), (Direction::Egress, &spec.egress)] {
            if let Some(rules) = rules {
                calls::set_rules(cx, &id, direction, rules).await?;
            }
        }
        read_back(cx, &id, spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let target = &change.target;
        if change.touches("ingress") {
            let rules = target.ingress.as_deref().unwrap_or_default();
            calls::set_rules(cx, &live.id, Direction::Ingress, rules).await?;
        }
        let mut target = target.clone();
        if change.touches("egress") {
            // What is no longer said goes back to what AWS gives a new group in this network.
            let rules = match &desired.spec.egress {
                Some(rules) => rules.clone(),
                None => Rule::everything(has_ipv6(cx, live.spec.vpc_id.as_deref().unwrap_or_default()).await?),
            };
            calls::set_rules(cx, &live.id, Direction::Egress, &rules).await?;
            target.egress = Some(rules);
        }
        read_back(cx, &live.id, &target).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        let group = calls::group(cx, id).await?;
        Ok(group.map(|group| Current::tagged(tags_of(group.tags.as_deref()))))
    }

    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        tag::update_tags(cx, [id], set, remove).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        blocker::of_others(cx, going.id, going.own).await
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        let rules = |list: &Option<Vec<Rule>>| list.clone().unwrap_or_default();
        Some(held(&rules(&live.spec.ingress), &rules(&live.spec.egress)))
    }

    async fn holds(&self, cx: &Context, id: &str, _empty: bool) -> Result<Option<Held>> {
        let [ingress, egress] = calls::group(cx, id).await?.map(|group| rules_of(&group)).unwrap_or_default();
        Ok(Some(held(&ingress, &egress)))
    }

    async fn ask_first(&self, cx: &Context, id: &str) -> Result<()> {
        blocker::foreign_rules(cx, id).await.map(drop)
    }

    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        delete::delete(cx, id).await
    }
}

fn held(ingress: &[Rule], egress: &[Rule]) -> Held {
    let named = |sort: &str, rule: &Rule| format!("{sort} {:?}", rule.traffic());
    let all = ingress.iter().map(|rule| named("in", rule)).chain(egress.iter().map(|rule| named("out", rule)));
    Held::all(["rule", "rules"], all)
}

/// The characters that names and descriptions may have (API: CreateSecurityGroup).
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c)
}

fn check_description(path: &str, text: &str) -> Option<Diagnostic> {
    if is_unknown(text) || text.len() <= 255 && text.chars().all(is_plain) {
        return None;
    }
    Some(match text.chars().find(|c| !is_plain(*c)) {
        Some(odd) => Diagnostic::new(Code::Characters, path, format!("a description can't contain `{odd}`"))
            .help("use ASCII letters, digits, spaces and `. _ - : / ( ) # , @ [ ] + = & ; { } ! $ *`"),
        None => Diagnostic::new(Code::TooLong, path, "a description has at most 255 characters").help("shorten it"),
    })
}

/// The id of the new group, or of the one that an earlier call whose answer was lost made, and whether it is new.
async fn create_or_find(cx: &Context, desired: &Desired<Spec>, vpc: &str) -> Result<(String, bool)> {
    let name = &desired.name;
    let answer = cx
        .clients
        .ec2
        .create_security_group()
        .group_name(name)
        .description(desired.spec.description.as_deref().filter(|text| !text.is_empty()).unwrap_or(DESCRIPTION))
        .vpc_id(vpc)
        .tag_specifications(specification(ResourceType::SecurityGroup, &owner::within(vpc, &desired.tags)))
        .send()
        .await
        .call("ec2:CreateSecurityGroup");
    match answer {
        Ok(answer) => {
            let no_id = || Error::unexpected("ec2:CreateSecurityGroup", "no GroupId in the answer");
            Ok((answer.group_id.ok_or_else(no_id)?, true))
        }
        Err(error) if error.kind == ErrorKind::Exists => {
            let filters = || vec![filter("group-name", [name]), filter("vpc-id", [vpc])];
            let group = wait::poll_until(&format!("EC2 to show the security group `{name}`"), LAG, || async {
                let groups = calls::groups(cx, filters()).await?;
                Ok(groups.into_iter().find(|group| group.group_name.as_ref() == Some(name)))
            })
            .await?;
            let (is_own, tags) = (owner::is_own(cx, &group), tags_of(group.tags.as_deref()));
            match group.group_id.filter(|_| is_own && is_mine(cx, &desired.address, name, &tags)) {
                Some(id) => Ok((id, false)),
                None => Err(taken(cx, name, &tags, &format!("the security group `{name}` in {vpc}"))),
            }
        }
        Err(error) if error.is_not_found() => {
            Err(error.with_hint("`aws ec2 describe-vpcs --query 'Vpcs[].VpcId'` lists the existing VPCs"))
        }
        Err(error) => Err(error),
    }
}

pub(super) fn live(cx: &Context, group: Group) -> Live<Spec> {
    let [ingress, egress] = rules_of(&group);
    let id = group.group_id.unwrap_or_default();
    let spec = Spec {
        description: group.description,
        vpc_id: group.vpc_id.clone(),
        ingress: Some(ingress),
        egress: Some(egress),
    };
    let arn = || cx.place.arn("ec2", &format!("security-group/{id}"));
    let attributes = Attributes::from([
        ("arn".into(), group.security_group_arn.unwrap_or_else(arn)),
        ("name".into(), group.group_name.unwrap_or_default()),
        ("vpc_id".into(), group.vpc_id.unwrap_or_default()),
        ("id".into(), id.clone()),
    ]);
    Live::new(id, spec, attributes, tags_of(group.tags.as_deref()))
}

/// A group's rules: ingress, egress.
fn rules_of(group: &Group) -> [Vec<Rule>; 2] {
    let id = group.group_id().unwrap_or_default();
    [group.ip_permissions(), group.ip_permissions_egress()].map(|permissions| Rule::all_of(permissions, id))
}

/// What AWS gives a new group goes without saying, in a network with IPv6 too.
pub(super) fn leave_out_given(spec: &mut Spec) {
    let given = |ipv6| rule::sorted(Some(&Rule::everything(ipv6)));
    spec.egress.take_if(|egress| [given(false), given(true)].contains(&rule::sorted(Some(egress))));
}

/// The group as soon as EC2 shows the wanted rules, or, after [`LAG`], as it is.
async fn read_back(cx: &Context, id: &str, desired: &Spec) -> Result<Live<Spec>> {
    let thing = Thing { name: &format!("the security group {id}"), is_known: true, lag: DENIED };
    let read = || async { Ok(calls::group(cx, id).await?.map(|group| live(cx, group))) };
    let shows = |live: &Live<Spec>| {
        let same = |live: &Option<Vec<Rule>>, desired: &Option<Vec<Rule>>| {
            desired.is_none() || rule::sorted(live.as_deref()) == rule::sorted(desired.as_deref())
        };
        same(&live.spec.ingress, &desired.ingress) && same(&live.spec.egress, &desired.egress)
    };
    let what = format!("EC2 to show the rules of the security group {id}");
    match wait::until_ready(&what, LAG, thing, || async { Ok(Sight::of(read().await?, shows)) }).await {
        Err(error) if error.kind == ErrorKind::TimedOut => read().await?.ok_or(error),
        found => found,
    }
}

#[cfg(test)]
mod tests;
