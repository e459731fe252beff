//! What can go wrong with the sandbox, and what to do about it.

use std::{io, path::PathBuf};

use super::emulator::Emulator;

/// What can go wrong with the sandbox. [`Error::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says what it is")]
pub enum Error {
    #[error("the sandbox needs Linux or macOS")]
    Unsupported,

    #[error("there is no home folder for the sandbox's cache")]
    NoCacheFolder { source: etcetera::HomeDirError },

    #[error("cannot {doing} {}: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },

    #[error("{} {why}, and the sandbox runs programs in it", path.display())]
    Unsafe { path: PathBuf, why: &'static str },

    #[error("the sandbox's emulators are Python programs, and neither python3 nor uv is on the PATH")]
    NoPython,

    #[error("the sandbox's emulators need Python {} or newer, and {} is {version}", super::python::MINIMUM_TEXT, python.display())]
    PythonTooOld { python: PathBuf, version: String },

    #[error("{} (Python {version}) can neither create virtual environments nor run pip", python.display())]
    NoInstaller { python: PathBuf, version: String },

    #[error("cannot run {program}: {source}")]
    NotStarted { program: String, source: io::Error },

    #[error("the sandbox's emulators cannot be downloaded; `{command}` cannot reach the network:\n{tail}")]
    NoNetwork { command: String, tail: String },

    #[error("installing the sandbox's emulators failed in `{command}`:\n{tail}")]
    InstallFailed { command: String, tail: String, log: PathBuf },

    #[error("there is no free port on 127.0.0.1: {source}")]
    NoPort { source: io::Error },

    #[error("other programs took the ports chosen for the sandbox {attempts} times in a row")]
    PortsTaken { attempts: u32 },

    #[error("{emulator} ended unexpectedly; the end of its log:\n{tail}")]
    EmulatorEnded { emulator: Emulator, tail: String, log: PathBuf, install: PathBuf },

    #[error("{emulator} did not answer within {seconds} seconds; the end of its log:\n{tail}")]
    NotHealthy { emulator: Emulator, seconds: u64, tail: String, log: PathBuf },

    #[error("{emulator} (process {pid}) does not exit")]
    StillRunning { emulator: Emulator, pid: u32 },

    #[error("the sandbox is not running")]
    NotRunning,

    #[error("{emulator}, one of the sandbox's two emulators, has exited, and the contents of the sandbox are lost")]
    EmulatorGone { emulator: Emulator, log: PathBuf },

    #[error("the sandbox was stopped while it was in use, and its contents are lost")]
    StoppedInUse,

    #[error("this computer can't provide random numbers for the sandbox's access key: {source}")]
    NoRandomness { source: getrandom::Error },

    #[error("a sandbox is already running in {}", run_dir.display())]
    AlreadyRunning { run_dir: PathBuf },

    #[error("{emulator} could not be reset: {answer}")]
    ResetFailed { emulator: Emulator, answer: String },

    #[error("cannot listen for signals: {source}")]
    Signals { source: io::Error },
}

impl Error {
    /// What to do or to type next.
    pub fn hint(&self) -> String {
        match self {
            Error::Unsupported => "on Windows, use WSL. Everything but the sandbox runs without it".to_owned(),
            Error::NoCacheFolder { .. } => {
                "set HOME, or choose a folder for it: export CLOUD101_CACHE_DIR=/some/folder".to_owned()
            }
            Error::File { .. } => "check the folder's permissions and free space. To use other folders, on a local \
                                   disk: export CLOUD101_CACHE_DIR=/some/folder (downloaded emulators) and \
                                   CLOUD101_SANDBOX_DIR=/some/folder (the running sandbox)"
                .to_owned(),
            Error::Unsafe { path, .. } => format!(
                "if you trust its contents, run `chmod go-w {}`; otherwise delete it, or use other folders: export \
                 CLOUD101_CACHE_DIR=/some/folder (downloaded emulators) and CLOUD101_SANDBOX_DIR=/some/folder (the \
                 running sandbox)",
                path.display()
            ),
            Error::NoPython | Error::PythonTooOld { .. } => get_python(),
            Error::NoInstaller { .. } => get_venv(),
            Error::NotStarted { program, .. } => format!("check that `{program}` can be run, then try again"),
            Error::NoNetwork { .. } => "connect to the internet and run the same command again; it is needed only \
                                        once. Behind a proxy: export HTTPS_PROXY=http://proxy.example.edu:3128"
                .to_owned(),
            Error::InstallFailed { log, .. } => format!(
                "the full output is in {}. Run the same command again to retry; putting another Python (3.12 \
                 or 3.13), or uv, first on the PATH may help",
                log.display()
            ),
            Error::NoPort { .. } | Error::PortsTaken { .. } => "try again; if the problem persists, end programs \
                                                                that keep many connections open"
                .to_owned(),
            Error::EmulatorEnded { log, install, .. } => format!(
                "the full log is in {}. If it names a missing module, delete {} and try again: it is reinstalled",
                log.display(),
                install.display()
            ),
            Error::NotHealthy { log, .. } => {
                format!("this computer may be very busy: try again. The full log is in {}", log.display())
            }
            Error::StillRunning { pid, .. } => format!("end it by hand: kill -9 {pid}"),
            Error::NotRunning => "start it: cloud101 sandbox start".to_owned(),
            Error::EmulatorGone { log, .. } => format!(
                "run the same command again: it starts the sandbox again, empty. The reason may be in {}, which the \
                 restart overwrites",
                log.display()
            ),
            Error::StoppedInUse => "run the same command again: it starts the sandbox again, empty".to_owned(),
            Error::NoRandomness { .. } => "try again".to_owned(),
            Error::AlreadyRunning { .. } => "stop it first: cloud101 sandbox stop".to_owned(),
            Error::ResetFailed { .. } => "start over: cloud101 sandbox stop; cloud101 sandbox start".to_owned(),
            Error::Signals { .. } => "try again".to_owned(),
        }
    }
}

fn get_python() -> String {
    if cfg!(target_os = "macos") {
        "install it: brew install python (or uv: brew install uv), then run the same command again".to_owned()
    } else {
        "install it: sudo apt install python3 python3-venv (Debian, Ubuntu) or sudo dnf install python3 (Fedora, Red \
         Hat). If those are too old, or you can't install software, uv brings its own Python: \
         https://docs.astral.sh/uv/ . Then run the same command again"
            .to_owned()
    }
}

fn get_venv() -> String {
    if cfg!(target_os = "macos") {
        get_python()
    } else {
        "install one of them: sudo apt install python3-venv (Debian, Ubuntu) or sudo dnf install python3-pip (Fedora, \
         Red Hat); uv works too: https://docs.astral.sh/uv/ . Then run the same command again"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As every other help does.
    #[test]
    fn hints_begin_small_and_end_without_a_full_stop() {
        let path = PathBuf::from("/cache");
        let all = [
            Error::Unsupported,
            Error::File { doing: "read", path: path.clone(), source: io::Error::other("no") },
            Error::Unsafe { path: path.clone(), why: "belongs to others" },
            Error::NoPython,
            Error::NoInstaller { python: path.clone(), version: "3.12".to_owned() },
            Error::NotStarted { program: "uv".to_owned(), source: io::Error::other("no") },
            Error::NoNetwork { command: String::new(), tail: String::new() },
            Error::InstallFailed { command: String::new(), tail: String::new(), log: path },
            Error::PortsTaken { attempts: 3 },
            Error::NotRunning,
            Error::StoppedInUse,
        ];
        for hint in all.iter().map(Error::hint) {
            assert!(hint.starts_with(char::is_lowercase) && !hint.ends_with('.'), "{hint}");
        }
    }
}
