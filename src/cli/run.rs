//! What apply and destroy share: consent, and the run itself with its interruptions.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::apply::Summary;
use crate::plan::Plan;
use crate::plan::options::{Goal, Options};
use crate::ui::{Detail, Ui};

use super::failure::Failure;
use super::interruption::Interruptions;
use super::prepare::Prepared;
use super::{Global, StackArgument, command_line, options_of};

/// Whether a person has agreed.
#[derive(Debug, Args)]
pub(super) struct Consent {
    /// Don't ask
    #[arg(long, short, visible_alias = "auto-approve")]
    yes: bool,
}

/// How long a person has.
#[derive(Debug, Args)]
pub(super) struct Patience {
    /// Wait for what AWS takes up to 40 minutes over (network interfaces of functions), instead of leaving it to a later run
    #[arg(long)]
    pub(super) wait: bool,
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Length {
    /// Show every property and every line of the plan, also what cloud101 fills in and what is long
    #[arg(long)]
    full: bool,
}

impl Length {
    pub(super) fn detail(self) -> Detail {
        if self.full { Detail::Full } else { Detail::Short }
    }
}

impl Consent {
    /// Asks, if it must, once what would be done has been shown. `false`: no. Refuses where nobody can be asked.
    pub(super) fn given(&self, question: &str, ui: &Ui) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        if !ui.can_ask() {
            return Err(Failure::usage(
                "there is no terminal to ask for your consent; nothing was changed",
                "if that is what you want, run the same command again with --yes",
            ));
        }
        let hint = "run the same command again, or add --yes".to_owned();
        let interruptions = Interruptions::listen().ok();
        let leaving = interruptions.map(|signals| tokio::spawn(signals.instead_of_an_answer(ui.clone())));
        // The answer is read without the runtime's workers, which hear the signal.
        let answer = tokio::task::block_in_place(|| ui.confirm(question));
        leaving.iter().for_each(|task| task.abort());
        let given = answer.map_err(|error| Failure::Missing { message: error.to_string(), hint })?;
        if !given {
            ui.note("Nothing was changed.");
        }
        Ok(given)
    }
}

/// What came of a run.
pub(super) struct Ended {
    /// How far it came.
    pub summary: Summary,
    /// What it carried out.
    pub plan: Arc<Plan>,
    /// The command that also deletes what is in the buckets, if AWS kept one for that.
    pub emptying: Option<String>,
}

/// The command that goes on and also deletes what is in the buckets, if that is why `summary` is not complete.
fn emptying(global: &Global, prepared: &Prepared, goal: Goal, options: &Options, summary: &Summary) -> Option<String> {
    let is_held = summary.failed.iter().any(|(_, error)| error.is(&["BucketNotEmpty"]));
    let command = if goal == Goal::Apply { "apply" } else { "destroy" };
    let stack = StackArgument { stack: Some(prepared.file.clone().into()) };
    let options = Options { empty_buckets: true, ..options.clone() };
    is_held.then(|| command_line(global, command, &stack, &prepared.session.stack().vars) + &options_of(&options))
}

/// Carries out `plan` and tells how it went. The first Ctrl-C or SIGTERM lets what is under way finish; the second leaves at once.
pub(super) async fn execute(
    global: &Global,
    prepared: &Prepared,
    plan: Plan,
    goal: Goal,
    options: &Options,
    ui: &Ui,
) -> Ended {
    let started = Instant::now();
    let plan = Arc::new(plan);
    let stop = CancellationToken::new();
    let (events, incoming) = mpsc::unbounded_channel();
    // Where the signals can't be had, they end the process at once, which loses nothing either.
    if let Ok(interruptions) = Interruptions::listen() {
        tokio::spawn(interruptions.obey(stop.clone(), ui.clone()));
    }
    let run = prepared.session.apply(&plan, events, stop.clone());
    let (summary, ()) = tokio::join!(run, ui.follow(&prepared.file, incoming));
    stop.cancel();
    let outputs = prepared.session.outputs(&summary.known);
    let emptying = emptying(global, prepared, goal, options, &summary);
    ui.summary(&plan, goal, &summary, started.elapsed(), &outputs, emptying.as_deref());
    Ended { summary, plan, emptying }
}
