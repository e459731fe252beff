//! Tags that people copy from what the stack made to something else: under the same name in other letter case, under
//! another name, or without the record. None of it is the stack's.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::chaos::story::{EVERY_KIND, Part, Stage, Telling};
use crate::support::world::run;

const COPY: &str = concat!("import base64\n", include_str!("copies.py"));
const THERE: &str = include_str!("copied.py");

#[test]
fn what_carries_copied_tags_is_neither_planned_on_nor_touched() -> Result<()> {
    let stage = Stage::set()?;
    let telling = Telling::new(&stage, &EVERY_KIND, "copies")?;
    // Of the bucket's contents, what destroys it would take everything.
    telling.lesson.edit("    empty_on_destroy: true\n", "    on_destroy: retain\n")?;
    telling.complete(Part::Apply)?;
    let name = telling.lesson.name.as_str();
    stage.world.python(COPY, &[name])?;
    let before = stage.world.python(THERE, &[name, "objects"])?;
    ensure!(before.as_array().is_some_and(|all| all.len() == 17), "{before}");

    let gate = stage.open()?;
    run(&mut telling.lesson.through(&gate, "plan", &["--detailed-exitcode"]))?.exits(0)?;
    telling.through(&gate, Part::Apply)?.exits(0)?;
    ensure!(gate.changing_calls().is_empty(), "{:?}", gate.changing_calls());

    // With other names in the file, what had the old ones goes, and no copy with it.
    telling.lesson.edit("key: notes.txt", "key: others.txt")?;
    telling.complete(Part::Apply)?;
    telling.through(&stage.open()?, Part::Destroy)?;
    let after = stage.world.python(THERE, &[name, "objects"])?;
    let mut expected = before.clone();
    expected.as_array_mut().into_iter().for_each(|all| all.retain(|one| one != &json!("notes.txt")));
    ensure!(after == expected, "{after} instead of {expected}");
    Ok(())
}
