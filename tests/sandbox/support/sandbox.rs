//! Sandboxes that tests share.

use std::cell::RefCell;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cloud101::sandbox::{Running, Sandbox};
use tempfile::TempDir;

use super::snippets::Snippets;
use crate::proxy::{Emulator, FaultProxy, FewRegions, Upstream};

/// Longer than an installation of the emulators over a slow line.
const START_LIMIT: Duration = Duration::from_secs(600);
/// How many tests share a sandbox. Moto keeps what is terminated, and each plan goes through all of it; to start another
/// pair of emulators takes some four seconds.
const SHARERS: usize = 20;

/// A sandbox that ends with this value, and with the test process however that ends: its standard input is a pipe
/// that only this process holds open.
pub struct TestSandbox {
    child: Child,
    folder: TempDir,
    /// The emulators themselves, for a proxy of the test's own, and for tests of their ports.
    pub running: Running,
    /// What the programs see of it.
    pub judged: Running,
    _judges: Vec<FaultProxy>,
    everywhere: OnceLock<Everywhere>,
    snippets: Mutex<Option<Arc<Snippets>>>,
}

/// The same sandbox with all regions of AWS's.
struct Everywhere {
    folder: TempDir,
    _judges: Vec<FaultProxy>,
}

/// Proxies that hold each request against AWS's models, in the emulators' places: what the programs see in `folder`.
fn judge<U: Upstream + 'static>(
    running: &Running,
    upstream: impl Fn(Emulator) -> U,
    folder: &Path,
) -> Result<(Running, Vec<FaultProxy>)> {
    let (mut judged, mut judges) = (running.clone(), Vec::new());
    for emulator in &mut judged.emulators {
        let judge = FaultProxy::open(upstream(Emulator::at(emulator.port)), |_| None)?;
        emulator.port = judge.port();
        judges.push(judge);
    }
    std::fs::write(folder.join("sandbox.json"), serde_json::to_string(&judged)?)?;
    Ok((judged, judges))
}

impl TestSandbox {
    /// The sandbox that this thread's test shares with others; it ends with the last of them. Threads that a test starts
    /// get it from the test.
    pub fn shared() -> Result<Arc<Self>> {
        static SHARED: Mutex<(Weak<TestSandbox>, usize)> = Mutex::new((Weak::new(), 0));
        thread_local! {
            static MINE: RefCell<Weak<TestSandbox>> = const { RefCell::new(Weak::new()) };
        }
        if let Some(mine) = MINE.with_borrow(Weak::upgrade) {
            return Ok(mine);
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let there = shared.0.upgrade().filter(|_| shared.1 < SHARERS);
        let sandbox = match there {
            Some(sandbox) => sandbox,
            None => {
                let sandbox = Arc::new(Self::alone()?);
                *shared = (Arc::downgrade(&sandbox), 0);
                sandbox
            }
        };
        shared.1 += 1;
        MINE.set(Arc::downgrade(&sandbox));
        Ok(sandbox)
    }

    /// A sandbox for one test that makes very much: the emulator of EC2 keeps what is terminated, and goes through all
    /// of it at each question, the others' too.
    pub fn alone() -> Result<Self> {
        Self::on_a_thread(true)
    }

    /// A sandbox before whose emulators nothing stands, so that it is seen when they end.
    pub fn bare() -> Result<Self> {
        Self::on_a_thread(false)
    }

    fn on_a_thread(is_judged: bool) -> Result<Self> {
        // A thread of its own, because some callers are in a runtime already.
        let start = || tokio::runtime::Runtime::new()?.block_on(Self::start(is_judged));
        let started = std::thread::scope(|scope| scope.spawn(start).join());
        started.map_err(|_| anyhow::anyhow!("starting the sandbox panicked"))?
    }

    async fn start(is_judged: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_cloud101"))
            .args(["sandbox", "start", "--foreground"])
            .env("CLOUD101_SANDBOX_DIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let sandbox = Sandbox::at(folder.path().to_owned())?;
        let started = Instant::now();
        loop {
            if let Some(running) = sandbox.status().await? {
                let (judged, judges) = match is_judged {
                    true => judge(&running, FewRegions, folder.path())?,
                    false => (running.clone(), Vec::new()),
                };
                let (everywhere, snippets) = (OnceLock::new(), Mutex::default());
                return Ok(Self { child, folder, running, judged, _judges: judges, everywhere, snippets });
            }
            if let Some(status) = child.try_wait().context("waiting for the sandbox")? {
                bail!("the sandbox ended: {status}");
            }
            if started.elapsed() > START_LIMIT {
                bail!("the sandbox did not start within {START_LIMIT:?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The Python for snippets that talk to this sandbox, which `python` starts when the first one comes.
    pub fn snippets(&self, python: impl FnOnce() -> Result<Command>) -> Result<Arc<Snippets>> {
        let mut snippets = self.snippets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snippets) = &*snippets {
            return Ok(snippets.clone());
        }
        let started = Arc::new(Snippets::start(python()?, self.folder().join("snippets"))?);
        Ok(snippets.insert(started).clone())
    }

    /// A run folder from which programs see all regions of AWS's.
    pub fn everywhere(&self) -> Result<&Path> {
        if self.everywhere.get().is_none() {
            let folder = tempfile::tempdir()?;
            // By their locks it is known which processes run.
            for emulator in ["moto.pid", "ministack.pid"] {
                std::fs::hard_link(self.folder().join(emulator), folder.path().join(emulator))?;
            }
            let (_, judges) = judge(&self.running, |emulator| emulator, folder.path())?;
            let _ = self.everywhere.set(Everywhere { folder, _judges: judges });
        }
        Ok(self.everywhere.get().context("it was just made")?.folder.path())
    }

    /// Its run folder, for `CLOUD101_SANDBOX_DIR`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for TestSandbox {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
