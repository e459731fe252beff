use insta::assert_snapshot;
use nonempty::NonEmpty;
use serde_json::json;

use crate::plan::options::Goal;
use crate::plan::{Action, Origin, Plan, Reason, Step};
use crate::resource::Address;
use crate::ui::{Detail, Paint, Redactor, View, plan as render};

use super::{change, from_to, new, plan, step};

const VIEW: View<'_> = View { sandbox: false, next: Some("cloud101 apply"), detail: Detail::Short, warnings: None };

fn text(steps: Vec<Step>) -> String {
    shown(&plan(steps), Detail::Short)
}

fn shown(plan: &Plan, detail: Detail) -> String {
    let view = View { detail, ..VIEW };
    render::plan(plan, Goal::Apply, view, &Redactor::default(), Paint::PLAIN)
}

fn destroyed(steps: Vec<Step>) -> String {
    let view = View { sandbox: true, next: Some("cloud101 --sandbox destroy"), detail: Detail::Short, warnings: None };
    render::plan(&plan(steps), Goal::Destroy, view, &Redactor::default(), Paint::PLAIN)
}

fn publish(resource: &str) -> serde_json::Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": resource}],
    })
}

#[test]
fn create() {
    let script: Vec<_> = (1..=100).map(|n| format!("echo step {n}")).collect();
    let instance = vec![
        new("image", json!("al2023")),
        new("instance_type", json!("t3.micro")),
        new("security_group_ids", json!(["(known after apply)"])),
        new("user_data", json!(format!("#!/bin/sh\n{}\n", script.join("\n")))),
        new("root_volume.size_gib", json!(8)),
        new("tags.course", json!("cloud101")),
    ];
    let function = vec![
        new("description", json!("a long story ".repeat(30))),
        new(
            "environment",
            json!({"TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:cloud101", "PASSWORD": "(sensitive)"}),
        ),
        new(
            "permissions",
            json!([{"principal": "sns.amazonaws.com", "source_arn": "arn:aws:sns:us-east-1:123456789012:cloud101"}]),
        ),
    ];
    let policy = vec![new("policy", publish("arn:aws:sns:us-east-1:123456789012:cloud101"))];
    let plan = plan(vec![
        step("iam.policy", "policy", Action::Create, policy),
        step("ec2.instance", "instance", Action::Create, instance),
        step("lambda.function", "function", Action::Create, function),
        step("sns.topic", "topic", Action::Create, vec![]),
    ]);
    assert_snapshot!(shown(&plan, Detail::Short));
    assert_snapshot!("create_full", shown(&plan, Detail::Full));
}

#[test]
fn update() {
    let function = vec![
        from_to("memory_mib", json!(128), json!(256), Reason::File),
        from_to("timeout_seconds", json!(30), json!(3), Reason::Drift),
        change("description", Some(json!("old")), Some(json!("")), Reason::TakenOut),
        change("dead_letter_arn", Some(json!("arn:aws:sqs:us-east-1:123456789012:dead")), None, Reason::TakenOut),
        from_to("handler", json!("index.handler"), json!("index.handler"), Reason::Recorded),
        from_to(
            "role",
            json!("arn:aws:iam::123456789012:role/cloud101"),
            json!("(known after apply)"),
            Reason::Replaced(Address::new("role")),
        ),
        from_to(
            "environment",
            json!({"MODE": "test", "OLD": "1", "SAME": "2", "PASSWORD": "(sensitive)"}),
            json!({"MODE": "class", "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:cloud101", "SAME": "2", "PASSWORD": "(sensitive)"}),
            Reason::File,
        ),
        new("tags.course", json!("cloud101")),
    ];
    let mail = |name: &str| json!({"protocol": "email", "endpoint": format!("{name}@example.edu")});
    let read_back = json!({"protocol": "email", "endpoint": "ana@example.edu", "raw": false});
    let topic = vec![
        from_to("subscriptions", json!([read_back, mail("ben")]), json!([mail("ana"), mail("cleo")]), Reason::File),
        from_to("policy", publish("*"), publish("arn:aws:sns:us-east-1:123456789012:cloud101"), Reason::Drift),
    ];
    let mut unchanged = step("s3.bucket", "bucket", Action::None, vec![]);
    unchanged.notes.push("a newer image is there".into());
    let mut subscribed = step("sns.topic", "topic", Action::Update, topic);
    subscribed.notes.push("ana@example.edu has not confirmed the subscription yet".into());
    assert_snapshot!(text(vec![
        subscribed,
        unchanged,
        step("lambda.function", "function", Action::Update, function),
        step("iam.role", "role", Action::Update, vec![]),
    ]));
}

#[test]
fn texts() {
    let lines = |first: &str, last: &str| {
        json!(format!("#!/bin/sh\n{first}\n{}{last}\n", (1..15).map(|n| format!("echo {n}\n")).collect::<String>()))
    };
    let statement = |action: &str| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    let changes = vec![
        from_to("user_data", lines("set -e", "exit"), lines("set -eu", "exit 0"), Reason::File),
        change(
            "inline_policies",
            Some(json!({"mail": statement("ses:*"), "old": statement("s3:*")})),
            Some(json!({"mail": statement("ses:SendEmail")})),
            Reason::File,
        ),
        new("policy", statement("sns:Publish")),
    ];
    assert_snapshot!(text(vec![step("ec2.instance", "instance", Action::Update, changes)]));
}

#[test]
fn replace() {
    let because = |paths: &[&str]| NonEmpty::from_vec(paths.iter().map(|path| (*path).to_owned()).collect()).unwrap();
    let image = vec![
        from_to("image", json!("ami-0123456789abcdef0"), json!("ami-0fedcba9876543210"), Reason::File),
        from_to("root_volume.size_gib", json!(16), json!(8), Reason::File),
        from_to("instance_type", json!("t3.micro"), json!("t3.small"), Reason::Drift),
    ];
    let first = Action::Replace { create_first: true, because: because(&["image", "root_volume.size_gib"]) };
    let last = Action::Replace { create_first: false, because: because(&["--replace"]) };
    let mut bucket = step("s3.bucket", "bucket", last, vec![]);
    bucket.notes.push("holds 12 objects".into());
    bucket.empty = true;
    assert_snapshot!(text(vec![step("ec2.instance", "instance", first, image), bucket]));
}

#[test]
fn adopt() {
    let versioning = vec![
        from_to("versioning", json!(false), json!(true), Reason::File),
        from_to("tags.course", json!("x"), json!("x"), Reason::Recorded),
    ];
    assert_snapshot!(text(vec![
        step("s3.bucket", "bucket", Action::Adopt, versioning),
        step("sns.topic", "topic", Action::Adopt, vec![]),
    ]));
}

#[test]
fn delete_and_release_what_the_file_no_longer_has() {
    let gone = |kind, address, action| Step { origin: Origin::Orphan, ..step(kind, address, action, vec![]) };
    assert_snapshot!(text(vec![
        step("ec2.instance", "instance", Action::None, vec![]),
        gone("ec2.instance", "instance", Action::Delete),
        gone("sns.topic", "news", Action::Delete),
        gone("s3.bucket", "data", Action::Release { because: "it existed before: adopted".into() }),
    ]));
}

/// The file still has the resource.
#[test]
fn a_copy_that_goes_says_why() {
    let because = "`when:` no longer holds for this member";
    let gone = step("sns.topic", "gpu", Action::Delete, vec![]);
    let text = text(vec![Step { origin: Origin::Orphan, why: Some(because.to_owned()), ..gone }]);
    assert!(text.contains(because) && !text.contains("no longer in the file"), "{text}");
}

#[test]
fn nothing_to_do() {
    let mut steps = vec![step("sns.topic", "topic", Action::None, vec![])];
    assert_snapshot!(text(steps.split_off(0)));
    assert_snapshot!(destroyed(vec![]));
}

#[test]
fn destroy() {
    let mut bucket = step("s3.bucket", "bucket", Action::Delete, vec![]);
    bucket.notes.push("holds 12 objects".into());
    bucket.empty = true;
    assert_snapshot!(destroyed(vec![
        bucket,
        step("iam.role", "role", Action::Keep { because: "protect: true".into() }, vec![]),
        step("s3.bucket", "archive", Action::Release { because: "it existed before: adopted".into() }, vec![]),
        step("lambda.function", "function", Action::Delete, vec![]),
    ]));
}

#[test]
fn colours_and_secrets() {
    let changes = vec![
        from_to("description", json!("the key is hunter2\u{1b}[2J"), json!("none"), Reason::Drift),
        from_to("environment", json!({"A": "1"}), json!({"B": "hunter2"}), Reason::File),
    ];
    let plan = plan(vec![step("lambda.function", "function", Action::Update, changes)]);
    let text = render::plan(&plan, Goal::Apply, VIEW, &Redactor::new(["hunter2"]), Paint::COLOURED);
    assert_snapshot!(text.replace('\u{1b}', "ESC"));
}
