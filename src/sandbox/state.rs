//! What a run folder remembers about its sandbox.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Environment, Error, emulator, emulator::Emulator, environment, files};

/// A running emulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningEmulator {
    /// Which one.
    pub emulator: Emulator,
    /// Its version.
    pub version: String,
    /// Its process, and its process group.
    pub pid: u32,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Its log.
    pub log: PathBuf,
}

/// A sandbox that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Which pinned versions it was started with.
    pub(super) pins: String,
    /// When it was started, in seconds since 1970 (UTC).
    pub started_at: u64,
    /// The emulators it consists of.
    pub emulators: Vec<RunningEmulator>,
}

impl Running {
    /// The URL of an emulator.
    pub fn endpoint(&self, emulator: Emulator) -> String {
        url(self.emulators.iter().find(|running| running.emulator == emulator).map_or(0, |running| running.port))
    }

    /// The URL that serves the service with this AWS CLI name (`ec2`, `sesv2`, …).
    pub fn endpoint_of(&self, service: &str) -> String {
        self.endpoint(emulator::emulator_of(service))
    }

    /// What to set and unset so that AWS tools use this sandbox and nothing else.
    pub fn environment(&self) -> Environment {
        Environment::new(|emulator| self.endpoint(emulator), |name| std::env::var(name).ok())
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The variables with the endpoints of the services that the default emulator doesn't serve.
pub(super) fn endpoint_variables(ports: &[(Emulator, u16)]) -> Vec<(String, String)> {
    let port = |emulator| ports.iter().find(|(e, _)| *e == emulator).map_or(0, |(_, port)| *port);
    environment::endpoint_variables(|emulator| url(port(emulator)))
}

/// The files of a run folder.
#[derive(Clone, Debug)]
pub(super) struct RunFolder {
    pub path: PathBuf,
}

impl RunFolder {
    /// Locked while a process starts or stops this sandbox.
    pub fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn state(&self) -> PathBuf {
        self.path.join("sandbox.json")
    }

    /// Holds the emulator's process id, and is locked by that process for as long as it lives.
    pub fn pid_file(&self, emulator: Emulator) -> PathBuf {
        self.path.join(format!("{}.pid", emulator.file_stem()))
    }

    pub fn log(&self, emulator: Emulator) -> PathBuf {
        self.path.join(format!("{}.log", emulator.file_stem()))
    }

    /// The emulators' home and temporary folder.
    pub fn scratch(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// What was last written about the sandbox here, whether it still runs or not. An unreadable file is none.
    pub fn read(&self) -> Option<Running> {
        read(&self.state())
    }

    pub fn write(&self, running: &Running) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(running).unwrap_or_default();
        files::write(&self.state(), &text)
    }

    /// The process of the emulator that was started here, if it lives. A process that merely got the same id doesn't
    /// hold the lock.
    pub fn process(&self, emulator: Emulator) -> Option<u32> {
        let path = self.pid_file(emulator);
        if !files::is_locked(&path) {
            return None;
        }
        std::fs::read_to_string(&path).ok()?.trim().parse().ok().filter(|pid| *pid > 1)
    }
}

fn read(path: &Path) -> Option<Running> {
    let text = std::fs::read_to_string(path).ok()?;
    serde_json::from_str(&text).inspect_err(|error| tracing::debug!(%error, "the sandbox's state is unreadable")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Running {
        let emulator = |emulator, port| RunningEmulator {
            emulator,
            version: "1".to_owned(),
            pid: 4242,
            port,
            log: PathBuf::from("log"),
        };
        Running {
            pins: "abc".to_owned(),
            started_at: 1_700_000_000,
            emulators: vec![emulator(Emulator::MiniStack, 4566), emulator(Emulator::Moto, 5000)],
        }
    }

    #[test]
    fn endpoints_follow_the_table() {
        assert_eq!(running().endpoint_of("ec2"), "http://127.0.0.1:5000");
        assert_eq!(running().endpoint_of("lambda"), "http://127.0.0.1:4566");
        let variables = endpoint_variables(&[(Emulator::MiniStack, 4566), (Emulator::Moto, 5000)]);
        let moto = "http://127.0.0.1:5000".to_owned();
        assert_eq!(
            variables,
            [("AWS_ENDPOINT_URL_EC2".to_owned(), moto.clone()), ("AWS_ENDPOINT_URL_IAM".to_owned(), moto)]
        );
    }

    #[test]
    fn state_is_read_back_and_rubbish_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder { path: folder.path().to_owned() };
        assert_eq!(run.read(), None);
        run.write(&running()).unwrap();
        assert_eq!(run.read(), Some(running()));
        std::fs::write(run.state(), "{\"pins\": 1").unwrap();
        assert_eq!(run.read(), None);
    }

    #[test]
    fn a_process_id_counts_only_while_its_file_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder { path: folder.path().to_owned() };
        let path = run.pid_file(Emulator::Moto);
        assert_eq!(run.process(Emulator::Moto), None);
        std::fs::write(&path, std::process::id().to_string()).unwrap();
        assert_eq!(run.process(Emulator::Moto), None);
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.lock().unwrap();
        assert_eq!(run.process(Emulator::Moto), Some(std::process::id()));
    }
}
