//! What apply and destroy share: consent, and the run itself with its interruptions.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::apply::{self, Summary};
use crate::plan::Plan;
use crate::plan::options::{Goal, Options};
use crate::ui::{Detail, Ui};

use super::failure::Failure;
use super::interruption::Interruptions;
use super::prepare::{self, Prepared};
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
    /// Refuses, before anything else, where nobody could be asked. `plan` is the command that shows what would be done.
    pub(super) fn check(
        &self,
        global: &Global,
        plan: &str,
        stack: &StackArgument,
        options: &Options,
        ui: &Ui,
    ) -> Result<(), Failure> {
        if self.is_possible(global, ui) {
            return Ok(());
        }
        // A stack that can't be loaded has no variables whose values could be shown; the plan tells what is wrong.
        let vars = prepare::stack(global, stack, ui).map(|(stack, _)| stack.vars).unwrap_or_default();
        let plan = command_line(global, plan, stack, &vars) + &options_of(options);
        let hint = format!("look at the plan first (`{plan}`), then add --yes");
        Err(Self::impossible(hint))
    }

    /// Whether a person has agreed, or can be asked.
    pub(super) fn is_possible(&self, global: &Global, ui: &Ui) -> bool {
        self.yes || (ui.can_ask() && !global.json)
    }

    /// The refusal where nobody could be asked.
    pub(super) fn impossible(hint: String) -> Failure {
        Failure::usage("there is no terminal to ask for your consent", hint)
    }

    /// Refuses where nobody can be asked, once what would be done has been shown.
    pub(super) fn check_after_showing(&self, global: &Global, ui: &Ui) -> Result<(), Failure> {
        if self.is_possible(global, ui) { Ok(()) } else { Err(Self::impossible("add --yes".to_owned())) }
    }

    /// Asks, if it must. `false`: no.
    pub(super) fn given(&self, question: &str, ui: &Ui) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        let hint = "run the same command again, or add --yes".to_owned();
        let given = ui.confirm(question).map_err(|error| Failure::Missing { message: error.to_string(), hint })?;
        if !given {
            ui.note("Nothing was changed.");
        }
        Ok(given)
    }
}

/// Carries out `plan` and tells how it went. The first Ctrl-C or SIGTERM lets what is under way finish; the second leaves at once.
pub(super) async fn execute(
    global: &Global,
    prepared: &Prepared,
    plan: Plan,
    goal: Goal,
    ui: &Ui,
) -> (Summary, Arc<Plan>) {
    let started = Instant::now();
    let plan = Arc::new(plan);
    let stop = CancellationToken::new();
    let (events, incoming) = mpsc::unbounded_channel();
    // Where the signals can't be had, they end the process at once, which loses nothing either.
    if let Ok(interruptions) = Interruptions::listen() {
        tokio::spawn(interruptions.obey(stop.clone(), ui.clone()));
    }
    let parallelism = usize::from(global.parallelism);
    let run = apply::run(&prepared.cx, prepared.stack.clone(), plan.clone(), parallelism, stop.clone(), events);
    let (summary, ()) = tokio::join!(run, ui.follow(&plan, &prepared.file, incoming));
    stop.cancel();
    let outputs = prepared.outputs(&summary.known);
    ui.summary(&plan, goal, &summary, started.elapsed(), &outputs);
    (summary, plan)
}
