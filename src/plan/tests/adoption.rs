//! `cloud101 adopt`: what is taken over, and what speaks against it.

use std::collections::BTreeSet;
use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;

use super::{actions, changes, step};
use crate::aws::ownership::{KEEP, LastApplied, Ownership, is_ownership_tag};
use crate::plan::adoption;
use crate::plan::decide::decide;
use crate::plan::desired::{KnownAttributes, desired};
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options, Selection};
use crate::plan::{Action, Plan, Reason};
use crate::resource::{Address, KindInfo, Live, texts};
use crate::stack::Stack;
use crate::testing::fake::{World, kind_like};
use crate::testing::numbered;
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
    let mut live = (*observation.live[&address]).clone();
    live.tags.retain(|key, _| !is_ownership_tag(key));
    observation.owned.retain(|found| found.ownership.address != address);
    observation.live.insert(address, live.clone().into());
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
    observation.live.insert(address, live.into());
    let plan = decide(stack, &place(), observation, Goal::Apply, &Options { adopt, ..Options::default() });
    plan.map_err(|troubles| plan_errors::text(&troubles, "stacks/cloud101.yaml", Paint::PLAIN))
}

/// An adoption does nothing else: what is left over goes with an apply.
#[test]
fn what_the_file_no_longer_has_is_left_by_an_adoption() {
    let (stack, _, live) = account("topic");
    let before = crate::testing::stack(&format!("{FILE}  old: {{ type: sns.topic }}\n"));
    let mut observation = Account::after(&before).observe(&stack);
    observation.owned.retain(|found| found.ownership.address != Address::new("topic"));
    let plan = adopt(&stack, observation, "topic", live).unwrap();
    assert_eq!((actions(&plan), plan.selection), (vec!["topic adopt".to_owned()], Some(Selection::Adopt)));
}

#[test]
fn what_is_unmanaged_is_taken_over_alone_and_with_its_differences() {
    let (stack, mut observation, mut live) = account("topic");
    live.spec["display_name"] = json!("Another's");
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
    let live = (*all.live[&Address::new("topic")]).clone();
    let already = adopt(&stack, all, "topic", live).err().unwrap();

    let all = Account::after(&stack).observe(&stack);
    let mut second = (*all.live[&Address::new("vm")]).clone();
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
    after.live.insert(address.clone(), live.clone().into());
    let plan = decide(&stack, &place(), after, Goal::Apply, &Options::default());
    assert!(plan.is_ok_and(|plan| step(&plan, "vm").action == Action::None));

    let mut copied = Account::after(&stack).observe(&stack);
    copied.owned.retain(|found| found.ownership.address != address);
    live.id = "i-copy".into();
    copied.live.insert(address, live.into());
    assert!(decide(&stack, &place(), copied, Goal::Apply, &Options::default()).is_err(), "it is unmanaged");
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

/// What an apply would then delete as a second one.
#[test]
fn what_an_address_has_already_is_found_by_its_tags() {
    let stack = stack(FILE);
    let mut account = Account::after(&stack);
    let taken = |account: &Account, id: &str| {
        let adopt = [(Address::new("vm"), id.to_owned())].into();
        adoption::taken(&stack, &adopt, &account.observe(&stack).owned).into_values().collect::<Vec<_>>()
    };
    let id = account.thing("vm").live.id.clone();
    assert_eq!(taken(&account, &id), [""; 0], "it is the same");
    assert_eq!(taken(&account, "i-second"), ["cloud101-vm"]);
    account.tag("vm", KEEP, "retain");
    assert_eq!(taken(&account, "i-second"), [""; 0], "an apply leaves it");
    account.delete("vm");
    assert_eq!(taken(&account, "i-second"), [""; 0], "others have addresses of their own");
}

/// A destroy lets go of it for that, also after later applies.
#[test]
fn that_something_was_there_before_is_remembered() {
    let is_adopted = |plan: &Plan| step(plan, "topic").planned.as_ref().unwrap().keep.adopted;
    let (one, observation, live) = account("topic");
    assert!(is_adopted(&adopt(&one, observation, "topic", live).unwrap()));
    let file =
        |name: &str| stack(&format!("resources:\n  topic: {{ type: sns.topic, display_name: {name}, adopt: true }}\n"));
    let mut account = Account::after(&file("one"));
    assert!(!is_adopted(&crate::testing::plan(&file("two"), &account)), "the stack made it");
    account.tag("topic", KEEP, "adopted");
    assert!(is_adopted(&crate::testing::plan(&file("two"), &account)));
}

/// Something that AWS knows as `id` and that carries these tags, for what the file calls `r0` and lets depend on `r1`, of
/// which there is something or not.
fn objection(
    differs: fn(&mut KindInfo),
    tags: (&str, &str, fn(&mut LastApplied)),
    (id, spec, other): (&str, serde_json::Value, bool),
) -> Option<String> {
    let kind = kind_like("s3.bucket", World::default().leaked(), differs);
    let mut stack = numbered::stack(&[[1].into(), BTreeSet::new()], &kind);
    stack.resources[0].spec = Arc::new(spec);
    let declared = &stack.resources[0];
    let desired = desired(&stack, &place(), &KnownAttributes::default(), declared).ok().unwrap();
    let mut applied = LastApplied::default();
    (tags.2)(&mut applied);
    let ownership =
        Ownership { stack: tags.0.into(), address: Address::new(tags.1), applied, keep: Default::default() };
    let attributes = [("vpc_id".to_owned(), "vpc-1".to_owned())].into();
    let live = Live::new(id, json!({}), attributes, ownership.tags());
    let ids = other.then(|| (numbered::address(1), "other".to_owned())).into_iter().collect();
    adoption::objection(&stack, declared, &desired, &live, &ids, None).map(|error| error.message)
}

#[test]
fn what_is_this_very_resource_is_not_taken_over_and_a_copy_of_its_tags_is_nothing() {
    let plain = |tags| objection(|_| {}, tags, ("r0", json!({}), true));
    let already = Some("`r0` is already `r0` of this stack".to_owned());
    assert_eq!(plain(("cloud101", "r0", |applied| applied.bind("r0"))), already);
    assert_eq!(plain(("cloud101", "r1", |applied| applied.bind("r0"))), None);
    assert_eq!(plain(("theirs", "r0", |applied| applied.bind("r0"))), None);
    assert_eq!(plain(("cloud101", "r0", |applied| applied.bind("another"))), None);
    let within = |record| {
        let differs: fn(&mut KindInfo) = |info| info.name_within = texts(["vpc_id"]);
        objection(differs, ("cloud101", "r0", record), ("r0", json!({}), true))
    };
    assert_eq!(within(|applied| applied.bind_within("vpc-1")), already);
    assert_eq!(within(|applied| applied.bind_within("vpc-2")), None);
    assert_eq!(within(|_| {}), already, "an earlier version did not record it");
}

#[test]
fn what_has_another_name_or_refers_to_nothing_is_not_taken_over() {
    let theirs: (&str, &str, fn(&mut LastApplied)) = ("theirs", "x", |_| {});
    let name = Some("its name is `r7` in AWS, but `r0` in the file".to_owned());
    assert_eq!(objection(|_| {}, theirs, ("r7", json!({}), true)), name);
    assert_eq!(objection(|info| info.name_is_a_tag = true, theirs, ("r7", json!({}), true)), None);
    let absent = Some("it refers to a resource of the stack that does not exist yet".to_owned());
    assert_eq!(objection(|_| {}, theirs, ("r0", json!({}), false)), absent);
    assert_eq!(objection(|_| {}, theirs, ("r0", json!({"text": "${r1.id}"}), true)), absent);
    assert_eq!(objection(|_| {}, theirs, ("r0", json!({}), true)), None);
}
