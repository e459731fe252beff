//! What is left in the ownership tags, and what they are taken for.

use std::sync::Arc;

use nonempty::NonEmpty;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{all_there, carried_out, depends_on, desire, finished, seen, there, updating, updating_a};
use crate::aws::ownership::{APPLIED, KEEP, LastApplied, LifecycleFlags, Ownership, RESOURCE, STACK, Since};
use crate::plan::{Action, Plan, Reason, Step};
use crate::resource::{Address, Tags, texts};
use crate::testing::fake::{World, kind_in, kind_like};
use crate::testing::numbered::{plan, stack, step};
use crate::testing::ownership_tags;

/// The record of what is there in the end.
fn record(world: &World, id: &str) -> LastApplied {
    LastApplied::read(&world.there.lock().unwrap()[id])
}

/// Carries it out to the end.
fn run(plan: Plan) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (summary, _) = runtime.block_on(finished(&Arc::new(plan), 1, CancellationToken::new()));
    assert!(summary.is_complete(), "{summary:?}");
}

/// An adoption binds it to its id, which stays so: a copy of the tags, with the name among them, proves nothing.
#[test]
fn what_has_its_name_in_a_tag_is_bound_to_its_id_where_it_was_taken_over() {
    let ours = |bound: bool| {
        let mut applied = LastApplied::default();
        if bound {
            applied.bind("r0");
        }
        Ownership { stack: "cloud101".into(), address: Address::new("r0"), applied, keep: Default::default() }.tags()
    };
    for (action, tags, bound) in
        [(Action::Adopt, Tags::new(), true), (Action::Update, ours(true), true), (Action::Update, ours(false), false)]
    {
        let world = World::default().leaked();
        let kind = kind_like("ec2.instance", world, |info| info.name_is_a_tag = true);
        let (stack, mut plan) = updating_a(&kind, world, json!({}), json!({"text": "a"}), vec![("text", Reason::File)]);
        plan.steps[0].action = action.clone();
        seen(world, &mut plan.steps[0], json!({}), tags);
        let summary = carried_out(&stack, plan);
        assert!(summary.is_complete(), "{summary:?}");
        assert_eq!(record(world, "r0").is_bound_to("r0"), bound, "{action:?}");
    }
}

/// A topic's id is its ARN, and the record is of its name.
#[test]
fn what_has_a_name_is_bound_to_it_and_not_to_its_id() {
    for action in [Action::Adopt, Action::Update] {
        let world = World::default().leaked();
        let (stack, mut plan) = updating(world, json!({}), json!({"text": "a"}), vec![("text", Reason::File)]);
        let tags = if action == Action::Adopt { Tags::new() } else { ownership_tags("cloud101", "r0", "r0") };
        seen(world, &mut plan.steps[0], json!({}), tags.clone());
        plan.steps[0].action = action.clone();
        there(&mut plan).id = "arn".into();
        plan.steps[0].prior.as_mut().unwrap().id = "arn".into();
        world.there.lock().unwrap().insert("arn".into(), tags);
        let summary = carried_out(&stack, plan);
        assert!(summary.is_complete(), "{action:?}: {summary:?}");
        assert!(record(world, "arn").is_bound_to("r0"), "{action:?}");
    }
}

#[test]
fn a_name_that_is_its_own_within_a_network_is_recorded_with_that() {
    let world = World::default().leaked();
    let kind = kind_like("ec2.security_group", world, |info| info.name_within = texts(["vpc_id"]));
    let (stack, mut plan) = updating_a(&kind, world, json!({}), json!({"text": "a"}), vec![("text", Reason::File)]);
    there(&mut plan).attributes.insert("vpc_id".into(), "vpc-1".into());
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(record(world, "r0").is_within("vpc-1"), Some(true));
}

#[test]
fn what_takes_no_tags_gets_its_marks_with_the_change() {
    let world = World::default().leaked();
    let kind = kind_like("lambda.layer", world, |info| info.marks_apart = false);
    let changes = vec![("text", Reason::File)];
    let (stack, plan) = updating_a(&kind, world, json!({"text": "a"}), json!({"text": "b"}), changes);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), ["update r0"]);
    let tags = &world.desired.lock().unwrap()[0].tags;
    assert_eq!(LastApplied::read(tags).since("text", &json!("b")), Since::Same);
    assert_eq!(tags[STACK], "cloud101");
}

/// Some of those that were read are the kind's word, and not in the account.
#[test]
fn marks_that_are_missing_are_all_set() {
    let world = World::default().leaked();
    let (stack, mut plan) = updating(world, json!({"text": "a"}), json!({"text": "a"}), vec![]);
    there(&mut plan).unmarked = true;
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), [format!("tag r0 +{APPLIED} +{RESOURCE} +{STACK}")]);
}

#[test]
fn tags_of_people_are_set_where_they_differ_and_taken_off_where_the_file_had_them() {
    let world = World::default().leaked();
    let changes = vec![("tags.course", Reason::File), ("tags.old", Reason::TakenOut)];
    let (mut stack, mut plan) = updating(world, json!({}), json!({}), changes);
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    stack.resources[0].tags = [tag("course", "b"), tag("year", "1")].into();
    let mut tags = plan.steps[0].tags().unwrap().clone();
    let mut ownership = Ownership::read(&tags).unwrap();
    [("course", "a"), ("year", "1"), ("old", "x")].iter().for_each(|(key, value)| {
        ownership.applied.insert(&format!("tags.{key}"), &json!(value), false);
        tags.insert((*key).to_owned(), (*value).to_owned());
    });
    tags.extend(ownership.tags());
    tags.insert("theirs".into(), "y".into());
    seen(world, &mut plan.steps[0], json!({}), tags);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), [format!("tag r0 +{APPLIED} +course -old"), format!("tag r0 +{APPLIED}")]);
    let there = &world.there.lock().unwrap()["r0"];
    assert_eq!(
        ["course", "year", "old", "theirs"].map(|key| there.get(key).map(String::as_str)),
        [Some("b"), Some("1"), None, Some("y")]
    );
    let recorded = |n: usize| LastApplied::read(&world.tags.lock().unwrap()[n]).has("tags.old");
    assert_eq!([recorded(0), recorded(1)], [true, false], "it is in the record until it is gone");
}

/// Other marks under the same prefix are the kind's, which may hold a value there.
#[test]
fn flags_that_the_file_no_longer_says_are_taken_off_and_nothing_else() {
    let world = World::default().leaked();
    let (stack, mut plan) = updating(world, json!({}), json!({}), vec![]);
    let mut tags = plan.steps[0].tags().unwrap().clone();
    tags.insert(KEEP.into(), "retain".into());
    tags.insert("cloud101:content".into(), "of the kind".into());
    seen(world, &mut plan.steps[0], json!({}), tags);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), [format!("tag r0 -{KEEP}")]);
}

/// What is made in the place of something that was there before was not there before.
#[test]
fn what_takes_the_place_of_an_adopted_one_is_the_stacks_own() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let stack = stack(&depends_on(&[], 1), &kind);
    let replace = Action::Replace { create_first: true, because: NonEmpty::new("--replace".into()) };
    let mut plan = plan(&stack, vec![step(0, replace, true, &kind)]);
    plan.steps[0].prior.as_mut().unwrap().id = "old".into();
    all_there(world, &plan);
    desire(&stack, &mut plan);
    let planned = plan.steps[0].planned.as_mut().unwrap();
    planned.keep = LifecycleFlags { adopted: true, protect: true, ..LifecycleFlags::default() };
    run(plan);
    let desired = world.desired.lock().unwrap();
    let keep = Ownership::read(&desired[0].tags).unwrap().keep;
    assert_eq!(keep, LifecycleFlags { protect: true, ..LifecycleFlags::default() });
    assert_eq!(desired[0].replaces.as_deref(), Some("old"));
}

/// The former one goes afterwards, and what only one can have passes from it to the new one.
#[test]
fn what_is_made_under_another_name_knows_the_one_that_goes() {
    let former = |name_is_a_tag: bool, differs: &dyn Fn(&mut Step, &'static World)| {
        let world = World::default().leaked();
        let kind = kind_like("sns.topic", world, |info| info.name_is_a_tag = name_is_a_tag);
        let stack = stack(&depends_on(&[], 2), &kind);
        let mut old = step(0, Action::Delete, false, &kind);
        old.prior.as_mut().unwrap().id = "old".into();
        differs(&mut old, world);
        let plan = plan(&stack, vec![step(0, Action::Create, true, &kind), step(1, Action::None, true, &kind), old]);
        all_there(world, &plan);
        run(plan);
        world.desired.lock().unwrap()[0].replaces.clone()
    };
    assert_eq!(former(false, &|_, _| {}).as_deref(), Some("old"));
    assert_eq!(former(true, &|_, _| {}), None, "its name is a tag, and would be the same thing");
    assert_eq!(former(false, &|old, _| old.address = Address::new("r1")), None, "of another address");
    assert_eq!(former(false, &|old, world| old.kind = kind_in("sqs.queue", world)), None, "of another kind");
    let released = Action::Release { because: "adopted".into() };
    assert_eq!(former(false, &|old, _| old.action = released.clone()), None, "it stays");
}
