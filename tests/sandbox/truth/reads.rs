//! What only looks makes no changing call, whatever there is to see.

use anyhow::{Result, ensure};

use crate::support::fixture::Fixture;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::EVERY_KIND;

#[test]
fn plan_and_show_change_nothing() -> Result<()> {
    let fixture = Fixture::shared()?;
    let mut run = Run::of(&fixture, &EVERY_KIND, "truth-reads")?;
    let looks: [(&str, &[&str]); 4] =
        [("plan", &[]), ("plan", &["--json"]), ("plan", &["--destroy"]), ("show", &["--json"])];
    let look = |run: &mut Run<'_>, when: &str| -> Result<()> {
        run.inject(|_| None)?;
        for (command, options) in looks {
            run.cloud101(command, options)?.exits(0)?;
        }
        ensure!(run.proxy.changing_calls().is_empty(), "{when}: {:?}", run.proxy.changing_calls());
        ensure!(run.proxy.calls().len() > looks.len(), "{when}: almost nothing was asked");
        Ok(())
    };
    look(&mut run, "before anything is there")?;
    run.up_to(Part::Replace)?;
    look(&mut run, "with replacements ahead")?;
    run.complete(Part::Replace)?;
    look(&mut run, "with nothing to do")?;
    run.ends()?;
    look(&mut run, "after all is gone")
}
