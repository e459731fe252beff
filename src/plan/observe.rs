//! The live account, as far as the stack is concerned. The only part of planning that asks AWS.

mod error;
mod listed;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use crate::aws::{Context, Error, FEW, concurrently};
use crate::model::value::at;
use crate::resource::{Address, Desired, Live, is_unknown};
use crate::stack::graph::Graph;
use crate::stack::{ResourceConfig, Stack};

use super::desired::{KnownAttributes, desired};

use listed::marked;

pub use error::PlanError;
pub use listed::{Found, Listed, list};
pub use services::{Services, can_ignore, is_of_no_service};

/// What is there.
#[derive(Clone, Default)]
pub struct Observation {
    /// What the file names and the account has.
    pub live: BTreeMap<Address, Arc<Live<Value>>>,
    /// Everything that carries the stack's mark.
    pub owned: Vec<Arc<Found>>,
    /// Lists that AWS did not give, and that the file can do without: see [`is_beside`].
    pub unseen: Vec<PlanError>,
    /// What could not be read of some copies of a resource, which a plan goes on without.
    pub unread: Vec<PlanError>,
    /// What was not looked for, because its name comes from something that could not be read. It may be there.
    pub unlooked: BTreeSet<Address>,
    /// Those of `live` of which was not asked what is in them: that is worth a call only of what goes.
    pub unasked: BTreeSet<Address>,
}

impl Observation {
    /// Asks what is in those that may go and of which that was not asked. Where the answer can't be had, AWS says it when they
    /// are deleted.
    pub(crate) async fn ask_what_is_in(
        &mut self,
        cx: &Context,
        stack: &Stack,
        goes: impl Fn(&ResourceConfig, &Live<Value>) -> bool,
    ) {
        let ids = std::mem::take(&mut self.unasked).into_iter().filter_map(|address| {
            let (declared, live) = (stack.get(&address)?, self.live.get(&address)?);
            goes(declared, live).then(|| (address, declared.kind.clone(), live.id.clone()))
        });
        let ids: Vec<_> = ids.collect();
        let answers = concurrently(ids, |(address, kind, id)| async move { (address, kind.blocker(cx, &id).await) });
        for (address, blocker) in answers.await {
            match (blocker, self.live.get_mut(&address)) {
                (Ok(blocker), Some(live)) => Arc::make_mut(live).blocker = blocker,
                (Err(error), _) => tracing::debug!(%error, %address, "what is in it is not known"),
                (Ok(_), None) => {}
            }
        }
    }
}

/// Whether a property that only another one can have differs from the file, or may do so.
pub(crate) fn may_be_replaced(declared: &ResourceConfig, live: &Live<Value>) -> bool {
    let schema = declared.kind.schema();
    let replaces = schema.leaves().iter().filter(|path| schema.at(path).is_some_and(|one| one.has("x-replace")));
    replaces.into_iter().any(|path| {
        let said = at(&declared.spec, path).filter(|said| !said.is_null());
        said.is_some() && said != at(&live.spec, path)
    })
}

/// Those of `live` whose kind was not asked for what is in them: see [`Resource::read`](crate::resource::Resource::read).
fn unasked(cx: &Context, stack: &Stack, live: &BTreeMap<Address, Arc<Live<Value>>>) -> BTreeSet<Address> {
    let mut by_kind: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for declared in stack.resources.iter().filter(|declared| declared.kind.info().emptied_by.is_some()) {
        by_kind.entry(declared.kind.name()).or_default().push(&declared.address);
    }
    let unasked = by_kind.into_values().filter(|all| !cx.all_goes || all.len() > FEW).flatten();
    unasked.filter(|address| live.contains_key(*address)).cloned().collect()
}

/// Reads everything concurrently: what the file names directly, and lists of what carries the stack's ownership tags, for orphans.
///
/// # Errors
/// Whatever could not be read.
pub(crate) async fn observe(cx: &Context, stack: &Stack) -> Result<Observation, Vec<PlanError>> {
    let (mut observation, mut errors) = look(cx, stack, |_, _| false).await;
    if errors.is_empty() {
        return Ok(observation);
    }
    errors.append(&mut observation.unseen);
    Err(errors)
}

/// The same, with what could be read beside what could not. As long as all of that `can_be_missing`, everything else is read.
pub(crate) async fn look(
    cx: &Context,
    stack: &Stack,
    can_be_missing: impl Fn(&PlanError, &Stack) -> bool,
) -> (Observation, Vec<PlanError>) {
    let can_go_on = |errors: &[PlanError]| errors.iter().all(|error| can_be_missing(error, stack));
    let mut known = KnownAttributes::default();
    let needed: BTreeSet<&Address> = stack.resources.iter().flat_map(|declared| &declared.depends_on).collect();
    let mut errors = Vec::new();
    let mut first = Vec::new();
    let mut later = Vec::new();
    for declared in stack.in_order() {
        match desired(stack, &cx.place, &known, declared) {
            // Its identity hangs on something that AWS invents: ask when that is read.
            Ok(desired) if is_unknown(&desired.name) => later.push(declared),
            Ok(desired) => {
                if needed.contains(&declared.address) {
                    let predicted = declared.kind.computed_attributes(&cx.place, &desired.name, &desired.spec);
                    known.insert(declared.address.clone(), predicted);
                }
                first.push((declared, desired));
            }
            Err(diagnostic) => errors.push(PlanError::diagnostic(declared, diagnostic)),
        }
    }
    if !can_go_on(&errors) {
        return (Observation::default(), errors);
    }

    let at_once = cx.with_read_cache();
    let services = Services::of(stack);
    let (answers, owned) = tokio::join!(read(&at_once, first), marked(&at_once, &stack.registry, &services));
    let mut live = BTreeMap::new();
    errors.extend(take(&mut live, answers));
    errors.extend(look_where_it_was(&at_once, stack, &known, &mut live).await);
    while !later.is_empty() && can_go_on(&errors) {
        for (declared, live) in stack.resources.iter().filter_map(|d| Some((d, live.get(&d.address)?))) {
            let name = known.resolve(stack, &cx.place, &declared.name);
            let identity = declared.kind.identity(&name, &live.spec);
            known.insert_live(&cx.place, (&*declared.kind, &declared.address), &identity, live);
        }
        let (next, still): (Vec<_>, Vec<_>) = later
            .into_iter()
            .map(|declared| (declared, desired(stack, &cx.place, &known, declared).ok()))
            .partition(|(_, desired)| desired.as_ref().is_some_and(|desired| !is_unknown(&desired.name)));
        later = still.into_iter().map(|(declared, _)| declared).collect();
        if next.is_empty() {
            break;
        }
        let next = next.into_iter().filter_map(|(declared, desired)| Some((declared, desired?)));
        errors.extend(take(&mut live, read(cx, next.collect()).await));
        errors.extend(look_where_it_was(cx, stack, &known, &mut live).await);
    }

    let unread = errors.iter().filter_map(|error| error.address.as_ref());
    let mut unlooked = Graph::new(&stack.resources).with_dependents(unread);
    unlooked.retain(|address| later.iter().any(|declared| declared.address == *address));
    let mut observation = Observation { unasked: unasked(cx, stack, &live), live, unlooked, ..Observation::default() };
    let is_answered = owned.iter().any(Result::is_ok);
    for answer in owned {
        match answer {
            Ok(listed) => observation.owned.extend(listed.found.into_iter().map(Arc::new)),
            Err(error) if is_answered && can_ignore(&error, stack) => observation.unseen.push(error),
            Err(error) => errors.push(error),
        }
    }
    let (live, marked) = (observation.live.len(), observation.owned.len());
    tracing::debug!(declared = stack.resources.len(), live, marked, "the account is read");
    if can_go_on(&errors) {
        let unread = errors.iter().filter_map(|error| error.address.clone()).collect();
        errors.extend(look_again(cx, stack, &known, &unread, &mut observation).await);
        ask_what_stands_against_extras(cx, &mut observation).await;
    }
    (observation, errors)
}

/// Looks under their earlier addresses for those that AWS knows by an id: their tags are all that names them. Whatever AWS
/// knows by its name was found under that.
async fn look_where_it_was(
    cx: &Context,
    stack: &Stack,
    known: &KnownAttributes,
    live: &mut BTreeMap<Address, Arc<Live<Value>>>,
) -> Vec<PlanError> {
    let mut errors = Vec::new();
    for moves in 0.. {
        let was = |declared: &'_ &ResourceConfig| {
            let is_found = live.contains_key(&declared.address);
            (declared.kind.name_is_a_tag() && !is_found).then(|| declared.formerly.get(moves).cloned()).flatten()
        };
        let moved: Vec<_> = stack.resources.iter().filter_map(|declared| Some((declared, was(&declared)?))).collect();
        if moved.is_empty() {
            break;
        }
        let there = |(declared, address): (_, Address)| {
            let desired = desired(stack, &cx.place, known, declared).ok()?;
            (!is_unknown(&desired.name)).then_some((declared, Desired { address, ..desired }))
        };
        errors.extend(take(live, read(cx, moved.into_iter().filter_map(there).collect()).await));
    }
    errors
}

/// Reads and lists see different moments. What a list shows of a resource and its read did not may have come in
/// between, by another apply: only a second read distinguishes it from a second copy, which a plan deletes.
async fn look_again(
    cx: &Context,
    stack: &Stack,
    known: &KnownAttributes,
    unread: &BTreeSet<Address>,
    observation: &mut Observation,
) -> Vec<PlanError> {
    let Observation { live, owned, .. } = observation;
    let is_doubtful = |found: &Arc<Found>| {
        let declared = stack.get(&found.ownership.address).filter(|declared| found.matches(declared))?;
        if unread.contains(&declared.address) {
            return None;
        }
        let id = live.get(&declared.address).map(|live| &live.id);
        (!found.ownership.keep.retain && id != Some(&found.owned.id)).then_some(&declared.address)
    };
    let doubtful: BTreeSet<&Address> = owned.iter().filter_map(is_doubtful).collect();
    let doubtful = stack.resources.iter().filter(|declared| doubtful.contains(&declared.address));
    let desired = doubtful.filter_map(|declared| Some((declared, desired(stack, &cx.place, known, declared).ok()?)));
    let desired: Vec<_> = desired.filter(|(_, desired)| !is_unknown(&desired.name)).collect();
    desired.iter().for_each(|(declared, _)| drop(live.remove(&declared.address)));
    take(live, read(cx, desired).await)
}

/// What a read reported, it reported with what stands against it. Of the others it is asked, so that the plan can say
/// it; where the answer can't be had, AWS says it when they are deleted.
async fn ask_what_stands_against_extras(cx: &Context, observation: &mut Observation) {
    let Observation { live, owned, .. } = observation;
    let read: BTreeSet<&String> = live.values().map(|live| &live.id).collect();
    let is_read = |found: &Found| read.contains(&found.owned.id);
    let asked = owned.iter_mut().filter(|found| !found.ownership.keep.retain && !is_read(found)).map(Arc::make_mut);
    concurrently(asked, |found| async move {
        let (kind, id) = (found.kind.clone(), found.owned.id.clone());
        let (blocker, besides) = tokio::join!(kind.blocker(cx, &id), kind.besides(cx, &id));
        found.blocker = blocker.unwrap_or_else(|error| {
            tracing::debug!(%error, id, "what prevents its deletion is not known");
            None
        });
        found.besides = besides.unwrap_or_else(|error| {
            tracing::debug!(%error, id, "what is lost with it is not known");
            Vec::new()
        });
    })
    .await;
}

/// Puts what was found into `live` and gives back the trouble.
fn take(live: &mut BTreeMap<Address, Arc<Live<Value>>>, answers: Vec<Answer>) -> Vec<PlanError> {
    let mut errors = Vec::new();
    for (address, answer) in answers {
        match answer {
            Ok(Some(found)) => drop(live.insert(address, found)),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    errors
}

type Answer = (Address, Result<Option<Arc<Live<Value>>>, PlanError>);

/// One call of each kind's `read`, all side by side.
async fn read(cx: &Context, desired: Vec<(&ResourceConfig, Desired<Value>)>) -> Vec<Answer> {
    let mut by_kind: BTreeMap<&str, Vec<(&ResourceConfig, Desired<Value>)>> = BTreeMap::new();
    for (declared, desired) in desired {
        by_kind.entry(declared.kind.name()).or_default().push((declared, desired));
    }
    let answers = by_kind.into_values().map(|group| async move {
        let (declared, desired): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let Some(first) = declared.first() else { return Vec::new() };
        let answers = first.kind.read(cx, &desired).await;
        drop(desired);
        let with = |(declared, answer): (&ResourceConfig, Result<_, Error>)| {
            (declared.address.clone(), answer.map_err(|error| PlanError::with(declared, error)))
        };
        declared.into_iter().zip(answers).map(with).collect::<Vec<_>>()
    });
    join_all(answers).await.into_iter().flatten().collect()
}
