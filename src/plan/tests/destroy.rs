//! What a destroy does with each resource.

use crate::aws::ownership::KEEP;
use crate::plan::{Action, Counts};
use crate::testing::{Account, plan_destroy, stack};

use super::{IMAGE, actions, step};

#[test]
fn destroy_deletes_keeps_and_releases() {
    let text = "
resources:
  topic: { type: sns.topic }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com, protect: true }
  bucket: { type: s3.bucket, name: data, adopt: true }
  taken: { type: s3.bucket, name: taken-data, adopt: true, on_destroy: delete }
  old: { type: s3.bucket, name: old-data, on_destroy: retain }
  absent: { type: s3.bucket, name: absent-data }
  foreign: { type: s3.bucket, name: foreign-data }
";
    let stack = stack(text);
    let mut account = Account::after(&stack);
    account.tag("bucket", KEEP, "adopted").tag("taken", KEEP, "adopted").delete("absent").unmark("foreign");
    let plan = plan_destroy(&stack, &account);
    let expected = ["topic delete", "role keep", "bucket release", "taken delete", "old keep", "foreign keep"];
    assert_eq!(actions(&plan), expected);
    assert_eq!(plan.counts(), Counts { destroy: 2, release: 1, ..Counts::default() });
}

/// The mark does not say it yet: there was no apply in between.
#[test]
fn what_a_kept_resource_needs_is_kept_with_it() {
    let text = |keep: &str| {
        format!(
            "
resources:
  role: {{ type: iam.role, assumed_by: ec2.amazonaws.com }}
  profile: {{ type: iam.instance_profile, role: '${{role.name}}' }}
  group: {{ type: ec2.security_group }}
  other: {{ type: ec2.security_group, name: another }}
  instance:
    type: ec2.instance
    image: {IMAGE}
    instance_type: t3.micro
    instance_profile: '${{profile.name}}'
    security_group_ids: [ '${{group.id}}' ]
    {keep}
"
        )
    };
    let account = Account::after(&stack(&text("")));
    for keep in ["protect: true", "on_destroy: retain"] {
        let plan = plan_destroy(&stack(&text(keep)), &account);
        let expected = ["role keep", "profile keep", "group keep", "other delete", "instance keep"];
        assert_eq!(actions(&plan), expected, "{keep}");
        let because = Action::Keep { because: "instance is kept and depends on it".into() };
        assert_eq!(step(&plan, "role").action, because);
    }
    // One that is not this stack's stays without our help.
    let mut account = account;
    account.unmark("instance");
    let plan = plan_destroy(&stack(&text("on_destroy: retain")), &account);
    assert!(actions(&plan).contains(&"role delete".to_owned()), "{:?}", actions(&plan));
}

#[test]
fn destroy_finds_what_the_file_no_longer_says_and_honours_what_it_said() {
    let before = stack(
        "
resources:
  topic: { type: sns.topic }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com, protect: true }
  old: { type: s3.bucket, name: old-data, on_destroy: retain }
  bucket: { type: s3.bucket, name: data }
",
    );
    let mut account = Account::after(&before);
    account.tag("bucket", KEEP, "adopted");
    let plan = plan_destroy(&stack("resources:\n  other: { type: sns.topic }\n"), &account);
    assert_eq!(actions(&plan), ["(bucket) release", "(old) keep", "(role) keep", "(topic) delete"]);
}
