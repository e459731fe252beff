//! Emulators that die: reported at once by what needs them, and by the next start.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use cloud101::sandbox::Emulator;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::fixture::{Fixture, Said};

/// From the death of an emulator to the end of the command that needs it. The SDK alone would go on for 40 seconds.
const AT_ONCE: Duration = Duration::from_secs(10);

fn kill(fixture: &Fixture, emulator: Emulator) -> Result<()> {
    let one = fixture.running().emulators.iter().find(|one| one.emulator == emulator).context("no such emulator")?;
    Ok(kill_process(Pid::from_raw(i32::try_from(one.pid)?).context("no process")?, Signal::KILL)?)
}

#[test]
fn an_apply_ends_with_the_emulator_that_it_needs_and_the_next_start_says_what_is_gone() -> Result<()> {
    const TOPICS: usize = 60;
    let fixture = Fixture::alone()?;
    let topics: String = (1..=TOPICS).map(|n| format!("  topic{n}:\n    type: sns.topic\n")).collect();
    let stack = fixture.stack("guard-apply", &format!("resources:\n{topics}"))?;
    let mut command = stack.command("apply", &["--yes", "--parallelism", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().context("no pipe")?);
    let mut said = String::new();
    while !said.lines().any(|line| line.starts_with('✓')) {
        ensure!(stderr.read_line(&mut said)? > 0, "it ended early:\n{said}");
    }
    kill(&fixture, Emulator::MiniStack)?;
    let killed = Instant::now();
    stderr.read_to_string(&mut said)?;
    let status = child.wait()?;
    ensure!(status.code() == Some(1), "{status}\n{said}");
    ensure!(killed.elapsed() < AT_ONCE, "{:?}\n{said}", killed.elapsed());
    ensure!(said.contains("MiniStack, one of the sandbox's two emulators, has exited"), "{said}");
    ensure!(said.contains("the contents of the sandbox are lost"), "{said}");
    ensure!(said.contains("run the same command again"), "{said}");

    let reported = fixture.cloud101(&["sandbox", "status"])?.exits(1)?.says("MiniStack")?;
    ensure!(reported.stderr.contains("had stopped. It starts again empty."), "{reported}");
    let plan = stack.run("plan", &[])?.exits(0)?.says(&format!("Plan: {TOPICS} to add"))?;
    ensure!(plan.stderr.contains("the contents of the sandbox are lost."), "{plan}");
    let plan = stack.run("plan", &[])?.exits(0)?;
    ensure!(!plan.stderr.contains("gone"), "it is said once\n{plan}");
    // It was started by that plan, and lives on by itself.
    fixture.cloud101(&["sandbox", "stop"])?.exits(0)?;
    let plan = stack.run("plan", &[])?.exits(0)?;
    ensure!(!plan.stderr.contains("gone"), "it was stopped on purpose\n{plan}");
    fixture.cloud101(&["sandbox", "stop"])?.exits(0).map(drop)
}

#[test]
fn a_call_that_waits_for_its_answer_ends_with_its_emulator() -> Result<()> {
    let fixture = Fixture::alone()?;
    let stack = fixture.stack(
        "guard-invoke",
        "resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    timeout_seconds: 300
    role: ${role.arn}
",
    )?;
    let begun = stack.file().with_file_name("begun");
    let code =
        "import time\n\ndef handler(event, context):\n    open(event['begun'], 'w').close()\n    time.sleep(250)\n";
    std::fs::write(stack.file().with_file_name("index.py"), code)?;
    stack.apply()?;
    let (file, payload) = (stack.file().display().to_string(), serde_json::json!({ "begun": &begun }).to_string());
    let mut command =
        fixture.command(&["--sandbox", "invoke", "function", "--stack", &file, "--payload", &payload, "--json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    wait_for(&begun)?;
    kill(&fixture, Emulator::MiniStack)?;
    let killed = Instant::now();
    let ran = Said::new("invoke".to_owned(), child.wait_with_output()?).exits(1)?;
    ensure!(killed.elapsed() < AT_ONCE, "{:?}\n{ran}", killed.elapsed());
    let event = ran.json()?;
    ensure!(event["event"] == "error", "{ran}");
    ran.says("MiniStack, one of the sandbox's two emulators, has exited").map(drop)
}

fn wait_for(file: &Path) -> Result<()> {
    let started = Instant::now();
    while !file.exists() {
        ensure!(started.elapsed() < Duration::from_secs(60), "the function did not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
