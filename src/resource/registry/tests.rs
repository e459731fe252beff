use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

#[test]
fn what_a_kind_says_of_its_properties_is_about_some_that_there_are() {
    for kind in Registry::builtin().all() {
        let info = kind.info();
        let lists = [&info.held_in, &info.outlives, &info.exclusive, &info.name_within];
        let single = [&info.emptied_by, &info.network];
        let offered = info.offers.iter().map(|offer| &offer.property);
        let derived = info.derived.iter().flat_map(|one| &one.from);
        let named = lists.into_iter().flatten().chain(single.into_iter().flatten()).chain(offered).chain(derived);
        for property in named {
            assert!(kind.schema().at(property).is_some(), "{} {property}", kind.name());
        }
        let attributes = info.derived.iter().map(|one| &one.attribute);
        for attribute in attributes {
            assert!(info.attributes.iter().any(|known| known.name == *attribute), "{} {attribute}", kind.name());
        }
        assert!(!info.doc.is_empty() && !info.made_by.is_empty() && !info.listed_by.is_empty(), "{}", kind.name());
    }
}

#[test]
fn what_the_sandbox_does_not_check_is_about_a_property_that_there_is_and_has_a_name_of_its_own() {
    let mut ids = BTreeSet::new();
    for kind in Registry::builtin().all() {
        for row in &kind.info().unchecked {
            assert!(row.property.is_empty() || kind.schema().at(row.property).is_some(), "{row:?}");
            assert!(ids.insert(row.id) && row.what.starts_with("whether ") && row.what.len() < 100, "{row:?}");
        }
    }
}

#[test]
fn what_is_not_checked_matters_where_it_is_new_and_of_that_sort() {
    let said = |kind: &str, spec: Value, new: &[&str]| {
        let kind = Registry::builtin().find(kind).cloned().expect("a kind");
        let rows = kind.info().unchecked.iter().filter(|row| row.is_open(&spec, |path| new.contains(&path)));
        rows.map(|row| row.id).collect::<Vec<_>>()
    };
    let public = json!({ "public_access_block": { "block_public_policy": false } });
    assert_eq!(said("s3.bucket", public.clone(), &["", "public_access_block"]), ["bucket_name", "account_block"]);
    assert_eq!(said("s3.bucket", public.clone(), &["public_access_block"]), ["account_block"]);
    assert_eq!(said("s3.bucket", public, &["versioning"]), [""; 0]);
    assert_eq!(said("s3.bucket", json!({ "namespace": "account" }), &[""]), [""; 0]);
    let topic = |protocol| json!({ "subscriptions": [{ "protocol": protocol, "endpoint": "x" }] });
    assert_eq!(said("sns.topic", topic("email"), &["", "subscriptions"]), ["confirmation"]);
    assert_eq!(said("sns.topic", topic("sqs"), &["", "subscriptions"]), [""; 0]);
}
