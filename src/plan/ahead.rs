//! What AWS would refuse a plan's creations for, asked before anything is done: a replacement whose new one can't be
//! made must not begin with deleting the old one.

use futures::future::join_all;

use crate::aws::Context;
use crate::stack::Stack;

use super::desired::wanted;
use super::observe::Trouble;
use super::{Action, Plan, Step};

/// Asks for each thing that `plan` makes: the answer is what is to be said of it, by the step's index. A plan that makes
/// nothing costs no call.
///
/// # Errors
/// What can't be made, each with its place in the file.
pub async fn look_ahead(cx: &Context, stack: &Stack, plan: &Plan) -> Result<Vec<(usize, Vec<String>)>, Vec<Trouble>> {
    let makes = |(_, step): &(usize, &Step)| matches!(step.action, Action::Create | Action::Replace { .. });
    let known = plan.known(stack);
    let asked = plan.steps.iter().enumerate().filter(makes).filter_map(|(index, step)| {
        let declared = stack.get(&step.address)?;
        Some((index, declared, wanted(stack, &cx.place, &known, declared).ok()?))
    });
    let answers = asked.map(|(index, declared, wanted)| async move {
        let (can, touches) =
            tokio::join!(declared.kind.can_be_made(cx, &wanted), declared.kind.touches_besides(cx, &wanted));
        can.map_err(|error| Trouble::with(declared, error))?;
        let untold = |error| vec![format!("whether making it changes something of others could not be asked: {error}")];
        Ok::<_, Trouble>((index, touches.unwrap_or_else(untold)))
    });
    let (notes, trouble): (Vec<_>, Vec<_>) = join_all(answers).await.into_iter().partition(Result::is_ok);
    match trouble.is_empty() {
        true => Ok(notes.into_iter().flatten().collect()),
        false => Err(trouble.into_iter().filter_map(Result::err).collect()),
    }
}
