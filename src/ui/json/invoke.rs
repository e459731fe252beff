//! `invoke --json`: what came of calling a function.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::operate::invoke::{Answer, FunctionError, Log};

use super::FormatVersion;

/// What came of a call: a payload or an error.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 invoke --json")]
pub struct InvokeDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The function's name in AWS.
    pub function: String,
    /// What the function returned, `null` if nothing; left out if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// What it failed with; left out if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<FunctionErrorDocument>,
    /// The end of its log, with `--tail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Log>,
}

/// An error of the function itself, or of its runtime.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FunctionErrorDocument {
    /// For example `KeyError` or `Sandbox.Timedout`; empty if there is none.
    #[serde(rename = "type")]
    pub sort: String,
    /// What it says.
    pub message: String,
    /// Where it happened, line by line.
    pub trace: Vec<String>,
    /// What to do, for an error that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

impl InvokeDocument {
    /// The document of what `function` answered.
    pub fn of(function: &str, answer: &Answer) -> Self {
        let error = |failure: &FunctionError| {
            let FunctionError { sort, message, trace } = failure.clone();
            FunctionErrorDocument { sort, message, trace, hint: failure.hint() }
        };
        Self {
            format_version: FormatVersion,
            function: function.to_owned(),
            payload: answer.failure.is_none().then(|| answer.payload.clone().unwrap_or_default()),
            error: answer.failure.as_ref().map(error),
            log: answer.log.clone(),
        }
    }
}
