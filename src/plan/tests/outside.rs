//! What `--target` leaves out keeps what it uses, whatever kind that is.

use std::collections::BTreeSet;

use serde_json::json;

use crate::plan::options::Because;
use crate::plan::options::{Goal, Options, Selection};
use crate::plan::outside::settle;
use crate::plan::refusal::held_outside;
use crate::plan::schedule::{Part, schedule};
use crate::plan::{Action, Plan};
use crate::resource::Address;
use crate::stack::Stack;
use crate::testing::fake::kind;
use crate::testing::numbered;
use crate::testing::{Account, addresses, plan_destroy, planned, refused, stack};

use super::{actions, step};

const TARGET: Because = Because::LeftOut(Selection::Target);

const DOCUMENT: &str = "{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] }";

const KEY: &str = "public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

/// Something with a name, and something else that refers to it.
fn pairs() -> Vec<(&'static str, String)> {
    let trust = "assumed_by: lambda.amazonaws.com";
    let document = format!("document: {DOCUMENT}");
    let machine = "type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro";
    [
        ("iam.policy", &*document, "user: { type: iam.role, assumed_by: ec2.amazonaws.com, policies: ['${old.arn}'] }"),
        ("iam.role", trust, "user: { type: iam.instance_profile, role: '${old.name}' }"),
        ("iam.instance_profile", "", &format!("user: {{ {machine}, instance_profile: '${{old.name}}' }}")),
        ("ec2.security_group", "", &format!("user: {{ {machine}, security_group_ids: ['${{old.id}}'] }}")),
        ("ec2.key_pair", KEY, &format!("user: {{ {machine}, key_name: '${{old.name}}' }}")),
        ("s3.bucket", "", "user: { type: s3.object, bucket: '${old.name}', key: a, content: a }"),
        ("sns.topic", "", "user: { type: sns.topic, display_name: 'see ${old.arn}' }"),
    ]
    .into_iter()
    .map(|(kind, more, user)| {
        let comma = if more.is_empty() { "" } else { ", " };
        (kind, format!("resources:\n  old: {{ type: {kind}, name: NAME{comma}{more} }}\n  {user}\n"))
    })
    .collect()
}

fn target(stack: &Stack, account: &Account, goal: Goal, address: &str) -> Plan {
    planned(stack, account, goal, &Options { targets: addresses([address]), ..Options::default() })
}

#[test]
fn what_has_another_name_now_stays_for_what_is_left_out_whatever_kind_it_is() {
    for (kind, text) in pairs() {
        let (before, after) = (stack(&text.replace("NAME", "first")), stack(&text.replace("NAME", "second")));
        let account = Account::after(&before);
        let plan = target(&after, &account, Goal::Apply, "old");
        assert_eq!(actions(&plan), ["old create", "(old) keep"], "{kind}");
        let kept = plan.steps.iter().find(|step| !step.is_declared()).unwrap();
        assert!(kept.notes[0].starts_with("it is deleted when `user`, which --target excludes"), "{:?}", kept.notes);
        assert_eq!(schedule(&plan).node_count(), 1, "{kind}");
        // All of it moves over, and the old one goes.
        let whole = crate::testing::plan(&after, &account);
        assert!(actions(&whole).contains(&"(old) delete".to_owned()), "{kind}: {:?}", actions(&whole));
        // Nothing outside uses it.
        let alone = stack(&text.replace("NAME", "second").lines().take(2).collect::<Vec<_>>().join("\n"));
        let mut account = Account::after(&before);
        account.delete("user");
        assert_eq!(actions(&target(&alone, &account, Goal::Apply, "old")), ["old create", "(old) delete"], "{kind}");
    }
}

#[test]
fn what_the_account_still_refers_to_stays_though_the_file_does_not() {
    for (kind, text) in pairs().into_iter().filter(|(kind, _)| *kind != "s3.bucket") {
        let text = text.replace("NAME", "first");
        let account = Account::after(&stack(&text));
        let without = stack(
            &text
                .replace("${old.arn}", "arn:aws:iam::aws:policy/ReadOnlyAccess")
                .replace("${old.name}", "other")
                .replace("${old.id}", "sg-0123456789abcdef0"),
        );
        let plan = target(&without, &account, Goal::Destroy, "old");
        assert_eq!(actions(&plan), ["old keep"], "{kind}");
        assert_eq!(step(&plan, "old").notes, ["`user`, which --target excludes, still uses it"], "{kind}");
        assert!(actions(&plan_destroy(&without, &account)).contains(&"old delete".to_owned()), "{kind}");
    }
}

/// The old profile of the machine is no use without its role, nor the role without its policy.
#[test]
fn what_stays_keeps_what_it_uses_itself() {
    let text = "
resources:
  policy: { type: iam.policy, name: NAME-policy, document: DOCUMENT }
  role: { type: iam.role, name: NAME-role, assumed_by: ec2.amazonaws.com, policies: ['${policy.arn}'] }
  profile: { type: iam.instance_profile, name: NAME-profile, role: '${role.name}' }
  vm:
    { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro, instance_profile: '${profile.name}' }
";
    let named = |name: &str| text.replace("NAME", name).replace("DOCUMENT", DOCUMENT);
    let account = Account::after(&stack(&named("first")));
    let after = stack(&named("second"));
    let plan = target(&after, &account, Goal::Apply, "profile");
    let kept = plan.steps.iter().filter(|step| matches!(step.action, Action::Keep { .. }));
    let vm = crate::resource::Address::new("vm");
    assert_eq!(kept.filter(|step| step.stays_for.as_ref() == Some(&vm)).count(), 3, "{:?}", actions(&plan));
    assert_eq!(plan.counts().destroy, 0);
}

#[test]
fn a_replacement_leaves_the_old_one_or_is_refused() {
    let text = |image: &str| {
        stack(&format!(
            "resources:\n  vm: {{ type: ec2.instance, image: {image}, instance_type: t3.micro }}\n  \
             topic: {{ type: sns.topic, display_name: '${{vm.id}}' }}\n"
        ))
    };
    let account = Account::after(&text("ami-0123456789abcdef0"));
    let after = text("ami-0fedcba9876543210");
    let plan = target(&after, &account, Goal::Apply, "vm");
    let vm = step(&plan, "vm");
    assert!(matches!(vm.action, Action::Replace { create_first: true, .. }));
    assert!(vm.notes.iter().any(|note| note.starts_with("the old one is kept until `topic`")), "{:?}", vm.notes);
    let graph = schedule(&plan);
    assert!(graph.node_weights().all(|task| task.part == Part::Put) && graph.node_count() == 1);
    assert_eq!((plan.counts().add, plan.counts().destroy), (1, 0));

    let policy = |about: &str| {
        stack(&format!(
            "resources:\n  policy: {{ type: iam.policy, description: {about}, document: {DOCUMENT} }}\n  \
             role: {{ type: iam.role, assumed_by: ec2.amazonaws.com, policies: ['${{policy.arn}}'] }}\n"
        ))
    };
    let account = Account::after(&policy("one"));
    let only = Options { targets: addresses(["policy"]), ..Options::default() };
    let errors = refused(&policy("two"), &account, Goal::Apply, &only);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].error.message.contains("`role`, which --target excludes, would be without it"));
    assert_eq!(errors[0].error.hint.as_deref(), Some("add --target role, or plan everything"));
    planned(&policy("two"), &account, Goal::Apply, &Options::default());
}

#[test]
fn what_is_missing_beside_a_replacement_is_said_as_it_is_typed() {
    let hint = |holder: &str, which| held_outside(&Address::parse(holder), which).hint.unwrap();
    let only = Because::LeftOut(Selection::Only);
    assert_eq!(hint("role[bo]", only), "add `bo` to --only, or plan everything");
    assert_eq!(hint("role", only), "plan everything", "it is for all");
    assert_eq!(hint("role", TARGET), "add --target role, or plan everything");
    assert_eq!(hint("role[bo]", Because::NotPlanned), "first solve what is said of `role[\"bo\"]`");
    assert_eq!(hint("role", Because::Kept), "plan everything");
}

/// While it is the stack's its policies can be taken off it; and the plan says that it loses them.
#[test]
fn what_is_released_is_so_after_what_it_used_is_gone() {
    let stack = stack(
        &"
resources:
  policy: { type: iam.policy, document: DOCUMENT }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com, policies: ['${policy.arn}'], adopt: true }
"
        .replace("DOCUMENT", DOCUMENT),
    );
    let mut account = Account::after(&stack);
    account.tag("role", crate::aws::ownership::KEEP, "adopted");
    let plan = plan_destroy(&stack, &account);
    assert_eq!(actions(&plan), ["policy delete", "role release"]);
    assert_eq!(step(&plan, "policy").notes, ["`role` is kept in the account without it"]);
    let graph = schedule(&plan);
    let node = |part| graph.node_indices().find(|node| graph[*node].part == part).unwrap();
    assert!(graph.contains_edge(node(Part::Remove), node(Part::Put)));
}

/// Whether something of this kind, id and name stays for what is left out and says this.
fn stays_for(text: &str, (kind_name, id, name): (&str, &str, &str)) -> bool {
    let mut going = numbered::step(0, Action::Delete, false, &kind(kind_name));
    (going.name, going.prior.as_mut().unwrap().id) = (name.into(), id.into());
    let (mut steps, mut errors) = (vec![going], Vec::new());
    let outsider = (Address::new("user"), json!({ "text": [text] }));
    let stack = numbered::stack(&[], &kind(kind_name));
    settle(TARGET, &stack, Goal::Destroy, std::slice::from_ref(&outsider), &mut steps, &mut errors);
    assert!(errors.is_empty(), "{errors:?}");
    // It does not stay for itself.
    let mut own = vec![numbered::step(0, Action::Delete, false, &kind(kind_name))];
    settle(TARGET, &stack, Goal::Destroy, &[(own[0].address.clone(), json!({ "text": "r0" }))], &mut own, &mut errors);
    assert_eq!(own[0].action, Action::Delete);
    steps[0].stays_for.is_some()
}

#[test]
fn what_is_named_is_named_by_its_id_its_name_or_its_arn() {
    let role = ("iam.role", "lab", "lab");
    assert!(stays_for("lab", role) && stays_for("arn:aws:iam::123456789012:role/lab", role));
    for other in [
        "labs",
        "the lab",
        "arn:aws:iam::123456789012:role/other",
        "arn:aws:iam::123456789012:policy/lab",
        "arn:aws:sns:us-east-1:123456789012:lab",
    ] {
        assert!(!stays_for(other, role), "{other}");
    }
    let profile = ("iam.instance_profile", "lab", "lab");
    assert!(stays_for("arn:aws:iam::123456789012:instance-profile/lab", profile));
    assert!(!stays_for("arn:aws:iam::123456789012:role/lab", profile));
    let topic = ("sns.topic", "arn:aws:sns:us-east-1:123456789012:news", "news");
    for text in ["arn:aws:sns:us-east-1:123456789012:news", "see arn:aws:sns:us-east-1:123456789012:news.", "news"] {
        assert!(stays_for(text, topic), "{text}");
    }
    assert!(!stays_for("arn:aws:sqs:us-east-1:123456789012:news", topic));
    let machine = ("ec2.instance", "i-1a2b", "vm");
    assert!(stays_for("i-1a2b", machine) && stays_for("vm", machine));
    assert!(!stays_for("see i-1a2b", machine), "only an ARN is known within a text");
}

/// What the account says of it counts more, if that is another one of the same address.
#[test]
fn what_the_file_says_is_used_stays_unless_another_is_used_in_its_place() {
    let kind = kind("sns.topic");
    let stack = numbered::stack(&[BTreeSet::new(), [0].into()], &kind);
    let stays = |used: &str, other: usize| {
        let mut second = numbered::step(other, Action::None, true, &kind);
        (second.name, second.prior.as_mut().unwrap().id) = ("second".into(), "second".into());
        let mut steps = vec![numbered::step(0, Action::Delete, false, &kind), second];
        let outsider = (numbered::address(1), json!({ "text": [used] }));
        let mut errors = Vec::new();
        settle(TARGET, &stack, Goal::Apply, &[outsider], &mut steps, &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        steps[0].stays_for.is_some()
    };
    assert!(stays("nothing", 0), "the file says so");
    assert!(stays("second", 2), "that is something else");
    assert!(!stays("second", 0), "it has moved over");
}

#[test]
fn what_can_not_be_replaced_is_said_once() {
    let kind = kind("sns.topic");
    let stack = numbered::stack(&[BTreeSet::new()], &kind);
    let replace = Action::Replace { create_first: false, because: nonempty::NonEmpty::new("name".into()) };
    let mut steps = vec![numbered::step(0, replace, true, &kind)];
    let mut errors = Vec::new();
    for _ in 0..2 {
        settle(
            TARGET,
            &stack,
            Goal::Apply,
            &[(Address::new("user"), json!({ "text": ["r0"] }))],
            &mut steps,
            &mut errors,
        );
        assert_eq!(errors.len(), 1);
    }
}

#[test]
fn what_stays_is_not_said_to_be_missed() {
    let stack = stack(
        &"
resources:
  kept: { type: iam.policy, document: DOCUMENT, protect: true }
  role: { type: iam.role, assumed_by: ec2.amazonaws.com, policies: ['${kept.arn}'], adopt: true }
"
        .replace("DOCUMENT", DOCUMENT),
    );
    let mut account = Account::after(&stack);
    account.tag("role", crate::aws::ownership::KEEP, "adopted");
    let plan = plan_destroy(&stack, &account);
    assert_eq!(actions(&plan), ["kept keep", "role release"]);
    assert_eq!(step(&plan, "kept").notes, [""; 0]);
}
