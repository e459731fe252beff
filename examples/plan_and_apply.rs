//! Planning and applying from Rust: `cargo run --example plan_and_apply [STACK]`.
//!
//! Credentials, region and endpoints come from the environment, as for every AWS tool; for the sandbox:
//! `eval "$(cloud101 sandbox env)"`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use cloud101::apply::{Event, TaskEvent, What};
use cloud101::aws::Target;
use cloud101::plan::options::{Goal, Options};
use cloud101::session::Session;
use cloud101::stack::load;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<()> {
    let stack = std::env::args().nth(1).unwrap_or_else(|| "stacks/cloud101.yaml".to_owned());
    for line in plan_and_apply(Path::new(&stack), Target::default()).await? {
        println!("{line}");
    }
    Ok(())
}

/// Makes the account as the stack in `file` says. The answer: what was to be done, and the stack's outputs.
pub async fn plan_and_apply(file: &Path, target: Target) -> Result<Vec<String>> {
    // What the file wants. No service is asked.
    let stack = Session::load(file, &load::Options::default())?;

    // Which account it is.
    let session = Session::connect(stack, target).await?;

    // What is to be done: nothing has been changed yet.
    let plan = Arc::new(session.plan(Goal::Apply, &Options::default()).await?.plan);
    let mut lines: Vec<_> = plan.changes().map(|step| format!("{}: {:?}", step.address, step.action)).collect();

    // That, and nothing else. The events tell when each task begins and ends.
    let (events, mut happened) = mpsc::unbounded_channel();
    let run = session.apply(&plan, events, CancellationToken::new());
    let listen = async {
        while let Some(event) = happened.recv().await {
            if let Event::Task(TaskEvent { subject, what: What::Done { took, .. }, .. }) = event {
                eprintln!("{} is done in {took:?}", subject.address);
            }
        }
    };
    let (summary, ()) = tokio::join!(run, listen);
    if let Some((task, error)) = summary.failed.first() {
        bail!("{}: {error}; run the same command again to continue", plan.steps[task.step].address);
    }
    let outputs = session.outputs(&summary.known);
    lines.extend(outputs.into_iter().map(|one| format!("{} = {}", one.name, one.value.shown_text())));
    Ok(lines)
}
