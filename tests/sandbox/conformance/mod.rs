//! Every kind in the registry keeps the contract.
//!
//! The kind's example stack, `stacks/examples/<kind>.yaml`, is applied; then each example value in the kind's schema is
//! set, and the plan must show exactly that property, be empty after the apply, show drift when the value is changed
//! behind the engine's back, and lead back when the value is taken out again. No kind needs a test of its own.

mod generated;
mod import;
pub mod overrides;
pub mod walk;

use std::sync::Arc;

use anyhow::Result;
use cloud101::resource::Registry;
use futures::future::join_all;

use crate::support::TestSandbox;

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_keeps_the_contract() -> Result<()> {
    let sandbox = Arc::new(TestSandbox::alone()?);
    let only = std::env::var("KIND").ok();
    let registry = Registry::builtin();
    let kinds = registry.all().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name()));
    let walks = kinds.map(|kind| {
        let (sandbox, kind) = (sandbox.clone(), kind.clone());
        tokio::spawn(async move { (kind.name().to_owned(), walk::walk(&kind, &sandbox).await) })
    });
    let mut failures = Vec::new();
    for ended in join_all(walks).await {
        match ended? {
            (kind, Ok(properties)) => println!("{kind}: {properties} values walked"),
            (kind, Err(error)) => failures.push(format!("{kind}: {error:#}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

/// The walk sees only properties that have an example.
#[test]
fn every_property_has_an_example() {
    let mut without = Vec::new();
    for kind in Registry::builtin().all() {
        let schema = kind.schema();
        for leaf in schema.leaves() {
            let read_only = schema.at(leaf).is_some_and(|property| property.has("readOnly"));
            if !read_only && walk::examples_for(schema, leaf).is_none() {
                without.push(format!("{}: {leaf}", kind.name()));
            }
        }
    }
    assert!(without.is_empty(), "no example for:\n{}", without.join("\n"));
}
