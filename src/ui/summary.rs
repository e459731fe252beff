//! How a run ended, in one line.

use std::time::Duration;

use crate::apply::Summary;
use crate::plan::options::Goal;
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Counts, Plan};

use super::event::duration;
use super::paint::Paint;

/// Commands with which a person goes on after a run that left something.
#[derive(Debug, Default)]
pub struct Again<'a> {
    /// See [`summary`].
    pub emptying: Option<&'a str>,
    /// See [`not_done`](super::not_done::not_done).
    pub only: Option<&'a str>,
}

/// What was really done, of the same sorts as in the plan's last line.
pub fn done(plan: &Plan, tasks: &[Task]) -> Counts {
    let mut counts = Counts::default();
    for task in tasks {
        match (task.part, plan.steps.get(task.step).map(|step| &step.action)) {
            (Part::Remove, _) => counts.destroy += 1,
            (Part::Put, Some(Action::Adopt)) => counts.adopted(),
            (Part::Put, Some(Action::Update)) => counts.change += 1,
            (Part::Put, Some(Action::Release { .. })) => counts.release += 1,
            (Part::Put, _) => counts.add += 1,
        }
    }
    counts
}

/// `Apply complete: 3 added, 1 changed, 0 destroyed in 41s.`, or how far it came. `emptying` is the command that also
/// deletes what is in the buckets, if that is why it did not come to its end.
pub fn summary(
    plan: &Plan,
    goal: Goal,
    summary: &Summary,
    took: Duration,
    emptying: Option<&str>,
    paint: Paint,
) -> String {
    let what = if goal == Goal::Apply { "Apply" } else { "Destroy" };
    let there = plan.account_profile.as_ref().map(|profile| format!(" ({})", profile.title)).unwrap_or_default();
    let took = duration(took) + &there;
    if summary.is_complete() && plan.unplanned.is_empty() {
        let Counts { add, change, adopt, destroy, release } = done(plan, &summary.done);
        let released = if release > 0 { format!(", {release} released") } else { String::new() };
        let adopted = if adopt > 0 { format!(", {adopt} adopted") } else { String::new() };
        let changed = change - adopt;
        let counted = match goal {
            Goal::Apply => format!("{add} added, {changed} changed, {destroy} destroyed{adopted}{released}"),
            Goal::Destroy => format!("{destroy} destroyed{released}"),
        };
        return format!("{} {counted} in {took}.\n", paint.green(&format!("{what} complete:")));
    }
    let parts: Vec<_> = [
        (summary.done.len(), "done", true),
        (summary.failed.len(), "failed", false),
        (summary.skipped.len(), "skipped", false),
        (summary.not_started.len(), "not started", false),
        (plan.unplanned.len() + plan.aside.len(), "not planned", false),
    ]
    .into_iter()
    .filter(|(count, _, always)| *always || *count > 0)
    .map(|(count, word, _)| format!("{count} {word}"))
    .collect();
    let interrupted = !summary.not_started.is_empty();
    let (how, colour) = if interrupted && summary.failed.is_empty() {
        ("interrupted", paint.yellow(&format!("{what} interrupted:")))
    } else {
        ("incomplete", paint.error(&format!("{what} incomplete:")))
    };
    let next = match (how, emptying) {
        (_, Some(command)) => format!("Nothing is lost. If the contents of the buckets can be deleted: `{command}`"),
        ("interrupted", _) => "Nothing is lost: run the same command again to continue.".to_owned(),
        _ => "Nothing is lost: follow the help above, then run the same command again to continue.".to_owned(),
    };
    format!("{colour} {} in {took}. {next}\n", parts.join(", "))
}
