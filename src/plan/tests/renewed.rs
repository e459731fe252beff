//! Attributes that a change gives new values.

use serde_json::json;

use crate::plan::value::PlanValue;
use crate::plan::{Action, Reason};
use crate::resource::Address;
use crate::testing::{Account, plan, stack};

use super::{changes, step};

fn file(instance: &str, name: &str) -> String {
    format!(
        "
resources:
  vm: {{ type: ec2.instance, image: ami-0123456789abcdef0, {instance}, name: {name} }}
  topic: {{ type: sns.topic, display_name: 'at ${{vm.public_ip}}', tags: {{ machine: '${{vm.name}}' }} }}
  other: {{ type: sns.topic, display_name: 'in ${{vm.availability_zone}}' }}
outputs:
  ip: ${{vm.public_ip}}
  zone: ${{vm.availability_zone}}
"
    )
}

/// The plan that makes `then` into `now`.
fn planned(then: &str, now: &str) -> crate::plan::Plan {
    let mut account = Account::after(&stack(&file(then, "lab")));
    account.drift("vm", "state", json!("running"));
    plan(&stack(&file(now, "lab")), &account)
}

#[test]
fn the_address_of_a_machine_that_is_stopped_and_started_is_not_known() {
    let plan = planned("instance_type: t3.micro", "instance_type: t3.small");
    assert_eq!(step(&plan, "vm").action, Action::Update);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::Renewed(Address::new("vm")))]);
    assert_eq!(step(&plan, "topic").changes[0].after, Some(PlanValue::Unknown));
    assert_eq!(step(&plan, "other").action, Action::None, "the zone stays");
    assert_eq!(plan.outputs[0].value, PlanValue::Unknown);
    assert!(plan.outputs[1].shown().is_some());
    // Nor is it when the plan is carried out, before that is done.
    let known = plan.known();
    let vm = known.attributes(&Address::new("vm")).unwrap();
    assert!(!vm.contains_key("public_ip") && vm.contains_key("availability_zone"), "{vm:?}");
}

#[test]
fn a_machine_that_is_stopped_loses_its_address_and_one_that_is_left_alone_keeps_it() {
    let stopped = planned("instance_type: t3.micro", "instance_type: t3.micro, state: stopped");
    assert_eq!(changes(&stopped, "topic"), [("display_name".to_owned(), Reason::Renewed(Address::new("vm")))]);
    let protected = planned("instance_type: t3.micro", "instance_type: t3.micro, termination_protection: true");
    assert_eq!(step(&protected, "vm").action, Action::Update);
    assert_eq!(step(&protected, "topic").action, Action::None);
}

#[test]
fn what_follows_from_a_new_name_is_planned_with_it() {
    let account = Account::after(&stack(&file("instance_type: t3.micro", "lab")));
    let plan = plan(&stack(&file("instance_type: t3.micro", "room")), &account);
    assert_eq!(changes(&plan, "topic"), [("tags.machine".to_owned(), Reason::File)]);
    assert_eq!(step(&plan, "topic").changes[0].after, Some("room".into()));
}

#[test]
fn what_an_object_is_called_by_aws_follows_its_content() {
    let file = |content: &str| {
        format!(
            "
resources:
  page: {{ type: s3.object, bucket: lesson-files, key: page.html, content: {content} }}
  topic: {{ type: sns.topic, display_name: '${{page.etag}}' }}
"
        )
    };
    let account = Account::after(&stack(&file("one")));
    let plan = plan(&stack(&file("two")), &account);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::Renewed(Address::new("page")))]);
}

/// A script that names a role means the name: the machine is not started again for the role's new id.
#[test]
fn a_text_that_names_a_role_that_is_made_again_is_not_set_again() {
    let stack = stack(
        "
resources:
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  topic: { type: sns.topic, display_name: 'of ${role.name}' }
  vm: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro, user_data: '#!/bin/sh ${role.arn}' }
",
    );
    let mut account = Account::after(&stack);
    account.drift("vm", "state", json!("running"));
    account.delete("role");
    let plan = plan(&stack, &account);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::Remade(Address::new("role")))]);
    assert_eq!(step(&plan, "vm").action, Action::None);
}

#[test]
fn a_tag_says_why_it_is_not_known_as_a_property_does() {
    let file = |size: &str| {
        stack(&format!(
            "resources:\n  vm: {{ type: ec2.instance, image: ami-0123456789abcdef0, instance_type: {size} }}\n  \
             topic: {{ type: sns.topic, tags: {{ at: '${{vm.public_ip}}' }} }}\n"
        ))
    };
    let mut account = Account::after(&file("t3.micro"));
    account.drift("vm", "state", json!("running"));
    let plan = plan(&file("t3.small"), &account);
    assert_eq!(changes(&plan, "topic"), [("tags.at".to_owned(), Reason::Renewed(Address::new("vm")))]);
}
