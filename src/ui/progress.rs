//! A run as it goes on: moving lines on a terminal, one line per event elsewhere.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::apply::Event;
use crate::plan::Plan;
use crate::plan::schedule::{Part, Task};

use super::event::{doing, line, task};
use super::terminal::clean;
use super::{Ui, json};

const TICK: Duration = Duration::from_millis(100);

/// Tells what happens until the run ends, that is, until the sender is dropped.
pub async fn follow(ui: &Ui, plan: &Plan, file: &str, mut events: UnboundedReceiver<Event>) {
    let started = Instant::now();
    let mut live = ui.is_live().then(|| Live::new(ui, plan));
    let mut waits = Waits::default();
    while let Some(event) = events.recv().await {
        if live.is_none() && !waits.is_news(&event) {
            continue;
        }
        if ui.is_json() {
            if let Some(event) = json::Event::of_run(&event, plan, file, started.elapsed()) {
                ui.event(event);
            }
            continue;
        }
        if let Some(live) = &mut live {
            live.note(&event, ui, plan);
            if matches!(event, Event::Started(_) | Event::Waiting { .. }) {
                continue;
            }
        }
        ui.message(&format!("{}\n", line(&event, plan, file, ui.stderr_paint())));
    }
    if let Some(live) = live {
        live.end(ui);
    }
}

/// What each task waits for, where each line is written once and stays.
#[derive(Default)]
struct Waits(HashMap<Task, String>);

impl Waits {
    /// Whether the event says something new: not that a wait is over, nor the same wait again.
    fn is_news(&mut self, event: &Event) -> bool {
        match event {
            Event::Waiting { what: None, .. } => false,
            Event::Waiting { task, what: Some(what) } => self.0.insert(*task, what.clone()).as_ref() != Some(what),
            _ => true,
        }
    }
}

/// The moving lines.
struct Live {
    multi: MultiProgress,
    overall: ProgressBar,
    running: HashMap<Task, ProgressBar>,
}

impl Live {
    fn new(ui: &Ui, plan: &Plan) -> Self {
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let overall = ProgressBar::new(tasks(plan)).with_style(style("  {pos}/{len} in {elapsed}"));
        let overall = multi.add(overall);
        overall.enable_steady_tick(TICK);
        ui.echo.hide();
        ui.lines_move(Some(multi.clone()));
        Self { multi, overall, running: HashMap::new() }
    }

    fn note(&mut self, event: &Event, ui: &Ui, plan: &Plan) {
        let task = task(event);
        if let Event::Started(_) = event {
            let bar = ProgressBar::new_spinner().with_style(style("{spinner} {prefix}… {elapsed}{wide_msg}"));
            let bar = self.multi.insert_before(&self.overall, bar);
            bar.set_prefix(ui.redacted(&doing(plan, task)));
            bar.enable_steady_tick(TICK);
            self.running.insert(task, bar);
            return;
        }
        if let Event::Waiting { what, .. } = event {
            let what = what.as_deref().map(|what| format!(", waiting for {}", clean(what))).unwrap_or_default();
            self.running.get(&task).into_iter().for_each(|bar| bar.set_message(ui.redacted(&what)));
            return;
        }
        if let Some(bar) = self.running.remove(&task) {
            bar.finish_and_clear();
        }
        if !matches!(event, Event::NotStarted(_)) {
            self.overall.inc(1);
        }
    }

    fn end(self, ui: &Ui) {
        for bar in self.running.values() {
            bar.finish_and_clear();
        }
        self.overall.finish_and_clear();
        ui.lines_move(None);
        ui.echo.restore();
    }
}

/// A line that moves while something is awaited; it goes when this is dropped.
pub struct Spinner(Option<(ProgressBar, Ui)>);

impl Spinner {
    /// Shows `text` until dropped, on a terminal only.
    pub(super) fn new(ui: &Ui, text: &str) -> Self {
        if !ui.is_live() {
            return Self(None);
        }
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let bar = multi.add(ProgressBar::new_spinner().with_style(style("{spinner} {msg}… {elapsed}")));
        bar.set_message(ui.redacted(text));
        bar.enable_steady_tick(TICK);
        ui.lines_move(Some(multi));
        Self(Some((bar, ui.clone())))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some((bar, ui)) = self.0.take() {
            bar.finish_and_clear();
            ui.lines_move(None);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// A replacement is two tasks.
fn tasks(plan: &Plan) -> u64 {
    let parts = |part| {
        move |step: &&crate::plan::Step| {
            use crate::plan::Action::{Adopt, Create, Delete, Release, Replace, Update};
            match part {
                Part::Put => matches!(step.action, Create | Adopt | Update | Replace { .. } | Release { .. }),
                Part::Remove => matches!(step.action, Delete | Replace { .. }),
            }
        }
    };
    (plan.steps.iter().filter(parts(Part::Put)).count() + plan.steps.iter().filter(parts(Part::Remove)).count()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_news_once() {
        let task = Task { step: 0, part: Part::Put };
        let wait = |what: Option<&str>| Event::Waiting { task, what: what.map(str::to_owned) };
        let mut waits = Waits::default();
        let news: Vec<_> = [Some("a"), Some("a"), None, Some("a"), Some("b"), Some("a")]
            .into_iter()
            .map(|what| waits.is_news(&wait(what)))
            .collect();
        assert_eq!(news, [true, false, false, false, true, true]);
        assert!(waits.is_news(&Event::Started(task)));
    }
}
