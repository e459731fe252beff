//! What carries the stack's tag in other regions: what an earlier file, or another `--region`, made there.
//!
//! It costs a few calls for each region, side by side, and is asked beside the destroy itself, which changes nothing
//! there.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use crate::aws::{Context, Error, Result};
use crate::evidence::{AT_ONCE, left_behind, regions};
use crate::plan::observe::Services;
use crate::resource::ec2::tagged::{Tagged, tagged};
use crate::resource::s3::bucket;
use crate::resource::{Listing, Owned, Registry, Tags};

use super::here::Unanswered;

/// How long a region may take to answer a question.
const LIMIT: Duration = Duration::from_secs(30);

/// Something there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its region.
    pub region: String,
    /// Its kind, or what AWS calls it.
    pub what: String,
    /// AWS's id.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Every tag.
    pub tags: Tags,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// The other regions that the account has enabled and that answered everything.
    pub regions: Vec<String>,
    /// What carries the stack's tag there.
    pub strays: Vec<Stray>,
    /// What could not be looked at.
    pub unseen: Vec<Unanswered>,
}

type Answer = (String, String, Result<Vec<Stray>>);

/// Asks.
pub async fn look(cx: &Context, registry: &Registry, services: &Services) -> Elsewhere {
    let patient = |kind: &str, cx: &Context| if services.have(kind) { cx.clone() } else { cx.aside() };
    let (of_ec2, of_s3) = (patient("ec2", cx), patient("s3", cx));
    let (enabled, buckets) =
        tokio::join!(within(async { Ok(regions::enabled(&of_ec2).await?.0) }), within(bucket::tags::by_region(&of_s3)));
    let mut elsewhere = Elsewhere::default();
    let unanswered = |what: &str, region: Option<&String>, error| Unanswered {
        what: what.to_owned(),
        region: region.cloned(),
        error,
    };
    let mut regions = enabled.unwrap_or_else(|error| {
        elsewhere.unseen.push(unanswered("other regions", None, error));
        Vec::new()
    });
    let mut buckets = buckets.unwrap_or_else(|error| {
        elsewhere.unseen.push(unanswered("buckets of other regions", None, error));
        BTreeMap::new()
    });
    buckets.remove(&cx.place.region);
    if let Some(profile) = cx.account_profile {
        buckets.retain(|region, _| profile.has_region(region));
    }
    regions.retain(|region| *region != cx.place.region);
    let places = regions.iter().chain(buckets.keys().filter(|region| !regions.contains(region)));
    let places: Vec<_> = places.map(|region| cx.in_region(region)).map(|cx| (cx.aside(), cx)).collect();
    let mut questions: Vec<BoxFuture<'_, Answer>> = Vec::new();
    for (aside, cx) in &places {
        let patient = |kind: &str| if services.have(kind) { cx } else { aside };
        if let Some(names) = buckets.remove(&cx.place.region) {
            let kind = bucket::KIND;
            let cx = patient(kind);
            questions.push(ask(cx, kind, async move { Ok(listed(cx, kind, bucket::tags::among(cx, names).await?)) }));
        }
        if !regions.contains(&cx.place.region) {
            continue;
        }
        let of_ec2 = patient("ec2");
        questions.push(ask(cx, "the tags of EC2", async move {
            Ok(whole(of_ec2, registry, tagged(of_ec2, |_| false).await?))
        }));
        questions.extend(
            registry
                .all()
                .filter(|kind| kind.info().is_listed_elsewhere && !kind.is_global())
                .map(|kind| (kind, patient(kind.name())))
                .map(|(kind, cx)| {
                    ask(cx, kind.name(), async move { Ok(listed(cx, kind.name(), kind.list(cx).await?)) })
                }),
        );
    }
    let answers: Vec<_> = stream::iter(questions).buffered(AT_ONCE).collect().await;
    let is_answering = |region: &String| answers.iter().any(|(asked, _, answer)| asked == region && answer.is_ok());
    let is_absent = |region: &String, error: &Error| error.has_no_address() && is_answering(region);
    let failed: Vec<_> = answers
        .iter()
        .filter_map(|(region, what, answer)| Some((region, what, answer.as_ref().err()?)))
        .filter(|(region, _, error)| !is_absent(region, error))
        .map(|(region, what, error)| unanswered(what, Some(region), error.clone()))
        .collect();
    regions.retain(|region| !failed.iter().any(|one| one.region.as_ref() == Some(region)));
    elsewhere.regions = regions;
    elsewhere.unseen.extend(failed);
    elsewhere.strays = answers.into_iter().filter_map(|(_, _, answer)| answer.ok()).flatten().collect();
    elsewhere
}

fn ask<'a>(
    cx: &Context,
    what: &str,
    answer: impl Future<Output = Result<Vec<Stray>>> + Send + 'a,
) -> BoxFuture<'a, Answer> {
    let region = cx.place.region.clone();
    let what = what.to_owned();
    async move { (region, what, within(answer).await) }.boxed()
}

async fn within<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Err(Error::timed_out(format!("there was no answer within {} s", LIMIT.as_secs())));
    tokio::time::timeout(LIMIT, answer).await.unwrap_or_else(late)
}

/// Copies count as well: a destroy there tells them from the rest.
fn listed(cx: &Context, what: &str, Listing { owned, doubtful, .. }: Listing) -> Vec<Stray> {
    let stray =
        |Owned { id, name, tags }| Stray { region: cx.place.region.clone(), what: what.to_owned(), id, name, tags };
    owned.into_iter().chain(doubtful).map(stray).collect()
}

/// Without the disks and interfaces of instances that are among them.
fn whole(cx: &Context, registry: &Registry, all: Vec<Tagged>) -> Vec<Stray> {
    let ids: Vec<_> = all.iter().map(|one| one.id.clone()).collect();
    let is_part = |one: &Tagged| one.part_of.as_ref().is_some_and(|instance| ids.contains(instance));
    all.into_iter().filter(|one| !is_part(one)).map(|one| stray(cx, registry, one)).collect()
}

fn stray(cx: &Context, registry: &Registry, Tagged { id, sort, tags, .. }: Tagged) -> Stray {
    let name = tags.get("Name").unwrap_or(&id).clone();
    Stray { region: cx.place.region.clone(), what: left_behind::in_words(registry, &sort), id, name, tags }
}
