//! `cloud101 completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::ui::Ui;

use super::Cli;
use super::failure::Failure;

/// Generate a shell completion script
///
/// For bash: cloud101 completions bash > ~/.local/share/bash-completion/completions/cloud101
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "cloud101", &mut script);
    ui.result(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
