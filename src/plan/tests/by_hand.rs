//! What was changed by hand and is left alone.

use std::collections::BTreeSet;

use serde_json::json;

use crate::plan::by_hand::leave;
use crate::plan::{PropertyChange, Reason};
use crate::resource::{Attributes, Contents, DeleteBlocker, Live, Tags};
use crate::testing::fake::kind;
use crate::testing::numbered::stack;

/// Whether a change is left out of a plan, where this is there.
fn is_left(reason: Reason, replaces: bool, there: impl FnOnce(&mut Live<serde_json::Value>)) -> bool {
    let stack = stack(&[BTreeSet::new()], &kind("ec2.instance"));
    let mut live = Live::new("id", json!({}), Attributes::new(), Tags::new());
    there(&mut live);
    let path = "text".to_owned();
    let mut changes =
        vec![PropertyChange { path, before: None, after: None, reason, replaces, text: false, said: true }];
    let notes = leave(&stack.resources[0], &live, &mut changes);
    assert_eq!(notes.len(), 1 - changes.len(), "what is left is said");
    changes.is_empty()
}

/// Only another resource takes it back, and something in this one would go with it.
#[test]
fn drift_that_only_a_loss_takes_back_is_left_and_nothing_else_is() {
    let disk = |live: &mut Live<serde_json::Value>| live.besides.replaced.push("its data is lost".into());
    let full = |live: &mut Live<serde_json::Value>| {
        live.blocker = Some(DeleteBlocker::Contents(Contents { ids: vec!["a".into()], more: false, one: "object" }));
    };
    let locked = |live: &mut Live<serde_json::Value>| {
        live.blocker = Some(DeleteBlocker::Lock { said: "locked", unlocks: "unlocked", command: "unlock".into() });
    };
    assert!(is_left(Reason::Drift, true, disk));
    assert!(is_left(Reason::Drift, true, full));
    assert!(!is_left(Reason::Drift, true, |_| {}), "nothing is lost");
    assert!(!is_left(Reason::Drift, true, locked), "that is refused, and said");
    assert!(!is_left(Reason::Drift, false, disk), "it goes back in place");
    assert!(!is_left(Reason::File, true, disk), "the file asks for it");
}
