//! The terminal's own `^C`, which must not come between lines that move.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Whether the terminal shows the control characters that a person types, as it was found.
#[derive(Debug, Default)]
pub struct Echo(Mutex<Option<Termios>>);

impl Echo {
    /// From now on the terminal shows none. Where there is no terminal there is nothing to do.
    pub fn hide(&self) {
        let Ok(found) = tcgetattr(io::stderr()) else { return };
        let mut quiet = found.clone();
        quiet.local_modes.remove(LocalModes::ECHOCTL);
        if tcsetattr(io::stderr(), OptionalActions::Now, &quiet).is_ok() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }
    }

    /// As it was found. Must come before the program ends in any way.
    pub fn restore(&self) {
        if let Some(found) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(io::stderr(), OptionalActions::Now, &found);
        }
    }
}
