//! Installing the emulators: once, pinned, into the cache folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::{
    Error, Progress,
    files::{self, at},
    python::{self, Python},
};

pub(super) const MINISTACK_VERSION: &str = "1.5.33";
pub(super) const MOTO_VERSION: &str = "5.2.5";

/// What is installed, all of it, each with its version and the hashes of its files; `requirements.in` says why and how
/// it is made.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The common arguments of pip and uv. Nothing is built: what a build needs would come without a hash.
const PINNED: [&str; 4] = ["--require-hashes", "--only-binary", ":all:", "--requirement"];

/// What must be importable before an installation counts.
const CHECK: &str = "import boto3, ministack.app, moto.ec2.models, moto.iam.models, moto.server";

const LAUNCHER: &str = include_str!("launch.py");
/// What lies beside the launcher, which imports it.
const BESIDE: [(&str, &str); 3] = [
    ("guard.py", include_str!("guard.py")),
    ("mended.py", include_str!("mended.py")),
    ("faster.py", include_str!("faster.py")),
];

/// Installed emulators.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Installed {
    /// The folder that holds everything else; deleting it makes the next start reinstall.
    pub folder: PathBuf,
    pub python: PathBuf,
    /// `launch.py`, which runs an emulator.
    pub launcher: PathBuf,
    /// Where the packages are if `python` doesn't find them by itself.
    pub packages: Option<PathBuf>,
}

impl Installed {
    /// A Python that was upgraded or removed leaves its virtual environments without an interpreter.
    fn is_usable(&self) -> bool {
        let beside = BESIDE.map(|(name, _)| self.launcher.with_file_name(name));
        let mut programs = [&self.python, &self.launcher].into_iter().chain(&beside);
        programs.all(|path| path.is_file()) && self.packages.as_ref().is_none_or(|folder| folder.is_dir())
    }

    /// Where the packages are.
    pub fn site_packages(&self) -> Result<PathBuf, Error> {
        let Some(packages) = &self.packages else {
            let versions = self.folder.join("venv/lib");
            let folders = fs::read_dir(&versions).map_err(at("read", &versions))?.flatten();
            let mut folders = folders.map(|version| version.path().join("site-packages"));
            let none = || at("find packages in", &versions)(std::io::ErrorKind::NotFound.into());
            return folders.find(|folder| folder.is_dir()).ok_or_else(none);
        };
        Ok(packages.clone())
    }
}

/// Identifies the pins, so that other pins are another installation.
pub(super) fn pins() -> String {
    let mut hash = Sha256::new();
    for text in [REQUIREMENTS, LAUNCHER].into_iter().chain(BESIDE.map(|(_, text)| text)) {
        hash.update(text);
        hash.update([0]);
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The installed emulators, installing them first if need be.
///
/// An installation goes into a folder that is new each time, and counts when `installed.json` names it: one that was
/// killed, and what its orphaned pip may still be writing, is never looked at again, only deleted.
pub(super) async fn ensure(cache: &Path, progress: &super::OnProgress<'_>) -> Result<Installed, Error> {
    let base = cache.join(format!("emulators-{}", pins()));
    let record = base.join("installed.json");
    for folder in [cache, &base] {
        files::must_be_safe(folder)?;
    }
    if let Some(installed) = recorded(&record) {
        files::must_be_safe(&installed.folder)?;
        return Ok(installed);
    }
    files::create_folder(&base)?;
    let _lock = files::lock(&base.join("lock"), || progress(Progress::Waiting)).await?;
    if let Some(installed) = recorded(&record) {
        return Ok(installed);
    }
    remove_others(&base, None);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let folder = base.join(format!("{:x}-{:x}", since.as_millis(), std::process::id()));
    let installed = install(&folder, &base.join("install.log"), progress).await?;
    let text = serde_json::to_string_pretty(&installed).unwrap_or_default();
    files::write(&record, &text)?;
    remove_others(&base, Some(&folder));
    Ok(installed)
}

fn recorded(record: &Path) -> Option<Installed> {
    let installed: Installed = serde_json::from_str(&fs::read_to_string(record).ok()?).ok()?;
    installed.is_usable().then_some(installed)
}

/// Deletes what unfinished or broken installations left.
fn remove_others(base: &Path, kept: Option<&Path>) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir()
            && kept != Some(&path)
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::debug!(path = %path.display(), %error, "cannot remove an old installation");
        }
    }
}

async fn install(folder: &Path, log: &Path, progress: &super::OnProgress<'_>) -> Result<Installed, Error> {
    files::create_folder(folder)?;
    files::write(log, "")?;
    let launcher = folder.join("launch.py");
    files::write(&launcher, LAUNCHER)?;
    for (name, text) in BESIDE {
        files::write(&folder.join(name), text)?;
    }
    let requirements = folder.join("requirements.txt");
    files::write(&requirements, REQUIREMENTS)?;
    let venv = folder.join("venv");
    let (python, packages) = if has_uv().await {
        progress(Progress::Installing { with: "uv" });
        let python = venv.join("bin/python");
        let wanted = format!(">={}", python::MINIMUM_TEXT);
        run("uv", &[&"venv", &"--quiet", &"--no-project", &"--python", &wanted, &venv], log).await?;
        let pip: [Argument<'_>; 6] = [&"pip", &"install", &"--quiet", &"--compile-bytecode", &"--python", &python];
        run("uv", &pinned(&pip, &requirements), log).await?;
        (python, None)
    } else {
        let found = python::find().await?;
        progress(Progress::Installing { with: "pip" });
        match make_venv(&found, &venv, log).await? {
            Some(python) => {
                run(&python, &pip_install(&[], &requirements), log).await?;
                (python, None)
            }
            None => {
                let target = folder.join("packages");
                with_pip(&found, &target, &requirements, log).await?;
                (found.executable, Some(target))
            }
        }
    };
    let installed = Installed { folder: folder.to_owned(), python, launcher, packages };
    let mut check = command(installed.python.as_os_str(), &[&"-c", &CHECK]);
    if let Some(packages) = &installed.packages {
        check.env("PYTHONPATH", packages);
    }
    finish(check, log).await?;
    Ok(installed)
}

async fn has_uv() -> bool {
    let mut uv = Command::new("uv");
    uv.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    uv.output().await.is_ok_and(|output| output.status.success())
}

/// The Python of a new virtual environment; `None` where Python comes without what that takes but with pip.
async fn make_venv(python: &Python, venv: &Path, log: &Path) -> Result<Option<PathBuf>, Error> {
    if !python.venv {
        return Ok(None);
    }
    match run(&python.executable, &[&"-m", &"venv", &venv], log).await {
        Ok(()) => Ok(Some(venv.join("bin/python"))),
        Err(error) if python.pip => {
            tracing::debug!(%error, "no virtual environment; trying pip install --target");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

type Argument<'a> = &'a dyn AsRef<std::ffi::OsStr>;

/// Installs into a folder beside a Python.
pub(super) async fn with_pip(
    python: &Python,
    target: Argument<'_>,
    requirements: Argument<'_>,
    log: &Path,
) -> Result<(), Error> {
    run(&python.executable, &pip_install(&[&"--target", target], requirements), log).await
}

fn pip_install<'a>(options: &[Argument<'a>], requirements: Argument<'a>) -> Vec<Argument<'a>> {
    let pip: [Argument<'a>; 6] = [&"-m", &"pip", &"install", &"--quiet", &"--no-input", &"--disable-pip-version-check"];
    pinned(&[&pip, options].concat(), requirements)
}

fn pinned<'a>(arguments: &[Argument<'a>], requirements: Argument<'a>) -> Vec<Argument<'a>> {
    let options = PINNED.iter().map(|option| option as Argument<'a>);
    arguments.iter().copied().chain(options).chain([requirements]).collect()
}

async fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[Argument<'_>], log: &Path) -> Result<(), Error> {
    finish(command(program.as_ref(), arguments), log).await
}

fn command(program: &std::ffi::OsStr, arguments: &[Argument<'_>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|argument| argument.as_ref())).stdin(Stdio::null()).kill_on_drop(true);
    python::without_python_variables(&mut command);
    // What a person set for pip in general, where it would send the packages elsewhere.
    const ELSEWHERE: [&str; 10] = [
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_CONSTRAINT",
        "PIP_REQUIREMENT",
        "PIP_NO_BINARY",
        "UV_CONSTRAINT",
        "UV_OVERRIDE",
        "UV_TARGET",
        "UV_NO_BINARY",
    ];
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
    command
}

async fn finish(mut command: Command, log: &Path) -> Result<(), Error> {
    let shown = shown(&command);
    let output = fs::OpenOptions::new().append(true).open(log).map_err(at("write", log))?;
    let errors = output.try_clone().map_err(at("write", log))?;
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let status =
        command.stdout(output).stderr(errors).status().await.map_err(|source| Error::NotStarted { program, source })?;
    if status.success() {
        return Ok(());
    }
    let tail = files::tail(log);
    Err(if looks_offline(&tail) {
        Error::NoNetwork { command: shown, tail }
    } else {
        Error::InstallFailed { command: shown, tail, log: log.to_owned() }
    })
}

/// The command, short enough for a message.
fn shown(command: &Command) -> String {
    let command = command.as_std();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    let kept = arguments.filter(|argument| *argument != CHECK);
    std::iter::once(command.get_program().to_string_lossy()).chain(kept).collect::<Vec<_>>().join(" ")
}

/// Whether the last words of pip or uv are about the network.
fn looks_offline(output: &str) -> bool {
    const SIGNS: [&str; 13] = [
        "name or service not known",
        "name resolution",
        "nodename nor servname",
        "failed to lookup address",
        "could not resolve",
        "dns error",
        "failed to establish a new connection",
        "network is unreachable",
        "no route to host",
        "connection refused",
        "connecttimeout",
        "cannot connect to proxy",
        "tcp connect error",
    ];
    let output = output.to_lowercase();
    SIGNS.iter().any(|sign| output.contains(sign))
}

#[cfg(test)]
pub(super) mod tests;
