//! The commands of every day, on what the lesson applied: outputs, the agent, its log, and the time between classes.

use anyhow::{Context as _, Result, ensure};

use super::documents::shows_the_words;
use crate::support::fixture::{Fixture, PROGRAM};

/// All of them; the stack is afterwards as it was before.
pub fn everyday(fixture: &Fixture) -> Result<()> {
    outputs(fixture).context("cloud101 output")?;
    invoked(fixture).context("cloud101 invoke")?;
    logged(fixture).context("cloud101 logs")?;
    between_classes(fixture).context("cloud101 stop and start")?;
    examined(fixture).context("cloud101 doctor")?;
    pointed_at(fixture).context("cloud101 sandbox")
}

fn outputs(fixture: &Fixture) -> Result<()> {
    let one = fixture.cloud101(&["--sandbox", "output", "bucket"])?.exits(0)?;
    ensure!(one.stdout == "cloud101awsbucket\n", "{one}");
    let script = format!(
        "cd {}\neval \"$({PROGRAM} --sandbox output --env)\"\naws s3 ls \"s3://$C101_BUCKET\"\necho \"$C101_FUNCTION\"",
        env!("CARGO_MANIFEST_DIR")
    );
    let ran = fixture.shell(std::path::Path::new("."), &script)?.exits(0)?;
    ensure!(ran.stdout.ends_with(":function:cloud101\n"), "{ran}");
    Ok(())
}

fn invoked(fixture: &Fixture) -> Result<()> {
    let payload = r#"{"message": "Class begins at nine."}"#;
    let ran = fixture.cloud101(&["--sandbox", "invoke", "function", "--tail", "--payload", payload])?.exits(0)?;
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).with_context(|| ran.to_string())?;
    ensure!(answer["message_id"].as_str().is_some_and(|id| id.len() == 36), "{ran}");
    ensure!(ran.stderr == "It wrote nothing.\n", "{ran}");
    // What is not text is an error of the function: SNS takes no number as a message.
    let ran = fixture.cloud101(&["--sandbox", "invoke", "cloud101", "--payload", r#"{"message": 9}"#])?.exits(1)?;
    ensure!(ran.stdout.is_empty() && ran.stderr.contains("error: the function cloud101 failed"), "{ran}");
    ensure!(ran.stderr.contains("Invalid type for parameter Message"), "{ran}");
    Ok(())
}

fn logged(fixture: &Fixture) -> Result<()> {
    let ran = fixture.cloud101(&["--sandbox", "logs", "function", "--since", "1h"])?.exits(0)?;
    ensure!(ran.stdout.lines().any(|line| line.contains("Z  REPORT RequestId:")), "{ran}");
    Ok(())
}

fn between_classes(fixture: &Fixture) -> Result<()> {
    let ran = fixture.cloud101(&["--sandbox", "stop", "--yes"])?.exits(0)?.says("✓ instance: stopped in ")?;
    ensure!(ran.stderr.contains("an apply leaves it stopped all the same until `"), "{ran}");
    shows_the_words("docs/how-to/everyday.md", "$ cloud101 stop\n", &ran)?;
    let plan = fixture.cloud101(&["--sandbox", "plan", "--detailed-exitcode"])?.exits(0)?;
    plan.says("stopped by `cloud101 stop` (20")?.says("it stays so until `")?.says("--sandbox start")?;
    fixture.cloud101(&["--sandbox", "apply", "--yes"])?.exits(0)?.says("No changes.")?;
    fixture.cloud101(&["--sandbox", "start", "--yes"])?.exits(0)?.says("✓ instance: running in ")?;
    fixture.cloud101(&["--sandbox", "plan", "--detailed-exitcode"])?.exits(0)?;
    Ok(())
}

/// For programs: the same that the shell's lines say.
fn pointed_at(fixture: &Fixture) -> Result<()> {
    let lines = fixture.cloud101(&["sandbox", "env"])?.exits(0)?.stdout;
    let document = fixture.cloud101(&["sandbox", "env", "--json"])?.exits(0)?.json()?;
    ensure!(document["emulators"].as_array().is_some_and(|all| all.len() == 2), "{document:#}");
    let set = document["environment"].as_object().context("no environment")?;
    ensure!(set.contains_key("AWS_ENDPOINT_URL_EC2"), "{document:#}");
    for (name, value) in set {
        let value = value.as_str().unwrap_or_default();
        ensure!(lines.contains(&format!("export {name}={value}\n")), "{name}={value}\n{lines}");
    }
    for name in document["unset"].as_array().into_iter().flatten() {
        ensure!(lines.contains(name.as_str().unwrap_or("?")), "{name}\n{lines}");
    }
    Ok(())
}

fn examined(fixture: &Fixture) -> Result<()> {
    let ran = fixture.cloud101(&["--sandbox", "doctor"])?.exits(0)?;
    for line in ["✓ stack file", "✓ Python", "✓ sandbox", "✓ identity", "✓ clock", "✓ default VPC"] {
        ensure!(ran.stdout.lines().any(|said| said.starts_with(line)), "no {line:?}\n{ran}");
    }
    ran.says("No problems found")?;
    Ok(())
}
