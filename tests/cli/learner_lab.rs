//! What is refused in a Learner Lab before anything is done, and how: see [`LearnerLab`].

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::canary::STUDENT;
use crate::fake_aws::FakeAws;
use crate::program::{Folder, Said};
use crate::proxy::{Call, Fault, FaultProxy, LearnerLab};

const ACCOUNT: &str = "123456789012";
const HEAD: &str = "stack: lesson\nregion: us-east-1\n";
const MACHINE: &str = "type: ec2.instance, image: ami-0123456789abcdef0, instance_type";

/// An empty lab, in which `rule` decides of what the lab allows.
fn lab(rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> FakeAws {
    let lab = LearnerLab::of(ACCOUNT, STUDENT);
    FakeAws::with(move |call| lab.rule(call).or_else(|| rule(call)))
}

/// The image that the machines boot from, and this many instances of others in each region of the lab.
fn running(count: usize) -> impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static {
    move |call| match call.name.as_str() {
        "ec2:DescribeImages" => Some(Fault::answer(
            "<DescribeImagesResponse><imagesSet><item><imageId>ami-0123456789abcdef0</imageId><imageState>available\
             </imageState><architecture>x86_64</architecture><rootDeviceName>/dev/xvda</rootDeviceName></item></imagesSet>\
             </DescribeImagesResponse>",
        )),
        "ec2:DescribeInstances" => {
            let item = |n| {
                format!(
                    "<item><instanceId>i-0123456789abcd{n:03}</instanceId><instanceState><code>16</code>\
                     <name>running</name></instanceState></item>"
                )
            };
            let all: String = (0..count).map(item).collect();
            Some(Fault::answer(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>"
            )))
        }
        _ => None,
    }
}

fn machines(head: &str, count: usize) -> Folder {
    let machine = format!("resources:\n  vm: {{ {MACHINE}: t3.micro, for_each: seats }}\n");
    Folder::with(&format!("{HEAD}{head}rosters: {{ seats: {count} }}\n{machine}"))
}

/// It says this on standard error, and does nothing.
fn refuses(aws: &FakeAws, said: &Said, words: &str) {
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    // As people read it, broken into lines.
    let plain = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains(words), "{words}: {}", said.stderr);
    assert!(aws.changing_calls().is_empty(), "{:?}", aws.changing_calls());
}

#[test]
fn ten_instances_in_a_region_are_refused_and_nine_are_not() {
    let aws = lab(running(0));
    let said = machines("", 10).run(&aws, &["apply", "--yes"]);
    refuses(
        &aws,
        &said,
        "error[C101-0922]: vm (ec2.instance, cloud101.yaml:5) 10 instances would run in us-east-1 (0 now, 10 more)",
    );
    let aws = lab(running(0));
    let said = machines("", 9).run(&aws, &["plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("Plan: 9 to add"), "{}", said.stdout);
    // What others run counts as well, and what is left out does not.
    let aws = lab(running(5));
    refuses(&aws, &machines("", 9).run(&aws, &["plan"]), "14 instances would run in us-east-1 (5 now, 9 more)");
    let said = machines("", 9).run(&aws, &["plan", "--only", "01,02"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

/// Neither a flag nor a line of the file launches the instance that closes the account.
#[test]
fn twenty_instances_are_refused_whatever_is_said() {
    for head in ["", "profile: none\n", "profile: learner-lab\n"] {
        for (count, others) in [(20, 0), (2, 9)] {
            for command in [&["plan"][..], &["apply", "--yes"], &["apply", "--yes", "--replace", "vm", "--json"]] {
                let aws = lab(running(others));
                let said = machines(head, count).run(&aws, command);
                assert_eq!(said.code, Some(1), "{head}{command:?}: {}{}", said.stdout, said.stderr);
                let text = format!("{}{}", said.stdout, said.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(text.contains("20 instances would run in the account"), "{head}{command:?}: {text}");
                assert!(text.contains("nothing overrides this"), "{head}{command:?}: {text}");
                assert!(aws.changing_calls().is_empty(), "{:?}", aws.changing_calls());
            }
        }
    }
    // Where the profile is switched off, up to that AWS decides.
    let aws = lab(running(0));
    let said = machines("profile: none\n", 19).run(&aws, &["plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    // In any other account it is not a rule.
    let aws = FakeAws::with(running(0));
    let said = machines("", 25).run(&aws, &["plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

/// How many run is asked again when the plan is carried out, since the question may have been open for long.
#[test]
fn instances_that_were_launched_since_the_plan_count() {
    let looks = AtomicUsize::new(0);
    let of_all = |call: &Call| call.name == "ec2:DescribeInstances" && !call.body().contains("stopp");
    let aws = lab(move |call| {
        let others = if of_all(call) && looks.fetch_add(1, Ordering::SeqCst) >= 2 { 9 } else { 0 };
        running(others)(call)
    });
    let said = machines("", 2).run(&aws, &["apply", "--yes"]);
    refuses(&aws, &said, "20 instances would run in the account (18 now, 2 more)");
    assert!(said.stdout.contains("Plan: 2 to add"), "{}", said.stdout);
}

#[test]
fn stopped_instances_are_not_started_beyond_the_limit() {
    let stopped = |call: &Call| {
        let is_of_all = call.body().contains("stopped");
        (call.name == "ec2:DescribeInstances").then(|| {
            let tag = |key: &str, value: &str| format!("<item><key>{key}</key><value>{value}</value></item>");
            let item = |n: usize| {
                let tags = tag("cloud101:stack", "lesson") + &tag("cloud101:resource", &format!("vm:{n:02}"));
                format!(
                    "<item><instanceId>i-0123456789abcd{n:03}</instanceId><clientToken>{}</clientToken><instanceState>\
                     <code>80</code><name>stopped</name></instanceState><tagSet>{tags}</tagSet></item>",
                    "a".repeat(64)
                )
            };
            let all: String = if is_of_all { (1..=10).map(item).collect() } else { String::new() };
            Fault::answer(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet>{all}</instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>"
            ))
        })
    };
    let aws = lab(stopped);
    let folder = machines("", 10);
    refuses(&aws, &folder.run(&aws, &["start", "--yes"]), "10 instances would run in us-east-1 (0 now, 10 more)");
}

#[test]
fn what_the_lab_does_not_have_is_refused_with_its_place_and_a_destroy_goes_on() {
    let folder = Folder::with(&format!(
        "{HEAD}resources:\n  vm: {{ {MACHINE}: t3.xlarge, root_volume: {{ size_gib: 200 }} }}\n"
    ));
    let aws = lab(running(0));
    let said = folder.run(&aws, &["plan"]);
    refuses(&aws, &said, "instance_type: a Learner Lab terminates `t3.xlarge`");
    refuses(&aws, &said, "root_volume.size_gib: 200 GiB are too many: a disk in a Learner Lab has at most 100");

    let folder = Folder::new();
    let aws = lab(|_| None);
    let said = folder.run(&aws, &["apply", "--yes"]);
    refuses(
        &aws,
        &said,
        "error[C101-0922]: sender (ses.identity, cloud101.yaml:21) ses.identity can't be created in a Learner Lab",
    );
    let said = folder.run(&aws, &["destroy", "--yes"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let asked = aws.calls();
    assert!(!asked.iter().any(|call| call.starts_with("ses:") || call == "ec2:DescribeRegions"), "{asked:?}");
    let regions: BTreeSet<_> = FaultProxy::calls(&aws).iter().map(|call| call.region().to_owned()).collect();
    assert_eq!(regions, ["us-east-1", "us-west-2"].map(str::to_owned).into());
}

#[test]
fn another_region_or_another_account_is_refused_before_anything_is_asked() {
    let text = "region: us-east-1\nresources: { news: { type: sns.topic } }\n";
    let aws = lab(|_| None);
    let folder = Folder::with(&format!("stack: lesson\n{text}"));
    let said = folder.run(&aws, &["plan", "--region", "eu-central-1"]);
    refuses(&aws, &said, "a Learner Lab has no region eu-central-1: it has `us-east-1`, `us-west-2`");
    assert_eq!(aws.calls(), ["sts:GetCallerIdentity"]);
    assert_eq!(folder.run(&aws, &["plan", "--region", "us-west-2"]).code, Some(0));

    let folder = Folder::with(&format!("stack: lesson\nprofile: learner-lab\naccount: \"{ACCOUNT}\"\n{text}"));
    assert_eq!(folder.run(&aws, &["plan"]).code, Some(0));
    let aws = FakeAws::empty();
    let said = folder.run(&aws, &["plan"]);
    refuses(
        &aws,
        &said,
        "the stack is for a Learner Lab (`profile: learner-lab`), and these credentials are not of one",
    );
    refuses(&aws, &said, "remove `profile: learner-lab` from the file");
    assert_eq!(aws.calls(), ["sts:GetCallerIdentity"]);
}

#[test]
fn a_session_that_has_ended_is_reported_with_what_to_do() {
    let session = LearnerLab::of(ACCOUNT, STUDENT);
    session.end();
    let aws = FakeAws::with(move |call| session.rule(call));
    let said = Folder::with(&format!("{HEAD}resources: {{ news: {{ type: sns.topic }} }}\n")).run(&aws, &["plan"]);
    refuses(&aws, &said, "the lab session has ended: start the lab again, copy the new credentials");
    assert!(said.stderr.contains("voclabs/user123=(sensitive) is not"), "{}", said.stderr);
}

#[test]
fn the_doctor_knows_the_lab() {
    let aws = lab(move |call| match call.name.as_str() {
        "iam:GetRole" => Some(Fault::answer(
            "<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::123456789012:role/LabRole</Arn><Path>/</Path>\
             <RoleName>LabRole</RoleName><RoleId>AROAEXAMPLE</RoleId><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             </Role></GetRoleResult></GetRoleResponse>",
        )),
        _ => running(2)(call),
    });
    let folder = Folder::new();
    let said = folder.said(folder.with_aws(&aws, &["doctor"]).env("PATH", folder.folder.path()));
    for line in [
        "identity     arn:aws:sts::123456789012:assumed-role/voclabs/user123=(sensitive), account",
        "profile      AWS Academy Learner Lab, by the role `voclabs` of these credentials",
        "instances    running: 2 of 9 in us-east-1, 2 of 9 in us-west-2",
        "role         `LabRole`, in place of roles that can't be created",
        "stack        a Learner Lab can't have `sender`",
        "permissions  not checked: a Learner Lab has its own rules",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
    assert_eq!(said.code, Some(1));
    let text = format!("{HEAD}profile: learner-lab\nresources: {{ news: {{ type: sns.topic }} }}\n");
    let folder = Folder::with(&text);
    let said = folder.run(&FakeAws::empty(), &["doctor"]);
    assert!(
        said.stdout.contains("the stack is for a Learner Lab, and these credentials are not of one"),
        "{}",
        said.stdout
    );
}

/// What the lab itself has in each account is not offered to be adopted.
#[test]
fn an_import_passes_over_what_is_there_from_the_start() {
    let aws = lab(|call| {
        let path = call.request.path.split('?').next().unwrap_or_default();
        (call.name.starts_with("lambda:GET") && path.trim_end_matches('/').ends_with("/functions")).then(|| {
            Fault::answer(r#"{"Functions":[{"FunctionName":"ModLabRole"},{"FunctionName":"MainMonitoringFunction"}]}"#)
        })
    });
    let said = Folder::new().run(&aws, &["import", "lambda.function", "--all", "--region", "us-east-1"]);
    refuses(
        &aws,
        &said,
        "`ModLabRole` belongs to AWS Academy Learner Lab itself, which has it in each account: skipped",
    );
    assert!(!aws.calls().iter().any(|call| call.contains("/functions/ModLabRole")), "{:?}", aws.calls());
}

#[test]
fn what_is_not_created_there_can_not_be_a_target() {
    let text = "resources:\n  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n  news: { type: sns.topic, \
                display_name: '${role.name}' }\n";
    let folder = Folder::with(&format!("{HEAD}{text}"));
    let aws = lab(|_| None);
    refuses(&aws, &folder.run(&aws, &["plan", "--target", "role"]), "`role` is not created in a Learner Lab");
    let said = folder.run(&aws, &["plan", "--target", "news"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("display_name = \"LabRole\""), "{}", said.stdout);
}

/// What can't be had is no reason to refuse a part of the stack that does without it.
#[test]
fn what_a_lab_can_not_have_refuses_only_what_needs_it() {
    let file = format!(
        "{HEAD}resources:\n  news: {{ type: sns.topic }}\n  sender: {{ type: ses.identity, email: ana@example.edu }}\n  \
         of_sender: {{ type: sns.topic, tags: {{ of: '${{sender.arn}}' }} }}\n"
    );
    for (arguments, is_refused) in [
        (&["plan"][..], true),
        (&["plan", "--target", "sender"], true),
        (&["plan", "--target", "of_sender"], true),
        (&["plan", "--target", "news"], false),
    ] {
        let aws = lab(|_| None);
        let said = Folder::with(&file).run(&aws, arguments);
        if is_refused {
            refuses(&aws, &said, "can't be created in a Learner Lab");
        } else {
            assert_eq!(said.code, Some(0), "{}", said.stderr);
            assert!(said.stdout.contains("Plan: 1 to add"), "{}", said.stdout);
        }
    }
}

#[test]
fn a_saved_plan_names_the_profile_it_was_made_under() {
    let file = format!(
        "{HEAD}resources:\n  news: {{ type: sns.topic }}\n  role: {{ type: iam.role, assumed_by: lambda.amazonaws.com }}\n"
    );
    let (folder, aws) = (Folder::with(&file), lab(|_| None));
    let said = folder.run(&aws, &["plan", "--out", "lab.plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let shown = folder.run(&aws, &["show", "lab.plan"]);
    for words in ["us-east-1 · AWS Academy Learner Lab", "role (iam.role) is `LabRole`"] {
        assert!(shown.stdout.contains(words), "{words}: {}{}", shown.stdout, shown.stderr);
    }
    let document = folder.run(&aws, &["show", "--json", "lab.plan"]).stdout;
    assert!(document.contains("\"learner-lab\""), "{document}");
}
