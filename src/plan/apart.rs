//! What can't be planned for some copies of a resource: the plan goes on without them, and without what needs them. Pure.
//!
//! One person's trouble, such as a name that something else in the account has, is no reason to leave all others without
//! theirs. What stops every copy of a resource alike forbids the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::Address;
use crate::stack::Stack;
use crate::stack::graph::Graph;

use super::desired::referred_in;
use super::observe::PlanError;
use super::options::{Because, Goal};
use super::outside::{self, Outsider};
use super::unmoved::person;
use super::value::PlanValue;
use super::{Output, Plan, Step};

/// How many of those that need something are named with it.
const NAMED: usize = 3;

/// Of what a plan of `scope` can't do, what it can go on without.
///
/// # Errors
/// All of it, if anything is about more than some copies of a resource.
pub fn of_copies(
    stack: &Stack,
    scope: &BTreeSet<Address>,
    errors: Vec<PlanError>,
) -> Result<Vec<PlanError>, Vec<PlanError>> {
    if !errors.iter().all(|error| error.is_of_a_copy(stack)) {
        return Err(errors);
    }
    let mut failing: BTreeMap<&str, BTreeSet<&Address>> = BTreeMap::new();
    for address in errors.iter().filter_map(|error| error.address.as_ref()) {
        failing.entry(&address.name).or_default().insert(address);
    }
    let all = |name: &str| scope.iter().filter(|address| address.name == name).count();
    match failing.iter().all(|(name, failing)| failing.len() < all(name)) {
        true => Ok(errors),
        false => Err(errors),
    }
}

/// What is set aside.
#[derive(Default)]
pub struct Aside {
    /// The copies that can't be planned, and all that needs one of them.
    pub addresses: BTreeSet<Address>,
    /// Why, for each of the first.
    pub errors: Vec<PlanError>,
    /// What needs one of them, each with that one.
    pub needing: BTreeMap<Address, Address>,
    /// Those of the errors that are about all that is one person's.
    pub of_people: BTreeSet<Address>,
}

/// What has to be set aside for `errors`, each about a copy, in a plan of `scope`. Those at `of_people` are about all that
/// their people have.
pub fn aside(stack: &Stack, scope: &BTreeSet<Address>, errors: Vec<PlanError>, of_people: &BTreeSet<Address>) -> Aside {
    let graph = Graph::new(&stack.resources);
    let roots: BTreeSet<Address> = errors.iter().filter_map(|error| error.address.clone()).collect();
    let mut all: BTreeMap<_, Vec<&Address>> = BTreeMap::new();
    if !of_people.is_empty() {
        let of = |address| Some((person(stack, address)?, address));
        scope.iter().filter_map(of).for_each(|(person, address)| all.entry(person).or_default().push(address));
    }
    let with_all_theirs = |root: &Address| {
        let person = person(stack, root).filter(|_| of_people.contains(root));
        let theirs = person.and_then(|person| all.get(&person)).into_iter().flatten().copied();
        graph.with_dependents(theirs.chain([root]))
    };
    let addresses = roots.iter().flat_map(with_all_theirs).collect();
    let mut said = BTreeSet::new();
    let mut needing: BTreeMap<Address, Address> = BTreeMap::new();
    let mut of_roots = Vec::new();
    for error in errors {
        let Some(root) = error.address.clone().filter(|root| said.insert(root.clone())) else { continue };
        for address in with_all_theirs(&root).into_iter().filter(|address| !roots.contains(address)) {
            // Of several the one of the same person.
            let is_own = address.key.is_some() && address.key == root.key;
            match needing.get(&address) {
                Some(_) if !is_own => {}
                _ => drop(needing.insert(address, root.clone())),
            }
        }
        of_roots.push(error);
    }
    Aside { addresses, errors: of_roots, needing, of_people: of_people.clone() }
}

/// Why some copies can't be planned, each with what needs it and can't be planned either.
pub fn said(plan: &Plan) -> Vec<PlanError> {
    let mut by_root: BTreeMap<&Address, Vec<String>> = BTreeMap::new();
    for (address, root) in &plan.aside {
        by_root.entry(root).or_default().push(format!("`{address}`"));
    }
    let with_needing = |error: &PlanError| {
        let mut error = error.clone();
        let needing = error.address.as_ref().and_then(|root| by_root.get(root)).map(Vec::as_slice).unwrap_or_default();
        let is_of_a_person = error.address.as_ref().is_some_and(|address| plan.unsaid.contains(address));
        if !needing.is_empty() && !is_of_a_person {
            let more = match needing.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = needing[..needing.len().min(NAMED)].join(", ");
            error.error.message += &format!("; without it, {named}{more} can't be planned either");
        }
        error
    };
    plan.unplanned.iter().map(with_needing).collect()
}

/// Takes the steps of what is set aside out of `steps`. The answer is what they are in the account, which stays, and with
/// it what it uses. `unseen` is what could not be looked for: it may be there.
pub fn take(aside: &BTreeSet<Address>, unseen: &BTreeSet<Address>, steps: &mut Vec<Step>) -> Vec<Outsider> {
    let taken = steps.extract_if(.., |step| aside.contains(&step.address));
    let outsider = |step: Step| {
        let spec = step.live().map(|live| live.spec.clone()).unwrap_or_default();
        (step.prior.is_some() || unseen.contains(&step.address)).then_some((step.address, spec))
    };
    taken.filter_map(outsider).collect()
}

/// Outputs that refer to what is set aside have no value.
pub fn forget(stack: &Stack, aside: &BTreeSet<Address>, outputs: &mut [Output]) {
    let refers = |name: &str| {
        let template = stack.outputs.iter().find(|(other, _)| other == name).map(|(_, template)| template);
        template.is_some_and(|template| referred_in(template).iter().any(|address| aside.contains(address)))
    };
    outputs.iter_mut().filter(|output| refers(&output.name)).for_each(|output| output.value = PlanValue::Unknown);
}

/// Sets aside of `plan` what can't be done for some copies, as was found out after it was made.
///
/// # Errors
/// What forbids the whole plan.
pub(crate) fn set_aside(
    stack: &Stack,
    goal: Goal,
    plan: &mut Plan,
    errors: Vec<PlanError>,
) -> Result<(), Vec<PlanError>> {
    if errors.is_empty() {
        return Ok(());
    }
    let scope = plan.steps.iter().filter(|step| step.is_declared()).map(|step| step.address.clone()).collect();
    let errors = of_copies(stack, &scope, errors)?;
    let Aside { addresses, errors, needing, .. } = aside(stack, &scope, errors, &BTreeSet::new());
    let outsiders = take(&addresses, &BTreeSet::new(), &mut plan.steps);
    forget(stack, &addresses, &mut plan.outputs);
    let mut forbidden = Vec::new();
    outside::settle(Because::NotPlanned, stack, goal, &outsiders, &mut plan.steps, &mut forbidden);
    plan.unplanned.extend(errors);
    plan.aside.extend(needing);
    if forbidden.is_empty() { Ok(()) } else { Err(forbidden) }
}
