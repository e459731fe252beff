//! `cloud101 stop` and `cloud101 start`.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::operate::power::{Machine, bring, machines};
use crate::plan::desired::KnownAttributes;
use crate::plan::observe::PlanError;
use crate::plan::options::Options;
use crate::resource::Address;
use crate::resource::ec2::instance::{KIND, State};
use crate::stack::ResourceConfig;
use crate::suggest;
use crate::ui::Ui;
use crate::ui::keyless::people;

use super::choices::Consent;
use super::copies::name_hint_to_change;
use super::failure::Failure;
use super::prepare::{self, Prepared};
use super::{EXIT_FAILURE, Global, StackArgument, command_line, keys, options_of};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    /// Only this instance, or all copies of it; may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = crate::cli::arguments::address)]
    target: Vec<String>,
    /// Only the copies for these keys of a roster
    #[arg(long, value_name = "KEY,…", value_parser = crate::cli::arguments::key_list, conflicts_with = "target")]
    only: Vec<crate::cli::KeyList>,
    #[command(flatten)]
    consent: Consent,
}

impl Arguments {
    /// Whether only some of the stack's instances are meant.
    fn is_selective(&self) -> bool {
        !self.target.is_empty() || !keys(&self.only).is_empty()
    }

    /// The same choice for another command line.
    fn selection(&self) -> String {
        options_of(&Options {
            targets: self.target.iter().map(|text| Address::parse(text)).collect(),
            only: keys(&self.only),
            ..Options::default()
        })
    }

    /// Those of the stack's instances that are meant.
    fn chosen(&self, mut machines: Vec<Machine>) -> Result<Vec<Machine>, Failure> {
        let keys = keys(&self.only);
        let targets: Vec<_> = self.target.iter().map(|text| Address::parse(text)).collect();
        let has_key = |machine: &Machine, key: &String| machine.address.key.as_ref() == Some(key);
        let is_target = |machine: &Machine, target: &Address| target.includes(&machine.address);
        let key = keys.iter().find(|key| !machines.iter().any(|machine| has_key(machine, key)));
        let target = targets.iter().find(|target| !machines.iter().any(|machine| is_target(machine, target)));
        let there: Vec<_> = machines.iter().map(|machine| &machine.address).collect();
        if let Some(what) = key.cloned().or(target.map(Address::to_string)) {
            let message = format!("the stack has no instance `{what}` in the account");
            let all = || there.iter().map(ToString::to_string).collect::<Vec<_>>();
            let hint = match key {
                Some(key) => match suggest::same_key(key, there.iter().filter_map(|address| address.key.as_deref())) {
                    Some(near) => format!("did you mean `--only {near}`?"),
                    None => format!("it has: {}", suggest::list(&all())),
                },
                None => name_hint_to_change(&there, &what),
            };
            return Err(Failure::usage(message, hint));
        }
        if !keys.is_empty() || !targets.is_empty() {
            machines.retain(|machine| {
                keys.iter().any(|key| has_key(machine, key)) || targets.iter().any(|target| is_target(machine, target))
            });
        }
        Ok(machines)
    }
}

pub(super) async fn run(global: &Global, arguments: &Arguments, to: State, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, file) = prepare::stack(global, &arguments.stack, ui)?;
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let spinner = ui.spinner("Looking for instances");
    let named: Vec<_> = prepared.session.stack().resources.iter().map(|declared| declared.address.clone()).collect();
    let all = machines(prepared.session.cx(), &named).await?;
    drop(spinner);
    let all = arguments.chosen(all)?;
    let todo: Vec<_> = all.iter().filter(|machine| machine.state != word(to)).cloned().collect();
    if todo.is_empty() {
        ui.note(&match all.len() {
            0 => format!(
                "The stack {} has no instance in {}.",
                prepared.session.stack().name,
                prepared.session.place().region
            ),
            _ if arguments.is_selective() => {
                let addresses: Vec<_> = all.iter().map(|machine| machine.address.to_string()).collect();
                let verb = if all.len() == 1 { "is" } else { "are" };
                format!("Nothing to do: {} {verb} {} already.", people(&addresses), word(to))
            }
            1 => format!("Nothing to do: the stack's instance is {} already.", word(to)),
            n => format!("Nothing to do: all {n} instances of the stack are {} already.", word(to)),
        });
    } else {
        ui.powering(to, &todo);
        let verb = if to == State::Stopped { "stop" } else { "start" };
        let question = match todo.len() {
            1 => format!("Do you want to {verb} this instance?"),
            n => format!("Do you want to {verb} these {n} instances?"),
        };
        if !arguments.consent.given(&question, ui)? {
            return Ok(ExitCode::from(EXIT_FAILURE));
        }
        // After the question, which may have been open for long.
        if to == State::Running {
            let more = todo.iter().filter(|machine| machine.state != "pending").count();
            let allowed = prepared.session.may_start(more).await;
            allowed.map_err(|error| Failure::of(error, &prepared.file, |command| prepared.line(command), ui))?;
        }
    }
    let troubles = bring_all(&prepared, &named, &todo, to, ui).await;
    // What is stopped already was perhaps stopped in another way.
    let brought = if to == State::Stopped { &todo } else { &all };
    for note in notes(global, arguments, &prepared, &all, brought, to) {
        ui.note(&note);
    }
    if !troubles.is_empty() {
        return Err(prepared.trouble(troubles));
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts or stops them concurrently, and reports each one when it is done. The answer: those with which it failed.
async fn bring_all(prepared: &Prepared, named: &[Address], machines: &[Machine], to: State, ui: &Ui) -> Vec<PlanError> {
    let what = if to == State::Stopped { "Stopping" } else { "Starting" };
    let count = if machines.len() == 1 { "1 instance".to_owned() } else { format!("{} instances", machines.len()) };
    let _spinner = (!machines.is_empty()).then(|| ui.spinner(&format!("{what} {count}")));
    let started = Instant::now();
    let work = |machine: &'_ Machine| {
        let machine = machine.clone();
        async move { (machine.address.clone(), bring(prepared.session.cx(), named, &machine, to).await) }
    };
    let mut running: FuturesUnordered<_> = machines.iter().map(work).collect();
    let mut troubles = Vec::new();
    while let Some((address, outcome)) = running.next().await {
        match outcome {
            Ok(machine) => ui.powered(&machine, started.elapsed()),
            Err(error) => troubles.push(PlanError {
                line: prepared.session.stack().get(&address).map(|declared| declared.line),
                address: Some(address),
                kind: KIND.to_owned(),
                is_global: false,
                error,
            }),
        }
    }
    troubles
}

/// What a person should know now.
fn notes(
    global: &Global,
    arguments: &Arguments,
    prepared: &Prepared,
    machines: &[Machine],
    brought: &[Machine],
    to: State,
) -> Vec<String> {
    let mut notes = Vec::new();
    let start =
        command_line(global, "start", &arguments.stack, &prepared.session.stack().vars) + &arguments.selection();
    if to == State::Stopped && !machines.is_empty() {
        notes.push(format!(
            "A stopped instance has no hourly cost; its disks are still billed by the month. `{start}` starts it \
             again, with a new public address."
        ));
    }
    let against = brought.iter().filter_map(|machine| {
        let declared =
            prepared.session.stack().get(&machine.address).filter(|declared| declared.kind.name() == KIND)?;
        (!declared.ignore_drift.contains("state") && desired(prepared, declared) != word(to)).then_some(declared)
    });
    let against: Vec<_> = against.collect();
    if let Some(first) = against.first() {
        let (others, verb, them) = match against.len() {
            1 => (String::new(), "is", "it"),
            n => (format!(" and {} more", n - 1), "are", "them"),
        };
        let who = format!("{} ({}:{}){others} {verb}", first.address, prepared.file, first.line);
        notes.push(match to {
            State::Stopped => format!(
                "The file says that {who} to run: an apply leaves {them} stopped all the same until `{start}`. An instance \
                 that is stopped in another way is started by the next apply."
            ),
            State::Running => format!(
                "The file says that {who} to be stopped: a plan shows drift, and the next apply stops {them} again. Write \
                 `state: running` in the file to keep {them} that way."
            ),
        });
    }
    notes
}

/// `state:` of the file, which is `running` where it says nothing.
fn desired(prepared: &Prepared, declared: &ResourceConfig) -> String {
    let template = declared.spec["state"].as_str().unwrap_or(word(State::Running));
    KnownAttributes::default().resolve(prepared.session.stack(), prepared.session.place(), template)
}

fn word(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Stopped => "stopped",
    }
}
