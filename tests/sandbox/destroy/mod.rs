//! Destroy never hangs and never lies: whatever stands in its way is named with the command that removes it, within a
//! minute, and `--prove` finds whatever is left, wherever it is.

mod blockers;
mod elsewhere;
mod in_use;
mod logs;
mod machines;
mod others;
mod proof;
mod snapshots;
mod tags;
mod users;
mod versions;
mod volumes;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use cloud101::apply::Summary;
use cloud101::plan::options::Goal;
use cloud101::stack::load;

use crate::proxy::{Call, Fault, FaultProxy};
use crate::support::TestSandbox;
use crate::support::session::Session;

/// How long a destroy may take to finish or to say what stands in its way.
const LIMIT: Duration = Duration::from_secs(60);

/// How a destroy inside this process went.
struct Destroyed {
    summary: Summary,
    took: Duration,
    proxy: FaultProxy,
}

/// Destroys the stack of `file` inside this process, through a proxy at which `rule` decides, with buckets emptied.
async fn destroy(
    file: &Path,
    name: &str,
    is_patient: bool,
    rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
) -> Result<Destroyed> {
    let stack = load::load(file, &load::Options::default())
        .map(Arc::new)
        .map_err(|diagnostics| anyhow!(cloud101::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX)))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut session = Session::at(&*TestSandbox::shared()?, name, folder, rule).await?;
    session.cx.is_patient = is_patient;
    let started = Instant::now();
    let plan = session.plan_of(&stack, Goal::Destroy).await?;
    let summary = session.attempt(stack, plan).await;
    Ok(Destroyed { summary, took: started.elapsed(), proxy: session.proxy })
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
