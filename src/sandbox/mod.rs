//! The sandbox: emulators of AWS on this machine, to rehearse on without an account.
//!
//! Two emulators share the services ([`SERVICES`] says how). They are Python programs, installed once into cloud101's
//! cache folder, and run on 127.0.0.1 from a *run folder*, which holds their logs, their state and the locks by which
//! processes that use the same run folder share one sandbox. Nothing here knows about stacks, and nothing in the engine
//! knows about this: a sandbox is endpoints and test credentials. `guard.py` stands before each emulator and lets nothing
//! through but what is signed with the sandbox's own access key, and comes from no web page.

mod emulator;
mod environment;
mod error;
mod files;
mod install;
mod key;
mod lab;
mod process;
mod python;
mod state;
#[cfg(test)]
mod tests;

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use etcetera::BaseStrategy as _;
use futures::future::select_all;

pub use emulator::{ACCOUNT_ID, Emulator, REGION, SERVICES, Service};
pub use environment::Environment;
pub use error::Error;
pub use key::is_access_key;
pub use lab::furnish;
pub use state::{Running, RunningEmulator};

use install::Installed;
use key::AccessKey;
use process::{Failure, Launched, Life};
use state::RunFolder;

/// How often other programs may snatch the chosen ports before giving up.
const ATTEMPTS: u32 = 5;

/// What is going on while a sandbox starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another process is installing or starting the same sandbox; waiting for it.
    Waiting,
    /// Downloading and installing the emulators with this program. Happens once and takes some ten seconds.
    Installing {
        /// `uv` or `pip`.
        with: &'static str,
    },
    /// The contents of the sandbox are lost, although it was not stopped.
    Lost(Loss),
    /// Starting the emulators, which takes one or two seconds.
    Starting,
}

/// Why a sandbox that was not stopped has to be restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// These had ended.
    Ended(Vec<Emulator>),
    /// They did not answer.
    Silent,
    /// Another version of cloud101 had started them.
    OtherVersion,
}

/// Receives [`Progress`].
pub type OnProgress<'a> = dyn Fn(Progress) + Send + Sync + 'a;

/// The sandbox of one run folder, whether it runs or not.
#[derive(Clone, Debug)]
pub struct Sandbox {
    run: RunFolder,
    cache: PathBuf,
}

impl Sandbox {
    /// The person's sandbox: in `CLOUD101_SANDBOX_DIR`, else in the cache folder (`CLOUD101_CACHE_DIR`, else the
    /// system's folder for caches).
    pub fn default_location() -> Result<Sandbox, Error> {
        match env::var_os("CLOUD101_SANDBOX_DIR").filter(|value| !value.is_empty()) {
            Some(run_dir) => Sandbox::at(run_dir.into()),
            None => {
                let cache = cache_folder()?;
                Ok(Sandbox { run: RunFolder { path: cache.join("sandbox") }, cache })
            }
        }
    }

    /// The sandbox of this run folder. The installed emulators are in the cache folder and shared.
    pub fn at(run_dir: PathBuf) -> Result<Sandbox, Error> {
        Ok(Sandbox { run: RunFolder { path: absolute(&run_dir)? }, cache: cache_folder()? })
    }

    /// The same with another cache folder than the environment's.
    pub fn with_cache(self, cache: &Path) -> Result<Sandbox, Error> {
        Ok(Sandbox { cache: absolute(cache)?, ..self })
    }

    /// Where its logs and its state are.
    pub fn run_dir(&self) -> &Path {
        &self.run.path
    }

    /// Installs the emulators if need be, and starts nothing. Gives the folder of their Python packages, where more lies
    /// than they: AWS's models of its services, which come with boto3.
    pub async fn install(&self, progress: &OnProgress<'_>) -> Result<PathBuf, Error> {
        supported()?;
        install::ensure(&self.cache, progress).await?.site_packages()
    }

    /// Starts it, installing the emulators first if need be, and leaves it running when this process ends. Returns at
    /// once if it runs already. Callers at the same time, in any process, get the same sandbox.
    pub async fn start(&self, progress: &OnProgress<'_>) -> Result<Running, Error> {
        if let Some(running) = self.status().await? {
            return Ok(running);
        }
        let _lock = self.lock(progress).await?;
        if let Some(running) = self.status().await? {
            return Ok(running);
        }
        let (launched, running, _) = self.launch(Life::Detached, progress).await?;
        launched.into_iter().for_each(Launched::keep);
        Ok(running)
    }

    /// Runs it until standard input is closed or Ctrl-C, SIGTERM or SIGHUP arrives. The emulators end with this
    /// process however it ends, even killed. Calls `ready` as soon as the sandbox can be used; other processes find it
    /// with [`status`](Self::status).
    pub async fn run_in_foreground(
        &self,
        progress: &OnProgress<'_>,
        ready: impl FnOnce(&Running),
    ) -> Result<(), Error> {
        let asked_to_end = asked_to_end()?;
        tokio::pin!(asked_to_end);
        let start = async {
            let lock = self.lock(progress).await?;
            if self.status().await?.is_some() {
                return Err(Error::AlreadyRunning { run_dir: self.run.path.clone() });
            }
            let started = self.launch(Life::Tied, progress).await?;
            drop(lock);
            Ok(started)
        };
        let (mut launched, running, installed) = tokio::select! {
            started = start => started?,
            () = &mut asked_to_end => return Ok(()),
        };
        ready(&running);
        let any_ended = select_all(launched.iter_mut().map(|emulator| Box::pin(emulator.ended(&installed))));
        let result = tokio::select! {
            (error, ..) = any_ended => Err(error),
            () = &mut asked_to_end => Ok(()),
        };
        for emulator in launched {
            emulator.end().await;
        }
        if result.is_ok() && self.run.read().as_ref() == Some(&running) {
            self.run.note_stop()?;
        }
        result
    }

    /// The sandbox, if it runs and answers. One of other pinned versions doesn't count.
    pub async fn status(&self) -> Result<Option<Running>, Error> {
        supported()?;
        files::must_be_safe(&self.run.path)?;
        let Some(running) = self.run.read().filter(|running| running.pins == install::pins()) else { return Ok(None) };
        for emulator in Emulator::ALL {
            let Some(recorded) = running.emulators.iter().find(|running| running.emulator == emulator) else {
                return Ok(None);
            };
            if self.run.process(emulator) != Some(recorded.pid)
                || !process::is_healthy(emulator, recorded.port, &running.key, process::ANSWER_LIMIT).await
            {
                tracing::debug!(%emulator, pid = recorded.pid, "the recorded sandbox doesn't run");
                return Ok(None);
            }
        }
        Ok(Some(running))
    }

    /// Ends it and forgets everything in it. `false`: it wasn't running. Only processes that were started from this run
    /// folder are ended.
    pub async fn stop(&self) -> Result<bool, Error> {
        supported()?;
        if !self.run.path.is_dir() {
            return Ok(false);
        }
        let _lock = self.lock(&|_| ()).await?;
        let any = self.end_all().await?;
        self.run.note_stop()?;
        Ok(any)
    }

    /// Forgets every resource in it, and leaves it running.
    pub async fn reset(&self) -> Result<(), Error> {
        let running = self.status().await?.ok_or(Error::NotRunning)?;
        for emulator in &running.emulators {
            process::reset(emulator.emulator, emulator.port, &running.key).await?;
        }
        Ok(())
    }

    /// What has happened to this sandbox, if it doesn't run any more. It doesn't wait for an answer.
    pub fn trouble(&self, running: &Running) -> Option<Error> {
        let ended = running.emulators.iter().find(|one| process::has_ended(&self.run, one))?;
        Some(match self.run.unstopped() {
            Some(_) => Error::EmulatorGone { emulator: ended.emulator, log: ended.log.clone() },
            None => Error::StoppedInUse,
        })
    }

    /// The emulators that have exited although the sandbox was not stopped.
    pub fn ended(&self) -> Vec<Emulator> {
        let former = self.run.unstopped().map(|former| former.emulators).unwrap_or_default();
        let ended = former.iter().filter(|one| self.run.process(one.emulator) != Some(one.pid));
        ended.map(|one| one.emulator).collect()
    }

    fn loss(&self) -> Option<Loss> {
        let former = self.run.unstopped()?;
        let ended = self.ended();
        Some(match () {
            () if !ended.is_empty() => Loss::Ended(ended),
            () if former.pins != install::pins() => Loss::OtherVersion,
            () => Loss::Silent,
        })
    }

    async fn lock(&self, progress: &OnProgress<'_>) -> Result<File, Error> {
        supported()?;
        files::create_folder(&self.run.path)?;
        files::lock(&self.run.lock(), || progress(Progress::Waiting)).await
    }

    /// Starts the emulators, with the run folder locked. What is left of an earlier sandbox is ended first.
    async fn launch(
        &self,
        life: Life,
        progress: &OnProgress<'_>,
    ) -> Result<(Vec<Launched>, Running, Installed), Error> {
        let installed = install::ensure(&self.cache, progress).await?;
        let loss = self.loss();
        self.end_all().await?;
        if let Some(loss) = loss {
            progress(Progress::Lost(loss));
        }
        progress(Progress::Starting);
        let scratch = self.run.scratch();
        files::create_folder(&scratch)?;
        // Like the ports, so that shells that know them go on working.
        let mut key = self.run.read().map_or_else(AccessKey::random, |running| Ok(running.key))?;
        let mut former = self.run.former().map(|former| former.ports()).unwrap_or_default();
        self.run.note_stop()?;
        for _ in 0..ATTEMPTS {
            let ports = process::choose_ports(&former)?;
            match self.launch_at(&ports, &key, &installed, life).await {
                Ok((launched, running)) => {
                    self.run.write(&running)?;
                    return Ok((launched, running, installed));
                }
                Err(Failure::PortTaken) => {
                    former.clear();
                    // What has the port may have been asked with this one.
                    key = AccessKey::random()?;
                }
                Err(Failure::Other(error)) => return Err(error),
            }
            self.end_all().await?;
            files::create_folder(&scratch)?;
        }
        Err(Error::PortsTaken { attempts: ATTEMPTS })
    }

    async fn launch_at(
        &self,
        ports: &[(Emulator, u16)],
        key: &AccessKey,
        installed: &Installed,
        life: Life,
    ) -> Result<(Vec<Launched>, Running), Failure> {
        let mut launched = Vec::new();
        for emulator in Emulator::ALL {
            let one = process::launch(&self.run, installed, emulator, ports, key, life).map_err(Failure::Other)?;
            launched.push(one);
        }
        let mut emulators = Vec::new();
        for one in &mut launched {
            let pid = one.healthy(&self.run, installed).await?;
            emulators.push(RunningEmulator {
                emulator: one.emulator,
                version: one.emulator.version().to_owned(),
                pid,
                port: one.port,
                log: self.run.log(one.emulator),
            });
        }
        let started_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok((launched, Running { pins: install::pins(), key: key.clone(), started_at, emulators }))
    }

    async fn end_all(&self) -> Result<bool, Error> {
        let mut any = false;
        for emulator in Emulator::ALL {
            any |= process::end(&self.run, emulator).await?;
        }
        if let Err(error) = fs::remove_dir_all(self.run.scratch()) {
            tracing::debug!(%error, "no temporary folder of the emulators to remove");
        }
        Ok(any)
    }
}

/// The Python that runs the emulators: its version and where it is.
pub async fn python() -> Result<String, Error> {
    let python = python::find().await?;
    Ok(format!("{} ({})", python.version(), python.executable.display()))
}

fn supported() -> Result<(), Error> {
    if cfg!(unix) { Ok(()) } else { Err(Error::Unsupported) }
}

fn cache_folder() -> Result<PathBuf, Error> {
    match env::var_os("CLOUD101_CACHE_DIR").filter(|value| !value.is_empty()) {
        Some(folder) => absolute(Path::new(&folder)),
        None => {
            let strategy = etcetera::choose_base_strategy().map_err(|source| Error::NoCacheFolder { source })?;
            Ok(strategy.cache_dir().join("cloud101"))
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(files::at("find", path))
}

/// Done when standard input is closed or a signal asks this process to end.
fn asked_to_end() -> Result<impl Future<Output = ()>, Error> {
    let (closed, input_closed) = tokio::sync::oneshot::channel();
    // Not tokio's standard input: that would keep the program from ending until a person presses return.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closed.send(());
    });
    #[cfg(unix)]
    let (mut terminate, mut hang_up) = {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = |kind| signal(kind).map_err(|source| Error::Signals { source });
        (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?)
    };
    Ok(async move {
        #[cfg(unix)]
        let signals = async {
            tokio::select! { _ = terminate.recv() => (), _ = hang_up.recv() => () }
        };
        #[cfg(not(unix))]
        let signals = std::future::pending::<()>();
        tokio::select! {
            _ = input_closed => (),
            _ = tokio::signal::ctrl_c() => (),
            () = signals => (),
        }
    })
}
