//! `doctor --json`: what is right and wrong before anything is done.

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{Check, is_sound};

use super::FormatVersion;

/// What was looked at, and how it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 doctor --json")]
pub struct DoctorDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Each check.
    pub checks: Vec<Check>,
}

impl DoctorDocument {
    /// The document of these checks.
    pub fn of(checks: &[Check]) -> Self {
        Self { format_version: FormatVersion, sound: is_sound(checks), checks: checks.to_vec() }
    }
}
