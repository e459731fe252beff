//! An SDK's result, with the name of the API call that gave it.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::classify::from_sdk;
use super::error::{Error, Result};

tokio::task_local! {
    /// The call that makes the resource, and whether it has succeeded.
    static MADE: (String, AtomicBool);
}

/// `create`, whose error says whether the resource exists nevertheless: the call `made_by` succeeded, and a later one
/// failed.
pub async fn noting_what_is_made<T>(made_by: &str, create: impl Future<Output = Result<T>>) -> Result<T> {
    let noted = async {
        let made = create.await;
        made.map_err(|error| Error { is_there: MADE.with(|(_, made)| made.load(Ordering::Relaxed)), ..error })
    };
    MADE.scope((made_by.to_owned(), AtomicBool::new(false)), noted).await
}

fn note(operation: &str) {
    // Outside of such a run it is of no interest.
    let _ = MADE.try_with(|(made_by, made)| made.fetch_or(*made_by == operation, Ordering::Relaxed));
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
        let create = |made_by: &'static str, calls: &'static [&'static str]| {
            noting_what_is_made(made_by, async move {
                calls.iter().for_each(|operation| note(operation));
                Err::<(), _>(Error::refused("no"))
            })
        };
        for (made_by, calls, expected) in [
            ("s3:CreateBucket", &["s3:HeadBucket"][..], false),
            ("s3:CreateBucket", &["s3:CreateBucket", "s3:PutBucketVersioning"], true),
            ("s3:PutObject", &["s3:PutObjectTagging"], false),
            // Its log group comes first, and is another thing.
            ("lambda:CreateFunction", &["logs:CreateLogGroup"], false),
            ("lambda:CreateFunction", &["logs:CreateLogGroup", "lambda:CreateFunction"], true),
        ] {
            assert_eq!(create(made_by, calls).await.unwrap_err().is_there, expected, "{calls:?}");
        }
    }
}
