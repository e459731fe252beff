//! A run as it goes on: moving lines on a terminal, one line per event elsewhere.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::apply::Event;
use crate::plan::Plan;
use crate::plan::schedule::Task;

use super::board::{Board, sign};
use super::event::{duration, line};
use super::live::cut;
use super::{Ui, json};

/// How often lines move.
const TICK: Duration = Duration::from_millis(100);

/// Tells what happens until the run ends, that is, until the sender is dropped.
pub async fn follow(ui: &Ui, plan: &Plan, file: &str, events: UnboundedReceiver<Event>) {
    if ui.is_live() {
        // The terminal's own `^C` would come between the lines.
        ui.echo.hide();
        ui.out.start_moving();
        follow_live(ui, plan, file, events).await;
        ui.out.end_moving();
        ui.echo.restore();
    } else {
        follow_plainly(ui, plan, file, events).await;
    }
}

async fn follow_live(ui: &Ui, plan: &Plan, file: &str, mut events: UnboundedReceiver<Event>) {
    let started = Instant::now();
    let mut board = Board::new(plan);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break };
                board.note(&event, plan, started.elapsed(), |text| ui.redacted(text));
                if !matches!(event, Event::Started(_) | Event::Waiting { .. }) {
                    ui.message(&format!("{}\n", line(&event, plan, file, ui.stderr_paint())));
                }
            }
            _ = ticks.tick() => {}
        }
        let (width, height) = ui.out.size();
        ui.out.move_lines(board.lines(started.elapsed(), width, height));
    }
}

async fn follow_plainly(ui: &Ui, plan: &Plan, file: &str, mut events: UnboundedReceiver<Event>) {
    let started = Instant::now();
    let mut waits = Waits::default();
    while let Some(event) = events.recv().await {
        if !waits.is_news(&event) {
            continue;
        }
        if !ui.is_json() {
            ui.message(&format!("{}\n", line(&event, plan, file, ui.stderr_paint())));
        } else if let Some(event) = json::Event::of_run(&event, plan, file, started.elapsed()) {
            ui.event(event);
        }
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
    use crate::plan::schedule::Part;

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
