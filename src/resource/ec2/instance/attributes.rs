//! What other resources may refer to of an instance.

use aws_sdk_ec2::types::{Instance, Volume as Disk};

use crate::aws::Context;
use crate::resource::{Attributes, Tags};

use super::tags;

/// The attributes of `instance`, whose root disk is `root`.
pub fn of(cx: &Context, instance: &Instance, root: Option<&Disk>, tags: &Tags) -> Attributes {
    let id = instance.instance_id().unwrap_or_default();
    let zone = instance.placement().and_then(|placement| placement.availability_zone());
    let values = [
        ("id", Some(id)),
        ("name", tags.get(tags::NAME).map(String::as_str)),
        ("image_id", instance.image_id()),
        ("state", instance.state().and_then(|state| state.name()).map(|name| name.as_str())),
        ("public_ip", instance.public_ip_address()),
        ("private_ip", instance.private_ip_address()),
        ("public_dns", instance.public_dns_name()),
        ("private_dns", instance.private_dns_name()),
        ("availability_zone", zone),
        ("subnet_id", instance.subnet_id()),
        ("vpc_id", instance.vpc_id()),
        ("root_volume_id", root.and_then(|root| root.volume_id())),
    ];
    let mut attributes: Attributes =
        values.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_owned())).collect();
    attributes.insert("arn".to_owned(), cx.place.arn("ec2", &format!("instance/{id}")));
    attributes
}
