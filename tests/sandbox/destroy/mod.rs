//! Destroy never hangs and never lies: whatever stands in its way is named with the command that removes it, within a
//! minute, and `--prove` finds whatever is left, wherever it is.

mod blockers;
mod in_use;
mod proof;
mod versions;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use cloud101::apply::{self, Summary};
use cloud101::aws::Target;
use cloud101::plan::decide::{Goal, Options, decide};
use cloud101::plan::observe::observe;
use cloud101::stack::load;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::TestSandbox;
use wire::Wire;

/// How long a destroy may take to finish or to say what stands in its way.
const LIMIT: Duration = Duration::from_secs(60);

/// Destroys the stack of `file` inside this process, over `wire`, with buckets emptied.
async fn destroy(file: &Path, name: &str, wire: &Wire, is_patient: bool) -> Result<(Summary, Duration)> {
    let sandbox = TestSandbox::shared()?;
    let stack = load::load(file, &load::Options::default())
        .map_err(|problems| anyhow!(cloud101::ui::diagnostics::render(&problems, false, 120)))?;
    let target = Target {
        sandbox: Some(sandbox.running.clone()),
        http_client: Some(wire.client()),
        region: Some("us-east-1".to_owned()),
        ..Target::default()
    };
    let mut cx = target.connect(name, None, file.parent().unwrap_or(Path::new(".")).to_owned()).await?;
    cx.is_patient = is_patient;
    let started = Instant::now();
    let observation = observe(&cx, &stack).await.map_err(|troubles| anyhow!("{troubles:?}"))?;
    let options = Options { empty_buckets: true, ..Options::default() };
    let plan = decide(&stack, &cx.place, observation, Goal::Destroy, &options);
    let plan = plan.map_err(|troubles| anyhow!("{troubles:?}"))?;
    let (events, _ignored) = mpsc::unbounded_channel();
    let summary = apply::run(&cx, Arc::new(stack), Arc::new(plan), 10, CancellationToken::new(), events).await;
    Ok((summary, started.elapsed()))
}

/// What the only task that failed said: the error, and the advice.
fn only_failure(summary: &Summary) -> Result<(String, String)> {
    let errors: Vec<_> = summary.failed.iter().map(|(_, error)| error.to_string()).collect();
    ensure!(errors.len() == 1, "one failure was expected: {errors:?}");
    let (_, error) = &summary.failed[0];
    Ok((error.to_string(), error.advice().unwrap_or_default()))
}

/// The commands among the lines of a text.
fn commands(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.starts_with("aws ")).collect()
}
