//! Planning and applying from Rust: `cargo run --example plan_and_apply [STACK]`.
//!
//! Credentials, region and endpoints come from the environment, as for every AWS tool; for the sandbox:
//! `eval "$(cloud101 sandbox env)"`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use cloud101::apply;
use cloud101::aws::Target;
use cloud101::plan::decide::decide;
use cloud101::plan::observe::{Trouble, observe};
use cloud101::plan::options::{Goal, Options};
use cloud101::plan::outputs;
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
    // What the file wants. Nobody is asked.
    let stack = load::load(file, &load::Options::default())?;

    // What is there.
    let target = Target { region: target.region.clone().or_else(|| stack.region.clone()), ..target };
    let cx = target.connect(&stack.name, stack.account.as_deref(), stack.base.clone()).await?;
    let observation = observe(&cx, &stack).await.map_err(|troubles| told(&troubles))?;

    // What is to be done: the plan is data, and nothing has been changed yet.
    let plan = decide(&stack, &cx.place, observation, Goal::Apply, &Options::default());
    let plan = plan.map_err(|troubles| told(&troubles))?;
    let mut lines: Vec<_> = plan.changes().map(|step| format!("{}: {:?}", step.address, step.action)).collect();

    // That, and nothing else. Somebody who listens to the events sees each task begin and end.
    let (stack, plan) = (Arc::new(stack), Arc::new(plan));
    let (events, mut happened) = mpsc::unbounded_channel();
    let run = apply::run(&cx, stack.clone(), plan.clone(), 10, CancellationToken::new(), events);
    let listen = async {
        while let Some(event) = happened.recv().await {
            if let apply::Event::Done { task, took, .. } = event {
                eprintln!("{} is done in {took:?}", plan.steps[task.step].address);
            }
        }
    };
    let (summary, ()) = tokio::join!(run, listen);
    if let Some((task, error)) = summary.failed.first() {
        bail!("{}: {error}; the same again goes on from here", plan.steps[task.step].address);
    }
    let outputs = outputs(&stack, &cx.place, &summary.known);
    lines.extend(outputs.into_iter().map(|one| format!("{} = {}", one.name, one.value.unwrap_or_default())));
    Ok(lines)
}

fn told(troubles: &[Trouble]) -> anyhow::Error {
    let lines: Vec<_> = troubles.iter().map(|one| format!("{}: {}", one.kind, one.error)).collect();
    anyhow!(lines.join("\n"))
}
