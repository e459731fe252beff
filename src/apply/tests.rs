//! The queue and the steps, with kinds that only pretend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, Summary, TaskEvent, What, run};
use crate::aws::Error;
use crate::aws::ownership::{APPLIED, KEEP, LastApplied, Ownership, RESOURCE, STACK};
use crate::plan::desired::{KnownAttributes, applied, desired, keep, planned};
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Plan, Prior, PropertyChange, Reason, Step};
use crate::resource::kind::Kind;
use crate::resource::{Address, Live, Tags};
use crate::stack::Stack;
use crate::testing::aws::context;
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{plan, stack, step};
use crate::testing::place;

mod ahead;
mod as_planned;
mod meanwhile;
mod record;

fn depends_on(edges: &[(usize, usize)], count: usize) -> Vec<BTreeSet<usize>> {
    (0..count).map(|n| edges.iter().filter(|(from, _)| *from == n).map(|(_, to)| *to).collect()).collect()
}

fn names(summary: &Summary, plan: &Plan) -> [Vec<String>; 4] {
    let name = |step: usize| plan.steps[step].name.clone();
    let mut names = [
        summary.done.iter().map(|task| name(task.step)).collect::<Vec<_>>(),
        summary.failed.iter().map(|(task, _)| name(task.step)).collect(),
        summary.skipped.iter().map(|(task, _)| name(task.step)).collect(),
        summary.not_started.iter().map(|task| name(task.step)).collect(),
    ];
    names.iter_mut().for_each(|names| names.sort());
    names
}

async fn finished(plan: &Arc<Plan>, parallelism: usize, stop: CancellationToken) -> (Summary, Vec<Event>) {
    let (events, mut incoming) = mpsc::unbounded_channel();
    let summary = run(&context(), plan.clone(), parallelism, stop, events, None).await;
    let mut all = Vec::new();
    while let Some(event) = incoming.recv().await {
        all.push(event);
    }
    (summary, all)
}

fn run_all(
    world: &'static World,
    edges: &[(usize, usize)],
    count: usize,
    parallelism: usize,
) -> ([Vec<String>; 4], Vec<Event>) {
    let kind = kind_in("sns.topic", world);
    let stack = stack(&depends_on(edges, count), &kind);
    let plan = Arc::new(plan(&stack, (0..count).map(|n| step(n, Action::Create, true, &kind)).collect()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (summary, events) = runtime.block_on(finished(&plan, parallelism, CancellationToken::new()));
    (names(&summary, &plan), events)
}

fn is(event: &Event, what: &What) -> bool {
    matches!(event, Event::Task(event) if std::mem::discriminant(&event.what) == std::mem::discriminant(what))
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_failure_skips_what_needs_it_and_nothing_else() {
    let world = World { fails: set(&["r1"]), ..World::default() }.leaked();
    let (names, events) = run_all(world, &[(1, 0), (2, 1), (3, 2), (4, 0)], 6, 2);
    assert_eq!(
        names,
        [vec!["r0", "r4", "r5"], vec!["r1"], vec!["r2", "r3"], vec![]]
            .map(|v| v.into_iter().map(str::to_owned).collect::<Vec<_>>())
    );
    let because: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Task(TaskEvent { what: What::Skipped { because }, .. }) => Some(because.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(because, ["r1", "r1"]);
}

/// What another name leaves behind is the last of the kind that works: it goes only when the new one is there and used.
#[test]
fn an_old_one_stays_while_the_new_one_or_its_users_fail() {
    for (fails, kept) in [("r0", true), ("r1", true), ("r2", false)] {
        let world = World { fails: set(&[fails]), ..World::default() }.leaked();
        let kind = kind_in("sns.topic", world);
        let mut steps: Vec<_> = (0..3).map(|n| step(n, Action::Create, true, &kind)).collect();
        steps.push(step(0, Action::Delete, false, &kind));
        steps[3].prior.as_mut().unwrap().id = "old".into();
        let plan = Arc::new(plan(&stack(&depends_on(&[(1, 0)], 3), &kind), steps));
        all_there(world, &plan);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(finished(&plan, 2, CancellationToken::new()));
        assert_eq!(!world.calls().contains(&"remove old".to_owned()), kept, "{fails}: {:?}", world.calls());
    }
}

#[test]
fn a_worker_that_panics_fails_alone() {
    let world = World { panics: set(&["r0"]), takes: Duration::from_millis(5), ..World::default() }.leaked();
    let ([done, failed, skipped, _], events) = run_all(world, &[(2, 0), (2, 1)], 4, 4);
    assert_eq!((done, failed, skipped), (vec!["r1".to_owned(), "r3".to_owned()], vec!["r0".into()], vec!["r2".into()]));
    let reported = format!("{events:?}");
    assert!(reported.contains("cloud101 itself failed") && !reported.contains("r0 panics"), "{reported}");
}

#[test]
fn after_an_interruption_nothing_new_begins_and_what_runs_is_finished() {
    let world = World { takes: Duration::from_millis(20), ..World::default() }.leaked();
    let kind = kind_in("sns.topic", world);
    let stack = stack(&depends_on(&[], 6), &kind);
    let plan = Arc::new(plan(&stack, (0..6).map(|n| step(n, Action::Create, true, &kind)).collect()));
    let stop = CancellationToken::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (summary, events) = runtime.block_on(async {
        let later = stop.clone();
        tokio::spawn(async move {
            while world.calls().len() < 2 {
                tokio::task::yield_now().await;
            }
            later.cancel();
        });
        finished(&plan, 2, stop.clone()).await
    });
    let [done, failed, skipped, not_started] = names(&summary, &plan);
    assert_eq!((done.len(), failed.len(), skipped.len(), not_started.len()), (2, 0, 0, 4));
    assert_eq!(world.calls().len(), 2);
    assert_eq!(events.iter().filter(|event| is(event, &What::NotStarted)).count(), 4);
    let reported = events.iter().position(|event| matches!(event, Event::Interrupted)).unwrap();
    assert!(!events[reported..].iter().any(|event| is(event, &What::Started)), "{events:?}");
    assert!(!summary.is_complete());

    stop.cancel();
    let (summary, _) = runtime.block_on(finished(&plan, 2, stop));
    assert_eq!(summary.not_started.len(), 6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_fails_the_rest_is_done_in_order(
        edges in prop::collection::vec((0..8usize, 0..8usize), 0..14),
        fails in prop::collection::btree_set(0..8usize, 0..3),
        parallelism in 1..5usize,
    ) {
        let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from > to).collect();
        let mut poisoned = BTreeSet::new();
        for n in 0..8 {
            if edges.iter().any(|(from, to)| *from == n && (fails.contains(to) || poisoned.contains(to))) {
                poisoned.insert(n);
            }
        }
        let fails = fails.iter().map(|n| format!("r{n}")).collect();
        let world = World { fails, takes: Duration::from_micros(200), ..World::default() }.leaked();
        let ([done, failed, skipped, not_started], events) = run_all(world, &edges, 8, parallelism);
        prop_assert!(world.most() <= parallelism);
        prop_assert_eq!(&skipped, &poisoned.iter().map(|n| format!("r{n}")).collect::<Vec<_>>());
        prop_assert_eq!(done.len() + failed.len() + skipped.len(), 8);
        prop_assert!(not_started.is_empty());
        // Nothing begins before what it needs is done.
        let calls = world.calls();
        let ended = events.iter().filter_map(|event| match event {
            Event::Task(TaskEvent { subject, what: What::Done { .. }, .. }) => Some((subject.task.step, true)),
            Event::Task(TaskEvent { subject, what: What::Started, .. }) => Some((subject.task.step, false)),
            _ => None,
        });
        let order: Vec<_> = ended.collect();
        for (from, to) in &edges {
            let started = order.iter().position(|event| *event == (*from, false));
            let needed = order.iter().position(|event| *event == (*to, true));
            prop_assert!(started.is_none_or(|started| needed.is_some_and(|needed| needed < started)), "{:?}", calls);
        }
    }
}

/// A resource that is there, with what the last apply of `before` left, and the step that makes it `after`.
fn updating(world: &'static World, before: Value, after: Value, changes: Vec<(&str, Reason)>) -> (Stack, Plan) {
    updating_a(&kind_in("sns.topic", world), world, before, after, changes)
}

/// The same of this kind.
fn updating_a(
    kind: &Arc<dyn Kind>,
    world: &World,
    before: Value,
    after: Value,
    changes: Vec<(&str, Reason)>,
) -> (Stack, Plan) {
    let mut stack = stack(&[BTreeSet::new()], kind);
    stack.resources[0].spec = Arc::new(before.clone());
    let declared = &stack.resources[0];
    let was = desired(&stack, &place(), &Default::default(), declared).unwrap();
    let (applied, address) = (applied(&**kind, &was, &BTreeSet::new()), declared.address.clone());
    let tags = Ownership { stack: stack.name.clone(), address, applied, keep: keep(declared, false) }.tags();
    let mut step = step(0, Action::Update, true, kind);
    let change = |(path, reason): (&str, Reason)| PropertyChange {
        path: path.into(),
        before: None,
        after: None,
        reason,
        replaces: false,
        text: false,
        said: true,
    };
    step.changes = changes.into_iter().map(change).collect();
    seen(world, &mut step, before, tags);
    stack.resources[0].spec = Arc::new(after);
    let plan = plan(&stack, vec![step]);
    (stack, plan)
}

/// The plan saw this, and it is still so.
fn seen(world: &World, step: &mut Step, spec: Value, tags: Tags) {
    world.there.lock().unwrap().insert("r0".to_owned(), tags.clone());
    step.prior = Some(Prior::of(Live::new("r0", spec, BTreeMap::new(), tags)));
}

/// The account has what the plan saw.
fn all_there(world: &World, plan: &Plan) {
    let there = plan.steps.iter().filter_map(|step| Some((step.id()?.to_owned(), step.tags()?.clone())));
    world.there.lock().unwrap().extend(there);
}

/// What is there of the first step's resource, to be changed.
fn there(plan: &mut Plan) -> &mut Live<Value> {
    Arc::make_mut(plan.steps[0].prior.as_mut().unwrap().live.as_mut().unwrap().reveal_mut())
}

/// Plans that what the stack says is to be there.
fn desire(stack: &Stack, plan: &mut Plan) {
    for step in &mut plan.steps {
        let declared = stack.get(&step.address).unwrap();
        let desired = desired(stack, &place(), &KnownAttributes::default(), declared).unwrap();
        step.planned = Some(planned(stack, declared, desired, step.action == Action::Adopt));
    }
}

fn carried_out(stack: &Stack, mut plan: Plan) -> Summary {
    desire(stack, &mut plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(finished(&Arc::new(plan), 1, CancellationToken::new())).0
}

#[test]
fn the_intent_is_marked_before_and_the_end_after() {
    let world = World::default().leaked();
    let changes = vec![("text", Reason::File), ("number", Reason::TakenOut)];
    let (stack, plan) = updating(world, json!({"text": "a", "number": 7}), json!({"text": "b"}), changes);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), ["tag r0 +cloud101:applied", "update r0", "tag r0 +cloud101:applied"]);
    let updates = world.updates.lock().unwrap();
    // What is taken out gets AWS's default.
    assert_eq!(updates[0].target, json!({"text": "b", "number": 3}));
    assert_eq!(updates[0].paths, set(&["number", "text"]));
}

#[test]
fn what_is_only_recorded_is_only_marked() {
    let world = World::default().leaked();
    let (stack, plan) = updating(world, json!({}), json!({"text": "a"}), vec![("text", Reason::Recorded)]);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), ["tag r0 +cloud101:applied"]);
}

#[test]
fn what_is_taken_out_and_has_the_default_is_only_forgotten() {
    let world = World::default().leaked();
    let changes = vec![("number", Reason::Forgotten)];
    let (stack, plan) = updating(world, json!({"number": 3}), json!({}), changes);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), ["tag r0 +cloud101:applied"]);
}

/// A plan goes on saying that it stays.
#[test]
fn what_stays_although_it_is_taken_out_stays_in_the_record() {
    let world = World::default().leaked();
    let before = json!({"text": "a", "number": 7, "group": {"right": "there"}});
    let changes = vec![("text", Reason::File), ("number", Reason::TakenOut)];
    let (stack, plan) = updating(world, before, json!({"text": "b"}), changes);
    assert!(carried_out(&stack, plan).is_complete());
    let tags = world.tags.lock().unwrap();
    let applied: Vec<_> = tags.iter().map(LastApplied::read).collect();
    let has = |applied: &LastApplied| ["text", "number", "group.right"].map(|path| applied.has(path));
    assert_eq!(applied.iter().map(has).collect::<Vec<_>>(), [[true, true, true], [true, false, true]]);
}

#[test]
fn ignored_drift_is_given_to_the_kind_as_it_is() {
    let world = World::default().leaked();
    let before = json!({"text": "a", "group": {"left": 1}});
    let after = json!({"text": "b", "group": {"left": 1}});
    let (mut stack, mut plan) = updating(world, before, after, vec![("text", Reason::File)]);
    stack.resources[0].ignore_drift = set(&["group"]);
    there(&mut plan).spec = json!({"text": "a", "group": {"left": 2}});
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.updates.lock().unwrap()[0].target, json!({"text": "b", "group": {"left": 2}}));
}

#[test]
fn adopting_first_takes_off_what_another_stack_had_applied() {
    let world = World::default().leaked();
    let (stack, mut plan) = updating(world, json!({}), json!({"text": "a"}), vec![("text", Reason::File)]);
    plan.steps[0].action = Action::Adopt;
    let mut theirs = LastApplied::default();
    (0..40).for_each(|n| theirs.insert(&format!("p{n}"), &json!(n), false));
    let ownership = Ownership {
        stack: "other".into(),
        address: crate::resource::Address::new("x"),
        applied: theirs,
        keep: Default::default(),
    };
    seen(world, &mut plan.steps[0], json!({}), ownership.tags());
    assert!(carried_out(&stack, plan).is_complete());
    let expected = format!("tag r0 +{APPLIED} +{KEEP} +{RESOURCE} +{STACK} -{APPLIED}.2");
    assert_eq!(world.calls(), [expected, "update r0".to_owned()]);
}

/// This stack does not set it, and it is there all the same.
#[test]
fn a_secret_that_is_left_there_is_still_known_as_one() {
    let world = World::default().leaked();
    let (mut stack, mut plan) =
        updating(world, json!({}), json!({"text": "a", "number": 1}), vec![("text", Reason::File)]);
    stack.resources[0].ignore_drift = set(&["number"]);
    plan.steps[0].action = Action::Adopt;
    let mut theirs = LastApplied::default();
    ["text", "number", "passwords", "tags.theirs"].iter().for_each(|path| theirs.insert(path, &json!("x"), true));
    theirs.insert("script", &json!("x"), false);
    let address = crate::resource::Address::new("x");
    let ownership = Ownership { stack: "other".into(), address, applied: theirs, keep: Default::default() };
    seen(world, &mut plan.steps[0], json!({"number": 7}), ownership.tags());
    assert!(carried_out(&stack, plan).is_complete());
    let tags = world.tags.lock().unwrap();
    let applied = LastApplied::read(tags.first().expect("the marks"));
    let of = |path| (applied.has(path), applied.hides(path));
    assert_eq!(
        ["text", "number", "passwords", "tags.theirs", "script"].map(of),
        [(true, false), (true, true), (false, true), (false, true), (false, false),]
    );
}

#[test]
fn what_a_target_left_out_is_known_after_the_run() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let address = crate::resource::Address::new("r1");
    let mut known = KnownAttributes::default();
    known.insert(address.clone(), BTreeMap::from([("arn".into(), "of r1".into())]));
    let stack = stack(&depends_on(&[], 2), &kind);
    let plan = Plan { left_out: Some(known.into()), ..plan(&stack, vec![step(0, Action::Create, true, &kind)]) };
    let summary = carried_out(&stack, plan);
    assert_eq!(summary.known.attributes(&address).unwrap()["arn"], "of r1");
}

#[test]
fn a_release_takes_off_every_mark_and_nothing_else() {
    let world = World::default().leaked();
    let (stack, mut plan) = updating(world, json!({}), json!({}), vec![]);
    plan.steps[0].action = Action::Release { because: "adopted".into() };
    let mut tags = crate::testing::ownership_tags("cloud101", "r0", "r0");
    tags.insert("course".into(), "x".into());
    seen(world, &mut plan.steps[0], json!({}), tags);
    assert!(carried_out(&stack, plan).is_complete());
    assert_eq!(world.calls(), [format!("tag r0 -{APPLIED} -{RESOURCE} -{STACK}")]);
}

/// Whatever is wrong with a plan is said, also of what nothing is put there for, and nothing is done.
#[tokio::test]
async fn a_plan_that_is_not_sound_is_refused_and_says_why() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let stack = stack(&depends_on(&[(1, 0)], 2), &kind);
    let steps = vec![step(0, Action::Delete, true, &kind), step(1, Action::None, true, &kind)];
    let mut plan = plan(&stack, steps);
    all_there(world, &plan);
    for part in 0..2 {
        let (summary, events) = finished(&Arc::new(plan.clone()), 1, CancellationToken::new()).await;
        assert_eq!((world.calls(), summary.failed.len()), (Vec::new(), 1), "{summary:?}");
        let why = ["it stays and depends on `r0`, which would be deleted", "ownership tags, and would be touched"];
        assert!(summary.failed[0].1.message.ends_with(why[part]), "{summary:?}");
        let said = events.iter().filter(|event| is(event, &What::Failed(crate::aws::Error::refused("")))).count();
        assert_eq!(said, 1, "{events:?}");
        // The second time something that is deleted and is not the stack's.
        if part == 0 {
            plan.steps.truncate(1);
            plan.steps[0].prior.as_mut().unwrap().tags.as_mut().unwrap().reveal_mut().clear();
        }
    }
    plan.place.account = "210987654321".to_owned();
    let (summary, _) = finished(&Arc::new(plan), 1, CancellationToken::new()).await;
    assert!(summary.failed[0].1.message.contains("another account"), "{summary:?}");
}

#[test]
fn a_run_is_complete_if_nothing_failed_and_nothing_was_left() {
    let task = Task { step: 0, part: Part::Put };
    assert!(Summary { done: vec![task], ..Summary::default() }.is_complete());
    assert!(!Summary { failed: vec![(task, Error::refused("no"))], ..Summary::default() }.is_complete());
    assert!(!Summary { skipped: vec![(task, Address::new("r0"))], ..Summary::default() }.is_complete());
    assert!(!Summary { not_started: vec![task], ..Summary::default() }.is_complete());
}
