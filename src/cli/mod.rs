//! The command line: one file per command, each its arguments and one function.

mod adopt;
mod apply;
mod arguments;
mod choices;
mod completions;
mod connect;
mod copies;
mod destroy;
mod doctor;
mod explain;
mod failure;
mod fmt;
mod function;
mod graph;
mod handout;
mod host;
mod import;
mod init;
mod interruption;
mod invoke;
mod logging;
mod logs;
mod man;
mod misuse;
mod new_files;
mod next_steps;
mod out_file;
mod output;
mod plan;
mod power;
mod prepare;
mod run;
mod sandbox;
mod saved;
mod saved_file;
mod schema;
mod show;
mod ssh;
mod typed;
mod unchecked;
mod validate;
mod watched;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::aws::{settings, wait};
use crate::resource::ec2::instance::State;
use crate::sandbox::is_access_key;
use crate::ui::{Options, Ui, crash};

use arguments::{Global, KeyList, Leaving, Selection, StackArgument, StackOption, is_stack_file, keys};
use failure::Failure;
use typed::{command_line, options_of, program};

/// What the process answers when it could not do what was asked.
const EXIT_FAILURE: u8 = 1;
/// With `--detailed-exitcode`: there are changes.
const EXIT_CHANGES: u8 = 2;
/// The command line itself makes no sense (sysexits' EX_USAGE).
const EXIT_USAGE: u8 = 64;

/// Provision the cloud resources of a class from one YAML file.
///
/// There is no state file: the stack's ownership tags on the resources in the account are the state.
#[derive(Debug, Parser)]
#[command(name = "cloud101", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what an apply would change, without changing anything
    Plan(plan::Arguments),
    /// Create or update resources to match the stack
    Apply(apply::Arguments),
    /// Delete the stack's resources, and check that nothing is left
    Destroy(destroy::Arguments),
    /// Adopt a live resource as a resource of the stack
    Adopt(adopt::Arguments),
    /// Write a stack file from live resources
    Import(import::Arguments),
    /// Show live resources, or a saved plan
    Show(show::Arguments),
    /// Check a stack file without asking AWS
    Validate(validate::Arguments),
    /// Show the stack's outputs, or one of them for a script
    Output(output::Arguments),
    /// Write what the stack hands out: cards to print, a table, or a file for each person
    Handout(handout::Arguments),
    /// Invoke a function of the stack and show its result
    Invoke(invoke::Arguments),
    /// Show the log of a function of the stack
    Logs(logs::Arguments),
    /// Open a shell on an instance of the stack through Session Manager, without a key
    Connect(connect::Arguments),
    /// Log in to an instance of the stack with ssh
    Ssh(ssh::Arguments),
    /// Stop all instances of the stack, for example between classes
    Stop(power::Arguments),
    /// Start all instances of the stack again
    Start(power::Arguments),
    /// Diagnose problems with credentials, region, clock, permissions and programs, without changing anything
    Doctor(doctor::Arguments),
    /// Print the dependency graph, without asking AWS
    Graph(graph::Arguments),
    /// Create a small commented stack to start from, without overwriting anything
    Init(init::Arguments),
    /// Format a stack file; comments are kept
    Fmt(fmt::Arguments),
    Schema(schema::Arguments),
    /// Manage the emulators behind --sandbox
    Sandbox(sandbox::Arguments),
    /// Explain an error code, with an example
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misuse::tell(error),
    };
    let global = &cli.global;
    let ui = Ui::new(Options { color: global.color, json: global.json, verbosity: global.verbose });
    // A variable that is not text is not an address either.
    let variables =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    ui.hide(settings::passwords(global.endpoint_url.as_deref(), variables));
    if !matches!(cli.command, Command::Sandbox(_)) {
        // In a shell that `sandbox env` led to the sandbox, it is used without `--sandbox`, too.
        ui.hide(std::env::var("AWS_ACCESS_KEY_ID").ok().filter(|key| is_access_key(key)));
    }
    crash::tell(global.json);
    logging::start(global.verbose, &ui);
    let outcome = runtime(&cli.command).and_then(|runtime| {
        // On the heap, because it is large and moved about. Whatever a command does, it says what it waits for.
        let command = Box::pin(wait::with_progress(ui.waits(), carry_out(&cli, &ui)));
        runtime.block_on(global.watched.beside(command, &ui))
    });
    let code = outcome.unwrap_or_else(|failure| failure.tell(&ui));
    if ui.flush_failed() { code } else { ExitCode::from(EXIT_FAILURE) }
}

/// What the command runs on. One that makes no calls is done before further threads would have started.
fn runtime(command: &Command) -> Result<Runtime, Failure> {
    let mut builder = match command {
        Command::Validate(_) | Command::Graph(_) | Command::Explain(_) | Command::Init(_) | Command::Fmt(_) => {
            Builder::new_current_thread()
        }
        Command::Schema(_) | Command::Completions(_) | Command::Man(_) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build().map_err(|error| Failure::Missing {
        message: format!("this computer can't start another thread: {error}"),
        hint: "`ulimit -u` shows the limit for processes and threads: end some, or have it raised".to_owned(),
    })
}

/// Carries out the command.
async fn carry_out(cli: &Cli, ui: &Ui) -> Result<ExitCode, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Plan(arguments) => plan::run(global, arguments, ui).await,
        Command::Apply(arguments) => apply::run(global, arguments, ui).await,
        Command::Destroy(arguments) => destroy::run(global, arguments, ui).await,
        Command::Adopt(arguments) => adopt::run(global, arguments, ui).await,
        Command::Import(arguments) => import::run(global, arguments, ui).await,
        Command::Show(arguments) => show::run(global, arguments, ui).await,
        Command::Validate(arguments) => validate::run(global, arguments, ui).await,
        Command::Output(arguments) => output::run(global, arguments, ui).await,
        Command::Handout(arguments) => handout::run(global, arguments, ui).await,
        Command::Invoke(arguments) => invoke::run(global, arguments, ui).await,
        Command::Logs(arguments) => logs::run(global, arguments, ui).await,
        Command::Connect(arguments) => connect::run(global, arguments, ui).await,
        Command::Ssh(arguments) => ssh::run(global, arguments, ui).await,
        Command::Stop(arguments) => power::run(global, arguments, State::Stopped, ui).await,
        Command::Start(arguments) => power::run(global, arguments, State::Running, ui).await,
        Command::Doctor(arguments) => doctor::run(global, arguments, ui).await,
        Command::Graph(arguments) => graph::run(global, arguments, ui).await,
        Command::Explain(arguments) => explain::run(arguments, ui),
        Command::Init(arguments) => init::run(arguments, ui),
        Command::Fmt(arguments) => fmt::run(arguments, ui),
        Command::Schema(arguments) => schema::run(arguments, ui),
        Command::Completions(arguments) => completions::run(arguments, ui),
        Command::Man(arguments) => man::run(arguments, ui),
        Command::Sandbox(arguments) => sandbox::run(global, arguments, ui).await,
    }
}
