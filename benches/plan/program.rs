//! A build of the program, and what one run of it takes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::fake_aws::FakeAws;

/// What takes longer does not end.
const LIMIT: Duration = Duration::from_secs(60);

pub struct Program {
    path: PathBuf,
}

/// What one run took, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// Of all processors together.
    pub cpu: f64,
    pub wall: f64,
}

impl Program {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Runs a command in the account of `aws`; `None`: it did not end within a minute.
    pub fn run(&self, aws: &FakeAws, command: &[&str]) -> Result<Option<Took>> {
        let (started, before) = (Instant::now(), cpu_of_children()?);
        let mut child = Command::new(&self.path)
            .args(command)
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "bench"),
                ("AWS_ENDPOINT_URL", &aws.url),
            ])
            .envs([("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_CONFIG_FILE", "/dev/null"), ("HOME", "/nonexistent")])
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| self.path.display().to_string())?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if started.elapsed() > LIMIT {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        if !status.success() {
            bail!("{} {}: {status}", self.path.display(), command.join(" "));
        }
        Ok(Some(Took { cpu: cpu_of_children()? - before, wall: started.elapsed().as_secs_f64() }))
    }
}

/// The processor time of the child processes that have ended, in seconds, in steps of 10 ms.
fn cpu_of_children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only Linux reports the processor time")?;
    // After the program's name, which may hold anything, `cutime` and `cstime` are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u32>);
    Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / 100.0)
}
