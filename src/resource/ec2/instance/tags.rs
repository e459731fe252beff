//! The tags of a new instance.

use crate::aws::ownership;
use crate::resource::{Desired, Tags};

use super::image;
use super::spec::Spec;

pub use crate::resource::ec2::tag::NAME;
/// What `image:` said when the instance was created, where that was not an AMI's id.
pub const IMAGE: &str = "cloud101:image";

/// The tags of a new instance.
pub fn of_instance(desired: &Desired<Spec>) -> Tags {
    let mut tags = desired.tags.clone();
    tags.entry(NAME.to_owned()).or_insert_with(|| desired.name.clone());
    if !image::is_id(&desired.spec.image) {
        tags.insert(IMAGE.to_owned(), desired.spec.image.clone());
    }
    tags
}

/// What `cloud101:resource` says of an instance that the stack wants.
pub fn address(desired: &Desired<Spec>) -> String {
    desired.tags.get(ownership::RESOURCE).cloned().unwrap_or_else(|| ownership::address_value(&desired.address))
}
