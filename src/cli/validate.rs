//! `cloud101 validate`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

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
    if global.json {
        ui.json(&json!({ "valid": true, "file": file, "stack": stack.name, "resources": stack.resources.len() }));
    } else {
        let count = stack.resources.len();
        let resources = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
        ui.result(&format!("{file} is sound: stack {}, {resources}.\n", stack.name));
    }
    Ok(ExitCode::SUCCESS)
}
