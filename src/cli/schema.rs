//! `cloud101 schema`.

use std::process::ExitCode;

use clap::Args;

use crate::reference::stack_schema;
use crate::resource::Registry;
use crate::ui::Ui;

use super::failure::Failure;

/// Print the JSON Schema of a stack file, for editors
///
/// Put `# yaml-language-server: $schema=stack.schema.json` into the first line of a stack, and an editor with the YAML
/// language server (Visual Studio Code's YAML extension has it) completes and explains what stands there:
/// cloud101 schema > stack.schema.json
///
/// It is the schema itself, with --json and without.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    ui.result(&format!("{:#}\n", stack_schema(&Registry::builtin())));
    Ok(ExitCode::SUCCESS)
}
