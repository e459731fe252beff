//! What AWS would refuse a plan's creations for, asked before anything is done: a replacement whose new one can't be
//! made must not begin with deleting the old one.

use futures::future::join_all;

use crate::aws::Context;
use crate::stack::Stack;

use super::desired::wanted;
use super::observe::Trouble;
use super::{Action, Plan, Step};

/// Asks for each thing that `plan` makes. A plan that makes nothing costs no call.
///
/// # Errors
/// What can't be made, each with its place in the file.
pub async fn look_ahead(cx: &Context, stack: &Stack, plan: &Plan) -> Result<(), Vec<Trouble>> {
    let makes = |step: &&Step| matches!(step.action, Action::Create | Action::Replace { .. });
    let known = plan.known(stack);
    let asked = plan.steps.iter().filter(makes).filter_map(|step| {
        let declared = stack.get(&step.address)?;
        Some((declared, wanted(stack, &cx.place, &known, declared).ok()?))
    });
    let answers = asked.map(|(declared, wanted)| async move {
        declared.kind.can_be_made(cx, &wanted).await.err().map(|error| Trouble::with(declared, error))
    });
    let trouble: Vec<_> = join_all(answers).await.into_iter().flatten().collect();
    if trouble.is_empty() { Ok(()) } else { Err(trouble) }
}
