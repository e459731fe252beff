//! How fast each service is asked. AWS takes calls at rates that depend on the account, and publishes few of them; so a pace
//! is learnt: no call is kept back until AWS says that there are too many. Then calls of that type come at the rate at
//! which they were taken, a little slower, and slowly faster again. IAM alone is asked at a walk from the beginning: it
//! throttles a class soonest, and takes its changes slowest.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many changing calls of one type IAM gets at once, and then a second, until it says that it takes fewer.
const IAM_AT_ONCE: f64 = 50.0;
const IAM: f64 = 20.0;
/// What AWS takes at least of any type, a second.
const LEAST: f64 = 1.0;
/// What of the rate at which calls were taken is left after a refusal, so that AWS's own bucket fills again.
const AFTER_REFUSAL: f64 = 0.8;
/// By how much it grows in a second without one.
const GROWTH: f64 = 0.03;
/// Refusals so close together are one: those calls were under way already.
const ONE_REFUSAL: Duration = Duration::from_secs(1);
/// Over how long it is counted how many calls were taken.
const WINDOW: Duration = Duration::from_secs(3);

/// The pace of each type of call, in one account.
#[derive(Debug, Default)]
pub struct Paces(Mutex<HashMap<String, Pace>>);

#[derive(Debug)]
struct Pace {
    /// Calls a second; `None`: as fast as they come.
    rate: Option<f64>,
    /// How many may go at once; less than none if some wait.
    tokens: f64,
    filled: Instant,
    refused: Option<Instant>,
    /// When the last calls were taken.
    taken: Vec<Instant>,
}

impl Pace {
    fn new(rate: Option<f64>, at_once: f64) -> Self {
        Self { rate, tokens: at_once, filled: Instant::now(), refused: None, taken: Vec::new() }
    }

    /// How long the next call has to wait.
    fn wait(&mut self, now: Instant) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        // What was saved up at the beginning is not thrown away.
        let most = rate.max(1.0).max(self.tokens);
        self.tokens = (self.tokens + since * rate).min(most) - 1.0;
        self.rate = Some(rate * (1.0 + GROWTH * since.min(1.0)));
        Duration::from_secs_f64((-self.tokens / rate).max(0.0))
    }

    fn answered(&mut self, now: Instant, is_refused: bool) {
        self.taken.retain(|then| now.saturating_duration_since(*then) < WINDOW);
        if !is_refused {
            self.taken.push(now);
            return;
        }
        if self.refused.is_some_and(|then| now.saturating_duration_since(then) < ONE_REFUSAL) {
            return;
        }
        self.refused = Some(now);
        let over = self.taken.first().map_or(WINDOW, |first| now.saturating_duration_since(*first));
        let taken = self.taken.len() as f64 / over.as_secs_f64().max(0.1);
        let rate = self.rate.map_or(taken, |rate| rate.min(taken));
        self.rate = Some((rate * AFTER_REFUSAL).max(LEAST));
        // Those that wait already keep their places.
        self.tokens = self.tokens.min(0.0);
        self.filled = now;
    }
}

impl Paces {
    fn of<T>(&self, sort: String, only_asks: bool, work: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || match sort.contains(" iam:") && !only_asks {
            true => Pace::new(Some(IAM), IAM_AT_ONCE),
            false => Pace::new(None, 0.0),
        };
        work(paces.entry(sort.clone()).or_insert_with(new))
    }

    /// How long the call `name` in `region` has to wait until it is its turn.
    pub fn wait(&self, region: &str, name: &str, only_asks: bool) -> Duration {
        self.of(sort(region, name), only_asks, |pace| pace.wait(Instant::now()))
    }

    /// Notes that it was answered, with a refusal because of too many or otherwise.
    pub fn answered(&self, region: &str, name: &str, only_asks: bool, is_refused: bool) {
        self.of(sort(region, name), only_asks, |pace| pace.answered(Instant::now(), is_refused));
    }
}

/// What AWS counts together: each operation in each region; of Lambda all but two.
fn sort(region: &str, name: &str) -> String {
    match name {
        "lambda:GetFunction" | "lambda:GetPolicy" | "lambda:Invoke" => format!("{region} {name}"),
        name if name.starts_with("lambda:") => format!("{region} lambda"),
        name => format!("{region} {name}"),
    }
}

/// Whether an answer says that there were too many calls, in the words of any service.
pub fn is_refusal(status: u16, error_type: Option<&str>, body: &[u8]) -> bool {
    const CODES: [&str; 6] =
        ["Throttling", "Throttled", "RequestLimitExceeded", "TooManyRequests", "SlowDown", "EC2ThrottledException"];
    if status < 400 {
        return false;
    }
    // The code stands at the beginning.
    let start = String::from_utf8_lossy(&body[..body.len().min(400)]);
    status == 429 || CODES.iter().any(|code| start.contains(code) || error_type.is_some_and(|kind| kind.contains(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What AWS does: a bucket of `most` that gets `refill` a second. How many of `calls` are refused where each that has to
    /// wait waits, `at_once` come together, and a refused one comes again a second later; and how long it takes.
    fn refused(calls: usize, at_once: usize, most: f64, refill: f64) -> (usize, f64) {
        let start = Instant::now();
        let mut pace = Pace::new(None, 0.0);
        let (mut left, mut filled) = (most, 0.0);
        let mut due: Vec<f64> = vec![0.0; at_once];
        let (mut done, mut refusals, mut now) = (0, 0, 0.0);
        while done < calls {
            due.sort_by(|one, other| other.total_cmp(one));
            let asked = due.pop().unwrap();
            let at = start + Duration::from_secs_f64(asked);
            now = asked + pace.wait(at).as_secs_f64();
            let at = start + Duration::from_secs_f64(now);
            left = (left + (now - filled) * refill).min(most);
            filled = now;
            let is_refused = left < 1.0;
            pace.answered(at, is_refused);
            if is_refused {
                refusals += 1;
                due.push(now + 1.0);
            } else {
                left -= 1.0;
                done += 1;
                due.push(now + 0.1);
            }
        }
        (refusals, now)
    }

    #[test]
    fn a_pace_is_learnt_with_few_refusals_and_little_loss_of_time() {
        for (most, refill) in [(5.0, 2.0), (15.0, 15.0), (20.0, 5.0), (100.0, 20.0)] {
            let (refusals, took) = refused(1000, 20, most, refill);
            let best = (1000.0 - most) / refill;
            assert!(refusals < 100, "{refusals} of {most}, {refill}");
            assert!(took < best * 1.4, "{took} s in place of {best} s of {most}, {refill}");
        }
    }

    #[test]
    fn what_is_never_refused_never_waits() {
        let paces = Paces::default();
        for _ in 0..1000 {
            assert_eq!(paces.wait("us-east-1", "ec2:RunInstances", false), Duration::ZERO);
            paces.answered("us-east-1", "ec2:RunInstances", false, false);
        }
        let waits: Vec<_> = (0..100).map(|_| paces.wait("us-east-1", "iam:CreateRole", false)).collect();
        assert!(waits[..49].iter().all(Duration::is_zero), "a small stack is not kept waiting");
        assert!(waits[99] > Duration::from_secs(1), "{waits:?}");
    }

    #[test]
    fn too_many_is_known_in_each_services_words() {
        let refusals: [(u16, Option<&str>, &str); 6] = [
            (400, None, "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>"),
            (503, None, "<Response><Errors><Error><Code>RequestLimitExceeded</Code>"),
            (503, None, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"),
            (429, Some("TooManyRequestsException"), r#"{"message":"Rate exceeded"}"#),
            (400, None, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#),
            (429, None, "<ErrorResponse><Error><Code>Throttled</Code>"),
        ];
        for (status, kind, body) in refusals {
            assert!(is_refusal(status, kind, body.as_bytes()), "{body}");
        }
        assert!(!is_refusal(200, None, b"<Throttling/>"));
        assert!(!is_refusal(404, None, b"<Error><Code>NoSuchBucket</Code>"));
    }
}
