//! `cloud101 destroy`.

use std::process::ExitCode;

use clap::Args;

use crate::plan::options::{Goal, Options};
use crate::session::{Planned, Scope};
use crate::ui::Ui;

use super::choices::{Consent, Length, Patience};
use super::failure::Failure;
use super::prepare::prepare;
use super::{EXIT_FAILURE, Global, Selection, StackArgument, run};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    #[command(flatten)]
    selection: Selection,
    /// Also delete the contents of the buckets, including all versions
    #[arg(long)]
    empty_buckets: bool,
    /// Afterwards search every region, including disks, snapshots, network interfaces and logs, and show the evidence
    #[arg(long, conflicts_with_all = ["target", "only"])]
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
        only: arguments.selection.keys(),
        empty_buckets: arguments.empty_buckets,
        ..Options::default()
    };
    let prepared = prepare(global, &arguments.stack, &options.targets, ui).await?.patient(&arguments.patience);
    let Planned { plan, unplanned: unread, .. } = prepared.plan(Goal::Destroy, &options, ui).await?;
    ui.planned(&plan, Goal::Destroy, prepared.view(global, None, arguments.length));
    if !plan.is_empty() && !arguments.consent.given("Do you want to delete these resources?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    let scope = if arguments.prove { Scope::Everywhere } else { run::scope(&options) };
    run::to_destroy(global, &prepared, plan, &options, unread, scope, ui).await
}
