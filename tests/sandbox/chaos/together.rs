//! Side by side: many applies of one stack, apply against destroy, two stacks with the same names.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::story::{LESSON, Part, Stage, Telling};
use crate::support::world::{Ran, run};

/// Runs `parts` of one telling at once, each `pause` later than the one before.
fn at_once(stage: &Stage, telling: &Telling<'_>, parts: &[Part], pause: Duration) -> Result<Vec<Ran>> {
    let gate = stage.open()?;
    let commands = parts.iter().map(|part| {
        let (command, options) = Telling::command(*part);
        telling.lesson.through(&gate, command, options)
    });
    let commands: Vec<_> = commands.collect();
    thread::scope(|scope| {
        let start = |(number, mut command): (u32, std::process::Command)| {
            scope.spawn(move || {
                thread::sleep(pause * number);
                run(&mut command)
            })
        };
        let running: Vec<_> = (0..).zip(commands).map(start).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a panic")))).collect()
    })
}

#[test]
fn applies_of_one_stack_all_succeed_and_make_one_of_everything() -> Result<()> {
    let stage = Stage::set()?;
    let alone = Telling::new(&stage, &LESSON, "together-alone")?;
    alone.complete(Part::Apply)?;
    let expected = alone.account()?;
    alone.ends()?;
    for (number, pause) in [(2, 0), (3, 150), (5, 40), (8, 0)] {
        let telling = Telling::new(&stage, &LESSON, &format!("together-{number}"))?;
        let all = at_once(&stage, &telling, &vec![Part::Apply; number], Duration::from_millis(pause))?;
        for ran in all {
            ran.exits(0).with_context(|| format!("one of {number} at once"))?;
        }
        telling.is(&expected, Part::Apply).with_context(|| format!("{number} at once"))?;
        telling.ends()?;
    }
    Ok(())
}

#[test]
fn after_an_apply_against_a_destroy_whoever_runs_again_wins() -> Result<()> {
    let stage = Stage::set()?;
    for (round, pause) in [0, 100, 300].into_iter().enumerate() {
        let telling = Telling::new(&stage, &LESSON, &format!("against-{round}"))?;
        telling.complete(Part::Apply)?;
        let expected = telling.account()?;
        at_once(&stage, &telling, &[Part::Destroy, Part::Apply], Duration::from_millis(pause))?;
        telling.complete(Part::Apply).context("the apply again")?;
        telling.is(&expected, Part::Apply)?;
        at_once(&stage, &telling, &[Part::Apply, Part::Destroy], Duration::from_millis(pause))?;
        telling.ends().context("the destroy again")?;
    }
    Ok(())
}

#[test]
fn a_second_stack_with_the_same_names_is_refused_and_the_first_untouched() -> Result<()> {
    let stage = Stage::set()?;
    let first = Telling::new(&stage, &LESSON, "names-first")?;
    first.complete(Part::Apply)?;
    let before = first.account()?;
    let second = Telling::new(&stage, &LESSON, "names-first")?;
    second.lesson.edit("stack: names-first\n", "stack: names-second\n")?;
    second.lesson.edit("    adopt: true # exists since last year? Use that one; then `destroy` keeps it.\n", "")?;
    second.through(&stage.open()?, Part::Apply)?.exits(1)?.says("belongs to the stack `names-first`")?;
    second.through(&stage.open()?, Part::Destroy)?;
    first.is(&before, Part::Apply)?;
    first.ends()
}
