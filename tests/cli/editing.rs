//! The commands around a stack file: adopt, import, init, fmt.

use std::time::Duration;

use insta::assert_snapshot;

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK, without_times};

/// An account in which somebody has made the topic that [`TOPIC_STACK`] names.
fn with_a_topic() -> FakeAws {
    let aws = FakeAws::for_a_topic(Duration::ZERO);
    let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20310101/us-east-1/sns/aws4_request";
    let call =
        "Action=CreateTopic&Version=2010-03-31&Name=lesson-topic&Tags.member.1.Key=owner&Tags.member.1.Value=ana";
    let made = ureq::post(&aws.url)
        .header("authorization", signature)
        .header("content-type", "application/x-www-form-urlencoded")
        .send(call);
    assert!(made.is_ok_and(|answer| answer.status() == 200));
    aws
}

#[test]
fn a_topic_is_taken_over_after_its_differences_were_shown() {
    let (folder, aws) =
        (Folder::with(&TOPIC_STACK.replace("sns.topic", "sns.topic\n    tags: { course: one }")), with_a_topic());
    let asked = folder.run(&aws, &["adopt", "topic", "lesson-topic"]);
    assert_eq!(asked.code, Some(64));
    assert!(!aws.calls().iter().any(|call| call == "sns:TagResource"), "nothing is done without consent");
    let done = folder.run(&aws, &["adopt", "topic", TOPIC, "--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let plan = folder.run(&aws, &["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stdout);
    let again = folder.run(&aws, &["adopt", "topic", "lesson-topic", "--yes"]);
    assert_eq!(again.code, Some(1));
    let said = [asked.stdout, asked.stderr, done.stdout, again.stderr].map(|text| without_times(&text));
    assert_snapshot!(said.join("\n---\n"));
}

#[test]
fn what_can_not_be_taken_over_is_told() {
    let folder =
        Folder::with(&TOPIC_STACK.replace("topic:\n    type", "news:\n    type").replace("topic.arn", "news.arn"));
    let aws = with_a_topic();
    let said = |aws: &FakeAws, arguments: &[&str]| {
        let said = folder.run(aws, arguments);
        assert_ne!(said.code, Some(0), "{arguments:?}");
        said.stderr
    };
    let all = [
        said(&aws, &["adopt", "topic", "lesson-topic", "--yes"]),
        said(&aws, &["adopt", "news", "lesson-topic", "--yes"]),
        said(&FakeAws::empty(), &["adopt", "news", "nothing", "--yes"]),
    ];
    assert_snapshot!(all.join("\n"));
}

#[test]
fn a_live_topic_is_written_as_a_stack() {
    let (folder, aws) = (Folder::new(), with_a_topic());
    let one = folder.run(&aws, &["import", "sns.topic", "lesson-topic", "--region", "us-east-1"]);
    assert_eq!((one.code, one.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(one.stdout);
    folder.write("imported.yaml", &one.stdout);
    assert_eq!(folder.run(&aws, &["plan", "imported.yaml"]).code, Some(0));

    let out = ["import", "sns.topic", "--all", "--out", "all.yaml", "--region", "us-east-1"];
    let all = folder.run(&aws, &out);
    assert_eq!((all.code, all.stderr.as_str()), (Some(0), "Written: all.yaml\n"));
    assert_eq!(std::fs::read_to_string(folder.folder.path().join("all.yaml")).expect("a file"), one.stdout);
    let refused = [
        folder.run(&aws, &out),
        folder.run(&aws, &["import", "sns.topik", "lesson-topic"]),
        folder.run(&aws, &["import", "sns.topic"]),
        folder.run(&FakeAws::empty(), &["import", "sns.topic", "nothing", "--region", "us-east-1"]),
    ];
    assert!(refused.iter().all(|said| said.code != Some(0) && said.stdout.is_empty()));
    assert_snapshot!(refused.map(|said| said.stderr).join("\n"));
}

#[test]
fn a_template_is_written_and_nothing_is_overwritten() {
    let folder = Folder::new();
    let said = folder.said(&mut folder.command(&["init", "--template", "function", "class"]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let validated = folder.said(&mut folder.command(&["validate", "class/cloud101.yaml"]));
    assert_eq!(validated.code, Some(0), "{}", validated.stderr);
    let again = folder.said(&mut folder.command(&["init", "class"]));
    assert_eq!(again.code, Some(64));
    assert_snapshot!([said.stdout, said.stderr, again.stderr].join("\n"));
}

#[test]
fn a_stack_is_laid_out_or_checked() {
    let untidy =
        "stack:   lesson # ours\nresources:\n    a: {type: sns.topic}\n    # more\n    b: { type: sns.topic }\n";
    let folder = Folder::with(untidy);
    let text = || std::fs::read_to_string(folder.folder.path().join("cloud101.yaml")).expect("a file");
    let said = |arguments: &[&str]| folder.said(&mut folder.command(arguments));
    let check = said(&["fmt", "--check"]);
    assert_eq!((check.code, text().as_str()), (Some(1), untidy));
    assert_snapshot!(check.stdout);
    assert_eq!(said(&["fmt"]).code, Some(0));
    assert_ne!(text(), untidy);
    let checked = said(&["fmt", "--check"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(0), ""));
    folder.write("cloud101.yaml", "stack: [\n");
    let broken = said(&["fmt"]);
    assert_eq!((broken.code, text().as_str()), (Some(1), "stack: [\n"));
    assert!(broken.stderr.contains("cloud101.yaml:"), "{}", broken.stderr);
}
