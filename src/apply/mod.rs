//! Carries out a plan: a ready queue over its tasks, and events that say what happens.
//!
//! One task owns the run; workers are bounded. A failure skips what needs the failed resource and nothing else.

mod event;
pub mod step;
#[cfg(test)]
mod tests;
pub mod unchanged;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::aws::shared::Moment;
use crate::aws::turn::with_turn;
use crate::aws::{Context, Error, wait};
use crate::plan::desired::KnownAttributes;
use crate::plan::lint;
use crate::plan::schedule::{Part, Schedule, Task, Wait, schedule};
use crate::plan::{Plan, Step};
use crate::resource::{Address, Live, handed_out};

pub use event::{Event, Subject, TaskEvent, What};

/// How many times as many tasks as may change something at once may be under way, because most of them wait for AWS.
const WAITING: usize = 2;

/// How a run ended.
#[derive(Debug, Default)]
pub struct Summary {
    /// Tasks done.
    pub done: Vec<Task>,
    /// Tasks that went wrong.
    pub failed: Vec<(Task, Error)>,
    /// Tasks not tried, because what they need failed or was not tried.
    /// Beside each the resource that failed.
    pub skipped: Vec<(Task, Address)>,
    /// Tasks not begun, because of an interruption.
    pub not_started: Vec<Task>,
    /// What is known of the resources now, for the outputs.
    pub known: KnownAttributes,
}

impl Summary {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.not_started.is_empty()
    }
}

/// What the workers share.
pub(crate) struct Run {
    pub(crate) cx: Context,
    pub(crate) plan: Arc<Plan>,
    /// What looks have in common that are made within the same moment.
    pub(crate) moment: Moment,
    /// What a step takes the place of because the file now says another name: its id, by address and kind.
    pub(crate) former: BTreeMap<(Address, String), String>,
    known: Mutex<KnownAttributes>,
}

impl Run {
    fn new(cx: &Context, plan: Arc<Plan>) -> Self {
        let known = Mutex::new(plan.known());
        Self {
            cx: cx.with_crowd(plan.crowd()),
            moment: Moment::of(step::FRESH),
            former: step::former(&plan),
            known,
            plan,
        }
    }

    /// What `work` makes of what is known. A copy for each of thousands of steps would take more time than all else.
    pub(crate) fn with_known<T>(&self, work: impl FnOnce(&KnownAttributes) -> T) -> T {
        work(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn learn(&self, step: &Step, name: &str, live: Live<Value>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert_live(&self.cx.place, (&*step.kind, &step.address), name, &live.into());
    }
}

/// Does what `plan` says, at most `parallelism` tasks at once beside those that wait. Nothing at all is done if a file that
/// the plan read was changed since, if the plan breaks a rule of all plans, or if it is `forbidden` because of one of its
/// steps. After `stop` is cancelled no new task begins; those
/// under way are finished.
pub(crate) async fn run(
    cx: &Context,
    plan: Arc<Plan>,
    parallelism: usize,
    stop: CancellationToken,
    events: UnboundedSender<Event>,
    forbidden: Option<(usize, Error)>,
) -> Summary {
    let graph = schedule(&plan);
    let run = Arc::new(Run::new(cx, plan));
    let mut queue = Queue::new(graph, events, &run.plan);
    let mut workers: JoinSet<Finished> = JoinSet::new();
    let turns = Arc::new(Semaphore::new(parallelism.max(1)));
    let mut nodes = HashMap::new();
    let mut ahead = HashMap::new();
    let mut interrupted = false;
    let refused = forbidden.into_iter().chain(unsound(&run.cx, &run.plan)).chain(step::stale(&run));
    for (step, error) in refused.chain(undeliverable(&run.cx, &run.plan)) {
        queue.refuse(&run.plan, step, error);
    }
    let is_stale = !queue.summary.failed.is_empty();
    loop {
        let may_begin =
            |workers: &JoinSet<_>| !is_stale && !stop.is_cancelled() && workers.len() < parallelism.max(1) * WAITING;
        while may_begin(&workers) {
            let Ok(turn) = turns.clone().try_acquire_owned() else { break };
            let Some((node, task)) = queue.next(ahead.keys().copied()) else { break };
            let (run, early, turns) = (run.clone(), ahead.remove(&node), turns.clone());
            let listener = queue.listener(task);
            let worker = workers.spawn(async move {
                let started = Instant::now();
                let work = with_turn(turns, turn, step::carry_out(&run, task, early));
                let result = wait::with_progress(listener, work).await;
                Finished { node, task, took: started.elapsed(), result }
            });
            nodes.insert(worker.id(), node);
        }
        // Those that are next have their looks while they wait for their turn.
        let waiting = if is_stale || stop.is_cancelled() { 0 } else { parallelism.saturating_sub(1) };
        for (node, task) in queue.upcoming(waiting) {
            let run = run.clone();
            ahead.entry(node).or_insert_with(|| tokio::spawn(async move { step::look_early(&run, task).await }));
        }
        let another = may_begin(&workers) && queue.has_ready();
        let joined = tokio::select! {
            joined = workers.join_next() => joined,
            // One that waits lets another begin.
            _turn = turns.acquire(), if another => continue,
            () = stop.cancelled(), if !interrupted => {
                interrupted = true;
                queue.send(Event::Interrupted);
                continue;
            }
        };
        match joined {
            Some(Ok(finished)) => queue.finish(finished),
            Some(Err(error)) => {
                if let Some(node) = nodes.get(&error.id()) {
                    queue.lost(*node, &error);
                }
            }
            None => break,
        }
    }
    ahead.into_values().for_each(|look: JoinHandle<_>| look.abort());
    queue.end(run.with_known(KnownAttributes::clone))
}

/// What is wrong with the plan itself, by step: see [`lint`].
fn unsound(cx: &Context, plan: &Plan) -> impl Iterator<Item = (usize, Error)> + use<> {
    let is_elsewhere = cx.place != plan.place && !plan.steps.is_empty();
    let elsewhere = is_elsewhere.then(|| (0, Error::refused("the plan is for another account, region or stack")));
    let violations = lint::ready(plan).into_iter().map(|violation| {
        let error = Error::refused(format!("this plan is not sound, which is a fault of cloud101: {violation}"))
            .with_hint("nothing was changed; please report it, with the plan and the stack file");
        (violation.step, error)
    });
    elsewhere.into_iter().chain(violations)
}

/// What would be created and could not be handed out, by step.
fn undeliverable(cx: &Context, plan: &Plan) -> Vec<(usize, Error)> {
    let hands_out = |(_, step): &(usize, &Step)| !step.hands_out().is_empty();
    let steps: Vec<_> = plan.steps.iter().enumerate().filter(hands_out).map(|(n, _)| n).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    match handed_out::folder(cx) {
        Ok(_) => Vec::new(),
        Err(error) => steps.into_iter().map(|step| (step, error.clone())).collect(),
    }
}

struct Finished {
    node: NodeIndex,
    task: Task,
    took: Duration,
    result: Result<Option<String>, Error>,
}

/// Which tasks can begin, and how the others ended.
struct Queue {
    graph: Schedule,
    waiting_for: HashMap<NodeIndex, usize>,
    ready: BTreeSet<NodeIndex>,
    poisoned: HashMap<NodeIndex, Address>,
    subjects: HashMap<Task, Arc<Subject>>,
    began: Instant,
    events: UnboundedSender<Event>,
    summary: Summary,
}

impl Queue {
    fn new(graph: Schedule, events: UnboundedSender<Event>, plan: &Plan) -> Self {
        let subject = |task: &Task| (*task, Arc::new(Subject::of(plan, *task)));
        let subjects: HashMap<_, _> = graph.node_weights().map(subject).collect();
        let _ = events.send(Event::Began(subjects.values().cloned().collect()));
        let waiting_for: HashMap<_, _> = graph
            .node_indices()
            .map(|node| (node, graph.neighbors_directed(node, Direction::Incoming).count()))
            .collect();
        let ready = waiting_for.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
        let (poisoned, summary) = (HashMap::new(), Summary::default());
        Self { graph, waiting_for, ready, poisoned, subjects, began: Instant::now(), events, summary }
    }

    /// The next task that can begin, one of those `with_look` if there is any: it starts without asking first. Those that
    /// can't begin any more are skipped on the way.
    fn next(&mut self, with_look: impl Iterator<Item = NodeIndex> + Clone) -> Option<(NodeIndex, Task)> {
        let first = |ready: &BTreeSet<NodeIndex>| {
            let with_look = with_look.clone().filter(|node| ready.contains(node)).min();
            with_look.or(ready.first().copied())
        };
        while let Some(node) = first(&self.ready) {
            self.ready.remove(&node);
            let task = self.graph[node];
            match self.poisoned.get(&node).cloned() {
                Some(because) => {
                    self.summary.skipped.push((task, because.clone()));
                    self.say(task, What::Skipped { because: because.clone() });
                    self.settle(node, Some(because));
                }
                None => {
                    self.say(task, What::Started);
                    return Some((node, task));
                }
            }
        }
        None
    }

    /// Whether any could begin.
    fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The first of those that can begin and wait for their turn.
    fn upcoming(&self, count: usize) -> Vec<(NodeIndex, Task)> {
        self.ready.iter().take(count).map(|node| (*node, self.graph[*node])).collect()
    }

    fn finish(&mut self, Finished { node, task, took, result }: Finished) {
        match result {
            Ok(id) => {
                self.summary.done.push(task);
                self.say(task, What::Done { took, id });
                self.settle(node, None);
            }
            Err(error) => self.fail(node, task, error),
        }
    }

    /// A worker that ended without an answer. What a panic said may hold anything, and is reported nowhere.
    fn lost(&mut self, node: NodeIndex, error: &JoinError) {
        let how = if error.is_panic() { "at the place that was just named" } else { "it was stopped" };
        let error = Error::refused(format!("cloud101 itself failed, {how}"))
            .with_hint("run the same command again: it continues where this one stopped");
        self.fail(node, self.graph[node], error);
    }

    fn fail(&mut self, node: NodeIndex, task: Task, error: Error) {
        let failed = self.subjects.get(&task).map(|subject| subject.address.clone());
        let error = match &failed {
            Some(address) => error.of_copy(address),
            None => error,
        };
        self.summary.failed.push((task, error.clone()));
        self.say(task, What::Failed(error));
        self.settle(node, failed);
    }

    /// A task that can't begin, before any has.
    fn refuse(&mut self, plan: &Plan, step: usize, error: Error) {
        let parts = [Part::Put, Part::Remove].map(|part| Task { step, part });
        let task = parts.into_iter().find(|task| self.subjects.contains_key(task)).unwrap_or(parts[0]);
        self.subjects.entry(task).or_insert_with(|| Arc::new(Subject::of(plan, task)));
        self.summary.failed.push((task, error.clone()));
        self.say(task, What::Failed(error));
    }

    /// Lets go of those that wait for `node`.
    fn settle(&mut self, node: NodeIndex, failed: Option<Address>) {
        let waiting: Vec<_> = self.graph.edges(node).map(|edge| (edge.target(), *edge.weight())).collect();
        for (next, wait) in waiting {
            if let (Some(address), Wait::Needs) = (&failed, wait) {
                self.poisoned.entry(next).or_insert_with(|| address.clone());
            }
            if let Some(count) = self.waiting_for.get_mut(&next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.ready.insert(next);
                }
            }
        }
    }

    fn end(mut self, known: KnownAttributes) -> Summary {
        let ended: BTreeSet<_> = self
            .summary
            .done
            .iter()
            .chain(self.summary.failed.iter().map(|(task, _)| task))
            .chain(self.summary.skipped.iter().map(|(task, _)| task))
            .map(|task| (task.step, task.part as u8))
            .collect();
        for task in self.graph.node_weights().copied().collect::<Vec<_>>() {
            if !ended.contains(&(task.step, task.part as u8)) {
                self.summary.not_started.push(task);
                self.say(task, What::NotStarted);
            }
        }
        self.summary.known = known;
        self.summary
    }

    /// Reports what `task` waits for.
    fn listener(&self, task: Task) -> wait::ProgressSink {
        let (events, began, subject) = (self.events.clone(), self.began, self.subjects.get(&task).cloned());
        Arc::new(move |what| {
            if let Some(subject) = subject.clone() {
                let what = What::Waiting(what.map(str::to_owned));
                let _ = events.send(Event::Task(TaskEvent { subject, at: began.elapsed(), what }));
            }
        })
    }

    fn say(&self, task: Task, what: What) {
        if let Some(subject) = self.subjects.get(&task).cloned() {
            self.send(Event::Task(TaskEvent { subject, at: self.began.elapsed(), what }));
        }
    }

    fn send(&self, event: Event) {
        // A dropped receiver must not end the run.
        let _ = self.events.send(event);
    }
}
