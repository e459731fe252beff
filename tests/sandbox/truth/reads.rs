//! What only looks makes no changing call, whatever there is to see.

use anyhow::{Result, ensure};

use crate::chaos::story::{EVERY_KIND, Part, Stage, Telling};
use crate::support::world::run;

#[test]
fn plan_and_show_change_nothing() -> Result<()> {
    let stage = Stage::set()?;
    let telling = Telling::new(&stage, &EVERY_KIND, "truth-reads")?;
    let looks: [(&str, &[&str]); 4] =
        [("plan", &[]), ("plan", &["--json"]), ("plan", &["--destroy"]), ("show", &["--json"])];
    let look = |when: &str| -> Result<()> {
        let gate = stage.open()?;
        for (command, options) in looks {
            run(&mut telling.lesson.through(&gate, command, options))?.exits(0)?;
        }
        ensure!(gate.changing_calls().is_empty(), "{when}: {:?}", gate.changing_calls());
        ensure!(gate.calls().len() > looks.len(), "{when}: hardly anything was asked");
        Ok(())
    };
    look("before anything is there")?;
    telling.up_to(Part::Replace)?;
    look("with replacements ahead")?;
    telling.complete(Part::Replace)?;
    look("with nothing to do")?;
    telling.ends()?;
    look("after all is gone")
}
