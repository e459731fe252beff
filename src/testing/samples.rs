//! Where what tests make is, what it is called, and what it is marked with.

use std::collections::BTreeSet;

use crate::aws::ownership::{LastApplied, Ownership};
use crate::resource::{Address, Place, Tags};

/// Where the stacks of [`stack`] live.
pub fn place() -> Place {
    Place {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "us-east-1".into(),
        stack: "cloud101".into(),
    }
}

/// The tags of what `stack` has made as `address`, and AWS knows as `name`.
pub fn ownership_tags(stack: &str, address: &str, name: &str) -> Tags {
    let mut applied = LastApplied::default();
    applied.bind(name);
    Ownership { stack: stack.into(), address: Address::parse(address), applied, keep: Default::default() }.tags()
}

/// Addresses, for options.
pub fn addresses<const N: usize>(names: [&str; N]) -> BTreeSet<Address> {
    names.into_iter().map(Address::parse).collect()
}
