//! `sandbox start --json`, `sandbox status --json` and `sandbox env --json`: where the emulators are, and for the last
//! what it takes to use them.

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
    /// `sandbox env` alone: the environment variables that point every AWS tool at it, its access key among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<BTreeMap<String, String>>,
    /// `sandbox env` alone: the environment variables that must not be set beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unset: Option<Vec<String>>,
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
    /// Where it is. Its access key is not in it.
    pub fn of(running: &Running) -> Self {
        let emulators = running.emulators.iter().map(|one| EmulatorDocument {
            emulator: one.emulator.to_string().to_lowercase(),
            version: one.version.clone(),
            pid: one.pid,
            port: one.port,
            log: one.log.display().to_string(),
        });
        Self {
            format_version: FormatVersion,
            started_at: running.started_at,
            emulators: emulators.collect(),
            environment: None,
            unset: None,
        }
    }

    /// The same with what points tools at it.
    pub fn with_environment(running: &Running) -> Self {
        let Environment { set, unset } = running.environment();
        Self { environment: Some(set.into_iter().collect()), unset: Some(unset), ..Self::of(running) }
    }
}
