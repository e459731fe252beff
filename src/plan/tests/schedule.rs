//! The order of tasks, whatever the plan is.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use nonempty::NonEmpty;
use petgraph::algo::{has_path_connecting, is_cyclic_directed};
use petgraph::graph::NodeIndex;
use proptest::prelude::*;

use crate::plan::schedule::{Part, Schedule, Task, schedule};
use crate::plan::{Action, Plan};
use crate::resource::kind::Kind;
use crate::stack::Stack;
use crate::testing::fake;
use crate::testing::numbered::{address, plan, stack, step};

const COUNT: usize = 7;

fn kind() -> Arc<dyn Kind> {
    static KIND: std::sync::LazyLock<Arc<dyn Kind>> = std::sync::LazyLock::new(|| fake::kind("sns.topic"));
    KIND.clone()
}

fn replace(create_first: bool) -> Action {
    Action::Replace { create_first, because: NonEmpty::new("image".into()) }
}

fn action() -> impl Strategy<Value = Action> {
    let release = Action::Release { because: "adopted".into() };
    let all = [Action::None, Action::Create, Action::Update, Action::Adopt, replace(true), replace(false), release];
    prop::sample::select(all.to_vec())
}

struct Work {
    stack: Stack,
    plan: Plan,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for declared in &self.stack.resources {
            writeln!(f, "{} waits for {:?}", declared.address, declared.depends_on)?;
        }
        self.plan.steps.iter().try_for_each(|step| writeln!(f, "{} {:?} {:?}", step.address, step.line(), step.action))
    }
}

/// A stack without cycles, with something to do for each resource, and orphans.
fn work(action: impl Strategy<Value = Action>) -> impl Strategy<Value = Work> {
    let edges = prop::collection::vec((0..COUNT, 0..COUNT), 0..15);
    let order = Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle();
    let orphans = prop::collection::vec((0..COUNT + 2, any::<bool>()), 0..4);
    (edges, order, prop::collection::vec(action, COUNT), orphans).prop_map(|(edges, order, actions, orphans)| {
        let mut depends_on = vec![BTreeSet::new(); COUNT];
        for (a, b) in edges.into_iter().filter(|(a, b)| a > b) {
            depends_on[order[a]].insert(order[b]);
        }
        let stack = stack(&depends_on, &kind());
        let mut steps: Vec<_> =
            actions.into_iter().enumerate().map(|(n, action)| step(n, action, true, &kind())).collect();
        steps.extend(orphans.into_iter().map(|(n, released)| {
            let action = if released { Action::Release { because: "adopted".into() } } else { Action::Delete };
            step(n, action, false, &kind())
        }));
        let plan = plan(&stack, steps);
        Work { stack, plan }
    })
}

fn node(graph: &Schedule, plan: &Plan, n: usize, part: Part) -> Option<NodeIndex> {
    let index = plan.steps.iter().position(|step| step.is_declared() && step.address == address(n))?;
    graph.node_indices().find(|node| graph[*node] == Task { step: index, part })
}

fn before(graph: &Schedule, first: Option<NodeIndex>, then: Option<NodeIndex>) -> bool {
    match (first, then) {
        (Some(first), Some(then)) => has_path_connecting(graph, first, then, None),
        _ => true,
    }
}

fn creates_first(plan: &Plan, n: usize) -> bool {
    matches!(plan.steps[n].action, Action::Replace { create_first: true, .. })
}

proptest! {
    #[test]
    fn an_apply_has_an_order_that_respects_every_dependency(Work { stack, plan } in work(action())) {
        let graph = schedule(&plan);
        prop_assert!(!is_cyclic_directed(&graph));
        for (n, declared) in stack.resources.iter().enumerate() {
            let (put, remove) = (node(&graph, &plan, n, Part::Put), node(&graph, &plan, n, Part::Remove));
            if creates_first(&plan, n) {
                prop_assert!(before(&graph, put, remove), "the new r{} first", n);
            } else {
                prop_assert!(before(&graph, remove, put), "the old r{} goes first", n);
            }
            for dependency in &declared.depends_on {
                let d: usize = dependency.name[1..].parse().unwrap();
                prop_assert!(before(&graph, node(&graph, &plan, d, Part::Put), put), "r{} before r{}", d, n);
            }
        }
        for (index, step) in plan.steps.iter().enumerate().filter(|(_, s)| !s.is_declared() && s.action == Action::Delete) {
            let extra = graph.node_indices().find(|node| graph[*node].step == index);
            for put in graph.node_indices().filter(|node| graph[*node].part == Part::Put) {
                prop_assert!(before(&graph, Some(put), extra), "the extra {} after all that is put", step.address);
            }
        }
    }

    #[test]
    fn a_plan_s_replacements_go_in_reverse_order(Work { stack, mut plan } in work(prop::sample::select(vec![replace(true), replace(false), Action::Update]))) {
        // What the planner sees to: what hangs on something that goes first goes first.
        loop {
            let gone: BTreeSet<_> = plan.steps.iter().filter(|s| s.action == replace(false)).map(|s| s.address.clone()).collect();
            let late = stack.resources.iter().position(|declared| {
                let n: usize = declared.line - 1;
                creates_first(&plan, n) && !declared.depends_on.is_disjoint(&gone)
            });
            let Some(n) = late else { break };
            plan.steps[n].action = replace(false);
        }
        let graph = schedule(&plan);
        for (n, declared) in stack.resources.iter().enumerate() {
            for dependency in &declared.depends_on {
                let d: usize = dependency.name[1..].parse().unwrap();
                let remove = |n| node(&graph, &plan, n, Part::Remove);
                prop_assert!(before(&graph, remove(n), remove(d)), "the old r{} before the old r{}", n, d);
                if creates_first(&plan, d) {
                    prop_assert!(before(&graph, node(&graph, &plan, n, Part::Put), remove(d)), "r{} moves over first", n);
                }
            }
        }
    }

    #[test]
    fn a_destroy_goes_in_reverse(Work { stack, plan } in work(Just(Action::Delete))) {
        let graph = schedule(&plan);
        prop_assert!(!is_cyclic_directed(&graph));
        for (n, declared) in stack.resources.iter().enumerate() {
            for dependency in &declared.depends_on {
                let d: usize = dependency.name[1..].parse().unwrap();
                let remove = |n| node(&graph, &plan, n, Part::Remove);
                prop_assert!(before(&graph, remove(n), remove(d)), "r{} before r{}", n, d);
            }
        }
    }
}
