//! `cloud101 apply`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::plan::options::{Goal, Options};
use crate::resource::Address;
use crate::session::Planned;
use crate::ui::Ui;

use super::choices::{Consent, Credentials, Length, Patience};
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
    #[arg(long, value_name = "RESOURCE", value_parser = super::arguments::address)]
    replace: Vec<String>,
    /// Create the credentials of this user again, whose hand-out was lost, and end the ones there are; may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = super::arguments::address)]
    renew: Vec<String>,
    /// Also delete the contents of buckets that are deleted, including all versions
    #[arg(long)]
    empty_buckets: bool,
    #[command(flatten)]
    credentials: Credentials,
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
        renew: arguments.renew.iter().map(|text| Address::parse(text)).collect(),
        empty_buckets: arguments.empty_buckets,
        ..Options::default()
    };
    if let Some(path) = &arguments.stack
        && let Some(plan) = saved_file::open(global, path)?
    {
        if options != Options::default() {
            let message = format!("`{}` is a saved plan; its actions are already fixed", path.display());
            return Err(Failure::usage(message, "remove these options, or make another plan with them"));
        }
        let choices = saved::Choices {
            credentials: &arguments.credentials,
            length: arguments.length,
            patience: &arguments.patience,
        };
        return saved::carry_out(global, path, &plan, &choices, ui).await;
    }
    let stack = StackArgument { stack: arguments.stack.clone() };
    let prepared = prepare(global, &stack, options.named(), ui).await?;
    let prepared = prepared.patient(&arguments.patience).handing_out(&arguments.credentials);
    let Planned { plan, unplanned, .. } = prepared.plan(Goal::Apply, &options, ui).await?;
    ui.planned(&plan, Goal::Apply, prepared.view(global, None, arguments.length));
    // Before the question, so that it is known what is not done. Programs get it last.
    if !unplanned.is_empty() && !global.json {
        ui.trouble(&unplanned, &prepared.file);
    }
    run::can_hand_out(&prepared, &plan, ui)?;
    if !plan.is_empty() && !arguments.consent.given("Do you want to apply these changes?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    run::to_apply(global, &stack, &prepared, plan, &options, ui).await
}
