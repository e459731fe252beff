//! What changed between the plan and the step that carries it out.

use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{carried_out, depends_on, desire, finished, seen, there, updating};
use crate::aws::ownership::KEEP;
use crate::plan::{Action, Plan, Reason};
use crate::resource::Tags;
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{plan, stack, step};
use crate::testing::ownership_tags;

/// What a step that was planned for what is seen here does, once `meanwhile` has happened.
fn after(action: Action, then: &Tags, meanwhile: impl Fn(&World)) -> (Vec<String>, Option<crate::aws::Error>) {
    let world = World::default().leaked();
    let (stack, mut plan) = updating(world, json!({"text": "a"}), json!({"text": "b"}), vec![("text", Reason::File)]);
    set_action(&mut plan, action);
    seen(world, &mut plan.steps[0], json!({"text": "a"}), then.clone());
    meanwhile(world);
    let summary = carried_out(&stack, plan);
    (world.calls(), summary.failed.into_iter().next().map(|(_, error)| error))
}

/// The first step does this instead. What goes has no properties that change.
fn set_action(plan: &mut Plan, action: Action) {
    if matches!(action, Action::Delete | Action::Release { .. }) {
        plan.steps[0].changes.clear();
    }
    plan.steps[0].action = action;
}

fn touching() -> [Action; 4] {
    [Action::Update, Action::Adopt, Action::Delete, Action::Release { because: "adopted".into() }]
}

#[test]
fn what_another_stack_took_over_meanwhile_is_not_touched() {
    let (ours, theirs) = (ownership_tags("cloud101", "r0", "r0"), ownership_tags("theirs", "data", "r0"));
    for action in touching() {
        let (calls, error) = after(action.clone(), &ours, |world| {
            world.there.lock().unwrap().insert("r0".into(), theirs.clone());
        });
        let error = error.unwrap_or_else(|| panic!("{action:?} was done"));
        assert_eq!(calls, [""; 0], "{action:?}");
        assert!(error.message.contains("changed since the plan was made"), "{error}");
        assert!(error.message.contains("`data` of the stack `theirs`"), "{error}");
        assert_eq!(error.explained(), crate::explain::Code::Changed);
    }
}

#[test]
fn what_was_made_again_by_others_under_the_same_name_is_not_touched() {
    let ours = ownership_tags("cloud101", "r0", "r0");
    let copied = ownership_tags("cloud101", "r0", "another");
    for tags in [Tags::new(), Tags::from([("owner".into(), "hr".into())]), copied] {
        for action in touching() {
            let (calls, error) = after(action.clone(), &ours, |world| {
                world.there.lock().unwrap().insert("r0".into(), tags.clone());
            });
            assert_eq!((calls, error.is_some()), (Vec::new(), true), "{action:?} {tags:?}");
        }
    }
}

#[test]
fn what_was_protected_or_adopted_meanwhile_is_neither_deleted_nor_released() {
    let ours = ownership_tags("cloud101", "r0", "r0");
    for (action, touched) in touching().into_iter().zip([true, true, false, false]) {
        let (calls, error) = after(action.clone(), &ours, |world| {
            world.there.lock().unwrap().get_mut("r0").unwrap().insert(KEEP.into(), "protect".into());
        });
        assert_eq!((!calls.is_empty(), error.is_none()), (touched, touched), "{action:?}");
    }
}

#[test]
fn what_is_gone_is_deleted_and_released_already_and_can_not_be_changed() {
    let ours = ownership_tags("cloud101", "r0", "r0");
    for (action, done) in touching().into_iter().zip([false, false, true, true]) {
        let (calls, error) = after(action.clone(), &ours, |world| {
            world.gone.lock().unwrap().insert("r0".into());
        });
        assert_eq!(error.is_none(), done, "{action:?}: {error:?}");
        assert!(!calls.iter().any(|call| call.starts_with("tag") || call.starts_with("update")), "{calls:?}");
    }
}

#[test]
fn of_two_stacks_that_adopt_at_once_the_one_that_lost_learns_it() {
    let theirs = ownership_tags("theirs", "data", "r0");
    // The other one writes its tags over those that this run has just set, which is seen after the change.
    let world = World { overwrites: Some(theirs), ..World::default() }.leaked();
    let (stack, mut plan) = updating(world, json!({"text": "a"}), json!({"text": "b"}), vec![("text", Reason::File)]);
    plan.steps[0].action = Action::Adopt;
    seen(world, &mut plan.steps[0], json!({"text": "a"}), Tags::new());
    let summary = carried_out(&stack, plan);
    let (_, error) = &summary.failed[0];
    assert!(error.message.contains("`data` of the stack `theirs`"), "{error}");
}

#[test]
fn another_run_of_the_same_stack_may_have_adopted_it_first() {
    let (calls, error) = after(Action::Adopt, &Tags::new(), |world| {
        world.there.lock().unwrap().insert("r0".into(), ownership_tags("cloud101", "r0", "r0"));
    });
    assert!(error.is_none() && calls.contains(&"update r0".to_owned()), "{calls:?} {error:?}");
}

#[test]
fn what_others_adopted_first_is_not_taken_from_them() {
    for (tags, owner) in [
        (ownership_tags("theirs", "r0", "r0"), "it now belongs to `r0` of the stack `theirs`"),
        (ownership_tags("cloud101", "other", "r0"), "it now belongs to `other` of the stack `cloud101`"),
        (ownership_tags("cloud101", "r0", "another"), "it now belongs to `r0` of the stack `cloud101`"),
    ] {
        let (calls, error) = after(Action::Adopt, &Tags::new(), |world| {
            world.there.lock().unwrap().insert("r0".into(), tags.clone());
        });
        assert_eq!(calls, [""; 0], "{owner}");
        let error = error.unwrap_or_else(|| panic!("it was taken over: {owner}"));
        assert!(error.message.ends_with(owner), "{error}");
    }
}

#[test]
fn the_present_owner_is_reported_with_its_flags() {
    let ours = ownership_tags("cloud101", "r0", "r0");
    let said = |tags: Tags| {
        let (_, error) = after(Action::Delete, &ours, |world| {
            world.there.lock().unwrap().insert("r0".into(), tags.clone());
        });
        error.map(|error| error.message.rsplit(": ").next().unwrap_or_default().to_owned()).unwrap_or_default()
    };
    let mut protected = ours.clone();
    protected.insert(KEEP.into(), "protect".into());
    assert_eq!(said(protected), "it now belongs to `r0` of the stack `cloud101` (protect)");
    assert_eq!(said(Tags::new()), "it does not carry this stack's tags any more");
}

#[test]
fn a_thing_with_an_id_of_its_own_is_known_by_it() {
    let world = World { invented: Some("AROANEW".into()), ..World::default() }.leaked();
    let (stack, mut plan) = updating(world, json!({"text": "a"}), json!({"text": "b"}), vec![("text", Reason::File)]);
    let ours = plan.steps[0].tags().unwrap().clone();
    seen(world, &mut plan.steps[0], json!({"text": "a"}), ours);
    there(&mut plan).attributes.insert("id".into(), "AROAOLD".into());
    let summary = carried_out(&stack, plan);
    assert!(summary.failed[0].1.message.contains("it was deleted and made again"), "{:?}", summary.failed);
    assert_eq!(world.calls(), [""; 0]);
}

#[tokio::test]
async fn a_value_that_is_not_the_one_that_was_shown_changes_nothing_at_all() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let mut stack = stack(&depends_on(&[], 3), &kind);
    stack.resources[1].spec = Arc::new(json!({"digest": "new", "source": "notes.txt"}));
    let mut plan = plan(&stack, (0..3).map(|n| step(n, Action::Create, true, &kind)).collect());
    desire(&stack, &mut plan);
    let planned = plan.steps[1].planned.as_mut().unwrap();
    planned.desired.reveal_mut().spec = json!({"digest": "old", "source": "notes.txt"});
    let (summary, _) = finished(&Arc::new(plan), 1, CancellationToken::new()).await;
    assert_eq!(world.calls(), [""; 0], "not even what does not depend on the file");
    assert!(summary.failed[0].1.message.contains("changed since the plan was made"), "{:?}", summary.failed);
    assert_eq!(summary.not_started.len(), 2);
}

#[test]
fn what_was_not_known_in_the_plan_may_become_anything() {
    let world = World::default().leaked();
    let kind = kind_in("sns.topic", world);
    let mut stack = stack(&depends_on(&[(1, 0)], 2), &kind);
    stack.resources[1].spec = Arc::new(json!({"text": "${r0.id}"}));
    let plan = plan(&stack, (0..2).map(|n| step(n, Action::Create, true, &kind)).collect());
    let summary = carried_out(&stack, plan);
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(world.desired.lock().unwrap()[1].spec, json!({"text": "id-of-r0"}));
}

/// What was in it when the plan was made, and what is in it now, if the step deletes it or sets the list of it.
fn with_guests(action: Action, changed: &'static str, then: &[&str], now: &[&str]) -> (Vec<String>, Option<String>) {
    guests_for(action, changed, json!({"text": "b"}), then, now)
}

/// The same where the file wants this.
fn guests_for(
    action: Action,
    changed: &'static str,
    desired: serde_json::Value,
    then: &[&str],
    now: &[&str],
) -> (Vec<String>, Option<String>) {
    let world = World::default().leaked();
    let live = json!({"text": "a", "exact": then});
    let (stack, mut plan) = updating(world, live.clone(), desired, vec![(changed, Reason::File)]);
    let ours = plan.steps[0].tags().unwrap().clone();
    set_action(&mut plan, action);
    seen(world, &mut plan.steps[0], live, ours);
    let step = &mut plan.steps[0];
    let held = step.live().and_then(|live| step.kind.held(live));
    step.prior.as_mut().unwrap().others.held = held;
    world.held.lock().unwrap().insert("r0".into(), now.iter().map(|one| (*one).to_owned()).collect());
    let summary = carried_out(&stack, plan);
    (world.calls(), summary.failed.into_iter().next().map(|(_, error)| error.message))
}

#[test]
fn what_others_put_into_it_since_the_plan_is_not_taken_from_them() {
    for (action, changed) in [(Action::Delete, "text"), (Action::Update, "exact"), (Action::Adopt, "exact")] {
        let (calls, error) = with_guests(action.clone(), changed, &["a"], &["a", "b", "c"]);
        assert_eq!(calls, [""; 0], "{action:?}");
        assert!(error.as_ref().is_some_and(|error| error.ends_with("2 guests came to it since, and would be lost")));
        let (calls, error) = with_guests(action.clone(), changed, &["a", "b"], &["b"]);
        assert!(error.is_none() && !calls.is_empty(), "{action:?}: {error:?}");
    }
    // A change of something else takes nothing from anybody.
    assert_eq!(with_guests(Action::Update, "text", &[], &["b"]).1, None);
}

/// Another apply of the same stack may have put it there.
#[test]
fn what_came_since_the_plan_and_is_desired_blocks_nothing() {
    let at = |now: &[&str]| guests_for(Action::Update, "exact", json!({"exact": ["a", "b"]}), &["a"], now).1;
    assert_eq!(at(&["a", "b"]), None);
    assert!(at(&["a", "b", "c"]).is_some_and(|error| error.ends_with("1 guest came to it since, and would be lost")));
}

#[test]
fn what_others_changed_by_hand_since_the_plan_is_not_overwritten() {
    for (now, refused) in [("a", false), ("b", false), ("by hand", true)] {
        let world = World { seen: json!({ "text": now, "number": 7 }), ..World::default() }.leaked();
        let (stack, mut plan) =
            updating(world, json!({"text": "a"}), json!({"text": "b"}), vec![("text", Reason::File)]);
        let ours = plan.steps[0].tags().unwrap().clone();
        seen(world, &mut plan.steps[0], json!({"text": "a"}), ours);
        let summary = carried_out(&stack, plan);
        assert_eq!(summary.failed.is_empty(), !refused, "{now}: {summary:?}");
        if let Some((_, error)) = summary.failed.first() {
            assert!(
                error.message.contains("`text` is another by now") && !error.message.contains("by hand"),
                "{error}"
            );
            assert_eq!(world.calls(), [""; 0]);
        }
    }
}
