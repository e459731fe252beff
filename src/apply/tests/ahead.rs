//! Looks that are made while a task waits for its turn.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Event, TaskEvent, What, all_there, depends_on, finished, names};
use crate::plan::Action;
use crate::resource::Tags;
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{plan, stack, step};

/// Deletes `r0`, `r1` and `r2`, of which each takes `takes`, two at once. What `meanwhile` does, it does half-way through the
/// first two. What was looked at until then, what was at the end, and what was done and failed.
async fn deleting(takes: Duration, meanwhile: impl Fn(&World)) -> (Vec<String>, Vec<String>, [Vec<String>; 4]) {
    let world = World { takes, ..World::default() }.leaked();
    let kind = kind_in("sns.topic", world);
    let plan = plan(&stack(&[], &kind), (0..3).map(|n| step(n, Action::Delete, false, &kind)).collect());
    all_there(world, &plan);
    let plan = Arc::new(plan);
    let half_way = async {
        tokio::time::sleep(takes / 2).await;
        meanwhile(world);
        world.looks.lock().unwrap().clone()
    };
    let run = finished(&plan, 2, CancellationToken::new());
    let ((summary, _), early) = tokio::join!(run, half_way);
    (early, world.looks.lock().unwrap().clone(), names(&summary, &plan))
}

fn of(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn what_is_next_is_looked_at_meanwhile_and_only_once() {
    let (early, looks, [done, ..]) = deleting(Duration::from_millis(300), |_| {}).await;
    assert_eq!((early, looks), (of(&["r0", "r1", "r2"]), of(&["r0", "r1", "r2"])));
    assert_eq!(done, of(&["r0", "r1", "r2"]));
}

#[tokio::test]
async fn a_look_that_is_old_when_the_turn_comes_is_made_again() {
    let given_away = |world: &World| {
        world.there.lock().unwrap().insert("r2".into(), Tags::from([("owner".into(), "hr".into())]));
    };
    let (_, looks, [done, failed, ..]) = deleting(Duration::from_millis(1300), given_away).await;
    assert_eq!(looks, of(&["r0", "r1", "r2", "r2"]));
    assert_eq!((done, failed), (of(&["r0", "r1"]), of(&["r2"])));
}

/// `r1` can go after `r0`, and comes before `r3` in the plan; at that moment only `r3` has been looked at.
#[tokio::test]
async fn what_was_looked_at_goes_first() {
    let world = World { takes: Duration::from_millis(50), ..World::default() }.leaked();
    let kind = kind_in("sns.topic", world);
    let stack = stack(&depends_on(&[(0, 1)], 4), &kind);
    let plan = Arc::new(plan(&stack, (0..4).map(|n| step(n, Action::Delete, true, &kind)).collect()));
    all_there(world, &plan);
    let (_, events) = finished(&plan, 2, CancellationToken::new()).await;
    let started: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Task(TaskEvent { subject, what: What::Started, .. }) => Some(subject.task.step),
            _ => None,
        })
        .collect();
    assert_eq!(started, [0, 2, 3, 1]);
}

#[tokio::test]
async fn a_deletion_uses_what_was_asked_right_before_and_nothing_older() {
    for (look_takes, looks) in [(0, 1), (1100, 2)] {
        let look_takes = Duration::from_millis(look_takes);
        let world = World { look_takes, ..World::default() }.leaked();
        let kind = kind_in("sns.topic", world);
        let stack = stack(&depends_on(&[], 1), &kind);
        let plan = Arc::new(plan(&stack, vec![step(0, Action::Delete, true, &kind)]));
        all_there(world, &plan);
        finished(&plan, 1, CancellationToken::new()).await;
        assert_eq!(world.looks.lock().unwrap().len(), looks, "{look_takes:?}");
    }
}

#[tokio::test]
async fn what_a_deletion_asks_first_is_asked_while_it_waits() {
    let world = World { takes: Duration::from_millis(50), ..World::default() }.leaked();
    let kind = kind_in("sns.topic", world);
    let plan = plan(&stack(&[], &kind), (0..3).map(|n| step(n, Action::Delete, false, &kind)).collect());
    all_there(world, &plan);
    finished(&Arc::new(plan), 2, CancellationToken::new()).await;
    assert_eq!(*world.asked_first.lock().unwrap(), ["r2"]);
}
