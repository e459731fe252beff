//! What happens during a run. An event explains itself: a reporter needs no plan.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::Error;
use crate::plan::schedule::Task;
use crate::plan::value::UNKNOWN;
use crate::plan::{Action, Plan};
use crate::resource::{Address, is_unknown};

/// What happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins: all that it is to do, in no order.
    Began(Vec<Arc<Subject>>),
    /// Something becomes of a task.
    Task(TaskEvent),
    /// A stop was asked for: nothing is started after this.
    Interrupted,
}

/// What becomes of a task.
#[derive(Debug, Clone)]
pub struct TaskEvent {
    /// Which.
    pub subject: Arc<Subject>,
    /// Since the run began.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What a task is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its place in the plan.
    pub task: Task,
    /// The resource's place in the stack.
    pub address: Address,
    /// Its kind, such as `s3.bucket`.
    pub kind: String,
    /// The name that people see; for a resource that is replaced, the new one's. `(known after apply)` if AWS has yet to
    /// invent it.
    pub name: String,
    /// What the plan says is done with it. Of a replacement, the task is one half.
    pub action: Action,
    /// The line in the stack file, from 1; `None`: the file does not name it.
    pub line: Option<usize>,
}

/// What can become of a task.
#[derive(Debug, Clone)]
pub enum What {
    /// It begins.
    Started,
    /// It waits for something that AWS takes its time over; completes "waiting for …". `None`: that wait is over.
    Waiting(Option<String>),
    /// It is done.
    Done {
        /// How long it took.
        took: Duration,
        /// AWS's id of what is there now; `None` after a delete.
        id: Option<String>,
    },
    /// It went wrong.
    Failed(Error),
    /// It was not tried, because what it needs failed.
    Skipped {
        /// The resource that failed.
        because: Address,
    },
    /// It was not begun, because the run was interrupted.
    NotStarted,
}

impl Subject {
    /// What a task of `plan` is about.
    ///
    /// # Panics
    /// The plan has no such step.
    pub fn of(plan: &Plan, task: Task) -> Self {
        let step = &plan.steps[task.step];
        Self {
            task,
            address: step.address.clone(),
            kind: step.kind.name().to_owned(),
            name: if is_unknown(&step.name) { UNKNOWN.to_owned() } else { step.name.clone() },
            action: step.action.clone(),
            line: step.line(),
        }
    }
}
