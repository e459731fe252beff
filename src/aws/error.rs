//! An AWS call that failed: what was asked, what AWS said, and the kind of error.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::explain::Code;
use crate::model::Diagnostic;

/// The result of a call, or of several that stand for one.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of error, which determines the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The credentials are valid and may not do this.
    Denied,
    /// The resource does not exist.
    NotFound,
    /// It exists already.
    Exists,
    /// Something else still uses it, or it is busy.
    InUse,
    /// Too many requests, after the SDK's own retries.
    Throttled,
    /// A limit of the account.
    Quota,
    /// AWS has none left of what is asked for, such as machines of a type in a zone.
    NoCapacity,
    /// The credentials are no longer valid.
    Expired,
    /// The credentials are not known to AWS.
    BadCredentials,
    /// This computer's clock is wrong, so AWS refuses its signatures.
    WrongClock,
    /// The account is not open for the service, or for anything.
    NotActivated,
    /// There are no credentials.
    NoCredentials,
    /// The credentials are for another account than the stack.
    WrongAccount,
    /// No answer: no network, a wrong endpoint.
    Unreachable,
    /// Not what AWS accepts.
    Invalid,
    /// A setting of the account or of the resource itself does not allow it; no value of the file and no permission is
    /// wrong.
    Barred,
    /// AWS refuses it with a code that says nothing here.
    Unclear,
    /// cloud101 itself won't go on: the message says why.
    Refused,
    /// A bounded wait ended without what it waited for.
    TimedOut,
    /// Anything else, such as a fault within AWS.
    Other,
}

impl ErrorKind {
    /// The code for `cloud101 explain`.
    pub fn explained(self) -> Code {
        match self {
            Self::Denied => Code::Denied,
            Self::NotFound => Code::NotFound,
            Self::Exists => Code::Exists,
            Self::InUse => Code::InUse,
            Self::Throttled => Code::Throttled,
            Self::Quota => Code::Quota,
            Self::NoCapacity => Code::NoCapacity,
            Self::Expired => Code::Expired,
            Self::BadCredentials => Code::BadCredentials,
            Self::WrongClock => Code::WrongClock,
            Self::NotActivated => Code::NotActivated,
            Self::NoCredentials => Code::NoCredentials,
            Self::WrongAccount => Code::WrongAccount,
            Self::Unreachable => Code::Unreachable,
            Self::Invalid => Code::Invalid,
            Self::Barred => Code::Barred,
            Self::Unclear => Code::Unclear,
            Self::Refused => Code::Refused,
            Self::TimedOut => Code::TimedOut,
            Self::Other => Code::Other,
        }
    }
}

/// A failed call.
#[derive(Debug, Clone)]
pub struct Error {
    /// Which type.
    pub kind: ErrorKind,
    /// The API's name, for example `s3:CreateBucket`; empty if no call was made.
    pub operation: &'static str,
    /// AWS's error code, for example `AccessDenied`.
    pub code: Option<String>,
    /// What AWS said, or what went wrong on the way there.
    pub message: String,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
    /// Advice of the kind itself, where it knows better than [`ErrorKind`].
    pub hint: Option<String>,
    /// The code for `cloud101 explain`, if it is more specific than that of the [`ErrorKind`].
    pub about: Option<Code>,
    /// Whether what was to be made is there, although this failed.
    pub is_there: bool,
}

impl Error {
    /// cloud101 won't do it, for the reason in `message`.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::plain(ErrorKind::Refused, message)
    }

    /// A wait for `what` ended after its bound.
    pub fn timed_out(what: impl Into<String>) -> Self {
        Self::plain(ErrorKind::TimedOut, what)
    }

    /// AWS answered, and the answer lacks what its API promises.
    pub fn unexpected(operation: &'static str, message: impl Into<String>) -> Self {
        Self { operation, ..Self::plain(ErrorKind::Other, message) }
    }

    /// Only its type and what is wrong.
    pub(super) fn plain(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = cut(message);
        Self { kind, operation: "", code: None, message, request_id: None, hint: None, about: None, is_there: false }
    }

    /// A rule of a kind that a value violates, which only the account, or the current state, could show.
    pub fn found(diagnostic: Diagnostic) -> Self {
        let message = match diagnostic.path() {
            "" => diagnostic.message.clone(),
            path => format!("{path}: {}", diagnostic.message),
        };
        Self { hint: diagnostic.help, ..Self::refused(message).about(diagnostic.code) }
    }

    /// The same with a code of its own.
    pub fn about(mut self, code: Code) -> Self {
        self.about = Some(code);
        self
    }

    /// The code for `cloud101 explain`.
    pub fn explained(&self) -> Code {
        self.about.unwrap_or_else(|| self.kind.explained())
    }

    /// The same with advice.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether AWS's code is one of `codes`.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the service has no address in the region, as far as that can be determined: its name is not known. Says
    /// something only where others of the region answer.
    pub fn has_no_address(&self) -> bool {
        self.kind == ErrorKind::Unreachable && self.message.contains("lookup address")
    }

    /// Whether AWS may have done what was asked all the same: there was no answer, or a server failed.
    pub fn may_have_worked(&self) -> bool {
        matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Other)
    }

    /// Whether the resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.operation, &self.code) {
            ("", _) => f.write_str(&self.message)?,
            (operation, Some(code)) => write!(f, "{operation} failed: {code}: {}", self.message)?,
            (operation, None) => write!(f, "{operation} failed: {}", self.message)?,
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// How much of a text from elsewhere a message holds, in bytes: more than AWS ever says at once.
const MESSAGE: usize = 4096;

/// A text from elsewhere as a part of a message: one that is longer than a few screens is cut, and says so.
pub fn cut(text: impl Into<String>) -> String {
    cut_at(MESSAGE, text)
}

/// The same with at most `most` bytes.
pub fn cut_at(most: usize, text: impl Into<String>) -> String {
    let mut text = text.into();
    let all = text.len();
    if all > most {
        text.truncate(text.floor_char_boundary(most));
        text.push_str(&format!("… (truncated: {all} bytes in all)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_letters_and_says_so() {
        assert_eq!(cut_at(4, "abcd"), "abcd");
        assert_eq!(cut_at(4, "abcüd"), "abc… (truncated: 6 bytes in all)");
        let error = Error::unexpected("sns:ListTopics", "é".repeat(5 * 1024 * 1024));
        assert!(error.message.len() < 4200 && error.message.ends_with("… (truncated: 10485760 bytes in all)"));
    }
}
