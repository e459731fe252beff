//! `cloud101 validate`.

use std::process::ExitCode;

use clap::Args;

use crate::ui::Ui;
use crate::ui::json::ValidateDocument;

use super::failure::Failure;
use super::{Global, StackArgument, prepare};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, file) = prepare::stack(global, &arguments.stack, ui)?;
    if global.json {
        ui.json(&ValidateDocument::sound(&file, &stack.name, stack.resources.len()));
    } else {
        let count = stack.resources.len();
        let resources = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
        ui.result(&format!("{file} is sound: stack {}, {resources}.\n", stack.name));
    }
    Ok(ExitCode::SUCCESS)
}
