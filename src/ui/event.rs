//! What happens during a run, in words: one event, one line, an error with a few more.

use std::time::Duration;

use crate::apply::{Subject, TaskEvent, What};
use crate::plan::Action;
use crate::plan::schedule::Part;

use super::paint::Paint;
use super::plan_errors::{help, note};
use super::terminal::clean;

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
pub fn words(subject: &Subject) -> Words {
    let words = |doing, done, not_done| Words { doing, done, not_done };
    match (subject.task.part, &subject.action) {
        (Part::Remove, Action::Replace { .. }) => {
            words("deleting the old one", "old one deleted", "old one not deleted")
        }
        (Part::Remove, _) => words("deleting", "deleted", "not deleted"),
        (Part::Put, Action::Replace { .. }) => words("creating the new one", "new one created", "new one not created"),
        (Part::Put, Action::Adopt) => words("adopting", "adopted", "not adopted"),
        (Part::Put, Action::Update) => words("updating", "updated", "not updated"),
        (Part::Put, Action::Release { .. }) => words("releasing", "released", "not released"),
        (Part::Put, _) => words("creating", "created", "not created"),
    }
}

/// What is said when a stop was asked for.
pub const INTERRUPTED: &str = "Interrupted: waiting for operations in progress to finish. Press Ctrl-C again to stop \
        at once; nothing is lost either way.";

/// The event's line, without a line end. `file` is the stack file as the person named it.
pub fn line(TaskEvent { subject, what, .. }: &TaskEvent, file: &str, paint: Paint) -> String {
    let words = words(subject);
    let address = paint.bold(&address(subject));
    match what {
        What::Started | What::Waiting(_) => {
            let waits_for = match what {
                What::Waiting(Some(what)) => format!(", waiting for {}", clean(what)),
                _ => String::new(),
            };
            format!("{} {}: {}{waits_for}", paint.dim("…"), self::address(subject), words.doing)
        }
        What::Done { took, id } => {
            // An ARN says no more than the name, at a length that breaks the line.
            let id = id.as_deref().filter(|id| *id != subject.name && !id.starts_with("arn:"));
            let id = id.map(|id| format!("  {}", paint.dim(&clean(id)))).unwrap_or_default();
            format!("{} {address}: {} in {}{id}", paint.green("✓"), words.done, duration(*took))
        }
        What::Failed(error) => {
            let not_done = if error.is_there { "created, but incomplete" } else { words.not_done };
            let line = subject.line.map(|line| format!(", {}:{line}", clean(file))).unwrap_or_default();
            let place = paint.dim(&format!(" ({}{line}, {})", subject.kind, error.explained()));
            let mut text = format!("{} {address}: {not_done}{place}", paint.error("✗"));
            text.extend(clean(&error.to_string()).lines().map(|line| format!("\n  {line}")));
            text.extend(note(error, paint).map(|note| format!("\n{}", note.trim_end())));
            text.extend(error.advice().map(|advice| format!("\n{}", help(&advice, paint).trim_end())));
            text
        }
        What::Skipped { because } => {
            let because = clean(&because.to_string());
            format!("{} {address}: skipped, {}, because {because} failed", paint.yellow("-"), words.not_done)
        }
        What::NotStarted => format!("{} {address}: not started, {}", paint.yellow("-"), words.not_done),
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
pub fn address(subject: &Subject) -> String {
    clean(&subject.address.to_string())
}
