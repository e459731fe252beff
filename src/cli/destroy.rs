//! `cloud101 destroy`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;

use crate::plan::Plan;
use crate::plan::observe::Trouble;
use crate::plan::options::{Goal, Options};
use crate::prove::{self, Elsewhere, Here, Known, elsewhere, glance, here};
use crate::ui::{Commands, Ui};

use super::failure::Failure;
use super::prepare::{Prepared, prepare};
use super::run::{Consent, Ended, Length, Patience, execute};
use super::{EXIT_FAILURE, Global, Selection, StackArgument, command_line};

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
    /// At every service in the stack's region, and at what carries its tag in others; not at all if only some of the
    /// stack was to go.
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
    let known = Known::of(&prepared.cx.place, &prepared.stack, &plan);
    let (is_complete, nothing_left) = match look {
        Look::Everywhere => {
            let known = known.with_disks(&prepared.cx).await;
            let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
            (ended.summary.is_complete(), prove(prepared, &known, unread, ui).await?)
        }
        Look::Services if !options.targets.is_empty() => {
            let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
            (ended.summary.is_complete(), true)
        }
        Look::Services => {
            // Nothing is changed in other regions, so that they can be looked at meanwhile.
            let cx = prepared.cx.clone();
            let services = here::services(&prepared.stack, &plan);
            let elsewhere = tokio::spawn(async move { elsewhere::look(&cx, &services).await });
            let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
            let spinner = ui.spinner("Looking for anything left");
            let (elsewhere, here) =
                tokio::join!(elsewhere, here::look(&prepared.cx, &prepared.stack, &ended.plan, &known));
            drop(spinner);
            let elsewhere = elsewhere.unwrap_or_default();
            (ended.summary.is_complete(), tell(global, prepared, &ended, &known, (here, elsewhere), unread, ui)?)
        }
    };
    Ok(if is_complete && nothing_left { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
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

/// Tells what still carries the stack's tag. `unread` is what could not be read before, and is told last. The answer:
/// whether nothing is left but what was to be kept.
fn tell(
    global: &Global,
    prepared: &Prepared,
    ended: &Ended,
    known: &Known,
    (mut here, elsewhere): (Here, Elsewhere),
    unread: Vec<Trouble>,
    ui: &Ui,
) -> Result<bool, Failure> {
    let mut troubles = std::mem::take(&mut here.troubles);
    let glance = glance::glance(&prepared.cx.place, &ended.plan, known, here, elsewhere);
    let file = StackArgument { stack: Some(prepared.file.clone().into()) };
    let command = |global: &Global| command_line(global, "destroy", &file, &prepared.stack.vars);
    let places: BTreeSet<_> = glance.left().filter_map(|one| one.region.clone()).collect();
    let in_region = |region: String| {
        let there = Global { region: Some(region.clone()), ..global.clone() };
        (region, command(&there))
    };
    let commands = Commands {
        emptying: ended.emptying.clone(),
        proof: format!("{} --prove", command(global)),
        elsewhere: places.into_iter().map(in_region).collect(),
    };
    ui.leftovers(&glance, troubles.is_empty(), &commands);
    troubles.extend(unread);
    if !troubles.is_empty() {
        return Err(prepared.trouble(troubles));
    }
    Ok(glance.left().next().is_none())
}
