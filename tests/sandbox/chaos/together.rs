//! Side by side: many applies of one stack, apply against destroy, two stacks with the same names.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::support::fixture::Fixture;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::LESSON;

#[test]
fn applies_of_one_stack_all_succeed_and_make_one_of_everything() -> Result<()> {
    let fixture = Fixture::shared()?;
    let alone = Run::of(&fixture, &LESSON, "together-alone")?;
    alone.complete(Part::Apply)?;
    let expected = alone.account()?;
    alone.ends()?;
    for (number, pause) in [(2, 0), (3, 150), (5, 40), (8, 0)] {
        let run = Run::of(&fixture, &LESSON, &format!("together-{number}"))?;
        let all = run.at_once(&vec![Part::Apply; number], Duration::from_millis(pause))?;
        for ran in all {
            ran.exits(0).with_context(|| format!("one of {number} at once"))?;
        }
        run.is(&expected, Part::Apply).with_context(|| format!("{number} at once"))?;
        run.ends()?;
    }
    Ok(())
}

#[test]
fn after_an_apply_against_a_destroy_the_one_that_runs_again_wins() -> Result<()> {
    let fixture = Fixture::shared()?;
    for (round, pause) in [0, 100, 300].into_iter().enumerate() {
        let run = Run::of(&fixture, &LESSON, &format!("against-{round}"))?;
        run.complete(Part::Apply)?;
        let expected = run.account()?;
        run.at_once(&[Part::Destroy, Part::Apply], Duration::from_millis(pause))?;
        run.complete(Part::Apply).context("the apply again")?;
        run.is(&expected, Part::Apply)?;
        run.at_once(&[Part::Apply, Part::Destroy], Duration::from_millis(pause))?;
        run.ends().context("the destroy again")?;
    }
    Ok(())
}

#[test]
fn a_second_stack_with_the_same_names_is_refused_and_the_first_untouched() -> Result<()> {
    let fixture = Fixture::shared()?;
    let first = Run::of(&fixture, &LESSON, "names-first")?;
    first.complete(Part::Apply)?;
    let before = first.account()?;
    let second = Run::of(&fixture, &LESSON, "names-first")?;
    second.lesson.edit("stack: names-first\n", "stack: names-second\n")?;
    second.lesson.edit("    adopt: true # exists since last year? Use that one; then `destroy` keeps it.\n", "")?;
    second.part(Part::Apply)?.exits(1)?.says("belongs to the stack `names-first`")?;
    second.part(Part::Destroy)?;
    first.is(&before, Part::Apply)?;
    first.ends()
}
