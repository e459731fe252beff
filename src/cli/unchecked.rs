//! What an apply in the sandbox says nothing about, because AWS checks it and the sandbox does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, Plan, Step};
use crate::resource::Unchecked;

/// What was not checked of what `plan` has made or changed, by kind.
pub(super) fn of(plan: &Plan) -> BTreeMap<&str, Vec<&'static str>> {
    let mut said = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let kinds = plan.steps.iter().map(|step| &step.kind).filter(|kind| seen.insert(kind.name()));
    for kind in kinds {
        let is_open =
            |row: &Unchecked| plan.steps.iter().any(|step| step.kind.name() == kind.name() && matters(row, step));
        let open: Vec<_> = kind.info().unchecked.iter().filter(|row| is_open(row)).map(|row| row.what).collect();
        if !open.is_empty() {
            said.insert(kind.name(), open);
        }
    }
    said
}

fn matters(row: &Unchecked, step: &Step) -> bool {
    let is_new = |property: &str| match step.action {
        Action::Create | Action::Replace { .. } => true,
        Action::Update | Action::Adopt => {
            let paths = step.changes.iter().map(|change| change.path.split('.').next());
            !property.is_empty() && paths.into_iter().any(|first| first == Some(property))
        }
        _ => false,
    };
    step.desired().is_some_and(|desired| row.is_open(&desired.spec, is_new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Account, plan, stack};

    #[test]
    fn what_is_made_or_changed_is_said_once_for_each_kind() {
        let text = "resources:\n  one: { type: s3.bucket }\n  two: { type: s3.bucket }\n  topic:\n    type: sns.topic\n    \
                    subscriptions: [{ protocol: email, endpoint: ana@example.edu }]\n";
        let first = stack(text);
        let made = plan(&first, &Account::default());
        let said = of(&made);
        assert_eq!(said.keys().copied().collect::<Vec<_>>(), ["s3.bucket", "sns.topic"]);
        assert_eq!(said["s3.bucket"].len(), 1, "{said:?}");
        // Nothing of it is new afterwards, and of a change only what it is about.
        assert!(of(&plan(&first, &Account::after(&first))).is_empty());
        let later = stack(&text.replace("endpoint: ana@", "endpoint: ben@"));
        let changed = plan(&later, &Account::after(&first));
        let said = of(&changed);
        assert_eq!(said.keys().copied().collect::<Vec<_>>(), ["sns.topic"]);
        let later = stack(&text.replace("    subscriptions", "    display_name: x\n    subscriptions"));
        assert!(of(&plan(&later, &Account::after(&first))).is_empty());
    }
}
