//! `cloud101 adopt`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::plan::options::{Goal, Options};
use crate::resource::Address;
use crate::ui::Ui;

use super::choices::{Consent, Length};
use super::copies::one_of_copies;
use super::failure::Failure;
use super::prepare::prepare;
use super::{EXIT_FAILURE, Global, StackArgument, run};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The logical name of the resource in the stack
    #[arg(value_name = "RESOURCE")]
    address: String,
    /// The live resource to adopt: its name or id in AWS
    id: String,
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(value_name = "STACK")]
    stack: Option<PathBuf>,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let address = Address::parse(&arguments.address);
    let stack = StackArgument { stack: arguments.stack.clone() };
    let prepared = prepare(global, &stack, [&address], ui).await?;
    let all: Vec<_> = prepared.session.stack().resources.iter().map(|declared| &declared.address).collect();
    if let Some(failure) = one_of_copies(&all, &arguments.address) {
        return Err(failure);
    }
    let ids = [(address, arguments.id.clone())].into();
    let plan = prepared.reading(prepared.session.adopt(&ids), ui).await?;
    ui.unseen(&plan.unseen);
    ui.planned(&plan, Goal::Apply, prepared.view(global, None, arguments.length));
    run::can_hand_out(&prepared, &plan, ui)?;
    if !arguments.consent.given("Do you want to adopt it, with these changes?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    run::to_apply(global, &stack, &prepared, plan, &Options::default(), ui).await
}
