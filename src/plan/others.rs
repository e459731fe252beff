//! What others have to do with what a plan takes away: asked once it is known what that is, and said in the plan. A plan
//! that deletes nothing costs no call.

use crate::aws::{Context, Error, concurrently};
use crate::resource::DeleteBlocker;
use crate::resource::others::{Going, Others, Own};
use crate::stack::Stack;

use super::desired::desired;
use super::observe::PlanError;
use super::options::Because;
use super::options::Goal;
use super::outside;
use super::owner::NOT_OURS;
use super::{Action, Plan, Step, Thing, by_kind, refusal};

/// What is not known where [`settle`] got no answer.
pub const UNKNOWN: &str = "whether others use it";

/// What was found of one step, by its index.
pub type Answer = (usize, Result<Others, Error>);

/// Asks of everything that `plan` deletes or replaces, side by side.
pub(crate) async fn ask(cx: &Context, stack: &Stack, plan: &Plan) -> Vec<Answer> {
    if !plan.steps.iter().any(takes_away) {
        return Vec::new();
    }
    let (cx, crowds) = (&cx.with_read_cache(), by_kind(plan.steps.iter().filter(|step| takes_away(step))));
    let own = &own(plan);
    let known = &plan.known();
    let asked = plan.steps.iter().enumerate().filter(|(_, step)| takes_away(step)).filter_map(|(index, step)| {
        let declared = step.line().and_then(|_| stack.get(&step.address));
        let (id, crowd) = (step.id()?, crowds.get(step.kind.name()).copied().unwrap_or_default());
        // A destroy asks of thousands, few of them at a time: what it takes to ask is made and boxed when their turn comes.
        let ask = move || async move {
            let cx = &cx.with_crowd(crowd);
            let said = declared.and_then(|declared| desired(stack, &cx.place, known, declared).ok());
            let said = said.as_ref().map(|desired| &desired.spec);
            let seen = step.live().and_then(|live| step.kind.held(live));
            let held = async {
                match seen {
                    Some(held) => Ok(Some(held)),
                    None => step.kind.holds(cx, id, step.empty).await,
                }
            };
            let going = Going { id, live: step.live(), said, own };
            let (others, held, along) = tokio::join!(step.kind.others(cx, &going), held, step.kind.along(cx, id));
            (index, others.and_then(|others| Ok(Others { held: held?, along: along?, ..others })))
        };
        Some(async move { Box::pin(ask()).await })
    });
    concurrently(asked.collect::<Vec<_>>(), |asked| asked).await
}

/// Puts what was found into the plan. The answer is of what nothing was found, and why.
///
/// # Errors
/// A replacement would first have to delete what others hold.
pub(crate) fn settle(
    stack: &Stack,
    goal: Goal,
    plan: &mut Plan,
    answers: Vec<Answer>,
) -> Result<Vec<(Thing, Error)>, Vec<PlanError>> {
    let mut errors = Vec::new();
    let mut in_what_goes = Vec::new();
    let mut outsiders = Vec::new();
    let mut unknown = Vec::new();
    let which = plan.selection.map_or(Because::Kept, Because::LeftOut);
    for (index, answer) in answers {
        let step = &mut plan.steps[index];
        let others = match answer {
            Ok(others) => others,
            Err(error) => {
                unknown.push((index, error));
                continue;
            }
        };
        step.notes.extend(others.notes.iter().cloned());
        if let Some(stays) = &others.stays {
            in_what_goes.push((index, stays.clone()));
        }
        if !others.holders.is_empty() {
            let names = others.names();
            match (&step.action, stack.get(&step.address)) {
                (Action::Replace { create_first: false, .. }, Some(declared)) => {
                    errors.push(PlanError::with(declared, refusal::held_by_others(&others)));
                }
                _ => step
                    .notes
                    .push(format!("{names}, outside this stack, would lose it: it is not deleted while they use it")),
            }
        }
        if let Some(beside) = others.beside.first() {
            outside::keep_for(step, &beside.address, which, goal);
            outsiders.push((step.address.clone(), step.live().map(|live| live.spec.clone()).unwrap_or_default()));
        }
        step.prior.iter_mut().for_each(|prior| prior.others = others.clone());
    }
    outside::settle(which, stack, goal, &outsiders, &mut plan.steps, &mut errors);
    in_what_goes.into_iter().for_each(|(index, stays)| tell_what_stays(&mut plan.steps, index, stays));
    if errors.is_empty() { Ok(plan.by_thing(unknown)) } else { Err(errors) }
}

/// What others have in the thing of a step stays, unless what contains that thing is emptied. If it goes and is not
/// emptied, AWS won't delete it.
fn tell_what_stays(steps: &mut [Step], index: usize, stays: String) {
    let id = steps[index].id().map(str::to_owned).unwrap_or_default();
    let contains = |step: &&mut Step| match step.blocker() {
        Some(DeleteBlocker::Contents(contents)) => takes_away(step) && contents.ids.contains(&id),
        _ => false,
    };
    match steps.iter_mut().find(contains) {
        Some(container) if container.empty => return,
        Some(container) => container.notes.push(format!(
            "for `{id}` it also contains {stays}, so AWS won't delete it: empty it, or add --empty-buckets"
        )),
        None => {}
    }
    steps[index].notes.push(stays);
}

fn takes_away(step: &Step) -> bool {
    matches!(step.action, Action::Delete | Action::Replace { .. }) && step.stays_for.is_none()
}

/// What the plan has looked at and found to be the stack's, or takes over. Of what stays although the file no longer has
/// it, it is not known yet what it uses: that is asked like what others use.
fn own(plan: &Plan) -> Own {
    let is_own = |step: &&Step| match &step.action {
        Action::Keep { because } => step.is_declared() && because != NOT_OURS,
        Action::Release { .. } => step.is_declared(),
        _ => true,
    };
    let steps = plan.steps.iter().filter(is_own);
    steps.filter_map(|step| Some((step.kind.name().to_owned(), step.id()?.to_owned()))).collect()
}
