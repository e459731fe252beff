//! Secrets appear nowhere: not in a plan, its text, its JSON, its errors, and not in the marks.

use serde_json::json;

use crate::aws::ownership::{Ownership, Since};
use crate::plan::options::{Goal, Options};
use crate::plan::{Plan, Reason};
use crate::stack::Stack;
use crate::testing::{Account, as_shown, plan, plan_destroy, refused, stack, try_stack};
use crate::ui::{Detail, Paint, Redactor, View, diagnostics, json as document, plan as render, plan_errors};

use super::{changes, step};

pub(super) const SECRET: &str = "hunter2-geheim";

/// The class's function, for more properties to follow.
pub(super) const FUNCTION: &str = "  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: email_agent
    role: arn:aws:iam::123456789012:role/lambda
";

/// A stack in which a variable is everywhere that a string can be.
pub(super) fn file(secret: bool, value: &str) -> String {
    format!(
        "
vars:
  key: {{ default: '{value}', secret: {secret} }}
tags: {{ all: 'x ${{var.key}}' }}
resources:
{FUNCTION}    description: the key is ${{var.key}}
    environment: {{ PASSWORD: '${{var.key}}', MODE: class }}
    tags: {{ own: '${{var.key}}' }}
  instance:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
    user_data: |
      #!/bin/sh
      login ${{var.key}}
  role:
    type: iam.role
    assumed_by: ec2.amazonaws.com
    inline_policies:
      mail:
        Version: '2012-10-17'
        Statement: {{ Effect: Allow, Action: 's3:*', Resource: [ 'arn:aws:s3:::${{var.key}}', '*' ] }}
  topic:
    type: sns.topic
    policy:
      Version: '2012-10-17'
      Statement:
        - {{ Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: '*', Condition: {{ StringEquals: {{ 'aws:UserAgent': '${{var.key}}' }} }} }}
    subscriptions:
      - {{ protocol: https, endpoint: 'https://www.example.edu/${{var.key}}' }}
  object: {{ type: s3.object, bucket: data, key: secret.txt, content: '${{var.key}}' }}
outputs:
  key: ${{var.key}}
"
    )
}

/// The plan as data, as text and as a document, without the last guard that knows the secrets.
pub(super) fn everything(plan: &Plan) -> String {
    let data = format!("{plan:?}\n{}", serde_json::to_string(&plan).unwrap());
    let view = View { sandbox: false, next: None, detail: Detail::Full, warnings: None };
    let text = render::plan(plan, Goal::Apply, view, &Redactor::default(), Paint::PLAIN);
    let document =
        serde_json::to_string(&document::PlanDocument::of(plan, Goal::Apply, None, &Redactor::default())).unwrap();
    format!("{data}\n{text}\n{document}")
}

pub(super) fn assert_hidden(plan: &Plan, secret: &str) {
    let text = everything(plan);
    let leaks: Vec<_> = text.lines().filter(|line| line.contains(secret)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

pub(super) fn secret_stack(value: &str) -> Stack {
    stack(&file(true, value))
}

#[test]
fn creating_shows_none() {
    let plan = plan(&secret_stack(SECRET), &Account::default());
    assert_hidden(&plan, SECRET);
    let environment = step(&plan, "function").changes.iter().find(|change| change.path == "environment").unwrap();
    assert_eq!(environment.after, Some(as_shown(&json!({"PASSWORD": "(sensitive)", "MODE": "class"}))));
}

#[test]
fn nothing_to_do_is_nothing_to_do() {
    let stack = secret_stack(SECRET);
    let plan = plan(&stack, &Account::after(&stack));
    assert!(plan.is_empty(), "{}", everything(&plan));
}

#[test]
fn another_secret_shows_neither_the_old_nor_the_new_one() {
    let plan = plan(&secret_stack("another-secret"), &Account::after(&secret_stack(SECRET)));
    assert_hidden(&plan, SECRET);
    assert_hidden(&plan, "another-secret");
    assert!(changes(&plan, "topic").contains(&("policy".to_owned(), Reason::File)));
}

#[test]
fn what_was_a_secret_stays_one_when_the_file_says_something_else() {
    let plan = plan(&stack(&file(false, "public")), &Account::after(&secret_stack(SECRET)));
    assert_hidden(&plan, SECRET);
    assert!(everything(&plan).contains("public"));
}

#[test]
fn what_was_a_secret_stays_one_when_it_is_taken_out() {
    let bare = format!(
        "
resources:
{FUNCTION}  role: {{ type: iam.role, assumed_by: ec2.amazonaws.com }}
  topic: {{ type: sns.topic }}
"
    );
    let account = Account::after(&secret_stack(SECRET));
    let stack = stack(&bare);
    assert_hidden(&plan(&stack, &account), SECRET);
    assert_hidden(&plan_destroy(&stack, &account), SECRET);
}

/// A stack that takes over what another one made, and knows nothing of the other's secrets.
#[test]
fn what_another_stack_made_of_a_secret_is_not_shown() {
    let mut account = Account::after(&secret_stack(SECRET));
    for address in ["function", "topic"] {
        account.tag(address, "cloud101:stack", "other");
    }
    let taker = stack(&format!(
        "
resources:
{FUNCTION}    description: mine
    adopt: true
  topic: {{ type: sns.topic, adopt: true }}
"
    ));
    let observed = account.observe(&taker);
    assert!(observed.live.values().any(|live| live.tags.values().any(|value| value.contains(SECRET))));
    let planned = plan(&taker, &account);
    assert_eq!(planned.steps.iter().filter(|step| step.action == crate::plan::Action::Adopt).count(), 2);
    assert_hidden(&planned, SECRET);
}

/// Its record says that it set them in clear; whether they are a secret, this stack can't know.
#[test]
fn an_environment_that_another_stack_set_is_hidden_and_the_stacks_own_is_not() {
    let mut account = Account::after(&stack(&file(false, "public")));
    let bare = stack(&format!("resources:\n{FUNCTION}    adopt: true\n"));
    let environment = |account: &Account| {
        let plan = plan(&bare, account);
        step(&plan, "function").before.as_ref().unwrap().get("environment").unwrap().shown()
    };
    let clear = json!({"PASSWORD": "public", "MODE": "class"});
    assert_eq!(environment(&account), clear);
    account.tag("function", "cloud101:stack", "other");
    assert_eq!(environment(&account), json!({"PASSWORD": "(sensitive)", "MODE": "(sensitive)"}));
}

#[test]
fn aws_may_answer_in_another_form() {
    let stack = secret_stack(SECRET);
    let mut account = Account::after(&stack);
    let statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{SECRET}")});
    account.drift("role", "inline_policies", json!({"mail": {"Version": "2012-10-17", "Statement": [statement]}}));
    let condition = json!({"StringEquals": {"AWS:useragent": [SECRET]}});
    let statement = json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Condition": condition});
    account.drift("topic", "policy", json!({"Version": "2012-10-17", "Statement": statement}));
    account.drift("function", "environment", json!({"OTHER": SECRET, "MODE": SECRET}));
    let plan = plan(&stack, &account);
    assert_hidden(&plan, SECRET);
    assert_eq!(changes(&plan, "topic"), [("policy".to_owned(), Reason::File)]);
}

#[test]
fn an_empty_value_is_not_a_secret() {
    let instance = |more: &str| {
        stack(&format!(
            "resources:\n  vm: {{ type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro{more} }}\n"
        ))
    };
    let mut account = Account::after(&instance(""));
    account.drift("vm", "user_data", json!(""));
    let plan = plan(&instance(", user_data: \"#!/bin/sh\\n\""), &account);
    let change = step(&plan, "vm").changes.iter().find(|change| change.path == "user_data").unwrap();
    assert_eq!((&change.before, &change.after), (&Some("".into()), &Some("#!/bin/sh\n".into())));
}

#[test]
fn what_others_put_into_an_environment_may_be_a_secret() {
    let file = file(false, "public");
    let stack = stack(&file);
    let mut account = Account::after(&stack);
    account.drift("function", "environment", json!({"PASSWORD": "public", "MODE": SECRET, "TOKEN": SECRET}));
    let planned = plan(&stack, &account);
    assert_hidden(&planned, SECRET);
    let environment = &step(&planned, "function").changes[0];
    assert_eq!(environment.before.as_ref().and_then(|before| before.get("PASSWORD")?.as_str()), Some("public"));
    // What the last apply set in clear is not a secret.
    let changed = plan(&crate::testing::stack(&file.replace("MODE: class", "MODE: test")), &Account::after(&stack));
    assert_eq!(
        step(&changed, "function").changes[0].before.as_ref().and_then(|before| before.get("MODE")?.as_str()),
        Some("class")
    );
}

#[test]
fn marks_say_nothing_about_secrets() {
    let (one, other) = (secret_stack(SECRET), secret_stack("another-secret"));
    let ownership_tags = |stack: &Stack| {
        let mut account = Account::after(stack);
        ["function", "instance", "role", "topic", "object"].map(|address| {
            let tags = account.thing(address).live.tags.clone();
            let ownership = Ownership::read(&tags).unwrap();
            assert!(!format!("{:?}", ownership.tags()).contains(SECRET));
            ownership.applied
        })
    };
    // Not even a hash: whatever the secret is, the marks are the same.
    assert_eq!(ownership_tags(&one), ownership_tags(&other));
    let [function, ..] = ownership_tags(&one);
    assert_eq!(function.since("memory_mib", &json!(128)), Since::New);
    assert_eq!(function.since("handler", &json!("index.handler")), Since::Same);
    assert_eq!(function.since("environment", &json!({})), Since::Unsaid);
    // What was not made of the secret keeps its hash, so that a change of the code is distinguished from drift.
    assert_ne!(function.since("code_sha256", &json!("")), Since::Unsaid);
}

#[test]
fn errors_pass_the_last_guard() {
    let text = format!(
        "
vars: {{ key: {{ default: '{SECRET}', secret: true }} }}
resources:
  topic: {{ type: sns.topic, name: {SECRET} }}
"
    );
    let stack = stack(&text);
    let mut account = Account::after(&stack);
    account.unmark("topic");
    let redactor = Redactor::new(stack.secrets());
    let all = refused(&stack, &account, Goal::Apply, &Options::default());
    let text = redactor.text(&plan_errors::text(&all, "cloud101.yaml", Paint::PLAIN));
    let document = redactor.value(&json!(document::ErrorEvent::of_trouble(&all, "cloud101.yaml"))).to_string();
    assert!(text.contains("`(sensitive)` exists") && !text.contains(SECRET), "{text}");
    assert!(!document.contains(SECRET), "{document}");
}

#[test]
fn a_name_can_not_hold_a_secret_nor_what_stands_for_one() {
    let refused = |resource: &str| {
        let text = format!(
            "vars: {{ key: {{ default: '{SECRET}', secret: true }} }}\nresources:\n  thing: {{ {resource} }}\n"
        );
        let shown = try_stack(&text)
            .err()
            .map(|diagnostics| diagnostics::render(&diagnostics, false, 120, usize::MAX))
            .unwrap_or_default();
        assert!(!shown.contains(SECRET), "{shown}");
        shown.contains("would contain a secret")
    };
    assert!(refused("type: sns.topic, name: 'a-${var.key}'"));
    assert!(refused("type: ec2.instance, name: '${var.key}', image: al2023, instance_type: t3.micro"));
    assert!(refused("type: s3.object, bucket: data, key: 'a/${var.key}', content: x"));
    assert!(refused("type: ses.identity, email: '${var.key}@example.edu'"));
    assert!(!refused("type: s3.object, bucket: data, key: a, content: '${var.key}'"));
    assert!(!refused("type: sns.topic, display_name: '${var.key}', tags: { a: '${var.key}' }"));
}

/// Hidden inside of other words too, it would make them unreadable; `sns.topic` would be `(sensitive).topic`.
#[test]
fn a_secret_is_not_an_ordinary_word() {
    let with = |value: &str| {
        let text = format!("vars: {{ key: {{ default: '{value}', secret: true }} }}\nresources: {{}}\n");
        try_stack(&text).err().map(|diagnostics| diagnostics::render(&diagnostics, false, 120, usize::MAX))
    };
    let said = with("sns").unwrap();
    assert!(said.contains("the secret `key` has fewer than 4 characters") && said.contains("help: "), "{said}");
    assert_eq!(with("snsx"), None);
    assert_eq!(with(""), None, "nothing is not a secret");
}

#[test]
fn complaints_about_a_file_do_not_quote_secrets() {
    let text = format!(
        "
vars: {{ key: {{ default: '{SECRET} _!', secret: true }} }}
resources:
  topic: {{ type: sns.topic, name: '${{var.key}}', tags: {{ a: '${{var.key}}{{' }} }}
  key: {{ type: ec2.key_pair, public_key: '${{var.key}}' }}
  bucket: {{ type: s3.bucket, name: '${{var.key}}', versionin: true }}
"
    );
    let diagnostics = try_stack(&text).err().unwrap();
    let shown = diagnostics::render(&diagnostics, false, 120, usize::MAX);
    assert!(shown.contains("versionin") && !shown.contains(SECRET), "{shown}");
}
