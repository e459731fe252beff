//! `cloud101 show`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::plan::desired::KnownAttributes;
use crate::plan::observe::Found;
use crate::plan::options::{Goal, Options};
use crate::plan::owner::ours;
use crate::plan::saved::SavedPlan;
use crate::plan::value::PlanValue;
use crate::plan::{Action, orphans, shown};
use crate::resource::{Address, Live, Registry};
use crate::session::Shown;
use crate::stack::{ResourceConfig, Stack};
use crate::ui::{Detail, Fate, Show, ShowItem, State, Ui, View};

use super::failure::Failure;
use super::prepare::{self, Prepared};
use super::{Global, StackArgument, saved_file};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The stack file [default: cloud101.yaml here, else the one in stacks/], or the saved plan to show without asking AWS
    #[arg(value_name = "STACK|PLAN")]
    stack: Option<PathBuf>,
    /// Show every property and every line, including AWS's defaults and long values
    #[arg(long)]
    full: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.stack
        && let Some(saved) = saved_file::open(path)?
    {
        return show_saved(global, path, &saved, arguments, ui);
    }
    let (stack, file) = prepare::stack(global, &StackArgument { stack: arguments.stack.clone() }, ui)?;
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let shown = prepared.reading(prepared.session.show(), ui).await?;
    ui.unseen(&shown.observation.unseen);
    let detail = if arguments.full { Detail::Full } else { Detail::Short };
    ui.show(&show(global, &prepared, &shown), detail, &shown.observation.unseen);
    Ok(ExitCode::SUCCESS)
}

/// Shows the plan saved at `path` as it was made. Nothing is asked of AWS.
fn show_saved(
    global: &Global,
    path: &Path,
    saved: &SavedPlan,
    arguments: &Arguments,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let plan = saved.plan(&Registry::builtin()).ok_or_else(|| Failure::Missing {
        message: format!("the saved plan `{}` has a kind of resource that this cloud101 does not know", path.display()),
        hint: "show it with the cloud101 that saved it".to_owned(),
    })?;
    // The values of secret variables are not in the file.
    let secret = saved.missing_secrets(&Default::default()).into_iter().map(|name| format!(" --var {name}=…"));
    let next = saved_file::command_to_apply(global, path, saved) + &secret.collect::<String>();
    let detail = if arguments.full { Detail::Full } else { Detail::Short };
    ui.plan(&plan, saved.goal, View { sandbox: saved.sandbox, next: Some(&next), detail, warnings: None });
    if !global.json {
        ui.note("This is the plan as it was saved; the account was not asked again");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(global: &Global, prepared: &Prepared, Shown { observation, plan }: &Shown) -> Show {
    let place = prepared.session.place();
    let stack = prepared.session.stack();
    let live = &observation.live;
    let mut orphans: Vec<ShowItem> = observation
        .owned
        .iter()
        .filter(|found| !live.values().any(|live| live.id == found.owned.id))
        .map(|found| ShowItem {
            address: found.ownership.address.to_string(),
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
    let as_desired = |address: &Address| {
        plan.as_ref()
            .is_none_or(|plan| plan.steps.iter().any(|step| step.address == *address && step.action == Action::None))
    };
    let known = KnownAttributes::of_live(live);
    let ours = ours(stack, place, live);
    let mut items = Vec::new();
    for declared in &stack.resources {
        let state = match live.get(&declared.address) {
            None => State::Missing,
            Some(_) if !ours.contains(&declared.address) => State::NotOurs,
            Some(_) if as_desired(&declared.address) => State::Ok,
            Some(_) => State::Drifted,
        };
        items.push(item(prepared, declared, live.get(&declared.address), state));
    }
    items.append(&mut orphans);
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
    match orphans::action(stack, found, Goal::Apply, &Options::default()) {
        Ok(Some(Action::Release { .. })) => Fate::Released,
        Ok(Some(Action::Keep { .. })) if stack.left(&found.ownership.address).is_some() => Fate::Left,
        Ok(Some(Action::Keep { .. })) => Fate::Kept,
        Ok(Some(_)) => Fate::Deleted,
        Ok(None) => Fate::Kept,
        Err(_) => Fate::Refused,
    }
}

fn item(prepared: &Prepared, declared: &ResourceConfig, live: Option<&Live<Value>>, state: State) -> ShowItem {
    let attributes = live.map(|live| shown::attributes(prepared.session.stack(), declared, live)).unwrap_or_default();
    let name = attributes.get("name").map(PlanValue::shown_text).or(live.map(|live| live.id.clone()));
    ShowItem {
        address: declared.address.to_string(),
        kind: declared.kind.name().to_owned(),
        name: name.unwrap_or_else(|| declared.name.clone()),
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
