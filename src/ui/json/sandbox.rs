//! `sandbox start --json`, `sandbox status --json` and `sandbox env --json`: where the emulators are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::sandbox::{Environment, Running};

use super::FormatVersion;

/// A sandbox that runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 sandbox start --json, sandbox status --json, sandbox env --json")]
pub struct SandboxDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// When it was started, in seconds since 1970 (UTC).
    pub started_at: u64,
    /// The emulators it consists of.
    pub emulators: Vec<EmulatorDocument>,
    /// The environment variables that point every AWS tool at it.
    pub environment: BTreeMap<String, String>,
    /// The environment variables that must not be set beside them.
    pub unset: Vec<String>,
}

/// A running emulator.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmulatorDocument {
    /// `ministack` or `moto`.
    pub emulator: String,
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The file it logs to.
    pub log: String,
}

impl SandboxDocument {
    /// The document of a sandbox.
    pub fn of(running: &Running) -> Self {
        let emulators = running.emulators.iter().map(|one| EmulatorDocument {
            emulator: one.emulator.to_string().to_lowercase(),
            version: one.version.clone(),
            pid: one.pid,
            port: one.port,
            log: one.log.display().to_string(),
        });
        let Environment { set, unset } = running.environment();
        Self {
            format_version: FormatVersion,
            started_at: running.started_at,
            emulators: emulators.collect(),
            environment: set.into_iter().collect(),
            unset,
        }
    }
}
