//! Waits that are not part of a step of a run: beside a spinner, or on a line of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::aws::wait::ProgressSink;

use super::Ui;
use super::terminal::clean;

/// What is waited for now, and what was said before.
#[derive(Debug, Default)]
pub struct Waits {
    now: Mutex<Option<String>>,
    said: Mutex<BTreeSet<String>>,
}

impl Waits {
    /// What follows the words of a spinner: nothing, or `, waiting for …`.
    pub fn beside(&self) -> String {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.as_ref().map(|what| format!(", waiting for {what}")).unwrap_or_default()
    }

    fn set(&self, what: Option<String>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// Whether it is said for the first time, and nothing else is waited for that was said. Of many questions side by side
    /// to a service that is silent, one is enough.
    fn is_news(&self, what: &str) -> bool {
        let is_first = self.now.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        is_first && self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned())
    }
}

impl Ui {
    /// Reports waits, for [`heard`](crate::aws::wait::heard): beside the spinner while there is one, else each once on
    /// standard error, whatever the format of the answer.
    pub fn waits(&self) -> ProgressSink {
        let ui = self.clone();
        Arc::new(move |what| {
            let what = what.map(|what| ui.redacted(&clean(what)));
            if let Some(what) = what.as_deref().filter(|what| !ui.out.is_moving() && ui.waits.is_news(what)) {
                ui.message(&format!("{} waiting for {what}\n", ui.stderr_paint().dim("…")));
            }
            ui.waits.set(what);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_stands_beside_the_spinner_until_it_is_over_and_is_said_once() {
        let waits = Waits::default();
        assert_eq!(waits.beside(), "");
        waits.set(Some("an answer of sns:ListTopics, for 10 s".into()));
        assert_eq!(waits.beside(), ", waiting for an answer of sns:ListTopics, for 10 s");
        waits.set(None);
        assert_eq!(waits.beside(), "");
        assert!(waits.is_news("a") && !waits.is_news("a") && waits.is_news("b"));
        waits.set(Some("b".into()));
        assert!(!waits.is_news("c"), "beside b");
    }
}
