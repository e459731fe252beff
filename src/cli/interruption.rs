//! Ctrl-C and SIGTERM during a run: the first ends it cleanly, the second at once.

use std::io;
use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::ui::Ui;

/// What the second signal answers, and one instead of an answer: 128 and SIGINT's number.
pub(super) const EXIT_INTERRUPTED: u8 = 130;

/// What is said when a run was left in the middle.
const LEFT: &str = "Stopped at once: operations in progress may or may not have completed. Run the same command again: \
        it finds out and continues from there.";

/// The signals that ask a run to end.
pub(super) struct Interruptions {
    interrupt: Signal,
    terminate: Signal,
}

impl Interruptions {
    /// Takes the signals from their default, which is to end the process, at once: none that comes after this call is
    /// lost, even if it is not awaited yet.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Cancels `stop` at the first signal, and ends the process at the next. Once `stop` is cancelled by others, which
    /// says that the run is over, the first signal ends the process.
    pub(super) async fn obey(mut self, stop: CancellationToken, ui: Ui) {
        self.next().await;
        if !stop.is_cancelled() {
            stop.cancel();
            self.next().await;
            ui.leave();
            ui.note(LEFT);
        }
        ui.leave();
        process::exit(EXIT_INTERRUPTED.into());
    }

    /// Ends the process at the first signal, while a question is open: that is a "no" as well.
    pub(super) async fn instead_of_an_answer(mut self, ui: Ui) {
        self.next().await;
        ui.unanswered("Nothing was changed.");
        ui.leave();
        process::exit(EXIT_INTERRUPTED.into());
    }

    /// Waits for the next of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
