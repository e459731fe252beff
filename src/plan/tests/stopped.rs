//! What `cloud101 stop` stopped.

use serde_json::json;

use crate::aws::ownership::STOPPED;
use crate::plan::stopped::START;
use crate::testing::{Account, plan, stack};

use super::{IMAGE, actions, step};

fn machine(more: &str) -> crate::stack::Stack {
    stack(&format!("resources: {{ vm: {{ type: ec2.instance, image: {IMAGE}, instance_type: t3.micro{more} }} }}"))
}

#[test]
fn an_apply_leaves_it_stopped_whatever_else_it_changes() {
    let mut account = Account::after(&machine(""));
    account.drift("vm", "state", json!("stopped"));
    assert_eq!(actions(&plan(&machine(""), &account)), ["vm update"], "it was stopped in another way");

    account.tag("vm", STOPPED, "2026-11-30");
    let idle = plan(&machine(""), &account);
    assert_eq!(actions(&idle), ["vm none"]);
    let note = "stopped by `cloud101 stop` (2026-11-30): it stays so until `cloud101 start`";
    assert_eq!(step(&idle, "vm").notes.last().map(String::as_str), Some(note));

    let changed = plan(&machine(", tags: { course: cloud }"), &account);
    let changed = step(&changed, "vm");
    assert_eq!(changed.changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["tags.course"]);
    let planned = changed.planned.as_ref().expect("it changes");
    assert!(planned.ignored.iter().any(|path| path == "state"), "{:?}", planned.ignored);
}

/// The command is about the copy.
#[test]
fn what_starts_a_copy_again_names_it() {
    let file = stack(&format!(
        "rosters: {{ students: [ana] }}\nresources: {{ vm: {{ type: ec2.instance, for_each: students, image: {IMAGE}, \
         instance_type: t3.micro }} }}\n"
    ));
    let mut account = Account::after(&file);
    account.drift("vm[ana]", "state", json!("stopped")).tag("vm[ana]", STOPPED, "2026-11-30");
    let notes = step(&plan(&file, &account), "vm[\"ana\"]").notes.clone();
    let note = format!("it stays so until {START} --target 'vm[\"ana\"]'`");
    assert!(notes.iter().any(|one| one.ends_with(&note)), "{notes:?}");
}

/// The file says something new of it, or AWS says that it runs.
#[test]
fn the_file_and_the_account_go_before_the_tag() {
    let mut account = Account::after(&machine(", state: stopped"));
    account.tag("vm", STOPPED, "2026-11-30");
    assert_eq!(actions(&plan(&machine(", state: running"), &account)), ["vm update"], "the file starts it");
    assert_eq!(actions(&plan(&machine(", state: stopped"), &account)), ["vm none"]);
    account.drift("vm", "state", json!("running"));
    assert_eq!(actions(&plan(&machine(", state: running"), &account)), ["vm update"], "only its record");
}
