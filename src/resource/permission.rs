//! Which of IAM's actions the calls of a kind need, and what each is fenced in by. The policies in `docs/` for those
//! who run cloud101 are made of that.

use super::Text;

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To look.
    Look,
    /// To change what is not IAM's.
    Change,
    /// To make roles, policies and instance profiles.
    Roles,
    /// To make users and groups.
    Users,
    /// To open shells on machines.
    Shells,
}

/// On what a statement allows its actions, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The statement's name, which all kinds with the same fence share.
    pub sid: Text,
    /// The policy that it belongs to.
    pub purpose: Purpose,
    /// ARNs, or `*`.
    pub resources: Vec<Text>,
    /// What must be so, if anything.
    pub condition: Option<Condition>,
}

/// What must be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// IAM's operator: `StringEquals`.
    pub operator: Text,
    /// What is compared.
    pub key: Text,
    /// With which values: any of them.
    pub values: Vec<Text>,
}

/// Actions that are allowed in a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The fence.
    pub fence: Fence,
    /// The actions: one for each call, and what AWS checks besides.
    pub actions: Vec<Text>,
}

impl Fence {
    /// For what only looks, on everything.
    pub fn see() -> Self {
        Self::of("See", Purpose::Look)
    }

    /// On everything, as long as nothing else is said.
    pub fn of(sid: impl Into<Text>, purpose: Purpose) -> Self {
        Self { sid: sid.into(), purpose, resources: vec!["*".into()], condition: None }
    }

    /// Only on these.
    pub fn on<T: Into<Text>>(self, resources: impl IntoIterator<Item = T>) -> Self {
        Self { resources: resources.into_iter().map(Into::into).collect(), ..self }
    }

    /// Only if this is so.
    pub fn when<T: Into<Text>>(
        self,
        operator: impl Into<Text>,
        key: impl Into<Text>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { condition: Some(Condition { operator: operator.into(), key: key.into(), values }), ..self }
    }

    /// Only on what carries a stack's tag.
    pub fn with_our_tag(self) -> Self {
        self.when("Null", "aws:ResourceTag/cloud101:stack", ["false"])
    }

    /// Only for what gets a stack's tag by the same call.
    pub fn made_with_our_tag(self) -> Self {
        self.when("Null", "aws:RequestTag/cloud101:stack", ["false"])
    }

    /// For the roles of stacks, given to a service: of instance profiles, instances and functions.
    pub fn roles_of_stacks_given() -> Self {
        Self::of("GiveRolesOfStacks", Purpose::Roles).on(["arn:aws:iam::*:role/cloud101/*"]).when(
            "StringEquals",
            "iam:PassedToService",
            ["ec2.amazonaws.com", "lambda.amazonaws.com"],
        )
    }

    /// For the class's buckets, from which functions have code as well.
    pub fn buckets_of_the_class() -> Self {
        Self::of("BucketsOfTheClass", Purpose::Change).on(["arn:aws:s3:::cloud101*"])
    }

    /// Allows actions in it.
    pub fn allows<T: Into<Text>>(self, actions: impl IntoIterator<Item = T>) -> Allowed {
        Allowed { fence: self, actions: actions.into_iter().map(Into::into).collect() }
    }
}
