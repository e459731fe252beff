use crate::model::account_profile::LEARNER_LAB;
use crate::plan::options::{Goal, Options};
use crate::testing::{Account, plan, planned, stack};

use super::*;

fn judged(resources: &str) -> Judged {
    let stack = stack(&format!("resources:\n{resources}"));
    judge(&stack, &plan(&stack, &Account::default()), &LEARNER_LAB)
}

/// What is said against each resource, and what to type.
fn errors(resources: &str) -> Vec<(String, String)> {
    let judged = judged(resources);
    let said = |one: PlanError| {
        assert_eq!(one.error.explained(), Code::AccountProfile);
        assert!(one.line.is_some());
        (one.error.message, one.error.hint.unwrap_or_default())
    };
    judged.errors.into_iter().map(said).collect()
}

const VM: &str = "type: ec2.instance, image: al2023, instance_type";

#[test]
fn each_limit_refuses_what_goes_beyond_it_and_nothing_else() {
    let fine = format!(
        "  vm: {{ {VM}: t3.large, spot: false, root_volume: {{ size_gib: 100, type: gp2 }} }}
  disk: {{ type: ec2.volume, size_gib: 100, volume_type: standard, availability_zone: us-east-1a }}
  news: {{ type: sns.topic }}\n"
    );
    assert_eq!(errors(&fine), []);
    for (resource, words, hint) in [
        (format!("{{ {VM}: t3.xlarge }}"), "instance_type: a Learner Lab terminates `t3.xlarge`", "write `t3.large`"),
        (format!("{{ {VM}: m5.metal }}"), "instance_type: a Learner Lab terminates `m5.metal`", "write `m5.large`"),
        (format!("{{ {VM}: t3.micro, spot: true }}"), "spot: a Learner Lab has on-demand", "remove `spot: true`"),
        (
            format!("{{ {VM}: t3.micro, root_volume: {{ size_gib: 101 }} }}"),
            "root_volume.size_gib: 101 GiB are too many",
            "write `100` or less",
        ),
        (
            format!("{{ {VM}: t3.micro, volumes: [{{ device: /dev/sdf, size_gib: 4, type: io2, iops: 100 }}] }}"),
            "volumes.0.type: a Learner Lab has no disks of type `io2`",
            "write `gp3`",
        ),
        (
            "{ type: ec2.volume, size_gib: 125, volume_type: st1, availability_zone: us-east-1a }".to_owned(),
            "size_gib: 125 GiB are too many",
            "write `100`",
        ),
    ] {
        let said = errors(&format!("  one: {resource}\n"));
        let (message, help) = &said[0];
        assert!(message.starts_with(words) && help.starts_with(hint), "{resource}: {message}; {help}");
        assert!(help.contains("Service usage and other restrictions") && help.contains("2025-06-24"), "{help}");
    }
}

#[test]
fn what_aws_has_to_decide_is_a_note() {
    let function = "  f: { type: lambda.function, runtime: python3.13, handler: index.handler, code: email_agent, \
                    role: 'arn:aws:iam::123456789012:role/LabRole', reserved_concurrency: 2 }\n";
    let judged = judged(function);
    assert!(judged.errors.is_empty());
    let [(0, note)] = judged.notes.as_slice() else { panic!("{:?}", judged.notes) };
    assert!(note.starts_with("reserved_concurrency: a Learner Lab runs at most 10 executions"), "{note}");
}

#[test]
fn a_session_explains_why_what_was_stopped_runs() {
    let stack = stack(&format!("resources:\n  vm: {{ {VM}: t3.micro, state: stopped }}\n"));
    let mut account = Account::after(&stack);
    account.drift("vm", "state", "running".into());
    let plan = planned(&stack, &account, Goal::Apply, &Options::default());
    let judged = judge(&stack, &plan, &LEARNER_LAB);
    let [(0, note)] = judged.notes.as_slice() else { panic!("{:?}", judged.notes) };
    assert!(note.contains("the start of one starts all of them"), "{note}");
    assert!(launches(&plan).is_empty());
    // Neither does the file's own word come from a session, nor what else was changed by hand.
    let running =
        Account::after(&crate::testing::stack(&format!("resources:\n  vm: {{ {VM}: t3.micro, state: running }}\n")));
    let mut resized = Account::after(&stack);
    resized.drift("vm", "instance_type", "t3.small".into());
    for account in [running, resized] {
        let plan = crate::testing::plan(&stack, &account);
        assert_eq!((plan.counts().change, judge(&stack, &plan, &LEARNER_LAB).notes), (1, vec![]));
    }
}

fn now(here: usize, everywhere: usize) -> Running {
    Running { here, everywhere }
}

#[test]
fn the_ninth_instance_of_a_region_is_the_last() {
    let count = |more, now, is_in_force| count(&LEARNER_LAB, is_in_force, "us-east-1", more, now);
    assert_eq!(count(9, now(0, 0), true), None);
    assert_eq!(count(1, now(8, 17), true), None);
    assert_eq!(count(0, now(9, 30), true), None);
    let tenth = count(1, now(9, 9), true).expect("refused");
    assert!(tenth.message.starts_with("10 instances would run in us-east-1 (9 now, 1 more)"), "{}", tenth.message);
    // A user who has said that the profile does not apply decides that.
    assert_eq!(count(1, now(9, 9), false), None);
}

#[test]
fn the_twentieth_instance_is_refused_whatever_is_said() {
    for is_in_force in [true, false] {
        for (more, now) in [(20, now(0, 0)), (1, now(9, 19)), (12, now(4, 8)), (25, now(9, 18))] {
            let diagnostic = count(&LEARNER_LAB, is_in_force, "us-east-1", more, now).expect("refused");
            assert!(
                diagnostic.message.contains("20 or more is closed, and everything in it deleted"),
                "{diagnostic:?}"
            );
            assert!(diagnostic.help.as_deref().is_some_and(|hint| hint.contains("nothing overrides this")));
        }
        assert_eq!(count(&LEARNER_LAB, false, "us-east-1", 19, now(0, 0)), None);
    }
}

#[test]
fn what_starts_counts_and_what_runs_already_does_not() {
    let text = |state: &str, size: &str| {
        format!("rosters: {{ all: [a, b, c] }}\nresources:\n  vm: {{ {VM}: {size}, for_each: all, state: {state} }}\n")
    };
    let (before, running) = (stack(&text("stopped", "t3.micro")), stack(&text("running", "t3.micro")));
    let count = |stack: &Stack, account: &Account| launches(&plan(stack, account)).len();
    // What is to be stopped runs first.
    assert_eq!(count(&before, &Account::default()), 3);
    assert_eq!(count(&before, &Account::after(&before)), 0);
    assert_eq!(count(&running, &Account::after(&before)), 3);
    assert_eq!(count(&stack(&text("running", "t3.small")), &Account::after(&running)), 0);
    let error = forbidden(
        launches(&plan(&running, &Account::after(&before)))[0],
        Diagnostic::new(Code::AccountProfile, "", "no"),
    );
    assert!(!error.is_of_a_copy(&running) && error.line.is_some(), "it is about all of them");
}

/// For a moment both of them run.
#[test]
fn what_takes_the_place_of_another_counts_if_the_old_one_does_not_run_or_stays_until_it_does() {
    let text = |state: &str, image: &str| {
        stack(&format!(
            "resources:\n  vm: {{ type: ec2.instance, image: {image}, instance_type: t3.micro, state: {state} }}\n"
        ))
    };
    let count = |state: &str, new_first: bool| {
        let account = Account::after(&text(state, "ami-0123456789abcdef0"));
        let mut plan = plan(&text("running", "ami-0fedcba9876543210"), &account);
        let Action::Replace { create_first, .. } = &mut plan.steps[0].action else { panic!("{plan:?}") };
        *create_first = new_first;
        launches(&plan).len()
    };
    assert_eq!([count("running", true), count("running", false)], [1, 0]);
    assert_eq!([count("stopped", true), count("stopped", false)], [1, 1]);
    let mut plan = plan(&stack("resources:\n  ip: { type: ec2.elastic_ip }\n"), &Account::default());
    plan.steps[0].action =
        Action::Replace { create_first: true, because: nonempty::NonEmpty::new("network".to_owned()) };
    assert!(launches(&plan).is_empty(), "it is no instance");
}
