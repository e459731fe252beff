//! What could be wrong before anything is done: with the account, this computer and the stack. Only looks.

pub mod account;
pub mod account_profile;
pub mod permissions;
pub mod programs;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::Error;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is right.
    Right,
    /// It is wrong, and something will fail for it.
    Wrong,
    /// It could not be checked, or is not needed.
    Unknown,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub check: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, where something can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    /// It is right.
    pub fn right(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Right, found: found.into(), remedy: None }
    }

    /// It is wrong.
    pub fn wrong(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Wrong, remedy: Some(remedy.into()), ..Self::right(check, found) }
    }

    /// It could not be checked, or is not needed.
    pub fn unknown(check: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::right(check, found) }
    }

    /// The same with something to do.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// An error of AWS that is what is wrong.
    pub fn failed(check: &'static str, error: &Error) -> Self {
        Self { verdict: Verdict::Wrong, remedy: error.advice(), ..Self::right(check, error.to_string()) }
    }

    /// An error of AWS that keeps from checking.
    pub fn unchecked(check: &'static str, error: &Error) -> Self {
        Self { remedy: error.advice(), ..Self::unknown(check, format!("could not be checked: {error}")) }
    }
}

/// Whether nothing is wrong.
pub fn is_sound(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.verdict != Verdict::Wrong)
}
