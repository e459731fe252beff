//! Finding a Python that can run the emulators.

use std::path::PathBuf;

use serde::Deserialize;
use tokio::process::Command;

use super::Error;

/// What the pinned emulators ask for (`Requires-Python`).
pub(super) const MINIMUM: (u32, u32) = (3, 10);
pub(super) const MINIMUM_TEXT: &str = "3.10";

/// Names to look for, the usual one first; a newer Python beside an old `python3` has its version in its name.
const NAMES: [&str; 7] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

const PROBE: &str = "import importlib.util as u, json, sys; print(json.dumps({\
    'executable': sys.executable, 'version': list(sys.version_info[:3]), \
    'venv': bool(u.find_spec('venv') and u.find_spec('ensurepip')), 'pip': bool(u.find_spec('pip'))}))";

/// A Python interpreter.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Python {
    pub executable: PathBuf,
    version: (u32, u32, u32),
    /// Has what `python3 -m venv` needs, which Debian packages apart.
    pub venv: bool,
    pub pip: bool,
}

impl Python {
    pub fn version(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }

    fn is_new_enough(&self) -> bool {
        (self.version.0, self.version.1) >= MINIMUM
    }

    fn can_install(&self) -> bool {
        self.venv || self.pip
    }
}

/// The first Python on the PATH that can install and run the emulators; if there is none, what the best one lacks.
pub(super) async fn find() -> Result<Python, Error> {
    let mut found = Vec::new();
    for name in NAMES {
        if let Some(python) = probe(name).await {
            if python.is_new_enough() && python.can_install() {
                return Ok(python);
            }
            found.push(python);
        }
    }
    Err(what_is_lacking(found))
}

fn what_is_lacking(found: Vec<Python>) -> Error {
    match found.into_iter().max_by_key(|python| python.version) {
        None => Error::NoPython,
        Some(python) if !python.is_new_enough() => {
            Error::PythonTooOld { version: python.version(), python: python.executable }
        }
        Some(python) => Error::NoInstaller { version: python.version(), python: python.executable },
    }
}

async fn probe(name: &str) -> Option<Python> {
    let mut command = Command::new(name);
    command.args(["-c", PROBE]).stdin(std::process::Stdio::null()).kill_on_drop(true);
    without_python_variables(&mut command);
    let output = command.output().await.ok()?;
    let python = output.status.success().then(|| serde_json::from_slice(&output.stdout).ok()).flatten();
    tracing::debug!(name, ?python, "looked for Python");
    python
}

/// Keeps variables meant for other Python programs from changing where this one looks for its modules.
pub(super) fn without_python_variables(command: &mut Command) {
    for name in ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE", "__PYVENV_LAUNCHER__"] {
        command.env_remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(minor: u32, venv: bool, pip: bool) -> Python {
        Python { executable: format!("/usr/bin/python3.{minor}").into(), version: (3, minor, 1), venv, pip }
    }

    #[test]
    fn says_what_is_lacking() {
        assert!(matches!(what_is_lacking(vec![]), Error::NoPython));
        let error = what_is_lacking(vec![python(8, true, true), python(9, true, true)]);
        assert!(matches!(&error, Error::PythonTooOld { version, .. } if version == "3.9.1"), "{error}");
        let error = what_is_lacking(vec![python(11, false, false), python(9, true, true)]);
        assert!(matches!(&error, Error::NoInstaller { version, .. } if version == "3.11.1"), "{error}");
        assert!(error.hint().contains("python3-venv") || cfg!(target_os = "macos"));
    }

    #[test]
    fn reads_the_probe() {
        let text = r#"{"executable": "/usr/bin/python3", "version": [3, 13, 0], "venv": true, "pip": false}"#;
        let python: Python = serde_json::from_str(text).unwrap();
        assert!(python.is_new_enough() && python.can_install());
        assert_eq!(python.version(), "3.13.0");
    }
}
