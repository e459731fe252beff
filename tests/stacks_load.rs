//! What is right loads: the stacks that come with cloud101, and what becomes of a file's every key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cloud101::resource::{Address, Registry};
use cloud101::stack::graph::Graph;
use cloud101::stack::{OnDestroy, Options, Stack, Var, load, load_text};
use cloud101::ui::diagnostics::render;
use serde_json::json;

fn stacks(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn every_stack_loads() {
    for path in stacks("stacks").into_iter().chain(stacks("stacks/examples")) {
        if let Err(diagnostics) = load(&path, &Options::default()) {
            panic!("{}", render(&diagnostics, false, 100, usize::MAX));
        }
    }
}

#[test]
fn every_kind_has_an_example() {
    let examples = stacks("stacks/examples");
    for kind in Registry::builtin().all() {
        let example = format!("{}.yaml", kind.name());
        assert!(examples.iter().any(|path| path.ends_with(&example)), "stacks/examples/{example}");
    }
}

const TEXT: &str = r#"stack: class-2031
region: us-east-1
account: "123456789012"
tags: { course: "${var.course}" }
vars:
  course: cloud101
  sender: { secret: true, description: who writes the emails }
resources:
  second_topic:
    type: sns.topic
    display_name: ${first.name} for ${var.course}
    policy: { Statement: [{ Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: "${third.arn}" }] }
    tags: { owner: "${var.sender}" }
    ignore_drift: [subscriptions]
    adopt: true
    protect: true
    on_destroy: retain
  first:
    type: sns.topic
    name: ${stack.name}-${aws.region}
    depends_on: [third]
  third:
    type: sns.topic
outputs:
  arn: ${second_topic.arn}
  again: "$${first.arn}"
"#;

fn loaded(options: &Options) -> Stack {
    load_text(TEXT, Path::new("folder/class.yaml"), options)
        .unwrap_or_else(|diagnostics| panic!("{}", render(&diagnostics, false, 100, usize::MAX)))
}

#[test]
fn a_stack_has_what_the_file_says() {
    let vars = BTreeMap::from([("sender".to_owned(), "teacher@example.edu".to_owned())]);
    let stack = loaded(&Options { vars, ..Options::default() });
    assert_eq!((stack.name.as_str(), stack.region.as_deref()), ("class-2031", Some("us-east-1")));
    assert_eq!(stack.account.as_deref(), Some("123456789012"));
    assert_eq!(stack.base.folder(), Path::new("folder"));
    assert_eq!(stack.tags["course"], "${var.course}");
    assert_eq!(stack.vars["sender"], Var { value: "teacher@example.edu".into(), secret: true, default: None });
    assert_eq!(stack.vars["course"], Var { value: "cloud101".into(), secret: false, default: None });
    assert_eq!(stack.outputs[1], ("again".to_owned(), "$${first.arn}".to_owned()));

    let [second, first, third] = &stack.resources[..] else { panic!("three resources") };
    assert_eq!(second.name, "class-2031-second-topic");
    assert_eq!(first.name, "${stack.name}-${aws.region}");
    assert_eq!(second.line, 9);
    assert_eq!(second.kind.name(), "sns.topic");
    let expected = json!({
        "display_name": "${first.name} for ${var.course}",
        "policy": { "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "${third.arn}" },
        ] },
    });
    assert_eq!(*second.spec, expected);
    assert_eq!(second.depends_on, BTreeSet::from([Address::new("first"), Address::new("third")]));
    assert_eq!(first.depends_on, BTreeSet::from([Address::new("third")]));
    assert_eq!(second.ignore_drift, BTreeSet::from(["subscriptions".to_owned()]));
    assert!(second.adopt && second.protect && second.on_destroy == Some(OnDestroy::Retain));
    assert!(!third.adopt && !third.protect && third.on_destroy.is_none());
    let order = Graph::new(&stack.resources).order();
    assert_eq!(order, ["third", "first", "second_topic"].map(Address::new));
}

#[test]
fn the_command_line_goes_before_the_file() {
    let vars =
        BTreeMap::from([("sender".to_owned(), "ana@example.edu".to_owned()), ("course".to_owned(), "y".to_owned())]);
    let stack = loaded(&Options { vars, region: Some("eu-central-1".into()), ..Options::default() });
    assert_eq!(stack.region.as_deref(), Some("eu-central-1"));
    assert_eq!(stack.vars["course"].value, "y");
}

#[test]
fn a_thousand_resources_load_in_no_time() {
    let topic = |n: usize| format!("  topic_{n}:\n    type: sns.topic\n    display_name: ${{topic_{}.name}}\n", n + 1);
    let chain: String = (0..1000).map(topic).collect();
    let text = format!("stack: class\nresources:\n{chain}  topic_1000:\n    type: sns.topic\n");
    let start = std::time::Instant::now();
    let stack = load_text(&text, Path::new("class.yaml"), &Options::default()).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(Graph::new(&stack.resources).order().first(), Some(&Address::new("topic_1000")));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
