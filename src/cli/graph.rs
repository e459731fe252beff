//! `cloud101 graph`.

use std::process::ExitCode;

use clap::Args;

use crate::ui::{GraphFormat, Ui};

use super::failure::Failure;
use super::{Global, StackArgument, prepare};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    /// mermaid for Markdown and notebooks, dot for Graphviz, svg for any browser
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: GraphFormat,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, _) = prepare::stack(global, &arguments.stack, ui)?;
    ui.graph(&stack, arguments.format);
    Ok(ExitCode::SUCCESS)
}
