//! Bounded waits for what AWS takes its time over, and a way to tell what is waited for.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};

use super::error::{Error, Result};

/// A wait that is over sooner is not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Learns what is waited for: a text that completes "waiting for …", or `None` once that wait is over.
pub type Listener = Arc<dyn Fn(Option<&str>) + Send + Sync>;

tokio::task_local! {
    static LISTENER: Listener;
}

/// Runs `work`, whose waits are told to `listener`. What `work` spawns as tasks of their own is not heard.
pub async fn heard<F: Future>(listener: Listener, work: F) -> F::Output {
    LISTENER.scope(listener, work).await
}

/// Asks `check` again and again, at most for `limit`, until it answers `Some`. `what` completes the sentences
/// "waiting for …" and "waited 60 s for …" of the error.
pub async fn until<T, F, Fut>(what: &str, limit: Duration, mut check: F) -> Result<T>
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
        let Some(pause) = pauses.next() else {
            return Err(Error::timed_out(format!("waited {} s for {what}", limit.as_secs())));
        };
        waiting.before(pause);
        tokio::time::sleep(pause).await;
    }
}

/// Calls `attempt` again, at most for `limit`, while its error is one that `passing` says will pass by itself.
/// The last error is the result. `what` completes the sentence "waiting for …".
pub async fn while_failing<T, F, Fut>(
    what: &str,
    limit: Duration,
    passing: impl FnMut(&Error) -> bool,
    attempt: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut waiting = Waiting::new(what);
    attempt
        .retry(pauses(limit))
        .when(passing)
        .notify(|error, pause| {
            tracing::debug!(%error, "will pass by itself");
            waiting.before(pause);
        })
        .await
}

/// One wait, told while it lasts.
struct Waiting<'a> {
    what: &'a str,
    since: Instant,
    told: bool,
}

impl<'a> Waiting<'a> {
    fn new(what: &'a str) -> Self {
        Self { what, since: Instant::now(), told: false }
    }

    fn before(&mut self, pause: Duration) {
        tracing::debug!(what = self.what, ?pause, "waiting");
        if self.since.elapsed() + pause >= WORTH_TELLING {
            self.told = true;
            tell(Some(self.what));
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.told {
            tell(None);
        }
    }
}

fn tell(what: Option<&str>) {
    // Where nobody listens, as in a plan, there is nothing to do.
    let _ = LISTENER.try_with(|listener| listener(what));
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
    use std::sync::Mutex;

    use super::*;

    async fn told<T>(work: impl Future<Output = T>) -> (T, Vec<Option<String>>) {
        let heard_so_far = Arc::new(Mutex::new(Vec::new()));
        let sink = heard_so_far.clone();
        let listener: Listener = Arc::new(move |what| sink.lock().unwrap().push(what.map(str::to_owned)));
        let result = heard(listener, work).await;
        let words = heard_so_far.lock().unwrap().clone();
        (result, words)
    }

    #[tokio::test]
    async fn a_wait_that_lasts_is_told_and_its_end_too() {
        let started = Instant::now();
        let late = || async { Ok((started.elapsed() > Duration::from_millis(900)).then_some(7)) };
        let (result, words) = told(until("the function to wake", Duration::from_secs(9), late)).await;
        assert_eq!(result.unwrap(), 7);
        assert_eq!(words, [Some("the function to wake".to_owned()), None]);
    }

    #[tokio::test]
    async fn a_short_wait_is_not_told() {
        let mut calls = 0;
        let second = || {
            calls += 1;
            let result = if calls > 1 { Ok(calls) } else { Err(Error::refused("not yet")) };
            async move { result }
        };
        let work = while_failing("nothing much", Duration::from_secs(9), |_| true, second);
        let (result, words) = told(work).await;
        assert_eq!((result.unwrap(), words), (2, vec![]));
    }

    #[tokio::test]
    async fn a_wait_that_ends_without_success_says_for_what() {
        let (result, _) = told(until("Godot", Duration::from_millis(200), || async { Ok(None::<()>) })).await;
        assert_eq!(result.unwrap_err().to_string(), "waited 0 s for Godot");
    }
}
