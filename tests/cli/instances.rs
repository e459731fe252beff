//! `cloud101 stop` and `cloud101 start`: the instances of a stack between classes.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, without_times};
use crate::proxy::Fault;

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
        let named = |n: usize| call.body().contains(&id(n));
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let one_of_them = named(0) || named(1);
                let all = (0..2).filter(|n| !one_of_them || named(*n)).map(|n| item(n, &states[n])).collect::<String>();
                Some(Fault::answer(format!(
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
    let mut reported = String::new();
    for command in ["stop", "stop", "start"] {
        let said = folder.run(&aws, &[command, "--yes"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let mut lines: Vec<_> = said.stdout.lines().collect();
        // They are reported as they are done.
        lines.sort_unstable();
        reported.push_str(&format!(
            "$ cloud101 {command} --yes\n{}{}\n",
            without_times(&lines.join("\n")),
            said.stderr
        ));
        let desired = if command == "stop" { "stopped" } else { "running" };
        assert_eq!(*states.lock().expect("states"), [desired, desired]);
    }
    assert_snapshot!(reported);
}

/// What is said is about those that were chosen, and so is the command that starts them again.
#[test]
fn only_those_that_are_chosen_are_named() {
    let ((aws, _), folder) = (account("stopped"), Folder::with(STACK));
    let said = folder.run(&aws, &["stop", "--yes", "--target", "machine"]);
    assert!(said.stderr.starts_with("Nothing to do: machine is stopped already.\n"), "{}", said.stderr);
    let ((aws, states), folder) = (account("running"), Folder::with(STACK));
    let said = folder.run(&aws, &["stop", "cloud101.yaml", "--yes", "--target", "machine"]);
    let start = "`cloud101 start cloud101.yaml --target machine`";
    assert_eq!(said.stderr.matches(start).count(), 2, "{}", said.stderr);
    assert_eq!(*states.lock().expect("states"), ["stopped", "running"]);
}

#[test]
fn nothing_is_done_without_consent() {
    let ((aws, _), folder) = (account("running"), Folder::with(STACK));
    for arguments in [&["stop"][..], &["stop", "--json"]] {
        let said = folder.run(&aws, arguments);
        assert_eq!(said.code, Some(64), "{}{}", said.stdout, said.stderr);
        // What would be done is shown first.
        let listed = arguments.len() > 1 || said.stdout.contains("- stop machine");
        let reported = said.stdout + &said.stderr;
        assert!(
            listed && reported.contains("there is no terminal to ask for confirmation; nothing was changed"),
            "{reported}"
        );
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
        let named = |n: usize| call.body().contains(&id(n));
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let is_asked = |n: &usize| named(*n) || !named(1 - n);
                let all: String = (0..2).filter(is_asked).map(|n| item(n, states[n])).collect();
                Some(Fault::answer(format!(
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

/// Between the list and the act another stack takes over the one, and the other is terminated.
#[test]
fn what_changed_hands_since_it_was_shown_is_neither_stopped_nor_started() {
    for (command, state) in [("stop", "running"), ("start", "stopped")] {
        let aws = FakeAws::with(move |call| {
            let named = |n: usize| call.body().contains(&id(n));
            let shown = |items: String| {
                Some(Fault::answer(format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{items}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>"
                )))
            };
            match call.name.as_str() {
                "ec2:DescribeInstances" if named(0) => shown(item(0, state).replace("lesson", "another")),
                "ec2:DescribeInstances" if named(1) => shown(item(1, "terminated")),
                "ec2:DescribeInstances" => shown([0, 1].map(|n| item(n, state)).concat()),
                _ => None,
            }
        });
        let said = Folder::with(STACK).run(&aws, &[command, "--yes"]);
        assert_eq!(said.code, Some(1), "{}", said.stdout);
        let why =
            [format!("the instance {} changed since it was shown", id(0)), format!("the instance {} changed", id(1))];
        assert!(why.iter().all(|why| said.stderr.contains(why)), "{}", said.stderr);
        assert!(
            said.stderr.contains("it no longer belongs to this stack") && said.stderr.contains("it is gone"),
            "{}",
            said.stderr
        );
        assert!(!aws.calls().iter().any(|call| call.ends_with(":StopInstances") || call.ends_with(":StartInstances")));
    }
}

/// What tells them apart: a tag that was taken off, and tags that were copied.
#[test]
fn one_without_its_address_is_stopped_and_a_copy_is_not() {
    let states = Mutex::new(["running", "running"]);
    let aws = FakeAws::with(move |call| {
        let mut states = states.lock().expect("states");
        let named = |n: usize| call.body().contains(&id(n));
        match call.name.as_str() {
            "ec2:DescribeInstances" => {
                let lost = item(0, states[0]).replace("cloud101:resource", "course");
                let copy = item(1, states[1]).replace(&"a".repeat(64), "0c1d2e3f-0000-4000-8000-000000000000");
                let all = [lost, copy].into_iter().enumerate().filter(|(n, _)| !named(1 - n)).map(|(_, one)| one);
                Some(Fault::answer(format!(
                    "<DescribeInstancesResponse><reservationSet><item><instancesSet>{}</instancesSet></item>\
                     </reservationSet></DescribeInstancesResponse>",
                    all.collect::<String>()
                )))
            }
            "ec2:StopInstances" => {
                (0..2).filter(|n| named(*n)).for_each(|n| states[n] = "stopped");
                None
            }
            _ => None,
        }
    });
    let said = Folder::with(STACK).run(&aws, &["stop", "--yes"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert_eq!(aws.calls().iter().filter(|call| *call == "ec2:StopInstances").count(), 1);
    assert!(said.stdout.contains(&id(0)) && !said.stdout.contains(&id(1)), "{}", said.stdout);
}

#[test]
fn a_stack_without_instances_has_nothing_to_stop() {
    let said = Folder::with(STACK).run(&FakeAws::empty(), &["stop", "--yes"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""));
    assert_eq!(said.stderr, "The stack lesson has no instance in us-east-1.\n");
}

/// `t2.micro`, which every older guide says, in a region that came later.
#[test]
fn a_type_that_the_region_does_not_offer_is_refused_before_anything_is_made() {
    let offered = |call: &crate::proxy::Call| {
        let all = ["t3.micro", "t3a.micro", "m5.large"];
        let asked = all.iter().filter(|name| call.body().split('&').any(|pair| pair.ends_with(&format!("={name}"))));
        let items: String = asked.map(|name| format!("<item><instanceType>{name}</instanceType></item>")).collect();
        let name = "DescribeInstanceTypeOfferingsResponse";
        format!("<{name}><instanceTypeOfferingSet>{items}</instanceTypeOfferingSet></{name}>")
    };
    let run = |file: &str| {
        let aws = FakeAws::with(move |call| match call.name.as_str() {
            "ec2:DescribeInstanceTypeOfferings" => Some(Fault::answer(offered(call))),
            _ => None,
        });
        let said = Folder::with(file).run(&aws, &["plan"]);
        let calls = aws.calls().into_iter().filter(|name| name == "ec2:DescribeInstanceTypeOfferings").count();
        (said.code, format!("{}\n{}", said.stdout, said.stderr), calls)
    };
    let (code, said, calls) = run(&STACK.replacen("t3.micro", "t2.micro", 1));
    assert!(code == Some(1) && said.contains("the instance type `t2.micro` is not available in us-east-1"), "{said}");
    assert!(said.contains("write `instance_type: t3.micro`") && said.contains("cloud101.yaml:4"), "{said}");
    assert_eq!(calls, 1, "for both instances");
    let (code, said, calls) = run(STACK);
    assert_eq!((code, calls), (Some(0), 1), "{said}");
    let (code, said, calls) = run("stack: lesson\nregion: us-east-1\nresources: { t: { type: sns.topic } }\n");
    assert_eq!((code, calls), (Some(0), 0), "{said}");
}
