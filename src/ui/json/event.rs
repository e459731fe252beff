//! The events of `apply --json`, `destroy --json`, `logs --json`, `start --json` and `stop --json`, one a line.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::apply::{self, Summary, What};
use crate::evidence::Question;
use crate::plan::options::Goal;
use crate::plan::{Counts, Output, Plan};
use crate::prove::{self, Glance, Remnant, Row, Verdict};
use crate::stack::Diagnostics;
use crate::ui::Redactor;
use crate::ui::event::words;
use crate::ui::summary::done;

use super::plan::Action;
use super::{ErrorDocument, ErrorEvent, FormatVersion, NotLookedAt, PlanDocument, outputs, seconds};

/// One line of the stream.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "A line of cloud101 apply, destroy, logs, start and stop --json; of any command, an error")]
pub struct EventDocument<'a> {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// What happens.
    #[serde(flatten)]
    pub event: Event<'a>,
}

/// What happens, in the order in which it can: the plan, then what becomes of each task, the summary, and after a destroy
/// the leftovers or the proof. Notes may come anywhere, an error last.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// What is about to be done.
    Plan {
        /// The document of `plan --json`.
        plan: Box<PlanDocument<'a>>,
    },
    /// A task begins.
    Started(TaskDocument),
    /// It waits for something that AWS takes its time over.
    Waiting {
        /// The task.
        #[serde(flatten)]
        task: TaskDocument,
        /// Completes "waiting for …".
        #[serde(rename = "for")]
        what: String,
    },
    /// It is done.
    Done {
        /// The task.
        #[serde(flatten)]
        task: TaskDocument,
        /// AWS's id of what is there now; left out after a delete.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// How long it took.
        seconds: f64,
    },
    /// It went wrong.
    Failed {
        /// The task.
        #[serde(flatten)]
        task: TaskDocument,
        /// Why.
        error: ErrorDocument,
        /// The stack file, if it names the resource.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// The line in the file, from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
    },
    /// It was not tried, because what it needs failed.
    Skipped {
        /// The task.
        #[serde(flatten)]
        task: TaskDocument,
        /// The resource that failed.
        because: String,
    },
    /// It was not begun, because the run was interrupted.
    NotStarted(TaskDocument),
    /// How the run ended.
    Summary(SummaryEvent),
    /// What a destroy left behind.
    Leftovers {
        /// How many should be gone.
        left: usize,
        /// The stack's region, which was looked at, as was what belongs to no region.
        region: String,
        /// The other regions that were looked at.
        other_regions: Vec<String>,
        /// All that still carries the stack's tag.
        resources: Vec<Remnant>,
        /// What could not be looked at, and may hold more.
        not_looked_at: Vec<NotLookedAt>,
    },
    /// The evidence of `destroy --prove`.
    Proof(Box<ProofEvent>),
    /// Something that a function has written, of `logs --json`.
    Log {
        /// When, in UTC.
        time: String,
        /// The log stream, one for each copy of the function.
        stream: String,
        /// What it wrote.
        message: String,
    },
    /// An instance was started or stopped, of `start --json` and `stop --json`.
    Instance {
        /// Its address in the stack.
        address: String,
        /// AWS's id.
        id: String,
        /// `running` or `stopped`.
        state: String,
        /// Its public address, if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        public_ip: Option<String>,
        /// How long it took.
        seconds: f64,
    },
    /// Something that is good to know.
    Note {
        /// The note.
        note: String,
    },
    /// Why the command could not do what was asked.
    Error(ErrorEvent),
}

/// A task: the one that makes, changes or deletes a resource. A replacement is two.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaskDocument {
    /// Since the start of the run.
    pub at_seconds: f64,
    /// The resource's place in the stack.
    pub address: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// What the plan says is done with it.
    pub action: Action,
    /// What this task does, in words: `creating`, `deleting the old one`, …
    pub doing: &'static str,
}

/// How a run ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SummaryEvent {
    /// What the run was for.
    pub goal: Goal,
    /// The profile of the account, such as `learner-lab`; left out if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_profile: Option<&'static str>,
    /// Whether everything was done.
    pub complete: bool,
    /// How many resources were made.
    pub added: usize,
    /// How many were changed in place, adopted ones included.
    pub changed: usize,
    /// How many of those were adopted.
    pub adopted: usize,
    /// How many were deleted.
    pub destroyed: usize,
    /// How many are no longer the stack's.
    pub released: usize,
    /// How many tasks went wrong.
    pub failed: usize,
    /// How many were not tried, because what they need failed.
    pub skipped: usize,
    /// How many were not begun, because of an interruption.
    pub not_started: usize,
    /// How long it took.
    pub seconds: f64,
    /// The stack's outputs by name; `null` if not known; none after a destroy.
    pub outputs: BTreeMap<String, Option<String>>,
}

/// What was asked after a destroy, and what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProofEvent {
    /// Whether nothing is left, and everything could be looked at.
    pub proven: bool,
    /// How many resources are left.
    pub left: usize,
    /// How many questions were asked.
    pub questions: usize,
    /// How long that took.
    pub seconds: f64,
    /// How much was found in each region, regardless of owner.
    pub regions: BTreeMap<String, usize>,
    /// The regions that the account has not enabled.
    pub not_enabled: Vec<String>,
    /// What was looked for.
    pub looked_for: Vec<Row>,
    /// What is left.
    pub resources: Vec<prove::Leftover>,
    /// What was to be kept.
    pub kept: Vec<prove::Leftover>,
    /// What AWS merely still lists.
    pub going: Vec<prove::Leftover>,
    /// What may belong to the stack, although AWS does not record the owner.
    pub unclear: Vec<prove::Leftover>,
    /// The questions to which there was no answer.
    pub not_looked_at: Vec<Unanswered>,
}

/// A question to which there was no answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unanswered {
    /// What was looked for.
    pub what: String,
    /// The calls that asked.
    pub asked: String,
    /// Where; `null`: the whole account.
    pub region: Option<String>,
    /// The resource it is about, if it is a single one.
    pub name: Option<String>,
    /// Why.
    pub error: ErrorDocument,
}

impl<'a> From<Event<'a>> for EventDocument<'a> {
    fn from(event: Event<'a>) -> Self {
        Self { format_version: FormatVersion, event }
    }
}

impl<'a> Event<'a> {
    /// What is about to be done.
    pub fn plan(plan: &'a Plan, goal: Goal, warnings: Option<&Diagnostics>, redactor: &'a Redactor) -> Self {
        Self::Plan { plan: Box::new(PlanDocument::of(plan, goal, warnings, redactor)) }
    }

    /// What becomes of a task. `file` is the stack file as the person named it.
    pub fn of_task(event: &apply::TaskEvent, file: &str) -> Self {
        let task = TaskDocument::of(event);
        match &event.what {
            What::Started => Self::Started(task),
            What::Waiting(what) => Self::Waiting { task, what: what.clone().unwrap_or_default() },
            What::Done { took, id } => Self::Done { task, id: id.clone(), seconds: seconds(*took) },
            What::Failed(error) => {
                let line = event.subject.line;
                Self::Failed { task, error: error.into(), file: line.map(|_| file.to_owned()), line }
            }
            What::Skipped { because } => Self::Skipped { task, because: because.to_string() },
            What::NotStarted => Self::NotStarted(task),
        }
    }

    /// How the run ended.
    pub fn summary(plan: &Plan, goal: Goal, summary: &Summary, took: Duration, all: &[Output]) -> Self {
        let Counts { add, change, adopt, destroy, release } = done(plan, &summary.done);
        Self::Summary(SummaryEvent {
            goal,
            account_profile: plan.account_profile.as_ref().map(|profile| profile.name),
            complete: summary.is_complete() && plan.unplanned.is_empty(),
            added: add,
            changed: change,
            adopted: adopt,
            destroyed: destroy,
            released: release,
            failed: summary.failed.len(),
            skipped: summary.skipped.len(),
            not_started: summary.not_started.len(),
            seconds: seconds(took),
            // What a destroy has just deleted has none.
            outputs: if goal == Goal::Apply { outputs(all) } else { BTreeMap::new() },
        })
    }

    /// What a destroy left behind.
    pub fn leftovers(glance: &Glance) -> Self {
        Self::Leftovers {
            left: glance.left().count(),
            region: glance.region.clone(),
            other_regions: glance.others.clone(),
            resources: glance.all.clone(),
            not_looked_at: NotLookedAt::after(glance),
        }
    }

    /// The evidence that a destroy left nothing.
    pub fn proof(verdict: &Verdict) -> Self {
        let unseen = verdict.unseen.iter().map(|(question, name, error)| {
            let Question { what, asked, region } = question;
            Unanswered {
                what: what.clone(),
                asked: asked.clone(),
                region: region.clone(),
                name: name.clone(),
                error: error.into(),
            }
        });
        Self::Proof(Box::new(ProofEvent {
            proven: verdict.is_proven(),
            left: verdict.left.len(),
            questions: verdict.questions,
            seconds: seconds(verdict.took),
            regions: verdict.regions.clone(),
            not_enabled: verdict.not_enabled.clone(),
            looked_for: verdict.rows.clone(),
            resources: verdict.left.clone(),
            kept: verdict.kept.clone(),
            going: verdict.going.clone(),
            unclear: verdict.unclear.clone(),
            not_looked_at: unseen.collect(),
        }))
    }
}

impl TaskDocument {
    fn of(apply::TaskEvent { subject, at, .. }: &apply::TaskEvent) -> Self {
        Self {
            at_seconds: seconds(*at),
            address: subject.address.to_string(),
            kind: subject.kind.clone(),
            name: subject.name.clone(),
            action: Action::of(&subject.action),
            doing: words(subject).doing,
        }
    }
}
