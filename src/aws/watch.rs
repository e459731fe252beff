//! Reports what is waited for, while it lasts, to the listener.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

/// Learns what is waited for: a text that completes "waiting for …", or `None` once nothing is waited for any more. Of
/// several waits at once it is the one that began last.
pub type ProgressSink = Arc<dyn Fn(Option<&str>) + Send + Sync>;

tokio::task_local! {
    static EAR: Arc<Ear>;
}

/// Runs `work`, reporting its waits to `listener`. What `work` spawns as tasks of their own is not heard.
pub async fn with_progress<F: Future>(listener: ProgressSink, work: F) -> F::Output {
    EAR.scope(Arc::new(Ear { listener, waits: Mutex::default() }), work).await
}

/// A listener, and what it is to know of.
struct Ear {
    listener: ProgressSink,
    waits: Mutex<Vec<Arc<str>>>,
}

/// A wait that is reported until this is dropped.
pub(super) struct Reported {
    ear: Arc<Ear>,
    what: Arc<str>,
}

impl Reported {
    /// Reports `what` to the listener, where there is one.
    pub(super) fn now(what: &str) -> Option<Self> {
        EAR.try_with(Arc::clone).ok().map(|ear| Self::to(ear, what))
    }

    fn to(ear: Arc<Ear>, what: &str) -> Self {
        let what: Arc<str> = what.into();
        ear.waits.lock().unwrap_or_else(PoisonError::into_inner).push(what.clone());
        (ear.listener)(Some(&what));
        Self { ear, what }
    }
}

impl Drop for Reported {
    fn drop(&mut self) {
        let rest = {
            let mut waits = self.ear.waits.lock().unwrap_or_else(PoisonError::into_inner);
            waits.retain(|other| !Arc::ptr_eq(other, &self.what));
            waits.last().cloned()
        };
        (self.ear.listener)(rest.as_deref());
    }
}

/// A word that is said if what it is about takes long; it is over when this is dropped.
pub(super) struct Watch {
    reported: Arc<Mutex<Option<Reported>>>,
    timer: Option<JoinHandle<()>>,
}

/// Reports `what` after `pause`, if there is a listener.
pub(super) fn say_after(pause: Duration, what: String) -> Watch {
    let reported: Arc<Mutex<Option<Reported>>> = Arc::default();
    let timer = EAR.try_with(Arc::clone).ok().map(|ear| {
        let reported = reported.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            tracing::debug!(what, "waiting");
            *reported.lock().unwrap_or_else(PoisonError::into_inner) = Some(Reported::to(ear, &what));
        })
    });
    Watch { reported, timer }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(timer) = &self.timer {
            timer.abort();
        }
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_several_waits_the_newest_is_reported_and_then_those_that_still_go_on() {
        let (sender, mut words) = tokio::sync::mpsc::unbounded_channel();
        let listener: ProgressSink = Arc::new(move |what| drop(sender.send(what.map(str::to_owned))));
        with_progress(listener, async {
            let first = say_after(Duration::ZERO, "first".to_owned());
            assert_eq!(words.recv().await.flatten().as_deref(), Some("first"));
            let second = say_after(Duration::ZERO, "second".to_owned());
            assert_eq!(words.recv().await.flatten().as_deref(), Some("second"));
            drop(second);
            assert_eq!(words.recv().await.flatten().as_deref(), Some("first"));
            drop(first);
            assert_eq!(words.recv().await, Some(None));
            drop(say_after(Duration::from_secs(60), "what came in time".to_owned()));
            assert!(words.try_recv().is_err());
        })
        .await;
    }
}
