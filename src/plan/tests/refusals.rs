//! What forbids a plan: each with its place, and what to type next.

use insta::assert_snapshot;

use crate::aws::ownership::KEEP;
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::resource::DeleteBlocker;
use crate::testing::{Account, addresses, plan, refused, stack};
use crate::ui::{Paint, plan_errors};

fn text(all: &[PlanError]) -> String {
    plan_errors::text(all, "stacks/cloud101.yaml", Paint::PLAIN)
}

fn apply(file: &str, account: &Account) -> String {
    text(&refused(&stack(file), account, Goal::Apply, &Options::default()))
}

const GROUP: &str = "resources:\n  group: { type: ec2.security_group, description: one }\n";

#[test]
fn what_is_not_ours_is_not_touched() {
    let two = "resources:\n  topic: { type: sns.topic }\n  news: { type: sns.topic }\n";
    let mut account = Account::after(&stack(two));
    account.unmark("topic").tag("news", "cloud101:stack", "other");
    assert_snapshot!(apply(two, &account));
}

#[test]
fn what_can_not_become_what_the_file_says_is_not_adopted() {
    let mut account = Account::after(&stack(GROUP));
    account.unmark("group");
    let adopting = "resources:\n  group: { type: ec2.security_group, description: two, adopt: true }\n";
    assert_snapshot!(apply(adopting, &account));
}

#[test]
fn what_another_holds_is_not_replaced_under_its_name() {
    let file = |about: &str, name: &str| {
        format!(
            "resources:
  group: {{ type: ec2.security_group, description: {about}, name: {name} }}
  instance:
    {{ type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro, security_group_ids: ['${{group.id}}'] }}
"
        )
    };
    let account = Account::after(&stack(&file("one", "class")));
    assert_snapshot!(apply(&file("two", "class"), &account));
    assert_eq!(plan(&stack(&file("two", "lab")), &account).counts().add, 1, "another name is another group");
}

#[test]
fn what_is_protected_is_not_replaced() {
    let account = Account::after(&stack(GROUP));
    let protected = "resources:\n  group: { type: ec2.security_group, description: two, protect: true }\n";
    let asked = Options { replace: addresses(["group"]), ..Options::default() };
    let same = stack("resources:\n  group: { type: ec2.security_group, description: one, protect: true }\n");
    let asked = text(&refused(&same, &account, Goal::Apply, &asked));
    assert_snapshot!(format!("{}\n{asked}", apply(protected, &account)));
}

#[test]
fn what_aws_would_not_delete_is_not_replaced() {
    let with = |image: &str| {
        format!(
            "resources:\n  instance: {{ type: ec2.instance, image: {image}, instance_type: t3.micro, termination_protection: true }}\n"
        )
    };
    let (old, new) = (with("ami-0123456789abcdef0"), with("ami-0fedcba9876543210"));
    let mut account = Account::after(&stack(&old));
    account.thing("instance").live.blocker = Some(DeleteBlocker::Lock {
        said: "termination_protection: true",
        unlocks: "termination_protection: false",
        command: "aws ec2 unlock".into(),
    });
    assert_snapshot!(apply(&new, &account));
    // Without the lock it is only a change.
    account.thing("instance").live.blocker = None;
    assert_eq!(plan(&stack(&new), &account).counts().add, 1);
}

#[test]
fn what_is_protected_is_not_deleted_under_another_name_or_none() {
    let file = "resources:\n  bucket: { type: s3.bucket, name: old-data, protect: true }\n";
    let account = Account::after(&stack(file));
    let renamed = "resources:\n  bucket: { type: s3.bucket, name: new-data, protect: true }\n";
    let gone = "resources:\n  topic: { type: sns.topic }\n";
    assert_snapshot!(format!("{}\n{}", apply(renamed, &account), apply(gone, &account)));
}

#[test]
fn two_addresses_can_not_be_one_thing() {
    // Names of which the file does not show that they are the same.
    let file = "
resources:
  first: { type: sns.topic, name: cloud101-news }
  role: { type: iam.role, name: news, assumed_by: ec2.amazonaws.com }
  second: { type: sns.topic, name: 'cloud101-${role.name}' }
";
    let account = Account::after(&stack(file));
    assert_snapshot!(apply(file, &account));
}

#[test]
fn values_that_only_a_plan_knows_are_checked_before_an_apply() {
    let file = "
vars: { role: { default: geheim-and-no-arn, secret: true } }
resources:
  group: { type: ec2.security_group }
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  instance:
    type: ec2.instance
    image: ami-0123456789abcdef0
    instance_type: t3.micro
    security_group_ids: [ '${group.name}' ]
  function: { type: lambda.function, runtime: python3.13, handler: index.handler, code: email_agent, role: '${role.name}' }
  other: { type: lambda.function, runtime: python3.13, handler: index.handler, code: email_agent, role: '${var.role}' }
";
    let said = apply(file, &Account::default());
    assert!(!said.contains("geheim"), "{said}");
    assert_snapshot!(said);
    let mended = file.replace("${group.name}", "${group.id}").replace("${role.name}", "${role.arn}");
    let mended = mended.replace("geheim-and-no-arn", "arn:aws:iam::123456789012:role/lambda");
    assert_eq!(plan(&stack(&mended), &Account::default()).counts().add, 5);
}

#[test]
fn everything_that_forbids_comes_at_once() {
    let file = "
resources:
  topic: { type: sns.topic }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  bucket: { type: s3.bucket, name: data }
";
    let mut account = Account::after(&stack(file));
    account.unmark("topic").unmark("role").tag("bucket", KEEP, "protect");
    let all = refused(
        &stack("resources:\n  topic: { type: sns.topic }\n  role: { type: iam.role, assumed_by: ec2.amazonaws.com }\n"),
        &account,
        Goal::Apply,
        &Options::default(),
    );
    let places: Vec<_> = all.iter().map(|one| (one.address.as_ref().unwrap().to_string(), one.line)).collect();
    assert_eq!(places, [("topic".into(), Some(4)), ("role".into(), Some(5)), ("bucket".into(), None)]);
}
