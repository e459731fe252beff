//! Stacks with a life: applied, changed, replaced, destroyed.

use anyhow::{Context as _, Result, ensure};

use crate::support::gate::{Gate, Verdict};
use crate::support::inspector::{self, Account, differences};
use crate::support::missing::Missing;
use crate::support::world::{Lesson, Ran, World, run};

/// A stack and what becomes of it.
pub struct Story {
    pub name: &'static str,
    make: for<'a> fn(&'a World, &str) -> Result<Lesson<'a>>,
    /// Edits of the file that change something in every resource, in place.
    change: &'static [(&'static str, &'static str)],
    /// Edits that replace resources, some with the new one first and some with the old one gone first.
    replace: &'static [(&'static str, &'static str)],
    /// Edits that give other names.
    rename: &'static [(&'static str, &'static str)],
    /// What is told of it.
    pub parts: &'static [Part],
}

/// A part of a story. Each begins where the one before it that it needs has ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Apply,
    Change,
    Replace,
    Destroy,
    /// The change is cut short, and the file is put back before the next apply.
    Revert,
    Rename,
    /// What is there, and is marked by no stack, is taken over and changed.
    Adopt,
    /// A destroy of what was taken over.
    Release,
    Stop,
    Start,
}

const LIFE: &[Part] = &[Part::Apply, Part::Change, Part::Replace, Part::Destroy];

/// Where the account keeps what was there before: versions of policies, of objects and of layers, and a description that was
/// set and taken out, which is empty and not absent. What is there now is for the plan to compare.
const HISTORY: [&str; 6] = [
    "/policy/Policy/DefaultVersionId:",
    "/versions:",
    "/object ",
    "/role/Description: null instead of \"\"",
    "/layer STACK-layer/",
    "/function/Configuration/Layers:",
];

/// Takes every tag of cloud101 off what the stack made.
const UNMARK: &str = include_str!("unmark.py");

/// The class's stack, `stacks/cloud101.yaml`.
pub const LESSON: Story = Story {
    name: "lesson",
    make: |world, name| world.lesson(name),
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
pub const EVERY_KIND: Story = Story {
    name: "every",
    make: |world, name| {
        let text = include_str!("every_kind.yaml").replace("NAME", name);
        let lesson = world.lesson(name)?;
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
pub const DETOURS: Story = Story {
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
        ("    key: notes.txt\n", "    key: renamed.txt\n"),
        ("    image: al2023\n", "    name: NAME-renamed\n    image: al2023\n"),
        ("    reserved_concurrency: 1\n", "    name: NAME-renamed-function\n    reserved_concurrency: 1\n"),
        ("    description: first\n  function:", "    name: NAME-renamed-layer\n    description: first\n  function:"),
    ],
    parts: &[Part::Revert, Part::Rename, Part::Stop, Part::Start],
    ..EVERY_KIND
};

/// What can be taken over by its name.
pub const TAKEN_OVER: Story = Story {
    name: "taken",
    make: |world, name| {
        let lesson = (EVERY_KIND.make)(world, name)?;
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
        ("    description: first\n    environment: {", "    description: second\n    environment: { MORE: \"1\","),
        ("expire_after_days: 30", "expire_after_days: 60"),
        ("content: first", "content: second"),
        ("port: 22, cidr: 192.0.2.0/24", "port: 23, cidr: 198.51.100.0/24"),
    ],
    replace: &[],
    rename: &[],
    parts: &[Part::Adopt, Part::Release],
};

/// What all stories need.
pub struct Stage {
    pub world: World,
    pub missing: Missing,
}

impl Stage {
    pub fn set() -> Result<Self> {
        Ok(Self { world: World::shared()?, missing: Missing::default() })
    }

    /// For a test that makes very much.
    pub fn own() -> Result<Self> {
        Ok(Self { world: World::own()?, missing: Missing::default() })
    }

    /// A gate that lets everything pass.
    pub fn open(&self) -> Result<Gate> {
        self.world.gate(&self.missing, |_| Verdict::Pass)
    }
}

/// One telling of a story, under a stack name of its own.
pub struct Telling<'a> {
    stage: &'a Stage,
    story: &'a Story,
    pub lesson: Lesson<'a>,
}

impl<'a> Telling<'a> {
    pub fn new(stage: &'a Stage, story: &'a Story, name: &str) -> Result<Self> {
        Ok(Self { stage, story, lesson: (story.make)(&stage.world, name)? })
    }

    /// Everything up to the beginning of `part`, undisturbed; the file is ready for it.
    pub fn up_to(&self, part: Part) -> Result<()> {
        if part == Part::Apply {
            return Ok(());
        }
        self.complete(Part::Apply).context("the first apply")?;
        match part {
            Part::Change | Part::Revert => self.edit(self.story.change),
            Part::Replace => self.edit(self.story.replace),
            Part::Rename => self.edit(self.story.rename),
            Part::Start => self.complete(Part::Stop).map(drop),
            Part::Adopt => {
                self.stage.world.python(UNMARK, &[&self.lesson.name])?;
                let text = self.lesson.text()?.replace("\n    type: ", "\n    adopt: true\n    type: ");
                self.lesson.write(&text)?;
                self.edit(self.story.change)
            }
            Part::Release => {
                // The file is as it was, and what the first apply made is now somebody else's.
                self.stage.world.python(UNMARK, &[&self.lesson.name])?;
                self.lesson.write(&self.lesson.text()?.replace("\n    type: ", "\n    adopt: true\n    type: "))?;
                self.complete(Part::Apply).map(drop)
            }
            Part::Apply | Part::Destroy | Part::Stop => Ok(()),
        }
    }

    fn edit(&self, edits: &[(&str, &str)]) -> Result<()> {
        let own = |text: &str| text.replace("NAME", &self.lesson.name);
        edits.iter().try_for_each(|(old, new)| self.lesson.edit(&own(old), &own(new)))
    }

    /// What follows once `part` was cut short or ended: the same again, or the way back.
    pub fn again(&self, part: Part) -> Result<()> {
        if part == Part::Revert {
            let own = |text: &str| text.replace("NAME", &self.lesson.name);
            self.story.change.iter().try_for_each(|(old, new)| self.lesson.edit(&own(new), &own(old)))?;
        }
        self.complete(part).map(drop)
    }

    /// The command of `part` and its options.
    pub fn command(part: Part) -> (&'static str, &'static [&'static str]) {
        match part {
            Part::Destroy | Part::Release => ("destroy", &["--yes", "--empty-buckets"]),
            Part::Stop => ("stop", &["--yes"]),
            Part::Start => ("start", &["--yes"]),
            _ => ("apply", &["--yes"]),
        }
    }

    /// Runs `part` undisturbed; it must succeed.
    pub fn complete(&self, part: Part) -> Result<Ran> {
        self.through(&self.stage.open()?, part)?.exits(0)
    }

    /// Runs `part` through a gate.
    pub fn through(&self, gate: &Gate, part: Part) -> Result<Ran> {
        let (command, options) = Self::command(part);
        run(&mut self.lesson.through(gate, command, options))
    }

    /// What the account has of it.
    pub fn account(&self) -> Result<Account> {
        inspector::look(&self.stage.world, &self.lesson.name)
    }

    /// The account has exactly this, and a plan is empty.
    pub fn is(&self, expected: &Account, part: Part) -> Result<()> {
        let mut differences = differences(expected, &self.account()?);
        // What was changed and put back has a history, which says how far the change had come.
        differences.retain(|line| part != Part::Revert || !HISTORY.iter().any(|word| line.contains(word)));
        ensure!(
            differences.is_empty(),
            "the account differs from that of an undisturbed run:\n{}",
            differences.join("\n")
        );
        if part == Part::Destroy {
            ensure!(expected.is_empty(), "an undisturbed destroy left {:?}", expected.keys().collect::<Vec<_>>());
            return Ok(());
        }
        if part == Part::Stop {
            // The next apply would start the machine again.
            return Ok(());
        }
        if part == Part::Release {
            let marked = self.stage.world.marked(&self.lesson.name)?;
            ensure!(marked.is_empty(), "these still carry the marks: {marked:?}");
            ensure!(!expected.is_empty(), "a release deleted what was there before");
            return Ok(());
        }
        let plan = run(&mut self.lesson.through(&self.stage.open()?, "plan", &["--detailed-exitcode"]))?;
        plan.exits(0).map(drop).context("the plan afterwards is not empty")
    }

    /// Nothing is left, by cloud101's word and by AWS's.
    pub fn ends(&self) -> Result<()> {
        self.ends_after(Part::Apply)
    }

    /// The same after `part`: of what was taken over, no mark is left.
    pub fn ends_after(&self, part: Part) -> Result<()> {
        self.complete(Part::Destroy).context("destroying")?.says("0 left")?;
        if part == Part::Adopt {
            let marked = self.stage.world.marked(&self.lesson.name)?;
            ensure!(marked.is_empty(), "these still carry the marks: {marked:?}");
            return Ok(());
        }
        let left = self.account()?;
        ensure!(left.is_empty(), "left: {:?}", left.keys().collect::<Vec<_>>());
        Ok(())
    }
}
