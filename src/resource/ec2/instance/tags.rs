//! The tags of a new instance.

use crate::aws::mark;
use crate::resource::{Tags, Wanted};

use super::image;
use super::spec::Spec;

pub use crate::resource::ec2::tag::NAME;
/// What `image:` said when the instance was created, where that was not an AMI's id.
pub const IMAGE: &str = "cloud101:image";

/// The tags of a new instance.
pub fn of_instance(wanted: &Wanted<Spec>) -> Tags {
    let mut tags = wanted.tags.clone();
    tags.entry(NAME.to_owned()).or_insert_with(|| wanted.name.clone());
    if !image::is_id(&wanted.spec.image) {
        tags.insert(IMAGE.to_owned(), wanted.spec.image.clone());
    }
    tags
}

/// What `cloud101:resource` says of an instance that the stack wants.
pub fn address(wanted: &Wanted<Spec>) -> &str {
    wanted.tags.get(mark::RESOURCE).map_or(wanted.address.name.as_str(), String::as_str)
}
