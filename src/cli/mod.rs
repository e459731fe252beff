//! The command line: one file per command, each its arguments and one function.

mod adopt;
mod apply;
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
mod unchecked;
mod validate;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::aws::command::quoted;
use crate::aws::{settings, wait};
use crate::plan::options::{self, Leavers};
use crate::resource::Address;
use crate::resource::ec2::instance::State;
use crate::sandbox::is_access_key;
use crate::stack::Var;
use crate::stack::words::{is_region, region_hint};
use crate::ui::{Color, Options, Ui, crash};

use failure::Failure;
use watched::Watched;

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

/// How many resources are processed at once unless a person says otherwise.
const PARALLELISM: u16 = 20;

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Use emulators on this computer instead of AWS: no account, no costs
    #[arg(long, global = true, conflicts_with_all = ["endpoint_url", "profile"])]
    sandbox: bool,
    /// Send requests to this address instead of AWS
    #[arg(long, global = true, value_name = "URL", value_parser = url)]
    endpoint_url: Option<String>,
    /// The region, overriding the file's
    #[arg(long, global = true, value_parser = region)]
    region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, global = true)]
    profile: Option<String>,
    /// Set a variable of the stack; may be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    var: Vec<(String, String)>,
    /// Treat warnings as errors
    #[arg(long, global = true)]
    strict: bool,
    /// A folder outside the stack file's own that paths in the file may point to; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "CLOUD101_ALLOW_OUTSIDE",
        value_delimiter = ':',
        hide_env_values = true
    )]
    allow_outside: Vec<PathBuf>,
    /// A file that may be uploaded although it looks like a credential or a private key; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CLOUD101_ALLOW_FILE",
        value_delimiter = ':',
        hide_env_values = true
    )]
    allow_file: Vec<PathBuf>,
    /// Print JSON to standard output, including errors: one document, or one event per line for apply, adopt, destroy,
    /// logs, start and stop
    #[arg(long, global = true)]
    json: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    color: Color,
    /// How many resources to process at once
    #[arg(long, global = true, value_name = "N", default_value_t = PARALLELISM, value_parser = clap::value_parser!(u16).range(1..=100))]
    parallelism: u16,
    /// Print more to standard error; twice: every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// The sandbox, once the command uses it
    #[arg(skip)]
    watched: Watched,
}

/// The stack file, for the commands that need one.
#[derive(Debug, Clone, Args)]
struct StackArgument {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(value_name = "STACK")]
    stack: Option<PathBuf>,
}

/// The stack file, for the commands whose first argument is something else.
#[derive(Debug, Clone, Args)]
struct StackOption {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(long = "stack", value_name = "STACK")]
    stack: Option<PathBuf>,
}

impl StackOption {
    fn argument(&self) -> StackArgument {
        StackArgument { stack: self.stack.clone() }
    }

    /// Refuses a stack file where the name of `what` is to stand, as it is the first argument of most commands.
    fn check_name(&self, name: &str, what: &str) -> Result<(), Failure> {
        if self.stack.is_some() || !is_stack_file(name) {
            return Ok(());
        }
        let message = format!("`{name}` is a file, but this argument is the name of {what}");
        Err(Failure::usage(message, format!("the stack file goes after --stack: `--stack {}`", quoted(name))))
    }
}

/// Which resources, for the commands that change something.
#[derive(Debug, Clone, Args)]
struct Selection {
    /// Only this resource and what it depends on (destroy: what depends on it); may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = address)]
    target: Vec<String>,
    /// Only the copies for these keys of a roster, and what they depend on (destroy: what depends on them)
    #[arg(long, value_name = "KEY,…", value_parser = key_list, conflicts_with = "target")]
    only: Vec<KeyList>,
}

/// What becomes of the copies of those who left a roster, for the commands that apply.
#[derive(Debug, Clone, Args)]
struct Leaving {
    /// Delete the copies for these keys, which are no longer in the roster or left out by `when:`
    #[arg(long, value_name = "KEY,…", value_parser = key_list, conflicts_with_all = ["target", "only"])]
    remove: Vec<KeyList>,
    /// Delete the copies of all who are no longer in their roster
    #[arg(long, conflicts_with_all = ["target", "only"])]
    remove_absent: bool,
    /// Even if --remove-absent, or a `when:`, deletes what more than a quarter of a roster has
    #[arg(long)]
    even_if_many: bool,
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

/// Whether a word of the command line is the name of a stack file, wherever it stands.
fn is_stack_file(word: &str) -> bool {
    word.ends_with(".yaml") || word.ends_with(".yml")
}

/// The name by which the person called this program, for commands to type next.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "cloud101".to_owned())
}

/// The command line of another command for the same stack, to be typed next. `vars` are the stack's variables: only
/// the values of those that are known not to be secret are in it.
fn command_line(global: &Global, command: &str, stack: &StackArgument, vars: &BTreeMap<String, Var>) -> String {
    let mut words = vec![quoted(&program())];
    if global.sandbox {
        words.push("--sandbox".to_owned());
    }
    let options =
        [("--endpoint-url", &global.endpoint_url), ("--region", &global.region), ("--profile", &global.profile)];
    for (option, value) in options {
        words.extend(value.iter().map(|value| format!("{option} {}", quoted(value))));
    }
    for (option, paths) in [("--allow-outside", &global.allow_outside), ("--allow-file", &global.allow_file)] {
        words.extend(paths.iter().map(|path| format!("{option} {}", quoted(&path.display().to_string()))));
    }
    words.extend(global.var.iter().map(|(name, value)| match vars.get(name) {
        Some(var) if !var.secret => format!("--var {}", quoted(&format!("{name}={value}"))),
        _ => format!("--var {name}=…"),
    }));
    if global.parallelism != PARALLELISM {
        words.push(format!("--parallelism {}", global.parallelism));
    }
    if global.strict {
        words.push("--strict".to_owned());
    }
    words.push(command.to_owned());
    words.extend(stack.stack.iter().map(|path| quoted(&path.display().to_string())));
    words.join(" ")
}

/// The same options on a command line, each after a space.
fn options_of(options: &options::Options) -> String {
    let mut words = String::new();
    for (option, addresses) in
        [("--target", &options.targets), ("--replace", &options.replace), ("--renew", &options.renew)]
    {
        words.extend(addresses.iter().map(|address| format!(" {option} {}", quoted(&address.to_string()))));
    }
    let leavers = &options.leavers;
    for (option, keys) in [("--only", &options.only), ("--remove", &leavers.remove)] {
        if !keys.is_empty() {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            words.extend([format!(" {option} "), quoted(&keys.join(","))]);
        }
    }
    let switches = [
        (leavers.remove_absent, " --remove-absent"),
        (leavers.even_if_many, " --even-if-many"),
        (options.empty_buckets, " --empty-buckets"),
    ];
    words.extend(switches.iter().filter(|(is_set, _)| *is_set).map(|(_, switch)| *switch));
    words
}

fn url(text: &str) -> Result<String, String> {
    match text.starts_with("http://") || text.starts_with("https://") {
        true => Ok(text.to_owned()),
        false => Err("it must begin with http:// or https://".to_owned()),
    }
}

fn region(text: &str) -> Result<String, String> {
    if is_region(text) { Ok(text.to_owned()) } else { Err(region_hint(text)) }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

/// The keys that one option names, at least one.
type KeyList = BTreeSet<String>;

/// Keys as a person lists them, with spaces and a comma at the end. None at all, as from a variable of a script that is not
/// set, would mean everything.
fn key_list(text: &str) -> Result<KeyList, String> {
    let keys: KeyList = text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    if keys.is_empty() { Err("it names no key".to_owned()) } else { Ok(keys) }
}

fn keys(listed: &[KeyList]) -> BTreeSet<String> {
    listed.iter().flatten().cloned().collect()
}

/// The address of a resource, which is not empty.
fn address(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it names no resource".to_owned()) } else { Ok(text.to_owned()) }
}

impl Leaving {
    fn leavers(&self) -> Leavers {
        Leavers { remove: keys(&self.remove), remove_absent: self.remove_absent, even_if_many: self.even_if_many }
    }
}

impl Selection {
    fn keys(&self) -> BTreeSet<String> {
        keys(&self.only)
    }

    fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.target.iter().map(|text| Address::parse(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_to_type_next_shows_no_secret() {
        let words = ["cloud101", "--var", "sender=ana@example.edu", "--var", "token=xyzzy", "--var", "why=a b", "plan"];
        let global = Cli::try_parse_from(words).expect("a command line").global;
        let var = |secret| Var { value: String::new(), secret, default: None };
        let vars =
            [("sender", false), ("token", true), ("why", false)].map(|(name, secret)| (name.into(), var(secret)));
        let line = |vars: BTreeMap<_, _>| command_line(&global, "apply", &StackArgument { stack: None }, &vars);
        let shown = line(vars.into());
        assert!(shown.ends_with(" --var sender=ana@example.edu --var token=… --var 'why=a b' apply"), "{shown}");
        let unknown = line(BTreeMap::new());
        assert!(unknown.ends_with(" --var sender=… --var token=… --var why=… apply"), "{unknown}");
    }

    #[test]
    fn regions_are_checked() {
        for (text, hint) in [("", "us-east-1"), ("x/y", "us-east-1"), ("us-east-1a", "write `us-east-1`")] {
            assert!(region(text).unwrap_err().contains(hint), "{text}");
        }
        assert_eq!(region("eu-central-1").as_deref(), Ok("eu-central-1"));
    }
}
