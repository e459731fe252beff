//! `cloud101 adopt`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::plan::decide::decide;
use crate::plan::desired::{Known, wanted};
use crate::plan::observe::{Observation, Trouble};
use crate::plan::options::{Goal, Options};
use crate::plan::refusal;
use crate::resource::kind::Kind;
use crate::resource::{Address, Live, Place};
use crate::stack::Declared;
use crate::ui::Ui;

use super::failure::Failure;
use super::prepare::{Prepared, prepare};
use super::run::{Consent, Length};
use super::{EXIT_FAILURE, Global, StackArgument, apply};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The resource of the stack: its logical name
    #[arg(value_name = "RESOURCE")]
    address: String,
    /// What it is to be given: AWS's name or id of a live resource
    id: String,
    /// The stack file [default: cloud101.yaml here, else the one in stacks/]
    #[arg(value_name = "STACK")]
    stack: Option<PathBuf>,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let address = Address::parse(&arguments.address);
    let stack = StackArgument { stack: arguments.stack.clone() };
    let prepared = prepare(global, &stack, [&address], ui).await?;
    let mut observation = prepared.observe(ui).await?;
    let declared = prepared.stack.get(&address).ok_or_else(|| missing(&prepared, arguments))?;
    let live = find(&prepared, declared, &observation, arguments).await?;
    let other = observation.live.get(&address).filter(|other| declared.kind.name_is_a_tag() && other.id != live.id);
    if let Some(other) = other {
        return Err(prepared.trouble(vec![Trouble::with(declared, refusal::has_another(&other.id, &address))]));
    }
    let adopt = [(address.clone(), live.id.clone())].into();
    observation.live.insert(address, live);
    let options = Options { adopt, ..Options::default() };
    let plan = decide(&prepared.stack, &prepared.cx.place, observation, Goal::Apply, &options);
    let plan = plan.map_err(|troubles| prepared.trouble(troubles))?;
    ui.planned(&plan, Goal::Apply, prepared.view(global, None, arguments.length));
    if !arguments.consent.given("Do you want to take it over, with these changes?", ui)? {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    apply::carry_out(global, &stack, &prepared, plan, &options, ui).await
}

/// What AWS knows by the id, read as the resource of the file wants it.
async fn find(
    prepared: &Prepared,
    declared: &Declared,
    observation: &Observation,
    arguments: &Arguments,
) -> Result<Live<serde_json::Value>, Failure> {
    let place = &prepared.cx.place;
    let mut known = Known::default();
    for other in &prepared.stack.resources {
        if let Some(live) = observation.live.get(&other.address) {
            known.insert_live(place, other, &other.kind.identity(&other.name, &live.spec), live);
        }
    }
    let trouble = |trouble: Trouble| prepared.trouble(vec![trouble]);
    let wanted = wanted(&prepared.stack, place, &known, declared)
        .map_err(|finding| trouble(Trouble::finding(declared, finding)))?;
    let found = declared.kind.find(&prepared.cx, &arguments.id, Some(&wanted)).await;
    found
        .map_err(|error| trouble(Trouble::with(declared, error)))?
        .ok_or_else(|| nothing(declared.kind, &arguments.id, place))
}

/// There is no such thing in the account.
pub(super) fn nothing(kind: &dyn Kind, id: &str, place: &Place) -> Failure {
    let name = kind.name();
    Failure::Missing {
        message: format!("there is no {name} `{id}` in {}", place_of(kind, place)),
        hint: format!("`import {name} --all`, with the same options, shows those there are"),
    }
}

/// Where things of a kind are looked for: some have no region.
pub(super) fn place_of(kind: &dyn Kind, place: &Place) -> String {
    match kind.is_global() {
        true => format!("the account {}", place.account),
        false => format!("the account {}, {}", place.account, place.region),
    }
}

/// `prepare` has looked for it.
fn missing(prepared: &Prepared, arguments: &Arguments) -> Failure {
    Failure::usage(format!("{} has no resource `{}`", prepared.file, arguments.address), "`cloud101 show` lists them")
}
