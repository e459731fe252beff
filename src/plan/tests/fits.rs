//! What a plan mixes of the file and the account is a spec that its kind has never seen: one that the kind does not take is
//! refused, and no question is asked about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::plan::Action;
use crate::plan::decide::decide;
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::resource::{Attributes, Live};
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered::{address, stack};
use crate::testing::{ownership_tags, place};

fn planned(world: World, said: Value, live: Value) -> Result<Vec<Action>, String> {
    let mut stack = stack(&[BTreeSet::new()], &kind_in("fake.thing", world.leaked()));
    stack.resources[0].spec = Arc::new(said);
    let live = Live::new("r0", live, Attributes::new(), ownership_tags("cloud101", "r0", "r0"));
    let observation = Observation { live: [(address(0), live.into())].into(), ..Observation::default() };
    match decide(&stack, &place(), observation, Goal::Apply, &Options::default()) {
        Ok(plan) => Ok(plan.steps.into_iter().map(|step| step.action).collect()),
        Err(troubles) => Err(troubles.into_iter().map(|errors| errors.error.message).collect()),
    }
}

#[test]
fn a_mixture_that_its_kind_does_not_take_is_refused() {
    let world = || World { never_together: vec!["text", "number"], ..World::default() };
    let (said, live) = (json!({ "text": "new" }), json!({ "text": "old", "number": 5 }));
    assert_eq!(planned(World::default(), said.clone(), live.clone()), Ok(vec![Action::Update]));
    assert_eq!(planned(world(), said.clone(), json!({ "text": "old" })), Ok(vec![Action::Update]));
    assert_eq!(planned(world(), said, live), Err("text and number do not go together".to_owned()));
}
