//! What AWS would refuse a plan's creations for, asked before anything is done: a replacement whose new one can't be
//! made must not begin with deleting the old one.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::Value;

use crate::aws::{Context, Error, concurrently};
use crate::resource::Desired;
use crate::stack::{ResourceConfig, Stack};

use super::desired::desired;
use super::observe::PlanError;
use super::{Action, Plan, Step};

/// All of one kind that a plan makes: the step's index with what the file says, and beside it what it is to be.
#[derive(Default)]
struct Made<'a> {
    steps: Vec<(usize, &'a ResourceConfig)>,
    desired: Vec<Desired<Value>>,
}

/// What is to be said of one of them, or was not answered; or why it can't be made.
type Answer = Result<Result<Vec<String>, Error>, PlanError>;

/// What came of asking.
#[derive(Default)]
pub(crate) struct Preflight {
    /// What is to be said of what can be made, by the step's index.
    pub notes: Vec<(usize, Vec<String>)>,
    /// Of what else it is not known how it affects resources of others, likewise, with the reason.
    pub unknown: Vec<(usize, Error)>,
    /// What can't be made, each with its place in the file.
    pub impossible: Vec<PlanError>,
}

/// Asks for all that `plan` makes, a kind at a time. A plan that makes nothing costs no call.
pub(crate) async fn preflight(cx: &Context, stack: &Stack, plan: &Plan) -> Preflight {
    let makes = |(_, step): &(usize, &Step)| matches!(step.action, Action::Create | Action::Replace { .. });
    let known = plan.known();
    let mut by_kind: BTreeMap<&str, Made<'_>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate().filter(makes) {
        let Some(declared) = stack.get(&step.address) else { continue };
        let Ok(desired) = desired(stack, &cx.place, &known, declared) else { continue };
        let made = by_kind.entry(declared.kind.name()).or_default();
        made.steps.push((index, declared));
        made.desired.push(desired);
    }
    let mut answers = join_all(by_kind.into_values().map(|made| of_one_kind(cx, made))).await.concat();
    answers.sort_by_key(|(index, _)| *index);
    let mut preflight = Preflight::default();
    for (index, answer) in answers {
        match answer {
            Ok(Ok(notes)) => preflight.notes.push((index, notes)),
            Ok(Err(error)) => {
                preflight.notes.push((index, Vec::new()));
                preflight.unknown.push((index, error));
            }
            Err(error) => preflight.impossible.push(error),
        }
    }
    preflight
}

async fn of_one_kind(cx: &Context, made: Made<'_>) -> Vec<(usize, Answer)> {
    let Made { steps, desired } = made;
    let Some(kind) = steps.first().map(|(_, declared)| &declared.kind) else { return Vec::new() };
    let touched = concurrently(&desired, |desired| async move { kind.side_effects(cx, desired).await });
    let (possible, touched) = tokio::join!(kind.preflight(cx, &desired), touched);
    let answers = steps.into_iter().zip(possible).zip(touched).map(|(((index, declared), can), touches)| {
        (index, can.map(|()| touches).map_err(|error| PlanError::with(declared, error)))
    });
    answers.collect()
}
