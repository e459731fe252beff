//! An SDK's result, with the name of the API call that gave it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::classify::from_sdk;
use super::error::Result;

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
            Ok(_) => tracing::trace!("{operation}"),
            Err(error) => tracing::trace!(%error, "{operation}"),
        }
        answer
    }
}
