//! What the program does when an answer does not come, does not end, or is not AWS's. A question may take six seconds
//! here in place of two minutes.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said, TOPIC_STACK};
use crate::proxy::{Call, Fault, Malformed};

fn said(arguments: &[&str], rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Said {
    let (folder, aws) = (Folder::with(TOPIC_STACK), FakeAws::with(rule));
    let mut command = folder.with_aws(&aws, arguments);
    folder.said(command.env("AWS_MAX_ATTEMPTS", "4").env("CLOUD101_READ_LIMIT", "6"))
}

/// What a plan says where `evil` answers one call. Only that it ends is measured, and the harness would wait for ever.
fn plan(operation: &'static str, evil: Malformed) -> String {
    let said = said(&["plan"], move |call| (call.name == operation).then_some(Fault::Malformed(evil)));
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
    assert!(said.stderr.contains(&format!("{operation} failed: ")), "{}", said.stderr);
    said.stderr
}

#[test]
fn a_service_that_is_silent_is_given_up_and_a_word_is_said_before() {
    let stderr = plan("sns:ListTopics", Malformed::Silent);
    assert!(stderr.contains("no answer within 6 s"), "{stderr}");
    let word = "waiting for the last page of sns:ListTopics, for 0.5 s";
    assert_eq!(stderr.matches(word).count(), 1, "{stderr}");
    let stderr = plan("sns:GetTopicAttributes", Malformed::Silent);
    assert!(stderr.contains("waiting for an answer of sns:GetTopicAttributes, for 0.5 s"), "{stderr}");
}

#[test]
fn a_destroy_of_a_silent_service_ends_too() {
    let said = said(&["destroy", "--yes"], |call| {
        call.name.starts_with("sns:").then_some(Fault::Malformed(Malformed::Silent))
    });
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("no answer within"), "{}", said.stderr);
}

#[test]
fn a_bucket_that_is_silent_is_given_up_too() {
    let stack =
        "stack: lesson\nregion: us-east-1\nresources:\n  bucket:\n    type: s3.bucket\n    name: lesson-bucket\n";
    let (folder, aws) = (
        Folder::with(stack),
        FakeAws::with(|call| call.name.starts_with("s3:").then_some(Fault::Malformed(Malformed::Silent))),
    );
    let said = folder.said(folder.with_aws(&aws, &["plan"]).env("CLOUD101_READ_LIMIT", "6"));
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("no answer for 2 s"), "{}", said.stderr);
}

#[test]
fn an_answer_without_end_is_given_up() {
    let stderr = plan("sns:ListTopics", Malformed::Drip);
    assert!(stderr.contains("the answer was not complete within 6 s"), "{stderr}");
    for evil in [Malformed::Giant, Malformed::Chunks] {
        let stderr = plan("sns:ListTopics", evil);
        assert!(stderr.contains("the answer is larger than 32 MiB"), "{stderr}");
    }
    plan("sns:ListTopics", Malformed::Truncated);
}

#[test]
fn a_list_that_always_has_another_page_is_given_up() {
    let number = AtomicU64::new(0);
    let said = said(&["plan"], move |call| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let topic = format!(
            "<Topics><member><TopicArn>arn:aws:sns:us-east-1:123456789012:t{number}</TopicArn></member></Topics>"
        );
        let list = format!("<ListTopicsResult>{topic}<NextToken>{number}</NextToken></ListTopicsResult>");
        (call.name == "sns:ListTopics")
            .then(|| Fault::answer(format!("<ListTopicsResponse>{list}</ListTopicsResponse>")))
    });
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("the list was not complete within 6 s"), "{}", said.stderr);
    assert!(said.stderr.contains("CLOUD101_READ_LIMIT=600"), "{}", said.stderr);
}

#[test]
fn a_very_long_error_is_cut() {
    for (message, code) in [("x".repeat(10_000_000), "InternalFailure"), ("é".repeat(10_000_000), "AccessDenied")] {
        let said = said(&["plan"], move |call| {
            (call.name == "sns:ListTopics").then(|| refusal(400, code, message.clone())).flatten()
        });
        assert_eq!(said.code, Some(1));
        assert!(said.stderr.len() < 20_000, "{} bytes", said.stderr.len());
        assert!(said.stderr.contains("… (truncated: "), "{}", said.stderr);
    }
}

#[test]
fn what_stands_between_is_not_taken_for_aws() {
    for (evil, what) in
        [(Malformed::WebPage, "a web page, with status 403"), (Malformed::Refusal, "not one of AWS's, with status 403")]
    {
        let stderr = plan("sns:ListTopics", evil);
        assert!(stderr.contains(what) && stderr.contains("proxy"), "{stderr}");
        assert!(!stderr.contains("administrator"), "{stderr}");
    }
}

#[test]
fn a_refusal_that_is_not_about_rights_is_not_for_the_administrator() {
    let said = said(&["plan"], |call| {
        let message = "Cross location logging is not allowed.";
        (call.name == "sns:ListTopics").then(|| refusal(403, "CrossLocationLoggingProhibitted", message)).flatten()
    });
    assert!(said.stderr.contains("Cross location") && !said.stderr.contains("administrator"), "{}", said.stderr);
}
