//! `cloud101 schema`.

use std::process::ExitCode;

use clap::Args;

use crate::reference::stack_schema;
use crate::resource::Registry;
use crate::ui::Ui;

use super::failure::Failure;

/// Print the JSON Schema of stack files, for editors
///
/// Put `# yaml-language-server: $schema=stack.schema.json` into the first line of a stack, and an editor with the YAML
/// language server (included in Visual Studio Code's YAML extension) completes and explains the file:
/// cloud101 schema > stack.schema.json
///
/// The output is the same with and without --json.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    ui.result(&format!("{:#}\n", stack_schema(&Registry::builtin())));
    Ok(ExitCode::SUCCESS)
}
