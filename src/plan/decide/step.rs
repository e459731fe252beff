//! A step of a declared resource, and what a plan says with it.

use std::sync::Arc;

use serde_json::Value;

use crate::aws::command::quoted;
use crate::plan::desired::outlives;
use crate::plan::{Action, Origin, Prior, PropertyChange, Step};
use crate::resource::{Diagnostic, Live};
use crate::stack::ResourceConfig;

/// The step that does `action` to what the file declares; the rest of it is filled in afterwards.
pub fn step(
    declared: &ResourceConfig,
    name: &str,
    action: Action,
    mut changes: Vec<PropertyChange>,
    live: Option<Arc<Live<Value>>>,
) -> Step {
    let changed = live.iter().filter(|_| matches!(action, Action::Update | Action::Adopt));
    let changed: Vec<_> = changed.flat_map(|live| live.besides.changed.iter().cloned()).collect();
    let notes = live.iter().flat_map(|live| live.notes.iter().chain(besides(live, &action)).cloned());
    let outlived = declared.depends_on.iter().filter(|dependency| outlives(declared, dependency));
    changes.shrink_to_fit();
    Step {
        loses_data: !changed.is_empty(),
        notes: notes.chain(changed).collect(),
        address: declared.address.clone(),
        origin: Origin::Declared { line: declared.line },
        kind: declared.kind.clone(),
        name: name.to_owned(),
        action,
        changes,
        local: Vec::new(),
        upload: None,
        texts: Vec::new(),
        outlives: outlived.cloned().collect(),
        depends_on: declared.depends_on.clone(),
        is_checked: false,
        stays_for: None,
        prior: live.map(Prior::of),
        planned: None,
        why: None,
        renews: Vec::new(),
        rank: usize::MAX,
        empty: false,
        before: None,
        after: Default::default(),
    }
}

/// What is to be said of what hangs on `live`, when this is done with it.
fn besides<'a>(live: &'a Live<Value>, action: &Action) -> &'a [String] {
    match action {
        Action::Delete => &live.besides.deleted,
        Action::Replace { .. } => &live.besides.replaced,
        _ => &live.besides.kept,
    }
}

/// What people put there, and goes for good.
pub fn is_lost(what: String) -> String {
    format!("{what} is lost")
}

/// What a person should know of a property that was taken out of the file and stays.
pub fn about_left(declared: &ResourceConfig, path: &str) -> String {
    let address = quoted(&declared.address.to_string());
    format!(
        "`{path}` was removed from the file and keeps its value: only a replacement changes it; `--replace {address}` does that"
    )
}

/// A warning that only the resolved values show, as a note of a plan.
pub fn warned(diagnostic: &Diagnostic) -> String {
    format!("warning[{}]: {diagnostic}", diagnostic.code)
}
