//! `cloud101 destroy`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;

use crate::plan::Plan;
use crate::plan::observe::Trouble;
use crate::plan::options::{Goal, Options};
use crate::prove::Glance;
use crate::session::{Leftovers, Planned, Scope};
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
    let prepared = prepare(global, &arguments.stack, &options.targets, ui).await?.patient(&arguments.patience);
    let Planned { plan, unread } = prepared.plan(Goal::Destroy, &options, ui).await?;
    ui.planned(&plan, Goal::Destroy, prepared.view(global, None, arguments.length));
    if !plan.is_empty() && !arguments.consent.given("Do you want to delete all this?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    let scope = if arguments.prove { Scope::Everywhere } else { scope(&options) };
    carry_out(global, &prepared, plan, &options, unread, scope, ui).await
}

/// Where to look for leftovers where more is not asked for.
pub(super) fn scope(options: &Options) -> Scope {
    if options.targets.is_empty() { Scope::Services } else { Scope::Nowhere }
}

/// Does what was shown, and looks whether anything is left. `unread` is what could not be read before, and is told last.
pub(super) async fn carry_out(
    global: &Global,
    prepared: &Prepared,
    plan: Plan,
    options: &Options,
    unread: Vec<Trouble>,
    scope: Scope,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let watch = prepared.session.watch(&plan, scope).await;
    let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
    let spinner = match scope {
        Scope::Nowhere => None,
        Scope::Services => Some(ui.spinner("Looking for anything left")),
        Scope::Everywhere => Some(ui.spinner("Looking for anything left, in every region")),
    };
    let leftovers = prepared.session.leftovers(&ended.plan, watch).await;
    drop(spinner);
    let nothing_left = leftovers.is_nothing();
    match leftovers {
        Leftovers::NotLooked => {}
        Leftovers::Tagged { glance, troubles } => tell(global, prepared, &ended, (&glance, troubles), unread, ui)?,
        Leftovers::Proof(verdict) => {
            ui.proof(&verdict);
            if !unread.is_empty() {
                return Err(prepared.trouble(unread));
            }
        }
    }
    let is_done = ended.summary.is_complete() && nothing_left;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
}

/// Tells what still carries the stack's tag, and then what had to be looked at and could not. `unread` is what could not be
/// read before.
fn tell(
    global: &Global,
    prepared: &Prepared,
    ended: &Ended,
    (glance, mut troubles): (&Glance, Vec<Trouble>),
    unread: Vec<Trouble>,
    ui: &Ui,
) -> Result<(), Failure> {
    let file = StackArgument { stack: Some(prepared.file.clone().into()) };
    let command = |global: &Global| command_line(global, "destroy", &file, &prepared.session.stack().vars);
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
    ui.leftovers(glance, troubles.is_empty(), &commands);
    troubles.extend(unread);
    if troubles.is_empty() { Ok(()) } else { Err(prepared.trouble(troubles)) }
}
