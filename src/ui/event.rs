//! What happens during a run, in words: one event, one line, an error with a few more.

use std::time::Duration;

use crate::apply::Event;
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Plan};

use super::paint::Paint;
use super::terminal::clean;
use super::trouble::{help, note};

/// What a task does.
pub struct Words {
    /// While it does it.
    pub doing: &'static str,
    /// When it is done.
    pub done: &'static str,
    /// When it is not.
    pub not_done: &'static str,
}

/// What a task does, in words.
pub fn words(plan: &Plan, task: Task) -> Words {
    let words = |doing, done, not_done| Words { doing, done, not_done };
    match (task.part, plan.steps.get(task.step).map(|step| &step.action)) {
        (Part::Remove, Some(Action::Replace { .. })) => {
            words("deleting the old one", "old one deleted", "old one not deleted")
        }
        (Part::Remove, _) => words("deleting", "deleted", "not deleted"),
        (Part::Put, Some(Action::Replace { .. })) => {
            words("creating the new one", "new one created", "new one not created")
        }
        (Part::Put, Some(Action::Adopt)) => words("adopting", "adopted", "not adopted"),
        (Part::Put, Some(Action::Update)) => words("updating", "updated", "not updated"),
        (Part::Put, Some(Action::Release { .. })) => words("releasing", "released", "not released"),
        (Part::Put, _) => words("creating", "created", "not created"),
    }
}

/// What is said when a stop was asked for.
pub const INTERRUPTED: &str =
    "Interrupted: what is under way is finished first. Ctrl-C again leaves at once; neither loses anything.";

/// `instance: creating`
pub fn doing(plan: &Plan, task: Task) -> String {
    format!("{}: {}", address(plan, task), words(plan, task).doing)
}

/// The event's line, without a line end.
pub fn line(event: &Event, plan: &Plan, file: &str, paint: Paint) -> String {
    match event {
        Event::Started(task) => format!("{} {}", paint.dim("…"), doing(plan, *task)),
        Event::Waiting { task, what } => {
            let what = what.as_deref().map(|what| format!(", waiting for {}", clean(what))).unwrap_or_default();
            format!("{} {}{what}", paint.dim("…"), doing(plan, *task))
        }
        Event::Done { task, took, id } => {
            let name = plan.steps.get(task.step).map(|step| step.name.as_str());
            // An ARN says no more than the name, at a length that breaks the line.
            let id = id.as_deref().filter(|id| Some(*id) != name && !id.starts_with("arn:"));
            let id = id.map(|id| format!("  {}", paint.dim(&clean(id)))).unwrap_or_default();
            let done = words(plan, *task).done;
            format!("{} {}: {done} in {}{id}", paint.green("✓"), paint.bold(&address(plan, *task)), duration(*took))
        }
        Event::Failed { task, error } => {
            let not_done = if error.is_there { "created, but not complete" } else { words(plan, *task).not_done };
            let mut text = format!("{} {}: {not_done}", paint.error("✗"), paint.bold(&address(plan, *task)));
            if let Some(step) = plan.steps.get(task.step) {
                let line = step.line.map(|line| format!(", {}:{line}", clean(file))).unwrap_or_default();
                text.push_str(&paint.dim(&format!(" ({}{line}, {})", step.kind.name(), error.explained())));
            }
            text.extend(clean(&error.to_string()).lines().map(|line| format!("\n  {line}")));
            text.extend(note(error, paint).map(|note| format!("\n{}", note.trim_end())));
            text.extend(error.advice().map(|advice| format!("\n{}", help(&advice, paint).trim_end())));
            text
        }
        Event::Skipped { task, because } => {
            let not_done = words(plan, *task).not_done;
            let address = paint.bold(&address(plan, *task));
            let because = clean(&because.to_string());
            format!("{} {address}: skipped, {not_done}, because {because} failed", paint.yellow("-"))
        }
        Event::Interrupted => INTERRUPTED.to_owned(),
        Event::NotStarted(task) => {
            let not_done = words(plan, *task).not_done;
            format!("{} {}: not started, {not_done}", paint.yellow("-"), paint.bold(&address(plan, *task)))
        }
    }
}

/// The task of an event, if it is about one.
pub fn task(event: &Event) -> Option<Task> {
    match event {
        Event::Interrupted => None,
        Event::Started(task) | Event::NotStarted(task) => Some(*task),
        Event::Waiting { task, .. }
        | Event::Done { task, .. }
        | Event::Failed { task, .. }
        | Event::Skipped { task, .. } => Some(*task),
    }
}

/// `0.4s`, `34s`, `2m 05s`
pub fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1}s", duration.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

/// The address of the resource that a task is about.
pub fn address(plan: &Plan, task: Task) -> String {
    plan.steps.get(task.step).map(|step| clean(&step.address.to_string())).unwrap_or_default()
}
