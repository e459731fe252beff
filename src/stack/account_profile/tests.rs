use std::path::Path;

use crate::model::account_profile::{LEARNER_LAB, ProfileChoice};
use crate::model::value::at;
use crate::testing::{place, stack, stack_in, try_stack};

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/LabRole";

/// A stack of the class's form: a policy and a role for each, and what uses them.
/// Where the code of the functions is.
const STACKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../stacks");

const CLASS: &str = "
rosters: { students: [ana, bo] }
resources:
  home: { type: s3.bucket, for_each: students, name: 'b-${each.key}' }
  policy:
    type: iam.policy
    for_each: students
    document: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: '${home.arn}/*' }] }
  role: { type: iam.role, for_each: students, assumed_by: lambda.amazonaws.com, policies: ['${policy.arn}'] }
  profile: { type: iam.instance_profile, role: '${role[\"ana\"].name}' }
  key: { type: ec2.key_pair, public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' }
  agent:
    type: lambda.function
    for_each: students
    runtime: python3.13
    handler: index.handler
    code: email_agent
    role: ${role.arn}
    environment: { HOME_BUCKET: '${home.name}', LITERAL: '$${role.arn}' }
  vm:
    type: ec2.instance
    image: al2023
    instance_type: t3.micro
    instance_profile: ${profile.name}
    key_name: ${key.name}
    depends_on: [policy]
outputs: { roles: '${role[*].arn}', policies: '${policy[*].arn}', plain: x }
handout: { for_each: students, lines: { Role: 'it is ${role.name}' } }
";

fn adapted(rest: &str) -> (Stack, Adapted) {
    let mut stack = stack_in(Path::new(STACKS), rest);
    let adapted = stack.adapt(&LEARNER_LAB, &place());
    (stack, adapted)
}

#[test]
fn roles_profiles_and_keys_give_way_to_those_that_are_there() {
    let (stack, adapted) = adapted(CLASS);
    let names: Vec<_> = stack.resources.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(names, ["home[\"ana\"]", "home[\"bo\"]", "agent[\"ana\"]", "agent[\"bo\"]", "vm"]);
    assert!(adapted.impossible.is_empty());
    let spec = |address: &str| &stack.get(&Address::parse(address)).expect("it is there").spec;
    for key in ["ana", "bo"] {
        let agent = spec(&format!("agent[{key}]"));
        assert_eq!(agent["role"], ROLE);
        // What refers to what is made is as it was, and what is not a reference too.
        assert_eq!(at(agent, "environment.HOME_BUCKET"), Some(&format!("${{home[\"{key}\"].name}}").into()));
        assert_eq!(at(agent, "environment.LITERAL"), Some(&"$${role.arn}".into()));
    }
    assert_eq!(
        (&spec("vm")["instance_profile"], &spec("vm")["key_name"]),
        (&"LabInstanceProfile".into(), &"vockey".into())
    );
    for declared in &stack.resources {
        let names = declared.depends_on.iter().map(|address| address.name.as_str());
        assert!(names.clone().all(|name| name == "home"), "{}: {:?}", declared.address, declared.depends_on);
    }
    assert_eq!(
        stack.outputs,
        [("roles[\"ana\"]", ROLE), ("roles[\"bo\"]", ROLE), ("plain", "x")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(adapted.outputs_left_out, ["policies[\"ana\"]", "policies[\"bo\"]"]);
    let handout = stack.handout.expect("a hand-out");
    assert_eq!(handout.cards[0].lines, [("Role".to_owned(), "it is LabRole".to_owned())]);
    let said = |one: &Instead| (one.resource.clone(), one.copies, one.existing.clone(), one.used_by.join(" "));
    let said: Vec<_> = adapted.instead.iter().map(said).collect();
    let expected = [
        ("policy", 2, None, ""),
        ("role", 2, Some("LabRole"), "agent"),
        ("profile", 1, Some("LabInstanceProfile"), "vm"),
        ("key", 1, Some("vockey"), "vm"),
    ];
    assert_eq!(
        said,
        expected.map(|(name, copies, by, users)| (name.to_owned(), copies, by.map(str::to_owned), users.to_owned()))
    );
}

#[test]
fn where_the_key_pair_is_not_one_is_made() {
    let mut stack = stack_in(Path::new(STACKS), CLASS);
    let place = Place { region: "us-west-2".into(), ..place() };
    let adapted = stack.adapt(&LEARNER_LAB, &place);
    assert!(stack.get(&Address::new("key")).is_some() && !adapted.instead.iter().any(|one| one.resource == "key"));
    assert_eq!(stack.get(&Address::new("vm")).map(|vm| &vm.spec["key_name"]), Some(&"${key.name}".into()));
}

#[test]
fn what_can_not_be_there_is_named_with_its_line_and_why() {
    let (stack, adapted) = adapted(
        "resources:
  news: { type: sns.topic, display_name: '${role.id}' }
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  student: { type: iam.user }
  sender: { type: ses.identity, email: ana@example.edu }
  note: { type: s3.object, bucket: bbb, key: a, content: '${sender.arn}' }
",
    );
    let names: Vec<_> = stack.resources.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(names, ["news", "note"]);
    let said = adapted.impossible.iter().map(|one| {
        assert!(one.diagnostic.code == Code::AccountProfile && one.diagnostic.help.is_some());
        format!("{}:{} {}: {}", one.address, one.line, one.diagnostic.path(), one.diagnostic.message)
    });
    let said: Vec<_> = said.collect();
    assert_eq!(
        said,
        [
            "student:6 : iam.user can't be created in a Learner Lab: users and groups can't be created there",
            "sender:7 : ses.identity can't be created in a Learner Lab: it does not have the service",
            "news:4 display_name: `${role.id}` has no value in a Learner Lab, because `role` can't be created there",
        ]
    );
}

#[test]
fn a_stack_that_needs_nothing_else_is_as_it_was() {
    let (stack, adapted) = adapted("resources: { news: { type: sns.topic } }\noutputs: { a: '${news.arn}' }");
    assert!(adapted.instead.is_empty() && adapted.impossible.is_empty() && stack.resources.len() == 1);
    assert_eq!(stack.outputs, [("a".to_owned(), "${news.arn}".to_owned())]);
}

#[test]
fn a_file_may_say_the_profile_or_that_there_is_none() {
    let of = |line: &str| stack(&format!("{line}\nresources: {{ news: {{ type: sns.topic }} }}")).profile;
    assert_eq!(of(""), None);
    assert_eq!(of("profile: none"), Some(ProfileChoice::Off));
    assert_eq!(of("profile: learner-lab"), Some(ProfileChoice::Of(&LEARNER_LAB)));
    let diagnostics =
        try_stack("profile: lerner-lab\nresources: { news: { type: sns.topic } }").err().expect("it is wrong");
    let one = &diagnostics.list[0];
    assert_eq!(one.code, Code::NotAChoice);
    assert!(one.help.as_ref().is_some_and(|help| help.contains("`learner-lab`")), "{one}");
}
