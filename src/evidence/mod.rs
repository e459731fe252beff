//! What is seen of an account when every kind's own `list`, and what resources leave behind, is asked for in every region
//! that the account has enabled. Whose it is, [`prove`](../../cloud101/prove/index.html) judges.

pub mod left_behind;
pub mod regions;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use crate::aws::command::filled_in;
use crate::aws::{Context, Error, Result};
use crate::resource::kind::Kind;
use crate::resource::{Listing, Owned, Place, Registry, Tags};

/// How many questions are under way at once: most of the time goes into the way to distant regions.
pub const AT_ONCE: usize = 96;

/// One question to AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What was looked for: a kind, or the type of thing that resources leave behind.
    pub what: String,
    /// The calls that asked.
    pub asked: String,
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
    /// Whether it carries the stack's tag and not the record that shows that it is theirs.
    pub doubtful: bool,
    /// The instance that has it, and with which it goes.
    pub part_of: Option<String>,
    /// AWS's word for why it is merely still listed: `terminated`, `deleting`.
    pub going: Option<String>,
    /// The command that removes it.
    pub remove: String,
    /// The command that takes the stack's tag off; empty if there is none.
    pub untag: String,
}

/// What an answer showed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// How many there are, no matter whose; `None` where AWS itself picks out those with the mark.
    pub count: Option<usize>,
    /// Those that may be the stack's.
    pub things: Vec<Thing>,
    /// Those whose owner could not be asked for, by name, and why.
    pub unread: Vec<(String, Error)>,
}

/// Everything that was asked, and every answer.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The regions that the account has enabled.
    pub regions: Vec<String>,
    /// Those that it has not: nothing can be made there.
    pub not_enabled: Vec<String>,
    /// Each question with its answer.
    pub answers: Vec<(Question, Result<Seen>)>,
    /// How long it took.
    pub took: Duration,
}

/// Asks everything, everywhere.
pub async fn look(cx: &Context, registry: &Registry) -> Evidence {
    let started = Instant::now();
    let asked = Question { what: "region".to_owned(), asked: regions::CALL.to_owned(), region: None };
    let mut evidence = Evidence::default();
    match regions::enabled(cx).await {
        Ok((enabled, not_enabled)) => {
            let count = Some(enabled.len() + not_enabled.len());
            if cx.account_profile.is_none() {
                evidence.answers.push((asked, Ok(Seen { count, ..Seen::default() })));
            }
            (evidence.regions, evidence.not_enabled) = (enabled, not_enabled);
        }
        Err(error) => {
            evidence.answers.push((asked, Err(error)));
            evidence.regions.push(cx.place.region.clone());
        }
    }
    let contexts: Vec<_> = evidence.regions.iter().map(|region| cx.in_region(region)).collect();
    let account = cx.with_read_cache();
    let mut questions: Vec<BoxFuture<'_, (Question, Result<Seen>)>> = Vec::new();
    questions.extend(registry.all().filter(|kind| kind.is_global()).map(|kind| of_kind(&account, kind, None)));
    for cx in &contexts {
        // Of instances and disks, more is asked than their kind's list returns.
        let beside = [left_behind::INSTANCE, left_behind::VOLUME];
        let regional = registry.all().filter(|kind| !kind.is_global() && !beside.contains(&kind.name()));
        questions.extend(regional.map(|kind| of_kind(cx, kind, Some(cx.place.region.clone()))));
        questions.extend(left_behind::questions(cx, registry));
    }
    let mut answers: Vec<_> = stream::iter(questions).buffered(AT_ONCE).collect().await;
    evidence.answers.append(&mut answers);
    evidence.took = started.elapsed();
    evidence
}

/// What carries the mark of one kind.
fn of_kind<'a>(
    cx: &'a Context,
    kind: &'a Arc<dyn Kind>,
    region: Option<String>,
) -> BoxFuture<'a, (Question, Result<Seen>)> {
    let question = Question { what: kind.name().to_owned(), asked: kind.info().listed_by.to_string(), region };
    async move { (question, kind.list(cx).await.map(|listing| seen(cx, &**kind, listing))) }.boxed()
}

fn seen(cx: &Context, kind: &dyn Kind, Listing { seen, owned, doubtful, unread }: Listing) -> Seen {
    let thing = |doubtful| {
        move |owned: Owned| {
            let [remove, untag] =
                [&kind.info().remove, &kind.info().untag].map(|template| command(template, &owned, &cx.place));
            Thing { id: owned.id, name: owned.name, tags: owned.tags, doubtful, remove, untag, ..Thing::default() }
        }
    };
    let things = owned.into_iter().map(thing(false)).chain(doubtful.into_iter().map(thing(true)));
    Seen { count: seen, things: things.collect(), unread }
}

/// A command of a kind for one thing.
pub fn command(template: &str, thing: &Owned, place: &Place) -> String {
    let in_bucket = |part: fn((&str, &str)) -> String| thing.id.split_once('/').map(part);
    let command = filled_in(template, |word| match word {
        "id" => Some(thing.id.clone()),
        "name" => Some(thing.name.clone()),
        "region" => Some(place.region.clone()),
        "account" => Some(place.account.clone()),
        "partition" => Some(place.partition.clone()),
        "stack" => Some(place.stack.clone()),
        "bucket" => in_bucket(|(bucket, _)| bucket.to_owned()),
        "key" => in_bucket(|(_, key)| key.to_owned()),
        _ => None,
    });
    command.unwrap_or_default()
}
