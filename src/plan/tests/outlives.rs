//! A volume and an elastic address outlive their machine: that may go while they stay, and goes before them.

use serde_json::json;

use crate::plan::options::{Goal, Options};
use crate::plan::schedule::{Part, schedule};
use crate::plan::{Action, Plan};
use crate::stack::Stack;
use crate::testing::{Account, addresses, plan, plan_destroy, planned, stack};

use super::{actions, changes, step};

const VM: &str = "  vm: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }\n";

fn with(data: &str, vm: &str) -> Stack {
    stack(&format!("resources:\n  data: {{ type: ec2.volume, size_gib: 4, {data} }}\n{vm}"))
}

fn both(more: &str) -> Stack {
    with(&format!("instance: '${{vm.id}}', device: /dev/sdf{more}"), VM)
}

/// An account in which the machine has an id such as AWS's.
fn account(stack: &Stack) -> Account {
    let mut account = Account::after(stack);
    let vm = account.thing("vm");
    vm.live.id = "i-1a2b3c4d".into();
    vm.live.attributes.insert("id".into(), "i-1a2b3c4d".into());
    let live = &mut account.thing("data").live;
    live.spec["instance"] = json!("i-1a2b3c4d");
    live.spec["availability_zone"] = json!("us-east-1a");
    // The record of the last apply is of that id, too.
    let mut ownership = crate::aws::ownership::Ownership::read(&live.tags).unwrap();
    ownership.applied.insert("instance", &json!("i-1a2b3c4d"), false);
    live.tags.extend(ownership.tags());
    account
}

/// Whether one task waits for another, itself or by way of others.
fn waits(plan: &Plan, (address, part): (&str, Part), (after, of): (&str, Part)) -> bool {
    let graph = schedule(plan);
    let node = |address: &str, part: Part| {
        let is_it = |node: &petgraph::graph::NodeIndex| {
            graph[*node].part == part && plan.steps[graph[*node].step].address.to_string() == address
        };
        graph.node_indices().find(is_it).unwrap_or_else(|| panic!("no {part:?} of {address}: {:?}", actions(plan)))
    };
    petgraph::algo::has_path_connecting(&graph, node(after, of), node(address, part), None)
}

#[test]
fn a_destroy_deletes_the_machine_before_the_volume() {
    let stack = both("");
    let plan = plan_destroy(&stack, &account(&stack));
    assert_eq!(actions(&plan), ["vm delete", "data delete"]);
    assert!(waits(&plan, ("data", Part::Remove), ("vm", Part::Remove)));
    assert!(!waits(&plan, ("vm", Part::Remove), ("data", Part::Remove)));
}

#[test]
fn a_volume_that_stays_keeps_no_machine() {
    let stack = both(", on_destroy: retain");
    assert_eq!(actions(&plan_destroy(&stack, &account(&stack))), ["vm delete", "data keep"]);
    let stack = both("");
    let only = Options { targets: addresses(["vm"]), ..Options::default() };
    assert_eq!(actions(&planned(&stack, &account(&stack), Goal::Destroy, &only)), ["vm delete"]);
}

/// An address is kept from one class to the next, and the machine that had it would go on costing money.
#[test]
fn an_address_that_stays_keeps_no_machine_either() {
    let with = |more: &str| {
        stack(&format!("resources:\n  ip: {{ type: ec2.elastic_ip, instance: '${{vm.id}}'{more} }}\n{VM}"))
    };
    let kept = with(", on_destroy: retain");
    assert_eq!(actions(&plan_destroy(&kept, &Account::after(&kept))), ["vm delete", "ip keep"]);
    let both = with("");
    let plan = plan_destroy(&both, &Account::after(&both));
    assert!(waits(&plan, ("ip", Part::Remove), ("vm", Part::Remove)), "{:?}", actions(&plan));
}

#[test]
fn a_machine_that_is_replaced_goes_when_its_volume_has_moved() {
    let before = both("");
    let account = account(&before);
    let after = with("instance: '${vm.id}', device: /dev/sdf", &VM.replace("456789abcdef0", "456789abcdef1"));
    let plan = plan(&after, &account);
    assert_eq!(actions(&plan), ["vm replace", "data update"]);
    assert!(matches!(step(&plan, "vm").action, Action::Replace { create_first: true, .. }));
    assert_eq!(changes(&plan, "data").len(), 1);
    assert!(waits(&plan, ("data", Part::Put), ("vm", Part::Put)));
    assert!(waits(&plan, ("vm", Part::Remove), ("data", Part::Put)));
    // With --target the old machine stays until the volume has moved over.
    let only = Options { targets: addresses(["vm"]), ..Options::default() };
    let notes = &step(&planned(&after, &account, Goal::Apply, &only), "vm").notes.join(" ");
    assert!(notes.contains("the old one is kept until `data`"), "{notes}");
}

#[test]
fn a_machine_that_the_file_no_longer_has_goes_before_its_volume_waits_or_moves() {
    let account = account(&both(""));
    let waiting = with("availability_zone: us-east-1a", "");
    let plan = crate::testing::plan(&waiting, &account);
    assert_eq!(actions(&plan), ["data update", "(vm) delete"]);
    assert!(waits(&plan, ("data", Part::Put), ("vm", Part::Remove)));
    let renamed = with("instance: '${server.id}', device: /dev/sdf", &VM.replace("  vm:", "  server:"));
    let plan = crate::testing::plan(&renamed, &account);
    assert!(waits(&plan, ("data", Part::Put), ("vm", Part::Remove)), "{:?}", actions(&plan));
    assert!(waits(&plan, ("data", Part::Put), ("server", Part::Put)));
}

#[test]
fn what_belongs_to_a_machine_that_stays_is_not_an_orphan() {
    let stack = stack(&format!("resources:\n{VM}"));
    let mut account = Account::after(&stack);
    account.double("vm", "vol-1a2b3c4d");
    assert_eq!(actions(&plan(&stack, &account)), ["vm none", "(vm) delete"]);
    account.thing("vm").live.includes.push("vol-1a2b3c4d".into());
    assert_eq!(actions(&plan(&stack, &account)), ["vm none"]);
    assert_eq!(actions(&plan_destroy(&stack, &account)), ["vm delete", "(vm) delete"]);
}
