//! What people read, for each action, each event and each document.

mod advice;
mod browser;
mod documents;
mod end_to_end;
mod explained;
pub mod hostile;
mod plans;
mod runs;

pub use end_to_end::sample;

use serde_json::Value;

use crate::plan::value::PlanValue;
use crate::plan::{Action, Origin, Output, Plan, Prior, PropertyChange, Reason, Step};
use crate::resource::{Address, Tags};
use crate::testing::{as_shown, fake, place};

fn plan(steps: Vec<Step>) -> Plan {
    let output = |name: &str, value: PlanValue| Output { name: name.into(), value };
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:cloud101";
    Plan {
        place: place(),
        account_profile: None,
        steps,
        outputs: vec![output("function", arn.into()), output("instance_address", PlanValue::Unknown)],
        left_out: None,
        selection: None,
        inputs: Default::default(),
        unseen: Vec::new(),
        unplanned: Vec::new(),
        aside: Default::default(),
        unsaid: Default::default(),
    }
}

/// A step of the resource `address`; its name is `cloud101-<address>`, its line 12.
fn step(kind: &'static str, address: &str, action: Action, changes: Vec<PropertyChange>) -> Step {
    let id = (action != Action::Create).then(|| match kind {
        "ec2.instance" => "i-0abc1234def567890".to_owned(),
        "sns.topic" => format!("arn:aws:sns:us-east-1:123456789012:cloud101-{address}"),
        _ => format!("cloud101-{address}"),
    });
    Step {
        local: Vec::new(),
        upload: None,
        texts: Vec::new(),
        address: Address::new(address),
        kind: fake::kind(kind),
        name: format!("cloud101-{address}"),
        action,
        changes,
        notes: Vec::new(),
        origin: Origin::Declared { line: 12 },
        prior: id.map(|id| Prior::listed(id, Tags::new(), None)),
        planned: None,
        why: None,
        renews: Vec::new(),
        rank: 0,
        depends_on: Default::default(),
        outlives: Default::default(),
        loses_data: false,
        is_checked: false,
        stays_for: None,
        empty: false,
        before: None,
        after: Default::default(),
    }
}

fn new(path: &str, after: Value) -> PropertyChange {
    change(path, None, Some(after), Reason::File)
}

fn from_to(path: &str, before: Value, after: Value, reason: Reason) -> PropertyChange {
    change(path, Some(before), Some(after), reason)
}

fn change(path: &str, before: Option<Value>, after: Option<Value>, reason: Reason) -> PropertyChange {
    let text = matches!(path, "policy" | "user_data" | "inline_policies");
    let [before, after] = [before, after].map(|value| value.as_ref().map(as_shown));
    PropertyChange { path: path.into(), before, after, reason, replaces: path == "image", text, said: true }
}
