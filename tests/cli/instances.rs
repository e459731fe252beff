//! `cloud101 stop` and `cloud101 start`: the instances of a stack between classes.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake_aws::{Answer, FakeAws, refusal};
use crate::program::{Folder, without_times};

const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  machine:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
  quiet:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
    state: stopped
";

/// An account in which the stack's two instances are, both in this state, and do as they are told.
fn account(state: &str) -> (FakeAws, Arc<Mutex<[String; 2]>>) {
    let states = Arc::new(Mutex::new([state.to_owned(), state.to_owned()]));
    let kept = states.clone();
    let aws = FakeAws::with(move |call| {
        let mut states = kept.lock().expect("states");
        let named = |n: usize| call.body.contains(&id(n));
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let one_of_them = named(0) || named(1);
                let all = (0..2).filter(|n| !one_of_them || named(*n)).map(|n| item(n, &states[n])).collect::<String>();
                Some(Answer::Body(format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>"
                )))
            }
            "ec2:StopInstances" | "ec2:StartInstances" => {
                let to = if call.name == "ec2:StopInstances" { "stopped" } else { "running" };
                (0..2).filter(|n| named(*n)).for_each(|n| states[n] = to.to_owned());
                None
            }
            _ => None,
        }
    });
    (aws, states)
}

fn id(n: usize) -> String {
    format!("i-0123456789abcdef{n}")
}

fn item(n: usize, state: &str) -> String {
    let address = ["machine", "quiet"][n];
    let tag = |(key, value): (&str, &str)| format!("<item><key>{key}</key><value>{value}</value></item>");
    let tags: String = [("cloud101:stack", "lesson"), ("cloud101:resource", address)].into_iter().map(tag).collect();
    let ip = if state == "running" { format!("<ipAddress>192.0.2.{n}</ipAddress>") } else { String::new() };
    format!(
        "<item><instanceId>{}</instanceId><clientToken>{}</clientToken><instanceType>t3.micro</instanceType>{ip}\
         <instanceState><code>0</code><name>{state}</name></instanceState><tagSet>{tags}</tagSet></item>",
        id(n),
        "a".repeat(64)
    )
}

#[test]
fn instances_are_stopped_and_started() {
    let ((aws, states), folder) = (account("running"), Folder::with(STACK));
    let mut told = String::new();
    for command in ["stop", "stop", "start"] {
        let said = folder.run(&aws, &[command, "--yes"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let mut lines: Vec<_> = said.stdout.lines().collect();
        // They are told as they are done.
        lines.sort_unstable();
        told.push_str(&format!("$ cloud101 {command} --yes\n{}{}\n", without_times(&lines.join("\n")), said.stderr));
        let wanted = if command == "stop" { "stopped" } else { "running" };
        assert_eq!(*states.lock().expect("states"), [wanted, wanted]);
    }
    assert_snapshot!(told);
}

#[test]
fn nothing_is_done_without_consent() {
    let ((aws, _), folder) = (account("running"), Folder::with(STACK));
    for arguments in [&["stop"][..], &["stop", "--json"]] {
        let said = folder.run(&aws, arguments);
        assert_eq!(said.code, Some(64), "{}{}", said.stdout, said.stderr);
        // What would be done is shown first.
        let listed = arguments.len() > 1 || said.stdout.contains("- stop machine");
        let told = said.stdout + &said.stderr;
        assert!(listed && told.contains("there is no terminal to ask for your consent; nothing was changed"), "{told}");
    }
    assert!(aws.calls().iter().all(|call| call != "ec2:StopInstances"), "{:?}", aws.calls());
}

#[test]
fn programs_get_an_event_for_each() {
    let ((aws, _), folder) = (account("stopped"), Folder::with(STACK));
    let said = folder.run(&aws, &["start", "--yes", "--json"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{}", said.stdout);
    let events: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let done: Vec<_> = events.iter().filter(|event| event["event"] == "instance").collect();
    assert_eq!(done.len(), 2, "{events:?}");
    let machine = done.iter().find(|event| event["address"] == "machine").expect("the machine");
    assert_eq!((&machine["state"], &machine["public_ip"]), (&json!("running"), &json!("192.0.2.0")));
}

#[test]
fn one_that_fails_keeps_no_other_from_it() {
    let states = Mutex::new(["running", "running"]);
    let aws = FakeAws::with(move |call| {
        let mut states = states.lock().expect("states");
        let named = |n: usize| call.body.contains(&id(n));
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let all: String = (0..2).filter(|n| !named(1 - n)).map(|n| item(n, states[n])).collect();
                Some(Answer::Body(format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>"
                )))
            }
            "ec2:StopInstances" if named(0) => {
                refusal(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
            }
            "ec2:StopInstances" => {
                states[1] = "stopped";
                None
            }
            _ => None,
        }
    });
    let said = Folder::with(STACK).run(&aws, &["stop", "--yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(said.stdout.contains("✓ quiet: stopped"), "{}", said.stdout);
    assert!(said.stderr.contains("error[C101-0901]: machine (ec2.instance, cloud101.yaml:4)"), "{}", said.stderr);
    assert!(said.stderr.contains("ec2:StopInstances"), "{}", said.stderr);
}

#[test]
fn a_stack_without_instances_has_nothing_to_stop() {
    let said = Folder::with(STACK).run(&FakeAws::empty(), &["stop", "--yes"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""));
    assert_eq!(said.stderr, "The stack lesson has no instance in us-east-1.\n");
}
