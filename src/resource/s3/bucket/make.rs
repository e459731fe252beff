//! A bucket that is not there yet.

use std::time::Duration;

use aws_sdk_s3::types::{BucketLocationConstraint, BucketNamespace, CreateBucketConfiguration};

use super::{Spec, read, tags};
use crate::aws::claim::claim;
use crate::aws::{Call, Context, Result, wait};
use crate::resource::Desired;
use crate::resource::s3::sdk_tags;

/// For how long the name of a bucket that was just deleted may stay taken before cloud101 gives up.
const NAME_FREE: Duration = Duration::from_secs(120);

/// What a creation says of the name; nothing where it is one of all customers' names, as it was before there were others.
pub fn namespace(spec: &Spec) -> Option<BucketNamespace> {
    (spec.namespace.as_deref() == Some("account")).then_some(BucketNamespace::AccountRegional)
}

/// Makes the bucket; whether it was not there before.
///
/// # Errors
/// It is there, and is not this stack's, or its name is another account's.
pub async fn make(cx: &Context, desired: &Desired<Spec>, what: &str) -> Result<bool> {
    let name = &desired.name;
    let region = cx.place.region.as_str();
    // us-east-1 is the one region that may not be named.
    let place = (region != "us-east-1").then(|| BucketLocationConstraint::from(region));
    let plain = CreateBucketConfiguration::builder().set_location_constraint(place.clone());
    let tagged = plain.clone().set_tags(Some(sdk_tags(&desired.tags)?)).build();
    let create = async |with: Option<CreateBucketConfiguration>| {
        let call = cx.clients.s3.create_bucket().bucket(name).set_bucket_namespace(namespace(&desired.spec));
        let call = call.set_create_bucket_configuration(with);
        let attempt = || async { call.clone().send().await.call("s3:CreateBucket") };
        let what = format!("S3 to give the name `{name}` free");
        wait::retry_while(&what, NAME_FREE, |error| error.is(&["OperationAborted"]), attempt).await
    };
    match create(Some(tagged)).await {
        // Regions outside the commercial ones don't take tags here: they come a moment later. There it has to be asked first
        // whether there is one.
        Err(error) if error.is(&["UnsupportedArgument"]) => {
            if !is_free(cx, desired, what).await? {
                return Ok(false);
            }
            create(place.map(|_| plain.build())).await?;
            tags::change(cx, name, &desired.tags, &[]).await.map(|()| true)
        }
        Ok(_) => Ok(true),
        // A lost answer, or another run on the same stack: the tags decide.
        Err(error) if error.is(&["BucketAlreadyOwnedByYou"]) => Ok(is_free(cx, desired, what).await?),
        Err(error) if error.is(&["MissingNamespaceHeader", "InvalidNamespaceHeader"]) => Err(error.with_hint(
            "a name that ends in `-an` is reserved for the account's own namespace: add `namespace: account`, and \
             write `name: PREFIX-${aws.account_id}-${aws.region}-an`",
        )),
        Err(error) if error.is(&["BucketAlreadyExists"]) => Err(read::taken(name, error)),
        Err(error) if error.is(&["OperationAborted"]) => Err(error.with_hint(
            "the name of a bucket that was just deleted can remain unavailable for up to an hour: wait, or choose \
                another name",
        )),
        Err(error) => Err(error),
    }
}

/// Whether there is no bucket of this name to be seen.
///
/// # Errors
/// There is one, and it is not this stack's.
async fn is_free(cx: &Context, desired: &Desired<Spec>, what: &str) -> Result<bool> {
    match tags::of(cx, &desired.name).await {
        Ok(None) => Ok(true),
        Ok(Some(tags)) => claim(cx, &desired.address, &desired.name, &tags, what).map(|()| false),
        Err(error) => Err(read::explain(cx, &desired.name, error).await),
    }
}
