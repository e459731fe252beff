//! A run, its interruptions, and what is said afterwards: of what was applied what to try, of what was destroyed what is left.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::apply::Summary;
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::plan::schedule::{Part, Task};
use crate::plan::{Plan, apart};
use crate::prove::Glance;
use crate::resource::handed_out;
use crate::session::{Leftovers, Scope};
use crate::ui::{Again, Commands, Ui, not_done};

use super::failure::Failure;
use super::interruption::Interruptions;
use super::prepare::Prepared;
use super::{EXIT_FAILURE, Global, StackArgument, command_line, next_steps, options_of, unchecked};

/// What came of a run.
struct Ended {
    /// How far it came.
    pub summary: Summary,
    /// What it carried out.
    pub plan: Arc<Plan>,
    /// The command that also deletes what is in the buckets, if AWS kept one for that.
    pub emptying: Option<String>,
}

/// The command that goes on and also deletes what is in the buckets, if that is why `summary` is not complete.
fn emptying(global: &Global, prepared: &Prepared, goal: Goal, options: &Options, summary: &Summary) -> Option<String> {
    let is_held = summary.failed.iter().any(|(_, error)| error.is(&["BucketNotEmpty"]));
    let command = if goal == Goal::Apply { "apply" } else { "destroy" };
    let stack = StackArgument { stack: Some(prepared.file.clone().into()) };
    let options = Options { empty_buckets: true, ..options.clone() };
    is_held.then(|| command_line(global, command, &stack, &prepared.session.stack().vars) + &options_of(&options))
}

/// The most people whom a command line names; for more the same command again is as good, which does what is missing.
const MOST_NAMED: usize = 40;

/// The command that goes on for those alone who are not done; `None`: the same command again does that as well.
fn only(
    global: &Global,
    prepared: &Prepared,
    plan: &Plan,
    goal: Goal,
    options: &Options,
    summary: &Summary,
) -> Option<String> {
    // What was replaced once would be replaced again.
    let is_repeatable = options.replace.is_empty() && options.renew.is_empty();
    let keys = not_done::keys(plan, summary).filter(|keys| keys.len() <= MOST_NAMED && is_repeatable)?;
    let command = if goal == Goal::Apply { "apply" } else { "destroy" };
    let stack = StackArgument { stack: Some(prepared.file.clone().into()) };
    let options = Options { only: keys, empty_buckets: options.empty_buckets, ..Options::default() };
    Some(command_line(global, command, &stack, &prepared.session.stack().vars) + &options_of(&options))
}

/// Carries out `plan` and reports the result. The first Ctrl-C or SIGTERM lets what is under way finish; the second
/// leaves at once.
async fn execute(global: &Global, prepared: &Prepared, plan: Plan, goal: Goal, options: &Options, ui: &Ui) -> Ended {
    let started = Instant::now();
    let plan = Arc::new(plan);
    let stop = CancellationToken::new();
    let (events, incoming) = mpsc::unbounded_channel();
    // Where the signals can't be had, they end the process at once, which loses nothing either.
    if let Ok(interruptions) = Interruptions::listen() {
        tokio::spawn(interruptions.obey(stop.clone(), ui.clone()));
    }
    let run = prepared.session.apply(&plan, events, stop.clone());
    let (summary, ()) = tokio::join!(run, ui.follow(&prepared.file, incoming));
    stop.cancel();
    let outputs = prepared.session.outputs(&summary.known);
    let emptying = emptying(global, prepared, goal, options, &summary);
    let only = only(global, prepared, &plan, goal, options, &summary);
    let again = Again { emptying: emptying.as_deref(), only: only.as_deref() };
    ui.summary(&plan, goal, &summary, started.elapsed(), &outputs, &again);
    Ended { summary, plan, emptying }
}

/// Says where credentials will go, and refuses before anything is done if they can't.
pub(super) fn can_hand_out(prepared: &Prepared, plan: &Plan, ui: &Ui) -> Result<(), Failure> {
    let Some(folder) = prepared.session.cx().credentials_to.as_deref() else { return Ok(()) };
    let users = plan.hand_outs().count();
    if users == 0 {
        return Ok(());
    }
    handed_out::check(folder).map_err(|error| Failure::Aws(handed_out::unwritable(folder, &error)))?;
    let users = if users == 1 { "1 user".to_owned() } else { format!("{users} users, a file for each") };
    ui.note(&format!("AWS shows credentials only once: they are written to `{}`, for {users}", folder.display()));
    Ok(())
}

/// Does what was shown, and says what to try then.
pub(super) async fn to_apply(
    global: &Global,
    stack: &StackArgument,
    prepared: &Prepared,
    plan: Plan,
    options: &Options,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let Ended { summary, plan, .. } = execute(global, prepared, plan, Goal::Apply, options, ui).await;
    let hands_out = |task: &&Task| matches!(task.part, Part::Put) && !plan.steps[task.step].hands_out().is_empty();
    let delivered = summary.done.iter().filter(hands_out).count();
    if let Some(folder) = prepared.session.cx().credentials_to.as_deref().filter(|_| delivered > 0) {
        let (folder, users) = (folder.display(), if delivered == 1 { "1 user" } else { &format!("{delivered} users") });
        ui.note(&format!("The credentials of {users} are in `{folder}`: AWS does not show them again"));
    }
    if global.json && !plan.unplanned.is_empty() {
        return Err(prepared.trouble(apart::said(&plan)));
    }
    if !summary.is_complete() || !plan.unplanned.is_empty() {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    if global.sandbox {
        ui.unchecked(&unchecked::of(&plan));
    }
    ui.next_steps(&next_steps::all(global, stack, prepared, &plan, &summary.known));
    Ok(ExitCode::SUCCESS)
}

/// Where to look for leftovers where more is not asked for.
pub(super) fn scope(options: &Options) -> Scope {
    if options.are_for_all() { Scope::Services } else { Scope::Nowhere }
}

/// Does what was shown, and checks whether anything is left. `unread` is what could not be read before, and is reported
/// last.
pub(super) async fn to_destroy(
    global: &Global,
    prepared: &Prepared,
    plan: Plan,
    options: &Options,
    unread: Vec<PlanError>,
    scope: Scope,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let watch = prepared.session.watch(&plan, scope).await;
    let ended = execute(global, prepared, plan, Goal::Destroy, options, ui).await;
    let spinner = match scope {
        Scope::Nowhere => None,
        Scope::Services => Some(ui.spinner("Looking for anything left")),
        Scope::Everywhere => Some(ui.spinner("Looking for anything left, in every region")),
    };
    let leftovers = prepared.session.leftovers(&ended.plan, watch).await;
    drop(spinner);
    let nothing_left = leftovers.is_nothing();
    match leftovers {
        Leftovers::NotLooked if unread.is_empty() => {}
        Leftovers::NotLooked => return Err(prepared.trouble(unread)),
        Leftovers::Tagged { glance, troubles } => tell(global, prepared, &ended, (&glance, troubles), unread, ui)?,
        Leftovers::Proof(verdict) => {
            ui.proof(&verdict);
            if !unread.is_empty() {
                return Err(prepared.trouble(unread));
            }
        }
    }
    let is_done = ended.summary.is_complete() && nothing_left;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
}

/// Reports what still has the stack's tag, and then what had to be read but could not. `unread` is what could not be
/// read before.
fn tell(
    global: &Global,
    prepared: &Prepared,
    ended: &Ended,
    (glance, mut troubles): (&Glance, Vec<PlanError>),
    unread: Vec<PlanError>,
    ui: &Ui,
) -> Result<(), Failure> {
    let file = StackArgument { stack: Some(prepared.file.clone().into()) };
    let command = |global: &Global| command_line(global, "destroy", &file, &prepared.session.stack().vars);
    let places: BTreeSet<_> = glance.left().filter_map(|one| one.region.clone()).collect();
    let in_region = |region: String| {
        let there = Global { region: Some(region.clone()), ..global.clone() };
        (region, command(&there))
    };
    let commands = Commands {
        emptying: ended.emptying.clone(),
        proof: format!("{} --prove", command(global)),
        elsewhere: places.into_iter().map(in_region).collect(),
    };
    ui.leftovers(glance, troubles.is_empty(), &commands);
    troubles.extend(unread);
    if troubles.is_empty() { Ok(()) } else { Err(prepared.trouble(troubles)) }
}
