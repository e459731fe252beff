//! The limits of a call, by its name.

use std::env;
use std::time::Duration;

/// How long a question may take that changes nothing: all its attempts, and all pages of a list, together.
pub const READ: Duration = Duration::from_secs(120);
/// Seconds that stand in place of [`READ`], with everything else in proportion.
const VARIABLE: &str = "CLOUD101_READ_LIMIT";
/// After this long a word is said.
const WORD: Duration = Duration::from_secs(10);
/// How long a function's answer may take: it runs for 30 minutes at most, and may have to be set up before.
const INVOKE: Duration = Duration::from_secs(31 * 60);
/// A transfer may take as long as it needs while it moves at least so many bytes a second: a slow telephone line.
pub(super) const SLOWEST: u64 = 16 * 1024;

const MIB: u64 = 1024 * 1024;
/// How large an answer may be, in bytes. A page of a thousand instances or of a thousand long keys has less than 10 MiB.
const ANSWER: u64 = 32 * MIB;
/// How large the content of an object may be: larger ones are not asked for.
const OBJECT: u64 = 64 * MIB;
/// How large a function's code may be: AWS takes 250 MB, unpacked.
pub(super) const CODE: u64 = 256 * MIB;
/// How large all pages of a list may be together, for each second that they may take: about a million objects in all.
const LIST_PER_SECOND: u64 = 4 * MIB;

/// What a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// All attempts together, but for the time in which a transfer moves fast enough.
    pub(super) total: Duration,
    /// One attempt in which nothing moves.
    pub(super) silence: Duration,
    /// The same as `total` where another call to this service has just got no answer at all.
    pub(super) after_silence: Duration,
    /// After this long a word is said.
    pub(super) word: Duration,
    /// Whether the time in which bytes move does not count.
    pub(super) is_transfer: bool,
    /// How many bytes the answer may have.
    pub(super) answer: u64,
    /// How many bytes all pages of a list may have.
    pub(super) list: u64,
}

impl Limits {
    /// Those of an operation, such as `ListTopics`, where questions may take `read`.
    pub(super) fn of(operation: &str, read: Duration) -> Self {
        let word = WORD.min(read / 12);
        let question = Self {
            total: read,
            silence: read / 3,
            after_silence: word,
            word,
            is_transfer: false,
            answer: ANSWER,
            list: LIST_PER_SECOND * read.as_secs().max(1),
        };
        match operation {
            // Silent by nature, and never made twice.
            "Invoke" => Self { total: INVOKE, silence: INVOKE, after_silence: INVOKE, ..question },
            "GetObject" => Self { is_transfer: true, answer: OBJECT, ..question },
            _ if only_asks(operation) => question,
            // AWS may be at work on it, and it may carry code or an object. An attempt that is given up too soon is made
            // again although the first one works.
            _ => {
                let (total, silence) = (read * 5 / 2, read * 5 / 6);
                Self { total, silence, after_silence: word * 4, is_transfer: true, ..question }
            }
        }
    }
}

/// Whether an operation changes nothing.
pub(super) fn only_asks(operation: &str) -> bool {
    ["Describe", "Filter", "Get", "Head", "List", "Simulate"].iter().any(|verb| operation.starts_with(verb))
}

/// [`READ`], or what the environment says in its place.
pub fn read_limit() -> Duration {
    let seconds = env::var(VARIABLE).ok().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(READ, |seconds: u32| Duration::from_secs(seconds.into()))
}

/// Seconds in digits, with a tenth where it is less than ten of them.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => duration.as_secs().to_string(),
        _ => format!("{:.1}", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(operation: &str) -> (u64, u64) {
        let limits = Limits::of(operation, READ);
        (limits.total.as_secs(), limits.silence.as_secs())
    }

    #[test]
    fn what_only_asks_has_two_minutes_and_what_changes_or_runs_something_has_more() {
        for operation in ["ListTopics", "GetRole", "DescribeInstances", "HeadBucket", "FilterLogEvents", "GetObject"] {
            assert_eq!(seconds(operation), (120, 40), "{operation}");
        }
        for operation in ["RunInstances", "CreateFunction", "PutObject", "DeleteTopic", "AssumeRole"] {
            assert_eq!(seconds(operation), (300, 100), "{operation}");
        }
        assert!(seconds("Invoke").1 > 30 * 60, "longer than a function may run");
    }

    #[test]
    fn only_transfers_may_take_as_long_as_bytes_move() {
        let is_transfer = |operation| Limits::of(operation, READ).is_transfer;
        assert!(["PutObject", "CreateFunction", "UpdateFunctionCode", "GetObject"].into_iter().all(is_transfer));
        assert!(!["ListBuckets", "ListObjectsV2", "GetFunction", "Invoke"].into_iter().any(is_transfer));
    }

    #[test]
    fn another_limit_changes_all_but_functions_in_proportion() {
        let limits = Limits::of("ListTopics", Duration::from_secs(12));
        assert_eq!((limits.total.as_secs(), limits.silence.as_secs(), limits.word.as_secs()), (12, 4, 1));
        let patient = Limits::of("ListTopics", Duration::from_secs(1200));
        assert_eq!((patient.total.as_secs(), patient.word), (1200, WORD));
        assert_eq!(Limits::of("Invoke", Duration::from_secs(12)).total, INVOKE);
    }
}
