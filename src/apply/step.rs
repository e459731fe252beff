//! One task of a plan, carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::aws::ownership::{self, LastApplied, LifecycleFlags, Ownership};
use crate::aws::{Context, Error, Result, noting_what_is_made};
use crate::model::value::{at, has_unknown, set};
use crate::plan::desired::{KnownAttributes, applied, staying, user_tags, with_defaults};
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Plan, Planned, PropertyChange, Reason, Step};
use crate::resource::{Address, Change, Current, Desired, Live, Tags};

use super::{Run, unchanged};

/// For how long a look counts as one right before the change.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// What is there of a task's resource, looked at right before it is touched.
pub(crate) struct Look {
    /// Whose answers are still at hand.
    cx: Context,
    current: Option<Current>,
    began: Instant,
}

impl Look {
    fn is_fresh(&self) -> bool {
        self.began.elapsed() <= FRESH
    }

    /// The same, after which everything is asked again.
    fn without_answers(self, run: &Run) -> Self {
        Self { cx: run.cx.with_read_cache(), ..self }
    }
}

/// Looks while the task waits for its turn. What a deletion asks first is asked as well.
pub(crate) async fn look_early(run: &Run, task: Task) -> Result<Look> {
    let step = &run.plan.steps[task.step];
    let cx = run.cx.for_a_look_at(&run.moment);
    let asked_first = async {
        match (task.part, step.id()) {
            (Part::Remove, Some(id)) => step.kind.ask_first(&cx, id).await,
            _ => Ok(()),
        }
    };
    let (look, asked_first) = tokio::join!(look(run, task, cx.clone()), asked_first);
    let look = look?;
    // What could not be asked is asked again, by the deletion itself, which knows what it means.
    Ok(if asked_first.is_ok() { look } else { look.without_answers(run) })
}

/// Checks whether what the task is about to touch is still what the plan saw, and holds nothing more. Calls, or none
/// for a creation.
async fn look(run: &Run, task: Task, cx: Context) -> Result<Look> {
    let step = &run.plan.steps[task.step];
    let began = Instant::now();
    let (current, nothing_more) = tokio::join!(
        unchanged::is_still_the_same(&cx, step, task.part),
        unchanged::takes_no_more_than_planned(&cx, step, task.part)
    );
    let (current, ()) = (current?, nothing_more?);
    Ok(Look { cx, current, began })
}

/// Does the task. The answer is AWS's id of what is there now, or `None` after a delete. `early` is a look that was made
/// meanwhile, and is made again where it took too long until its turn came, or did not go well.
pub(crate) async fn carry_out(
    run: &Run,
    task: Task,
    early: Option<JoinHandle<Result<Look>>>,
) -> Result<Option<String>> {
    let step = &run.plan.steps[task.step];
    let desired = match task.part {
        Part::Put => as_planned(run, step)?,
        Part::Remove => None,
    };
    let early = match early {
        Some(early) => early.await.ok().and_then(Result::ok).filter(Look::is_fresh),
        None => None,
    };
    let look = match early {
        Some(early) => early,
        None => look(run, task, run.cx.for_a_look_at(&run.moment)).await?,
    };
    // One that took long has answers that are old.
    let Look { cx, current, .. } = if look.is_fresh() { look } else { look.without_answers(run) };
    match (task.part, &step.action) {
        (Part::Remove, _) => {
            let id = step.id().ok_or_else(|| Error::refused("the plan has no id to delete"))?;
            step.kind.delete(&run.cx.right_after(&cx), id, step.empty).await?;
            Ok(None)
        }
        (Part::Put, Action::Release { .. }) => release(run, step, current.unwrap_or_default().tags).await,
        (Part::Put, action) => {
            let (planned, desired) = desired.ok_or_else(|| Error::refused("the plan has nothing to put there"))?;
            let name = desired.name.clone();
            let live = match action {
                Action::Create => create(run, step, planned, desired, run.former.get(&key(step)).cloned()).await?,
                Action::Replace { .. } => create(run, step, planned, desired, step.id().map(str::to_owned)).await?,
                _ => update(run, step, planned, desired).await?,
            };
            if *action == Action::Adopt {
                unchanged::is_taken_over(&run.cx, step, &live.id).await?;
            }
            let id = live.id.clone();
            run.learn(step, &name, live);
            Ok(Some(id))
        }
    }
}

/// What is to be there, with nothing left unknown; `None` if the step puts nothing there.
///
/// # Errors
/// It is not what the plan showed: see [`unchanged::as_planned`].
fn as_planned<'a>(run: &Run, step: &'a Step) -> Result<Option<(&'a Planned, Desired<Value>)>> {
    let Some(planned) = step.planned.as_deref() else { return Ok(None) };
    let desired = run.with_known(|known| as_far_as_known(run, known, step, planned))?;
    let is_known = |(_, value): (&String, &String)| !crate::resource::is_unknown(value);
    if has_unknown(&desired.spec) || !user_tags(&desired.tags).all(is_known) {
        return Err(Error::refused("it refers to an attribute that AWS did not return")
            .with_hint("the command `show` lists the attributes that are known"));
    }
    Ok(Some((planned, desired)))
}

/// The same with what `known` leaves unknown.
fn as_far_as_known(run: &Run, known: &KnownAttributes, step: &Step, planned: &Planned) -> Result<Desired<Value>> {
    let shown = planned.desired.reveal();
    let Some(source) = &planned.source else { return Ok(shown.clone()) };
    let value_of = |reference: &str| run.plan.value_of(known, reference);
    let desired = source.reveal().desired(step, &run.cx.base, &value_of).map_err(Error::found)?;
    unchanged::as_planned(&*step.kind, &source.reveal().spec, shown, &desired)?;
    Ok(desired)
}

/// The ids of what the stack has under another name, and deletes because the file now says the one that a step of the same
/// address and kind makes. Where the name is a tag, it would be the same thing.
pub(crate) fn former(plan: &Plan) -> BTreeMap<(Address, String), String> {
    let going = plan.steps.iter().filter(|step| step.action == Action::Delete && !step.kind.name_is_a_tag());
    going.filter_map(|step| Some((key(step), step.id()?.to_owned()))).collect()
}

fn key(step: &Step) -> (Address, String) {
    (step.address.clone(), step.kind.name().to_owned())
}

/// The steps whose files are no longer what the plan showed. Looked at once before anything is done, so that one edited
/// file changes nothing at all.
pub(crate) fn stale(run: &Run) -> Vec<(usize, Error)> {
    run.with_known(|known| {
        let stale = |(n, step): (usize, &Step)| {
            let planned = step.planned.as_ref().filter(|_| step.is_change())?;
            as_far_as_known(run, known, step, planned).err().map(|error| (n, error))
        };
        run.plan.steps.iter().enumerate().filter_map(stale).collect()
    })
}

async fn create(
    run: &Run,
    step: &Step,
    planned: &Planned,
    mut desired: Desired<Value>,
    replaces: Option<String>,
) -> Result<Live<Value>> {
    desired.replaces = replaces;
    // What takes the place of another was not there before, whatever that was.
    let ownership = ownership(
        run,
        step,
        LifecycleFlags { adopted: false, ..planned.keep.clone() },
        applied(&*step.kind, &desired, &planned.secret),
    );
    desired.tags.extend(ownership.tags());
    noting_what_is_made(step.kind.made_by(), step.kind.create(&run.cx, &desired)).await
}

/// The ownership tags that the step's resource carries after it.
fn ownership(run: &Run, step: &Step, keep: LifecycleFlags, applied: LastApplied) -> Ownership {
    Ownership { stack: run.plan.place.stack.clone(), address: step.address.clone(), applied, keep }
}

/// The intent is recorded first: a property is in the mark before it is set, and leaves it after it was reset, so
/// that a kill in between loses track of nothing.
async fn update(run: &Run, step: &Step, planned: &Planned, mut desired: Desired<Value>) -> Result<Live<Value>> {
    let live = step.live().ok_or_else(|| Error::refused("the plan has nothing to update"))?;
    let before = Ownership::read(&live.tags).filter(|ownership| ownership.stack == run.plan.place.stack);
    let mut after = ownership(run, step, planned.keep.clone(), applied(&*step.kind, &desired, &planned.secret));
    // A name that is a tag goes along with a copy of the tags. One that cloud101 made is distinguished from it in other ways.
    let is_bound = before.as_ref().is_some_and(|ownership| ownership.applied.is_bound_to(&live.id));
    if step.kind.name_is_a_tag() && (step.action == Action::Adopt || is_bound) {
        after.applied.bind(&live.id);
    }
    if let Some(whole) = step.kind.name_within().first().and_then(|attribute| live.attributes.get(&**attribute)) {
        after.applied.bind_within(whole);
    }
    let there_before = LastApplied::read(&live.tags);
    after.applied.leave_secrets(&there_before, before.is_none());
    // What the file says there was not set, and what was is still to be hidden.
    for path in planned.ignored.iter().filter(|path| there_before.hides(path)) {
        if after.applied.has(path) {
            after.applied.insert(path, &Value::Null, true);
        }
    }
    if !step.kind.marks_apart() {
        // One call writes the marks and what they are of.
        desired.tags.extend(after.tags());
        let change = change(step, planned, live, &desired);
        return step.kind.update(&run.cx, &desired, live, &change).await;
    }
    let mut intent = after.clone();
    if let Some(before) = &before {
        // What stays is not forgotten, so that plans go on saying it.
        staying(&*step.kind, &desired).iter().for_each(|path| after.applied.keep(path, &before.applied));
        intent.applied.absorb(&before.applied);
    }

    let mut there = live.tags.clone();
    let (mut tags, mut removed) = marks_to_settle(&there, &intent);
    if live.unmarked {
        // Some of them the kind filled in.
        tags = intent.tags();
    }
    there.retain(|key, _| !removed.contains(key));
    there.extend(tags.clone());
    tags.extend(desired.tags.clone().into_iter().filter(|(key, value)| live.tags.get(key) != Some(value)));
    let taken_out = step.changes.iter().filter(|change| change.reason == Reason::TakenOut);
    removed.extend(taken_out.filter_map(|change| change.path.strip_prefix("tags.")).map(str::to_owned));
    if !tags.is_empty() || !removed.is_empty() {
        step.kind.update_tags(&run.cx, &live.id, &tags, &removed).await?;
    }

    desired.tags.extend(after.tags());
    let change = change(step, planned, live, &desired);
    let updated =
        if change.paths.is_empty() { live.clone() } else { step.kind.update(&run.cx, &desired, live, &change).await? };

    let (tags, stale) = marks_to_settle(&there, &after);
    if !tags.is_empty() || !stale.is_empty() {
        step.kind.update_tags(&run.cx, &updated.id, &tags, &stale).await?;
    }
    Ok(updated)
}

/// What the kind's update gets: the properties that go back to a default hold it, and those whose drift is ignored
/// what is there, for calls that set several at once.
fn change(step: &Step, planned: &Planned, live: &Live<Value>, desired: &Desired<Value>) -> Change<Value> {
    let mut becoming = with_defaults(&*step.kind, desired, &step.changes);
    let concerns_it =
        |change: &&PropertyChange| !change.path.starts_with("tags.") && !change.reason.is_about_ownership();
    let paths: BTreeSet<_> = step.changes.iter().filter(concerns_it).map(|change| change.path.clone()).collect();
    for path in planned.ignored.iter().filter(|path| !paths.contains(*path)) {
        if let Some(there) = at(&live.spec, path) {
            set(&mut becoming, path, Some(there.clone()));
        }
    }
    Change { target: becoming, paths }
}

/// The marks that differ from those that are there, and those that are no longer wanted.
fn marks_to_settle(there: &Tags, ownership: &Ownership) -> (Tags, Vec<String>) {
    let mut tags = ownership.tags();
    let stale = there.keys().filter(|key| ownership::is_own(key) && !tags.contains_key(*key)).cloned().collect();
    tags.retain(|key, value| there.get(key) != Some(value));
    (tags, stale)
}

/// Takes the marks off: it stays as it is, and is unmanaged.
async fn release(run: &Run, step: &Step, tags: Tags) -> Result<Option<String>> {
    let id = step.id().ok_or_else(|| Error::refused("the plan has no id to release"))?;
    let ownership_tags: Vec<_> = tags.keys().filter(|key| ownership::is_ownership_tag(key)).cloned().collect();
    if !ownership_tags.is_empty() {
        step.kind.update_tags(&run.cx, id, &Tags::new(), &ownership_tags).await?;
    }
    Ok(Some(id.to_owned()))
}
