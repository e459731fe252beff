//! What programs read: `--json`. Standard output holds JSON and nothing else, errors included.

use serde_json::{Value, json};

use crate::editing::tell;
use crate::fake_aws::{FakeAws, TOPIC, refusal};
use crate::outputs::applied;
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
    let expected = "account format_version goal outputs region resource_changes resource_drift stack summary";
    assert_eq!(keys(&plan).join(" "), expected);
    assert_eq!((&plan["format_version"], &plan["summary"]["add"]), (&"1.0".into(), &6.into()));
    let change = &plan["resource_changes"][0];
    let expected = "action address because change empties line mode name notes properties provider_name type";
    assert_eq!(keys(change).join(" "), expected);
    assert_eq!(
        (&change["address"], &change["line"], &change["action"]),
        (&"bucket".into(), &4.into(), &"create".into())
    );
}

#[test]
fn a_life_in_events() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::with(TOPIC_STACK));
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
fn drift_and_reasons_are_reported_as_terraform_tells_them() {
    let folder = Folder::with(&TOPIC_STACK.replace("sns.topic", "sns.topic\n    tags: { course: one }"));
    let aws = applied(&folder);
    let plan = |folder: &Folder| one(&folder.run(&aws, &["plan", "--json"]));
    assert_eq!(plan(&folder)["resource_drift"], json!([]));
    let tagged = format!("Action=TagResource&ResourceArn={TOPIC}&Tags.member.1.Key=course&Tags.member.1.Value=two");
    tell(&aws, &tagged);
    let drifted = plan(&folder);
    let drift = &drifted["resource_drift"][0];
    assert_eq!(
        (&drift["address"], &drift["mode"], &drift["type"]),
        (&json!("topic"), &json!("managed"), &json!("sns.topic"))
    );
    assert_eq!(drift["change"]["actions"], json!(["update"]));
    let tags = |side: &str| &drift["change"][side]["tags"]["course"];
    assert_eq!((tags("before"), tags("after")), (&json!("one"), &json!("two")));
    let change = &drifted["resource_changes"][0]["change"];
    assert_eq!((&change["before"], &change["after"]), (&drift["change"]["after"], &drift["change"]["before"]));

    let without = plan(&Folder::with(
        "stack: lesson\nregion: us-east-1\nresources: { role: { type: iam.role, assumed_by: ec2.amazonaws.com } }\n",
    ));
    let gone = without["resource_changes"].as_array().into_iter().flatten().find(|change| change["address"] == "topic");
    let gone = gone.unwrap_or_else(|| panic!("{without:#}"));
    assert_eq!(gone["action_reason"], "delete_because_no_resource_config");
    assert_eq!(without["resource_drift"], json!([]));
}

#[test]
fn what_the_last_guard_hides_is_marked() {
    let vars = "vars: { word: { secret: true, default: xyzzy-plugh } }\n";
    let tags = "sns.topic\n    tags: { login: xyzzy-plugh, xyzzy-plugh: in, open: door }";
    let folder = Folder::with(&(TOPIC_STACK.replace("sns.topic", tags) + vars));
    let said = folder.run(&FakeAws::for_a_topic(), &["plan", "--json"]);
    assert!(!said.stdout.contains("plugh"), "{}", said.stdout);
    let change = &one(&said)["resource_changes"][0]["change"];
    assert_eq!(change["after"]["tags"], json!({ "login": "(sensitive)", "(sensitive)": "in", "open": "door" }));
    assert_eq!(change["after_sensitive"], json!({ "tags": { "login": true, "(sensitive)": true } }));
}

#[test]
fn a_schema_is_itself_and_no_document() {
    let folder = Folder::new();
    let said = |arguments: &[&str]| folder.said(&mut folder.command(arguments)).stdout;
    assert_eq!(said(&["--json", "schema"]), said(&["schema"]));
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
    let rule = |call: &crate::proxy::Call| {
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
        (["plan", "--json", "cloud101.yaml"], 1),
        (["--json", "plan", "--sandbx"], 64),
        (["--json", "--var", "plan"], 64),
    ] {
        let said = folder.said(&mut folder.command(&arguments));
        assert_eq!((said.code, &one(&said)["event"]), (Some(code), &"error".into()), "{arguments:?}");
    }
}
