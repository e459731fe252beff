//! What AWS checks and the sandbox does not is said after an apply there, and only what is so.

use anyhow::{Result, ensure};
use cloud101::resource::Registry;
use serde_json::{Value, json};

use crate::support::fixture::Fixture;

/// A row that fails here is to be taken out of the table: the sandbox refuses what AWS refuses.
#[test]
fn the_sandbox_takes_whatever_the_table_says_that_it_takes() -> Result<()> {
    let registry = Registry::builtin();
    let ids: Vec<_> = registry.all().flat_map(|kind| &kind.info().unchecked).map(|row| row.id).collect();
    let refused = Fixture::alone()?.python(include_str!("unchecked.py"), &ids)?;
    ensure!(refused == json!({}), "{refused:#}");
    Ok(())
}

#[test]
fn an_apply_says_once_what_it_could_not_show() -> Result<()> {
    let fixture = Fixture::shared()?;
    let text = "resources:\n  bucket: { type: s3.bucket, name: unchecked-said }\n  sender: { type: ses.identity, \
                email: ana.unchecked@example.edu }\n";
    let lesson = fixture.stack("unchecked-said", text)?;
    let plan = lesson.run("plan", &[])?.exits(0)?;
    ensure!(!plan.stdout.contains("ot checked") && !plan.stderr.contains("ot checked"), "{plan}");
    let applied = lesson.apply()?;
    for line in [
        "Checked by AWS, but not in the sandbox:",
        "  s3.bucket: whether another AWS customer has the name",
        "  ses.identity: whether it is verified",
    ] {
        ensure!(applied.stderr.contains(line) && !applied.stdout.contains(line), "{applied}");
    }
    // Nothing is new the second time, and programs get notes.
    let again = lesson.apply()?;
    ensure!(!again.stderr.contains("ot checked"), "{again}");
    lesson.destroy()?;
    let applied = lesson.run("apply", &["--yes", "--json"])?.exits(0)?;
    let events = applied.stdout.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let notes: Vec<_> = events.iter().filter_map(|event| event["note"].as_str()).collect();
    ensure!(
        notes.iter().filter(|note| note.contains("the sandbox, unlike AWS, does not check")).count() == 2,
        "{notes:?}\n{applied}"
    );
    lesson.destroy()
}
