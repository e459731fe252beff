//! In which order the steps of a plan can be done: a graph of tasks. Pure.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::value::at;
use crate::resource::{Address, Text};

use super::ordered::Ordered;
use super::{Action, Plan, Step};

/// Half of a step: a replacement puts and removes, all others do one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Create, adopt, update or release.
    Put,
    /// Delete.
    Remove,
}

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Task {
    /// The index in [`Plan::steps`].
    pub step: usize,
    /// Which half.
    pub part: Part,
}

/// Why one task waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It needs the other's success, and is skipped without it.
    Needs,
    /// It comes after the other, however that ended.
    After,
}

/// Tasks, and arrows from each to those that wait for it.
pub type Schedule = DiGraph<Task, Wait>;

/// The tasks of `plan`. There is no cycle: an order that is only better, not needed, gives way.
pub(crate) fn schedule(plan: &Plan) -> Schedule {
    let mut graph = Schedule::new();
    let mut puts = Vec::new();
    let mut removes = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        if puts_something(&step.action) {
            puts.push((step, graph.add_node(Task { step: index, part: Part::Put })));
        }
        if removes_something(step) {
            removes.push((step, graph.add_node(Task { step: index, part: Part::Remove })));
        }
    }
    let mut graph = Ordered::new(graph, &likely_order(&puts, &removes));
    let put_of = of_the_file(&puts);
    let remove_of = of_the_file(&removes);
    let creates_first: BTreeSet<&Address> =
        plan.steps.iter().filter(|s| creates_first(s)).map(|s| &s.address).collect();

    // Where two waits contradict each other the later one gives way, so that the most needed come first.
    for (address, put) in &put_of {
        if let Some(remove) = remove_of.get(address) {
            let (from, to) = if creates_first.contains(address) { (*put, *remove) } else { (*remove, *put) };
            graph.add(from, to, Wait::Needs);
        }
    }
    arrows(&mut graph, plan, (&put_of, &put_of), false, &|_| true);
    // What outlives another lets go of it only when that is gone.
    for step in &plan.steps {
        for outlived in &step.outlives {
            if let (Some(first), Some(then)) = (remove_of.get(outlived), remove_of.get(&step.address)) {
                graph.add(*first, *then, Wait::Needs);
            }
        }
    }
    arrows(&mut graph, plan, (&remove_of, &remove_of), true, &|_| true);
    // The old one goes when nothing that moves over to the new one needs it any more.
    arrows(&mut graph, plan, (&put_of, &remove_of), true, &|dependency| creates_first.contains(dependency));

    // What is released is the stack's as long as what it uses goes: afterwards that would be in others' use.
    let released: Vec<_> = puts.iter().filter(|(step, _)| is_released(step)).copied().collect();
    arrows(&mut graph, plan, (&remove_of, &of_the_file(&released)), false, &|_| true);

    // What the file does not name has no known dependencies: it goes after all that is put, those kinds first that
    // usually depend on others. One whose address the file still has is an old one: it stays until the new one is
    // there, and everybody who uses it has moved over.
    for (step, node) in removes.iter().filter(|(step, _)| !step.is_declared()) {
        for (put_step, put) in &puts {
            let moves_over = || put_step.depends_on.contains(&step.address);
            if is_with(put_step, step) && !moves_over() {
                graph.add(*node, *put, Wait::After);
                continue;
            }
            let is_old = put_step.is_declared() && (put_step.address == step.address || moves_over());
            graph.add(*put, *node, if is_old { Wait::Needs } else { Wait::After });
        }
        for (other, other_node) in &removes {
            let (other_rank, own_rank) = (other.rank, step.rank);
            if other_rank > own_rank {
                graph.add(*other_node, *node, Wait::After);
            } else if other.is_declared() && other_rank < own_rank {
                graph.add(*node, *other_node, Wait::After);
            }
        }
    }
    graph.into_graph()
}

/// Arrows along the dependencies that are `only`, from one type of nodes to another; `reverse`: against them.
fn arrows(
    graph: &mut Ordered<Task, Wait>,
    plan: &Plan,
    (from, to): (&Nodes<'_>, &Nodes<'_>),
    reverse: bool,
    only: &dyn Fn(&Address) -> bool,
) {
    for step in plan.steps.iter().filter(|step| step.is_declared()) {
        for dependency in step.depends_on.iter().filter(|dependency| only(dependency)) {
            let (first, then) = if reverse { (&step.address, dependency) } else { (dependency, &step.address) };
            if let (Some(first), Some(then)) = (from.get(first), to.get(then)) {
                graph.add(*first, *then, Wait::Needs);
            }
        }
    }
}

/// Whether what `put` changes is now with `gone`, which it outlives.
fn is_with(put: &Step, gone: &Step) -> bool {
    let id = gone.id();
    let names = |path: &Text| put.live().and_then(|live| at(&live.spec, path)?.as_str()) == id;
    id.is_some() && put.kind.outlives().iter().any(names)
}

type Nodes<'a> = BTreeMap<&'a Address, NodeIndex>;

/// The nodes of what the file names; one address may also have others in the account.
fn of_the_file<'a>(nodes: &[(&'a Step, NodeIndex)]) -> Nodes<'a> {
    nodes.iter().filter(|(step, _)| step.is_declared()).map(|(step, node)| (&step.address, *node)).collect()
}

/// All nodes in about the order in which they will be done: what is put as the plan has it, then what goes, those first
/// that usually depend on others, and of the same kind those first that the plan has last.
fn likely_order(puts: &[(&Step, NodeIndex)], removes: &[(&Step, NodeIndex)]) -> Vec<NodeIndex> {
    let mut going: Vec<_> = removes.iter().enumerate().collect();
    if removes.iter().any(|(step, _)| !step.is_declared()) {
        going.sort_by_cached_key(|(n, (step, _))| (step.rank, *n));
    }
    puts.iter().chain(going.into_iter().rev().map(|(_, one)| one)).map(|(_, node)| *node).collect()
}

fn puts_something(action: &Action) -> bool {
    matches!(action, Action::Create | Action::Adopt | Action::Update | Action::Replace { .. } | Action::Release { .. })
}

fn removes_something(step: &Step) -> bool {
    matches!(step.action, Action::Delete | Action::Replace { .. }) && step.stays_for.is_none()
}

fn is_released(step: &Step) -> bool {
    matches!(step.action, Action::Release { .. })
}

fn creates_first(step: &Step) -> bool {
    matches!(step.action, Action::Replace { create_first: true, .. })
}
