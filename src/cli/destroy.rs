//! `cloud101 destroy`.

use std::process::ExitCode;

use clap::Args;

use crate::plan::observe::{Found, Trouble, is_of_no_service, list};
use crate::plan::options::{Goal, Options};
use crate::plan::{Action, Plan, Step};
use crate::prove::{self, Known};
use crate::ui::{Leftover, Ui};

use super::failure::Failure;
use super::prepare::{Prepared, prepare};
use super::run::{Consent, Ended, Length, Patience, execute};
use super::{EXIT_FAILURE, Global, Selection, StackArgument};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    #[command(flatten)]
    selection: Selection,
    /// Delete what is in the buckets too, with all versions
    #[arg(long)]
    empty_buckets: bool,
    /// Afterwards look in every region and for disks, snapshots, network interfaces and logs too, and show the evidence
    #[arg(long, conflicts_with = "target")]
    prove: bool,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let options = Options {
        targets: arguments.selection.addresses().collect(),
        empty_buckets: arguments.empty_buckets,
        ..Options::default()
    };
    let mut prepared = prepare(global, &arguments.stack, &options.targets, ui).await?;
    prepared.cx.is_patient = arguments.patience.wait;
    let (plan, unread) = prepared.plan_to_destroy(&options, ui).await?;
    ui.planned(&plan, Goal::Destroy, prepared.view(global, None, arguments.length));
    if !plan.is_empty() && !arguments.consent.given("Do you want to delete all this?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    let evidence = if arguments.prove { Look::Everywhere } else { Look::Services };
    carry_out(global, &prepared, plan, &options, unread, evidence, ui).await
}

/// Where it is looked for leftovers, after a destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// At every service, in the stack's region; not at all if only some of the stack was to go.
    Services,
    /// In every region, and for what carries no mark.
    Everywhere,
}

/// Does what was shown, and looks whether anything is left. `unread` is what could not be read before, and is told last.
pub(super) async fn carry_out(
    global: &Global,
    prepared: &Prepared,
    plan: Plan,
    options: &Options,
    unread: Vec<Trouble>,
    look: Look,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let known = match look {
        Look::Everywhere => Some(Known::before(&prepared.cx, &prepared.stack, &plan).await),
        Look::Services => None,
    };
    let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
    let nothing_left = match known {
        Some(known) => prove(prepared, &known, unread, ui).await?,
        None => !options.targets.is_empty() || look_for_leftovers(prepared, &ended, unread, ui).await?,
    };
    Ok(if ended.summary.is_complete() && nothing_left { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
}

/// Looks everywhere in the account. `unread` is what could not be read before, and is told last. The answer: whether it
/// is proven that nothing is left.
async fn prove(prepared: &Prepared, known: &Known, unread: Vec<Trouble>, ui: &Ui) -> Result<bool, Failure> {
    let spinner = ui.spinner("Looking for anything left, in every region");
    let evidence = prove::look(&prepared.cx).await;
    drop(spinner);
    let verdict = prove::verdict(evidence, known);
    ui.proof(&verdict);
    if !unread.is_empty() {
        return Err(prepared.trouble(unread));
    }
    Ok(verdict.is_proven())
}

/// Looks at every service for what still carries the stack's mark. `unread` is what could not be read before, and is
/// told last. The answer: whether nothing is left but what was to be kept.
async fn look_for_leftovers(
    prepared: &Prepared,
    ended: &Ended,
    unread: Vec<Trouble>,
    ui: &Ui,
) -> Result<bool, Failure> {
    let mut leftovers = Vec::new();
    let mut troubles = Vec::new();
    let spinner = ui.spinner("Looking for anything left");
    let answers = list(&prepared.cx).await;
    let is_answered = answers.iter().any(Result::is_ok);
    for answer in answers {
        match answer {
            Ok(found) => leftovers.extend(found.into_iter().map(|found| leftover(&ended.plan, found))),
            Err(trouble) if is_answered && is_of_no_service(&trouble, &prepared.stack) => {}
            Err(trouble) => troubles.push(trouble),
        }
    }
    drop(spinner);
    if !troubles.is_empty() {
        return Err(prepared.trouble(troubles));
    }
    ui.leftovers(&prepared.stack.name, &leftovers, ended.emptying.as_deref());
    if !unread.is_empty() {
        return Err(prepared.trouble(unread));
    }
    Ok(leftovers.iter().all(|leftover| leftover.kept.is_some()))
}

fn leftover(plan: &Plan, found: Found) -> Leftover {
    let same = |step: &&Step| step.kind.name() == found.kind.name() && step.id.as_ref() == Some(&found.owned.id);
    let kept = plan.steps.iter().find(same).and_then(|step| match &step.action {
        Action::Keep { because } => Some(because.clone()),
        _ => None,
    });
    Leftover {
        address: found.mark.address.to_string(),
        kind: found.kind.name().to_owned(),
        name: found.owned.name,
        id: found.owned.id,
        kept,
    }
}
