//! What programs read: `--json`. Standard output holds JSON and nothing else, errors included.

use std::time::Duration;

use serde_json::Value;

use crate::fake_aws::{FakeAws, TOPIC, refusal};
use crate::program::{Folder, Said, TOPIC_STACK};

/// Every line of standard output, each of which is a document. Standard error is empty.
fn documents(said: &Said) -> Vec<Value> {
    assert_eq!(said.stderr, "");
    said.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn one(said: &Said) -> Value {
    let mut all = documents(said);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn a_plan_is_one_document() {
    let said = Folder::new().run(&FakeAws::empty(), &["plan", "--json", "--detailed-exitcode"]);
    assert_eq!(said.code, Some(2));
    let plan = one(&said);
    let expected = ["account", "format_version", "goal", "outputs", "region", "resource_changes", "stack", "summary"];
    assert_eq!(keys(&plan), expected);
    assert_eq!((&plan["format_version"], &plan["summary"]["add"]), (&"1.0".into(), &6.into()));
    let change = &plan["resource_changes"][0];
    let expected = ["action", "address", "because", "change", "empties", "line", "name", "notes", "properties", "type"];
    assert_eq!(keys(change), expected);
    assert_eq!(
        (&change["address"], &change["line"], &change["action"]),
        (&"bucket".into(), &4.into(), &"create".into())
    );
}

#[test]
fn a_life_in_events() {
    let (aws, folder) = (FakeAws::for_a_topic(Duration::ZERO), Folder::with(TOPIC_STACK));
    let events = |arguments: &[&str]| {
        let said = folder.run(&aws, arguments);
        assert_eq!(said.code, Some(0), "{}", said.stdout);
        documents(&said)
    };
    let words = |events: &[Value]| events.iter().map(|event| event["event"].to_string()).collect::<Vec<_>>().join(" ");

    let applied = events(&["apply", "--yes", "--json"]);
    assert_eq!(words(&applied), r#""plan" "started" "done" "summary""#);
    assert!(applied.iter().all(|event| event["format_version"] == "1.0"));
    assert_eq!(applied[0]["plan"]["resource_changes"][0]["change"]["actions"], serde_json::json!(["create"]));
    let expected = ["action", "address", "at_seconds", "doing", "event", "format_version", "name", "type"];
    assert_eq!(keys(&applied[1]), expected);
    assert_eq!((&applied[2]["id"], &applied[2]["address"]), (&TOPIC.into(), &"topic".into()));
    assert_eq!((&applied[3]["complete"], &applied[3]["outputs"]["topic"]), (&true.into(), &TOPIC.into()));

    let show = one(&folder.run(&aws, &["show", "--json"]));
    assert_eq!(keys(&show), ["account", "format_version", "outputs", "region", "resources", "sandbox", "stack"]);
    assert_eq!((&show["resources"][0]["state"], &show["resources"][0]["id"]), (&"ok".into(), &TOPIC.into()));

    let destroyed = events(&["destroy", "--yes", "--json"]);
    assert_eq!(words(&destroyed), r#""plan" "started" "done" "summary" "leftovers""#);
    assert_eq!((&destroyed[3]["destroyed"], &destroyed[4]["left"]), (&1.into(), &0.into()));
}

#[test]
fn validate_is_one_document_good_or_bad() {
    let folder = Folder::new();
    let good = one(&folder.said(&mut folder.command(&["validate", "--json"])));
    assert_eq!((&good["valid"], &good["resources"]), (&true.into(), &6.into()));
    folder.write("bad.yaml", "stack: lesson\nresources:\n  x:\n    type: s3.buket\n");
    let said = folder.said(&mut folder.command(&["validate", "--json", "bad.yaml"]));
    assert_eq!(said.code, Some(1));
    let bad = one(&said);
    assert_eq!(bad["problems"].as_array().map(Vec::len), Some(1), "{bad}");
}

#[test]
fn an_error_is_a_document_too() {
    let rule = |call: &crate::fake_aws::Call| {
        (call.name == "iam:GetRole").then(|| refusal(403, "AccessDenied", "Access Denied")).flatten()
    };
    let said = Folder::new().run(&FakeAws::with(rule), &["plan", "--json"]);
    assert_eq!(said.code, Some(1));
    let error = one(&said);
    assert_eq!(error["event"], "error");
    let problem = &error["problems"][0];
    assert_eq!(keys(problem), ["address", "error", "file", "line", "type"]);
    assert_eq!(keys(&problem["error"]), ["code", "explain", "hint", "message", "operation", "request_id", "sort"]);
    assert_eq!((&problem["line"], &problem["error"]["sort"]), (&7.into(), &"denied".into()));

    let folder = Folder::new();
    for (arguments, code) in [
        (["plan", "--json", "nowhere.yaml"], 1),
        (["plan", "--json", "--target=nothing"], 64),
        (["apply", "--json", "cloud101.yaml"], 64),
        (["plan", "--json", "cloud101.yaml"], 1),
        (["--json", "plan", "--sandbx"], 64),
        (["--json", "--var", "plan"], 64),
    ] {
        let said = folder.said(&mut folder.command(&arguments));
        assert_eq!((said.code, &one(&said)["event"]), (Some(code), &"error".into()), "{arguments:?}");
    }
}
