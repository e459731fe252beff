//! Tags that people copy from what the stack made to something else: under the same name in other letter case, under
//! another name, or without the record. None of it is the stack's.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::fixture::Fixture;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::EVERY_KIND;

const COPY: &str = concat!("import base64\n", include_str!("copies.py"));
const THERE: &str = include_str!("copied.py");

#[test]
fn what_carries_copied_tags_is_neither_planned_on_nor_touched() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &EVERY_KIND, "copies")?;
    // Of the bucket's contents, what destroys it would take everything.
    run.lesson.edit("    empty_on_destroy: true\n", "    on_destroy: retain\n")?;
    run.complete(Part::Apply)?;
    let name = run.lesson.name.as_str();
    fixture.python(COPY, &[name])?;
    let before = fixture.python(THERE, &[name, "objects"])?;
    ensure!(before.as_array().is_some_and(|all| all.len() == 21), "{before}");

    run.is_settled()?;
    run.part(Part::Apply)?.exits(0)?;
    ensure!(run.proxy.changing_calls().is_empty(), "{:?}", run.proxy.changing_calls());

    // With other names in the file, what had the old ones goes, and no copy with it.
    run.lesson.edit("key: notes.txt", "key: others.txt")?;
    run.complete(Part::Apply)?;
    run.part(Part::Destroy)?;
    let after = fixture.python(THERE, &[name, "objects"])?;
    let mut expected = before.clone();
    expected.as_array_mut().into_iter().for_each(|all| all.retain(|one| one != &json!("notes.txt")));
    ensure!(after == expected, "{after} instead of {expected}");
    Ok(())
}
