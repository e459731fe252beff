//! What a [`FaultProxy`](super::FaultProxy) can do to a call, and rules that say to which.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Call, Malformed};
use crate::http::Refusal;

/// What is done to a call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is carried out and answered, after a pause.
    Delay(Duration),
    /// The same once the test says so.
    Hold(Hold),
    /// It is refused and not carried out.
    Refuse(Refusal),
    /// It is not carried out and gets this answer, with status 200. Each header ends with `\r\n`.
    Answer { headers: String, body: String },
    /// It is not carried out and gets an answer that is none of AWS's.
    Malformed(Malformed),
    /// The connection ends without an answer.
    Cut(Phase),
    /// The program is killed, then the connection ends.
    Kill(Phase),
}

/// When a connection ends or a program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// AWS never hears of the call.
    Before,
    /// AWS has carried it out: the answer is lost.
    After,
}

impl Fault {
    pub fn refuse(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self::Refuse(Refusal { status, code, message: message.into() })
    }

    pub fn answer(body: impl Into<String>) -> Self {
        Self::Answer { headers: String::new(), body: body.into() }
    }

    /// A rule: this happens to the changing call `number`, from 0.
    pub fn at_change(self, number: usize) -> impl Fn(&Call) -> Option<Self> + Send + Sync + 'static {
        move |call| (call.changing == Some(number)).then(|| self.clone())
    }

    /// A rule: this happens to the first call of this name.
    pub fn once(self, name: &'static str) -> impl Fn(&Call) -> Option<Self> + Send + Sync + 'static {
        let done = AtomicBool::new(false);
        move |call| (call.name == name && !done.swap(true, Ordering::SeqCst)).then(|| self.clone())
    }
}

/// Calls that wait until they are released. Clones hold the same ones.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<(Mutex<bool>, Condvar)>);

impl Hold {
    /// What waits goes on, and what comes later does not wait.
    pub fn release(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    pub(super) fn wait(&self) {
        let released = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(released, |released| !*released));
    }
}
