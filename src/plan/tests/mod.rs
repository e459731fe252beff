//! The pure middle: from a file and an account on paper to a plan.

mod actions;
mod adoption;
mod ahead;
mod apart;
mod blockers;
mod by_hand;
mod destroy;
mod diff;
mod disks;
mod fits;
mod handed_out;
mod leavers;
mod left_out;
mod lint;
mod moved;
mod observe;
mod orphans;
mod others;
mod outlives;
mod outside;
mod owner;
mod refusals;
mod renewed;
mod saved;
mod schedule;
mod secret_hashes;
mod secrets;
mod shown;
mod snapshot;
mod stopped;
mod uploads;
mod values;

use crate::plan::{Plan, Reason, Step};

/// A key pair that an instance uses, in a group.
fn class(key: &str, group: &str, image: &str) -> String {
    format!(
        "
resources:
  key: {{ type: ec2.key_pair, public_key: {key} }}
  group: {{ type: ec2.security_group, description: {group} }}
  instance:
    type: ec2.instance
    image: {image}
    instance_type: t3.micro
    security_group_ids: [ '${{group.id}}' ]
"
    )
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const IMAGE: &str = "ami-0123456789abcdef0";

/// The step of a resource of the file.
fn step<'a>(plan: &'a Plan, address: &str) -> &'a Step {
    let found = plan.steps.iter().find(|step| step.is_declared() && step.address.to_string() == address);
    found.unwrap_or_else(|| panic!("no step of {address}"))
}

/// What happens, in the order of the plan: `topic create`, and `(topic) delete` for what the file does not mean.
fn actions(plan: &Plan) -> Vec<String> {
    let action = |step: &Step| {
        let action = serde_json::to_value(&step.action).unwrap()["action"].as_str().unwrap().to_owned();
        let address = if step.is_declared() { step.address.to_string() } else { format!("({})", step.address) };
        format!("{address} {action}")
    };
    plan.steps.iter().map(action).collect()
}

/// The properties of a resource that change, and why.
fn changes(plan: &Plan, address: &str) -> Vec<(String, Reason)> {
    step(plan, address).changes.iter().map(|change| (change.path.clone(), change.reason.clone())).collect()
}
