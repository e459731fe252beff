//! Stacks and plans of nothing but resources called `r0`, `r1`, ….

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::plan::{Action, Origin, Plan, Planned, Prior, Step};
use crate::resource::kind::Kind;
use crate::resource::{Address, Desired};
use crate::stack::{ResourceConfig, Stack};

/// The address `r<n>`.
pub fn address(n: usize) -> Address {
    Address::new(format!("r{n}"))
}

/// Resources `r0`, `r1`, …, each with the numbers of what it depends on.
pub fn stack(depends_on: &[BTreeSet<usize>], kind: &Arc<dyn Kind>) -> Stack {
    let declared = |(n, depends_on): (usize, &BTreeSet<usize>)| ResourceConfig {
        address: address(n),
        formerly: Vec::new(),
        is_named_by_address: true,
        kind: kind.clone(),
        name: address(n).to_string(),
        spec: Arc::new(serde_json::json!({})),
        tags: BTreeMap::new(),
        depends_on: depends_on.iter().map(|n| address(*n)).collect(),
        adopt: false,
        on_destroy: None,
        protect: false,
        ignore_drift: BTreeSet::new(),
        line: n + 1,
    };
    let resources = depends_on.iter().enumerate().map(declared).collect();
    Stack { resources, ..Stack::without_resources("cloud101") }
}

/// A step of `r<n>`, which the file names or not. Something of the stack's is there, but for a creation.
pub fn step(n: usize, action: Action, in_file: bool, kind: &Arc<dyn Kind>) -> Step {
    let name = address(n).to_string();
    let desired = Desired {
        address: address(n),
        name: name.clone(),
        spec: serde_json::json!({}),
        tags: BTreeMap::new(),
        replaces: None,
    };
    let is_new = action == Action::Create;
    let prior = Prior::listed(name.clone(), super::ownership_tags("cloud101", &name, &name), None);
    Step {
        address: address(n),
        origin: if in_file { Origin::Declared { line: n + 1 } } else { Origin::Orphan },
        kind: kind.clone(),
        name,
        action,
        changes: Vec::new(),
        prior: (!is_new).then_some(prior),
        planned: in_file.then(|| {
            Box::new(Planned {
                desired: desired.into(),
                source: None,
                secret: BTreeSet::new(),
                ignored: Vec::new(),
                keep: Default::default(),
            })
        }),
        local: Vec::new(),
        upload: None,
        texts: Vec::new(),
        notes: Vec::new(),
        why: None,
        renews: Vec::new(),
        rank: 0,
        depends_on: BTreeSet::new(),
        outlives: BTreeSet::new(),
        loses_data: false,
        is_checked: false,
        stays_for: None,
        empty: false,
        before: None,
        after: Default::default(),
    }
}

/// A plan of steps, of which those that the file names depend on each other as there.
pub fn plan(stack: &Stack, mut steps: Vec<Step>) -> Plan {
    for step in steps.iter_mut().filter(|step| step.is_declared()) {
        step.depends_on = stack.get(&step.address).map(|one| one.depends_on.clone()).unwrap_or_default();
    }
    let (outputs, unseen, inputs) = (Vec::new(), Vec::new(), stack.inputs().into());
    Plan {
        place: super::place(),
        account_profile: None,
        steps,
        outputs,
        left_out: None,
        selection: None,
        inputs,
        unseen,
        unplanned: Vec::new(),
        aside: Default::default(),
        unsaid: Default::default(),
    }
}
