//! A run as it goes on: moving lines on a terminal, one line per event elsewhere, and for the copies of a resource one for all
//! of them. Programs get every event.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::apply::{Event, TaskEvent, What};
use crate::plan::schedule::Task;

use super::board::{Board, sign};
use super::event::{INTERRUPTED, duration};
use super::live::cut;
use super::together::Groups;
use super::{Ui, json};

/// How often lines move.
const TICK: Duration = Duration::from_millis(100);

/// Reports events until the run ends, that is, until the sender is dropped.
pub async fn follow(ui: &Ui, file: &str, events: UnboundedReceiver<Event>) {
    if ui.is_live() {
        // The terminal's own `^C` would come between the lines.
        ui.echo.hide();
        ui.out.start_moving();
        follow_live(ui, file, events).await;
        ui.out.end_moving();
        ui.echo.restore();
    } else {
        follow_plainly(ui, file, events).await;
    }
}

async fn follow_live(ui: &Ui, file: &str, mut events: UnboundedReceiver<Event>) {
    let started = Instant::now();
    let (mut board, mut groups) = (Board::default(), Groups::default());
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break };
                match event {
                    Event::Began(subjects) => {
                        board.begin(&subjects);
                        groups = Groups::of(&subjects);
                    }
                    Event::Interrupted => ui.message(&format!("{INTERRUPTED}\n")),
                    Event::Task(event) => {
                        board.note(&event, |text| ui.redacted(text));
                        let lines = groups.note(&event, file, ui.stderr_paint());
                        if !matches!(event.what, What::Started | What::Waiting(_)) {
                            lines.iter().for_each(|line| ui.message(&format!("{line}\n")));
                        }
                    }
                }
            }
            _ = ticks.tick() => {}
        }
        let (width, height) = ui.out.size();
        ui.out.move_lines(board.lines(&groups, started.elapsed(), width, height));
    }
}

async fn follow_plainly(ui: &Ui, file: &str, mut events: UnboundedReceiver<Event>) {
    let (mut waits, mut groups) = (Waits::default(), Groups::default());
    while let Some(event) = events.recv().await {
        match event {
            Event::Began(subjects) => groups = Groups::of(&subjects),
            Event::Interrupted if ui.is_json() => ui.event(json::Event::Note { note: INTERRUPTED.to_owned() }),
            Event::Interrupted => ui.message(&format!("{INTERRUPTED}\n")),
            Event::Task(event) if !waits.is_news(&event) => {}
            Event::Task(event) if ui.is_json() => ui.event(json::Event::of_task(&event, file)),
            Event::Task(event) => {
                let lines = groups.note(&event, file, ui.stderr_paint());
                lines.iter().for_each(|line| ui.message(&format!("{line}\n")));
            }
        }
    }
}

/// What each task waits for, where each line is written once and stays.
#[derive(Default)]
struct Waits(HashMap<Task, String>);

impl Waits {
    /// Whether the event says something new: not that a wait is over, nor the same wait again.
    fn is_news(&mut self, event: &TaskEvent) -> bool {
        match &event.what {
            What::Waiting(None) => false,
            What::Waiting(Some(what)) => self.0.insert(event.subject.task, what.clone()).as_ref() != Some(what),
            _ => true,
        }
    }
}

/// A line that moves while something is awaited; it goes when this is dropped.
pub struct Spinner(Option<(JoinHandle<()>, Ui)>);

impl Spinner {
    /// Shows `text` until dropped, on a terminal only.
    pub(super) fn new(ui: &Ui, text: &str) -> Self {
        if !ui.is_live() {
            return Self(None);
        }
        ui.out.start_moving();
        let (shown, text, started) = (ui.clone(), ui.redacted(text), Instant::now());
        let turning = tokio::spawn(async move {
            let mut ticks = interval(TICK);
            loop {
                ticks.tick().await;
                let at = started.elapsed();
                let line = format!("{} {text}{}… {}", sign(at), shown.waits.beside(), duration(at));
                shown.out.move_lines(vec![cut(&line, shown.out.size().0)]);
            }
        });
        Self(Some((turning, ui.clone())))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some((turning, ui)) = self.0.take() {
            turning.abort();
            ui.out.end_moving();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::apply::Subject;
    use crate::plan::Action;
    use crate::plan::schedule::Part;
    use crate::testing::fake;
    use crate::testing::numbered::{plan, stack, step};

    use super::*;

    #[test]
    fn a_wait_is_news_once() {
        let kind = fake::kind("sns.topic");
        let plan = plan(&stack(&[], &kind), vec![step(0, Action::Create, true, &kind)]);
        let subject = Arc::new(Subject::of(&plan, Task { step: 0, part: Part::Put }));
        let event = |what| TaskEvent { subject: subject.clone(), at: Duration::ZERO, what };
        let mut waits = Waits::default();
        let news: Vec<_> = [Some("a"), Some("a"), None, Some("a"), Some("b"), Some("a")]
            .into_iter()
            .map(|what| waits.is_news(&event(What::Waiting(what.map(str::to_owned)))))
            .collect();
        assert_eq!(news, [true, false, false, false, true, true]);
        assert!(waits.is_news(&event(What::Started)));
    }
}
