//! What still carries the stack's tag in its own region and in the account, asked after every destroy.

use std::collections::BTreeSet;

use crate::aws::{Context, Error};
use crate::evidence::left_behind::{LOG_GROUP, kind_of};
use crate::plan::Plan;
use crate::plan::observe::{Listed, PlanError, Services, can_ignore, is_of_no_service, list};
use crate::resource::ec2::tagged::{Tagged, tagged};
use crate::resource::lambda::function::logs;
use crate::stack::Stack;

use super::{Baseline, FUNCTION};

/// A question to which there was no answer.
#[derive(Debug, Clone)]
pub struct Unanswered {
    /// What it was about.
    pub what: String,
    /// Where; `None`: it belongs to no region.
    pub region: Option<String>,
    /// Why.
    pub error: Error,
}

/// What was found.
#[derive(Default)]
pub struct Here {
    /// Kind by kind.
    pub lists: Vec<Listed>,
    /// Whatever of EC2 carries the stack's tag and is in no list of a kind that has all with the tag.
    pub tagged: Vec<Tagged>,
    /// The log groups that do.
    pub logs: Vec<logs::Tagged>,
    /// What could not be looked at, and is nothing that the file or the plan named.
    pub unseen: Vec<Unanswered>,
    /// The kinds that had to be looked at and could not.
    pub troubles: Vec<PlanError>,
}

/// The services of what the file names and of what was planned.
pub fn services(stack: &Stack, plan: &Plan) -> Services {
    Services::of(stack).and(plan.steps.iter().map(|step| step.kind.name()))
}

/// Asks. What `plan` found or the file of `stack` names must be looked at.
pub async fn look(cx: &Context, stack: &Stack, plan: &Plan, known: &Baseline) -> Here {
    let functions: BTreeSet<String> = known.functions.union(&known.of_others).cloned().collect();
    let services = services(stack, plan);
    let aside = cx.aside();
    let patient = |is_used: bool| if is_used { cx } else { &aside };
    let has_functions = services.have(FUNCTION) || !functions.is_empty();
    let is_listed = |sort: &str| kind_of(&stack.registry, sort).is_some_and(|kind| kind.info().is_listed_by_tag);
    let (lists, tagged, logs) = tokio::join!(
        list(cx, &stack.registry, &services),
        tagged(patient(services.have("ec2")), is_listed),
        logs::tagged(patient(has_functions), &functions, &known.groups)
    );
    let mut here = Here::default();
    let is_planned = |kind: &str| plan.steps.iter().any(|step| step.kind.name() == kind);
    let is_answered = lists.iter().any(Result::is_ok);
    for answer in lists {
        match answer {
            Ok(listed) => {
                let unread =
                    listed.unread.iter().map(|(name, error)| (format!("the {} {name}", listed.kind.name()), error));
                here.unseen.extend(unread.map(|(what, error)| unanswered(cx, &what, error.clone())));
                here.lists.push(listed);
            }
            Err(trouble) if is_answered && is_of_no_service(&trouble, stack) => {}
            Err(trouble) if is_answered && can_ignore(&trouble, stack) && !is_planned(&trouble.kind) => {
                here.unseen.push(unanswered(cx, &trouble.kind, trouble.error));
            }
            Err(trouble) => here.troubles.push(trouble),
        }
    }
    match tagged {
        Ok(tagged) => here.tagged = tagged,
        Err(error) => here.unseen.push(unanswered(cx, "the tags of EC2", error)),
    }
    match logs {
        Ok(logs) => here.logs = logs,
        Err(error) if error.has_no_address() && is_answered => {}
        Err(error) => {
            let trouble = PlanError { address: None, kind: LOG_GROUP.to_owned(), is_global: false, line: None, error };
            match is_planned(FUNCTION) || !functions.is_empty() {
                true => here.troubles.push(trouble),
                false => here.unseen.push(unanswered(cx, LOG_GROUP, trouble.error)),
            }
        }
    }
    here
}

fn unanswered(cx: &Context, what: &str, error: Error) -> Unanswered {
    Unanswered { what: what.to_owned(), region: Some(cx.place.region.clone()), error }
}
