//! `cloud101 schema`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::reference::{schema_with_rosters, stack_schema};
use crate::resource::Registry;
use crate::stack;
use crate::ui::Ui;

use super::failure::Failure;

/// Print the JSON Schema of stack files, for editors
///
/// Put `# yaml-language-server: $schema=stack.schema.json` into the first line of a stack, and an editor with the YAML
/// language server (included in Visual Studio Code's YAML extension) completes and explains the file:
/// cloud101 schema > stack.schema.json
///
/// With a stack file, the editor also completes the names of its rosters and, in texts, their columns:
/// cloud101 schema class.yaml > stack.schema.json
///
/// The output is the same with and without --json.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A stack file, whose rosters are completed as well; the rest of it may be unfinished
    #[arg(value_name = "STACK")]
    stack: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let registry = Registry::builtin();
    let schema = match &arguments.stack {
        Some(file) => schema_with_rosters(&registry, &stack::rosters(file)?),
        None => stack_schema(&registry),
    };
    ui.result(&format!("{schema:#}\n"));
    Ok(ExitCode::SUCCESS)
}
