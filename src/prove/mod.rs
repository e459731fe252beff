//! After a destroy: is anything of the stack left, anywhere in the account?
//!
//! [`look`] asks every kind's own `list`, and for what resources leave behind, in every region that the account has
//! enabled. [`verdict`] is pure: what of all that was seen is the stack's, and is to go.

mod left_behind;
mod regions;
#[cfg(test)]
mod tests;
pub mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use crate::aws::command::filled_in;
use crate::aws::{Context, Error, Result};
use crate::plan::desired::{self, wanted};
use crate::plan::{Action, Plan};
use crate::resource::kind::Kind;
use crate::resource::{Listing, Tags, is_unknown, registry};
use crate::stack::Stack;

pub use verdict::{Leftover, Row, Verdict, verdict};

/// How many questions are under way at once: most of the time goes into the way to distant regions.
const AT_ONCE: usize = 96;

/// One question to AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What was looked for: a kind, or the sort of thing that resources leave behind.
    pub what: &'static str,
    /// The calls that asked.
    pub asked: &'static str,
    /// Where; `None`: the whole account.
    pub region: Option<String>,
}

/// Something in the account that is the stack's, or may be.
#[derive(Debug, Clone, Default)]
pub struct Thing {
    /// AWS's id.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Every tag.
    pub tags: Tags,
    /// What it was made from or serves: ids of disks, instances and security groups, names of functions.
    pub from: Vec<String>,
    /// The instance that has it, and with which it goes.
    pub part_of: Option<String>,
    /// AWS's word for why it is merely still listed: `terminated`, `deleting`.
    pub going: Option<String>,
    /// The command that removes it.
    pub remove: String,
}

/// What an answer showed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// How many there are, whoever's they are; `None` where AWS itself picks out those with the mark.
    pub count: Option<usize>,
    /// Those that may be the stack's.
    pub things: Vec<Thing>,
    /// Those that could not be asked whose they are, by name, and why.
    pub unread: Vec<(String, Error)>,
}

/// Everything that was asked, and every answer.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The regions that the account has enabled.
    pub regions: Vec<String>,
    /// Those that it has not: nobody can make anything there.
    pub not_enabled: Vec<String>,
    /// Each question with its answer.
    pub answers: Vec<(Question, Result<Seen>)>,
    /// How long it took.
    pub took: Duration,
}

/// What is known of the stack from before the destroy, beside the marks.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The stack.
    pub stack: String,
    /// Why a destroy leaves what it leaves, by kind and id.
    pub kept: BTreeMap<(&'static str, String), String>,
    /// What it was to delete.
    pub deleted: BTreeSet<(&'static str, String)>,
    /// The names of its functions.
    pub functions: BTreeSet<String>,
    /// The ids of its disks.
    pub disks: BTreeSet<String>,
}

impl Known {
    /// What the file, the plan and, as far as it may be asked, the account say before `plan` is carried out.
    pub async fn before(cx: &Context, stack: &Stack, plan: &Plan) -> Self {
        let mut known = Self { stack: stack.name.clone(), ..Self::default() };
        for step in &plan.steps {
            let Some(id) = step.id.clone() else { continue };
            let thing = (step.kind.name(), id);
            match &step.action {
                Action::Keep { because } => drop(known.kept.insert(thing, because.clone())),
                Action::Delete => drop(known.deleted.insert(thing)),
                _ => {}
            }
        }
        let of_file =
            stack.in_order().into_iter().filter(|declared| declared.kind.name() == FUNCTION).filter_map(|declared| {
                let wanted = wanted(stack, &cx.place, &desired::Known::default(), declared).ok()?;
                Some(wanted.name).filter(|name| !is_unknown(name))
            });
        let of_plan = plan.steps.iter().filter(|step| step.kind.name() == FUNCTION).map(|step| step.name.clone());
        known.functions = of_file.chain(of_plan).collect();
        // A denial is told after the destroy, by the same question.
        let disks = left_behind::disks(cx).await.unwrap_or_default().things.into_iter();
        let is_own = |disk: &Thing| cx.is_tagged(&disk.tags) || disk.part_of.as_ref().is_some_and(|id| known.has(id));
        known.disks = disks.filter(is_own).map(|disk| disk.id).collect();
        known
    }

    fn has(&self, instance: &str) -> bool {
        let thing = (left_behind::INSTANCE, instance.to_owned());
        self.kept.contains_key(&thing) || self.deleted.contains(&thing)
    }
}

/// The kind whose names name log groups.
const FUNCTION: &str = "lambda.function";

/// Asks everything, everywhere.
pub async fn look(cx: &Context) -> Evidence {
    let started = Instant::now();
    let asked = Question { what: "region", asked: regions::CALL, region: None };
    let mut evidence = Evidence::default();
    match regions::enabled(cx).await {
        Ok((enabled, not_enabled)) => {
            let count = Some(enabled.len() + not_enabled.len());
            evidence.answers.push((asked, Ok(Seen { count, ..Seen::default() })));
            (evidence.regions, evidence.not_enabled) = (enabled, not_enabled);
        }
        Err(error) => {
            evidence.answers.push((asked, Err(error)));
            evidence.regions.push(cx.place.region.clone());
        }
    }
    let contexts: Vec<_> = evidence.regions.iter().map(|region| cx.in_region(region)).collect();
    let account = cx.for_one_look();
    let mut questions: Vec<BoxFuture<'_, (Question, Result<Seen>)>> = Vec::new();
    questions.extend(registry::all().filter(|kind| kind.is_global()).map(|kind| of_kind(&account, kind, None)));
    for cx in &contexts {
        // Of instances and disks, more is asked than their kind's list tells.
        let regional = registry::all().filter(|kind| !kind.is_global() && kind.name() != left_behind::INSTANCE);
        questions.extend(regional.map(|kind| of_kind(cx, kind, Some(cx.place.region.clone()))));
        questions.extend(left_behind::questions(cx));
    }
    let mut answers: Vec<_> = stream::iter(questions).buffered(AT_ONCE).collect().await;
    evidence.answers.append(&mut answers);
    evidence.took = started.elapsed();
    evidence
}

/// What carries the mark of one kind.
fn of_kind<'a>(
    cx: &'a Context,
    kind: &'static dyn Kind,
    region: Option<String>,
) -> BoxFuture<'a, (Question, Result<Seen>)> {
    let question = Question { what: kind.name(), asked: kind.listed_by(), region };
    async move { (question, kind.list(cx).await.map(|listing| seen(cx, kind, listing))) }.boxed()
}

fn seen(cx: &Context, kind: &dyn Kind, Listing { seen, owned, unread }: Listing) -> Seen {
    let things = owned.into_iter().map(|owned| {
        let command = filled_in(kind.remove_command(), |word| match word {
            "id" => Some(owned.id.clone()),
            "name" => Some(owned.name.clone()),
            "region" => Some(cx.place.region.clone()),
            _ => None,
        });
        let remove = command.unwrap_or_default();
        Thing { id: owned.id, name: owned.name, tags: owned.tags, remove, ..Thing::default() }
    });
    Seen { count: seen, things: things.collect(), unread }
}
