//! Bounded waits for what AWS takes its time over.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use tokio::time::Instant;

use super::bounds::READ;
use super::error::{Error, Result};
use super::turn::idle;
use super::watch::Reported;
pub use super::watch::{ProgressSink, with_progress};

/// A wait that is over sooner is not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Asks `check` again and again until it answers `Some`: at most for `limit` of pauses, and where AWS is slow to answer,
/// at most two minutes longer. `what` completes the sentences "waiting for …" and "waited 60 s for …" of the error.
pub async fn poll_until<T, F, Fut>(what: &str, limit: Duration, mut check: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    let mut pauses = pauses(limit).build();
    let mut waiting = Waiting::new(what);
    loop {
        if let Some(value) = check().await? {
            return Ok(value);
        }
        let Some(pause) = pauses.next().filter(|_| !waiting.is_over(limit)) else {
            return Err(Error::timed_out(format!("waited {} s for {what}", limit.as_secs())));
        };
        waiting.before(pause);
        nap(pause).await;
    }
}

/// The result of one poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight<T> {
    /// It is not there.
    Missing,
    /// It is there, and not yet as it should be.
    Unready,
    /// It is as it should be.
    Ready(T),
}

impl<T> Sight<T> {
    /// Of something that may not be there: whether it is as it should be.
    pub fn of(found: Option<T>, is_ready: impl FnOnce(&T) -> bool) -> Self {
        match found {
            None => Self::Missing,
            Some(found) if is_ready(&found) => Self::Ready(found),
            Some(_) => Self::Unready,
        }
    }
}

/// Something that is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Thing<'a> {
    /// What it is: "the function lesson".
    pub name: &'a str,
    /// Whether it was there before the wait began. A new one may not be seen yet.
    pub is_known: bool,
    /// How long AWS's copies may deny it after it was seen.
    pub lag: Duration,
}

/// The same as [`until`] of a `thing` that may be deleted meanwhile: not found after it was seen is final.
pub async fn until_ready<T, F, Fut>(what: &str, limit: Duration, thing: Thing<'_>, mut look: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Sight<T>>>,
{
    let seen = Mutex::new(thing.is_known.then(Instant::now));
    let (seen, look) = (&seen, &mut look);
    poll_until(what, limit, move || {
        let looking = look();
        async move {
            let sight = looking.await?;
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match sight {
                Sight::Missing if seen.is_some_and(|seen| seen.elapsed() >= thing.lag) => Err(gone(thing.name)),
                Sight::Missing => Ok(None),
                Sight::Unready => {
                    *seen = Some(Instant::now());
                    Ok(None)
                }
                Sight::Ready(value) => Ok(Some(value)),
            }
        }
    })
    .await
}

fn gone(name: &str) -> Error {
    Error::refused(format!("{name} was deleted in the meantime"))
        .with_hint("run the same command again: it plans with the current state")
}

/// Calls `attempt` again, at most for `limit`, while its error is one that `passing` says will pass by itself.
/// The last error is the result. `what` completes the sentence "waiting for …".
pub async fn retry_while<T, F, Fut>(
    what: &str,
    limit: Duration,
    mut passing: impl FnMut(&Error) -> bool,
    attempt: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut waiting = Waiting::new(what);
    let since = waiting.since;
    attempt
        .retry(pauses(limit))
        .sleep(nap)
        .when(|error| since.elapsed() <= limit + READ && passing(error))
        .notify(|error, pause| {
            tracing::debug!(%error, "will pass by itself");
            waiting.before(pause);
        })
        .await
}

/// One wait, reported while it lasts.
struct Waiting<'a> {
    what: &'a str,
    since: Instant,
    reported: Option<Reported>,
}

impl<'a> Waiting<'a> {
    fn new(what: &'a str) -> Self {
        Self { what, since: Instant::now(), reported: None }
    }

    fn before(&mut self, pause: Duration) {
        tracing::debug!(what = self.what, ?pause, "waiting");
        if self.reported.is_none() && self.since.elapsed() + pause >= WORTH_TELLING {
            // Without a listener there is nothing to do.
            self.reported = Reported::now(self.what);
        }
    }

    /// Whether it has lasted longer than `limit` and one question together.
    fn is_over(&self, limit: Duration) -> bool {
        self.since.elapsed() > limit + READ
    }
}

/// Waits for what AWS needs at least.
pub async fn pause(pause: Duration) {
    nap(pause).await;
}

/// Sleeps.
async fn nap(pause: Duration) {
    #[cfg(test)]
    if clock::passes(pause) {
        return;
    }
    idle(tokio::time::sleep(pause)).await;
}

/// A clock for tests of long waits: their pauses are over at once.
#[cfg(test)]
pub mod clock {
    use std::future::Future;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// How much time has passed.
    #[derive(Debug, Clone, Default)]
    pub struct Clock(Arc<AtomicU64>);

    tokio::task_local! {
        static CLOCK: Clock;
    }

    impl Clock {
        /// Runs `work`, in which pauses take no time but this clock's.
        pub async fn run<F: Future>(&self, work: F) -> F::Output {
            CLOCK.scope(self.clone(), work).await
        }

        /// The time since the beginning.
        pub fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    /// Whether there is such a clock, which shows `pause` more.
    pub(super) fn passes(pause: Duration) -> bool {
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        CLOCK.try_with(|clock| clock.0.fetch_add(millis, Ordering::Relaxed)).is_ok()
    }
}

fn pauses(limit: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_factor(1.5)
        .without_max_times()
        .with_total_delay(Some(limit))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn reported<T>(work: impl Future<Output = T>) -> (T, Vec<Option<String>>) {
        let heard_so_far = Arc::new(Mutex::new(Vec::new()));
        let sink = heard_so_far.clone();
        let listener: ProgressSink = Arc::new(move |what| sink.lock().unwrap().push(what.map(str::to_owned)));
        let result = with_progress(listener, work).await;
        let words = heard_so_far.lock().unwrap().clone();
        (result, words)
    }

    #[tokio::test]
    async fn a_wait_that_lasts_is_reported_and_its_end_too() {
        // Looks and not time: on a busy machine a pause takes longer, and never less. The sixth comes after 1.3 s.
        let mut looks = 0;
        let late = || {
            looks += 1;
            std::future::ready(Ok((looks > 5).then_some(7)))
        };
        let (result, words) = reported(poll_until("the function to wake", Duration::from_secs(9), late)).await;
        assert_eq!(result.unwrap(), 7);
        assert_eq!(words, [Some("the function to wake".to_owned()), None]);
    }

    #[tokio::test]
    async fn a_short_wait_is_not_reported() {
        let mut calls = 0;
        let second = || {
            calls += 1;
            let result = if calls > 1 { Ok(calls) } else { Err(Error::refused("not yet")) };
            async move { result }
        };
        let work = retry_while("nothing much", Duration::from_secs(9), |_| true, second);
        let (result, words) = reported(work).await;
        assert_eq!((result.unwrap(), words), (2, vec![]));
    }

    /// How a wait of at most 0.9 s ends that sees these one after the other, and the last one for ever, and how many
    /// looks it took.
    async fn seen(is_known: bool, lag: Duration, sights: &[Sight<u8>]) -> (Result<u8, String>, usize) {
        let mut looks = 0;
        let look = || {
            let sight = sights[looks.min(sights.len() - 1)];
            looks += 1;
            std::future::ready(Ok(sight))
        };
        let thing = Thing { name: "the function lesson", is_known, lag };
        let result = until_ready("it", Duration::from_millis(900), thing, look).await;
        (result.map_err(|error| error.to_string()), looks)
    }

    #[tokio::test]
    async fn what_was_seen_and_is_not_there_any_more_is_not_awaited() {
        use Sight::{Missing, Ready, Unready};
        let (none, long) = (Duration::ZERO, Duration::from_secs(60));
        let gone = || Err("the function lesson was deleted in the meantime".to_owned());
        assert_eq!(seen(true, none, &[Missing]).await, (gone(), 1));
        assert_eq!(seen(false, none, &[Missing, Unready, Missing]).await, (gone(), 3));
        assert_eq!(seen(false, none, &[Missing, Unready, Ready(7)]).await, (Ok(7), 3));
        assert_eq!(seen(true, long, &[Missing, Unready, Missing, Ready(7)]).await, (Ok(7), 4), "a copy that lags");
        let (result, looks) = seen(true, Duration::from_millis(50), &[Missing]).await;
        assert!(result == gone() && looks > 1, "not before the copies had their time: {looks}");
        let late = Err("waited 0 s for it".to_owned());
        assert_eq!(seen(false, none, &[Missing]).await.0, late, "a new one may come late");
    }

    #[tokio::test]
    async fn a_wait_that_ends_without_success_says_for_what() {
        let (result, _) = reported(poll_until("Godot", Duration::from_millis(200), || async { Ok(None::<()>) })).await;
        assert_eq!(result.unwrap_err().to_string(), "waited 0 s for Godot");
    }
}
