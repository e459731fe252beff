//! What a run folder remembers about its sandbox.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::aws::StandIn;

use super::emulator::{self, Emulator, REGION, SERVICES};
use super::{Environment, Error, environment, files, key::AccessKey};

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
    /// Without which it answers nothing.
    pub(super) key: AccessKey,
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

    /// It, as what answers in AWS's place.
    pub fn stand_in(&self) -> StandIn {
        let servers = Emulator::ALL.map(|emulator| (emulator.to_string(), self.endpoint(emulator)));
        let services = SERVICES.iter().map(|service| (service.name.to_owned(), self.endpoint(service.emulator)));
        StandIn {
            source: "the sandbox, for tests".to_owned(),
            access_key: self.access_key().to_owned(),
            region: REGION.to_owned(),
            servers: servers.into(),
            services: services.collect(),
        }
    }

    /// What to set and unset so that AWS tools use this sandbox and nothing else.
    pub fn environment(&self) -> Environment {
        Environment::new(|emulator| self.endpoint(emulator), &self.key, |name| std::env::var(name).ok())
    }

    /// The access key id, without which it answers nothing. It is for this user's programs and no text that others may
    /// read.
    pub fn access_key(&self) -> &str {
        self.key.as_str()
    }
}

/// What is still of use of a sandbox that has ended, also of one that another version of cloud101 started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Former {
    pub pins: String,
    pub emulators: Vec<RunningEmulator>,
}

impl Former {
    pub fn ports(&self) -> Vec<(Emulator, u16)> {
        self.emulators.iter().map(|one| (one.emulator, one.port)).collect()
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

    /// Exists until the sandbox is stopped, whether it is alive or not.
    fn state(&self) -> PathBuf {
        self.path.join("sandbox.json")
    }

    /// What there was when it was stopped.
    fn stopped(&self) -> PathBuf {
        self.path.join("stopped.json")
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

    /// The last sandbox here, if it was not stopped.
    pub fn unstopped(&self) -> Option<Former> {
        read(&self.state())
    }

    /// The last sandbox here.
    pub fn former(&self) -> Option<Former> {
        self.unstopped().or_else(|| read(&self.stopped()))
    }

    /// Notes that the sandbox was stopped. Its key is forgotten.
    pub fn note_stop(&self) -> Result<(), Error> {
        let Some(former) = self.unstopped() else { return Ok(()) };
        files::write(&self.stopped(), &serde_json::to_string_pretty(&former).unwrap_or_default())?;
        std::fs::remove_file(self.state()).map_err(files::at("delete", self.state()))
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

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
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
            key: AccessKey::random().unwrap(),
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
        let running = running();
        run.write(&running).unwrap();
        assert_eq!(run.read(), Some(running));
        std::fs::write(run.state(), "{\"pins\": 1").unwrap();
        assert_eq!(run.read(), None);
    }

    #[test]
    fn of_a_stopped_sandbox_the_ports_are_left_and_not_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder { path: folder.path().to_owned() };
        run.note_stop().unwrap();
        assert!(run.former().is_none());
        let running = running();
        run.write(&running).unwrap();
        assert!(run.unstopped().is_some());
        run.note_stop().unwrap();
        assert!(run.read().is_none() && run.unstopped().is_none());
        assert_eq!(run.former().unwrap().ports(), [(Emulator::MiniStack, 4566), (Emulator::Moto, 5000)]);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(running.access_key()), "{text}");
        }
    }

    #[test]
    fn what_another_version_noted_is_a_former_sandbox() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder { path: folder.path().to_owned() };
        let mut noted = serde_json::to_value(running()).unwrap();
        noted.as_object_mut().unwrap().remove("key");
        files::write(&run.state(), &noted.to_string()).unwrap();
        assert!(run.read().is_none());
        assert_eq!(run.unstopped().unwrap().pins, "abc");
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
