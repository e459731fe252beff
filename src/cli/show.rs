//! `cloud101 show`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::plan::desired::Known;
use crate::plan::observe::Found;
use crate::plan::options::Goal;
use crate::plan::owner::ours;
use crate::plan::{Action, extras, shown};
use crate::resource::{Address, Live};
use crate::session::Shown;
use crate::stack::{Declared, Stack};
use crate::ui::{Detail, Fate, Show, ShowItem, State, Ui};

use super::failure::Failure;
use super::prepare::{self, Prepared};
use super::{Global, StackArgument};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    /// Show every property and every line, including AWS's defaults and long values
    #[arg(long)]
    full: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, file) = prepare::stack(global, &arguments.stack, ui)?;
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let shown = prepared.reading(prepared.session.show(), ui).await?;
    ui.unseen(&shown.observation.unseen);
    let detail = if arguments.full { Detail::Full } else { Detail::Short };
    ui.show(&show(global, &prepared, &shown), detail, &shown.observation.unseen);
    Ok(ExitCode::SUCCESS)
}

fn show(global: &Global, prepared: &Prepared, Shown { observation, plan }: &Shown) -> Show {
    let place = prepared.session.place();
    let stack = prepared.session.stack();
    let live = &observation.live;
    let mut extras: Vec<ShowItem> = observation
        .owned
        .iter()
        .filter(|found| !live.values().any(|live| live.id == found.owned.id))
        .map(|found| ShowItem {
            address: found.mark.address.to_string(),
            kind: found.kind.name().to_owned(),
            name: found.owned.name.clone(),
            id: Some(found.owned.id.clone()),
            line: None,
            state: State::Extra,
            fate: Some(fate(stack, found)),
            attributes: BTreeMap::new(),
            notes: Vec::new(),
            properties: None,
            said: BTreeSet::new(),
        })
        .collect();
    // A plan that can't be made says nothing about drift; what is there can be shown all the same.
    let as_wanted = |address: &Address| {
        plan.as_ref()
            .is_none_or(|plan| plan.steps.iter().any(|step| step.address == *address && step.action == Action::None))
    };
    let known = Known::of_live(live);
    let ours = ours(stack, place, live);
    let mut items = Vec::new();
    for declared in &stack.resources {
        let state = match live.get(&declared.address) {
            None => State::Missing,
            Some(_) if !ours.contains(&declared.address) => State::NotOurs,
            Some(_) if as_wanted(&declared.address) => State::Ok,
            Some(_) => State::Drifted,
        };
        items.push(item(prepared, declared, live.get(&declared.address), state));
    }
    items.append(&mut extras);
    Show {
        stack: place.stack.clone(),
        account: place.account.clone(),
        region: place.region.clone(),
        sandbox: global.sandbox,
        resources: items,
        outputs: prepared.session.outputs(&known),
    }
}

fn fate(stack: &Stack, found: &Found) -> Fate {
    match extras::action(stack, found, Goal::Apply) {
        Ok(Some(Action::Release { .. })) => Fate::Released,
        Ok(Some(_)) => Fate::Deleted,
        Ok(None) => Fate::Kept,
        Err(_) => Fate::Refused,
    }
}

fn item(prepared: &Prepared, declared: &Declared, live: Option<&Live<Value>>, state: State) -> ShowItem {
    let attributes = live.map(|live| shown::attributes(prepared.session.stack(), declared, live)).unwrap_or_default();
    let name = attributes.get("name").or(live.map(|live| &live.id));
    ShowItem {
        address: declared.address.to_string(),
        kind: declared.kind.name().to_owned(),
        name: name.unwrap_or(&declared.name).clone(),
        attributes,
        id: live.map(|live| live.id.clone()),
        line: Some(declared.line),
        state,
        fate: None,
        notes: live.map(|live| live.notes.iter().chain(&live.besides.kept).cloned().collect()).unwrap_or_default(),
        properties: live.map(|live| shown::properties(prepared.session.stack(), declared, live)),
        said: declared.spec.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect(),
    }
}
