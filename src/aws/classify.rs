//! From the SDK's errors to ours: what AWS said, and the kind of error its code stands for.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bounds::GivenUp;
use super::error::{Error, ErrorKind, cut_at};
use super::{codes, meanings};

/// EC2 puts this before an explanation that only an administrator can decode.
const ENCODED: &str = "Encoded authorization failure message:";

/// Lambda puts this before all names and values of a function's variables.
const MEASURED: &str = "String measured:";

/// Where answers say more than in their message: what is refused, and why.
const DETAILS: [&str; 4] = ["Reason", "TargetBucketLocation", "ArgumentName1", "ArgumentValue1"];
/// How much of such a part is shown, in bytes.
const DETAIL: usize = 300;

/// How much of a code or an id is shown, in bytes.
const WORD: usize = 200;

/// What went wrong with `operation`.
pub fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Error
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
    // HeadBucket and HeadObject answer without a body, so only the status is known.
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
        Some(message) => {
            let said = [ENCODED, MEASURED].iter().fold(message, |said, end| said.split(end).next().unwrap_or_default());
            let body = error.raw_response().and_then(|answer| answer.body().bytes()).unwrap_or_default();
            with_details(said.trim_end(), body)
        }
        None => match (error, status) {
            (SdkError::ServiceError(_), Some(status)) if status >= 300 => format!("AWS answered with status {status}"),
            _ => innermost(error),
        },
    };
    let kind = match error {
        SdkError::DispatchFailure(failure) if failure.is_user() => ErrorKind::Invalid,
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => ErrorKind::Unreachable,
        // There was an answer, but not from AWS: a proxy, or the page before a wireless network lets one in.
        SdkError::ResponseError(_) => ErrorKind::Unreachable,
        SdkError::ConstructionFailure(_) => ErrorKind::Invalid,
        _ => {
            let service = operation.split(':').next().unwrap_or_default();
            classify(service, code.as_deref().unwrap_or_default(), &message, status.unwrap_or_default())
        }
    };
    let hint = cause::<GivenUp>(error).and_then(|given_up| given_up.hint).map(str::to_owned);
    Error { operation, code, request_id, hint, ..Error::plain(kind, message) }
}

/// Whether an answer without an AWS code comes from something in between: a web page, or a refusal without the id that
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
        "something between this computer and AWS answered, such as a proxy, a firewall or a network that requires a \
         login: open a web page in a browser to find out; or check --endpoint-url or AWS_ENDPOINT_URL if you use one",
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

/// A message with what the answer says besides, in JSON or XML.
fn with_details(message: &str, body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = String::from_utf8_lossy(body);
    let in_xml = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    let detail = |name: &&str| match &json {
        Some(json) => Some(json.get(name)?.as_str()?.to_owned()),
        None => in_xml(name),
    };
    let details: Vec<_> = DETAILS.iter().filter_map(detail).filter(|detail| !message.contains(detail)).collect();
    let details: Vec<_> = details.into_iter().filter(|one| !one.is_empty()).map(|one| cut_at(DETAIL, one)).collect();
    if details.is_empty() { message.to_owned() } else { format!("{message} ({})", details.join(": ")) }
}

/// The kind of a service's error code. An unknown one may be recognized by its message; its status alone does not.
fn classify(service: &str, code: &str, message: &str, status: u16) -> ErrorKind {
    // The kind of a code is the same for every service; its meaning need not be.
    if let Some(known) = meanings::find(service, code, message).or_else(|| codes::find(code)) {
        return known.kind;
    }
    match code {
        _ if code.ends_with(".NotFound") => ErrorKind::NotFound,
        _ if code.ends_with(".Duplicate") => ErrorKind::Exists,
        _ if code.ends_with(".Malformed") => ErrorKind::Invalid,
        _ if code.ends_with("LimitExceeded") || code.ends_with("LimitExceededException") => ErrorKind::Quota,
        "" => match status {
            401 | 403 => ErrorKind::Denied,
            404 => ErrorKind::NotFound,
            429 => ErrorKind::Throttled,
            400..=499 | 501 => ErrorKind::Unclear,
            _ => ErrorKind::Other,
        },
        _ => match status {
            404 => ErrorKind::NotFound,
            400..=499 if says(code, message, &RIGHTS) => ErrorKind::Denied,
            400..=499 if says(code, message, &PACE) => ErrorKind::Throttled,
            300..=499 | 501 => ErrorKind::Unclear,
            _ => ErrorKind::Other,
        },
    }
}

/// Words of a refusal that is about what one may do.
const RIGHTS: [&str; 5] = ["access denied", "accessdenied", "not authorized", "unauthorized", "not authorised"];
/// Words of one that is about how fast one asks.
const PACE: [&str; 5] = ["throttl", "rate exceeded", "slow down", "too many requests", "toomanyrequests"];

fn says(code: &str, message: &str, words: &[&str]) -> bool {
    let said = format!("{code} {message}").to_ascii_lowercase();
    words.iter().any(|word| said.contains(word))
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
        let sort = |code, status| classify("ec2", code, "", status);
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
        for status in [301, 400, 401, 402, 403, 405, 409, 412, 413, 429, 501] {
            assert_eq!(sort("SomethingNew", status), ErrorKind::Unclear, "{status}");
        }
        assert_eq!(sort("SomethingNew", 404), ErrorKind::NotFound);
        assert_eq!(sort("SomethingNew", 503), ErrorKind::Other);
        assert_eq!(
            classify("s3", "SomethingNew", "Please reduce your request rate: throttled", 429),
            ErrorKind::Throttled
        );
        assert_eq!(classify("s3", "SomethingNew", "User ana is not authorized to do it", 400), ErrorKind::Denied);
        assert_eq!(sort("CrossLocationLoggingProhibitted", 403), ErrorKind::Invalid);
        assert_eq!(sort("UnauthorizedAccess", 403), ErrorKind::Denied);
        assert_eq!(sort("", 403), ErrorKind::Denied);
        assert_eq!(sort("InternalFailure", 500), ErrorKind::Other);
        assert_eq!(classify("sts", "SignatureDoesNotMatch", "Signature expired: …", 403), ErrorKind::WrongClock);
        assert_eq!(classify("ec2", "AuthFailure", "Not authorized for images: [ami-1]", 403), ErrorKind::Denied);
        assert_eq!(sort("AuthFailure", 401), ErrorKind::BadCredentials);
        assert_eq!(classify("sts", "SignatureDoesNotMatch", "The request signature …", 403), ErrorKind::BadCredentials);
    }

    #[test]
    fn a_conflict_is_a_name_that_is_taken_or_a_change_that_still_goes_on() {
        let conflict = |message| classify("lambda", "ResourceConflictException", message, 409);
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
            let service = known.services.first().copied().unwrap_or("s3");
            // Where every message of a service has a meaning of its own, the code alone is never asked.
            let sort = crate::aws::advice::known(service, known.code, "").map(|known| known.kind);
            assert_eq!(Some(classify(service, known.code, "", 400)), sort, "{}", known.code);
        }
    }
}
