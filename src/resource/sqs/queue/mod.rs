//! `sqs.queue`: a queue and all its attributes.

mod attributes;
mod calls;
mod check;
mod lookup;
mod make;
mod policy;
mod read;
mod settled;
mod spec;

use std::time::Duration;

use crate::aws::{Context, Error, Result, concurrently, tags, try_side_by_side};
use crate::resource::others::{Going, Others, listed, sending_buckets};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place, Resource,
    Tags, texts,
};

pub use spec::Spec;

/// For how long a deleted queue may be seen: AWS says a minute (API: DeleteQueue).
const GONE: Duration = Duration::from_secs(120);

/// The kind.
pub struct Queue;

/// What a stack calls it.
pub const KIND: &str = "sqs.queue";

impl Resource for Queue {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("url", "The queue's URL, by which programs send and receive."),
                ("arn", "The queue's ARN, for use in policies and as a target."),
                ("name", "The queue's name."),
            ]),
            to_try: texts(["aws sqs send-message --queue-url {url} --message-body hello --region {region}"]),
            made_by: "sqs:CreateQueue".into(),
            listed_by: "sqs:ListQueues, and sqs:ListQueueTags of each".into(),
            remove: "aws sqs delete-queue --queue-url {id} --region {region}".into(),
            untag: "aws sqs untag-queue --queue-url {id} --tag-keys cloud101:stack --region {region}".into(),
            permissions: crate::resource::sqs::permissions::queue(),
            ..KindInfo::new(KIND, "A queue: messages sent to it wait until a program has received and deleted them.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        attributes_of(place, name, None)
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        check::check(name, spec)
    }

    fn canonical(&self, spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        Ok(spec.canonical())
    }

    fn data_loss(&self, live: &Spec, target: Option<&Spec>) -> Option<String> {
        let seconds = target?.message_retention_seconds?;
        let is_shorter = live.message_retention_seconds.is_some_and(|now| seconds < now);
        is_shorter.then(|| format!("all messages in it that are older than {seconds} seconds"))
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| settled::of_stack(cx, desired)).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let urls = calls::all(cx).await?;
        let seen = urls.len();
        let found = try_side_by_side(urls, |url| async move {
            let name = calls::name_in(&url).to_owned();
            // One that was deleted a moment ago may still be in the list.
            Ok::<_, Error>(calls::tags(cx, &url).await?.map(|tags| Owned { id: url, name, tags }))
        })
        .await?;
        Ok(Listing::among(cx, seen, found.into_iter().flatten()))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        make::make(cx, desired).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let touches = |property: &str| change.touches(property);
        let attributes = attributes::to_set(&live.spec, &change.target, touches);
        if !attributes.is_empty() {
            make::set(cx, &live.id, &change.target, &attributes).await?;
        }
        settled::shown(cx, &live.id, &change.target, touches).await
    }

    async fn current(&self, cx: &Context, url: &str) -> Result<Option<Current>> {
        Ok(calls::tags_now(cx, url).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, url: &str, set: &Tags, remove: &[String]) -> Result<()> {
        tags::change(set, remove, || calls::tag(cx, url, set), |keys| calls::untag(cx, url, keys)).await
    }

    async fn besides(&self, cx: &Context, url: &str) -> Result<Vec<String>> {
        let given = calls::attributes(cx, url).await?.unwrap_or_default();
        Ok(read::lost(attributes::messages(&given)).into_iter().collect())
    }

    async fn others(&self, _cx: &Context, going: &Going<'_>) -> Result<Others> {
        let buckets = sending_buckets(going, "policy");
        let note = (!buckets.is_empty()).then(|| {
            let names = listed(buckets.iter().map(String::as_str));
            format!(
                "its policy allows the bucket {names}, outside this stack, to notify it: those notifications are no \
                 longer delivered"
            )
        });
        Ok(Others { notes: note.into_iter().collect(), ..Others::default() })
    }

    async fn delete(&self, cx: &Context, url: &str, _empty: bool) -> Result<()> {
        calls::delete(cx, url).await?;
        settled::gone(cx, url, GONE).await
    }
}

fn arn(place: &Place, name: &str) -> String {
    place.arn("sqs", name)
}

/// What others refer to. Only SQS returns the URL, which hangs on where it answers.
fn attributes_of(place: &Place, name: &str, url: Option<&str>) -> Attributes {
    let url = url.map(|url| ("url".to_owned(), url.to_owned()));
    let known = [("arn".to_owned(), arn(place, name)), ("name".to_owned(), name.to_owned())];
    known.into_iter().chain(url).collect()
}

#[cfg(test)]
mod tests;
