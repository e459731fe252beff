//! Stacks and plans of nothing but resources called `r0`, `r1`, ….

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::plan::{Action, Plan, Step};
use crate::resource::kind::Kind;
use crate::resource::{Address, Wanted};
use crate::stack::{Declared, Stack};

/// The address `r<n>`.
pub fn address(n: usize) -> Address {
    Address::new(format!("r{n}"))
}

/// Resources `r0`, `r1`, …, each with the numbers of what it depends on.
pub fn stack(depends_on: &[BTreeSet<usize>], kind: &Arc<dyn Kind>) -> Stack {
    let declared = |(n, depends_on): (usize, &BTreeSet<usize>)| Declared {
        address: address(n),
        kind: kind.clone(),
        name: address(n).to_string(),
        spec: serde_json::json!({}),
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

/// A step of `r<n>`, which the file names or not.
pub fn step(n: usize, action: Action, in_file: bool, kind: &Arc<dyn Kind>) -> Step {
    Step {
        address: address(n),
        kind: kind.clone(),
        name: address(n).to_string(),
        action,
        changes: Vec::new(),
        local: Vec::new(),
        upload: None,
        texts: Vec::new(),
        notes: Vec::new(),
        line: in_file.then_some(n + 1),
        live: None,
        wanted: in_file.then(|| Wanted {
            address: address(n),
            name: address(n).to_string(),
            spec: serde_json::json!({}),
            tags: BTreeMap::new(),
            replaces: None,
        }),
        renews: Vec::new(),
        id: Some(address(n).to_string()),
        tags: BTreeMap::new(),
        obstacle: None,
        others: Default::default(),
        loses: false,
        stays_for: None,
        empty: false,
        before: None,
        after: None,
    }
}

/// A plan of steps.
pub fn plan(steps: Vec<Step>) -> Plan {
    Plan { place: super::place(), steps, outputs: Vec::new(), left_out: None, unseen: Vec::new() }
}
