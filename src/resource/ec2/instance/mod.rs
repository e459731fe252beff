//! `ec2.instance`: a virtual machine with its disks.
//!
//! Its id is invented by AWS, so that it is found by the stack's marks, which RunInstances puts on it, on its disks
//! and on its network interface, and by the token that it was launched with. `read` answers two rounds of calls later, for
//! however many instances.

mod attributes;
mod check;
mod choose;
mod delete;
mod detached;
pub mod disks;
mod fate;
pub mod find;
mod image;
mod launch;
mod list;
mod lookup;
mod loses;
mod offered;
mod parts;
pub mod power;
pub mod profile;
mod read;
#[cfg(test)]
mod samples;
mod settle;
mod spec;
mod tags;
pub mod token;
pub mod types;
mod user_data;
pub mod whose;

use crate::aws::{Context, Result};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Finding, Held, Listing, Live, Obstacle, Place, Resource, Stuck, Tags,
    Upload, Wanted,
};

pub use check::is_device;
pub use spec::{Spec, State, VolumeType};

/// The kind.
pub struct Instance;

impl Resource for Instance {
    const KIND: &'static str = "ec2.instance";
    const DOC: &'static str = "A virtual machine (Amazon EC2) with its disks. Without a subnet it is placed in the \
        default VPC, which every new account has.";
    const NAME_IS_A_TAG: bool = true;
    const ATTRIBUTES: &'static [Attribute] = &[
        Attribute { name: "id", doc: "The instance's id, `i-…`." },
        Attribute { name: "arn", doc: "The instance's ARN, for use in policies." },
        Attribute { name: "name", doc: "The name, from its tag `Name`." },
        Attribute {
            name: "public_ip",
            doc: "The public IPv4 address; empty while it has none. Changes at each start.",
        },
        Attribute {
            name: "state",
            doc: "Its current state: `running` is billed by the hour, `stopped` only for its \
            disks.",
        },
        Attribute { name: "private_ip", doc: "The address inside the VPC." },
        Attribute { name: "public_dns", doc: "The host name of the public address; empty while it has none." },
        Attribute { name: "private_dns", doc: "The host name inside the VPC." },
        Attribute { name: "availability_zone", doc: "Its availability zone, for example `us-east-1a`." },
        Attribute { name: "subnet_id", doc: "The subnet." },
        Attribute { name: "vpc_id", doc: "The VPC." },
        Attribute { name: "image_id", doc: "The AMI it was launched from." },
        Attribute { name: "root_volume_id", doc: "The root volume, `vol-…`." },
    ];
    const TRY: &'static [&'static str] = &["aws ec2 describe-instances --instance-ids {id} --region {region}"];
    const MADE_BY: &'static str = "ec2:RunInstances";
    const LISTED_BY: &'static str = "ec2:DescribeInstances, and ec2:DescribeVolumes by tag";
    const REMOVE: &'static str = "aws ec2 terminate-instances --instance-ids {id} --region {region}";
    const UNTAG: &'static str = "aws ec2 delete-tags --resources {id} --tags Key=cloud101:stack --region {region}";
    type Spec = Spec;

    fn predict(&self, _place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into())])
    }

    fn check(&self, _name: &str, spec: &Spec, base: &Base) -> Vec<Finding> {
        check::check(spec, base)
    }

    fn canonical(&self, mut spec: Spec, base: &Base) -> std::result::Result<Spec, Finding> {
        spec.user_data = user_data::text(&spec, base)?;
        Ok(spec::canonical(spec))
    }

    fn upload(&self, spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Finding> {
        user_data::upload(spec, base)
    }

    fn must_replace(&self, live: &Spec, desired: &Spec) -> Option<String> {
        spec::must_replace(live, desired)
    }

    fn stuck(&self, live: &Spec, desired: &Spec) -> Vec<Stuck> {
        spec::stuck(live, desired)
    }

    fn renews(&self, live: &Spec, desired: &Spec) -> &'static [&'static str] {
        loses::renews(live, desired)
    }

    fn loses(&self, live: &Spec, desired: Option<&Spec>) -> Option<String> {
        loses::loses(live, desired)
    }

    async fn read(&self, cx: &Context, wanted: &[Wanted<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        read::read(cx, wanted).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        list::list(cx).await
    }

    async fn can_be_made(&self, cx: &Context, wanted: &[Wanted<Spec>]) -> Vec<Result<()>> {
        let types = wanted.iter().map(|wanted| wanted.spec.instance_type.as_str()).collect();
        let images = image::resolve(cx, wanted.iter().map(|wanted| wanted.spec.image.as_str()));
        let (images, missing) = tokio::join!(images, offered::missing(cx, types));
        let judge = |wanted: &Wanted<Spec>| {
            image::among(cx, images.as_ref().map_err(Clone::clone)?, &wanted.spec.image)?;
            missing.get(&wanted.spec.instance_type).map_or(Ok(()), |error| Err(error.clone()))
        };
        wanted.iter().map(judge).collect()
    }

    /// A lost answer is no trouble: the instance is found by what it was made for, or the same ClientToken gives it
    /// again.
    async fn create(&self, cx: &Context, wanted: &Wanted<Spec>) -> Result<Live<Spec>> {
        launch::create(cx, wanted).await
    }

    async fn update(
        &self,
        cx: &Context,
        wanted: &Wanted<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        settle::update(cx, wanted, live, change).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        Ok(list::tags_now(cx, id).await?.map(Current::tagged))
    }

    async fn retag(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        parts::retag(cx, id, set, remove).await
    }

    async fn obstacle(&self, cx: &Context, id: &str) -> Result<Option<Obstacle>> {
        delete::obstacle(cx, id).await
    }

    async fn besides(&self, cx: &Context, id: &str) -> Result<Vec<String>> {
        delete::besides(cx, id).await
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        Some(live.besides.along.clone())
    }

    async fn holds(&self, cx: &Context, id: &str, _empty: bool) -> Result<Option<Held>> {
        let instance = if delete::is_disk(id) { None } else { find::at_once(cx, id).await? };
        Ok(instance.as_ref().map(fate::along))
    }

    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        delete::delete(cx, id).await
    }
}
