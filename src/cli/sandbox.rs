//! `cloud101 sandbox`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::sandbox::{Emulator, Running, Sandbox};
use crate::ui::Ui;
use crate::ui::json::SandboxDocument;

use super::failure::Failure;
use super::{EXIT_FAILURE, Global, program};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the emulators, installing them if necessary, and keep them running
    Start {
        /// Run until standard input ends or Ctrl-C, and remove everything
        #[arg(long)]
        foreground: bool,
    },
    /// Stop the emulators; their contents are lost
    Stop,
    /// Show whether they are running, and where
    Status,
    /// Delete their contents
    Reset,
    /// Print shell commands that point every AWS tool at the sandbox: eval "$(cloud101 sandbox env)"
    Env,
}

pub(super) async fn run(_global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let sandbox = Sandbox::default_location()?;
    let progress = |progress| ui.sandbox(progress);
    match arguments.command {
        Command::Start { foreground: false } => {
            let running = sandbox.start(&progress).await?;
            tell(&running, ui);
        }
        Command::Start { foreground: true } => {
            let ready = |running: &Running| tell(running, ui);
            sandbox.run_in_foreground(&progress, ready).await?;
        }
        Command::Stop => {
            let was_running = sandbox.stop().await?;
            ui.note(if was_running { "The sandbox is stopped." } else { "The sandbox was not running." });
        }
        Command::Status => match sandbox.status().await? {
            Some(running) => tell(&running, ui),
            None => {
                ui.note(&not_running(&sandbox.ended()));
                return Ok(ExitCode::from(EXIT_FAILURE));
            }
        },
        Command::Reset => {
            sandbox.reset().await?;
            ui.note("The sandbox is empty.");
        }
        Command::Env => {
            let running = sandbox.start(&progress).await?;
            match ui.is_json() {
                true => ui.json(&SandboxDocument::with_environment(&running)),
                false => ui.result(&running.environment().to_shell()),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(running: &Running, ui: &Ui) {
    if ui.is_json() {
        return ui.json(&SandboxDocument::of(running));
    }
    let mut text = String::from("The sandbox is running:\n");
    for one in &running.emulators {
        text.push_str(&format!(
            "  {:<10} {:<8} http://127.0.0.1:{}   {}\n",
            one.emulator.to_string(),
            one.version,
            one.port,
            one.log.display()
        ));
    }
    text.push_str(&format!("Point every AWS tool in this shell at it: eval \"$({} sandbox env)\"\n", program()));
    ui.result(&text);
}

/// `ended` are the emulators that have exited although the sandbox was not stopped.
fn not_running(ended: &[Emulator]) -> String {
    match ended.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice() {
        [] => "The sandbox is not running.".to_owned(),
        names => format!("The sandbox is not running: {} had stopped. It starts again empty.", names.join(" and ")),
    }
}
