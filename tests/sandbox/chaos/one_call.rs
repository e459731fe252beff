//! One changing call of a run spoilt: the program is killed (SIGKILL) immediately before or immediately after the call
//! reaches AWS, or AWS carries it out and the answer is lost.
//!
//! After a kill the same command run again must succeed; a lost answer must not even stop the run. The account must then
//! hold, field by field, what an undisturbed run leaves.
//!
//! `cargo test` takes a sample of the calls. Each of them, spoilt in each way, and the count of them:
//! `CLOUD101_CHAOS=all cargo test --test sandbox chaos::one_call -- --nocapture`. Any other value is parts of how failures
//! are told: `CLOUD101_CHAOS='Change, call: 7, way: AnswerLost|Apply, call: 2,'`.

use std::io::Seek as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Pid;

use super::story::{DETOURS, EVERY_KIND, LESSON, Part, Stage, Story, TAKEN_OVER, Telling};
use crate::canary;
use crate::support::gate::{Gate, Moment, Verdict};
use crate::support::inspector::Account;

/// How many stacks are in the making at once; the emulators are the bottleneck.
const AT_ONCE: usize = 4;

#[test]
fn the_class() -> Result<()> {
    every_call_of(&LESSON, 23)
}

#[test]
fn every_kind() -> Result<()> {
    every_call_of(&EVERY_KIND, 43)
}

#[test]
fn there_and_back() -> Result<()> {
    every_call_of(&DETOURS, 47)
}

#[test]
fn what_was_there_before() -> Result<()> {
    every_call_of(&TAKEN_OVER, 23)
}

/// What an undisturbed run of a part leaves, and how many changing calls it makes.
struct Undisturbed {
    part: Part,
    account: Account,
    calls: usize,
}

/// Which call is spoilt, and how.
#[derive(Debug, Clone, Copy)]
struct Harm {
    part: Part,
    /// The number of the changing call, from 0.
    call: usize,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Killed(Moment),
    AnswerLost,
}

impl Way {
    const ALL: [Way; 3] = [Way::Killed(Moment::Before), Way::Killed(Moment::After), Way::AnswerLost];
}

/// Every `every`th of all harms, in the order of parts, calls and ways, or those that `CLOUD101_CHAOS` asks for.
fn every_call_of(story: &Story, every: usize) -> Result<()> {
    let stage = Stage::own()?;
    let parts = story.parts.iter().map(|part| undisturbed(&stage, story, *part).with_context(|| format!("{part:?}")));
    let parts: Vec<Undisturbed> = parts.collect::<Result<_>>()?;
    let harms = parts.iter().flat_map(harms_of);
    let harms: Vec<_> = match std::env::var("CLOUD101_CHAOS").as_deref() {
        Ok("all") => harms.collect(),
        Ok(some) => harms.filter(|harm| some.split('|').any(|words| format!("{harm:?}").contains(words))).collect(),
        Err(_) => harms.step_by(every).collect(),
    };
    let calls: Vec<_> = parts.iter().map(|one| format!("{:?} {}", one.part, one.calls)).collect();
    println!("{}: changing calls: {}; spoilt runs: {}", story.name, calls.join(", "), harms.len());

    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failures = Vec::new();
        while let Some(harm) = harms.get(next.fetch_add(1, Ordering::SeqCst)) {
            let expected = parts.iter().find(|one| one.part == harm.part).map(|one| &one.account);
            let reported = expected.context("no such part").and_then(|account| spoilt(&stage, story, *harm, account));
            let failure = reported.err().map(|error| format!("{harm:?}: {error:#}"));
            // At once: a run of all may be ended early, and what it found is worth keeping.
            failure.iter().for_each(|failure| println!("FAILED {failure}"));
            failures.extend(failure);
        }
        failures
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| vec!["a panic".into()])).collect()
    });
    ensure!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), harms.len(), failures.join("\n\n"));
    Ok(())
}

fn harms_of(part: &Undisturbed) -> Vec<Harm> {
    (0..part.calls).flat_map(|call| Way::ALL.map(|way| Harm { part: part.part, call, way })).collect()
}

fn undisturbed(stage: &Stage, story: &Story, part: Part) -> Result<Undisturbed> {
    let telling = Telling::new(stage, story, &format!("{}-{part:?}", story.name).to_lowercase())?;
    telling.up_to(part)?;
    let gate = stage.open()?;
    telling.through(&gate, part)?.exits(0)?;
    if part == Part::Revert {
        telling.again(part)?;
    }
    let account = telling.account()?;
    telling.is(&account, part)?;
    if !matches!(part, Part::Destroy | Part::Release) {
        ensure!(!account.is_empty(), "an undisturbed run left nothing");
        telling.ends_after(part)?;
    }
    Ok(Undisturbed { part, account, calls: gate.changing_calls().len() })
}

fn spoilt(stage: &Stage, story: &Story, harm: Harm, expected: &Account) -> Result<()> {
    let Harm { part, call, way } = harm;
    let word = match way {
        Way::Killed(moment) => format!("{moment:?}"),
        Way::AnswerLost => "lost".to_owned(),
    };
    let telling = Telling::new(stage, story, &format!("{}-{part:?}{call}{word}", story.name).to_lowercase())?;
    telling.up_to(part)?;
    let gate = stage.world.gate(&stage.missing, move |arrived| match (arrived.changing, way) {
        (Some(number), Way::Killed(moment)) if number == call => Verdict::Kill(moment),
        (Some(number), Way::AnswerLost) if number == call => Verdict::Cut(Moment::After),
        _ => Verdict::Pass,
    })?;
    match way {
        Way::AnswerLost => {
            telling.through(&gate, part)?.exits(0)?;
            if part == Part::Revert {
                telling.again(part).context("back again")?;
            }
        }
        Way::Killed(_) => {
            killed(&telling, &gate, part)?;
            telling.again(part).context("the second time")?;
        }
    }
    ensure!(gate.changing_calls().len() > call, "there were only {} changing calls", gate.changing_calls().len());
    telling.is(expected, part)?;
    if matches!(part, Part::Destroy | Part::Release) { Ok(()) } else { telling.ends_after(part) }
}

/// Runs `part` through a gate that kills it.
fn killed(telling: &Telling<'_>, gate: &Gate, part: Part) -> Result<()> {
    let (command, options) = Telling::command(part);
    let mut command = telling.lesson.through(gate, command, options);
    let mut said = tempfile::tempfile()?;
    let mut child = command.stdout(said.try_clone()?).stderr(said.try_clone()?).spawn()?;
    gate.kills(Pid::from_raw(child.id().try_into()?).context("no process id")?);
    let status = child.wait()?;
    said.rewind()?;
    canary::check("a killed run", &std::io::read_to_string(&said)?);
    match status.code() {
        Some(code) => bail!("it ended with {code} before it could be killed"),
        None => Ok(()),
    }
}
