//! `cloud101 adopt`: what is taken over, and what speaks against it.

use insta::assert_snapshot;
use serde_json::json;

use super::{changes, step};
use crate::aws::ownership::{LastApplied, is_ownership_tag};
use crate::plan::decide::decide;
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::plan::{Action, Plan, Reason};
use crate::resource::{Address, Live};
use crate::stack::Stack;
use crate::testing::{Account, place, stack};
use crate::ui::{Paint, plan_errors};

const FILE: &str = "
resources:
  topic: { type: sns.topic, display_name: The class }
  group: { type: ec2.security_group, description: one }
  vm: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }
";

/// The account after an apply of [`FILE`], and what `address` has there without its marks.
fn account(address: &str) -> (Stack, Observation, Live<serde_json::Value>) {
    let stack = stack(FILE);
    let mut observation = Account::after(&stack).observe(&stack);
    let address = Address::new(address);
    let mut live = observation.live[&address].clone();
    live.tags.retain(|key, _| !is_ownership_tag(key));
    observation.owned.retain(|found| found.ownership.address != address);
    observation.live.insert(address, live.clone());
    (stack, observation, live)
}

fn adopt(
    stack: &Stack,
    mut observation: Observation,
    address: &str,
    live: Live<serde_json::Value>,
) -> Result<Plan, String> {
    let address = Address::new(address);
    let adopt = [(address.clone(), live.id.clone())].into();
    observation.live.insert(address, live);
    let plan = decide(stack, &place(), observation, Goal::Apply, &Options { adopt, ..Options::default() });
    plan.map_err(|troubles| plan_errors::text(&troubles, "stacks/cloud101.yaml", Paint::PLAIN))
}

#[test]
fn what_is_nobodys_is_taken_over_alone_and_with_its_differences() {
    let (stack, mut observation, mut live) = account("topic");
    live.spec["display_name"] = json!("Somebody's");
    observation.live.remove(&Address::new("group"));
    observation.owned.clear();
    let plan = adopt(&stack, observation, "topic", live).unwrap();
    assert_eq!(plan.steps.len(), 1, "nothing else is made");
    assert_eq!(step(&plan, "topic").action, Action::Adopt);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::File)]);
}

#[test]
fn what_speaks_against_it_is_said() {
    let (stack, observation, mut live) = account("topic");
    live.attributes.insert("name".into(), "news".into());
    let name = adopt(&stack, observation, "topic", live).err().unwrap();

    let (stack, observation, mut live) = account("topic");
    live.tags.insert("cloud101:stack".into(), "other".into());
    live.tags.insert("cloud101:resource".into(), "x".into());
    let other_stack = adopt(&stack, observation, "topic", live).err().unwrap();

    let (stack, observation, mut live) = account("group");
    live.spec["description"] = json!("two");
    let replaces = adopt(&stack, observation, "group", live).err().unwrap();

    let all = Account::after(&stack).observe(&stack);
    let live = all.live[&Address::new("topic")].clone();
    let already = adopt(&stack, all, "topic", live).err().unwrap();

    let all = Account::after(&stack).observe(&stack);
    let mut second = all.live[&Address::new("vm")].clone();
    second.id = "i-second".into();
    second.tags.clear();
    let has_another = adopt(&stack, all, "vm", second).err().unwrap();
    assert_snapshot!([name, other_stack, replaces, already, has_another].join("\n"));
}

#[test]
fn an_instance_stays_taken_over_although_its_name_is_a_tag() {
    let (stack, observation, mut live) = account("vm");
    let address = Address::new("vm");
    let plan = adopt(&stack, observation, "vm", live.clone()).unwrap();
    assert_eq!(step(&plan, "vm").action, Action::Adopt);

    // As an apply leaves it: bound to the id, which a copy of the tags does not have.
    let marked = Account::after(&stack).observe(&stack).live[&address].tags.clone();
    let mut ownership = crate::aws::ownership::Ownership::read(&marked).unwrap();
    ownership.applied.bind(&live.id);
    live.tags.extend(ownership.tags());
    assert!(LastApplied::read(&live.tags).is_bound_to(&live.id));
    let mut after = Account::after(&stack).observe(&stack);
    after.live.insert(address.clone(), live.clone());
    let plan = decide(&stack, &place(), after, Goal::Apply, &Options::default());
    assert!(plan.is_ok_and(|plan| step(&plan, "vm").action == Action::None));

    let mut copied = Account::after(&stack).observe(&stack);
    copied.owned.retain(|found| found.ownership.address != address);
    live.id = "i-copy".into();
    copied.live.insert(address, live);
    assert!(decide(&stack, &place(), copied, Goal::Apply, &Options::default()).is_err(), "it is nobody's");
}

#[test]
fn an_adoption_that_finds_nothing_by_itself_is_reported() {
    let notes = |resource: &str| {
        let stack = stack(&format!("resources:\n  it: {{ {resource}, adopt: true }}\n"));
        let plan = crate::testing::plan(&stack, &Account::default());
        assert_eq!(step(&plan, "it").action, Action::Create);
        step(&plan, "it").notes.join("\n")
    };
    let vm = notes("type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro");
    assert!(vm.starts_with("this creates a new one: `adopt: true` can't find"), "{vm}");
    assert_eq!(notes("type: sns.topic"), "", "it would be found by its name");
}
