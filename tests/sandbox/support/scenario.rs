//! Stacks with a life, lived by the real program: applied, changed, replaced, destroyed, with faults on the way.

use std::io::Seek as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Pid;
use serde_json::Value;

use super::fixture::{Fixture, Lesson, Said, run};
use super::inspector::{self, Account, differences};
use crate::canary;
use crate::proxy::{Call, Fault, FaultProxy};

/// A stack and what becomes of it.
pub struct Scenario {
    pub name: &'static str,
    pub make: for<'a> fn(&'a Fixture, &str) -> Result<Lesson<'a>>,
    /// Edits of the file that change something in every resource, in place.
    pub change: &'static [(&'static str, &'static str)],
    /// Edits that replace resources, some with the new one first and some with the old one gone first.
    pub replace: &'static [(&'static str, &'static str)],
    /// Edits that give other names.
    pub rename: &'static [(&'static str, &'static str)],
    /// What happens to it.
    pub parts: &'static [Part],
}

/// A part of a scenario. Each begins where the one before it that it needs has ended well.
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

impl Part {
    /// The command and its options.
    pub fn command(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Part::Destroy | Part::Release => ("destroy", &["--yes", "--empty-buckets"]),
            Part::Stop => ("stop", &["--yes"]),
            Part::Start => ("start", &["--yes"]),
            _ => ("apply", &["--yes"]),
        }
    }
}

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

/// One run of a scenario: a stack of a name of its own, and a proxy of its own, which records the calls of what is run.
pub struct Run<'a> {
    pub fixture: &'a Fixture,
    scenario: Option<&'a Scenario>,
    pub lesson: Lesson<'a>,
    pub proxy: FaultProxy,
}

impl<'a> Run<'a> {
    pub fn of(fixture: &'a Fixture, scenario: &'a Scenario, name: &str) -> Result<Self> {
        let lesson = (scenario.make)(fixture, name)?;
        Ok(Self { fixture, scenario: Some(scenario), lesson, proxy: fixture.proxy(|_| None)? })
    }

    /// Of a stack with this text, which the test itself edits.
    pub fn of_stack(fixture: &'a Fixture, name: &str, text: &str) -> Result<Self> {
        let lesson = fixture.stack(name, text)?;
        Ok(Self { fixture, scenario: None, lesson, proxy: fixture.proxy(|_| None)? })
    }

    /// From now on `rule` decides about each call, and they are counted from 0.
    pub fn inject(&mut self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Result<()> {
        self.proxy = self.fixture.proxy(rule)?;
        Ok(())
    }

    /// The same, to begin with.
    pub fn with_faults(mut self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Result<Self> {
        self.inject(rule)?;
        Ok(self)
    }

    /// `cloud101 <command> <the file> <options>` through the proxy, not yet run.
    fn command(&self, command: &str, options: &[&str]) -> Command {
        self.lesson.through(&self.proxy, command, options)
    }

    /// The same, run.
    pub fn cloud101(&self, command: &str, options: &[&str]) -> Result<Said> {
        run(&mut self.command(command, options))
    }

    /// An apply, after which there is nothing to do.
    pub fn apply(&self) -> Result<Said> {
        let said = self.cloud101("apply", &["--yes"])?.exits(0)?;
        self.is_settled()?;
        Ok(said)
    }

    /// Fails unless a plan has nothing to do.
    pub fn is_settled(&self) -> Result<Said> {
        self.cloud101("plan", &["--detailed-exitcode"])?.exits(0)
    }

    /// Runs a command that a fault kills, or not, if it makes fewer calls: then the answer is its exit code.
    pub fn killed(&self, command: &str, options: &[&str]) -> Result<Option<i32>> {
        let mut said = tempfile::tempfile()?;
        let mut command = self.command(command, options);
        let mut child = command.stdout(said.try_clone()?).stderr(said.try_clone()?).spawn()?;
        self.proxy.kills(Pid::from_raw(child.id().try_into()?).context("no process id")?);
        let status = child.wait()?;
        said.rewind()?;
        canary::check("a killed run", &std::io::read_to_string(&said)?);
        Ok(status.code())
    }

    /// Runs parts at once, each `pause` later than the one before.
    pub fn at_once(&self, parts: &[Part], pause: Duration) -> Result<Vec<Said>> {
        let command = |part: &Part| {
            let (command, options) = part.command();
            self.command(command, options)
        };
        let commands: Vec<_> = parts.iter().map(command).collect();
        thread::scope(|scope| {
            let start = |(number, mut command): (u32, Command)| {
                scope.spawn(move || {
                    thread::sleep(pause * number);
                    run(&mut command)
                })
            };
            let running: Vec<_> = (0..).zip(commands).map(start).collect();
            running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a panic")))).collect()
        })
    }

    /// Runs Python that has the stack's name as its argument; see [`Fixture::python`].
    pub fn python(&self, code: &str) -> Result<Value> {
        self.fixture.python(code, &[&self.lesson.name])
    }

    /// Everything up to the beginning of `part`, undisturbed; the file is ready for it.
    pub fn up_to(&self, part: Part) -> Result<()> {
        if part == Part::Apply {
            return Ok(());
        }
        self.complete(Part::Apply).context("the first apply")?;
        match part {
            Part::Change | Part::Revert => self.edit(self.scenario()?.change),
            Part::Replace => self.edit(self.scenario()?.replace),
            Part::Rename => self.edit(self.scenario()?.rename),
            Part::Start => self.complete(Part::Stop).map(drop),
            Part::Adopt => {
                self.python(UNMARK)?;
                let text = self.lesson.text()?.replace("\n    type: ", "\n    adopt: true\n    type: ");
                self.lesson.write(&text)?;
                self.edit(self.scenario()?.change)
            }
            Part::Release => {
                // The file is as it was, and what the first apply made now belongs to others.
                self.python(UNMARK)?;
                self.lesson.write(&self.lesson.text()?.replace("\n    type: ", "\n    adopt: true\n    type: "))?;
                self.complete(Part::Apply).map(drop)
            }
            Part::Apply | Part::Destroy | Part::Stop => Ok(()),
        }
    }

    fn scenario(&self) -> Result<&'a Scenario> {
        self.scenario.context("nothing is known of this stack but its file")
    }

    fn edit(&self, edits: &[(&str, &str)]) -> Result<()> {
        let own = |text: &str| text.replace("NAME", &self.lesson.name);
        edits.iter().try_for_each(|(old, new)| self.lesson.edit(&own(old), &own(new)))
    }

    /// What follows once `part` was cut short or ended: the same again, or the way back.
    pub fn again(&self, part: Part) -> Result<()> {
        if part == Part::Revert {
            let own = |text: &str| text.replace("NAME", &self.lesson.name);
            self.scenario()?.change.iter().try_for_each(|(old, new)| self.lesson.edit(&own(new), &own(old)))?;
        }
        self.complete(part).map(drop)
    }

    /// Runs `part` through the proxy.
    pub fn part(&self, part: Part) -> Result<Said> {
        let (command, options) = part.command();
        self.cloud101(command, options)
    }

    /// Runs `part` undisturbed and uncounted; it must succeed.
    pub fn complete(&self, part: Part) -> Result<Said> {
        let (command, options) = part.command();
        self.aside(command, options)?.exits(0)
    }

    /// Runs a command undisturbed and uncounted.
    fn aside(&self, command: &str, options: &[&str]) -> Result<Said> {
        run(&mut self.lesson.through(&self.fixture.proxy(|_| None)?, command, options))
    }

    /// What the account has of it.
    pub fn account(&self) -> Result<Account> {
        inspector::look(self.fixture, &self.lesson.name)
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
            let marked = self.fixture.marked(&self.lesson.name)?;
            ensure!(marked.is_empty(), "these still carry the marks: {marked:?}");
            ensure!(!expected.is_empty(), "a release deleted what was there before");
            return Ok(());
        }
        let plan = self.aside("plan", &["--detailed-exitcode"])?;
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
            let marked = self.fixture.marked(&self.lesson.name)?;
            ensure!(marked.is_empty(), "these still carry the marks: {marked:?}");
            return Ok(());
        }
        let left = self.account()?;
        ensure!(left.is_empty(), "left: {:?}", left.keys().collect::<Vec<_>>());
        Ok(())
    }
}
