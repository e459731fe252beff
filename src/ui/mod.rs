//! Everything that people and programs get to see. The only place that renders and prints.
//!
//! Rendering is pure: each file turns data into text, and [`Ui`] sends it. Results go to standard output; progress,
//! notes, questions and errors to standard error. Whatever goes out passes the [`Redactor`] first, and then the gate of
//! [`terminal`].

mod board;
pub mod change;
mod complaints;
pub mod confirm;
pub mod crash;
pub mod diagnostics;
pub mod each;
mod echo;
pub mod event;
mod everyday;
pub mod examination;
pub mod explain;
pub mod graph;
pub mod handout;
pub mod html;
pub mod invocation;
pub mod json;
pub mod keyless;
pub mod leftovers;
mod live;
mod log;
pub mod next_steps;
pub mod not_done;
pub mod out;
pub mod outputs;
pub mod paint;
pub mod plan;
pub mod plan_errors;
pub mod power;
pub mod progress;
pub mod proof;
pub mod redact;
mod sandbox;
pub mod show;
pub mod summary;
pub mod terminal;
#[cfg(test)]
mod tests;
mod together;
mod unseen;
pub mod value;
mod waits;
mod wrap;
pub mod written;

use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::apply::{Event, Summary};
use crate::plan::observe::PlanError;
use crate::plan::options::Goal;
use crate::plan::{Output, Plan};
use crate::prove::{Glance, Verdict};
use crate::sandbox::Progress;
use crate::stack::Stack;

pub use change::Detail;
pub use graph::GraphFormat;
pub use handout::HandoutFormat;
pub use html::PAGE_BEGINS;
pub use leftovers::Commands;
pub use log::LogWriter;
pub use next_steps::NextStep;
pub use out::Color;
pub use paint::Paint;
pub use plan::View;
pub use progress::Spinner;
pub use redact::{Redacted, Redactor};
pub use show::{Fate, Show, ShowItem, State};
pub use summary::Again;

use echo::Echo;
use graph::Picture;
use out::Out;
use waits::Waits;

/// What a person chose on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// When to colour.
    pub color: Color,
    /// JSON instead of text, on standard output.
    pub json: bool,
    /// How many `-v`; from one on no line moves, because log lines come between.
    pub verbosity: u8,
}

/// Where everything is reported. Clones share what they know and where they write.
#[derive(Debug, Clone)]
pub struct Ui {
    options: Options,
    out: Arc<Out>,
    redactor: Arc<RwLock<Redactor>>,
    echo: Arc<Echo>,
    waits: Arc<Waits>,
}

impl Ui {
    /// Looks at the streams and the environment.
    pub fn new(options: Options) -> Self {
        let out = Arc::new(Out::new(options.color));
        let redactor = Redactor::default().leaving_keys(json::is_key);
        Self { options, out, redactor: Arc::new(RwLock::new(redactor)), echo: Arc::default(), waits: Arc::default() }
    }

    /// From now on `secrets` are shown as `(sensitive)`, wherever they appear.
    pub fn hide<S: AsRef<str>>(&self, secrets: impl IntoIterator<Item = S>) {
        self.redactor.write().unwrap_or_else(PoisonError::into_inner).add(secrets);
    }

    /// From now on `names` are known to be in the file for all to see; see [`Redactor::publish`].
    pub fn publish(&self, names: impl IntoIterator<Item = String>) {
        self.redactor.write().unwrap_or_else(PoisonError::into_inner).publish(names);
    }

    /// Whether programs read the answer.
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Whether lines may move: standard error is a person's terminal, and there are no log lines between.
    pub fn is_live(&self) -> bool {
        self.out.live && !self.options.json && self.options.verbosity == 0
    }

    /// Whether a question would be seen and can be answered.
    pub fn can_ask(&self) -> bool {
        !self.options.json && confirm::can_ask()
    }

    /// The colours of results.
    pub fn stdout_paint(&self) -> Paint {
        self.out.stdout
    }

    /// The colours of messages.
    pub fn stderr_paint(&self) -> Paint {
        self.out.stderr
    }

    /// `text` without secrets.
    pub fn redacted(&self, text: &str) -> String {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).text(text)
    }

    /// Text to standard output as it is, but for secrets.
    pub fn result(&self, text: &str) {
        self.out.result(&self.redacted(text));
    }

    /// Text for people to standard output, its lines broken at words where the terminal ends.
    pub fn report(&self, text: &str) {
        self.out.result(&Out::result_fits(&self.redacted(text)));
    }

    /// Text to standard error, its lines broken at words where the terminal ends.
    pub fn message(&self, text: &str) {
        self.out.message(&Out::message_fits(&self.redacted(text)));
    }

    /// The same, its lines as they are: what is copied, and log lines.
    pub fn unbroken(&self, text: &str) {
        self.out.message(&self.redacted(text));
    }

    /// One line to standard error that is good to know; with JSON an event `note`.
    pub fn note(&self, text: &str) {
        if self.is_json() {
            return self.event(json::Event::Note { note: text.to_owned() });
        }
        self.message(&format!("{}\n", terminal::clean(text)));
    }

    /// One JSON document on one line of standard output.
    pub fn json<T: Serialize>(&self, document: &T) {
        self.out.document(&Redacted::new(document, &self.redactor()));
    }

    /// One event on one line of standard output.
    fn event(&self, event: json::Event<'_>) {
        self.json(&json::EventDocument::from(event));
    }

    /// The plan, as text or as the one document of `plan --json`.
    pub fn plan(&self, plan: &Plan, goal: Goal, view: View<'_>) {
        if self.is_json() {
            let warnings = view.warnings.map(|warnings| self.brief(warnings));
            self.json(&json::PlanDocument::of(plan, goal, warnings.as_ref(), &self.redactor()))
        } else {
            self.plan_text(plan, goal, view)
        }
    }

    /// The plan before it is carried out, as text or as the first event, `{"event": "plan", "plan": document}`.
    pub fn planned(&self, plan: &Plan, goal: Goal, view: View<'_>) {
        if self.is_json() {
            let warnings = view.warnings.map(|warnings| self.brief(warnings));
            self.event(json::Event::plan(plan, goal, warnings.as_ref(), &self.redactor()));
        } else {
            self.plan_text(plan, goal, view);
            // What comes next, a question or progress, stands apart.
            self.result("\n");
        }
    }

    fn plan_text(&self, plan: &Plan, goal: Goal, view: View<'_>) {
        self.report(&plan::plan(plan, goal, view, &self.redactor(), self.out.stdout));
    }

    /// The plan as a page for a browser, for a file; see [`html::page`].
    pub fn page(&self, plan: &Plan, goal: Goal, stack: &Stack, view: View<'_>) -> String {
        let warnings = view.warnings.map(|warnings| self.brief(warnings));
        let view = View { warnings: warnings.as_ref(), ..view };
        let redactor = self.redactor();
        redactor.markup(&html::page(plan, goal, stack, view, &redactor))
    }

    /// What depends on what in a stack.
    pub fn graph(&self, stack: &Stack, format: GraphFormat) {
        let redactor = self.redactor();
        if self.is_json() {
            return self.json(&json::GraphDocument::of(&Picture::of_each(stack, &redactor)));
        }
        let picture = Picture::of_stack(stack, &redactor);
        if let Some(said) = picture.arrows().said() {
            self.note(&format!("{said}; --json has all"));
        }
        self.out.result(&match format {
            GraphFormat::Mermaid | GraphFormat::Dot => redactor.labels(&picture.text(format)),
            GraphFormat::Svg => redactor.markup(&picture.text(format)),
        });
    }

    /// Reports events until the sender of `events` is dropped. `file` is the stack file as the person named it.
    pub async fn follow(&self, file: &str, events: UnboundedReceiver<Event>) {
        progress::follow(self, file, events).await;
    }

    /// How a run ended, and the outputs if it is complete.
    pub fn summary(
        &self,
        plan: &Plan,
        goal: Goal,
        summary: &Summary,
        took: Duration,
        outputs: &[Output],
        again: &Again<'_>,
    ) {
        if self.is_json() {
            return self.event(json::Event::summary(plan, goal, summary, took, outputs));
        }
        // The plan has just said that there is nothing to do.
        if plan.is_empty() {
            return;
        }
        let not_done = not_done::not_done(plan, summary, again.only, self.out.stdout);
        let mut text = not_done.map(|text| format!("\n{text}")).unwrap_or_default();
        text += &format!("\n{}", summary::summary(plan, goal, summary, took, again.emptying, self.out.stdout));
        if goal == Goal::Apply && summary.is_complete() && plan.unplanned.is_empty() {
            text.extend(plan::outputs(outputs, self.out.stdout).map(|outputs| format!("\n{outputs}\n")));
        }
        self.report(&text);
    }

    /// What is live. `unseen`: see [`Ui::unseen`].
    pub fn show(&self, show: &Show<'_>, detail: Detail, unseen: &[PlanError]) {
        if self.is_json() {
            self.json(&json::ShowDocument::of(show, unseen))
        } else {
            self.report(&show::show(show, detail, self.out.stdout))
        }
    }

    /// Whether the output of results is still open: the reader of a pipe may have left.
    pub fn has_reader(&self) -> bool {
        !self.out.is_closed()
    }

    /// What to type next, for people only.
    pub fn next_steps(&self, steps: &[NextStep]) {
        if !self.is_json() {
            self.unbroken(&next_steps::next_steps(steps, self.out.stderr));
        }
    }

    /// What a destroy left behind; with JSON an event `leftovers`. `is_known`: everything that had to be looked at was.
    pub fn leftovers(&self, glance: &Glance, is_known: bool, commands: &Commands) {
        if self.is_json() {
            return self.event(json::Event::leftovers(glance));
        }
        self.report(&leftovers::leftovers(glance, is_known, commands, self.out.stdout));
    }

    /// The evidence that a destroy left nothing; with JSON an event `proof`.
    pub fn proof(&self, verdict: &Verdict) {
        if self.is_json() {
            return self.event(json::Event::proof(verdict));
        }
        self.result(&proof::proof(verdict, self.out.stdout));
    }

    /// What a code means, as text or as one document.
    pub fn explain(&self, explained: explain::Explained) {
        if self.is_json() {
            return self.json(&json::ExplainDocument::of(explained));
        }
        self.report(&explain::text(explained, self.out.stdout));
    }

    /// Asks; only `yes` is yes. Blocks until there is an answer.
    pub fn confirm(&self, question: &str) -> io::Result<bool> {
        self.message(&self.out.stderr.bold(&confirm::question(question)));
        let answer = confirm::answer()?;
        if answer.is_empty() {
            self.message("\n");
        }
        Ok(confirm::is_yes(&answer))
    }

    /// The end of a question that got no answer.
    pub fn unanswered(&self, text: &str) {
        self.message("\n");
        self.note(text);
    }

    /// A moving line while something is awaited, on a terminal only.
    #[must_use = "the line is cleared when the spinner is dropped"]
    pub fn spinner(&self, text: &str) -> Spinner {
        Spinner::new(self, text)
    }

    /// What goes on while a sandbox starts.
    pub fn sandbox(&self, progress: Progress) {
        let text = sandbox::line(&progress);
        let text = if matches!(progress, Progress::Lost(_)) { text } else { self.out.stderr.dim(&text) };
        self.message(&format!("{text}\n"));
    }

    /// Where log lines go: standard error, without secrets, one whole line per call.
    pub fn log(&self) -> LogWriter {
        LogWriter::new(self.clone())
    }

    /// The last step before the process is ended in the middle of a run.
    pub fn leave(&self) {
        self.out.end_moving();
        self.echo.restore();
    }

    fn redactor(&self) -> Redactor {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
