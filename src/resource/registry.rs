//! The table of kinds. A new kind is one file and one line here.

use std::sync::{Arc, LazyLock};

use super::kind::{Erased, Kind};
use super::{ec2, iam, lambda, s3, ses, sns};

/// Every kind, each after those it usually refers to: what the file no longer names is deleted in reverse order.
static KINDS: LazyLock<Vec<Arc<dyn Kind>>> = LazyLock::new(|| {
    vec![
        Erased::shared(sns::topic::Topic),
        Erased::shared(ses::identity::Identity),
        Erased::shared(iam::policy::Policy),
        Erased::shared(iam::role::Role),
        Erased::shared(iam::instance_profile::InstanceProfile),
        Erased::shared(lambda::layer::Layer),
        Erased::shared(lambda::function::Function),
        Erased::shared(s3::bucket::Bucket),
        Erased::shared(s3::object::Object),
        Erased::shared(ec2::key_pair::KeyPair),
        Erased::shared(ec2::security_group::SecurityGroup),
        // It refers to its instance and outlives it, so that the instance goes first.
        Erased::shared(ec2::volume::Volume),
        Erased::shared(ec2::instance::Instance),
        Erased::shared(ec2::elastic_ip::ElasticIp),
    ]
});

/// Every kind, in the order in which they may depend on each other.
pub fn all() -> impl Iterator<Item = &'static Arc<dyn Kind>> {
    KINDS.iter()
}

/// The kind that a stack calls `name`.
pub fn find(name: &str) -> Option<Arc<dyn Kind>> {
    all().find(|kind| kind.name() == name).cloned()
}

/// The position of a kind in the order of [`all`]; unknown ones come last.
pub fn rank(name: &str) -> usize {
    all().position(|kind| kind.name() == name).unwrap_or(usize::MAX)
}
