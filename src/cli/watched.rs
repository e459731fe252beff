//! The sandbox beside a command that uses it. A request to an emulator that is gone would be sent again and again, as
//! one to AWS is; a person should hear of it at once.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::sandbox::{Error, Running, Sandbox};
use crate::ui::Ui;

use super::failure::Failure;

/// How often it is looked at. That asks it nothing.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a process may take from its last answer to its end.
const DYING: Duration = Duration::from_secs(1);

/// The sandbox that a command uses, as soon as it does.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched(Arc<OnceLock<(Sandbox, Running)>>);

impl Watched {
    /// From now on the command needs this sandbox.
    pub(super) fn begin(&self, sandbox: Sandbox, running: Running) {
        // The first is the one: a command that connects twice finds the same.
        let _ = self.0.set((sandbox, running));
    }

    /// Carries the command out, and ends it when an emulator that it needs has ended.
    pub(super) async fn beside(
        &self,
        command: impl Future<Output = Result<ExitCode, Failure>>,
        ui: &Ui,
    ) -> Result<ExitCode, Failure> {
        tokio::select! {
            outcome = command => match outcome {
                Err(failure) if failure.is_for_want_of_an_answer() => Err(self.reason(failure).await),
                outcome => outcome,
            },
            error = self.ended() => {
                ui.leave();
                Err(Failure::Sandbox(error))
            }
        }
    }

    /// Why there was no answer. A connection may break a moment before the process is gone.
    async fn reason(&self, failure: Failure) -> Failure {
        match self.0.get() {
            Some(_) => tokio::time::timeout(DYING, self.ended()).await.map_or(failure, Failure::Sandbox),
            None => failure,
        }
    }

    async fn ended(&self) -> Error {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Some(error) = self.trouble() {
                return error;
            }
        }
    }

    fn trouble(&self) -> Option<Error> {
        let (sandbox, running) = self.0.get()?;
        sandbox.trouble(running)
    }
}
