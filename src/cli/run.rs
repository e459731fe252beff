//! A run, its interruptions, and what is said afterwards: of what was applied what to try, of what was destroyed what is left.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::apply::Summary;
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Plan, apart};
use crate::prove::Glance;
use crate::resource::{Address, handed_out};
use crate::session::{Leftovers, Scope};
use crate::ui::{Again, Commands, Ui, not_done};

use super::choices::credentials_to;
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

/// A command line of the same goal with other options, and with all else that was chosen and still matters.
fn again(global: &Global, prepared: &Prepared, plan: &Plan, goal: Goal, options: &Options) -> String {
    let command = if goal == Goal::Apply { "apply" } else { "destroy" };
    let stack = StackArgument { stack: Some(prepared.file.clone().into()) };
    let cx = prepared.session.cx();
    let folder = cx.credentials_to.as_deref().filter(|_| plan.hand_outs().next().is_some());
    command_line(global, command, &stack, &prepared.session.stack().vars) + &chosen(options, folder, cx.is_patient)
}

/// The options of a run on its command line, each after a space.
fn chosen(options: &Options, credentials: Option<&Path>, is_patient: bool) -> String {
    let folder = credentials.map(credentials_to).unwrap_or_default();
    format!("{}{folder}{}", options_of(options), if is_patient { " --wait" } else { "" })
}

/// The command that goes on and also deletes what is in the buckets, if that is why `summary` is not complete.
fn emptying(
    global: &Global,
    prepared: &Prepared,
    plan: &Plan,
    goal: Goal,
    options: &Options,
    summary: &Summary,
) -> Option<String> {
    let is_held = summary.failed.iter().any(|(_, error)| error.is(&["BucketNotEmpty"]));
    let options = Options { empty_buckets: true, ..options.clone() };
    is_held.then(|| again(global, prepared, plan, goal, &options))
}

/// The most people whom a command line names; for more the same command again is as good, which does what is missing.
const MOST_NAMED: usize = 40;

/// The options that go on for those alone who are not done; `None`: the same command again does that as well, or there is
/// none that does.
fn only(plan: &Plan, options: &Options, summary: &Summary) -> Option<Options> {
    // What was replaced once would be replaced again; and for part of the targets no option asks by its people.
    let is_repeatable = options.replace.is_empty() && options.targets.is_empty();
    let keys = not_done::keys(plan, summary).filter(|keys| keys.len() <= MOST_NAMED && is_repeatable)?;
    // Whose credentials were to be created again still has the old ones.
    let is_theirs = |address: &&Address| address.key.as_ref().is_some_and(|key| keys.contains(key));
    let of_file = plan.steps.iter().map(|step| &step.address).filter(is_theirs);
    let renewed = of_file.filter(|address| options.renew.iter().any(|named| named.includes(address)));
    let is_done = |address: &&Address| {
        let mut done = summary.done.iter().filter(|task| matches!(task.part, Part::Put));
        done.any(|task| plan.steps[task.step].address == **address)
    };
    let renew = renewed.filter(|address| !is_done(address)).cloned().collect();
    Some(Options { only: keys, renew, empty_buckets: options.empty_buckets, ..Options::default() })
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
    let emptying = emptying(global, prepared, &plan, goal, options, &summary);
    let only = only(&plan, options, &summary).map(|options| again(global, prepared, &plan, goal, &options));
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
    tell_useless(prepared, &plan, &summary, ui);
    if global.json && !plan.unplanned.is_empty() {
        return Err(prepared.trouble(apart::said(&plan)));
    }
    if !summary.is_complete() || !plan.unplanned.is_empty() {
        return Ok(ExitCode::from(EXIT_FAILURE));
    }
    if global.sandbox {
        ui.unchecked(&unchecked::of(&plan));
    }
    ui.next_steps(&next_steps::all(global, stack, prepared, &plan, options, &summary.known));
    Ok(ExitCode::SUCCESS)
}

/// Says that files with credentials remain of those who were deleted: AWS accepts none of what they say any more.
fn tell_useless(prepared: &Prepared, plan: &Plan, summary: &Summary, ui: &Ui) {
    let Some(folder) = prepared.session.cx().credentials_to.as_deref() else { return };
    let titles = of_deleted(plan, summary, &prepared.session.place().account);
    if let Some(note) = useless(handed_out::count(folder, &titles), titles.len(), folder) {
        ui.note(&note);
    }
}

/// What is said of so many files of so many deleted users; `None`: there are none.
fn useless(files: usize, users: usize, folder: &Path) -> Option<String> {
    let (files, remain, them) = match files {
        0 => return None,
        1 => ("1 file".to_owned(), "remains", "it"),
        many => (format!("{many} files"), "remain", "them"),
    };
    let users = if users == 1 { "user is" } else { "users are" };
    let folder = folder.display();
    Some(format!(
        "{files} with credentials {remain} in `{folder}`, of no use any more, because the {users} deleted: delete {them} when \
         you like"
    ))
}

/// The titles of the files of those who are deleted.
fn of_deleted(plan: &Plan, summary: &Summary, account: &str) -> BTreeSet<String> {
    let is_deleted = |task: &&Task| plan.steps[task.step].action == Action::Delete;
    let steps = summary.done.iter().filter(is_deleted).map(|task| &plan.steps[task.step]);
    let holders = steps.filter(|step| !step.kind.handed_out().is_empty()).filter_map(|step| step.id());
    holders.map(|id| handed_out::title(id, account)).collect()
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
    tell_useless(prepared, &ended.plan, &ended.summary, ui);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::aws::Error;
    use crate::plan::Step;
    use crate::resource::Registry;
    use crate::resource::kind::Kind;
    use crate::testing::numbered::{plan, stack, step};
    use crate::testing::{addresses, fake};

    use super::*;

    #[test]
    fn what_was_chosen_is_repeated() {
        let options = Options { only: ["ana".to_owned()].into(), ..Options::default() };
        let said = |folder: &str, is_patient| chosen(&options, Some(Path::new(folder)), is_patient);
        assert_eq!(said("the secrets", true), " --only ana --credentials-to 'the secrets' --wait");
        assert_eq!(said("credentials", false), " --only ana", "it is the folder where none is named");
        assert_eq!(chosen(&options, None, false), " --only ana");
    }

    /// What was replaced, or was no user, has no file that is of no use.
    #[test]
    fn files_of_deleted_users_are_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let user = Registry::builtin().find("iam.user").expect("it is built in").clone();
        let mut ana = step(0, Action::Delete, true, &user);
        ana.prior = Some(crate::plan::Prior::listed("lab-ana".to_owned(), Default::default(), None));
        let plan = plan(&stack(&[], &user), vec![ana.clone(), Step { action: Action::Update, ..ana }]);
        let done = |step| Summary { done: vec![Task { step, part: Part::Remove }], ..Summary::default() };
        let titles = |step| of_deleted(&plan, &done(step), "123456789012");
        assert_eq!((titles(0).len(), titles(1).len()), (1, 0));
        let title = handed_out::title("lab-ana", "123456789012");
        let lines = vec![("Password", "x".to_owned().into())];
        for _ in 0..2 {
            handed_out::write(folder.path(), "lab-ana", &title, &lines).expect("a file");
        }
        handed_out::write(folder.path(), "lab-bo", "lab-bo, in the account 1", &lines).expect("a file");
        assert_eq!(handed_out::count(folder.path(), &[title].into()), 2);
        assert_eq!(handed_out::count(&folder.path().join("nowhere"), &titles(0)), 0);
    }

    #[test]
    fn files_and_users_are_each_one_or_several() {
        let said = |files, users| useless(files, users, Path::new("credentials")).unwrap_or_default();
        assert_eq!(said(0, 3), "");
        for (files, users, begins, ends) in [
            (1, 1, "1 file with credentials remains in `credentials`", "the user is deleted: delete it when you like"),
            (
                1,
                2,
                "1 file with credentials remains in `credentials`",
                "the users are deleted: delete it when you like",
            ),
            (
                2,
                1,
                "2 files with credentials remain in `credentials`",
                "the user is deleted: delete them when you like",
            ),
        ] {
            assert_eq!(said(files, users), format!("{begins}, of no use any more, because {ends}"));
        }
    }

    /// Of three users one gets others, of one that failed, and another has nothing to be renewed.
    #[test]
    fn who_is_not_done_is_renewed_again_and_no_one_else() {
        let kind: Arc<dyn Kind> = fake::kind("iam.user");
        let copy =
            |name: &str, key: &str| Step { address: Address::copy(name, key), ..step(0, Action::Update, true, &kind) };
        let steps = vec![copy("user", "ana"), copy("user", "bo"), copy("home", "bo"), copy("user", "cy")];
        let plan = plan(&stack(&[], &kind), steps);
        let task = |step| Task { step, part: Part::Put };
        let summary = Summary {
            failed: vec![(task(1), Error::refused("no")), (task(2), Error::refused("no"))],
            done: vec![task(0), task(3)],
            ..Summary::default()
        };
        let only = |options: &Options| only(&plan, options, &summary);
        let renew = Options { renew: addresses(["user"]), ..Options::default() };
        let again = only(&renew).expect("some are done");
        assert_eq!((options_of(&again).as_str(), again.renew.len()), (" --renew 'user[\"bo\"]' --only bo", 1));
        let replace = Options { replace: addresses(["user[bo]"]), ..Options::default() };
        let target = Options { targets: addresses(["user"]), ..Options::default() };
        assert!(only(&replace).is_none() && only(&target).is_none());
        let again = only(&Options { empty_buckets: true, ..Options::default() }).expect("some are done");
        assert_eq!(options_of(&again), " --only bo --empty-buckets");
    }
}
