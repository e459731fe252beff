//! Interrupted, killed, and twice at once.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::canary;
use crate::support::fixture::{Fixture, Lesson, Said};
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::LESSON;

/// The types of things that the class's stack consists of, sorted; a log group and a disk come along.
const SORTS: [&str; 9] = ["group", "instance", "lambda", "logs", "policy", "role", "s3", "sns", "volume"];

/// Ctrl-C: what is under way is finished, nothing new begins, and the same command goes on from there.
#[test]
fn an_interrupted_apply_says_so_and_goes_on_later() -> Result<()> {
    const TOPICS: usize = 40;
    let fixture = Fixture::shared()?;
    let topics: String = (1..=TOPICS).map(|n| format!("  topic{n}:\n    type: sns.topic\n")).collect();
    let stack = fixture.stack("accept-ctrl-c", &format!("resources:\n{topics}"))?;

    let mut command = stack.command("apply", &["--yes", "--parallelism", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().context("no pipe")?);
    let mut said = String::new();
    until(&mut stderr, &mut said, |line| line.starts_with("✓"))?;
    kill_process(pid(&child)?, Signal::INT)?;
    stderr.read_to_string(&mut said)?;
    let status = child.wait()?;
    canary::check("an interrupted apply", &said);

    let done = said.lines().filter(|line| line.starts_with("✓")).count();
    let begun = said.lines().filter(|line| line.starts_with("…")).count();
    ensure!(status.code() == Some(1), "{status}\n{said}");
    ensure!(said.contains("Interrupted: waiting for operations in progress to finish."), "{said}");
    let (_, after) = said.split_once("Interrupted:").context("not interrupted")?;
    ensure!(!after.contains("\n…"), "something was begun after the interruption\n{said}");
    ensure!(done == begun && done < TOPICS, "{done} of {begun} that were begun are done\n{said}");
    ensure!(said.contains(": not started, not created"), "{said}");
    let made = fixture.marked("accept-ctrl-c")?;
    ensure!(made.len() == done, "{done} are said to be done, and there are {made:?}\n{said}");

    stack.apply()?.says(&format!("Apply complete: {} added, 0 changed, 0 destroyed", TOPICS - done))?;
    stack.is_settled()?;
    stack.destroy()
}

/// The process is killed at random moments; the same command finishes the work.
#[test]
fn a_killed_apply_is_finished_by_the_next() -> Result<()> {
    const KILLS: u64 = 6;
    let fixture = Fixture::shared()?;
    let mut random = Random(20_251_124);
    let moments: Vec<_> = (0..KILLS).map(|n| (n, random.below(900), random.below(120))).collect();
    let one = |(n, apply, destroy): (u64, u64, u64)| -> Result<()> {
        let stack = fixture.lesson(&format!("accept-kill{n}"))?;
        kill(&stack, "apply", Duration::from_millis(apply))?;
        stack.apply()?;
        stack.is_settled()?;
        let sorts = fixture.sorts(&stack.name)?;
        ensure!(sorts == SORTS, "killed {apply} ms after the first step: {sorts:?}");
        kill(&stack, "destroy", Duration::from_millis(destroy))?;
        stack.destroy().with_context(|| format!("destroying, killed after {destroy} ms"))
    };
    thread::scope(|scope| {
        let halves = moments.chunks(moments.len() / 2);
        let workers: Vec<_> = halves.map(|half| scope.spawn(|| half.iter().copied().try_for_each(one))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a panic"))?)
    })
}

/// Two people apply the same stack at once: nothing is there twice, and both come to the same end.
#[test]
fn two_applies_at_once_converge() -> Result<()> {
    let fixture = Fixture::shared()?;
    // Side by side, and the second while the first is at its work.
    for (round, later) in [0, 300].into_iter().enumerate() {
        let run = Run::of(&fixture, &LESSON, &format!("accept-both{round}"))?;
        let both = run.at_once(&[Part::Apply; 2], Duration::from_millis(later))?;
        let stack = run.lesson;
        let reported = || both.iter().map(Said::to_string).collect::<Vec<_>>().join("\n\n");
        ensure!(both.iter().any(|ran| ran.status.success()), "neither succeeded\n{}", reported());
        stack.is_settled().with_context(reported)?;
        let sorts = fixture.sorts(&stack.name)?;
        ensure!(sorts == SORTS, "{sorts:?}\n{}", reported());
        stack.destroy()?;
    }
    Ok(())
}

/// Runs a command of the stack and kills it `delay` after its first step began.
fn kill(stack: &Lesson<'_>, command: &str, delay: Duration) -> Result<()> {
    let mut command =
        stack.command(command, &["--yes", "--json", "--empty-buckets"][..if command == "apply" { 2 } else { 3 }]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().context("no pipe")?);
    let mut said = String::new();
    until(&mut stdout, &mut said, |line| line.contains(r#""event":"started""#))?;
    thread::sleep(delay);
    child.kill()?;
    stdout.read_to_string(&mut said)?;
    child.wait()?;
    canary::check("a killed run", &said);
    Ok(())
}

/// Reads lines into `said` up to the first one that is `desired`.
fn until(stream: &mut impl BufRead, said: &mut String, desired: impl Fn(&str) -> bool) -> Result<()> {
    loop {
        let start = said.len();
        ensure!(stream.read_line(said)? > 0, "it ended early:\n{said}");
        if desired(&said[start..]) {
            return Ok(());
        }
    }
}

fn pid(child: &Child) -> Result<Pid> {
    Pid::from_raw(child.id().try_into()?).context("no process id")
}

/// Numbers that are the same in every run (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
