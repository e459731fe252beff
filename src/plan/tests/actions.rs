//! Each action, and what asks for it.

use std::sync::Arc;

use nonempty::NonEmpty;
use serde_json::json;

use crate::aws::ownership::{KEEP, Ownership};
use crate::plan::decide::decide;
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::plan::value::PlanValue;
use crate::plan::{Action, Counts, Reason};
use crate::resource::Address;
use crate::testing::{Account, addresses, place, plan, plan_destroy, planned, stack};

use super::{IMAGE, KEY, actions, changes, class, step};

const TOPIC: &str = "resources:\n  topic: { type: sns.topic, display_name: Cloud }\n";

#[test]
fn what_is_not_there_is_created_in_the_order_of_dependencies() {
    let stack = stack(&class(KEY, "one", IMAGE));
    let plan = plan(&stack, &Account::default());
    assert_eq!(actions(&plan), ["key create", "group create", "instance create"]);
    assert_eq!(plan.counts(), Counts { add: 3, ..Counts::default() });
    let ids = step(&plan, "instance").changes.iter().find(|change| change.path == "security_group_ids").unwrap();
    assert_eq!(ids.after, Some([PlanValue::Unknown].into_iter().collect()));
    assert!(step(&plan, "group").changes.iter().all(|change| !change.replaces && change.before.is_none()));
}

#[test]
fn after_an_apply_there_is_nothing_to_do() {
    let stack = stack(&class(KEY, "one", IMAGE));
    let plan = plan(&stack, &Account::after(&stack));
    assert!(plan.is_empty(), "{:?}", actions(&plan));
    assert_eq!(plan.steps.len(), 3);
}

#[test]
fn an_update_says_why() {
    let before = stack(
        "resources:\n  topic: { type: sns.topic, display_name: Cloud, kms_key: alias/a, tags: { year: '1', old: x } }\n",
    );
    let mut account = Account::after(&before);
    account.drift("topic", "policy", json!({"Version": "2012-10-17", "Statement": []}));
    account.tag("topic", "year", "7");
    let after = stack("resources:\n  topic: { type: sns.topic, display_name: Sky, tags: { year: '1', new: y } }\n");
    let plan = plan(&after, &account);
    assert_eq!(actions(&plan), ["topic update"]);
    let expected = [
        ("display_name", Reason::File),
        ("kms_key", Reason::TakenOut),
        ("tags.new", Reason::File),
        ("tags.year", Reason::Drift),
        ("tags.old", Reason::TakenOut),
    ];
    assert_eq!(changes(&plan, "topic"), expected.map(|(path, why)| (path.to_owned(), why)));
}

#[test]
fn what_is_right_already_and_new_in_the_file_is_recorded() {
    let mut account = Account::after(&stack("resources:\n  topic: { type: sns.topic }\n"));
    account.drift("topic", "display_name", json!("Cloud"));
    let plan = plan(&stack(TOPIC), &account);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::Recorded)]);
    assert_eq!(step(&plan, "topic").action, Action::Update);
}

#[test]
fn what_only_a_replacement_changes_stays_and_is_noted() {
    let instance = |more: &str| {
        stack(&format!("resources:\n  vm: {{ type: ec2.instance, image: {IMAGE}, instance_type: t3.micro{more} }}\n"))
    };
    let said = instance(", spot: true, key_name: '', root_volume: { size_gib: 20 }");
    let account = Account::after(&said);
    let silent = plan(&instance(""), &account);
    let noted = |path: &str| {
        format!(
            "`{path}` was removed from the file and keeps its value: only a replacement changes it; `--replace vm` does that"
        )
    };
    // The key name is at its default.
    assert_eq!(step(&silent, "vm").notes, [noted("root_volume.size_gib"), noted("spot")]);
    assert_eq!((actions(&silent), changes(&silent, "vm")), (vec!["vm none".to_owned()], vec![]));
    assert_eq!(step(&plan(&said, &account), "vm").notes, [""; 0]);
    let options = Options { replace: addresses(["vm"]), ..Options::default() };
    let replaced = planned(&instance(""), &account, Goal::Apply, &options);
    assert_eq!(actions(&replaced), ["vm replace"]);
    assert!(!step(&replaced, "vm").notes.iter().any(|note| note.contains("stays as it is")));
}

#[test]
fn what_the_file_protects_from_now_on_is_marked_so() {
    let account = Account::after(&stack(TOPIC));
    let protected = stack("resources:\n  topic: { type: sns.topic, display_name: Cloud, protect: true }\n");
    let plan = plan(&protected, &account);
    assert_eq!((actions(&plan), changes(&plan, "topic")), (vec!["topic update".to_owned()], vec![]));
}

#[test]
fn adopt_takes_over_what_is_unmanaged_or_another_stacks() {
    let adopting = stack("resources:\n  topic: { type: sns.topic, display_name: Cloud, adopt: true }\n");
    let mut account = Account::after(&stack("resources:\n  topic: { type: sns.topic, display_name: Old }\n"));
    account.unmark("topic");
    let plan = plan(&adopting, &account);
    assert_eq!(actions(&plan), ["topic adopt"]);
    assert_eq!(changes(&plan, "topic"), [("display_name".to_owned(), Reason::File)]);
    assert_eq!(plan.counts(), Counts { change: 1, adopt: 1, ..Counts::default() });

    let mut account = Account::after(&stack(TOPIC));
    account.tag("topic", "cloud101:stack", "other");
    assert_eq!(actions(&crate::testing::plan(&adopting, &account)), ["topic adopt"]);
    assert_eq!(actions(&crate::testing::plan(&adopting, &Account::default())), ["topic create"]);
}

#[test]
fn a_new_name_for_what_aws_invents_comes_first_and_the_same_name_last() {
    let account = Account::after(&stack(&class(KEY, "one", IMAGE)));
    let image = plan(&stack(&class(KEY, "one", "ami-0fedcba9876543210")), &account);
    let because = NonEmpty::new("image".to_owned());
    assert_eq!(step(&image, "instance").action, Action::Replace { create_first: true, because });
    assert_eq!(image.counts(), Counts { add: 1, destroy: 1, ..Counts::default() });

    let text = "resources:\n  role: { type: iam.role, assumed_by: ec2.amazonaws.com }\n  policy: { type: iam.policy, ";
    let policy = |about: &str| {
        let document = "{ Statement: [{ Effect: Allow, Action: 's3:*', Resource: '*' }] }";
        stack(&format!("{text}description: {about}, document: {document} }}\n"))
    };
    let replaced = plan(&policy("two"), &Account::after(&policy("one")));
    let because = NonEmpty::new("description".to_owned());
    assert_eq!(step(&replaced, "policy").action, Action::Replace { create_first: false, because });
}

#[test]
fn what_hangs_on_something_that_goes_first_goes_before_it() {
    let account = Account::after(&stack(&class(KEY, "one", IMAGE)));
    let both = plan(&stack(&class(KEY, "two", "ami-0fedcba9876543210")), &account);
    let because = NonEmpty::new("image".to_owned());
    assert_eq!(step(&both, "instance").action, Action::Replace { create_first: false, because });
}

/// A set-up script can be changed by hand in a machine that is stopped, and the key of a key pair by deleting it: the one
/// would lose a machine, and the other nothing.
#[test]
fn what_was_changed_by_hand_is_put_back_where_nothing_is_lost_by_it() {
    let stack = stack(&format!("{}    user_data: '#!/bin/sh'\n", class(KEY, "one", IMAGE)));
    let mut account = Account::after(&stack);
    account.drift("instance", "user_data", json!("#!/bin/bash"));
    let left = plan(&stack, &account);
    assert!(left.is_empty(), "{:?}", actions(&left));
    assert!(step(&left, "instance").notes[0].contains("`user_data` was changed by hand and is ignored"));
    account.drift("key", "public_key", json!("ssh-ed25519 AAAA"));
    assert!(matches!(step(&plan(&stack, &account), "key").action, Action::Replace { .. }));
}

#[test]
fn replace_on_demand_sets_again_what_refers_to_it() {
    let text = "
resources:
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  profile: { type: iam.instance_profile, role: '${role.name}' }
";
    let stack = stack(text);
    let account = Account::after(&stack);
    let options = Options { replace: addresses(["role"]), ..Options::default() };
    let plan = planned(&stack, &account, Goal::Apply, &options);
    let because = NonEmpty::new("--replace".to_owned());
    assert_eq!(step(&plan, "role").action, Action::Replace { create_first: false, because });
    assert_eq!(changes(&plan, "profile"), [("role".into(), Reason::Replaced(Address::new("role")))]);
}

/// What was given rights by the role's id, such as a function on its key, would go on with the id of the old one.
#[test]
fn a_role_that_was_deleted_by_hand_is_set_again_where_it_is_referred_to() {
    let text = "
resources:
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  profile: { type: iam.instance_profile, role: '${role.name}' }
  topic: { type: sns.topic }
  bell: { type: sns.topic, display_name: '${topic.name}' }
";
    let stack = stack(text);
    let mut account = Account::after(&stack);
    assert!(plan(&stack, &account).steps.iter().all(|step| step.action == Action::None));
    account.delete("role").delete("topic");
    let plan = plan(&stack, &account);
    assert_eq!(step(&plan, "role").action, Action::Create);
    assert_eq!(step(&plan, "profile").action, Action::Update);
    assert_eq!(changes(&plan, "profile"), [("role".into(), Reason::Remade(Address::new("role")))]);
    assert_eq!(step(&plan, "bell").action, Action::None, "a topic is known by its name alone");
}

/// It was made again by an earlier run, which ended before it came to the function, or outside this stack.
#[test]
fn a_role_that_was_made_since_is_set_again_where_its_id_is_kept() {
    let text = "
resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  profile: { type: iam.instance_profile, role: '${role.name}' }
  topic: { type: sns.topic, display_name: '${role.name}' }
";
    let stack = stack(text);
    let mut account = Account::after(&stack);
    account.thing("role").live.made = Some(1_772_725_157);
    // What keeps no id does not say when it was set up.
    account.thing("profile").live.set_up = Some(1_772_725_156);
    assert_eq!(changes(&plan(&stack, &account), "profile"), [("role".into(), Reason::MadeSince(Address::new("role")))]);
    assert_eq!(step(&plan(&stack, &account), "topic").action, Action::None);
    account.thing("profile").live.set_up = Some(1_772_725_157);
    assert_eq!(step(&plan(&stack, &account), "profile").action, Action::None, "it was set up with this one");
}

#[test]
fn what_the_file_no_longer_has_is_deleted_unless_it_was_there_before() {
    let before = stack(
        "
resources:
  topic: { type: sns.topic }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  bucket: { type: s3.bucket, name: data }
  old: { type: s3.bucket, name: old-data, on_destroy: retain }
",
    );
    let mut account = Account::after(&before);
    account.tag("bucket", KEEP, "adopted");
    let now = stack("resources:\n  other: { type: sns.topic }\n");
    let plan = plan(&now, &account);
    assert_eq!(
        actions(&plan),
        ["other create", "(bucket) release", "(old) release", "(role) delete", "(topic) delete"]
    );
    assert_eq!(plan.counts(), Counts { add: 1, destroy: 2, release: 2, ..Counts::default() });
}

#[test]
fn a_second_one_is_deleted_and_never_one_that_is_to_be_kept() {
    let stack = stack(&class(KEY, "one", IMAGE));
    let mut account = Account::after(&stack);
    account.double("instance", "i-second");
    let plan = plan(&stack, &account);
    assert_eq!(actions(&plan), ["key none", "group none", "instance none", "(instance) delete"]);
    assert_eq!(plan.steps[3].id(), Some("i-second"));
}

#[test]
fn another_name_is_another_thing() {
    let named = |name: &str, more: &str| {
        stack(&format!(
            "resources:\n  bucket: {{ type: s3.bucket, name: {name}{more} }}\n  topic: {{ type: sns.topic }}\n"
        ))
    };
    let account = Account::after(&named("old-data", ""));
    assert_eq!(actions(&plan(&named("new-data", ""), &account)), ["bucket create", "topic none", "(bucket) delete"]);

    let mut adopted = Account::after(&named("old-data", ", adopt: true"));
    adopted.tag("bucket", KEEP, "adopted");
    let expected = ["bucket create", "topic none", "(bucket) release"];
    assert_eq!(actions(&plan(&named("new-data", ", adopt: true"), &adopted)), expected);
    // The same with a target, which must not forget why the old one is kept.
    let options = Options { targets: addresses(["bucket"]), ..Options::default() };
    let targeted = planned(&named("new-data", ", adopt: true"), &adopted, Goal::Apply, &options);
    assert_eq!(actions(&targeted), ["bucket create", "(bucket) release"]);
}

#[test]
fn what_is_kept_beside_another_of_its_name_is_noted() {
    let named =
        |name: &str| stack(&format!("resources:\n  bucket: {{ type: s3.bucket, name: {name}, on_destroy: retain }}\n"));
    let account = Account::after(&named("old-data"));
    let plan = plan(&named("new-data"), &account);
    assert_eq!(actions(&plan), ["bucket create"]);
    let note = "`old-data` is retained (on_destroy: retain), and `destroy` keeps it too";
    assert_eq!(step(&plan, "bucket").notes, [note]);
}

#[test]
fn another_logical_name_is_the_same_thing() {
    let account = Account::after(&stack("resources:\n  bucket: { type: s3.bucket, name: data }\n"));
    let renamed = stack("resources:\n  data: { type: s3.bucket, name: data }\n");
    let moved = plan(&renamed, &account);
    assert_eq!((actions(&moved), changes(&moved, "data")), (vec!["data update".to_owned()], vec![]));
    assert_eq!(actions(&plan_destroy(&renamed, &account)), ["data delete"]);

    // Even if its old logical name means another one now.
    let both =
        stack("resources:\n  data: { type: s3.bucket, name: data }\n  bucket: { type: s3.bucket, name: new-data }\n");
    assert_eq!(actions(&plan(&both, &account)), ["data update", "bucket create"]);
}

const CHAIN: &str = "
resources:
  topic: { type: sns.topic }
  policy:
    type: iam.policy
    document:
      Version: '2012-10-17'
      Statement: { Effect: Allow, Action: 'sns:Publish', Resource: '${topic.arn}' }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com, policies: [ '${policy.arn}' ] }
  bucket: { type: s3.bucket, name: data }
";

#[test]
fn targets_bring_what_they_need_and_a_destroy_what_needs_them() {
    let stack = stack(CHAIN);
    let options = Options { targets: addresses(["policy"]), ..Options::default() };
    let plan = planned(&stack, &Account::default(), Goal::Apply, &options);
    assert_eq!(actions(&plan), ["topic create", "policy create"]);
    let mut account = Account::after(&stack);
    account.double("bucket", "second-data").double("topic", "second-topic");
    let plan = planned(&stack, &account, Goal::Destroy, &options);
    assert_eq!(actions(&plan), ["policy delete", "role delete"]);
    let options = Options { targets: addresses(["topic"]), ..Options::default() };
    let plan = planned(&stack, &account, Goal::Apply, &options);
    assert_eq!(actions(&plan), ["topic none", "(topic) delete"]);
}

#[test]
fn what_a_target_leaves_out_is_known_if_it_is_there() {
    let stack = stack(CHAIN);
    let mut account = Account::after(&stack);
    account.delete("bucket").drift("role", "assumed_by", json!(["lambda.amazonaws.com"]));
    let options = Options { targets: addresses(["topic"]), ..Options::default() };
    let plan = planned(&stack, &account, Goal::Apply, &options);
    assert!(plan.is_empty());
    let known = plan.known();
    let is_known = |address| known.attributes(&Address::new(address)).is_some();
    assert_eq!(["topic", "role", "bucket"].map(is_known), [true, true, false]);
    assert!(crate::testing::plan(&stack, &account).left_out.is_none());
}

/// A list can be ahead of a read: the creation comes upon it, and it must not go as a second one.
#[test]
fn what_a_list_shows_under_the_name_of_what_is_created_is_not_a_second_one() {
    let stack = stack(TOPIC);
    let mut observation = Account::after(&stack).observe(&stack);
    observation.live.clear();
    let decided = |observation: &Observation| {
        let plan = decide(&stack, &place(), observation.clone(), Goal::Apply, &Options::default());
        actions(&plan.unwrap())
    };
    assert_eq!(decided(&observation), ["topic create"]);
    Arc::make_mut(&mut observation.owned[0]).owned.name = "another".to_owned();
    assert_eq!(decided(&observation), ["topic create", "(topic) delete"]);
}

#[test]
fn options_name_what_they_are_about() {
    let options = Options { targets: addresses(["topic"]), replace: addresses(["role"]), ..Options::default() };
    assert_eq!(options.named().map(ToString::to_string).collect::<Vec<_>>(), ["topic", "role"]);
}

#[test]
fn marks_of_another_stack_are_nothing_to_this_one() {
    let text = stack(TOPIC);
    let mut account = Account::after(&text);
    account.tag("topic", "cloud101:stack", "other");
    let empty = stack("resources:\n  bucket: { type: s3.bucket, name: data }\n");
    assert_eq!(actions(&plan(&empty, &account)), ["bucket create"]);
    assert!(plan_destroy(&empty, &account).is_empty());
    let ownership = Ownership::read(&account.thing("topic").live.tags).unwrap();
    assert_eq!(ownership.stack, "other");
}

#[test]
fn marks_that_are_missing_are_an_update_although_nothing_else_changes() {
    let stack = stack(&class(KEY, "one", IMAGE));
    let mut account = Account::after(&stack);
    account.thing("instance").live.unmarked = true;
    let plan = plan(&stack, &account);
    assert_eq!(actions(&plan), ["key none", "group none", "instance update"]);
    assert!(step(&plan, "instance").changes.is_empty());
    assert_eq!(actions(&plan_destroy(&stack, &account)), ["key delete", "group delete", "instance delete"]);
}
