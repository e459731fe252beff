//! Why something happens, in words.

use crate::plan::refusal::listed;
use crate::plan::{Action, Plan, PropertyChange, Reason, Step};

/// What [`property`] calls a drift, once for the whole plan.
pub const DRIFT: &str = "drift: changed outside this stack, or not applied by a failed run";

/// Why the whole resource is treated so, where that isn't plain.
pub fn step(plan: &Plan, step: &Step) -> Option<String> {
    match &step.action {
        Action::Adopt if !step.kind.marks_apart() => {
            Some("it already exists: the stack publishes the next version, and keeps the existing ones".into())
        }
        Action::Update if step.changes.is_empty() && !step.kind.marks_apart() => {
            Some("only cloud101's mark on it changes, which requires a new version".into())
        }
        Action::Adopt if step.changes.is_empty() => Some("it already exists: the stack adopts it unchanged".into()),
        Action::Adopt => Some("it already exists: the stack adopts it and changes this".into()),
        Action::Update if step.changes.is_empty() => Some("only cloud101's ownership tags on it change".into()),
        Action::Replace { create_first, because } => {
            let order = if *create_first {
                "the new one is created before the old one is deleted"
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
        Action::Release { because } => Some(format!("kept in the account, no longer managed by the stack ({because})")),
        Action::Keep { because } => Some(format!("not deleted ({because})")),
        Action::Delete if !step.is_declared() => {
            let second = |other: &Step| {
                other.is_declared() && other.address == step.address && other.kind.name() == step.kind.name()
            };
            Some(match (plan.steps.iter().any(second), &step.why) {
                (true, _) => "an orphan, left over from a replacement or another name".into(),
                (false, Some(why)) => why.clone(),
                (false, None) => "no longer in the file".into(),
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
        Reason::TakenOut => Some("removed from the file: reset to AWS's default".to_owned()),
        Reason::Recorded => Some("managed by the stack from now on".to_owned()),
        Reason::Forgotten => {
            Some("removed from the file: already AWS's default, no longer managed by the stack".to_owned())
        }
        Reason::Replaced(address) => Some(format!("because {address} is replaced")),
        Reason::Remade(address) => Some(format!("because {address} is recreated")),
        Reason::MadeSince(address) => Some(format!("because {address} was recreated")),
        Reason::Renewed(address) => Some(format!("because {address} changes, and AWS assigns a new value")),
        Reason::Requested => Some("created again, as requested".to_owned()),
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
