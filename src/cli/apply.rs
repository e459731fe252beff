//! `cloud101 apply`.

use std::process::ExitCode;

use clap::Args;

use crate::plan::decide::{Goal, Options};
use crate::resource::Address;
use crate::ui::Ui;

use super::failure::Failure;
use super::prepare::prepare;
use super::run::{Consent, Patience, execute};
use super::{EXIT_FAILURE, Global, Selection, StackArgument, next_steps};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    #[command(flatten)]
    selection: Selection,
    /// Replace this resource even if nothing requires it; may be repeated
    #[arg(long, value_name = "RESOURCE")]
    replace: Vec<String>,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    arguments.consent.check(global, ui)?;
    let options = Options {
        targets: arguments.selection.addresses().collect(),
        replace: arguments.replace.iter().map(|text| Address::parse(text)).collect(),
        empty_buckets: false,
    };
    let named = options.targets.iter().chain(&options.replace);
    let mut prepared = prepare(global, &arguments.stack, named, ui).await?;
    prepared.cx.is_patient = arguments.patience.wait;
    let plan = prepared.plan_to_apply(&options, ui).await?;
    ui.planned(&plan, Goal::Apply, prepared.view(global, None));
    if !plan.is_empty() && !arguments.consent.given("Do you want to apply these changes?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    let (summary, plan) = execute(global, &prepared, plan, Goal::Apply, ui).await;
    if !summary.is_complete() {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    ui.next_steps(&next_steps::all(global, &arguments.stack, &prepared.cx.place, &plan, &summary.known));
    Ok(ExitCode::SUCCESS)
}
