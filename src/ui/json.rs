//! The same for programs: one document for plan and show, one event a line for apply and destroy.
//!
//! All of it, errors included, goes to standard output, one document a line; only a command line that makes no sense at
//! all is told as text on standard error, because whether JSON is wanted is then not known.
//!
//! Keys are snake_case; what is absent is left out. A document says `"format": 1`; a reader that knows format 1 can
//! ignore keys that it does not know. Secrets are the string `(sensitive)`, and what AWS invents is
//! `(known after apply)`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::apply::{Event, Summary};
use crate::aws::Error;
use crate::aws::error::ErrorKind;
use crate::plan::decide::Goal;
use crate::plan::observe::Trouble;
use crate::plan::schedule::Task;
use crate::plan::{Action, Counts, Output, Plan, Reason, Step};
use crate::stack::problem::Problems;

use super::event::{task, words};

/// A plan.
#[derive(Debug, Serialize)]
pub struct PlanDocument {
    /// 1.
    pub format: u32,
    /// The stack's name.
    pub stack: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// `apply` or `destroy`.
    pub goal: &'static str,
    /// What is done, in the order of the plan.
    pub changes: Vec<ChangeDocument>,
    /// What a destroy leaves, and why.
    pub kept: Vec<ChangeDocument>,
    /// The addresses with which nothing is done.
    pub unchanged: Vec<String>,
    /// What a person should know, also about what does not change.
    pub notes: Vec<Note>,
    /// How many of what.
    pub summary: Counts,
    /// By name; `null` if known only after apply.
    pub outputs: BTreeMap<String, Option<String>>,
}

/// What happens to one resource.
#[derive(Debug, Serialize)]
pub struct ChangeDocument {
    /// Its place in the stack.
    pub address: String,
    /// Its kind.
    pub kind: &'static str,
    /// The name that people see.
    pub name: String,
    /// AWS's id of what is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The line in the file, from 1; left out if the file does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// `create`, `adopt`, `update`, `replace`, `delete`, `release` or `keep`.
    pub action: &'static str,
    /// For a replacement: whether the new one is there before the old one goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_first: Option<bool>,
    /// For a replacement the properties that require it; for a release or keep the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// Whether what it contains is deleted with it.
    pub empties: bool,
    /// The properties that differ.
    pub changes: Vec<PropertyDocument>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One property that differs.
#[derive(Debug, Serialize)]
pub struct PropertyDocument {
    /// Dotted, `root_volume.size_gib`; a tag is `tags.<key>`.
    pub path: String,
    /// What is there; left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What will be there; left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// `file`, `drift`, `taken_out`, `recorded`, `forgotten` or `replaced`.
    pub reason: &'static str,
    /// For `replaced`: the resource that is replaced and to which this refers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// Whether it makes the resource be replaced.
    pub forces_replacement: bool,
}

/// What a person should know about a resource.
#[derive(Debug, Serialize)]
pub struct Note {
    /// The resource.
    pub address: String,
    /// The note.
    pub note: String,
}

/// The document of a plan.
pub fn plan(plan: &Plan, goal: Goal) -> PlanDocument {
    let with = |wanted: fn(&Step) -> bool| plan.steps.iter().filter(move |step| wanted(step)).map(change).collect();
    let unchanged = plan.steps.iter().filter(|step| step.action == Action::None);
    let note = |step: &Step| {
        let address = step.address.to_string();
        step.notes.iter().map(move |note| Note { address: address.clone(), note: note.clone() }).collect::<Vec<_>>()
    };
    PlanDocument {
        format: 1,
        stack: plan.place.stack.clone(),
        account: plan.place.account.clone(),
        region: plan.place.region.clone(),
        goal: if goal == Goal::Apply { "apply" } else { "destroy" },
        changes: with(Step::is_change),
        kept: with(|step| matches!(step.action, Action::Keep { .. })),
        unchanged: unchanged.map(|step| step.address.to_string()).collect(),
        notes: plan.steps.iter().flat_map(note).collect(),
        summary: plan.counts(),
        outputs: outputs(&plan.outputs),
    }
}

/// Outputs by name.
pub fn outputs(outputs: &[Output]) -> BTreeMap<String, Option<String>> {
    outputs.iter().map(|output| (output.name.clone(), output.value.clone())).collect()
}

fn change(step: &Step) -> ChangeDocument {
    let (create_first, because) = match &step.action {
        Action::Replace { create_first, because } => (Some(*create_first), because.clone()),
        Action::Release { because } | Action::Keep { because } => (None, vec![because.clone()]),
        _ => (None, Vec::new()),
    };
    let properties = step.changes.iter().map(|change| PropertyDocument {
        path: change.path.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        reason: match change.reason {
            Reason::File => "file",
            Reason::Drift => "drift",
            Reason::TakenOut => "taken_out",
            Reason::Recorded => "recorded",
            Reason::Forgotten => "forgotten",
            Reason::Replaced(_) => "replaced",
        },
        replaced: match &change.reason {
            Reason::Replaced(address) => Some(address.to_string()),
            _ => None,
        },
        forces_replacement: change.replaces,
    });
    ChangeDocument {
        address: step.address.to_string(),
        kind: step.kind.name(),
        name: step.name.clone(),
        id: step.id.clone(),
        line: step.line,
        action: action(&step.action),
        create_first,
        because,
        empties: super::plan::empties(step),
        changes: properties.collect(),
        notes: step.notes.clone(),
    }
}

fn action(action: &Action) -> &'static str {
    match action {
        Action::None => "none",
        Action::Create => "create",
        Action::Adopt => "adopt",
        Action::Update => "update",
        Action::Replace { .. } => "replace",
        Action::Delete => "delete",
        Action::Release { .. } => "release",
        Action::Keep { .. } => "keep",
    }
}

/// One event: `{"event": "started" | "waiting" | "done" | "failed" | "skipped" | "not_started", "at_seconds": since the start,
/// "address", "kind", "name", "action", "doing": what this half of it does, and by event "for": what is waited for, "id",
/// "seconds": how long it took, "error": see [`error`], "because": the resource that failed}`.
pub fn event(event: &Event, plan: &Plan, file: &str, at: Duration) -> Value {
    let word = match event {
        Event::Started(_) => "started",
        Event::Waiting { .. } => "waiting",
        Event::Done { .. } => "done",
        Event::Failed { .. } => "failed",
        Event::Skipped { .. } => "skipped",
        Event::NotStarted(_) => "not_started",
    };
    let mut line = json!({"event": word, "at_seconds": seconds(at)});
    let task: Task = task(event);
    let step = plan.steps.get(task.step);
    if let Some(step) = step {
        line["address"] = json!(step.address);
        line["kind"] = json!(step.kind.name());
        line["name"] = json!(step.name);
        line["action"] = json!(action(&step.action));
        line["doing"] = json!(words(plan, task).doing);
    }
    match event {
        Event::Started(_) | Event::NotStarted(_) => {}
        Event::Waiting { what, .. } => line["for"] = json!(what),
        Event::Done { took, id, .. } => {
            if let Some(id) = id {
                line["id"] = json!(id);
            }
            line["seconds"] = json!(seconds(*took));
        }
        Event::Failed { error: failed, .. } => {
            line["error"] = error(failed);
            if let Some(number) = step.and_then(|step| step.line) {
                line["file"] = json!(file);
                line["line"] = json!(number);
            }
        }
        Event::Skipped { because, .. } => line["because"] = json!(because),
    }
    line
}

/// The last event: `{"event": "summary", "goal", "complete", "added", "changed", "destroyed", "released", "failed",
/// "skipped", "not_started", "seconds", "outputs"}`.
pub fn summary(plan: &Plan, goal: Goal, summary: &Summary, took: Duration, all: &[Output]) -> Value {
    let Counts { add, change, destroy, release } = super::summary::done(plan, &summary.done);
    json!({
        "event": "summary",
        "goal": if goal == Goal::Apply { "apply" } else { "destroy" },
        "complete": summary.is_complete(),
        "added": add,
        "changed": change,
        "destroyed": destroy,
        "released": release,
        "failed": summary.failed.len(),
        "skipped": summary.skipped.len(),
        "not_started": summary.not_started.len(),
        "seconds": seconds(took),
        // What a destroy has just deleted has none.
        "outputs": if goal == Goal::Apply { outputs(all) } else { BTreeMap::new() },
    })
}

/// `{"format": 1, …}` and the fields of [`Show`](super::Show).
pub fn show(show: &super::Show) -> Value {
    let mut document = json!({"format": 1});
    if let (Value::Object(document), Ok(Value::Object(fields))) = (&mut document, serde_json::to_value(show)) {
        document.extend(fields);
        document.insert("outputs".into(), json!(outputs(&show.outputs)));
    }
    document
}

/// `{"event": "error", "error": the first one's message, "problems": [{"address", "kind", "file", "line", "error"}]}`;
/// for `problems[].error` see [`error`].
pub fn trouble(all: &[Trouble], file: &str) -> Value {
    let problem = |one: &Trouble| {
        let mut problem = Map::new();
        if let Some(address) = &one.address {
            problem.insert("address".into(), json!(address));
        }
        problem.insert("kind".into(), json!(one.kind));
        if let Some(line) = one.line {
            problem.insert("file".into(), json!(file));
            problem.insert("line".into(), json!(line));
        }
        problem.insert("error".into(), error(&one.error));
        Value::Object(problem)
    };
    let first = all.first().map(|one| one.error.to_string()).unwrap_or_default();
    json!({"event": "error", "error": first, "problems": all.iter().map(problem).collect::<Vec<_>>()})
}

/// `{"event": "error", "error": the first one's message, "problems": [{"file", "line", "column", "end_line",
/// "end_column", "message", "hint"}], "more": how many are not listed}`, for a stack file that is wrong.
pub fn problems(problems: &Problems) -> Value {
    let first = problems.list.first().map(|one| one.message.clone()).unwrap_or_default();
    json!({"event": "error", "error": first, "problems": problems, "more": problems.more})
}

/// `{"event": "error", "error": the message, "problems": [], "hint"}`
pub fn failure(message: &str, hint: Option<&str>) -> Value {
    let mut failure = json!({"event": "error", "error": message, "problems": []});
    if let Some(hint) = hint {
        failure["hint"] = json!(hint);
    }
    failure
}

/// `{"event": "error", "error": the message, "problems": [{"message"}], "hint"}`, for a saved plan that is not carried
/// out.
pub fn outdated(file: &str, reasons: &[String], hint: &str) -> Value {
    let problems: Vec<_> = reasons.iter().map(|reason| json!({"message": reason})).collect();
    json!({"event": "error", "error": super::trouble::is_outdated(file), "problems": problems, "hint": hint})
}

/// `{"sort": "denied", …, "message", "operation", "code", "request_id", "hint"}`
pub fn error(error: &Error) -> Value {
    let mut object = Map::new();
    object.insert("sort".into(), json!(sort(error.kind)));
    object.insert("message".into(), json!(error.message));
    let operation = (!error.operation.is_empty()).then(|| error.operation.to_owned());
    let more = [
        ("operation", operation),
        ("code", error.code.clone()),
        ("request_id", error.request_id.clone()),
        ("hint", error.advice()),
    ];
    object.extend(more.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))));
    Value::Object(object)
}

fn sort(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Denied => "denied",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Exists => "exists",
        ErrorKind::InUse => "in_use",
        ErrorKind::Throttled => "throttled",
        ErrorKind::Quota => "quota",
        ErrorKind::NoCapacity => "no_capacity",
        ErrorKind::WrongClock => "wrong_clock",
        ErrorKind::NotActivated => "not_activated",
        ErrorKind::Expired => "expired",
        ErrorKind::BadCredentials => "bad_credentials",
        ErrorKind::NoCredentials => "no_credentials",
        ErrorKind::WrongAccount => "wrong_account",
        ErrorKind::Unreachable => "unreachable",
        ErrorKind::Invalid => "invalid",
        ErrorKind::Refused => "refused",
        ErrorKind::TimedOut => "timed_out",
        ErrorKind::Other => "other",
    }
}

/// To the millisecond.
pub fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
