//! `cloud101 validate`.

use std::process::ExitCode;

use clap::Args;

use crate::ui::Ui;

use super::failure::Failure;
use super::{Global, StackArgument, prepare};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, file) = prepare::stack(global, &arguments.stack, ui)?;
    ui.sound(&file, &stack);
    Ok(ExitCode::SUCCESS)
}
