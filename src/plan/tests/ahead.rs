//! What a plan asks AWS for before it is shown.

use std::collections::BTreeSet;

use nonempty::NonEmpty;

use crate::plan::Action;
use crate::plan::ahead::preflight;
use crate::testing::aws::context;
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{plan, stack, step};

/// What of these actions can't be done, if `r0` and `r2` can't be made, and what was asked for.
fn asked(actions: [Action; 3]) -> (Vec<(String, Option<usize>)>, Vec<String>) {
    let impossible = ["r0", "r2"].map(String::from).into();
    let world = World { impossible, ..World::default() }.leaked();
    let kind = kind_in("ec2.instance", world);
    let stack = stack(&[BTreeSet::new(), BTreeSet::new(), BTreeSet::new()], &kind);
    let steps = actions.into_iter().enumerate().map(|(n, action)| step(n, action, true, &kind));
    let plan = plan(&stack, steps.collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let errors = runtime.block_on(preflight(&context(), &stack, &plan)).impossible;
    let places = errors.iter().map(|one| (one.error.message.clone(), one.line)).collect();
    (places, world.calls())
}

#[test]
fn what_can_not_be_made_is_known_before_anything_is_deleted() {
    let replace = Action::Replace { create_first: false, because: NonEmpty::new("image".into()) };
    let (errors, calls) = asked([Action::Create, Action::Create, replace]);
    assert_eq!(errors, [("r0 can't be made".to_owned(), Some(1)), ("r2 can't be made".to_owned(), Some(3))]);
    assert_eq!(calls, ["ask for r0", "ask for r1", "ask for r2"]);
}

#[test]
fn what_makes_nothing_asks_for_nothing() {
    assert_eq!(asked([Action::None, Action::Update, Action::Delete]), (vec![], vec![]));
}
