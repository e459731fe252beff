//! One changing call of a run spoilt: the program is killed (SIGKILL) immediately before or immediately after the call
//! reaches AWS, or AWS carries it out and the answer is lost.
//!
//! After a kill the same command run again must succeed; a lost answer must not even stop the run. The account must then
//! hold, field by field, what an undisturbed run leaves.
//!
//! `cargo test` takes a sample of the calls. Each of them, spoilt in each way, and the count of them:
//! `CLOUD101_CHAOS=all cargo test --test sandbox chaos::one_call -- --nocapture`. Any other value is parts of how failures
//! are reported: `CLOUD101_CHAOS='Change, call: 7, mode: AnswerLost|Apply, call: 2,'`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};

use crate::proxy::{Fault, Phase};
use crate::support::fixture::Fixture;
use crate::support::inspector::Account;
use crate::support::scenario::{Part, Run, Scenario};
use crate::support::scenarios::{DETOURS, EVERY_KIND, LESSON, TAKEN_OVER, TEN};

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

/// The program with ten students. A few of its calls are enough: that a kind survives a fault at each call of its own, the
/// tests above show with one of each, and that the engine survives one at each change of ten students
/// `src/session/tests/killed.rs`, in memory. Here both are together, with the calls of ten under way at once.
#[test]
fn ten() -> Result<()> {
    every_call_of(&TEN, 83)
}

/// What an undisturbed run of a part leaves, and how many changing calls it makes.
struct Undisturbed {
    part: Part,
    account: Account,
    calls: usize,
}

/// Which call is spoilt, and how.
#[derive(Debug, Clone, Copy)]
struct Case {
    part: Part,
    /// The number of the changing call, from 0.
    call: usize,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Killed(Phase),
    AnswerLost,
}

impl Mode {
    const ALL: [Mode; 3] = [Mode::Killed(Phase::Before), Mode::Killed(Phase::After), Mode::AnswerLost];

    fn fault(self) -> Fault {
        match self {
            Self::Killed(phase) => Fault::Kill(phase),
            Self::AnswerLost => Fault::Cut(Phase::After),
        }
    }
}

/// Every `every`th of all cases, in the order of parts, calls and modes, or those that `CLOUD101_CHAOS` asks for.
fn every_call_of(scenario: &Scenario, every: usize) -> Result<()> {
    let fixture = Fixture::own()?;
    let mut parts: Vec<Undisturbed> = Vec::new();
    for part in scenario.parts {
        if parts.iter().all(|one| one.part != *part) {
            parts.extend(undisturbed(&fixture, scenario, *part).with_context(|| format!("{part:?}"))?);
        }
    }
    // The sample goes by the order in which the scenario has them.
    parts.sort_by_key(|one| scenario.parts.iter().position(|part| *part == one.part));
    let cases = parts.iter().flat_map(cases_of);
    let cases: Vec<_> = match std::env::var("CLOUD101_CHAOS").as_deref() {
        Ok("all") => cases.collect(),
        Ok(some) => cases.filter(|case| some.split('|').any(|words| format!("{case:?}").contains(words))).collect(),
        Err(_) => cases.step_by(every).collect(),
    };
    let calls: Vec<_> = parts.iter().map(|one| format!("{:?} {}", one.part, one.calls)).collect();
    println!("{}: changing calls: {}; spoilt runs: {}", scenario.name, calls.join(", "), cases.len());

    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failures = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            let expected = parts.iter().find(|one| one.part == case.part).map(|one| &one.account);
            let reported =
                expected.context("no such part").and_then(|account| spoilt(&fixture, scenario, *case, account));
            let failure = reported.err().map(|error| format!("{case:?}: {error:#}"));
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
    ensure!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), cases.len(), failures.join("\n\n"));
    Ok(())
}

fn cases_of(part: &Undisturbed) -> Vec<Case> {
    (0..part.calls).flat_map(|call| Mode::ALL.map(|mode| Case { part: part.part, call, mode })).collect()
}

/// A part, and the one of the scenario that begins where it ends, if there is one.
fn undisturbed(fixture: &Fixture, scenario: &Scenario, first: Part) -> Result<Vec<Undisturbed>> {
    let next = match first {
        Part::Apply => Some(Part::Destroy),
        Part::Stop => Some(Part::Start),
        _ => None,
    };
    let next = next.filter(|next| scenario.parts.contains(next));
    let mut run = Run::of(fixture, scenario, &format!("{}-{first:?}", scenario.name).to_lowercase())?;
    run.up_to(first)?;
    let mut all = Vec::new();
    for part in [Some(first), next].into_iter().flatten() {
        run.inject(|_| None)?;
        run.part(part)?.exits(0)?;
        if part == Part::Revert {
            run.again(part)?;
        }
        let account = run.account()?;
        run.is(&account, part)?;
        ensure!(part == Part::Destroy || !account.is_empty(), "an undisturbed run left nothing");
        all.push(Undisturbed { part, account, calls: run.proxy.changing_calls().len() });
    }
    let last = next.unwrap_or(first);
    if !matches!(last, Part::Destroy | Part::Release) {
        run.ends_after(last)?;
    }
    Ok(all)
}

fn spoilt(fixture: &Fixture, scenario: &Scenario, case: Case, expected: &Account) -> Result<()> {
    let Case { part, call, mode } = case;
    let word = match mode {
        Mode::Killed(phase) => format!("{phase:?}"),
        Mode::AnswerLost => "lost".to_owned(),
    };
    let name = format!("{}-{part:?}{call}{word}", scenario.name).to_lowercase();
    let run = Run::of(fixture, scenario, &name)?.with_faults(mode.fault().at_change(call))?;
    run.up_to(part)?;
    match mode {
        Mode::AnswerLost => {
            run.part(part)?.exits(0)?;
            if part == Part::Revert {
                run.again(part).context("back again")?;
            }
        }
        Mode::Killed(_) => {
            let (command, options) = part.command();
            if let Some(code) = run.killed(command, options)? {
                bail!("it ended with {code} before it could be killed");
            }
            run.again(part).context("the second time")?;
        }
    }
    let calls = run.proxy.changing_calls().len();
    ensure!(calls > call, "there were only {calls} changing calls");
    run.is(expected, part)?;
    if matches!(part, Part::Destroy | Part::Release) { Ok(()) } else { run.ends_after(part) }
}
