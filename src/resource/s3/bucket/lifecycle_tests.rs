//! Tests of the rules' conversions and offline checks.

use serde_json::json;

use super::*;
use crate::resource::s3::bucket::lifecycle_check::check;

fn rule(value: serde_json::Value) -> LifecycleRule {
    serde_json::from_value(value).expect("a rule")
}

#[test]
fn every_rule_survives_the_sdk_form() {
    let rules = canonical(vec![
        rule(json!({ "id": "all", "expire_after_days": 3 })),
        rule(json!({ "id": "prefix", "prefix": "tmp/", "enabled": false, "expire_on": "2030-12-31" })),
        rule(json!({ "id": "tag", "tags": { "a": "b" }, "expire_delete_markers": true })),
        rule(json!({ "id": "size", "object_size_less_than": 9, "abort_multipart_after_days": 1 })),
        rule(json!({
            "id": "many", "prefix": "x/", "tags": { "a": "b", "c": "d" }, "object_size_greater_than": 1,
            "transitions": [
                { "days": 90, "storage_class": "GLACIER" }, { "date": "2030-01-01", "storage_class": "DEEP_ARCHIVE" }],
            "noncurrent_expire_after_days": 5, "noncurrent_keep_versions": 2,
            "noncurrent_transitions": [{ "days": 1, "keep_versions": 3, "storage_class": "GLACIER_IR" }],
        })),
    ]);
    let back = rules.iter().map(|rule| LifecycleRule::from_sdk(rule.to_sdk().expect("an SDK rule"))).collect();
    assert_eq!(canonical(back), rules);
}

#[test]
fn several_conditions_go_into_and_a_single_one_does_not() {
    let filter = |value| rule(value).filter().expect("a filter");
    assert!(filter(json!({ "id": "a", "prefix": "x/" })).and.is_none());
    assert!(filter(json!({ "id": "a", "prefix": "x/", "object_size_less_than": 9 })).and.is_some());
    assert_eq!(filter(json!({ "id": "a" })).prefix.as_deref(), Some(""));
}

#[test]
fn rules_that_aws_refuses_are_found() {
    let paths =
        |value| check(&[rule(value)]).into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect::<Vec<_>>();
    let ia = |days: i32| json!([{ "days": days, "storage_class": "STANDARD_IA" }]);
    assert_eq!(paths(json!({ "id": "a", "transitions": ia(30) })), [""; 0]);
    assert_eq!(paths(json!({ "id": "a" })), ["lifecycle_rules.0"]);
    assert_eq!(paths(json!({ "id": "a", "transitions": ia(7) })), ["lifecycle_rules.0.transitions.0.days"]);
    let early = json!({ "id": "a", "transitions": ia(30), "expire_after_days": 30 });
    assert_eq!(paths(early), ["lifecycle_rules.0.transitions.0.days"]);
    assert_eq!(paths(json!({ "id": "a", "expire_on": "soon" })), ["lifecycle_rules.0.expire_on"]);
    let twice = rule(json!({ "id": "a", "expire_after_days": 1 }));
    assert_eq!(check(&[twice.clone(), twice])[0].path(), "lifecycle_rules.1.id");
}
