//! What is worth another attempt, or must not get one, and the SDK does not know.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Status 429 is throttling, whatever the code. SNS's code for it is `Throttled` (API: ThrottledException), which is not
/// among the SDK's.
#[derive(Debug)]
pub(super) struct TooManyRequests;

impl ClassifyRetry for TooManyRequests {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().map(|response| response.status().as_u16()) {
            Some(429) => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "too many requests"
    }
}

/// For a call that has an effect each time: no other attempt by the SDK after one that AWS may have carried out, because
/// its answer was lost or a server failed. The caller first checks whether it had its effect; see
/// [`Error::may_have_worked`](super::Error::may_have_worked).
#[derive(Debug)]
pub struct LookFirst;

impl ClassifyRetry for LookFirst {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().map(|response| response.status().as_u16()) {
            Some(status) if status < 500 => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "look first"
    }
}
