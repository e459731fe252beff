//! What tests of the engine share: stacks from text, an account that exists on paper, kinds that only pretend,
//! and an AWS that answers what a test says.

pub mod account;
// The kinds use the rest.
#[allow(dead_code)]
pub mod aws;
pub mod fake;
#[path = "../../tests/http/mod.rs"]
#[allow(dead_code)]
mod http;
pub mod iam;
#[path = "../../tests/model/mod.rs"]
mod model;
pub mod mortal;
pub mod numbered;
mod samples;
mod stacks;

use serde_json::Value;

use crate::model::sensitive::SENSITIVE;
use crate::plan::Plan;
use crate::plan::decide::decide;
use crate::plan::lint::violations;
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::plan::value::{PlanValue, UNKNOWN};
use crate::stack::Stack;

pub use account::Account;
pub use samples::{addresses, ownership_tags, place};
pub use stacks::{stack, stack_in, try_stack};

/// What `apply` would do.
pub fn plan(stack: &Stack, account: &Account) -> Plan {
    planned(stack, account, Goal::Apply, &Options::default())
}

/// What `destroy` would do.
pub fn plan_destroy(stack: &Stack, account: &Account) -> Plan {
    planned(stack, account, Goal::Destroy, &Options::default())
}

/// What would be done.
pub fn planned(stack: &Stack, account: &Account, goal: Goal, options: &Options) -> Plan {
    let plan = decide(stack, &place(), account.observe(stack), goal, options);
    let plan = plan.unwrap_or_else(|trouble| panic!("{trouble:?}"));
    let violations = violations(&plan);
    assert!(violations.is_empty(), "{violations:?} in {plan:#?}");
    plan
}

/// Why nothing can be done.
pub fn refused(stack: &Stack, account: &Account, goal: Goal, options: &Options) -> Vec<PlanError> {
    let plan = decide(stack, &place(), account.observe(stack), goal, options);
    plan.err().unwrap_or_else(|| panic!("the plan was made"))
}

/// A value in a plan, of what people see of it.
pub fn as_shown(value: &Value) -> PlanValue {
    match value {
        Value::String(text) if text == SENSITIVE => PlanValue::sensitive("a secret".into()),
        Value::String(text) if text == UNKNOWN => PlanValue::Unknown,
        Value::Array(items) => items.iter().map(as_shown).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), as_shown(value))).collect(),
        other => other.clone().into(),
    }
}
