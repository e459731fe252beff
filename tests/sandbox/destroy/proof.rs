//! `destroy --prove`: what is left is found wherever it is, and the command beside it removes it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::support::fixture::{Fixture, Said};

const STACK: &str = "prove-it";

/// The event of that name among the lines of a run with `--json`.
pub fn event(ran: &Said, name: &str) -> Result<Value> {
    let mut events = ran.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.find(|event| event["event"] == name).with_context(|| format!("no event {name}\n{ran}"))
}

/// `what region id` of each.
pub fn listed(all: &Value) -> BTreeSet<String> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or("-").to_owned();
    let lines = all.as_array().into_iter().flatten();
    lines.map(|one| ["what", "region", "id"].map(|key| text(one, key)).join(" ")).collect()
}

#[test]
fn what_is_left_anywhere_is_found_and_goes_with_the_command_beside_it() -> Result<()> {
    let fixture = Fixture::everywhere()?;
    let stack = fixture.lesson(STACK)?;
    stack.apply()?;
    let seeded = fixture.python(concat!(include_str!("foreign.py"), include_str!("seed.py")), &[STACK])?;

    let ran = stack.run("destroy", &["--yes", "--prove", "--json"])?.exits(1)?;
    ensure!(event(&ran, "summary")?["complete"] == true, "what could be destroyed is\n{ran}");
    let proof = event(&ran, "proof")?;
    let expected: BTreeSet<String> = serde_json::from_value(seeded["left"].clone())?;
    let found = listed(&proof["resources"]);
    let missed: Vec<_> = expected.difference(&found).collect();
    let wrong: Vec<_> = found.difference(&expected).collect();
    ensure!(missed.is_empty() && wrong.is_empty(), "missed: {missed:#?}, wrongly called left: {wrong:#?}");
    ensure!(proof["left"] == expected.len() && proof["proven"] == false, "{proof:#}");
    let going: BTreeSet<String> = serde_json::from_value(seeded["going"].clone())?;
    ensure!(going.is_subset(&listed(&proof["going"])), "{going:?} are not among {:#}", proof["going"]);
    ensure!(proof["not_looked_at"] == serde_json::json!([]), "{:#}", proof["not_looked_at"]);

    let removes = proof["resources"].as_array().into_iter().flatten().filter_map(|one| one["remove"].as_str());
    let removes: Vec<_> = removes.collect();
    let folder = tempfile::tempdir()?;
    for command in &removes {
        fixture.shell(folder.path(), command)?.exits(0).with_context(|| format!("the command beside it: {command}"))?;
    }

    // There is nothing to destroy any more, and the proof is made all the same.
    let ran = stack.run("destroy", &["--yes", "--prove", "--json"])?.exits(0)?;
    let proof = event(&ran, "proof")?;
    ensure!(proof["proven"] == true && proof["left"] == 0, "{proof:#}");
    let ran = stack.run("destroy", &["--yes", "--prove"])?.exits(0)?;
    ensure!(ran.stdout.trim_end().lines().last().is_some_and(|line| line.starts_with("0 left: nothing")), "{ran}");
    for words in ["eu-central-1", "ec2:DescribeVolumes", "sns:ListTopics", "logs:DescribeLogGroups", "the stack's"] {
        ensure!(ran.stdout.contains(words), "{words:?} is not in the evidence\n{ran}");
    }
    let there = fixture.python(concat!(include_str!("foreign.py"), "answer(foreign(sys.argv[1]))"), &[STACK])?;
    ensure!(there == seeded["foreign"], "what is foreign changed: {there:#} instead of {:#}", seeded["foreign"]);
    Ok(())
}
