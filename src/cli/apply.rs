//! `cloud101 apply`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::plan::options::{Goal, Options};
use crate::resource::Address;
use crate::session::Planned;
use crate::ui::Ui;

use super::choices::{Consent, Length, Patience};
use super::failure::Failure;
use super::prepare::prepare;
use super::{EXIT_FAILURE, Global, Leaving, Selection, StackArgument, run, saved, saved_file};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/], or a plan saved by `plan --out`, which is
    /// applied without confirmation
    #[arg(value_name = "STACK|PLAN")]
    stack: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    leaving: Leaving,
    /// Replace this resource even if nothing requires it; may be repeated
    #[arg(long, value_name = "RESOURCE")]
    replace: Vec<String>,
    /// Also delete the contents of buckets that are deleted, including all versions
    #[arg(long)]
    empty_buckets: bool,
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
        leavers: arguments.leaving.leavers(),
        replace: arguments.replace.iter().map(|text| Address::parse(text)).collect(),
        empty_buckets: arguments.empty_buckets,
        ..Options::default()
    };
    if let Some(path) = &arguments.stack
        && let Some(plan) = saved_file::open(path)?
    {
        if options != Options::default() {
            let message = format!("`{}` is a saved plan; its actions are already fixed", path.display());
            return Err(Failure::usage(message, "remove these options, or make another plan with them"));
        }
        return saved::carry_out(global, path, &plan, &arguments.patience, arguments.length, ui).await;
    }
    let stack = StackArgument { stack: arguments.stack.clone() };
    let prepared = prepare(global, &stack, options.named(), ui).await?.patient(&arguments.patience);
    let Planned { plan, unplanned, .. } = prepared.plan(Goal::Apply, &options, ui).await?;
    ui.planned(&plan, Goal::Apply, prepared.view(global, None, arguments.length));
    // Before the question, so that it is known what is not done. Programs get it last.
    if !unplanned.is_empty() && !global.json {
        ui.trouble(&unplanned, &prepared.file);
    }
    if !plan.is_empty() && !arguments.consent.given("Do you want to apply these changes?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    run::to_apply(global, &stack, &prepared, plan, &options, ui).await
}
