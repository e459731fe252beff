//! A build of the program, and what one run of it takes.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(10);

pub struct Program {
    path: PathBuf,
}

/// What one run took.
#[derive(Debug, Clone, Default)]
pub struct Took {
    /// Seconds of all processors together.
    pub cpu: f64,
    /// Seconds.
    pub wall: f64,
    /// Seconds until something is shown.
    pub first: f64,
    /// The most memory, in MB.
    pub memory: f64,
    pub stdout: String,
}

impl Program {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Runs a command in the account at `url`.
    pub fn run(&self, url: &str, command: &[&str]) -> Result<Took> {
        self.run_within(None, url, command)?.context("no end")
    }

    /// The same; `None`: it did not end within `limit`.
    pub fn run_within(&self, limit: Option<Duration>, url: &str, command: &[&str]) -> Result<Option<Took>> {
        let (started, before) = (Instant::now(), cpu_of_children()?);
        let mut child = Command::new(&self.path)
            .args(command)
            .env_clear()
            .envs([("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "bench"), ("AWS_ENDPOINT_URL", url)])
            .envs([("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_CONFIG_FILE", "/dev/null"), ("HOME", "/nonexistent")])
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| self.path.display().to_string())?;
        let first: Arc<Mutex<Option<Duration>>> = Arc::default();
        let out = reading(child.stdout.take().context("stdout")?, started, first.clone());
        let err = reading(child.stderr.take().context("stderr")?, started, first.clone());
        let (memory, status) = watched(&mut child, limit)?;
        let wall = started.elapsed().as_secs_f64();
        let (stdout, stderr) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
        let Some(status) = status else { return Ok(None) };
        if !status.success() {
            let end: Vec<_> = stderr.lines().rev().take(30).collect();
            let end: Vec<_> = end.into_iter().rev().collect();
            bail!("{} {}:\n{}", self.path.display(), command.join(" "), end.join("\n"));
        }
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default().as_secs_f64();
        Ok(Some(Took { cpu: cpu_of_children()? - before, wall, first, memory, stdout }))
    }
}

/// Waits for the end, no longer than `limit`. The most memory that it had, in MB, as far as a look shows it, and how it
/// ended.
fn watched(child: &mut Child, limit: Option<Duration>) -> Result<(f64, Option<ExitStatus>)> {
    let started = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let mut most: f64 = 0.0;
    loop {
        // Once it has ended there is none.
        let kib = std::fs::read_to_string(&status)
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
        most = most.max(kib.unwrap_or_default() * 1024.0 / 1e6);
        if let Some(status) = child.try_wait()? {
            return Ok((most, Some(status)));
        }
        if limit.is_some_and(|limit| started.elapsed() > limit) {
            child.kill()?;
            child.wait()?;
            return Ok((most, None));
        }
        thread::sleep(LOOK);
    }
}

fn reading(
    mut pipe: impl Read + Send + 'static,
    started: Instant,
    first: Arc<Mutex<Option<Duration>>>,
) -> JoinHandle<String> {
    thread::spawn(move || {
        let (mut all, mut piece) = (Vec::new(), [0; 65_536]);
        while let Ok(read) = pipe.read(&mut piece) {
            if read == 0 {
                break;
            }
            first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| started.elapsed());
            all.extend_from_slice(&piece[..read]);
        }
        String::from_utf8_lossy(&all).into_owned()
    })
}

/// The processor time of the child processes that have ended, in seconds, in steps of 10 ms.
fn cpu_of_children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only Linux reports the processor time")?;
    // After the program's name, which may hold anything, `cutime` and `cstime` are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u32>);
    Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / 100.0)
}
