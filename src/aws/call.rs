//! An SDK's result, with the name of the API call that gave it.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::classify::from_sdk;
use super::error::{Error, Result};

tokio::task_local! {
    /// Whether the call that makes a thing has succeeded.
    static MADE: AtomicBool;
}

/// What makes a thing; all else that is asked for it comes before or after.
const MAKES: [&str; 4] = ["Create", "Run", "Import", "PutObject"];

/// `create`, whose error says whether the thing is there all the same: its own call succeeded, and a later one failed.
pub async fn noting_what_is_made<T>(create: impl Future<Output = Result<T>>) -> Result<T> {
    let noted = async {
        let made = create.await;
        made.map_err(|error| Error { is_there: MADE.with(|made| made.load(Ordering::Relaxed)), ..error })
    };
    MADE.scope(AtomicBool::new(false), noted).await
}

fn note(operation: &str) {
    let name = operation.split(':').nth(1).unwrap_or_default();
    if MAKES.iter().any(|verb| name.starts_with(verb)) && name != "PutObjectTagging" {
        // Outside of such a run it is of no interest.
        let _ = MADE.try_with(|made| made.store(true, Ordering::Relaxed));
    }
}

/// Names the API call of an SDK result: `client.create_bucket().send().await.call("s3:CreateBucket")?`.
pub trait Call<T> {
    /// The result with cloud101's error.
    fn call(self, operation: &'static str) -> Result<T>;

    /// The same, with "not found" as `None`.
    fn call_if_found(self, operation: &'static str) -> Result<Option<T>>
    where
        Self: Sized,
    {
        match self.call(operation) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<T, E> Call<T> for std::result::Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn call(self, operation: &'static str) -> Result<T> {
        let answer = self.map_err(|error| from_sdk(operation, &error));
        match &answer {
            Ok(_) => {
                note(operation);
                tracing::trace!("{operation}");
            }
            Err(error) => tracing::trace!(%error, "{operation}"),
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_says_whether_the_thing_was_made_before_it() {
        let create = |calls: &'static [&'static str]| {
            noting_what_is_made(async move {
                calls.iter().for_each(|operation| note(operation));
                Err::<(), _>(Error::refused("no"))
            })
        };
        for (calls, expected) in [
            (&["s3:HeadBucket"][..], false),
            (&["s3:CreateBucket", "s3:PutBucketVersioning"], true),
            (&["ec2:RunInstances"], true),
            (&["s3:PutObjectTagging"], false),
            (&["s3:PutObject"], true),
            (&["ec2:ImportKeyPair"], true),
        ] {
            assert_eq!(create(calls).await.unwrap_err().is_there, expected, "{calls:?}");
        }
    }
}
