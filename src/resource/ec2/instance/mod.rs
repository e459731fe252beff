//! `ec2.instance`: a virtual machine with its disks.
//!
//! Its id is invented by AWS, so it is found by the stack's marks, which RunInstances puts on it, on its disks
//! and on its network interface, and by the token that it was launched with. `read` answers two rounds of calls later, for
//! however many instances.

mod attached;
mod attributes;
mod check;
mod choose;
mod data_loss;
mod delete;
mod detached;
pub mod disks;
mod fate;
pub mod find;
mod image;
mod launch;
mod list;
pub mod login;
mod lookup;
mod metadata;
mod offered;
pub mod owner;
mod parts;
pub mod power;
pub mod profile;
mod read;
#[cfg(test)]
mod samples;
mod settle;
mod spec;
mod tags;
pub mod types;
mod user_data;

use crate::aws::{Context, Result};
use crate::resource::ec2::account_profile;
use crate::resource::ec2::disk::is_disk;
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, DeleteBlocker, Desired, Diagnostic, Held, KindInfo, Listing, Live,
    Offer, Place, Remains, Resource, Stuck, Tags, Unchecked, Upload, texts,
};

pub use check::is_device;
pub use spec::{Spec, State};

/// The kind.
pub struct Instance;

/// What a stack calls it.
pub const KIND: &str = "ec2.instance";

impl Resource for Instance {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            name_is_a_tag: true,
            stopped_by: Some("state".into()),
            attributes: Attribute::all([
                ("id", "The instance's id, `i-…`."),
                ("arn", "The instance's ARN, for use in policies."),
                ("name", "The name, from its tag `Name`."),
                ("public_ip", "The public IPv4 address; empty while it has none. Changes at each start."),
                ("state", "Its current state: `running` is billed by the hour, `stopped` only for its disks."),
                ("private_ip", "The address inside the VPC."),
                ("public_dns", "The host name of the public address; empty while it has none."),
                ("private_dns", "The host name inside the VPC."),
                ("availability_zone", "Its availability zone, for example `us-east-1a`."),
                ("subnet_id", "The subnet."),
                ("vpc_id", "The VPC."),
                ("image_id", "The AMI it was launched from."),
                ("root_volume_id", "The root volume, `vol-…`."),
            ]),
            to_try: texts(["aws ec2 describe-instances --instance-ids {id} --region {region}"]),
            made_by: "ec2:RunInstances".into(),
            listed_by: "ec2:DescribeInstances, and ec2:DescribeVolumes by tag".into(),
            remove: "aws ec2 terminate-instances --instance-ids {id} --region {region}".into(),
            untag: "aws ec2 delete-tags --resources {id} --tags Key=cloud101:stack --region {region}".into(),
            unchecked: vec![
                // VcpuLimitExceeded, InsufficientInstanceCapacity, Unsupported (API: RunInstances).
                Unchecked {
                    id: "machines",
                    property: "instance_type",
                    matters: |_| true,
                    what: "whether the region has that type, and the account's quota allows one more",
                },
                // InvalidKeyPair.NotFound (API: RunInstances).
                Unchecked {
                    id: "key",
                    property: "key_name",
                    matters: |name| name.as_str().is_some_and(|name| !name.is_empty()),
                    what: "whether the key pair exists",
                },
            ],
            remains: Some(Remains { id_prefix: "vol-".into(), said: "delete_with_instance: false".into() }),
            network: Some("subnet_id".into()),
            tagged_as: Some("instance".into()),
            is_listed_elsewhere: false,
            offers: vec![
                Offer {
                    property: "image".into(),
                    common: texts(["al2023", "al2023-arm64", "ubuntu-24.04", "ubuntu-22.04", "debian-13", "debian-12"]),
                    known: Vec::new,
                },
                Offer {
                    property: "instance_type".into(),
                    common: texts([
                        "t3.micro",
                        "t3.small",
                        "t3.medium",
                        "t3.large",
                        "t4g.micro",
                        "t4g.small",
                        "m7i.large",
                        "g4dn.xlarge",
                    ]),
                    known: || types::usual().map(|name| (name.to_owned(), None)).collect(),
                },
            ],
            permissions: crate::resource::ec2::permissions::instance(),
            uses: account_profile::of_instance,
            ..KindInfo::new(
                KIND,
                "A virtual machine (Amazon EC2) with its disks. Without a subnet it is placed in the default \
        VPC, which every new account has.",
            )
        }
    }

    fn computed_attributes(&self, _place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into())])
    }

    fn check(&self, _name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
        check::check(spec, base)
    }

    fn canonical(&self, mut spec: Spec, base: &Base) -> std::result::Result<Spec, Diagnostic> {
        spec.user_data = user_data::text(&spec, base)?;
        Ok(spec::canonical(spec))
    }

    fn upload(&self, spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        user_data::upload(spec, base)
    }

    fn must_replace(&self, live: &Spec, target: &Spec) -> Option<String> {
        spec::must_replace(live, target)
    }

    fn stuck(&self, live: &Spec, target: &Spec) -> Vec<Stuck> {
        spec::stuck(live, target)
    }

    fn renews(&self, live: &Spec, target: &Spec) -> &'static [&'static str] {
        data_loss::renews(live, target)
    }

    fn data_loss(&self, live: &Spec, target: Option<&Spec>) -> Option<String> {
        data_loss::data_loss(live, target)
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        read::read(cx, desired).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        list::list(cx).await
    }

    async fn preflight(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<()>> {
        let types = desired.iter().map(|desired| desired.spec.instance_type.as_str()).collect();
        let images = image::resolve(cx, desired.iter().map(|desired| desired.spec.image.as_str()));
        let (images, missing) = tokio::join!(images, offered::missing(cx, types));
        let judge = |desired: &Desired<Spec>| {
            image::among(cx, images.as_ref().map_err(Clone::clone)?, &desired.spec.image)?;
            missing.get(&desired.spec.instance_type).map_or(Ok(()), |error| Err(error.clone()))
        };
        desired.iter().map(judge).collect()
    }

    /// A lost answer does no harm: the instance is found by what it was made for, or the same ClientToken gives it
    /// again.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        launch::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &Context,
        desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        settle::update(cx, desired, live, change).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        Ok(list::tags_now(cx, id).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        parts::update_tags(cx, id, set, remove).await
    }

    async fn blocker(&self, cx: &Context, id: &str) -> Result<Option<DeleteBlocker>> {
        delete::blocker(cx, id).await
    }

    async fn besides(&self, cx: &Context, id: &str) -> Result<Vec<String>> {
        delete::besides(cx, id).await
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        Some(live.besides.along.clone())
    }

    async fn holds(&self, cx: &Context, id: &str, _empty: bool) -> Result<Option<Held>> {
        let instance = if is_disk(id) { None } else { find::at_once(cx, id).await? };
        Ok(instance.as_ref().map(fate::along))
    }

    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        delete::delete(cx, id).await
    }
}
