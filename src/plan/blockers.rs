//! What AWS would refuse a plan's deletions for, said before anything is done.

use std::collections::BTreeSet;

use crate::resource::{Contents, DeleteBlocker};

use super::{Action, Step};

/// Adds to each step that deletes what stands against it.
pub fn tell(steps: &mut [Step]) {
    let deletes = |step: &Step| matches!(step.action, Action::Delete | Action::Replace { .. });
    let going: BTreeSet<_> =
        steps.iter().filter(|step| deletes(step)).filter_map(|step| step.id().map(str::to_owned)).collect();
    for step in steps.iter_mut().filter(|step| deletes(step)) {
        let note = step.blocker().and_then(|blocker| note(step, blocker, &going));
        step.notes.extend(note);
    }
}

/// `going` are the ids of all that is deleted: what goes by itself blocks nothing.
fn note(step: &Step, blocker: &DeleteBlocker, going: &BTreeSet<String>) -> Option<String> {
    match blocker {
        DeleteBlocker::Contents(all) => {
            let rest = Contents { ids: all.ids.iter().filter(|id| !going.contains(*id)).cloned().collect(), ..*all };
            let besides = if rest == *all { "" } else { "besides what the stack put there " };
            match step.empty {
                _ if rest.ids.is_empty() && !rest.more => None,
                true => Some(format!("{besides}it contains {rest}: all are deleted with it")),
                false => Some(format!(
                    "{besides}it contains {rest}, so AWS won't delete it: empty it, or add --empty-buckets"
                )),
            }
        }
        DeleteBlocker::Lock { said, unlocks, command } => Some(match step.line() {
            Some(_) => format!("`{said}`, so AWS won't delete it: apply `{unlocks}` first, or run `{command}`"),
            None => format!("it is locked, so AWS won't delete it; this unlocks it: `{command}`"),
        }),
    }
}
