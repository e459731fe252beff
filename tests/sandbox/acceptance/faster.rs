//! What is hastened of an emulator (`src/sandbox/faster.py`).

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use cloud101::sandbox::SERVICES;
use serde_json::{Map, Value};

use crate::model;
use crate::support::fixture::Said;

/// What one of the Python files beside this one says, which has the emulators and what hastens them.
fn python(file: &str, argument: &str) -> Result<Said> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    // `botocore/data` is among the packages, which are in a virtual environment where Python can make one.
    let packages = model::folder().parent().and_then(Path::parent).context("no packages")?;
    let inside = packages.ancestors().nth(3).map(|venv| venv.join("bin/python")).filter(|python| python.is_file());
    let mut command = Command::new(inside.unwrap_or_else(|| "python3".into()));
    let beside = std::env::join_paths([&repository.join("src/sandbox"), packages])?;
    command.arg(repository.join("tests/sandbox/acceptance").join(file)).arg(argument);
    command.env("PYTHONPATH", beside).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONHASHSEED", "0");
    Said::new(format!("{file} {argument}"), command.output()?).exits(0)
}

/// Moto's answers to the same questions, the number of calls of functions behind each, and its status.
fn answers(how: &str) -> Result<Map<String, Value>> {
    Ok(serde_json::from_value(python("same_answers.py", how)?.json()?)?)
}

#[test]
fn moto_gives_the_same_answers_with_less_work() -> Result<()> {
    let (plain, faster) = std::thread::scope(|scope| {
        let plain = scope.spawn(|| answers("plain"));
        let faster = answers("faster");
        (plain.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a panic"))), faster)
    });
    let (plain, faster) = (plain?, faster?);
    ensure!(plain.len() == faster.len() && plain.len() >= 10, "{plain:?}\n{faster:?}");
    for (question, plain) in &plain {
        let faster = &faster[question];
        ensure!((&plain[0], &plain[2]) == (&faster[0], &faster[2]), "{question}: {faster:#} instead of {plain:#}");
        ensure!(plain[0].as_str().is_some_and(|text| text.len() > 200), "{question}: no answer: {plain:#}");
        let calls = |answer: &Value| answer[1].as_u64().unwrap_or_default();
        ensure!(calls(faster) < calls(plain), "{question}: {faster:#}\n{plain:#}");
    }
    // Most of the work there was to find the tags of each of 40 disks among those of all.
    let calls = |answers: &Map<String, Value>| answers["volumes"][1].as_u64().unwrap_or_default();
    ensure!(calls(&faster) * 3 < calls(&plain) * 2, "{} and {} calls", calls(&faster), calls(&plain));
    // And in another region to make its images for a question about something else.
    let elsewhere = |answers: &Map<String, Value>| answers["VPCs elsewhere"][1].as_u64().unwrap_or_default();
    ensure!(elsewhere(&faster) * 10 < elsewhere(&plain), "{} and {} calls", elsewhere(&faster), elsewhere(&plain));
    Ok(())
}

#[test]
fn ministack_knows_the_protocols_without_reading_whole_models() -> Result<()> {
    let services: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
    let known: Map<String, Value> = serde_json::from_value(python("protocols.py", &services.join(","))?.json()?)?;
    ensure!(known.len() == services.len() + 1, "{known:?}");
    for (service, [first_lines, whole]) in known.iter().map(|(service, known)| (service, [&known[0], &known[1]])) {
        ensure!(first_lines == whole, "{service}: {first_lines} instead of {whole}");
        ensure!(first_lines.is_null() == (service == "no-service"), "{service}: {first_lines}");
    }
    Ok(())
}
