//! What an apply in the sandbox says nothing about, because AWS checks it and the sandbox does not.

use std::collections::BTreeMap;

use crate::plan::{Action, Plan, Step};
use crate::sandbox::UNCHECKED;

/// What was not checked of what `plan` has made or changed, by kind.
pub(super) fn of(plan: &Plan) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut said: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in UNCHECKED {
        let matters = |step: &Step| {
            let is_new = |property: &str| match step.action {
                Action::Create | Action::Replace { .. } => true,
                Action::Update | Action::Adopt => {
                    let paths = step.changes.iter().map(|change| change.path.split('.').next());
                    !property.is_empty() && paths.into_iter().any(|first| first == Some(property))
                }
                _ => false,
            };
            let wanted = step.wanted();
            wanted.is_some_and(|wanted| row.matters(step.kind.name(), &wanted.spec, is_new))
        };
        if plan.steps.iter().any(matters) {
            said.entry(row.kind).or_default().push(row.what);
        }
    }
    said
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
        let said = of(&plan(&first, &Account::default()));
        assert_eq!(said.keys().copied().collect::<Vec<_>>(), ["s3.bucket", "sns.topic"]);
        assert_eq!(said["s3.bucket"].len(), 1, "{said:?}");
        // Nothing of it is new afterwards, and of a change only what it is about.
        assert!(of(&plan(&first, &Account::after(&first))).is_empty());
        let later = stack(&text.replace("endpoint: ana@", "endpoint: ben@"));
        let said = of(&plan(&later, &Account::after(&first)));
        assert_eq!(said.keys().copied().collect::<Vec<_>>(), ["sns.topic"]);
        let later = stack(&text.replace("    subscriptions", "    display_name: x\n    subscriptions"));
        assert!(of(&plan(&later, &Account::after(&first))).is_empty());
    }
}
