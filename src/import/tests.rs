//! From a live resource to the text, and from the text to an empty plan.

use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::model::value::{at, set};
use crate::plan::Action;
use crate::plan::decide::decide;
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::resource::{Address, Attributes, Registry, Tags};
use crate::stack::{Options as Given, load_text};
use crate::testing::{aws::context, place};

fn found(kind: &str, name: &str, spec: Value, tags: &[(&str, &str)]) -> Found {
    let kind = Registry::builtin().find(kind).expect("a kind").clone();
    let attributes = Attributes::from([("name".to_owned(), name.to_owned())]);
    let tags: Tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let id = if kind.name_is_a_tag() { "i-0123456789abcdef0" } else { name };
    Found { kind, live: Live::new(id, spec, attributes, tags), content: None }
}

fn function() -> Found {
    let spec = json!({
        "runtime": "python3.13",
        "handler": "index.handler",
        "role": "arn:aws:iam::123456789012:role/hello",
        "code_sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "description": "",
        "memory_mib": 128,
        "timeout_seconds": 10,
        "environment": { "TOKEN": "xyzzy-plugh", "LEVEL": "3" },
        "architecture": "x86_64",
        "layers": [],
        "ephemeral_storage_mib": 512,
        "vpc": { "subnet_ids": [], "security_group_ids": [] },
        "tracing": "PassThrough",
        "dead_letter_arn": "",
        "permissions": [{ "principal": "sns.amazonaws.com", "action": "lambda:InvokeFunction" }],
    });
    let content =
        Content { property: "code", inline: None, ending: ".zip".into(), bytes: Some(vec![1, 2]), command: vec![] };
    Found { content: Some(content), ..found("lambda.function", "Hello-World", spec, &[("course", "${what}")]) }
}

fn group() -> Found {
    let spec = json!({
        "description": "The class",
        "ingress": [
            { "protocol": "tcp", "port": 22, "cidr": "192.0.2.0/24", "description": "" },
            { "protocol": "icmp", "icmp_type": -1, "icmp_code": -1, "cidr": "192.0.2.0/24", "description": "ping" },
        ],
        "egress": [{ "protocol": "all", "cidr": "0.0.0.0/0", "description": "" }],
    });
    found("ec2.security_group", "class", spec, &[])
}

fn instance() -> Found {
    let spec = json!({
        "image": "ami-0123456789abcdef0",
        "instance_type": "t3.micro",
        "state": "running",
        "key_name": "",
        "subnet_id": "subnet-0123456789abcdef0",
        "security_group_ids": ["sg-0123456789abcdef0"],
        "instance_profile": "",
        "user_data": "#!/bin/sh\necho secret\n",
        "root_volume": { "size_gib": 8, "type": "gp3", "iops": 3000, "throughput": 125 },
        "volumes": [],
        "metadata_options": {
            "http_tokens": "optional", "http_put_response_hop_limit": 2,
            "http_endpoint": "enabled", "instance_metadata_tags": "disabled",
        },
        "termination_protection": false,
        "shutdown_behavior": "stop",
        "spot": false,
    });
    let tags = [("Name", "lab"), ("aws:cloudformation:stack-name", "x"), ("cloud101:stack", "old")];
    found("ec2.instance", "lab", spec, &[&tags[..], &[("cloud101:resource", "vm")]].concat())
}

fn object(content: &[u8]) -> Found {
    let spec = json!({
        "bucket": "class", "key": "week1/notes.txt", "content_type": "text/plain", "metadata": {},
        "storage_class": "STANDARD", "content_sha256": "",
    });
    let (ending, bytes) = (".txt".into(), Some(content.into()));
    let content = Content { property: "source", inline: Some("content"), ending, bytes, command: vec![] };
    let mut object = found("s3.object", "class/week1/notes.txt", spec, &[]);
    object.content = Some(content);
    object
}

#[test]
fn a_stack_is_written_as_a_person_would() {
    let imported =
        write(&context(), &Registry::builtin(), vec![function(), group(), instance(), object(b"one\ntwo ${x}\n")]);
    assert_snapshot!(imported.yaml);
    assert_eq!(imported.files, [("hello_world.zip".to_owned(), vec![1, 2])]);
    let values = BTreeMap::from([
        ("hello_world_token".to_owned(), "xyzzy-plugh".to_owned()),
        ("lab_user_data".to_owned(), "#!/bin/sh\necho secret\n".to_owned()),
    ]);
    assert_eq!(imported.values, values);
}

#[test]
fn what_is_not_a_short_text_goes_into_a_file() {
    let long = [b'x'; INLINE + 1];
    for content in [&b"\x00\x01"[..], b"bell \x07", &long] {
        let imported = write(&context(), &Registry::builtin(), vec![object(content)]);
        assert!(imported.yaml.contains("source: notes_txt.txt\n"), "{}", imported.yaml);
        assert_eq!(imported.files, [("notes_txt.txt".to_owned(), content.to_vec())]);
    }
}

#[test]
fn what_is_written_changes_nothing_but_the_marks() {
    for found in [group(), instance()] {
        let (kind, live) = (found.kind.clone(), found.live.clone());
        let mut live = live;
        live.tags.retain(|key, _| !is_ownership_tag(key));
        let imported = write(&context(), &Registry::builtin(), vec![Found { live: live.clone(), ..found }]);
        let given = Given { vars: imported.values.clone(), ..Given::default() };
        let stack = load_text(&imported.yaml, Path::new("cloud101.yaml"), &given);
        let stack = stack.unwrap_or_else(|diagnostics| {
            panic!("{}", crate::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
        });
        let address = Address::new(&*imported.resources[0].0);
        let adopt = [(address.clone(), live.id.clone())].into();
        let observation = Observation { live: [(address, live.into())].into(), ..Observation::default() };
        let plan = decide(&stack, &place(), observation, Goal::Apply, &Options { adopt, ..Options::default() });
        let plan = plan.unwrap_or_else(|trouble| panic!("{}: {trouble:?}", kind.name()));
        assert_eq!(plan.steps[0].action, Action::Adopt);
        let real: Vec<_> = plan.steps[0].changes.iter().filter(|change| !change.reason.is_about_ownership()).collect();
        assert!(real.is_empty(), "{}: {real:#?}", kind.name());
    }
}

/// What AWS returns for a resource with only its required properties.
fn barest(kind: &dyn Kind) -> Value {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sns:Publish", "Resource": "*" },
    ] });
    let mut spec = match kind.name() {
        "ec2.instance" => json!({ "image": "ami-0123456789abcdef0", "instance_type": "t3.micro" }),
        "ec2.key_pair" => {
            json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/" })
        }
        "iam.policy" => json!({ "document": document }),
        "iam.role" => json!({ "assumed_by": ["ec2.amazonaws.com"] }),
        "lambda.function" => json!({
            "runtime": "python3.13", "handler": "index.handler", "role": "arn:aws:iam::123456789012:role/hello",
        }),
        "s3.object" => json!({ "bucket": "barest", "key": "notes.txt" }),
        "ses.identity" => json!({ "email": "ana@example.edu" }),
        _ => json!({}),
    };
    let schema = kind.schema();
    for path in schema.leaves() {
        if at(&spec, path).is_some() || schema.at(path).is_some_and(|it| it.has("readOnly") || it.has("x-local")) {
            continue;
        }
        let Some(property) = schema.at(path) else { continue };
        let is = |name: &str| property.json()["type"] == name;
        let empty = match property.annotation("x-default") {
            Some(default) => Some(default.clone()),
            None if is("array") => Some(json!([])),
            None if is("object") => Some(json!({})),
            None if is("string") => Some(json!("")),
            None => None,
        };
        set(&mut spec, path, empty);
    }
    spec
}

/// A function's code, as AWS has it.
fn archive() -> Option<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("index.py", zip::write::SimpleFileOptions::default()).ok()?;
    Some(zip.finish().ok()?.into_inner())
}

#[test]
fn every_kind_in_its_barest_form_is_written_as_a_sound_stack() {
    for kind in Registry::builtin().all() {
        let spec = match kind.name() {
            // Each has a size and a zone.
            "ec2.volume" => json!({ "size_gib": 1, "availability_zone": "us-east-1a", "instance": "" }),
            _ => barest(&**kind),
        };
        let live = Live::new("x", spec, Attributes::from([("name".into(), "barest".into())]), Tags::new());
        let content = match kind.name() {
            "s3.object" => object(b"").content,
            "lambda.function" | "lambda.layer" => function().content.map(|zip| Content { bytes: archive(), ..zip }),
            _ => None,
        };
        let imported = write(&context(), &Registry::builtin(), vec![Found { kind: kind.clone(), live, content }]);
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in &imported.files {
            std::fs::write(folder.path().join(name), bytes).expect("a file");
        }
        let stack = load_text(&imported.yaml, &folder.path().join("cloud101.yaml"), &Given::default());
        stack.unwrap_or_else(|diagnostics| {
            panic!("{}\n{}", imported.yaml, crate::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
        });
        assert!(!imported.yaml.contains("[]") && !imported.yaml.contains("{}"), "{}", imported.yaml);
    }
}

#[test]
fn a_mark_writes_nothing_but_a_comment() {
    let evil = "x\n  evil:\n    type: sns.topic\n  #\u{85}\u{2028}\u{2029}\r\u{7}\u{1b}[2J";
    let loaded = |stack: &str, note: &str| {
        let tags = [("cloud101:stack", stack), ("cloud101:resource", "news")];
        let mut topic = found("sns.topic", "news", json!({}), &tags);
        topic.live.notes = vec![note.to_owned()];
        let text = write(&context(), &Registry::builtin(), vec![topic]).yaml;
        let stack = load_text(&text, Path::new("cloud101.yaml"), &Given::default());
        let stack = stack.unwrap_or_else(|diagnostics| {
            panic!("{}", crate::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
        });
        let one = |declared: &crate::stack::ResourceConfig| (declared.address.to_string(), declared.name.clone());
        (text.lines().count(), stack.resources.iter().map(one).collect::<Vec<_>>())
    };
    let expected = loaded("x", "a note");
    assert_eq!(expected.1, [("news".to_owned(), "news".to_owned())]);
    assert_eq!(loaded(evil, "a\u{85}note"), expected);
}

#[test]
fn what_was_not_fetched_is_named() {
    let mut object = object(b"");
    let command = vec!["aws".to_owned()];
    object.content = object.content.map(|content| Content { bytes: None, command: command.clone(), ..content });
    let imported = write(&context(), &Registry::builtin(), vec![object]);
    assert!(imported.yaml.contains("source: notes_txt.txt\n"), "{}", imported.yaml);
    assert_eq!(imported.missing, [Missing { file: "notes_txt.txt".to_owned(), command }]);
    assert!(imported.files.is_empty());
}

/// Its marks, with a record that says of `paths` that they were made of a secret.
fn marked(mut found: Found, stack: &str, paths: &[&str]) -> Found {
    let mut applied = crate::aws::ownership::LastApplied::default();
    paths.iter().for_each(|path| applied.insert(path, &Value::Null, true));
    let ownership = Ownership { stack: stack.into(), address: Address::new("x"), applied, keep: Default::default() };
    found.live.tags.extend(ownership.tags());
    found
}

#[test]
fn what_the_marks_say_was_a_secret_becomes_a_variable() {
    let topic = json!({
        "display_name": "xyzzy-plugh",
        "kms_key": "",
        "fifo": false,
        "policy": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*",
              "Condition": { "StringEquals": { "aws:UserAgent": "agent-plugh" } } },
        ] },
        "subscriptions": [{ "protocol": "https", "endpoint": "https://www.example.edu/hook-plugh", "raw": true }],
    });
    let tags = [("own", "tag-plugh"), ("course", "cloud101")];
    let topic = || found("sns.topic", "class", topic.clone(), &tags);
    let function = || {
        let mut function = function();
        function.live.spec["description"] = json!("the key is function-plugh");
        function.live.tags.clear();
        function
    };
    let mut object = object(b"password = object-plugh\n");
    object.live.spec["metadata"] = json!({ "token": "metadata-plugh" });
    let all = vec![
        marked(topic(), "cloud101", &["display_name", "policy", "subscriptions", "tags.own"]),
        marked(function(), "other", &["description"]),
        marked(object, "gone", &["content_sha256", "metadata"]),
    ];
    let imported = write(&context(), &Registry::builtin(), all);
    assert!(!imported.yaml.contains("plugh"), "{}", imported.yaml);
    assert_snapshot!(imported.yaml);
    assert!(imported.files.iter().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains("plugh")));
    let hidden: Vec<_> = imported.values.values().filter(|value| value.contains("plugh")).collect();
    assert_eq!(hidden.len(), 8, "{:?}", imported.values);
    // It is sound, and with the values it says what is there.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hello_world.zip"), archive().expect("an archive")).expect("a file");
    let given = Given { vars: imported.values.clone(), ..Given::default() };
    let stack = load_text(&imported.yaml, &folder.path().join("cloud101.yaml"), &given);
    let stack = stack.unwrap_or_else(|diagnostics| {
        panic!("{}", crate::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
    });
    let secret = stack.secrets();
    assert!(hidden.iter().all(|value| secret.contains(value)), "{secret:?}");
    // Without such a mark it is written as it is.
    assert!(write(&context(), &Registry::builtin(), vec![topic()]).yaml.contains("display_name: xyzzy-plugh"));
}

#[test]
fn no_file_holds_a_content_that_was_a_secret() {
    let write_marked = |content: &[u8], path: &str| {
        let imported = write(&context(), &Registry::builtin(), vec![marked(object(content), "other", &[path])]);
        assert!(imported.files.is_empty() || path == "metadata", "{:?}", imported.files);
        imported
    };
    // Too long for the stack file, not fetched, and no text at all.
    let long = write_marked(&[b'x'; INLINE + 1], "content_sha256");
    assert!(long.yaml.contains("content: ${var.notes_txt_content}\n"), "{}", long.yaml);
    let mut absent = object(b"");
    absent.content = absent.content.map(|content| Content { bytes: None, ..content });
    let absent = write(&context(), &Registry::builtin(), vec![marked(absent, "other", &["content_sha256"])]);
    assert!(absent.yaml.contains("content: ${var.notes_txt_content}\n") && absent.missing.is_empty());
    let binary = write_marked(b"\xff\x00", "content_sha256");
    assert_eq!(binary.missing.len(), 1, "{}", binary.yaml);
    assert_eq!(write_marked(b"\xff\x00", "metadata").files.len(), 1);
}

#[test]
fn what_a_stack_cannot_say_is_a_comment_with_its_reason() {
    let topic = |name: &str, spec: Value, tags: &[(&str, &str)]| found("sns.topic", name, spec, tags);
    let bad = topic(
        "class",
        json!({ "display_name": "x".repeat(200), "kms_key": "", "fifo": false }),
        &[("why?", "a"), ("fine", "b")],
    );
    // A name that no stack can have, beside one of the same name elsewhere.
    let spoilt = topic("a topic with spaces", json!({ "kms_key": "", "fifo": false }), &[]);
    let good = topic("news", json!({ "kms_key": "", "fifo": false }), &[]);
    let imported = write(&context(), &Registry::builtin(), vec![bad, spoilt, good]);
    let stack = load_text(&imported.yaml, Path::new("cloud101.yaml"), &Given::default());
    let stack = stack.unwrap_or_else(|diagnostics| {
        panic!("{}\n{}", imported.yaml, crate::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
    });
    let names: Vec<_> = stack.resources.iter().map(|declared| declared.name.clone()).collect();
    assert_eq!(names, ["class", "news"]);
    assert_eq!(imported.resources.len(), 2, "only what is said can be adopted");
    assert_snapshot!(imported.yaml);
}

#[test]
fn nothing_is_left_where_no_stack_can_say_anything() {
    let imported = write(
        &context(),
        &Registry::builtin(),
        vec![found("sns.topic", "a topic with spaces", json!({ "fifo": false }), &[])],
    );
    assert!(load_text(&imported.yaml, Path::new("cloud101.yaml"), &Given::default()).is_ok(), "{}", imported.yaml);
    assert!(
        imported.resources.is_empty() && imported.yaml.contains("# A stack can't express this: "),
        "{}",
        imported.yaml
    );
}

#[test]
fn ordinary_values_are_written_and_what_may_be_secret_is_not() {
    let mut function = function();
    let values =
        [("STAGE", "prod"), ("REGION", "us-east-1"), ("MODE", "lambda"), ("API_KEY", "prod"), ("SALTY", "x7Gh2kLm9q")];
    function.live.spec["environment"] = values.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let imported = write(&context(), &Registry::builtin(), vec![function]);
    for line in ["STAGE: prod", "REGION: us-east-1", "MODE: lambda", "API_KEY: ${var.hello_world_api_key}"] {
        assert!(imported.yaml.contains(line), "{line}: {}", imported.yaml);
    }
    assert_eq!(imported.values.len(), 2, "{:?}", imported.values);
}
