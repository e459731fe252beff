//! `cloud101 show`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use crate::plan::desired::KnownAttributes;
use crate::plan::observe::{Found, Observation};
use crate::plan::options::{Goal, Options};
use crate::plan::owner::ours;
use crate::plan::saved::SavedPlan;
use crate::plan::unmoved::People;
use crate::plan::value::PlanValue;
use crate::plan::{Action, Plan, orphans, shown};
use crate::resource::{Address, Live, Registry};
use crate::stack::{ResourceConfig, Stack};
use crate::ui::each::Each;
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
        && let Some(saved) = saved_file::open(global, path)?
    {
        return show_saved(global, path, &saved, arguments, ui);
    }
    let (stack, file) = prepare::stack(global, &StackArgument { stack: arguments.stack.clone() }, ui)?;
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let shown = prepared.reading(prepared.session.show(), ui).await?;
    ui.unseen(&shown.observation.unseen);
    let detail = if arguments.full { Detail::Full } else { Detail::Short };
    let unsaid = shown.plan.as_ref().map(|plan| plan.unsaid.clone()).unwrap_or_default();
    let as_desired = as_desired(shown.plan);
    let waiting = People::at(prepared.session.stack(), &unsaid);
    let show = show(global, &prepared, &shown.observation, &as_desired, &waiting);
    ui.show(&show, detail, &shown.observation.unseen);
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

/// What is as the file says. `None`: a plan that can't be made says nothing about drift; what is there can be shown all the
/// same.
fn as_desired(plan: Option<Plan>) -> Option<BTreeSet<Address>> {
    let unchanged = |plan: Plan| plan.steps.into_iter().filter(|step| step.action == Action::None);
    plan.map(|plan| unchanged(plan).map(|step| step.address).collect())
}

fn show<'a>(
    global: &Global,
    prepared: &'a Prepared,
    Observation { live, owned, .. }: &'a Observation,
    as_desired: &'a Option<BTreeSet<Address>>,
    waiting: &'a People<'a>,
) -> Show<'a> {
    let place = prepared.session.place();
    let stack = prepared.session.stack();
    let known = KnownAttributes::of_live(live);
    let ours = Arc::new(ours(stack, place, live));
    let ids: Arc<BTreeSet<&str>> = Arc::new(live.values().map(|live| live.id.as_str()).collect());
    let items = move || {
        let ours = ours.clone();
        stack.resources.iter().map(move |declared| {
            let live = live.get(&declared.address);
            let is_as_desired = as_desired.as_ref().is_none_or(|unchanged| unchanged.contains(&declared.address));
            let state = match live {
                None => State::Missing,
                Some(_) if !ours.contains(&declared.address) => State::NotOurs,
                Some(_) if is_as_desired => State::Ok,
                Some(_) => State::Drifted,
            };
            item(prepared, declared, live.map(|live| &**live), state)
        })
    };
    let orphans = move || {
        let ids = ids.clone();
        let is_orphan = move |found: &&Arc<Found>| !ids.contains(found.owned.id.as_str());
        owned.iter().filter(is_orphan).map(|found| extra(stack, found, waiting))
    };
    Show {
        stack: place.stack.clone(),
        account: place.account.clone(),
        region: place.region.clone(),
        sandbox: global.sandbox,
        resources: Each::of(move || items().chain(orphans())),
        outputs: prepared.session.outputs(&known),
    }
}

/// What the file does not name.
fn extra(stack: &Stack, found: &Found, waiting: &People<'_>) -> ShowItem {
    ShowItem {
        address: found.ownership.address.to_string(),
        kind: found.kind.name().to_owned(),
        name: found.owned.name.clone(),
        id: Some(found.owned.id.clone()),
        line: None,
        state: State::Extra,
        fate: Some(fate(stack, found, waiting)),
        attributes: BTreeMap::new(),
        notes: Vec::new(),
        properties: None,
        said: BTreeSet::new(),
    }
}

/// `waiting`: those of whom nothing is changed before the file says who they were.
fn fate(stack: &Stack, found: &Found, waiting: &People<'_>) -> Fate {
    if waiting.owner(stack, &found.ownership.address).is_some() {
        return Fate::Waiting;
    }
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

#[cfg(test)]
mod tests {
    use crate::testing::{Account, plan, stack};

    use super::*;

    /// What one has whose line of `moved:` was lost waits for it, although the file has the resource no more.
    #[test]
    fn what_waits_for_a_line_of_the_file_is_not_about_to_be_deleted() {
        let class = |moved: &str, key: &str, machine: &str| {
            stack(&format!(
                "rosters: {{ students: [{key}, bo] }}\nmoved: {{ {moved} }}\nresources:\n  \
                 home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n{machine}"
            ))
        };
        let machine = "  machine: { type: sns.topic, for_each: students }\n";
        let mut account = Account::after(&class("", "ana", machine));
        account.apply(&class("'students[ana]': 'students[anna]'", "anna", machine));
        let without = class("", "anna", "");
        let unsaid = plan(&without, &account).unsaid;
        let waiting = People::at(&without, &unsaid);
        let owned = account.observe(&without).owned;
        let fate = |key: &str| {
            let found = owned.iter().find(|found| found.ownership.address == Address::copy("machine", key));
            fate(&without, found.expect("it is there"), &waiting)
        };
        assert_eq!((fate("anna"), fate("bo")), (Fate::Waiting, Fate::Deleted));
    }
}
