//! The stacks that tests run, and what becomes of them.

use anyhow::Context as _;

use super::scenario::{Part, Scenario};

const LIFE: &[Part] = &[Part::Apply, Part::Change, Part::Replace, Part::Destroy];

/// The class's stack, `stacks/cloud101.yaml`.
pub const LESSON: Scenario = Scenario {
    name: "lesson",
    make: |fixture, name| fixture.lesson(name),
    change: &[
        ("  course: cloud101\n", "  course: cloud102\n"),
        ("display_name: cloud101\n", "display_name: changed\n"),
        ("          Action: sns:Publish\n", "          Action: [sns:Publish, sns:GetTopicAttributes]\n"),
        ("The role of the function cloud101", "changed"),
        ("    timeout_seconds: 10\n", "    timeout_seconds: 20\n    memory_mib: 256\n"),
        ("ports: \"22\"", "ports: \"22-23\""),
        ("instance_type: t3.micro", "instance_type: t3.small"),
        ("size_gib: 8", "size_gib: 9"),
    ],
    replace: &[
        ("image: al2023 #", "image: ami-0abcdef1234567890 #"),
        ("Publish to the class's topic, and write logs", "replaced"),
        ("    description: ssh from the classroom\n    ingress", "    description: replaced\n    ingress"),
    ],
    rename: &[],
    parts: LIFE,
};

/// One resource of every kind.
pub const EVERY_KIND: Scenario = Scenario {
    name: "every",
    make: |fixture, name| {
        let text = include_str!("every_kind.yaml").replace("NAME", name);
        let lesson = fixture.lesson(name)?;
        lesson.write(&text)?;
        Ok(lesson)
    },
    change: &[
        ("tags: { course: first }", "tags: { course: second }"),
        ("delay_seconds: 1\n", "delay_seconds: 2\n    receive_wait_time_seconds: 20\n"),
        ("display_name: first", "display_name: second"),
        ("Action: \"sns:Publish\"", "Action: [\"sns:Publish\", \"sns:GetTopicAttributes\"]"),
        ("    description: first\n    assumed_by: lambda", "    description: second\n    assumed_by: lambda"),
        ("Action: \"logs:PutLogEvents\"", "Action: \"logs:*\""),
        ("    assumed_by: ec2.amazonaws.com\n", "    assumed_by: ec2.amazonaws.com\n    max_session_seconds: 7200\n"),
        ("role: ${machine_role.name}", "role: ${role.name}"),
        ("Action: \"iam:ChangePassword\"", "Action: [\"iam:ChangePassword\", \"iam:GetUser\"]"),
        ("    groups: [\"${group.name}\"]\n", "    groups: []\n    policies: [\"${policy.arn}\"]\n"),
        ("    description: first\n    environment: {", "    description: second\n    environment: { MORE: \"1\","),
        ("    description: first\n  function:", "    description: second\n  function:"),
        ("reserved_concurrency: 1", "reserved_concurrency: 2"),
        ("log_retention_days: 7", "log_retention_days: 14"),
        ("expire_after_days: 30", "expire_after_days: 60"),
        ("content: first", "content: second"),
        ("port: 22, cidr: 192.0.2.0/24", "port: 23, cidr: 198.51.100.0/24"),
        ("instance_type: t3.micro", "instance_type: t3.small"),
        ("size_gib: 8", "size_gib: 9"),
        ("size_gib: 2\n", "size_gib: 3\n"),
    ],
    replace: &[
        ("email: NAME@example.edu", "domain: NAME.example.edu"),
        ("    description: first\n    document:", "    description: replaced\n    document:"),
        ("    assumed_by: ec2.amazonaws.com\n", "    name: NAME-another\n    assumed_by: ec2.amazonaws.com\n"),
        ("key: notes.txt", "key: others.txt"),
        (
            "AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/",
            "AAAAC3NzaC1lZDI1NTE5AAAAIDIhz2GK/XCUj4i6Q5yQJNL1MKjYJjAzT0tyBvYVXbCq",
        ),
        ("    description: first\n    ingress", "    name: NAME-another\n    description: replaced\n    ingress"),
        ("image: al2023", "image: ami-0abcdef1234567890"),
    ],
    rename: &[],
    parts: LIFE,
};

/// The same stack on the ways that lead back, sideways and to what others made.
pub const DETOURS: Scenario = Scenario {
    name: "detour",
    rename: &[
        ("    delay_seconds: 1\n", "    delay_seconds: 1\n    name: NAME-renamed-queue\n"),
        ("    display_name: first\n", "    display_name: first\n    name: NAME-renamed-topic\n"),
        (
            "    description: first\n    document:",
            "    name: NAME-renamed-policy\n    description: first\n    document:",
        ),
        ("    assumed_by: ec2.amazonaws.com\n", "    name: NAME-renamed-role\n    assumed_by: ec2.amazonaws.com\n"),
        ("    role: ${machine_role.name}\n", "    name: NAME-renamed-profile\n    role: ${machine_role.name}\n"),
        ("    type: iam.group\n", "    type: iam.group\n    name: NAME-renamed-group\n"),
        ("    type: iam.user\n", "    type: iam.user\n    name: NAME-renamed-user\n"),
        ("    key: notes.txt\n", "    key: renamed.txt\n"),
        ("    image: al2023\n", "    name: NAME-renamed\n    image: al2023\n"),
        ("    reserved_concurrency: 1\n", "    name: NAME-renamed-function\n    reserved_concurrency: 1\n"),
        ("    description: first\n  function:", "    name: NAME-renamed-layer\n    description: first\n  function:"),
    ],
    parts: &[Part::Revert, Part::Rename, Part::Stop, Part::Start],
    ..EVERY_KIND
};

/// What can be taken over by its name.
pub const TAKEN_OVER: Scenario = Scenario {
    name: "taken",
    make: |fixture, name| {
        let lesson = (EVERY_KIND.make)(fixture, name)?;
        let text = lesson.text()?;
        let (before, _) = text.split_once("  instance:\n").context("no instance")?;
        let (first, rest) = before.split_once("  sender:\n").context("no sender")?;
        let (_, last) = rest.split_once("  policy:\n").context("no policy")?;
        // Of a layer only the next version can be the stack's.
        let (middle, last) = last.split_once("  layer:\n").context("no layer")?;
        let (_, last) = last.split_once("  function:\n").context("no function")?;
        let last = last.replace("    layers: [\"${layer.arn}\"]\n", "");
        lesson.write(&format!("{first}  policy:\n{middle}  function:\n{last}"))?;
        Ok(lesson)
    },
    change: &[
        ("tags: { course: first }", "tags: { course: second }"),
        ("delay_seconds: 1\n", "delay_seconds: 2\n"),
        ("display_name: first", "display_name: second"),
        ("    description: first\n    assumed_by: lambda", "    description: second\n    assumed_by: lambda"),
        ("Action: \"iam:ChangePassword\"", "Action: [\"iam:ChangePassword\", \"iam:GetUser\"]"),
        ("    groups: [\"${group.name}\"]\n", "    groups: []\n"),
        ("    description: first\n    environment: {", "    description: second\n    environment: { MORE: \"1\","),
        ("expire_after_days: 30", "expire_after_days: 60"),
        ("content: first", "content: second"),
        ("port: 22, cidr: 192.0.2.0/24", "port: 23, cidr: 198.51.100.0/24"),
    ],
    replace: &[],
    rename: &[],
    parts: &[Part::Adopt, Part::Release],
};

/// A bucket, a role and a topic for each of ten students.
pub const TEN: Scenario = Scenario {
    name: "ten",
    make: |fixture, name| fixture.stack(name, &TEN_STUDENTS.replace("NAME", name)),
    change: &[],
    replace: &[],
    rename: &[],
    parts: &[Part::Apply, Part::Destroy],
};

const TEN_STUDENTS: &str = "
rosters: { students: 10 }
resources:
  home:
    type: s3.bucket
    for_each: students
    name: NAME-home-${each.key}
    tags: { of: first }
  role:
    type: iam.role
    for_each: students
    assumed_by: lambda.amazonaws.com
    description: first
    inline_policies:
      home:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: '${home.arn}/*' }]
  news:
    type: sns.topic
    for_each: students
    display_name: first
    tags: { role: '${role.name}' }
";
