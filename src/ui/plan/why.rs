//! Why something happens, in words.

use crate::plan::options::Goal;
use crate::plan::refusal::listed;
use crate::plan::{Action, Plan, PropertyChange, Reason, Step};

/// What [`property`] calls a drift, once for the whole plan.
pub const DRIFT: &str = "drift: changed outside this stack, or left undone by a failed run";

/// Why the whole resource is treated so, where that isn't plain.
pub fn step(plan: &Plan, step: &Step, goal: Goal) -> Option<String> {
    match &step.action {
        Action::Adopt if !step.kind.takes_tags() => {
            Some("it exists already: the stack publishes the next version, and leaves those that are there".into())
        }
        Action::Update if step.changes.is_empty() && !step.kind.takes_tags() => {
            Some("only cloud101's own mark on it changes: that takes another version".into())
        }
        Action::Adopt if step.changes.is_empty() => Some("it exists already: the stack takes it over as it is".into()),
        Action::Adopt => Some("it exists already: the stack takes it over and changes this".into()),
        Action::Update if step.changes.is_empty() => Some("only cloud101's own tags on it change".into()),
        Action::Replace { create_first, because } => {
            let order = if *create_first {
                "the new one is made before the old one goes"
            } else {
                "the old one is deleted first"
            };
            let asked = because.iter().all(|path| path == "--replace");
            let why = if asked {
                "asked for with --replace".to_owned()
            } else {
                format!("forced by {}, which AWS can't change in place", listed(because))
            };
            Some(format!("{why}: {order}"))
        }
        Action::Release { because } => Some(format!("stays in the account and is no longer the stack's ({because})")),
        Action::Keep { because } => Some(format!("not deleted ({because})")),
        Action::Delete if !step.is_declared() => {
            let second = |other: &&Step| {
                other.is_declared() && other.address == step.address && other.kind.name() == step.kind.name()
            };
            Some(match (plan.steps.iter().find(second), goal) {
                (Some(_), _) => "a second one, left over from a replacement or another name".into(),
                (None, _) => "the file no longer has it".into(),
            })
        }
        _ => None,
    }
}

/// Why a property of `step` changes; empty where that is plain, because the resource is new or was not the stack's.
pub fn property(step: &Step, change: &PropertyChange) -> String {
    let why = match &change.reason {
        Reason::File => {
            matches!(step.action, Action::Update | Action::Replace { .. }).then(|| "your change".to_owned())
        }
        Reason::Drift => Some("drift".to_owned()),
        Reason::TakenOut => Some("taken out of the file: back to AWS's default".to_owned()),
        Reason::Recorded => Some("from now on kept by the stack".to_owned()),
        Reason::Forgotten => {
            Some("taken out of the file: AWS's default already, no longer kept by the stack".to_owned())
        }
        Reason::Replaced(address) => Some(format!("because {address} is replaced")),
        Reason::Remade(address) => Some(format!("because {address} is made again")),
        Reason::MadeSince(address) => Some(format!("because {address} was made again since")),
        Reason::Renewed(address) => Some(format!("because {address} changes, and AWS gives this anew")),
    };
    let forcing = match &step.action {
        Action::Replace { because, .. } => Some(because),
        _ => None,
    };
    let forces =
        forcing.is_some_and(|paths| change.replaces || paths.iter().any(|path| change.path.starts_with(path.as_str())));
    let forces = forces.then(|| "forces replacement".to_owned());
    why.into_iter().chain(forces).collect::<Vec<_>>().join("; ")
}
