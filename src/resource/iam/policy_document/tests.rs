use super::*;
use serde_json::json;

fn diagnostics(usage: Usage, statement: Value) -> Vec<(String, String)> {
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let diagnostics = check(&document, usage, "document");
    diagnostics.into_iter().map(|f| (f.path().to_owned(), f.help.unwrap_or(f.message))).collect()
}

#[test]
fn sound_documents_pass() {
    let identity = json!({ "Effect": "Allow", "Action": ["sns:Publish", "s3:*"], "Resource": "\u{1}${topic.arn}" });
    let trust =
        json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } });
    let resource = json!({
        "Sid": "All may read", "Effect": "Allow", "Action": "s3:GetObject", "Principal": "*",
        "Resource": "arn:aws:s3:::b/*", "Condition": { "Bool": { "aws:SecureTransport": true } },
    });
    assert_eq!(diagnostics(Usage::Identity, identity), []);
    assert_eq!(diagnostics(Usage::Trust, trust), []);
    assert_eq!(diagnostics(Usage::Resource, resource), []);
}

#[test]
fn each_mistake_has_its_place() {
    let cases = [
        (
            Usage::Identity,
            json!({ "Effect": "Allow", "Actions": "s3:*", "Action": "s3:*", "Resource": "*" }),
            "Statement.0.Actions",
        ),
        (Usage::Identity, json!({ "Effect": "allow", "Action": "s3:*", "Resource": "*" }), "Statement.0.Effect"),
        (
            Usage::Identity,
            json!({ "Effect": "Allow", "Action": ["GetObject"], "Resource": "*" }),
            "Statement.0.Action.0",
        ),
        (Usage::Identity, json!({ "Effect": "Allow", "Action": "s3:*" }), "Statement.0"),
        (
            Usage::Identity,
            json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "my-bucket" }),
            "Statement.0.Resource",
        ),
        (
            Usage::Identity,
            json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*" }),
            "Statement.0.Principal",
        ),
        (Usage::Trust, json!({ "Effect": "Allow", "Action": "s3:*", "Principal": "*" }), "Statement.0.Action"),
        (
            Usage::Trust,
            json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda" } }),
            "Statement.0.Principal.Service",
        ),
        (Usage::Resource, json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }), "Statement.0"),
        (
            Usage::Resource,
            json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": { "AWS": 123456789012u64 } }),
            "Statement.0.Principal.AWS",
        ),
        (Usage::Identity, json!({ "Effect": "Allow", "Action": [], "Resource": "*" }), "Statement.0.Action"),
    ];
    for (usage, statement, path) in cases {
        let found = diagnostics(usage, statement.clone());
        assert_eq!(found.len(), 1, "{statement}: {found:?}");
        assert_eq!(found[0].0, format!("document.{path}"), "{statement}");
    }
    let hint =
        diagnostics(Usage::Identity, json!({ "Efect": "Allow", "Effect": "Allow", "Action": "*", "Resource": "*" }));
    assert_eq!(hint[0].1, "did you mean `Effect`?");
    assert_eq!(check(&json!("{}"), Usage::Identity, "document").len(), 1);
    assert_eq!(check(&json!({ "Version": "2012-10-18", "Statement": [] }), Usage::Identity, "document").len(), 2);
}

#[test]
fn json_as_text_is_distinguished_from_broken_json() {
    let diagnostic = |text: &str| check(&json!(text), Usage::Identity, "document").remove(0).message;
    assert_eq!(diagnostic("{\"Version\": \"2012-10-17\"}"), "a policy is data, and this is text");
    let broken = "{\n  \"Statement\": [\n    {\"Effect\": \"Allow\",}\n  ]\n}";
    let expected = "this JSON is malformed: trailing comma at line 3 column 24, in `{\"Effect\": \"Allow\",}`";
    assert_eq!(diagnostic(broken), expected);
    assert!(diagnostic("{").starts_with("this JSON is malformed: EOF"), "{}", diagnostic("{"));
    assert!(diagnostic("nothing").contains("group of keys"));
}

#[test]
fn white_space_does_not_count() {
    assert_eq!(size(&json!({ "a": "b c" })), Some(10));
    assert_eq!(size(&json!({ "a": ["\u{1}${x.arn}"] })), None);
}
