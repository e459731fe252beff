//! From the file to what a person reads: one snapshot for each action.

use std::collections::BTreeSet;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::json;

use crate::aws::ownership::KEEP;
use crate::plan::Plan;
use crate::plan::options::{Goal, Options};
use crate::resource::{Contents, DeleteBlocker};
use crate::stack::Stack;
use crate::testing::{Account, addresses, plan, plan_destroy, planned, stack_in};
use crate::ui::{Detail, Paint, Redactor, View, plan as render};

/// The stack of a file beside which the function's code is.
fn stack(rest: &str) -> Stack {
    stack_in(Path::new("src/ui/tests/stacks"), rest)
}

fn text(plan: &Plan) -> String {
    shown(plan, Detail::Short)
}

fn shown(plan: &Plan, detail: Detail) -> String {
    let view = View { sandbox: false, next: Some("cloud101 apply"), detail, warnings: None };
    render::plan(plan, Goal::Apply, view, &Redactor::default(), Paint::PLAIN)
}

fn destroyed(plan: &Plan) -> String {
    let view = View { sandbox: false, next: Some("cloud101 destroy"), detail: Detail::Short, warnings: None };
    render::plan(plan, Goal::Destroy, view, &Redactor::default(), Paint::PLAIN)
}

/// The lesson's stack in small; `more` goes to the function, `policy` is what it may do.
fn lesson(memory: u32, action: &str, more: &str) -> String {
    format!(
        "
tags: {{ course: cloud101 }}
vars:
  password: {{ default: hunter2, secret: true }}
resources:
  bucket: {{ type: s3.bucket, name: cloud101awsbucket, adopt: true, versioning: true }}
  topic:
    type: sns.topic
    subscriptions: [ {{ protocol: email, endpoint: teacher@example.edu }} ]
  policy:
    type: iam.policy
    document:
      Version: '2012-10-17'
      Statement: {{ Effect: Allow, Action: '{action}', Resource: '${{topic.arn}}' }}
  role: {{ type: iam.role, assumed_by: lambda.amazonaws.com, policies: [ '${{policy.arn}}' ] }}
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: email_agent
    role: ${{role.arn}}
    memory_mib: {memory}
    environment: {{ TOPIC_ARN: '${{topic.arn}}', PASSWORD: '${{var.password}}' }}
{more}
  firewall:
    type: ec2.security_group
    ingress: [ {{ port: 22, cidr: 192.0.2.0/24, description: ssh }} ]
  instance:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
    security_group_ids: [ '${{firewall.id}}' ]
    user_data: |
      #!/bin/sh
      dnf install --assumeyes git
outputs:
  function: ${{function.arn}}
  instance: ${{instance.id}}
  password: ${{var.password}}
"
    )
}

fn file() -> String {
    lesson(128, "sns:Publish", "")
}

/// A plan in which everything happens that can happen to an account that is there.
pub fn sample() -> (Stack, Plan) {
    let before = lesson(128, "sns:Publish", "    timeout_seconds: 30");
    let news = "  news: { type: sns.topic }\n  firewall:";
    let mut account = Account::after(&stack(&before.replace("  firewall:", news)));
    account.drift("function", "handler", json!("other.handler"));
    account.tag("bucket", KEEP, "adopted").tag("topic", "course", "another");
    let function = &mut account.thing("function").live;
    function.spec["code_sha256"] = json!("an-older-one");
    let source = include_str!("stacks/email_agent/index.py");
    function.texts.insert("index.py".into(), source.replace("import os", "import os, sys"));
    function.notes.push("its last update failed".into());
    let packages: String = (1..=40).map(|n| format!("      pip install package-{n}\n")).collect();
    let after = lesson(256, "sns:*", "")
        .replace("  bucket: { type: s3.bucket, name: cloud101awsbucket, adopt: true, versioning: true }\n", "")
        .replace("type: ec2.security_group", "type: ec2.security_group\n    description: ssh")
        .replace("ami-0123456789abcdef0", "ami-0fedcba9876543210")
        .replace("      #!/bin/sh\n", &format!("      #!/bin/sh\n      set -eu\n{packages}"))
        .replace("outputs:", "  data: { type: s3.bucket, name: cloud101-lesson-data, versioning: true }\noutputs:");
    let after = stack(&after);
    let plan = plan(&after, &account);
    (after, plan)
}

#[test]
fn a_plan_is_grouped_and_short_unless_all_is_asked_for() {
    let (_, plan) = sample();
    assert_snapshot!("sample_short", text(&plan));
    assert_snapshot!("sample_full", shown(&plan, Detail::Full));
}

#[test]
fn created() {
    let plan = plan(&stack(&file()), &Account::default());
    assert_snapshot!(text(&plan));
    assert_snapshot!("created_full", shown(&plan, Detail::Full));
}

#[test]
fn nothing_to_do() {
    let stack = stack(&file());
    assert_snapshot!(text(&plan(&stack, &Account::after(&stack))));
}

#[test]
fn updated() {
    let mut account = Account::after(&stack(&lesson(128, "sns:Publish", "    timeout_seconds: 30")));
    account.drift("function", "handler", json!("other.handler"));
    account.drift(
        "firewall",
        "ingress",
        json!([{"protocol": "tcp", "port": 22, "cidr": "0.0.0.0/0", "description": ""}]),
    );
    account.tag("bucket", "course", "another");
    let function = &mut account.thing("function").live;
    function.spec["code_sha256"] = json!("an-older-one");
    let source = include_str!("stacks/email_agent/index.py");
    function.texts.insert("index.py".into(), source.replace("import os", "import os, sys"));
    function.notes.push("its last update failed".into());
    assert_snapshot!(text(&plan(&stack(&lesson(256, "sns:*", "")), &account)));
}

#[test]
fn adopted() {
    let only =
        stack("resources:\n  bucket: { type: s3.bucket, name: cloud101awsbucket, adopt: true, versioning: true }\n");
    let mut account = Account::after(&only);
    account.drift("bucket", "versioning", json!(false)).unmark("bucket");
    assert_snapshot!(text(&plan(&only, &account)));
}

#[test]
fn replaced() {
    let account = Account::after(&stack(&file()));
    let file = file().replace("ami-0123456789abcdef0", "ami-0fedcba9876543210");
    assert_snapshot!("replaced_new_one_first", text(&plan(&stack(&file), &account)));
    let file = file.replace("type: ec2.security_group", "type: ec2.security_group\n    description: ssh");
    assert_snapshot!("replaced_old_one_first", text(&plan(&stack(&file), &account)));
    let options = Options { replace: addresses(["bucket"]), targets: addresses(["bucket"]), ..Options::default() };
    let mut account = account;
    let ids = (0..12).map(|n| format!("cloud101awsbucket/{n}")).collect();
    account.thing("bucket").live.blocker = Some(DeleteBlocker::Contents(Contents { ids, more: false, one: "object" }));
    let text = text(&planned(&stack(&self::file()), &account, Goal::Apply, &options));
    assert_snapshot!("replaced_on_demand", text);
}

#[test]
fn a_target_says_nothing_of_the_rest() {
    let stack = stack(&file());
    let mut account = Account::after(&stack);
    account.drift("function", "handler", json!("other.handler"));
    let options = Options { targets: addresses(["topic"]), ..Options::default() };
    let text = text(&planned(&stack, &account, Goal::Apply, &options));
    assert!(
        text.ends_with(
            "No changes in the resources that --target names. The rest of the stack was not \
        compared.\n"
        ),
        "{text}"
    );
}

/// However long the names of its properties are.
#[test]
fn the_values_of_a_new_resource_stand_below_each_other() {
    let more = "    function_url: { auth: iam, cors: { allow_credentials: true } }\n    tags: { course: x }";
    let text = shown(&plan(&stack(&lesson(128, "sns:Publish", more)), &Account::default()), Detail::Full);
    for block in text.split("+ create ").skip(1) {
        let lines = block.lines().skip(1).take_while(|line| !line.is_empty());
        let places: BTreeSet<_> = lines.filter_map(|line| line.find(" =")).collect();
        assert_eq!(places.len(), 1, "{block}");
    }
}

/// Also where it says that what is made comes from, but for secrets.
#[test]
fn the_short_plan_of_a_new_resource_has_all_that_the_file_says() {
    let object = |key: &str, content: &str| {
        format!("  {key}: {{ type: s3.object, bucket: class, key: {key}, content: \"{content}\" }}\n")
    };
    let all = [object("one", "Bring a pencil."), object("two", "${var.password}"), object("three", "a\\nb\\n")];
    let file = file().replace("outputs:", &format!("{}outputs:", all.concat()));
    let shown = text(&plan(&stack(&file), &Account::default()));
    for said in
        ["code        = \"email_agent\"", "= \"Bring a pencil.\"", "content = (sensitive)", "=\n        a\n        b"]
    {
        assert!(shown.contains(said), "{said:?}\n{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn deleted_and_released() {
    let mut account = Account::after(&stack(&file()));
    account.tag("bucket", KEEP, "adopted").double("instance", "i-0left");
    let file = file();
    let (start, rest) = file.split_once("  bucket:").unwrap();
    let (_, rest) = rest.split_once("  topic:").unwrap();
    let (middle, _) = rest.split_once("  function:").unwrap();
    let instance = "  instance: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }\n";
    assert_snapshot!(text(&plan(&stack(&format!("{start}  topic:{middle}{instance}")), &account)));
}

#[test]
fn destroyed_kept_and_released() {
    let file = file()
        .replace("type: iam.role,", "type: iam.role, protect: true,")
        .replace("type: ec2.security_group", "type: ec2.security_group\n    on_destroy: retain");
    let stack = stack(&file);
    let mut account = Account::after(&stack);
    account.tag("bucket", KEEP, "adopted");
    assert_snapshot!(destroyed(&plan_destroy(&stack, &account)));
    assert_snapshot!("nothing_to_destroy", destroyed(&plan_destroy(&stack, &Account::default())));
}
