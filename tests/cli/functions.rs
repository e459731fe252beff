//! `cloud101 invoke` and `cloud101 logs`: a function's answers, its errors, and what it writes.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, record, refusal};
use crate::program::{Folder, STACK, Said};
use crate::proxy::{Call, Fault, Phase};

const LOG: &str = "START RequestId: 8f5a Version: $LATEST\nsending to xyzzy-plugh\nEND RequestId: 8f5a\n\
    REPORT RequestId: 8f5a\tDuration: 812.34 ms\tBilled Duration: 813 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\t\
    Init Duration: 250.5 ms\t\n";

/// Whether the call is an Invoke of the stack's function.
fn is_invoke(call: &Call) -> bool {
    call.name.starts_with("lambda:POST") && call.name.contains("/functions/lesson-function/invocations")
}

/// The function of `stack`, and the stack's own tags, as GetFunction returns them.
fn function_of(stack: &str) -> Option<Fault> {
    let tags = json!({
        "cloud101:stack": stack, "cloud101:resource": "function", "cloud101:applied": record("lesson-function"),
    });
    let configuration = json!({ "FunctionName": "lesson-function", "State": "Active" });
    Some(Fault::answer(json!({ "Configuration": configuration, "Tags": tags }).to_string()))
}

/// An account in which the function is, and answers an Invoke with these headers and this body.
pub fn answering(headers: &str, body: impl Into<String>) -> FakeAws {
    let (headers, body) = (headers.to_owned(), body.into());
    FakeAws::with(move |call| match call.name.as_str() {
        _ if is_invoke(call) => Some(Fault::Answer { headers: headers.clone(), body: body.clone() }),
        name if name.starts_with("lambda:GET") && name.contains("lesson-function") => function_of("lesson"),
        _ => None,
    })
}

fn invocations(aws: &FakeAws) -> usize {
    aws.calls().iter().filter(|name| name.contains("/invocations")).count()
}

fn document(said: &Said) -> Value {
    assert_eq!(said.stderr, "");
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stdout))
}

#[test]
fn an_answer_is_shown_by_itself() {
    let (aws, folder) = (answering("", r#"{"message_id":"eef1","to":["ana","ben"]}"#), Folder::new());
    for name in ["function", "lesson-function", "arn:aws:lambda:us-east-1:123456789012:function:lesson-function"] {
        let said = folder.run(&aws, &["invoke", name]);
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{name}");
        let answer: Value = serde_json::from_str(&said.stdout).expect("JSON");
        assert_eq!((&answer["message_id"], said.stdout.lines().count()), (&json!("eef1"), 7), "{name}");
    }
    let said = folder.run(&aws, &["invoke", "function", "--json"]);
    assert_eq!(said.code, Some(0));
    let answer = document(&said);
    assert_eq!((&answer["format_version"], &answer["function"]), (&json!("1.0"), &json!("lesson-function")));
    assert_eq!(answer["payload"]["to"], json!(["ana", "ben"]));
}

#[test]
fn the_end_of_the_log_is_reported_beside_the_answer_without_secrets() {
    let folder = Folder::with(&format!("{STACK}vars:\n  word: {{ secret: true }}\n"));
    let aws = answering(&format!("X-Amz-Log-Result: {}\r\n", BASE64_STANDARD.encode(LOG)), "null");
    let said = folder.run(&aws, &["invoke", "function", "--tail", "--var", "word=xyzzy-plugh"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "null\n"), "{}", said.stderr);
    assert_snapshot!(said.stderr, @"
    Log
      sending to (sensitive)
    Took 812.3 ms (billed 813 ms), used 41 of 128 MiB, started in 250.5 ms.
    ");
    let said = folder.run(&aws, &["invoke", "function", "--tail", "--json", "--var", "word=xyzzy-plugh"]);
    let log = &document(&said)["log"];
    assert_eq!(log["lines"], json!(["sending to (sensitive)"]));
    assert_eq!((&log["report"]["billed_ms"], &log["report"]["used_mib"]), (&json!(813.0), &json!(41)));
}

#[test]
fn an_error_of_the_function_is_an_error() {
    let error = json!({
        "errorType": "KeyError", "errorMessage": "'TOPIC_ARN'",
        "stackTrace": ["  File \"/var/task/index.py\", line 9, in handler\n    topic = os.environ['TOPIC_ARN']\n"],
    });
    let (aws, folder) = (answering("X-Amz-Function-Error: Unhandled\r\n", error.to_string()), Folder::new());
    let said = folder.run(&aws, &["invoke", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert_snapshot!(said.stderr);
    let said = folder.run(&aws, &["invoke", "function", "--json"]);
    assert_eq!(said.code, Some(1));
    let reported = document(&said);
    assert_eq!(
        (&reported["error"]["type"], &reported["error"]["message"]),
        (&json!("KeyError"), &json!("'TOPIC_ARN'"))
    );
    assert_eq!((reported["error"]["trace"].as_array().map(Vec::len), reported.get("payload")), (Some(2), None));
}

#[test]
fn a_call_is_made_once_although_its_answer_is_lost() {
    let aws = FakeAws::with(|call| match call.name.as_str() {
        _ if is_invoke(call) => Some(Fault::Cut(Phase::Before)),
        name if name.starts_with("lambda:GET") => function_of("lesson"),
        _ => None,
    });
    let said = Folder::new().run(&aws, &["invoke", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
    assert!(said.stderr.contains("lambda:Invoke failed"), "{}", said.stderr);
    assert_eq!(invocations(&aws), 1);
}

#[test]
fn a_payload_comes_from_the_command_line_a_file_or_standard_input() {
    let aws = FakeAws::with(|call| match call.name.as_str() {
        _ if is_invoke(call) => Some(Fault::answer(format!(r#"{{"got":{}}}"#, call.body()))),
        name if name.starts_with("lambda:GET") => function_of("lesson"),
        _ => None,
    });
    let folder = Folder::new();
    folder.write("event.json", r#"{"from": "file"}"#);
    let given = folder.run(&aws, &["invoke", "function", "--payload", r#"{"from": "line"}"#]);
    let file = folder.run(&aws, &["invoke", "function", "-p", "@event.json"]);
    let mut command = folder.with_aws(&aws, &["invoke", "function", "--payload", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(br#"{"from": "pipe"}"#).expect("written");
    let piped = String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("UTF-8");
    for (stdout, from) in [(&given.stdout, "line"), (&file.stdout, "file"), (&piped, "pipe")] {
        let answer: Value = serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
        assert_eq!(answer, json!({ "got": { "from": from } }));
    }
    let before = aws.calls().len();
    for (payload, code) in [("{from: line}", 64), ("@nowhere.json", 1)] {
        let said = folder.run(&aws, &["invoke", "function", "--payload", payload]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(code), ""), "{}", said.stderr);
        assert!(said.stderr.contains("  help: "), "{}", said.stderr);
    }
    assert_eq!(aws.calls().len(), before, "AWS is not asked");
}

#[test]
fn only_a_function_of_the_stack_that_is_there_is_called() {
    let folder = Folder::new();
    let absent = folder.run(&FakeAws::empty(), &["invoke", "function"]);
    let foreign = FakeAws::with(|call| call.name.starts_with("lambda:GET").then(|| function_of("another")).flatten());
    let others = folder.run(&foreign, &["invoke", "function"]);
    let misspelt = folder.run(&FakeAws::empty(), &["invoke", "functoin"]);
    let bucket = folder.run(&FakeAws::empty(), &["logs", "bucket"]);
    assert_eq!(invocations(&foreign), 0);
    assert_eq!([&absent, &others, &misspelt, &bucket].map(|said| said.code), [Some(1), Some(1), Some(64), Some(64)]);
    assert_snapshot!([absent, others, misspelt, bucket].map(|said| said.stdout + &said.stderr).join("\n"));
}

/// Now, in milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64)
}

/// An account with the function and these events in two pages, later ones first in each.
fn writing(events: &'static [(&'static str, i64)]) -> FakeAws {
    FakeAws::with(move |call| match call.name.as_str() {
        "logs:FilterLogEvents" => {
            let asked: Value = serde_json::from_str(&call.body()).expect("JSON");
            let from = asked["startTime"].as_i64().expect("a beginning");
            let event = |(text, time): &(&str, i64)| json!({ "timestamp": time, "message": format!("{text}\n"), "eventId": text, "logStreamName": "s" });
            let half = events.len() / 2;
            let (page, next) = match asked.get("nextToken") {
                None => (&events[..half], json!("more")),
                Some(_) => (&events[half..], Value::Null),
            };
            let page: Vec<_> = page.iter().rev().filter(|(_, time)| *time >= from).map(event).collect();
            Some(Fault::answer(json!({ "events": page, "nextToken": next }).to_string()))
        }
        name if name.starts_with("lambda:GET") => function_of("lesson"),
        _ => None,
    })
}

/// In 2100, so that they are new whenever the test runs.
const EVENTS: &[(&str, i64)] = &[("one", 4_102_444_800_000), ("two", 4_102_444_800_250), ("three", 4_102_444_801_000)];

#[test]
fn what_a_function_wrote_is_shown_newest_last() {
    let (aws, folder) = (writing(EVENTS), Folder::new());
    let said = folder.run(&aws, &["logs", "function"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(said.stdout, @"
    2100-01-01T00:00:00.000Z  one
    2100-01-01T00:00:00.250Z  two
    2100-01-01T00:00:01.000Z  three
    ");
    let said = folder.run(&aws, &["logs", "lesson-function", "--json"]);
    let first: Value = serde_json::from_str(said.stdout.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!(first["event"], "log");
    assert_eq!((&first["message"], &first["time"]), (&json!("one"), &json!("2100-01-01T00:00:00.000Z")));
}

#[test]
fn it_is_looked_back_as_far_as_is_asked() {
    let from = |arguments: &[&str]| {
        let (began, asked) = (now(), std::sync::Arc::new(std::sync::Mutex::new(0)));
        let seen = asked.clone();
        let aws = FakeAws::with(move |call| {
            if call.name == "logs:FilterLogEvents" {
                let body: Value = serde_json::from_str(&call.body()).expect("JSON");
                *seen.lock().expect("a number") = body["startTime"].as_i64().expect("a beginning");
            }
            call.name.starts_with("lambda:GET").then(|| function_of("lesson")).flatten()
        });
        let said = Folder::new().run(&aws, &[&["logs", "function"], arguments].concat());
        assert_eq!((said.code, said.stderr.contains("wrote nothing in that time")), (Some(0), true), "{}", said.stderr);
        let asked = *asked.lock().expect("a number");
        (began - asked) / 1000
    };
    for (arguments, seconds) in [(&[][..], 600), (&["--since", "2h"], 7200)] {
        let back = from(arguments);
        assert!((seconds - 60..=seconds).contains(&back), "{back} for {seconds}");
    }
    let wrong = Folder::new().run(&FakeAws::empty(), &["logs", "function", "--since", "yesterday"]);
    assert_eq!((wrong.code, wrong.stderr.contains("10m")), (Some(64), true), "{}", wrong.stderr);
}

#[test]
fn a_function_that_never_wrote_has_no_log_group() {
    let no_group = |call: &Call| match call.name.as_str() {
        "logs:FilterLogEvents" => refusal(400, "ResourceNotFoundException", "The specified log group does not exist."),
        _ => None,
    };
    let absent = Folder::new().run(&FakeAws::with(no_group), &["logs", "function"]);
    assert_eq!(
        (absent.code, absent.stderr.contains("create it: `cloud101 apply`")),
        (Some(1), true),
        "{}",
        absent.stderr
    );
    let silent = FakeAws::with(move |call| {
        no_group(call).or_else(|| call.name.starts_with("lambda:GET").then(|| function_of("lesson")).flatten())
    });
    let said = Folder::new().run(&silent, &["logs", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""));
    let reported = "lesson-function has not written anything yet: there is no log group /aws/lambda/lesson-function.\n";
    assert_eq!(said.stderr, reported);
}

#[test]
fn the_log_of_a_function_of_others_is_not_shown() {
    let aws = FakeAws::with(|call| match call.name.as_str() {
        "logs:FilterLogEvents" => Some(Fault::answer(
            json!({ "events": [{ "timestamp": 4_102_444_800_000_i64, "message": "one" }] }).to_string(),
        )),
        name if name.starts_with("lambda:GET") => function_of("another"),
        _ => None,
    });
    let said = Folder::new().run(&aws, &["logs", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert!(said.stderr.contains("is not this stack's: its log is not shown"), "{}", said.stderr);
    assert!(!aws.calls().iter().any(|call| call == "logs:FilterLogEvents"));
}

#[test]
fn the_log_of_a_function_that_is_gone_is_shown_while_it_is_left() {
    let with = |stack: &'static str, events: Value| {
        FakeAws::with(move |call| match call.name.as_str() {
            "logs:FilterLogEvents" => Some(Fault::answer(json!({ "events": events }).to_string())),
            "logs:ListTagsForResource" => {
                let marks = json!({ "cloud101:stack": stack, "cloud101:resource": "function" });
                Some(Fault::answer(json!({ "tags": if stack.is_empty() { json!({}) } else { marks } }).to_string()))
            }
            _ => None,
        })
    };
    let events = json!([{ "timestamp": 4_102_444_800_000_i64, "message": "one" }]);
    for stack in ["", "lesson"] {
        let said = Folder::new().run(&with(stack, events.clone()), &["logs", "function"]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(0), "2100-01-01T00:00:00.000Z  one\n"), "{}", said.stderr);
        let reported = "The function lesson-function does not exist; this is what remains of its log, in \
            /aws/lambda/lesson-function.\n";
        assert_eq!(said.stderr, reported);
    }
    let old = Folder::new().run(&with("", json!([])), &["logs", "function"]);
    assert_eq!((old.code, old.stdout.as_str()), (Some(0), ""));
    assert!(old.stderr.contains("does not exist, and what remains of its log"), "{}", old.stderr);
    let others = Folder::new().run(&with("another", events), &["logs", "function"]);
    assert_eq!((others.code, others.stdout.as_str()), (Some(1), ""));
    assert!(others.stderr.contains("the function `lesson-function` does not exist"), "{}", others.stderr);
}

#[test]
fn a_version_of_a_function_is_not_taken_for_the_function() {
    let (aws, folder) = (answering("", "null"), Folder::new());
    for arn in [
        "arn:aws:lambda:us-east-1:123456789012:function:lesson-function:PROD",
        "arn:aws:lambda:us-east-1:210987654321:function:lesson-function",
        "arn:aws:lambda:eu-central-1:123456789012:function:lesson-function",
    ] {
        let said = folder.run(&aws, &["invoke", arn]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{arn}");
        assert!(said.stderr.contains("  help: "), "{}", said.stderr);
    }
    assert_eq!(invocations(&aws), 0);
}

#[test]
fn a_page_that_leads_to_itself_is_the_last() {
    let aws = FakeAws::with(|call| match call.name.as_str() {
        "logs:FilterLogEvents" => Some(Fault::answer(json!({ "events": [], "nextToken": "same" }).to_string())),
        name if name.starts_with("lambda:GET") => function_of("lesson"),
        _ => None,
    });
    let said = Folder::new().run(&aws, &["logs", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
    assert_eq!(aws.calls().iter().filter(|call| *call == "logs:FilterLogEvents").count(), 2);
}

#[test]
fn following_ends_well_with_ctrl_c() {
    let (aws, folder) = (writing(EVENTS), Folder::new());
    let mut child =
        folder.with_aws(&aws, &["logs", "function", "--follow"]).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let reported: Vec<_> = lines.by_ref().take(EVENTS.len()).map(|line| line.expect("a line")).collect();
    // It has asked a second time, and shows nothing twice.
    let asked = || aws.calls().iter().filter(|name| *name == "logs:FilterLogEvents").count();
    let before = std::time::Instant::now();
    while asked() < 4 {
        assert!(before.elapsed().as_secs() < 60, "it does not ask again");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = Pid::from_raw(child.id().try_into().expect("an id")).expect("an id");
    kill_process(id, Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!((reported.len(), lines.count()), (EVENTS.len(), 0));
}
