//! What carries the stack's mark and is not what the file means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::command::quoted;
use crate::aws::{Error, Result};
use crate::resource::{Address, KindInfo};
use crate::stack::{OnDestroy, ResourceConfig, Roster, Stack};

use super::observe::{Found, PlanError};
use super::options::{Goal, Leavers, Options};
use super::unmoved::People;
use super::{Action, Origin, Prior, Step, refusal, unmoved};

/// How many people a hint names at most.
const MOST_NAMED: usize = 20;

/// What becomes of all that the file does not mean.
#[derive(Default)]
pub struct Orphans {
    /// What is done.
    pub steps: Vec<Step>,
    /// What is kept beside the resource of the file that has its address: a note on that.
    pub notes: Vec<(Address, String)>,
    /// What forbids the plan.
    pub errors: Vec<PlanError>,
}

/// What becomes of `found`, those first that usually depend on others. `there` are the resources of the file that are there.
/// What `waiting` have is kept.
pub fn orphans(
    stack: &Stack,
    mut found: Vec<Arc<Found>>,
    goal: Goal,
    options: &Options,
    there: &BTreeSet<&Address>,
    waiting: &People<'_>,
) -> Orphans {
    found.sort_by_key(|found| (std::cmp::Reverse(stack.registry.rank(found.kind.name())), found.owned.id.clone()));
    let mut orphans = Orphans::default();
    let kept = found.extract_if(.., |found| waiting.owner(stack, &found.ownership.address).is_some());
    let kept: Vec<_> = kept.collect();
    if goal == Goal::Apply {
        orphans.errors = too_many_leave(stack, &found, &options.leavers, there);
        orphans.errors.extend(too_many_left_out(stack, &found, options, there));
    }
    for found in found {
        let address = &found.ownership.address;
        match action(stack, &found, goal, options) {
            Ok(Some(action)) => {
                let why = why(stack, address);
                orphans.steps.push(Step { why, ..step(found, action, options.empty_buckets) });
            }
            Ok(None) => {
                let name = &found.owned.name;
                let note = format!("`{name}` is retained (on_destroy: retain), and `destroy` keeps it too");
                orphans.notes.push((address.clone(), note));
            }
            Err(error) => orphans.errors.push(PlanError {
                address: Some(address.clone()),
                kind: found.kind.name().to_owned(),
                is_global: found.kind.is_global(),
                line: line(stack, address),
                error,
            }),
        }
    }
    orphans.steps.extend(kept.into_iter().map(|found| {
        // Without the key: a plan shows what is the same for several members once.
        let because = "nothing of this member is changed until `moved:` in the file says who that was".to_owned();
        step(found, Action::Keep { because }, options.empty_buckets)
    }));
    orphans
}

/// The line of the resource at `address`; of one who has no copy any more, that of the others'.
fn line(stack: &Stack, address: &Address) -> Option<usize> {
    let of_others =
        || stack.resources.iter().find(|declared| declared.address.name == address.name && address.key.is_some());
    stack.get(address).or_else(of_others).map(|declared| declared.line)
}

/// Whether so many are gone from a roster that it is probably truncated: more than a quarter of those who have something.
/// `there` are the resources of the file that are there.
fn too_many_leave(
    stack: &Stack,
    found: &[Arc<Found>],
    leavers: &Leavers,
    there: &BTreeSet<&Address>,
) -> Vec<PlanError> {
    if !leavers.remove_absent || leavers.even_if_many {
        return Vec::new();
    }
    let mut left: BTreeMap<&str, (&Roster, &Found, BTreeSet<&str>)> = BTreeMap::new();
    for found in found {
        let address = &found.ownership.address;
        if let (Some(roster), Some(key)) = (stack.left(address), &address.key) {
            left.entry(&roster.name).or_insert((roster, found, BTreeSet::new())).2.insert(key);
        }
    }
    let refused = |(roster, first, left): (&Roster, &Found, BTreeSet<&str>)| {
        let is_for = |address: &&&Address| stack.for_each.get(&address.name) == Some(&roster.name);
        let staying: BTreeSet<_> = there.iter().filter(is_for).filter_map(|address| address.key.as_deref()).collect();
        let all = staying.len() + left.len();
        let (file, look) = match &roster.file {
            Some(file) => (format!(" ({file})"), format!("look whether {file} is complete")),
            None => (String::new(), "look whether the roster is complete".to_owned()),
        };
        let message = format!(
            "{} of {all} who have something are no longer in the roster `{}`{file}, which is more than a quarter: it may be \
             truncated",
            left.len(),
            roster.name
        );
        (left.len() * 4 > all)
            .then(|| too_many(stack, first, message, &look, ("name them in place of --remove-absent", &left)))
    };
    left.into_values().filter_map(refused).collect()
}

/// Whether a change of a `when:`, or of the column that it looks at, takes so many copies of a resource away that it is
/// probably a slip: more than a quarter of those that are there. One who is named goes. `there`: see
/// [`too_many_leave`].
fn too_many_left_out(
    stack: &Stack,
    found: &[Arc<Found>],
    options: &Options,
    there: &BTreeSet<&Address>,
) -> Vec<PlanError> {
    if options.leavers.even_if_many {
        return Vec::new();
    }
    let mut left_out: BTreeMap<&str, (&Found, BTreeSet<&str>)> = BTreeMap::new();
    for found in found {
        let address = &found.ownership.address;
        let key = address.key.as_ref().filter(|_| stack.left_out(address).is_some());
        let is_named = |key: &&String| options.leavers.remove.contains(*key) || options.only.contains(*key);
        let goes = || matches!(action(stack, found, Goal::Apply, options), Ok(Some(Action::Delete)));
        if let Some(key) = key.filter(|key| !is_named(key) && goes()) {
            left_out.entry(&address.name).or_insert((found, BTreeSet::new())).1.insert(key);
        }
    }
    let refused = |(name, (first, keys)): (&str, (&Found, BTreeSet<&str>))| {
        let staying = there.iter().filter(|address| address.name == name).count();
        let (going, all) = (keys.len(), staying + keys.len());
        let message = format!(
            "`when:` of `{name}` no longer holds for {going} of {all} who have one, which is more than a quarter: it, or the \
             column in the roster, may be mistyped"
        );
        let look = format!("look at `when:` of `{name}` and at the roster");
        (going * 4 > all).then(|| too_many(stack, first, message, &look, ("name them", &keys)))
    };
    left_out.into_iter().filter_map(refused).collect()
}

/// That so many do not go at once, and what to add if they are to. `first` is of the first of them, and they are named as
/// `name_them` says.
fn too_many(
    stack: &Stack,
    first: &Found,
    message: String,
    look: &str,
    (name_them, going): (&str, &BTreeSet<&str>),
) -> PlanError {
    let keys: Vec<_> = going.iter().copied().collect();
    let named = match keys.len() <= MOST_NAMED {
        true => format!(", or {name_them}: --remove {}", quoted(&keys.join(","))),
        false => String::new(),
    };
    let hint = format!("{look}; if they are all to go, add --even-if-many{named}");
    PlanError {
        address: Some(first.ownership.address.clone()),
        kind: first.kind.name().to_owned(),
        is_global: first.kind.is_global(),
        line: line(stack, &first.ownership.address),
        error: Error::refused(message).with_hint(hint),
    }
}

/// Why something goes that has the tags of `address`, where that is not because of the stack file alone.
fn why(stack: &Stack, address: &Address) -> Option<String> {
    match (stack.left_out(address), stack.left(address)) {
        (Some(_), _) => Some("`when:` no longer holds for this member".to_owned()),
        (None, Some(roster)) => Some(format!("no longer in the roster `{}`", roster.name)),
        (None, None) => None,
    }
}

/// What the file says under its address.
fn namesake<'a>(stack: &'a Stack, found: &Found) -> Option<&'a ResourceConfig> {
    stack.get(&found.ownership.address).filter(|declared| found.matches(declared))
}

/// What is done with `found`; `None`: it stays.
///
/// # Errors
/// It is protected.
pub fn action(stack: &Stack, found: &Found, goal: Goal, options: &Options) -> Result<Option<Action>> {
    let declared = namesake(stack, found);
    let keep = &found.ownership.keep;
    let release = |because: &str| Action::Release { because: because.to_owned() };
    let kept = |because: &str| Action::Keep { because: because.to_owned() };
    let address = &found.ownership.address;
    if let (Goal::Apply, Some(roster), Some(key)) = (goal, stack.left(address), &address.key)
        && !options.leavers.go(key)
    {
        return Ok(Some(kept(&format!("no longer in the roster `{}`: kept until --remove names it", roster.name))));
    }
    if let (Goal::Apply, Some(declared), Some(was)) = (goal, declared, &keep.was)
        && unmoved::is_missing(declared, was)
        && !options.replace.contains(address)
    {
        return Err(unmoved::both_there(declared, &found.owned.name, was));
    }
    Ok(Some(match (declared, goal) {
        // The file names it, so this is a second one: the remains of a replacement, or of another name.
        (Some(declared), Goal::Apply) if declared.protect && keep.protect => {
            return Err(refusal::protected_second(&found.owned.name));
        }
        (Some(declared), Goal::Destroy) if declared.protect && keep.protect => kept("protect: true"),
        // Something that its resource left behind on purpose, such as a disk.
        (Some(_), Goal::Apply) if keep.retain => return Ok(None),
        // What had the earlier address and what has this one are both there: which of both has what a person needs is not known.
        (Some(declared), Goal::Apply) if !declared.formerly.is_empty() => {
            return Err(refusal::moved_and_there(&found.owned.name, &declared.formerly));
        }
        (Some(declared), _) if keep.adopted && declared.on_destroy != Some(OnDestroy::Delete) => {
            release("it existed before: adopted")
        }
        (Some(_), _) if !keep.retain => Action::Delete,
        (None, Goal::Apply) if keep.protect => {
            return Err(match (stack.left(address), &address.key) {
                (Some(roster), Some(key)) => refusal::protected_leaver(&found.owned.name, key, roster),
                _ => refusal::protected_extra(&found.owned.name),
            });
        }
        (None, Goal::Destroy) if keep.protect => kept("protect: true at the last apply"),
        (_, Goal::Destroy) if keep.retain => kept(&retained(Some(found.kind.info()), &found.owned.id)),
        // The file never named it: it is kept although its instance is gone, and costs money.
        _ if keep.retain && found.kind.info().why_it_remains(&found.owned.id).is_some() => {
            kept(&retained(Some(found.kind.info()), &found.owned.id))
        }
        // Nothing takes its marks off.
        _ if keep.retain && !found.kind.marks_apart() => kept(&retained(Some(found.kind.info()), &found.owned.id)),
        _ if keep.retain => release(&retained(Some(found.kind.info()), &found.owned.id)),
        _ if keep.adopted => release("it existed before: adopted"),
        _ => Action::Delete,
    }))
}

/// Why something of a kind is kept whose mark says so: what the file said of it, or, of a disk, of its instance's.
pub fn retained(kind: Option<&KindInfo>, id: &str) -> String {
    format!("{} at the last apply", kind.and_then(|kind| kind.why_it_remains(id)).unwrap_or("on_destroy: retain"))
}

fn step(found: Arc<Found>, action: Action, empty: bool) -> Step {
    let found = Arc::unwrap_or_clone(found);
    let notes = if action == Action::Delete { found.besides } else { Vec::new() };
    Step {
        address: found.ownership.address,
        kind: found.kind,
        name: found.owned.name,
        action,
        changes: Vec::new(),
        local: Vec::new(),
        upload: None,
        texts: Vec::new(),
        notes,
        origin: Origin::Orphan,
        prior: Some(Prior::listed(found.owned.id, found.owned.tags, found.blocker)),
        planned: None,
        why: None,
        renews: Vec::new(),
        rank: usize::MAX,
        depends_on: Default::default(),
        outlives: Default::default(),
        loses_data: false,
        is_checked: false,
        stays_for: None,
        // Or else there would be no way left to say it.
        empty: empty || found.ownership.keep.empty,
        before: None,
        after: Default::default(),
    }
}
