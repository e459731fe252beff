//! The table of kinds. A new kind is one file and one line here.

use std::sync::LazyLock;

use super::kind::{Erased, Kind};
use super::{ec2, iam, lambda, s3, ses, sns};

/// Every kind, each after those it usually refers to: what the file no longer names is deleted in reverse order.
static KINDS: LazyLock<Vec<Box<dyn Kind>>> = LazyLock::new(|| {
    vec![
        Erased::boxed(sns::topic::Topic),
        Erased::boxed(ses::identity::Identity),
        Erased::boxed(iam::policy::Policy),
        Erased::boxed(iam::role::Role),
        Erased::boxed(iam::instance_profile::InstanceProfile),
        Erased::boxed(lambda::layer::Layer),
        Erased::boxed(lambda::function::Function),
        Erased::boxed(s3::bucket::Bucket),
        Erased::boxed(s3::object::Object),
        Erased::boxed(ec2::key_pair::KeyPair),
        Erased::boxed(ec2::security_group::SecurityGroup),
        // It refers to its instance and outlives it, so that the instance goes first.
        Erased::boxed(ec2::volume::Volume),
        Erased::boxed(ec2::instance::Instance),
        Erased::boxed(ec2::elastic_ip::ElasticIp),
    ]
});

/// Every kind, in the order in which they may depend on each other.
pub fn all() -> impl Iterator<Item = &'static dyn Kind> {
    KINDS.iter().map(AsRef::as_ref)
}

/// The kind that a stack calls `name`.
pub fn find(name: &str) -> Option<&'static dyn Kind> {
    all().find(|kind| kind.name() == name)
}

/// The position of a kind in the order of [`all`]; unknown ones come last.
pub fn rank(name: &str) -> usize {
    all().position(|kind| kind.name() == name).unwrap_or(usize::MAX)
}
