//! From the SDK's errors to ours: what AWS said, and which sort of trouble its code stands for.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bounds::GivenUp;
use super::codes;
use super::error::{Error, ErrorKind, cut_at};

/// EC2 puts this before an explanation that only an administrator can decode.
const ENCODED: &str = "Encoded authorization failure message:";

/// How much of a code or an id is told, in bytes.
const WORD: usize = 200;

/// What went wrong with `operation`.
pub(super) fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let meta = error.as_service_error().map(|e| e.meta());
    let status = error.raw_response().map(|r| r.status().as_u16());
    let header = |name| error.raw_response().and_then(|r| r.headers().get(name)).map(str::to_owned);
    let request_id = meta
        .and_then(|m| m.extra("aws_request_id"))
        .map(str::to_owned)
        .or_else(|| header("x-amzn-requestid"))
        .or_else(|| header("x-amz-request-id"))
        .map(|id| cut_at(WORD, id));
    // HeadBucket and HeadObject answer without a body, so that only the status tells.
    let code = meta.and_then(|m| m.code()).filter(|c| !c.is_empty()).map(|code| cut_at(WORD, code));
    if let Some(cause) = cause::<CredentialsError>(error) {
        return Error { operation, ..lacking(cause, innermost(error)) };
    }
    if code.is_none()
        && let Some(answer) = error.raw_response().filter(|answer| is_not_of_aws(answer, request_id.as_deref()))
    {
        return Error { operation, ..from_in_between(answer) };
    }
    let message = match meta.and_then(|m| m.message()).filter(|m| !m.is_empty()) {
        Some(message) => message.split(ENCODED).next().unwrap_or_default().trim_end().to_owned(),
        None => match (error, status) {
            (SdkError::ServiceError(_), Some(status)) if status >= 300 => format!("AWS answered with status {status}"),
            _ => innermost(error),
        },
    };
    let kind = match error {
        SdkError::DispatchFailure(failure) if failure.is_user() => ErrorKind::Invalid,
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => ErrorKind::Unreachable,
        // Somebody answered, but not AWS: a proxy, or the page before a wireless network lets one in.
        SdkError::ResponseError(_) => ErrorKind::Unreachable,
        SdkError::ConstructionFailure(_) => ErrorKind::Invalid,
        _ => classify(code.as_deref().unwrap_or_default(), &message, status.unwrap_or_default()),
    };
    let hint = cause::<GivenUp>(error).and_then(|given_up| given_up.hint).map(str::to_owned);
    Error { operation, code, request_id, hint, ..Error::plain(kind, message) }
}

/// Whether an answer without a code of AWS's is of somebody in between: a web page, or a refusal without the id that
/// every answer of AWS has.
fn is_not_of_aws(answer: &HttpResponse, request_id: Option<&str>) -> bool {
    let refuses = matches!(answer.status().as_u16(), 401 | 403 | 407);
    let body = answer.body().bytes().unwrap_or_default();
    is_web_page(answer) || refuses && request_id.is_none() && !body.is_empty()
}

fn is_web_page(answer: &HttpResponse) -> bool {
    let is_said = answer.headers().get("content-type").is_some_and(|sort| sort.starts_with("text/html"));
    let body = answer.body().bytes().unwrap_or_default().trim_ascii_start();
    let begins = |words: &[u8]| body.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words));
    begins(b"<!doctype html") || begins(b"<html") || is_said && !body.is_empty() && !begins(b"<?xml")
}

fn from_in_between(answer: &HttpResponse) -> Error {
    let what = if is_web_page(answer) { "a web page" } else { "not one of AWS's" };
    let message = format!("the answer is {what}, with status {}", answer.status().as_u16());
    Error::plain(ErrorKind::Unreachable, message).with_hint(
        "something between this computer and AWS has answered, such as a proxy, a firewall or a network that wants you \
         to log in first: open a web page in a browser to see; or check --endpoint-url or AWS_ENDPOINT_URL if you use one",
    )
}

/// What it means that the SDK has no credentials for any call.
pub(super) fn without_credentials(cause: &CredentialsError) -> Error {
    lacking(cause, innermost(cause))
}

/// What it means that the SDK could not get credentials.
fn lacking(cause: &CredentialsError, message: String) -> Error {
    tracing::debug!(%message, "no credentials");
    match cause {
        CredentialsError::CredentialsNotLoaded(_) => Error::plain(
            ErrorKind::NoCredentials,
            "there are none in the environment, and none in the AWS configuration",
        ),
        _ if ["SSO", "sso", "token", "login", "expired"].iter().any(|word| message.contains(word)) => {
            Error::plain(ErrorKind::Expired, message)
        }
        _ => Error::plain(ErrorKind::NoCredentials, message.trim_end())
            .with_hint("`aws configure list` shows where credentials should come from; or choose another --profile"),
    }
}

/// The sort of a service's error code; where the code is new, the HTTP status decides.
fn classify(code: &str, message: &str, status: u16) -> ErrorKind {
    let known = codes::find(code);
    match code {
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "AuthFailure" if is_about_time(message) => {
            ErrorKind::WrongClock
        }
        // It is the image that is refused, not the key.
        "AuthFailure" if message.contains("Not authorized for images") => ErrorKind::Denied,
        // SNS has no code of its own for a topic with other tags or attributes.
        "InvalidParameter" if message.contains("Topic already exists") => ErrorKind::Exists,
        // The same code also says that the thing exists.
        "ResourceConflictException" if is_busy(message) => ErrorKind::InUse,
        _ if known.is_some() => known.map_or(ErrorKind::Other, |known| known.kind),
        _ if code.ends_with(".NotFound") => ErrorKind::NotFound,
        _ if code.ends_with(".Duplicate") => ErrorKind::Exists,
        _ if code.ends_with("LimitExceeded") => ErrorKind::Quota,
        _ => match status {
            401 | 403 if code.is_empty() || is_about_rights(code, message) => ErrorKind::Denied,
            404 => ErrorKind::NotFound,
            429 => ErrorKind::Throttled,
            400..=499 => ErrorKind::Invalid,
            _ => ErrorKind::Other,
        },
    }
}

/// Whether a refusal is about what one may do. S3 answers with status 403 to much that no permission helps against, such as
/// logs for a bucket of another region.
fn is_about_rights(code: &str, message: &str) -> bool {
    const WORDS: [&str; 4] = ["denied", "authoriz", "authoris", "forbidden"];
    let said = format!("{code} {message}").to_ascii_lowercase();
    WORDS.iter().any(|word| said.contains(word))
}

/// Whether a signature is refused for when it was made.
fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("Signature not yet current")
}

/// Whether it is refused because an earlier change is still going on.
fn is_busy(message: &str) -> bool {
    message.contains("in progress") || message.contains("cannot be performed at this time")
}

/// The innermost cause that says something, which is the one a person understands.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        deepest = error.to_string();
        source = error.source();
    }
    deepest
}

/// The cause of the type `C`, if there is one.
fn cause<'a, C: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a C> {
    std::iter::successors(error.source(), |error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_into_their_sort_whatever_the_status() {
        let sort = |code, status| classify(code, "", status);
        assert_eq!(sort("InvalidInstanceID.NotFound", 400), ErrorKind::NotFound);
        assert_eq!(sort("InvalidGroup.Duplicate", 400), ErrorKind::Exists);
        assert_eq!(sort("InvalidGroup.InUse", 400), ErrorKind::InUse);
        assert_eq!(sort("VpcLimitExceeded", 400), ErrorKind::Quota);
        assert_eq!(sort("LimitExceeded", 409), ErrorKind::Quota);
        assert_eq!(sort("RequestLimitExceeded", 503), ErrorKind::Throttled);
        assert_eq!(sort("InsufficientInstanceCapacity", 500), ErrorKind::NoCapacity);
        assert_eq!(sort("AccessDenied", 403), ErrorKind::Denied);
        assert_eq!(sort("ExpiredToken", 403), ErrorKind::Expired);
        assert_eq!(sort("OptInRequired", 403), ErrorKind::NotActivated);
        assert_eq!(sort("", 404), ErrorKind::NotFound);
        assert_eq!(sort("SomethingNew", 400), ErrorKind::Invalid);
        assert_eq!(sort("CrossLocationLoggingProhibitted", 403), ErrorKind::Invalid);
        assert_eq!(sort("UnauthorizedAccess", 403), ErrorKind::Denied);
        assert_eq!(sort("", 403), ErrorKind::Denied);
        assert_eq!(sort("InternalFailure", 500), ErrorKind::Other);
        assert_eq!(classify("SignatureDoesNotMatch", "Signature expired: …", 403), ErrorKind::WrongClock);
        assert_eq!(classify("AuthFailure", "Not authorized for images: [ami-1]", 403), ErrorKind::Denied);
        assert_eq!(sort("AuthFailure", 401), ErrorKind::BadCredentials);
        assert_eq!(classify("SignatureDoesNotMatch", "The request signature …", 403), ErrorKind::BadCredentials);
    }

    #[test]
    fn a_conflict_is_a_name_that_is_taken_or_a_change_that_still_goes_on() {
        let conflict = |message| classify("ResourceConflictException", message, 409);
        assert_eq!(conflict("Function already exist: cloud101"), ErrorKind::Exists);
        assert_eq!(conflict("The statement id (s3) provided already exists."), ErrorKind::Exists);
        assert_eq!(conflict("An update is in progress for resource: cloud101"), ErrorKind::InUse);
        assert_eq!(
            conflict("The operation cannot be performed at this time. The function is Pending"),
            ErrorKind::InUse
        );
    }

    #[test]
    fn every_code_that_is_known_falls_into_its_sort() {
        for known in codes::KNOWN {
            assert_eq!(classify(known.code, "", 400), known.kind, "{}", known.code);
        }
    }
}
