//! The kinds that a stack can name. A new kind is one file and one line here.

use std::fmt;
use std::sync::Arc;

use super::erased::Erased;
use super::kind::Kind;
use super::{ec2, iam, lambda, s3, ses, sns, sqs};

/// Kinds, each after those it usually refers to: what the file no longer names is deleted in reverse order.
#[derive(Clone)]
pub struct Registry(Arc<[Arc<dyn Kind>]>);

impl Registry {
    /// Every kind of cloud101.
    pub fn builtin() -> Self {
        Self(Arc::new([
            Erased::shared(sns::topic::Topic),
            Erased::shared(sqs::queue::Queue),
            Erased::shared(ses::identity::Identity),
            Erased::shared(iam::policy::Policy),
            Erased::shared(iam::role::Role),
            Erased::shared(iam::instance_profile::InstanceProfile),
            Erased::shared(iam::group::Group),
            Erased::shared(iam::user::User),
            Erased::shared(lambda::layer::Layer),
            Erased::shared(lambda::function::Function),
            Erased::shared(s3::bucket::Bucket),
            Erased::shared(s3::object::Object),
            Erased::shared(ec2::key_pair::KeyPair),
            Erased::shared(ec2::security_group::SecurityGroup),
            // It refers to its instance and outlives it, so the instance goes first.
            Erased::shared(ec2::volume::Volume),
            Erased::shared(ec2::instance::Instance),
            Erased::shared(ec2::elastic_ip::ElasticIp),
        ]))
    }

    /// One without any kind.
    pub fn empty() -> Self {
        Self(Arc::new([]))
    }

    /// The same with one more kind, which comes last; one that has its name already makes way.
    pub fn with(&self, kind: Arc<dyn Kind>) -> Self {
        let others = self.all().filter(|other| other.name() != kind.name()).cloned();
        Self(others.chain([kind.clone()]).collect())
    }

    /// The same without those of which `is_left_out` holds.
    pub fn without(&self, is_left_out: impl Fn(&dyn Kind) -> bool) -> Self {
        Self(self.all().filter(|kind| !is_left_out(&***kind)).cloned().collect())
    }

    /// Every kind, in the order in which they may depend on each other.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Kind>> {
        self.0.iter()
    }

    /// The kind that a stack calls `name`.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Kind>> {
        self.all().find(|kind| kind.name() == name)
    }

    /// The position of a kind in the order of [`all`](Self::all); unknown ones come last.
    pub fn rank(&self, name: &str) -> usize {
        self.all().position(|kind| kind.name() == name).unwrap_or(usize::MAX)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::builtin()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|kind| kind.name())).finish()
    }
}

#[cfg(test)]
mod tests;
