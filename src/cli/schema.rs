//! `cloud101 schema`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::aws::command::quoted;
use crate::reference::{schema_with_rosters, stack_schema};
use crate::resource::Registry;
use crate::stack::{self, Roster, find};
use crate::ui::Ui;

use super::failure::Failure;
use super::program;

/// What the schema's file is called in the documents.
const FILE: &str = "stack.schema.json";

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
        Some(file) => schema_with_rosters(&registry, &rosters(file)?),
        None => stack_schema(&registry),
    };
    ui.result(&format!("{schema:#}\n"));
    Ok(ExitCode::SUCCESS)
}

/// The rosters of a stack file, of which the rest may be unfinished.
fn rosters(file: &Path) -> Result<BTreeMap<String, Roster>, Failure> {
    let redirect = |name: &str| format!("without a stack file it is `{} schema > {name}`", quoted(&program()));
    let is_output = file.extension().is_some_and(|ending| ending == "json");
    let path = find::find(Some(file)).map_err(|error| match is_output {
        true => Failure::Missing {
            message: error.message,
            hint: format!("the schema goes to standard output: {}", redirect(&quoted(&file.display().to_string()))),
        },
        false => Failure::Missing { message: error.message, hint: format!("{}; {}", error.hint, redirect(FILE)) },
    })?;
    if !stack::load::looks_like_one(&path) {
        let message = format!("`{}` is not a stack file", path.display());
        let hint = format!("name the file of a stack, which has `resources:` or `rosters:`; {}", redirect(FILE));
        return Err(Failure::Missing { message, hint });
    }
    Ok(stack::rosters(&path)?)
}
