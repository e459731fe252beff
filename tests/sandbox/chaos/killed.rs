//! Killed anywhere, run it again.
//!
//! The program is killed (SIGKILL) immediately before and immediately after a changing call reaches AWS. The same command
//! run again must succeed, and the account must then hold, field by field, what an undisturbed run leaves.
//!
//! `cargo test` takes a sample of the calls. All of them, each before and after, and the count of them:
//! `CLOUD101_CHAOS=all cargo test --test sandbox chaos::killed -- --nocapture`.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Pid;

use super::story::{EVERY_KIND, LESSON, Part, Stage, Story, Telling};
use crate::support::gate::{Moment, Verdict};
use crate::support::inspector::Account;

/// How many stacks are in the making at once; the emulators are the bottleneck.
const AT_ONCE: usize = 4;

#[test]
fn the_class() -> Result<()> {
    every_call_of(&LESSON, 5)
}

#[test]
fn every_kind() -> Result<()> {
    every_call_of(&EVERY_KIND, 13)
}

/// What an undisturbed run of a part leaves, and how many changing calls it makes.
struct Undisturbed {
    part: Part,
    account: Account,
    calls: usize,
}

/// A place to be killed at.
#[derive(Debug, Clone, Copy)]
struct Place {
    part: Part,
    /// The number of the changing call, from 0.
    call: usize,
    moment: Moment,
}

/// Kills at every `every`th changing call of each part, in turn before and after; with `CLOUD101_CHAOS=all` at every
/// one, before and after.
fn every_call_of(story: &Story, every: usize) -> Result<()> {
    let stage = Stage::set()?;
    let parts = Part::ALL.map(|part| undisturbed(&stage, story, part).with_context(|| format!("{part:?}")));
    let parts: Vec<Undisturbed> = parts.into_iter().collect::<Result<_>>()?;
    let all = std::env::var("CLOUD101_CHAOS").is_ok_and(|value| value == "all");
    let mut places: Vec<_> = parts.iter().flat_map(places_of).collect();
    if !all {
        places = places.into_iter().step_by(every).collect();
    }
    let calls: Vec<_> = parts.iter().map(|one| format!("{:?} {}", one.part, one.calls)).collect();
    println!("{}: changing calls: {}; kills: {}", story.name, calls.join(", "), places.len());

    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failures = Vec::new();
        while let Some(place) = places.get(next.fetch_add(1, Ordering::SeqCst)) {
            let expected = parts.iter().find(|one| one.part == place.part).map(|one| &one.account);
            let told = expected.context("no such part").and_then(|account| killed(&stage, story, *place, account));
            failures.extend(told.err().map(|error| format!("{place:?}: {error:#}")));
        }
        failures
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| vec!["a panic".into()])).collect()
    });
    ensure!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), places.len(), failures.join("\n\n"));
    Ok(())
}

fn places_of(part: &Undisturbed) -> Vec<Place> {
    let moments = [Moment::Before, Moment::After];
    (0..part.calls).flat_map(|call| moments.map(|moment| Place { part: part.part, call, moment })).collect()
}

fn undisturbed(stage: &Stage, story: &Story, part: Part) -> Result<Undisturbed> {
    let telling = Telling::new(stage, story, &format!("{}-{part:?}", story.name).to_lowercase())?;
    telling.up_to(part)?;
    let gate = stage.open()?;
    telling.through(&gate, part)?.exits(0)?;
    let account = telling.account()?;
    telling.is(&account, part)?;
    if part != Part::Destroy {
        ensure!(!account.is_empty(), "an undisturbed run left nothing");
        telling.ends()?;
    }
    Ok(Undisturbed { part, account, calls: gate.changing_calls().len() })
}

fn killed(stage: &Stage, story: &Story, place: Place, expected: &Account) -> Result<()> {
    let Place { part, call, moment } = place;
    let telling = Telling::new(stage, story, &format!("{}-{part:?}{call}{moment:?}", story.name).to_lowercase())?;
    telling.up_to(part)?;
    let gate = stage.world.gate(&stage.missing, move |arrived| match arrived.changing {
        Some(number) if number == call => Verdict::Kill(moment),
        _ => Verdict::Pass,
    })?;
    let (command, options) = Telling::command(part);
    let mut command = telling.lesson.through(&gate, command, options);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    gate.kills(Pid::from_raw(child.id().try_into()?).context("no process id")?);
    let status = child.wait()?;
    if let Some(code) = status.code() {
        bail!("it ended with {code} before it could be killed, after {} changing calls", gate.changing_calls().len());
    }
    telling.complete(part).context("the second time")?;
    telling.is(expected, part)?;
    if part == Part::Destroy { Ok(()) } else { telling.ends() }
}
