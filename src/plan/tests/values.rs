//! What is known at plan time, and what is not.

use serde_json::json;

use crate::explain::Code;
use crate::plan::Output;
use crate::plan::desired::{KnownAttributes, desired};
use crate::plan::value::PlanValue;
use crate::resource::Address;
use crate::testing::{Account, place, plan, stack};

use super::{changes, step};

const FILE: &str = "
vars:
  course: { default: cloud101 }
  key: { default: hunter2, secret: true }
resources:
  topic: { type: sns.topic, tags: { course: '${var.course}', account: '${aws.account_id}' } }
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: email_agent
    role: arn:aws:iam::123456789012:role/lambda
    environment: { TOPIC_ARN: '${topic.arn}', ADDRESS: '${instance.public_ip}', LITERAL: '$${x}' }
  instance: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }
outputs:
  topic: ${topic.arn}
  instance: ${instance.id}
  both: ${topic.name} and ${instance.id}
  key: the key is ${var.key}
";

fn output(name: &str, value: Option<&str>) -> Output {
    Output { name: name.into(), value: value.map_or(PlanValue::Unknown, PlanValue::from) }
}

#[test]
fn what_names_make_is_planned_and_what_aws_invents_is_not() {
    let stack = stack(FILE);
    let plan = plan(&stack, &Account::default());
    let arn = "arn:aws:sns:us-east-1:123456789012:cloud101-topic";
    let find = |address: &str, path: &str| {
        step(&plan, address).changes.iter().find(|change| change.path == path).unwrap().after.clone().unwrap().shown()
    };
    let environment = json!({"TOPIC_ARN": arn, "ADDRESS": "(known after apply)", "LITERAL": "${x}"});
    assert_eq!(find("function", "environment"), environment);
    assert_eq!(find("topic", "tags.account"), json!("123456789012"));
    let expected = [
        output("topic", Some(arn)),
        output("instance", None),
        output("both", None),
        Output { name: "key".into(), value: PlanValue::sensitive(json!("the key is hunter2")) },
    ];
    assert_eq!(plan.outputs, expected);
}

#[test]
fn after_an_apply_everything_is_known() {
    let stack = stack(FILE);
    let plan = plan(&stack, &Account::after(&stack));
    assert!(plan.is_empty());
    let id = step(&plan, "instance").id();
    assert_eq!(plan.outputs[1], output("instance", id));
    assert_eq!(plan.outputs[2].shown(), Some(format!("cloud101-topic and {}", id.unwrap())));
}

#[test]
fn what_is_made_anew_is_not_known_again() {
    let stack = stack(FILE);
    let mut account = Account::after(&stack);
    account.delete("instance");
    let plan = plan(&stack, &account);
    assert_eq!(plan.outputs[1], output("instance", None));
    assert_eq!(changes(&plan, "function"), [("environment".to_owned(), crate::plan::Reason::File)]);
}

#[test]
fn attributes_that_would_make_a_text_too_large_are_refused_before_they_do() {
    let content = "${topic.arn}".repeat(20_000);
    let stack = stack(&format!(
        "resources:\n  topic: {{type: sns.topic}}\n  object: {{type: s3.object, bucket: lesson, key: k, content: \"{content}\"}}\n"
    ));
    let object = stack.get(&Address::new("object")).unwrap();
    let mut known = KnownAttributes::default();
    assert!(desired(&stack, &place(), &known, object).is_ok(), "as long as nothing is known");
    known.insert(Address::new("topic"), [("arn".to_owned(), "a".repeat(100))].into());
    let diagnostic = desired(&stack, &place(), &known, object).err().unwrap();
    assert_eq!(diagnostic.code, Code::TooLarge);
    assert_eq!(diagnostic.message, "it has a string of 2 MiB once its references are replaced, and the limit is 1 MiB");
}

#[test]
fn what_is_known_is_not_written_out() {
    let mut known = KnownAttributes::default();
    known.insert(Address::new("topic"), [("arn".to_owned(), "of a secret".to_owned())].into());
    assert_eq!(format!("{known:?}").matches("topic").count(), 1);
    assert!(!format!("{known:?}").contains("secret"));
}

#[test]
fn what_the_place_is_is_always_known() {
    let stack = stack("resources: {}\n");
    let text = "${aws.partition} ${aws.region} ${aws.account_id}";
    assert_eq!(KnownAttributes::default().resolve(&stack, &place(), text), "aws us-east-1 123456789012");
}

/// Which is not said a second time of what it was said of when the file was loaded.
#[test]
fn a_warning_that_only_values_show_is_a_note_of_the_plan() {
    let notes = |runtime: &str| {
        let stack = stack(&format!(
            "
vars: {{ version: '99' }}
resources:
  topic: {{ type: sns.topic, name: '99' }}
  role: {{ type: iam.role, assumed_by: lambda.amazonaws.com }}
  function: {{ type: lambda.function, runtime: '{runtime}', handler: index.handler, code: email_agent, role: '${{role.arn}}' }}
"
        ));
        step(&plan(&stack, &Account::default()), "function").notes.clone()
    };
    let said = notes("python3.${topic.name}");
    assert!(said.len() == 1 && said[0].starts_with("warning[C101-") && said[0].contains("python3.99"), "{said:?}");
    assert_eq!(notes("python3.99"), [""; 0]);
    assert_eq!(notes("python3.${var.version}"), [""; 0]);
    assert_eq!(notes("python3.13"), [""; 0]);
}

/// What is only unusual is not an error for being a secret, and is not shown either.
#[test]
fn a_warning_about_a_secret_is_one_without_its_value() {
    let stack = stack(
        "
vars: { version: { default: thon3.99, secret: true } }
resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  function: { type: lambda.function, runtime: 'py${var.version}', handler: index.handler, code: email_agent, role: '${role.arn}' }
",
    );
    let notes = &step(&plan(&stack, &Account::default()), "function").notes.concat();
    assert!(notes.starts_with("warning[C101-") && notes.contains("with the value of the secret variable"), "{notes}");
    assert!(!notes.contains("thon3.99"), "{notes}");
}
