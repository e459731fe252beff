//! Functions that were made, changed and called by hand, and their logs.

use super::*;
use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use crate::resource::Address;
use crate::testing::aws::{Aws, no, yes};

/// An account with a function whose log group, made by `stack`, comes back while the function is there.
fn account(stack: &'static str) -> Aws {
    let mut there = true;
    let of_function = Ownership {
        stack: stack.to_owned(),
        address: Address::new("agent"),
        applied: LastApplied::default(),
        keep: LifecycleFlags::default(),
    };
    let ownership_tags = logs::ownership_tags("lesson", &of_function.tags());
    Aws::with(move |call| match call.name.as_str() {
        "logs:ListTagsForResource" => yes(serde_json::json!({ "tags": ownership_tags }).to_string()),
        "logs:DeleteLogGroup" => yes("{}"),
        name if name.contains("/tags/") => yes(""),
        "logs:UntagResource" => yes("{}"),
        name if name.contains("/url") => no(404, "ResourceNotFoundException", "no address"),
        name if name.starts_with("lambda:DELETE") => {
            there = false;
            yes("")
        }
        name if name.starts_with("lambda:GET") && !there => no(404, "ResourceNotFoundException", "no function"),
        name if name.starts_with("lambda:GET") => yes(r#"{"Configuration":{"State":"Active"}}"#),
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn logs_that_come_late_go_too_but_only_those_of_the_stack() {
    let aws = account("cloud101");
    Function.delete(&aws.context(), "lesson", false).await.unwrap();
    let names = aws.names();
    assert_eq!(names.iter().filter(|name| *name == "logs:DeleteLogGroup").count(), 2, "{names:?}");
    assert_eq!(names.last().map(String::as_str), Some("logs:DeleteLogGroup"));
    let aws = account("another");
    Function.delete(&aws.context(), "lesson", false).await.unwrap();
    assert!(!aws.names().iter().any(|name| name == "logs:DeleteLogGroup"), "{:?}", aws.names());
}

/// What the stack created for an adopted function no longer belongs to the stack once the function doesn't.
#[tokio::test]
async fn a_function_that_is_released_takes_its_log_group_along_into_freedom() {
    let remove = ["cloud101:stack", "cloud101:resource", "cloud101:keep"].map(str::to_owned);
    let untagged = async |stack| {
        let aws = account(stack);
        Function.update_tags(&aws.context(), "lesson", &Tags::new(), &remove).await.unwrap();
        let calls = aws.calls().into_iter();
        let of_logs: Vec<_> = calls.filter(|call| call.name == "logs:UntagResource").map(|call| call.body).collect();
        of_logs.join(" ")
    };
    let body = untagged("cloud101").await;
    assert!(body.contains("log-group:/aws/lambda/lesson") && body.contains("cloud101:stack"), "{body}");
    assert_eq!(untagged("another").await, "");
}

/// A function with a public address and a caller, both made by hand, or with neither.
fn with_what_was_made_by_hand(denies_url: bool) -> Aws {
    let statement = serde_json::json!({ "Sid": "s", "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:lesson" });
    let policy = serde_json::json!({ "Statement": [statement] }).to_string();
    Aws::with(move |call| match call.name.as_str() {
        name if name.ends_with("/url") && denies_url => no(403, "AccessDeniedException", "not authorized"),
        name if name.ends_with("/url") => yes(
            r#"{"FunctionUrl":"https://abc.lambda-url.us-east-1.on.aws/","AuthType":"NONE","FunctionArn":"a","CreationTime":"t"}"#,
        ),
        name if name.ends_with("/policy") => yes(serde_json::json!({ "Policy": policy }).to_string()),
        name if name.contains("/aliases") => yes(r#"{"Aliases":[]}"#),
        name if name.contains("/versions") => yes(r#"{"Versions":[]}"#),
        name if name.contains("event-source-mappings") => yes(r#"{"EventSourceMappings":[]}"#),
        name if name.starts_with("logs:") => yes(r#"{"logGroups":[]}"#),
        name if name.ends_with("/functions") || name.contains("/functions?") => {
            let all = ["lesson", "b", "c", "d"].map(|name| serde_json::json!({ "FunctionName": name }));
            yes(serde_json::json!({ "Functions": all }).to_string())
        }
        name if name.starts_with("lambda:GET") => yes(r#"{"Configuration":{"State":"Active"},"Code":{}}"#),
        name => panic!("{name}"),
    })
}

fn wanted(name: &str) -> Desired<Spec> {
    let spec = serde_json::json!({ "role": "arn:aws:iam::123456789012:role/r" });
    let (address, spec) = (Address::new(name), serde_json::from_value(spec).expect("a spec"));
    Desired { address, name: name.into(), spec, tags: Tags::new(), replaces: None }
}

#[tokio::test]
async fn a_web_address_that_was_made_by_hand_is_reported_where_few_functions_are_read() {
    let note = async |names: &[&str], denies_url: bool| {
        let aws = with_what_was_made_by_hand(denies_url);
        let desired: Vec<_> = names.iter().map(|name| wanted(name)).collect();
        let mut all = Function.read(&aws.context(), &desired).await;
        let live = all.remove(0).expect("an answer").expect("a function");
        (live.notes.join("; "), aws.names().iter().filter(|name| name.ends_with("/url")).count())
    };
    let expected = "it has the web address https://abc.lambda-url.us-east-1.on.aws/, which the stack did not create: its \
                    policy decides who can call it there; `function_url` in the file would manage it";
    assert_eq!(note(&["lesson"], false).await, (expected.to_owned(), 1));
    assert_eq!(
        note(&["lesson", "b", "c", "d"], false).await,
        (String::new(), 0),
        "it would be a call for each of a class"
    );
    assert_eq!(note(&["lesson"], true).await, (String::new(), 1), "one who may not ask it still gets the rest");
}

#[tokio::test]
async fn who_can_call_a_function_by_hand_is_said_also_where_a_class_of_them_goes() {
    let notes = async |crowd: usize| {
        let aws = with_what_was_made_by_hand(false);
        let cx = aws.context().with_read_cache().with_crowd(crowd);
        let spec = serde_json::json!({ "role": "r" });
        let live = Live::new("lesson", spec, Attributes::new(), Tags::new());
        let (own, said) = (Default::default(), serde_json::json!({}));
        let going = Going { id: "lesson", live: Some(&live), said: Some(&said), own: &own };
        Function.others(&cx, &going).await.expect("an answer").notes.join("; ")
    };
    for crowd in [1, 4, 100] {
        assert!(notes(crowd).await.contains("events.amazonaws.com can call it, which is not in the file"), "{crowd}");
    }
    assert_eq!(notes(101).await, "who else can call it was not asked, because more than 100 functions go");
}

/// A group says of itself only what is its own: who owns it, and that it was made.
#[test]
fn the_mark_of_a_log_group_is_its_own() {
    let keep = LifecycleFlags { adopted: true, retain: true, ..LifecycleFlags::default() };
    let mut applied = LastApplied::default();
    applied.insert("handler", &serde_json::json!("index.handler"), false);
    let stack = "cloud101".to_owned();
    let ownership_tags =
        logs::ownership_tags("lesson", &Ownership { stack, address: Address::new("agent"), applied, keep }.tags());
    let ownership = Ownership::read(&ownership_tags).expect("a mark");
    assert!(ownership.applied.is_bound_to("lesson") && !ownership.applied.has("handler"));
    assert_eq!(ownership.keep, LifecycleFlags::default());
    assert_eq!(logs::ownership_tags("lesson", &Tags::new()), Tags::new());
}
