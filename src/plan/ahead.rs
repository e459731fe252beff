//! What AWS would refuse a plan's creations for, asked before anything is done: a replacement whose new one can't be
//! made must not begin with deleting the old one.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::Value;

use crate::aws::{Context, concurrently};
use crate::resource::Desired;
use crate::stack::{ResourceConfig, Stack};

use super::desired::desired;
use super::observe::PlanError;
use super::{Action, Plan, Step};

/// Something that a plan makes: the step's index, and what it is to be.
struct Made<'a> {
    index: usize,
    declared: &'a ResourceConfig,
    desired: Desired<Value>,
}

/// What is to be said of one of them, or why it can't be made.
type Answer = Result<(usize, Vec<String>), PlanError>;

/// Asks for all that `plan` makes, a kind at a time: the answer is what is to be said of it, by the step's index. A plan
/// that makes nothing costs no call. Beside it, what can't be made, each with its place in the file.
pub(crate) async fn preflight(cx: &Context, stack: &Stack, plan: &Plan) -> (Vec<(usize, Vec<String>)>, Vec<PlanError>) {
    let makes = |(_, step): &(usize, &Step)| matches!(step.action, Action::Create | Action::Replace { .. });
    let known = plan.known();
    let mut by_kind: BTreeMap<&str, Vec<Made<'_>>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate().filter(makes) {
        let Some(declared) = stack.get(&step.address) else { continue };
        let Ok(desired) = desired(stack, &cx.place, &known, declared) else { continue };
        by_kind.entry(declared.kind.name()).or_default().push(Made { index, declared, desired });
    }
    let mut answers = join_all(by_kind.into_values().map(|made| of_one_kind(cx, made))).await.concat();
    answers.sort_by_key(|(index, _)| *index);
    let (mut notes, mut troubles) = (Vec::new(), Vec::new());
    for (_, answer) in answers {
        match answer {
            Ok(note) => notes.push(note),
            Err(errors) => troubles.push(errors),
        }
    }
    (notes, troubles)
}

async fn of_one_kind(cx: &Context, made: Vec<Made<'_>>) -> Vec<(usize, Answer)> {
    let Some(kind) = made.first().map(|made| &made.declared.kind) else { return Vec::new() };
    let all: Vec<_> = made.iter().map(|made| made.desired.clone()).collect();
    let touched = concurrently(&made, |made| async move { kind.side_effects(cx, &made.desired).await });
    let (possible, touched) = tokio::join!(kind.preflight(cx, &all), touched);
    let unreported =
        |error| vec![format!("whether creating it affects resources of others could not be determined: {error}")];
    let answers = made.into_iter().zip(possible).zip(touched).map(|((made, can), touches)| {
        let notes = touches.unwrap_or_else(unreported);
        (made.index, can.map(|()| (made.index, notes)).map_err(|error| PlanError::with(made.declared, error)))
    });
    answers.collect()
}
