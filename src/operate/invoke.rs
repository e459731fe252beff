//! Calling a function and waiting for its answer.

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::aws::error::cut;
use crate::aws::{Call, Context, Result};

use crate::resource::lambda::function::answers;

/// How many lines of a trace are shown. A function that calls itself without end has thousands.
const TRACE: usize = 100;
/// How much of the end of a log is shown, in bytes; AWS gives 4 KiB.
const LOG: usize = 64 * 1024;

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the function returned. A text that is not JSON, which only runtimes of one's own return, is a string;
    /// `None`: nothing.
    pub payload: Option<Value>,
    /// What the function failed with, in place of a payload.
    pub failure: Option<FunctionError>,
    /// The end of what it wrote, at most 4 KiB; `None`: not asked for.
    pub log: Option<Log>,
}

/// An error of the function itself, or of its runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// For example `KeyError` or `Sandbox.Timedout`; empty if there is none.
    pub sort: String,
    /// What it says.
    pub message: String,
    /// Where it happened, line by line, the innermost call where the language puts it.
    pub trace: Vec<String>,
}

/// The end of a function's log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Log {
    /// What the function wrote, without Lambda's own lines.
    pub lines: Vec<String>,
    /// What the call took, if Lambda said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// Milliseconds that the handler ran.
    pub duration_ms: f64,
    /// Milliseconds that are billed.
    pub billed_ms: f64,
    /// MiB that the function may use.
    pub memory_mib: u64,
    /// MiB that it used at most.
    pub used_mib: u64,
    /// Milliseconds that starting took, where it was started for this call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_ms: Option<f64>,
}

/// Calls the function `name` with `payload`, a JSON text, and waits for the answer (API: Invoke). `with_log` asks for
/// the end of its log, too. It is called once: what a function does should not be done twice because an answer was lost.
pub async fn invoke(cx: &Context, name: &str, payload: Option<String>, with_log: bool) -> Result<Answer> {
    let call = cx.clients.lambda.invoke().function_name(name).set_payload(payload.map(Blob::new));
    let call = call.set_log_type(with_log.then_some(LogType::Tail));
    let answer = Box::pin(call.customize().config_override(limits()).send()).await.call("lambda:Invoke")?;
    let answer = Answer::from(answer);
    Ok(Answer { log: answer.log.or_else(|| with_log.then(Log::default)), ..answer })
}

/// Whether the function `name` is this stack's; `None`: it is not there.
pub async fn is_ours(cx: &Context, name: &str) -> Result<Option<bool>> {
    let Some(function) = answers::get(cx, name).await? else { return Ok(None) };
    Ok(Some(cx.owns(name, &answers::tags_of(&function)?)))
}

fn limits() -> Builder {
    aws_sdk_lambda::Config::builder()
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

impl From<InvokeOutput> for Answer {
    fn from(answer: InvokeOutput) -> Self {
        let bytes = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        let payload = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(text()));
        let payload = (!bytes.is_empty()).then_some(payload);
        let log = answer.log_result.and_then(|log| BASE64_STANDARD.decode(log).ok());
        let log = log.map(|bytes| Log::read(&String::from_utf8_lossy(&bytes)));
        match answer.function_error {
            Some(_) => Self { failure: Some(FunctionError::read(payload.unwrap_or_default())), payload: None, log },
            None => Self { payload, failure: None, log },
        }
    }
}

impl FunctionError {
    /// The runtimes put it alike: `errorType`, `errorMessage`, and `stackTrace` or, in Node.js, `trace`.
    fn read(payload: Value) -> Self {
        let text = |name: &str| payload[name].as_str().map(str::to_owned);
        let trace = payload["stackTrace"].as_array().or(payload["trace"].as_array());
        let lines = || trace.into_iter().flatten().filter_map(Value::as_str).flat_map(str::lines);
        let more = lines().count().saturating_sub(TRACE);
        let more = (more > 0).then(|| format!("… ({more} more lines)"));
        Self {
            sort: cut(text("errorType").unwrap_or_default()),
            message: cut(text("errorMessage").unwrap_or_else(|| match &payload {
                Value::Null => "it does not say why".to_owned(),
                other => other.to_string(),
            })),
            trace: lines().take(TRACE).map(cut).chain(more).collect(),
        }
    }

    /// What to do about it, where the cause is one that many meet.
    pub fn hint(&self) -> Option<&'static str> {
        let says = |words: &str| self.message.contains(words);
        Some(if says("Task timed out") || self.sort == "Sandbox.Timedout" {
            "it exceeded its time limit: raise `timeout_seconds` of the function, then apply"
        } else if says("signal: killed") || self.sort == "Runtime.OutOfMemory" {
            "it most likely exceeded its memory limit: raise `memory_mib` of the function, then apply"
        } else if ["Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.MalformedHandlerName"]
            .contains(&self.sort.as_str())
        {
            "compare `handler` of the function, `file.function`, with the files in its `code`; a module that is not \
             part of the runtime must be there too"
        } else if says("is not authorized to perform") {
            "the function's role has to allow this: add the action to the policy of the role, then apply"
        } else {
            return None;
        })
    }
}

impl Log {
    fn read(text: &str) -> Self {
        let text = &text[text.ceil_char_boundary(text.len().saturating_sub(LOG))..];
        let is_lambdas = |line: &str| ["START RequestId:", "END RequestId:"].iter().any(|word| line.starts_with(word));
        let report = text.lines().find_map(Report::read);
        let lines = text.lines().filter(|line| !is_lambdas(line) && Report::read(line).is_none());
        Self { lines: lines.map(|line| line.trim_end().to_owned()).collect(), report }
    }
}

impl Report {
    /// `REPORT RequestId: …` and then fields such as `Duration: 12.3 ms`, apart by tabs.
    fn read(line: &str) -> Option<Self> {
        let fields = line.strip_prefix("REPORT RequestId:")?;
        let number = |name: &str| -> Option<f64> {
            let field = fields.split('\t').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix(':'))?;
            field.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            duration_ms: number("Duration")?,
            billed_ms: number("Billed Duration")?,
            memory_mib: number("Memory Size")? as u64,
            used_mib: number("Max Memory Used")? as u64,
            init_ms: number("Init Duration"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_function_is_called_once() {
        let config = limits().build();
        assert!(config.timeout_config().is_none());
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(1));
    }

    #[test]
    fn what_a_function_says_of_its_failure_is_cut() {
        let long = "x".repeat(10 * 1024 * 1024);
        let error = FunctionError::read(json!({
            "errorType": long, "errorMessage": long, "stackTrace": [long, "\n".repeat(100_000)],
        }));
        assert!(error.sort.len() < 5000 && error.message.len() < 5000, "{} {}", error.sort.len(), error.message.len());
        assert_eq!(error.trace.len(), TRACE + 1);
        assert!(error.trace.iter().all(|line| line.len() < 5000));
        assert_eq!(error.trace.last().map(String::as_str), Some("… (99901 more lines)"));
        assert!(Log::read(&"line\n".repeat(1_000_000)).lines.len() < 20_000);
    }

    #[test]
    fn a_report_is_distinguished_from_what_the_function_wrote() {
        let log = Log::read(
            "START RequestId: 8f5a Version: $LATEST\nsending to 3 people\nREPORT of the day\nEND RequestId: 8f5a\n\
             REPORT RequestId: 8f5a\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 41 MB\tInit Duration: 250.5 ms\t\n",
        );
        assert_eq!(log.lines, ["sending to 3 people", "REPORT of the day"]);
        let report =
            Report { duration_ms: 12.34, billed_ms: 13.0, memory_mib: 128, used_mib: 41, init_ms: Some(250.5) };
        assert_eq!(log.report, Some(report));
        assert_eq!(Log::read("REPORT RequestId: 8f5a\tDuration: ").report, None);
    }

    #[test]
    fn errors_of_the_runtimes_are_understood() {
        let python = FunctionError::read(json!({
            "errorMessage": "'TOPIC'", "errorType": "KeyError",
            "stackTrace": ["  File \"/var/task/index.py\", line 3, in handler\n    return os.environ['TOPIC']\n"],
        }));
        assert_eq!((python.sort.as_str(), python.message.as_str(), python.trace.len()), ("KeyError", "'TOPIC'", 2));
        assert_eq!(python.hint(), None);
        let node = json!({ "errorType": "Error", "errorMessage": "no", "trace": ["Error: no", "    at handler"] });
        assert_eq!(FunctionError::read(node).trace, ["Error: no", "    at handler"]);
        for (sort, message, hint) in [
            ("Sandbox.Timedout", "RequestId: 8f5a Error: Task timed out after 3.00 seconds", "timeout_seconds"),
            ("Runtime.ExitError", "Error: Runtime exited with error: signal: killed", "memory_mib"),
            ("Runtime.ImportModuleError", "Unable to import module 'index'", "`handler`"),
            ("AuthorizationError", "User: x is not authorized to perform: SNS:Publish on resource: y", "the policy"),
        ] {
            let error = FunctionError::read(json!({ "errorType": sort, "errorMessage": message }));
            assert!(error.hint().is_some_and(|said| said.contains(hint)), "{sort}");
        }
        assert_eq!(FunctionError::read(Value::Null).message, "it does not say why");
    }
}
