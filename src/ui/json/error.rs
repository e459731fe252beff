//! What went wrong, as an event that may come alone, or last in any stream.

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::Error;
use crate::aws::error::ErrorKind;
use crate::plan::observe::PlanError;
use crate::stack::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::ui::plan_errors::is_outdated;

/// Why a command could not do what was asked.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ErrorEvent {
    /// What is wrong; the first one if there are several.
    pub error: String,
    /// Each problem, if there can be several.
    pub problems: Vec<Problem>,
    /// How many more there are, at least, for a stack file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<usize>,
    /// What to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// One problem.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Problem {
    /// A place in a stack file, or in a file that it names.
    InFile(FileProblem),
    /// What AWS or the account has against a resource.
    OfResource(ResourceProblem),
    /// A reason why a saved plan is not carried out.
    Reason {
        /// The reason.
        message: String,
    },
}

/// A place in a stack file, or in a roster's CSV file, at which something is wrong. Lines and columns count from 1, columns in characters; the end is
/// exclusive; all `null` if the file could not be read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileProblem {
    /// The file: the stack file as the person named it, or another one as it would be named from the same folder.
    pub file: String,
    /// Where it starts.
    pub line: Option<usize>,
    /// Where it starts.
    pub column: Option<usize>,
    /// Where it ends.
    pub end_line: Option<usize>,
    /// Where it ends.
    pub end_column: Option<usize>,
    /// `error`, or `warning`: what is asked for is done all the same.
    pub severity: Severity,
    /// The code of this kind of mistake, for `cloud101 explain`: `C101-0203`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to type instead.
    pub hint: String,
}

/// What AWS or the account has against a resource, or against a list of all resources of a kind.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceProblem {
    /// The resource's place in the stack; left out if it is about none, or about a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The kind; left out if it is about none.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The stack file, if it names the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The error.
    pub error: ErrorDocument,
}

/// An error of AWS, of the way to it, or of cloud101 about what is there.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorDocument {
    /// The kind of error.
    pub sort: ErrorKind,
    /// The code of this type of error, for `cloud101 explain`: `C101-0901`.
    pub explain: String,
    /// What AWS said, or what is wrong.
    pub message: String,
    /// The API's name, for example `s3:CreateBucket`; left out if no call was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// AWS's error code, for example `AccessDenied`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// AWS's id of the request, for its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl FileProblem {
    /// Everything that is wrong with a stack file.
    pub fn all(diagnostics: &Diagnostics) -> Vec<Self> {
        let one = |one: &Diagnostic| {
            let (start, end) = diagnostics.position(one).unzip();
            Self {
                file: diagnostics.file_of(one).to_owned(),
                line: start.map(|at| at.line),
                column: start.map(|at| at.column),
                end_line: end.map(|at| at.line),
                end_column: end.map(|at| at.column),
                severity: one.severity,
                code: one.code.to_string(),
                message: one.message.clone(),
                hint: one.help.clone().unwrap_or_default(),
            }
        };
        diagnostics.list.iter().map(one).collect()
    }
}

impl ErrorEvent {
    /// What AWS refused. `file` is the stack file as the person named it.
    pub fn of_trouble(all: &[PlanError], file: &str) -> Self {
        let problem = |one: &PlanError| {
            Problem::OfResource(ResourceProblem {
                address: one.address.as_ref().map(ToString::to_string),
                kind: Some(one.kind.clone()),
                file: one.line.map(|_| file.to_owned()),
                line: one.line,
                error: (&one.error).into(),
            })
        };
        let error = all.first().map(|one| one.error.to_string()).unwrap_or_default();
        Self { error, problems: all.iter().map(problem).collect(), ..Self::default() }
    }

    /// What is wrong with a stack file.
    pub fn of_diagnostics(diagnostics: &Diagnostics) -> Self {
        let error = diagnostics.list.first().map(|one| one.message.clone()).unwrap_or_default();
        let list = FileProblem::all(diagnostics).into_iter().map(Problem::InFile).collect();
        Self { error, problems: list, more: Some(diagnostics.more), ..Self::default() }
    }

    /// An error of AWS that belongs to no resource.
    pub fn of_error(error: &Error) -> Self {
        let problem = ResourceProblem { address: None, kind: None, file: None, line: None, error: error.into() };
        Self { error: error.to_string(), problems: vec![Problem::OfResource(problem)], ..Self::default() }
    }

    /// Any other error, and what to type next.
    pub fn of_failure(message: &str, hint: Option<&str>) -> Self {
        Self { error: message.to_owned(), hint: hint.map(str::to_owned), ..Self::default() }
    }

    /// Why the plan saved in `file` is not carried out, and what to type next.
    pub fn of_outdated(file: &str, reasons: &[String], hint: &str) -> Self {
        let problems = reasons.iter().map(|reason| Problem::Reason { message: reason.clone() }).collect();
        Self { error: is_outdated(file), problems, hint: Some(hint.to_owned()), more: None }
    }
}

impl From<&Error> for ErrorDocument {
    fn from(error: &Error) -> Self {
        Self {
            sort: error.kind,
            explain: error.explained().to_string(),
            message: error.message.clone(),
            operation: (!error.operation.is_empty()).then(|| error.operation.to_owned()),
            code: error.code.clone(),
            request_id: error.request_id.clone(),
            hint: error.advice(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Code;
    use serde_json::json;

    #[test]
    fn a_machine_gets_lines_and_columns() -> anyhow::Result<()> {
        let diagnostic = Diagnostic::new(Code::Tab, 5..6, "wrong").help("right");
        let event = ErrorEvent::of_diagnostics(&Diagnostics::new("f.yaml", "a:\n  b: c", vec![diagnostic]));
        let expected = json!([{
            "file": "f.yaml", "line": 2, "column": 3, "end_line": 2, "end_column": 4,
            "severity": "error", "code": "C101-0105", "message": "wrong", "hint": "right",
        }]);
        assert_eq!(serde_json::to_value(&event)?["problems"], expected);
        Ok(())
    }
}
