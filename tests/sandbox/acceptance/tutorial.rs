//! The tutorials, done from their first line to their last by someone who types what they say.
//!
//! In one shell, the commands of each block `console` and the Python of each block `python`. What the text asks a
//! person to do, a comment in its source does: `<!-- first: … -->`. A block behind `<!-- not run -->` is only read.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::documents::differences;
use crate::support::TestSandbox;
use crate::support::fixture::PROGRAM;
use crate::support::tools::Tools;

/// Something to type.
struct Step {
    command: String,
    /// What the tutorial shows that it says.
    shown: Vec<String>,
}

#[test]
fn the_tutorial_does_what_it_shows() -> Result<()> {
    let steps = typed("docs/tutorial.md", |work| {
        let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
        let copied = Command::new("cp").arg("-R").arg(stacks).arg(work).status()?;
        ensure!(copied.success(), "the stacks can't be copied");
        Ok(())
    })?;
    ensure!(steps > 35, "only {steps} commands found");
    Ok(())
}

#[test]
fn the_tutorial_of_a_class_does_what_it_shows() -> Result<()> {
    let steps = typed("docs/tutorial-class.md", |_| Ok(()))?;
    ensure!(steps > 15, "only {steps} commands found");
    Ok(())
}

/// Types what a page says, in a folder that `prepare` fills, and compares what is said. The answer: how many commands
/// there were.
fn typed(page: &str, prepare: impl FnOnce(&Path) -> Result<()>) -> Result<usize> {
    // The class's names are fixed, and another test has them in the sandbox that all share.
    let (sandbox, tools) = (TestSandbox::alone()?, Tools::get()?);
    let steps = steps(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page))?)?;

    let folder = tempfile::tempdir()?;
    let (work, said) = (folder.path().join("work"), folder.path().join("said"));
    for path in ["work", "said", "bin"] {
        fs::create_dir(folder.path().join(path))?;
    }
    std::os::unix::fs::symlink(PROGRAM, folder.path().join("bin/cloud101"))?;
    prepare(&work)?;

    let place = |n: usize| said.join(n.to_string());
    let line = |(n, step): (usize, &Step)| format!("{{ {}\n}} > '{}' 2>&1\n", step.command, place(n).display());
    let script: String = steps.iter().enumerate().map(line).collect();
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(&work).stdin(Stdio::null());
    tools.prepare(&mut shell)?;
    let path = shell.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).context("no PATH")?;
    let path = std::env::join_paths([folder.path().join("bin")].into_iter().chain(std::env::split_paths(path)))?;
    shell
        .env("PATH", path)
        .env("CLOUD101_SANDBOX_DIR", sandbox.everywhere()?)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("RUST_LOG");
    shell.status()?;

    let mut wrong = String::new();
    for (n, step) in steps.iter().enumerate() {
        let said = fs::read_to_string(place(n)).with_context(|| format!("not reached: {}", step.command))?;
        let missing = differences(step.shown.iter().map(String::as_str), &said);
        if !missing.is_empty() {
            wrong.push_str(&format!("\n$ {}\nis not said: {missing:#?}\nsaid:\n{said}", step.command));
        }
    }
    ensure!(wrong.is_empty(), "{wrong}");
    Ok(steps.len())
}

fn steps(page: &str) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = page.lines();
    let mut run = true;
    while let Some(line) = lines.next() {
        if let Some(first) = line.strip_prefix("<!-- first:") {
            let mut command = first.to_owned();
            while !command.ends_with("-->") {
                command = format!("{command}\n{}", lines.next().context("a comment has no end")?);
            }
            steps.push(Step { command: command.trim_end_matches("-->").to_owned(), shown: Vec::new() });
        } else if line == "<!-- not run -->" {
            run = false;
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            if !std::mem::replace(&mut run, true) {
                continue;
            }
            match language {
                "console" => console(&block, &mut steps),
                "python" => {
                    let command = format!("python3 - <<'PYTHON'\n{}\nPYTHON", block.join("\n"));
                    steps.push(Step { command, shown: Vec::new() });
                }
                // What the Python before it prints.
                "text" => {
                    let last = steps.last_mut().context("nothing was typed before")?;
                    last.shown.extend(block.into_iter().map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    Ok(steps)
}

/// Each line that begins with `$ ` is typed; the others are what it says.
fn console(block: &[&str], steps: &mut Vec<Step>) {
    for line in block {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step { command: command.to_owned(), shown: Vec::new() }),
            None => steps.last_mut().into_iter().for_each(|step| step.shown.push((*line).to_owned())),
        }
    }
}
