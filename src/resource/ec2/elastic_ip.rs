//! `ec2.elastic_ip`: a public address that stays the same, whatever becomes of the instance that has it.
//!
//! AWS invents its id, so it is found by the stack's marks. They are set in the call that creates it, when the id
//! is not known yet, and are corrected afterwards: a record of another id shows a copy of the tags.

use std::time::Duration;

use aws_sdk_ec2::config::Builder;
use aws_sdk_ec2::types::{Address as Found, DomainType, Filter, ResourceType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::once::Once;
use crate::aws::ownership::{self, LastApplied, Ownership};
use crate::aws::retry::LookFirst;
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Call, Context, Error, Result};
use crate::explain::Code;
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{
    Address, Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Place,
    Resource, Tags, Unchecked, texts,
};

use super::id;
use super::tag::{self, filter, of_stack, specification, tags_of};

/// How long EC2's calls may not know a new address, or show its old instance.
const LAG: Duration = Duration::from_secs(30);
/// For how long it is looked whether an address is there that was asked for without an answer.
const SHOWN: Duration = Duration::from_secs(5);
/// For how long a new address is asked for again after no answer.
const UNANSWERED: Duration = Duration::from_secs(30);
/// How an address's id begins.
const PREFIX: &str = "eipalloc-";

/// The kind.
pub struct ElasticIp;

/// The properties of `ec2.elastic_ip`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The id of the instance with the address. AWS's default: none, so the address is not in use; the cost is the
    /// same. A change moves it within seconds; the instance that loses it has no public address until it is stopped and
    /// started.
    #[schemars(extend("x-default" = "", "examples" = ["${instance.id}"]))]
    pub instance: Option<String>,
}

impl Resource for ElasticIp {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            name_is_a_tag: true,
            attributes: Attribute::all([
                ("id", "The id that AWS assigns (eipalloc-…)."),
                ("arn", "The address's ARN, for use in policies."),
                ("name", "The name, from its tag `Name`."),
                ("public_ip", "The address itself."),
            ]),
            to_try: texts(["ping -c 3 {public_ip}"]),
            outlives: texts(["instance"]),
            exclusive: texts(["instance"]),
            made_by: "ec2:AllocateAddress".into(),
            listed_by: "ec2:DescribeAddresses by tag".into(),
            remove: "aws ec2 release-address --allocation-id {id} --region {region}".into(),
            untag: "aws ec2 delete-tags --resources {id} --tags Key=cloud101:stack --region {region}".into(),
            unchecked: vec![
                // AddressLimitExceeded (API: AllocateAddress).
                Unchecked {
                    id: "addresses",
                    property: "",
                    matters: |_| true,
                    what: "whether the account's quota, five in a region, allows one more",
                },
            ],
            tagged_as: Some("elastic-ip".into()),
            is_listed_by_tag: true,
            is_listed_elsewhere: false,
            permissions: crate::resource::ec2::permissions::elastic_ip(),
            ..KindInfo::new(
                "ec2.elastic_ip",
                "A public IPv4 address that stays the same when its instance is stopped or replaced. It \
        is billed by the hour as long as it exists, with or without an instance.",
            )
        }
    }

    fn computed_attributes(&self, _place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into())])
    }

    fn check(&self, _name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let wrong = spec.instance.as_ref().filter(|instance| !instance.is_empty() && id::is_wrong("i-", instance));
        let diagnostic = wrong.map(|instance| {
            Diagnostic::new(Code::AwsId, "instance", format!("`{instance}` is not the id of an instance")).help(
                "for an instance in this file write `${name.id}`; `aws ec2 describe-instances` lists the existing ones",
            )
        });
        diagnostic.into_iter().collect()
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        match own(cx).await {
            Ok(found) => desired
                .iter()
                .map(|desired| Ok(of_address(&found, &desired.address, None).map(|found| live(cx, found.clone()))))
                .collect(),
            Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let all = tagged(cx).await?.into_iter().map(|found| {
            let (is_own, tags) = (is_own(cx, &found), tags_of(found.tags.as_deref()));
            (tag::owned(found.allocation_id.unwrap_or_default(), tags), is_own)
        });
        Ok(tag::listing(all))
    }

    /// AllocateAddress has no token: an address of an earlier call whose answer was lost carries the marks.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let id = match made(cx, desired).await? {
            Some(id) => id,
            None => {
                let once = Once {
                    made: "EC2 to allocate the address",
                    shown: "EC2 to show the new address",
                    asking: UNANSWERED,
                    looking: SHOWN,
                };
                once.make(|_| false, || allocate(cx, desired), || made(cx, desired)).await?
            }
        };
        self.update_tags(cx, &id, &desired.tags, &[]).await?;
        settle(cx, &id, &desired.spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        settle(cx, &live.id, &change.target).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        Ok(one(cx, id).await?.map(|found| Current::tagged(ownership_tags_of(cx, &found))))
    }

    /// A record, if written, names the owner.
    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let set = tag::bound(set, id);
        let unknown = |error: &Error| error.is_not_found();
        wait::retry_while(&format!("EC2 to know the address {id}"), LAG, unknown, || {
            tag::update_tags(cx, [id], &set, remove)
        })
        .await
    }

    async fn besides(&self, cx: &Context, id: &str) -> Result<Vec<String>> {
        Ok(one(cx, id).await?.iter().filter_map(data_loss).collect())
    }

    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        let Some(found) = one(cx, id).await? else { return Ok(()) };
        disassociate(cx, &found).await?;
        let in_use = |error: &Error| error.is(&["InvalidIPAddress.InUse"]);
        wait::retry_while(&format!("the address {id} to be free"), LAG, in_use, || async {
            cx.clients
                .ec2
                .release_address()
                .allocation_id(id)
                .send()
                .await
                .call_if_found("ec2:ReleaseAddress")
                .map(drop)
        })
        .await
    }
}

impl Lookup for ElasticIp {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let id = name_in(id);
        let by = if id.starts_with(PREFIX) { "allocation-id" } else { "public-ip" };
        let found = all(cx, vec![filter(by, [id])]).await?.pop();
        let mut live = found.map(|found| live(cx, found));
        if let (Some(live), None) = (&mut live, desired) {
            live.spec.instance.take_if(|instance| instance.is_empty());
        }
        Ok(live)
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        Ok(all(cx, Vec::new()).await?.into_iter().filter_map(|found| found.allocation_id).collect())
    }
}

/// The addresses that pass `filters`. DescribeAddresses has no pages.
async fn all(cx: &Context, filters: Vec<Filter>) -> Result<Vec<Found>> {
    let call = cx.clients.ec2.describe_addresses().set_filters(Some(filters).filter(|filters| !filters.is_empty()));
    Ok(call.send().await.call("ec2:DescribeAddresses")?.addresses.unwrap_or_default())
}

async fn one(cx: &Context, id: &str) -> Result<Option<Found>> {
    Ok(all(cx, vec![filter("allocation-id", [id])]).await?.pop())
}

/// Those with the stack's tag.
async fn tagged(cx: &Context) -> Result<Vec<Found>> {
    cx.shared("addresses of the stack", all(cx, vec![of_stack(cx)])).await
}

/// Those among them that are the stack's.
async fn own(cx: &Context) -> Result<Vec<Found>> {
    let mut found = tagged(cx).await?;
    found.retain(|found| is_own(cx, found));
    Ok(found)
}

/// Whether an address with the stack's tag is the stack's: a record of another id is that of what the tags were copied
/// from.
fn is_own(cx: &Context, found: &Found) -> bool {
    let tags = tags_of(found.tags.as_deref());
    cx.is_tagged(&tags) && !LastApplied::read(&tags).is_of_another(found.allocation_id().unwrap_or_default())
}

/// The one of an address in the stack; of several the one whose record says so.
fn of_address<'a>(all: &'a [Found], address: &Address, replaced: Option<&str>) -> Option<&'a Found> {
    let is_it = |found: &&Found| {
        let ownership = Ownership::read(&tags_of(found.tags.as_deref()));
        ownership.is_some_and(|ownership| ownership.address == *address) && found.allocation_id() != replaced
    };
    let is_bound = |found: &&Found| {
        LastApplied::read(&tags_of(found.tags.as_deref())).is_bound_to(found.allocation_id().unwrap_or_default())
    };
    let of_address = || all.iter().filter(is_it);
    of_address().find(is_bound).or_else(|| of_address().next())
}

/// Its tags, without marks that are another's.
fn ownership_tags_of(cx: &Context, found: &Found) -> Tags {
    let mut tags = tags_of(found.tags.as_deref());
    if cx.is_tagged(&tags) && !is_own(cx, found) {
        tags.retain(|key, _| !ownership::is_own(key));
    }
    tags
}

fn live(cx: &Context, found: Found) -> Live<Spec> {
    let tags = ownership_tags_of(cx, &found);
    let lost = data_loss(&found);
    let id = found.allocation_id.unwrap_or_default();
    let attributes = Attributes::from([
        ("arn".into(), cx.place.arn("ec2", &format!("elastic-ip/{id}"))),
        ("name".into(), tags.get("Name").cloned().unwrap_or_default()),
        ("public_ip".into(), found.public_ip.unwrap_or_default()),
        ("id".into(), id.clone()),
    ]);
    let is_bound = LastApplied::read(&tags).is_bound_to(&id);
    let spec = Spec { instance: Some(found.instance_id.unwrap_or_default()) };
    let mut live = Live::new(id, spec, attributes, tags);
    live.unmarked = cx.is_tagged(&live.tags) && !is_bound;
    live.besides.deleted.extend(lost);
    live
}

/// What is said of an address that goes.
fn data_loss(found: &Found) -> Option<String> {
    let (address, instance) = (found.public_ip()?, found.instance_id().filter(|instance| !instance.is_empty())?);
    Some(format!("{instance} loses its address {address}, and AWS never assigns the same one again"))
}

/// The id of the address that an earlier call made, whose answer was lost.
async fn made(cx: &Context, desired: &Desired<Spec>) -> Result<Option<String>> {
    let mut there = all(cx, vec![of_stack(cx)]).await?;
    there.retain(|found| is_own(cx, found));
    let found = of_address(&there, &desired.address, desired.replaces.as_deref());
    Ok(found.and_then(|found| found.allocation_id.clone()))
}

/// Makes an address with the marks; its id.
async fn allocate(cx: &Context, desired: &Desired<Spec>) -> Result<String> {
    let call = cx.clients.ec2.allocate_address().domain(DomainType::Vpc);
    let call = call.tag_specifications(specification(ResourceType::ElasticIp, &desired.tags));
    // Each attempt would make another.
    let once = Builder::default().retry_classifier(LookFirst);
    let answer = call.customize().config_override(once).send().await.call("ec2:AllocateAddress");
    let answer = answer.map_err(|error| match error.is(&["AddressLimitExceeded"]) {
        true => error.with_hint(
            "an account can have five in each region by default: release an unused one, or request an increase \
                (Service Quotas, EC2-VPC Elastic IPs)",
        ),
        false => error,
    })?;
    answer.allocation_id.ok_or_else(|| Error::unexpected("ec2:AllocateAddress", "no AllocationId in the answer"))
}

/// Gives the address to the instance that `desired` says, or takes it from the one that has it.
async fn settle(cx: &Context, id: &str, target: &Spec) -> Result<Live<Spec>> {
    let desired = target.instance.clone();
    let found = one(cx, id).await?;
    let held = found.as_ref().and_then(|found| found.instance_id()).unwrap_or_default();
    match desired.as_deref() {
        None => {}
        Some(instance) if instance == held => {}
        Some("") => {
            if let Some(found) = &found {
                disassociate(cx, found).await?;
            }
        }
        Some(instance) => {
            let call = cx.clients.ec2.associate_address().allocation_id(id).instance_id(instance);
            let call = call.allow_reassociation(true);
            // A new address may not be known everywhere, and a new instance may not be ready for it.
            let passes = |error: &Error| error.is(&["InvalidAllocationID.NotFound", "IncorrectInstanceState"]);
            wait::retry_while(&format!("EC2 to give {id} to {instance}"), LAG, passes, || async {
                call.clone().send().await.call("ec2:AssociateAddress").map(drop)
            })
            .await?;
        }
    }
    let is_known = found.is_some();
    let thing = Thing { name: &format!("the address {id}"), is_known, lag: LAG };
    let shows = |live: &Live<Spec>| desired.is_none() || live.spec.instance == desired;
    wait::until_ready(&format!("EC2 to show who has {id}"), LAG, thing, || async {
        Ok(Sight::of(one(cx, id).await?.map(|found| live(cx, found)), shows))
    })
    .await
}

async fn disassociate(cx: &Context, found: &Found) -> Result<()> {
    let Some(association) = found.association_id().filter(|id| !id.is_empty()) else { return Ok(()) };
    let call = cx.clients.ec2.disassociate_address().association_id(association);
    call.send().await.call_if_found("ec2:DisassociateAddress").map(drop)
}

#[cfg(test)]
mod tests;
