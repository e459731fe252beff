//! The access keys of the tests' sandboxes, which nothing but `sandbox env` may show. They are letters and digits, which
//! JSON, XML and URLs write as they are.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

static KEYS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on this key is searched for.
pub fn keep(key: &str) {
    KEYS.lock().unwrap_or_else(PoisonError::into_inner).push(key.to_owned());
}

/// Fails if `said`, which a run of the program said, holds a key.
pub fn check(command: &Command, said: &str) {
    let words: Vec<_> = command.get_args().collect();
    if words.windows(2).any(|words| words == ["sandbox", "env"]) {
        return;
    }
    let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!keys.iter().any(|key| said.contains(key)), "{command:?} shows the sandbox's access key");
}
