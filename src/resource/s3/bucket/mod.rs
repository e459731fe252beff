//! `s3.bucket`: a bucket and all its settings.

mod check;
pub(super) mod contents;
mod cors;
mod lifecycle;
mod lifecycle_check;
mod lookup;
mod make;
pub(super) mod name;
mod notifications;
mod policy_check;
mod public;
mod read;
mod seen;
mod settings;
mod settled;
mod spec;
pub mod tags;
mod website;
mod write;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use crate::aws::claim::claim;
use crate::aws::{Call, Context, Error, ErrorKind, FEW, Result, concurrently, try_side_by_side, wait};
use crate::model::{region, value};
use crate::resource::others::{Going, Others, listed, sending_buckets};
use crate::resource::{
    Attribute, Attributes, Base, Change, Contents, Current, DeleteBlocker, Desired, Diagnostic, Held, KindInfo,
    Listing, Live, Place, Resource, Tags, Unchecked, texts,
};

use make::{make, namespace};
use seen::read_back;

pub(super) use read::explain;
pub use spec::Spec;

/// For how long a new bucket, or what was just set, may not be seen yet, and a deleted one may.
const VISIBLE: Duration = Duration::from_secs(60);
/// How many looks at once have to show what was put, since each of S3's answers may be the old one or the new one,
/// whatever the others are.
const AGREEING: usize = 3;
/// For how long S3 may deny a bucket that was seen before.
const DENIED: Duration = Duration::from_secs(10);

/// The kind.
pub struct Bucket;

/// What a stack calls it.
pub const KIND: &str = "s3.bucket";

impl Resource for Bucket {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The bucket's ARN, for use in policies; its objects are `${bucket.arn}/*`."),
                ("name", "The bucket's name."),
                ("domain", "The host name of its objects, in this region."),
                ("website_endpoint", "The address of the web site, if `website` is set."),
            ]),
            to_try: texts(["aws s3 ls s3://{name}"]),
            made_by: "s3:CreateBucket".into(),
            listed_by: "s3:ListBuckets of the region, and s3:GetBucketTagging of each".into(),
            remove: "aws s3 rb s3://{id} --force --region {region}".into(),
            // S3 knows the tags of a bucket only as a whole.
            untag: "aws s3api put-bucket-tagging --bucket {id} --region {region} --tagging \
        \"$(aws s3api get-bucket-tagging --bucket {id} --region {region} --output json \
        --query \"{TagSet: TagSet[?Key!='cloud101:stack']}\")\""
                .into(),
            unchecked: vec![
                // BucketAlreadyExists (API: CreateBucket).
                Unchecked {
                    id: "bucket_name",
                    property: "",
                    matters: |spec| spec.get("namespace").is_none_or(|namespace| namespace != "account"),
                    what: "whether another AWS customer has the name",
                },
                // AccessDenied (Amazon S3, "Blocking public access": the account's settings count beside the bucket's).
                Unchecked {
                    id: "account_block",
                    property: "public_access_block",
                    matters: |block| block.get("block_public_policy") == Some(&Value::Bool(false)),
                    what: "whether the account as a whole forbids public buckets",
                },
            ],
            emptied_by: Some("empty_on_destroy".into()),
            // Asked for by region, all at once.
            is_listed_elsewhere: false,
            permissions: crate::resource::s3::permissions::bucket(),
            ..KindInfo::new(KIND, "A bucket: a container for files (objects), with a globally unique name.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, spec: &Spec) -> Attributes {
        attributes(place, name, spec)
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        check::check(name, spec)
    }

    fn canonical(&self, mut spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        spec.public_access_block = Some(spec.public_access_block.unwrap_or_default().or(true));
        spec.lifecycle_rules = spec.lifecycle_rules.map(lifecycle::canonical);
        spec.cors_rules = spec.cors_rules.map(|rules| rules.into_iter().map(cors::CorsRule::canonical).collect());
        spec.notifications =
            spec.notifications.map(|all| all.into_iter().map(notifications::Notification::canonical).collect());
        spec.website = spec.website.map(website::Website::canonical);
        if let Some(logging) = &mut spec.logging {
            logging.target_prefix.get_or_insert_default();
        }
        Ok(spec)
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        // Of many, nothing is asked of those that the region's list does not show: one that is there nevertheless, and the
        // name that another account has, is found by CreateBucket.
        let are_many = desired.len() > FEW;
        let there = match are_many {
            true => match tags::names(cx).await {
                Ok(names) => Some(names.into_iter().collect::<HashSet<_>>()),
                Err(error) if error.kind == ErrorKind::Denied => None,
                Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
            },
            false => None,
        };
        let is_shown = |name: &str| there.as_ref().is_none_or(|there| there.contains(name));
        concurrently(desired, |desired| {
            // What goes may be so new that the list lacks it.
            let is_shown = cx.all_goes || is_shown(&desired.name);
            async move {
                match is_shown {
                    // Boxed, so that those whose turn has not come take no room.
                    true if are_many && cx.all_goes => Box::pin(read::that_goes(cx, desired)).await,
                    true => Box::pin(read::of_stack(cx, desired, cx.all_goes)).await,
                    false => Ok(None),
                }
            }
        })
        .await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        tags::owned(cx).await
    }

    /// The account and the region in the name must be those of the stack: AWS refuses others.
    async fn preflight(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<()>> {
        let place = &cx.place;
        let ending = format!("-{}-{}-an", place.account, place.region);
        let judge = |Desired { name, spec, .. }: &Desired<Spec>| {
            if namespace(spec).is_none() || name.ends_with(&ending) {
                return Ok(());
            }
            let message =
                format!("`{name}` is not a name of this account in {}: it must end in `{ending}`", place.region);
            Err(Error::refused(message).with_hint("write `name: PREFIX-${aws.account_id}-${aws.region}-an`"))
        };
        desired.iter().map(judge).collect()
    }

    /// CreateBucket with tags says no to a bucket that exists, also to one of one's own: then the tags tell us who owns it.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let name = &desired.name;
        let what = format!("the bucket `{name}`");
        let is_new = make(cx, desired, &what).await?;
        let target = untyped(&desired.spec)?;
        let is_said = |path: &str| !target[path].is_null();
        // What is in a new one is of no interest.
        let read = || read::without_contents(cx, name, is_said);
        // The tags of a bucket that was just made may show later than the bucket.
        let is_shown = |live: &Live<Spec>| !is_new || !live.tags.is_empty();
        let awaited = format!("{what} to be seen");
        let seen = wait::poll_until(&awaited, VISIBLE, || async { Ok(read().await?.filter(is_shown)) }).await;
        let live = match seen {
            Err(error) if error.kind == ErrorKind::TimedOut => read().await?.ok_or(error)?,
            seen => seen?,
        };
        claim(cx, &desired.address, &desired.name, &live.tags, &what)?;
        let before = untyped(&live.spec)?;
        let differs = |path: &str| {
            let (live, target) = (&before[path], &target[path]);
            path != "empty_on_destroy" && is_said(path) && !value::shows(live, target)
        };
        if !PROPERTIES.iter().any(|property| differs(property)) {
            return Ok(live);
        }
        write::settings(cx, name, &live.spec, &desired.spec, differs).await?;
        read_back(cx, name, &desired.spec, differs).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let touches = |path: &str| change.touches(path);
        write::settings(cx, &live.id, &live.spec, &change.target, touches).await?;
        read_back(cx, &live.id, &change.target, touches).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        Ok(tags::of(cx, id).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        tags::change(cx, id, set, remove).await
    }

    async fn blocker(&self, cx: &Context, id: &str) -> Result<Option<DeleteBlocker>> {
        Ok(contents::of(cx, id).await?.map(DeleteBlocker::Contents))
    }

    async fn others(&self, _cx: &Context, going: &Going<'_>) -> Result<Others> {
        let buckets = sending_buckets(going, "policy");
        let note = (!buckets.is_empty()).then(|| {
            let names = listed(buckets.iter().map(String::as_str));
            format!(
                "its policy allows the bucket {names}, outside this stack, to write its log or \
                inventory here: that ends"
            )
        });
        Ok(Others { notes: note.into_iter().collect(), ..Others::default() })
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        let Some(DeleteBlocker::Contents(Contents { ids, more, .. })) = &live.blocker else {
            return Some(held([], false));
        };
        Some(held(ids.iter().cloned(), *more))
    }

    async fn holds(&self, cx: &Context, id: &str, empty: bool) -> Result<Option<Held>> {
        if !empty {
            return Ok(None);
        }
        Ok(Some(match contents::of(cx, id).await? {
            Some(Contents { ids, more, .. }) => held(ids, more),
            None => held([], false),
        }))
    }

    async fn delete(&self, cx: &Context, id: &str, empty: bool) -> Result<()> {
        let delete = || async {
            if empty {
                contents::empty(cx, id).await?;
            }
            cx.clients.s3.delete_bucket().bucket(id).send().await.call("s3:DeleteBucket").map(drop)
        };
        // While something still writes to it, it is not empty the moment after it was emptied.
        let passing = |error: &Error| error.is(&["OperationAborted"]) || (empty && error.is(&["BucketNotEmpty"]));
        match wait::retry_while(&format!("the bucket `{id}` to be empty"), VISIBLE, passing, delete).await {
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if error.is(&["BucketNotEmpty"]) => return Err(not_empty(cx, id, empty, error).await),
            result => result?,
        }
        wait::poll_until(&format!("the bucket `{id}` to be gone"), VISIBLE, || async {
            let is_there = cx.together().get("whether a bucket is there", id, |names| there(cx, names)).await?;
            Ok(is_there.is_none().then_some(()))
        })
        .await
    }
}

/// Those of `names` that are there: of one it is asked by its name, of several by the region's list, as far as this user may
/// list buckets.
async fn there(cx: &Context, names: Vec<String>) -> Result<BTreeMap<String, ()>> {
    if names.len() > 1 {
        match tags::names(cx).await {
            Ok(all) => {
                let all: HashSet<_> = all.into_iter().collect();
                return Ok(names.into_iter().filter(|name| all.contains(name)).map(|name| (name, ())).collect());
            }
            Err(error) if error.kind == ErrorKind::Denied => {}
            Err(error) => return Err(error),
        }
    }
    let asked = try_side_by_side(names, |name| async move {
        let answer = cx.clients.s3.head_bucket().bucket(&name).send().await.call_if_found("s3:HeadBucket")?;
        Ok::<_, Error>(answer.map(|_| (name, ())))
    });
    Ok(asked.await?.into_iter().flatten().collect())
}

fn held(ids: impl IntoIterator<Item = String>, more: bool) -> Held {
    Held::first(["object", "objects"], ids, more)
}

/// Everything that a call can set.
const PROPERTIES: [&str; 12] = [
    "public_access_block",
    "object_ownership",
    "versioning",
    "encryption",
    "policy",
    "lifecycle_rules",
    "transition_default_minimum_object_size",
    "cors_rules",
    "website",
    "logging",
    "notifications",
    "event_bridge",
];

fn untyped(spec: &Spec) -> Result<Value> {
    serde_json::to_value(spec).map_err(|error| Error::refused(error.to_string()))
}

async fn not_empty(cx: &Context, name: &str, emptied: bool, error: Error) -> Error {
    let held = match contents::of(cx, name).await {
        Ok(Some(held)) if held.ids.len() == 1 => format!("the bucket `{name}` holds {held}"),
        Ok(Some(held)) => format!("the bucket `{name}` holds {held}, counting each version"),
        _ => format!("the bucket `{name}` is not empty"),
    };
    if emptied {
        return Error::refused(format!("{held}, although it was just emptied"))
            .with_hint("something still writes to it: stop the writer, then run the same command again");
    }
    // What AWS said is that it is not empty; the message says what is in it.
    let Error { kind, code, .. } = error;
    Error { kind, code, ..Error::refused(held) }
        .with_hint("if they can be deleted, run the same command again with `--empty-buckets`")
}

fn attributes(place: &Place, name: &str, spec: &Spec) -> Attributes {
    let mut attributes = Attributes::from([
        ("arn".into(), arn(place, name)),
        ("name".into(), name.into()),
        ("domain".into(), domain(place, name)),
    ]);
    if spec.website.is_some() {
        attributes.insert("website_endpoint".into(), website::endpoint(place, name));
    }
    attributes
}

/// Bucket names are global, so their ARNs say neither region nor account.
pub(super) fn arn(place: &Place, name: &str) -> String {
    place.arn_of_partition("s3", name)
}

pub(super) fn domain(place: &Place, name: &str) -> String {
    format!("{name}.s3.{}.{}", place.region, dns_suffix(place))
}

fn dns_suffix(place: &Place) -> &'static str {
    region::dns_suffix(&place.partition)
}

#[cfg(test)]
mod tests;
