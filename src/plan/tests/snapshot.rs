//! Resources as a whole, before and after.

use std::sync::Arc;

use serde_json::json;

use crate::plan::decide::decide;
use crate::plan::options::{Goal, Options};
use crate::plan::snapshot::After;
use crate::plan::value::PlanValue;
use crate::plan::{Action, Step};
use crate::testing::{Account, as_shown, place, plan, plan_destroy, planned, stack};

use super::step;

fn class(image: &str, name: &str) -> String {
    format!(
        "
resources:
  group: {{ type: ec2.security_group, description: one }}
  instance:
    type: ec2.instance
    image: {image}
    instance_type: t3.micro
    security_group_ids: [ '${{group.id}}' ]
    tags: {{ a.b: c }}
  topic: {{ type: sns.topic, name: {name}, display_name: Cloud }}
"
    )
}

#[test]
fn what_is_made_is_there_as_far_as_it_is_known() {
    let plan = plan(&stack(&class("ami-0123456789abcdef0", "news")), &Account::default());
    let instance = step(&plan, "instance");
    assert_eq!(instance.before, None);
    let after = instance.after().unwrap().shown();
    assert_eq!(after["image"], "ami-0123456789abcdef0");
    assert_eq!(after["security_group_ids"], json!(["(known after apply)"]));
    assert_eq!(after["tags"], json!({"Name": "cloud101-instance", "a.b": "c"}));
    assert_eq!(after["name"], "cloud101-instance");
}

#[test]
fn what_changes_differs_in_that_alone() {
    let before = stack(&class("ami-0123456789abcdef0", "news"));
    let mut account = Account::after(&before);
    account.drift("topic", "display_name", json!("Sky"));
    account.drift("topic", "kms_key", json!("alias/theirs"));
    let plan = plan(&before, &account);
    let topic = step(&plan, "topic");
    assert_eq!(
        topic.before,
        Some(as_shown(&json!({"display_name": "Sky", "kms_key": "alias/theirs", "name": "news", "tags": {}})))
    );
    assert_eq!(
        topic.after().as_deref(),
        Some(&as_shown(&json!({"display_name": "Cloud", "kms_key": "alias/theirs", "name": "news", "tags": {}})))
    );
    let group = step(&plan, "group");
    assert_eq!((&group.action, group.before.as_ref()), (&Action::None, group.after().as_deref()));
}

/// A class has thousands of each, and what is the same is there once.
#[test]
fn a_plan_has_no_copy_of_what_the_file_says_or_the_account_has() {
    let stack = stack(&class("ami-0123456789abcdef0", "news"));
    let mut account = Account::after(&stack);
    account.drift("topic", "display_name", json!("Sky"));
    let observation = account.observe(&stack);
    let plan = decide(&stack, &place(), observation.clone(), Goal::Apply, &Options::default()).ok().unwrap();
    let (topic, group) = (step(&plan, "topic"), step(&plan, "group"));
    let source = topic.planned.as_ref().unwrap().source.as_ref().unwrap().reveal();
    assert!(Arc::ptr_eq(&source.spec, &stack.get(&topic.address).unwrap().spec));
    assert_eq!((&topic.action, &topic.after), (&Action::Update, &After::Changed), "it follows from the rest");
    for step in &plan.steps {
        assert!(Arc::ptr_eq(step.shared_live().unwrap(), &observation.live[&step.address]), "{}", step.address);
        assert!(std::ptr::eq(step.tags().unwrap(), &observation.live[&step.address].tags), "{}", step.address);
    }
    let known = plan.known();
    let of_group = known.attributes(&group.address).unwrap();
    assert!(std::ptr::eq(of_group, &observation.live[&group.address].attributes));
}

/// A new one has of what the file does not say nothing that the old one had.
#[test]
fn what_takes_the_place_of_another_is_made_anew() {
    let mut account = Account::after(&stack(&class("ami-0123456789abcdef0", "news")));
    account.drift("instance", "termination_protection", json!(false));
    let plan = plan(&stack(&class("ami-0fedcba9876543210", "news")), &account);
    let instance = step(&plan, "instance");
    assert!(matches!(instance.action, Action::Replace { .. }), "{:?}", instance.action);
    let after = instance.after().unwrap();
    let (before, after) = (instance.before.as_ref().unwrap(), &*after);
    let said = |value: &PlanValue, key: &str| value.get(key).unwrap().shown_text();
    assert_eq!(
        (said(before, "image"), said(after, "image")),
        ("ami-0123456789abcdef0".to_owned(), "ami-0fedcba9876543210".to_owned())
    );
    assert_eq!(said(after, "instance_type"), "t3.micro");
    assert!(
        before.get("termination_protection").is_some() && after.get("termination_protection").is_none(),
        "{after:?}"
    );
}

#[test]
fn what_goes_is_there_before_and_nothing_of_it_after() {
    let both = stack(&class("ami-0123456789abcdef0", "news"));
    let account = Account::after(&both);
    let destroyed = plan_destroy(&both, &account);
    let all = |steps: &[Step]| steps.iter().all(|step| step.before.is_some() && step.after().is_none());
    assert!(all(&destroyed.steps) && destroyed.steps.len() == 3);
    // Of what the file does not name no more is known than the list reported.
    let without = stack("resources:\n  group: { type: ec2.security_group, description: one }\n");
    let plan = planned(&without, &account, Goal::Apply, &Options::default());
    let topic = plan.steps.iter().find(|step| step.address.to_string() == "topic").unwrap();
    assert_eq!((&topic.action, topic.after()), (&Action::Delete, None));
    assert_eq!(topic.before, Some(as_shown(&json!({"name": "news", "tags": {}}))));
}
