//! What can't be planned for one of a class, and what becomes of the others.

use crate::aws::{Error, ErrorKind};
use crate::plan::decide::decide;
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::plan::value::PlanValue;
use crate::plan::{Action, Plan, apart};
use crate::resource::Address;
use crate::stack::Stack;
use crate::testing::{Account, addresses, place, plan, planned, refused, stack};

use super::{IMAGE, actions};

/// A bucket and a topic for each, and a topic that needs all buckets.
fn class(keys: &str) -> Stack {
    stack(&format!(
        "rosters: {{ students: [{keys}] }}\n\
         resources:\n  \
           home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n  \
           news: {{ type: sns.topic, for_each: students, tags: {{ of: '${{home.name}}' }} }}\n  \
           list: {{ type: sns.topic, tags: {{ all: '${{home[*].name}}' }} }}\n\
         outputs: {{ homes: '${{home[*].name}}' }}\n"
    ))
}

/// An account in which others have the buckets of these.
fn taken(keys: &[&str]) -> Account {
    let theirs = format!(
        "rosters: {{ students: [{}] }}\n\
         resources: {{ home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }} }}\n",
        keys.join(", ")
    );
    let mut account = Account::after(&stack(&theirs));
    for key in keys {
        account.unmark(&format!("home[{key}]"));
    }
    account
}

fn done(plan: &Plan) -> Vec<String> {
    actions(plan).into_iter().filter(|action| !action.ends_with(" none")).collect()
}

fn unplanned(plan: &Plan) -> Vec<String> {
    let said = |error: &PlanError| format!("{}: {}", error.address.as_ref().unwrap(), error.error.message);
    apart::said(plan).iter().map(said).collect()
}

#[test]
fn a_name_that_is_taken_stops_one_person_and_what_needs_theirs() {
    let plan = plan(&class("ana, bo, cy"), &taken(&["bo"]));
    let expected = ["home[\"ana\"] create", "home[\"cy\"] create", "news[\"ana\"] create", "news[\"cy\"] create"];
    assert_eq!(done(&plan), expected);
    assert_eq!(
        unplanned(&plan),
        [
            "home[\"bo\"]: `cloud101-class-bo` exists and does not have this stack's ownership tags; without it, `list`, \
          `news[\"bo\"]` can't be planned either"
        ]
    );
    let of = |key: &str| plan.outputs.iter().find(|output| output.name == format!("homes[\"{key}\"]")).unwrap();
    assert_eq!((&of("bo").value, of("ana").value.as_str()), (&PlanValue::Unknown, Some("cloud101-class-ana")));
}

/// That is what a person looks for: what is wrong with their own.
#[test]
fn what_needs_several_that_can_not_be_planned_is_said_with_the_one_of_the_same_person() {
    let text = "rosters: { students: [ana, bo, cy] }\nresources:\n  \
                home: { type: s3.bucket, for_each: students, name: 'cloud101-class-${each.key}' }\n  \
                news: { type: sns.topic, for_each: students, tags: { all: '${home[*].name}' } }\n";
    let plan = plan(&stack(text), &taken(&["bo", "cy"]));
    let with = |key: &str| plan.aside[&Address::copy("news", key)].to_string();
    assert_eq!(["ana", "bo", "cy"].map(with), ["home[\"bo\"]", "home[\"bo\"]", "home[\"cy\"]"]);
}

/// As when AWS would refuse it, which is asked once there is a plan.
#[test]
fn what_is_set_aside_once_there_is_a_plan_has_no_output_either() {
    let stack = class("ana, bo");
    let mut plan = plan(&stack, &Account::default());
    let error = PlanError::with(stack.get(&Address::copy("home", "bo")).unwrap(), Error::refused("no"));
    apart::set_aside(&stack, Goal::Apply, &mut plan, vec![error]).unwrap();
    assert_eq!(done(&plan), ["home[\"ana\"] create", "news[\"ana\"] create"]);
    let values: Vec<_> = plan.outputs.iter().map(|output| (output.name.as_str(), output.value.as_str())).collect();
    assert_eq!(values, [("homes[\"ana\"]", Some("cloud101-class-ana")), ("homes[\"bo\"]", None)]);
}

#[test]
fn what_stops_everybody_stops_the_plan() {
    let all = refused(&class("ana, bo"), &taken(&["ana", "bo"]), Goal::Apply, &Options::default());
    assert_eq!(all.len(), 2);
    // Nor is there anybody else where only one is meant.
    let only = Options { only: ["bo".to_owned()].into(), ..Options::default() };
    assert_eq!(refused(&class("ana, bo"), &taken(&["bo"]), Goal::Apply, &only).len(), 1);
    let without = stack("resources: { home: { type: s3.bucket, name: cloud101-class-bo } }\n");
    let mut account = Account::after(&without);
    account.unmark("home");
    assert_eq!(refused(&without, &account, Goal::Apply, &Options::default()).len(), 1);
}

/// Nothing that a person has is touched while theirs can't be planned: neither what needs it, nor what they had before.
#[test]
fn what_is_not_planned_is_left_as_it_is() {
    let before = class("ana, bo, cy");
    let mut account = Account::after(&before);
    account.unmark("home[bo]");
    account.drift("news[bo]", "display_name", "changed".into()).drift("news[cy]", "display_name", "changed".into());
    account.double("news[bo]", "cloud101-news-of-old");
    account.double("news[cy]", "cloud101-news-of-former");
    let plan = plan(&before, &account);
    assert_eq!(plan.unplanned.len(), 1);
    assert!(plan.steps.iter().all(|step| step.address.key.as_deref() != Some("bo")), "{:?}", actions(&plan));
    assert!(done(&plan).contains(&"(news[\"cy\"]) delete".to_owned()), "{:?}", actions(&plan));
    // The same with a selection that all of them are in.
    let options = Options { targets: addresses(["news"]), ..Options::default() };
    let plan = planned(&before, &account, Goal::Apply, &options);
    assert_eq!(done(&plan), ["(news[\"cy\"]) delete"]);
}

/// It goes on with what it has until it can be planned.
#[test]
fn what_can_not_be_planned_holds_what_it_uses() {
    let text = |name: &str| {
        stack(&format!(
            "rosters: {{ students: [ana, bo] }}\nresources:\n  \
             role: {{ type: iam.role, name: {name}, assumed_by: ec2.amazonaws.com }}\n  \
             seat: {{ type: iam.instance_profile, for_each: students, role: '${{role.name}}' }}\n"
        ))
    };
    let mut account = Account::after(&text("before"));
    let old = |account: &Account| {
        let plan = plan(&text("after"), account);
        plan.steps.iter().find(|step| !step.is_declared()).map(|old| (old.action.clone(), old.notes.join("; ")))
    };
    assert_eq!(old(&account), Some((Action::Delete, String::new())));
    account.unmark("seat[bo]");
    let kept = Action::Keep { because: "seat[\"bo\"] still uses it".to_owned() };
    let note =
        "it is deleted when `seat[\"bo\"]`, which can't be planned and which still uses it, has moved over".to_owned();
    assert_eq!(old(&account), Some((kept, note)));
}

#[test]
fn what_can_not_be_read_for_one_is_no_reason_to_leave_the_others() {
    let stack = class("ana, bo");
    let observed = |kind: ErrorKind, key: &str| {
        let mut observation = Account::default().observe(&stack);
        let declared = stack.get(&Address::copy("home", key)).unwrap();
        let error = Error { kind, operation: "s3:GetBucketTagging", ..Error::refused("no") };
        observation.unread = vec![PlanError::with(declared, error)];
        observation
    };
    let plan = decide(&stack, &place(), observed(ErrorKind::Denied, "bo"), Goal::Apply, &Options::default()).unwrap();
    assert_eq!(done(&plan), ["home[\"ana\"] create", "news[\"ana\"] create"]);
    assert_eq!(plan.unplanned.len(), 1);
    // Of those whom a person has left out nothing is said.
    let only = Options { only: ["ana".to_owned()].into(), ..Options::default() };
    let plan = decide(&stack, &place(), observed(ErrorKind::Denied, "bo"), Goal::Apply, &only).unwrap();
    assert!(plan.unplanned.is_empty() && done(&plan).len() == 2, "{:?}", actions(&plan));
    // What is wrong with every call is not about one person.
    assert!(decide(&stack, &place(), observed(ErrorKind::Expired, "bo"), Goal::Apply, &Options::default()).is_err());
}

/// What could not even be looked for may be there, and use what would go.
#[test]
fn what_was_not_looked_for_holds_what_it_needs() {
    let text = |name: &str| {
        stack(&format!(
            "rosters: {{ students: [ana, bo] }}\nresources:\n  \
             role: {{ type: iam.role, name: {name}, assumed_by: ec2.amazonaws.com }}\n  \
             machine: {{ type: ec2.instance, for_each: students, image: {IMAGE}, instance_type: t3.micro }}\n  \
             seat: {{ type: iam.instance_profile, for_each: students, name: '${{machine.id}}', role: '${{role.name}}' }}\n"
        ))
    };
    let after = text("after");
    let notes = |only: &[&str], is_unlooked: bool| {
        let mut observation = Account::after(&text("before")).observe(&after);
        let [machine, seat] = ["machine", "seat"].map(|name| Address::copy(name, "bo"));
        observation.live.remove(&machine);
        observation.live.remove(&seat);
        // Nor does a list show it.
        observation.owned.retain(|found| found.ownership.address.key.as_deref() != Some("bo"));
        let error = Error { kind: ErrorKind::Denied, operation: "ec2:DescribeInstances", ..Error::refused("no") };
        observation.unread = vec![PlanError::with(after.get(&machine).unwrap(), error)];
        observation.unlooked = is_unlooked.then_some(seat).into_iter().collect();
        let options = Options { only: only.iter().map(|key| (*key).to_owned()).collect(), ..Options::default() };
        let plan = decide(&after, &place(), observation, Goal::Apply, &options).unwrap();
        let mut notes = plan.steps.iter().flat_map(|step| &step.notes);
        notes.any(|note| note.contains("`seat[\"bo\"]`, which can't be planned"))
    };
    assert!(notes(&[], true) && !notes(&[], false));
    assert!(notes(&["ana"], true) && !notes(&["ana"], false));
}

/// A selection is named as it was typed.
#[test]
fn what_a_selection_leaves_out_is_said_with_its_option() {
    let text = |name: &str| {
        stack(&format!(
            "rosters: {{ students: [ana, bo] }}\nresources:\n  \
             role: {{ type: iam.role, name: {name}, assumed_by: ec2.amazonaws.com }}\n  \
             seat: {{ type: iam.instance_profile, for_each: students, role: '${{role.name}}' }}\n"
        ))
    };
    let account = Account::after(&text("before"));
    for (options, which) in [
        (Options { only: ["ana".to_owned()].into(), ..Options::default() }, "--only"),
        (Options { targets: addresses(["seat[ana]"]), ..Options::default() }, "--target"),
    ] {
        let plan = planned(&text("after"), &account, Goal::Apply, &options);
        let notes: Vec<_> = plan.steps.iter().flat_map(|step| &step.notes).collect();
        let expected = format!("`seat[\"bo\"]`, which {which} excludes");
        assert!(notes.iter().any(|note| note.contains(&expected)), "{notes:?}");
    }
}
