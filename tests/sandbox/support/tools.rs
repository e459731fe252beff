//! The AWS CLI and boto3, installed once for the tests.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail, ensure};

/// What is installed, pinned.
const PACKAGES: [&str; 2] = ["awscli==1.46.3", "boto3==1.44.5"];
/// What the packages ask for.
const OLDEST_PYTHON: (u32, u32) = (3, 10);
const PYTHONS: [&str; 6] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
/// Variables by which a person sends Python or pip elsewhere.
const FOREIGN: [&str; 7] =
    ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT"];

/// The installed programs.
#[derive(Debug, Clone)]
pub struct Tools {
    folder: PathBuf,
    /// A Python; with [`Tools::prepare`] it finds boto3.
    pub python: PathBuf,
}

impl Tools {
    /// The programs, installing them first if need be. Safe to call from any thread and any process at once.
    pub fn get() -> Result<&'static Tools> {
        static TOOLS: OnceLock<std::result::Result<Tools, String>> = OnceLock::new();
        let tools = TOOLS.get_or_init(|| ensure_installed().map_err(|error| format!("{error:?}")));
        tools.as_ref().map_err(|error| anyhow::anyhow!(error.clone()))
    }

    /// Lets a program find `aws` first on its `PATH`, and the packages where Python doesn't by itself.
    pub fn prepare(&self, command: &mut Command) -> Result<()> {
        without_foreign(command);
        let mut folders = vec![self.venv().join("bin"), self.packages().join("bin")];
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        command.env("PATH", std::env::join_paths(folders)?);
        if self.packages().is_dir() {
            command.env("PYTHONPATH", self.packages());
        }
        Ok(())
    }

    fn venv(&self) -> PathBuf {
        self.folder.join("venv")
    }

    fn packages(&self) -> PathBuf {
        self.folder.join("packages")
    }

    /// What a folder holds; `None` if its Python is gone.
    fn in_folder(folder: PathBuf, python: &Path) -> Option<Tools> {
        let inside = folder.join("venv/bin/python");
        let python = if inside.is_file() { inside } else { python.to_owned() };
        python.is_file().then_some(Tools { folder, python })
    }
}

/// An installation counts when the marker names its folder and its Python. Each goes into a folder of its own: what
/// a killed one left, and what its orphaned pip may still be writing, is never used.
fn ensure_installed() -> Result<Tools> {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-tools");
    fs::create_dir_all(&base)?;
    let lock = File::create(base.join("lock"))?;
    lock.lock()?;
    let marker = base.join(format!("{}.installed", PACKAGES.join("-")));
    if let Some(tools) = marked(&marker) {
        return Ok(tools);
    }
    let folder = base.join(std::process::id().to_string());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let python = find_python()?;
    install(&python, &folder)?;
    fs::write(&marker, format!("{}\n{}\n", folder.display(), python.display()))?;
    marked(&marker).context("the AWS CLI is not where it was installed to")
}

fn marked(marker: &Path) -> Option<Tools> {
    let text = fs::read_to_string(marker).ok()?;
    let mut lines = text.lines();
    Tools::in_folder(lines.next()?.into(), Path::new(lines.next()?))
}

fn find_python() -> Result<PathBuf> {
    const PROBE: &str = "import sys; print(*sys.version_info[:2], sys.executable)";
    for name in PYTHONS {
        let mut command = Command::new(name);
        without_foreign(&mut command);
        let Ok(output) = command.args(["-c", PROBE]).stdin(Stdio::null()).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout);
        let mut words = text.trim().splitn(3, ' ');
        let mut number = || words.next()?.parse::<u32>().ok();
        if let (Some(major), Some(minor)) = (number(), number())
            && (major, minor) >= OLDEST_PYTHON
        {
            return Ok(words.next().context("Python does not know where it is")?.into());
        }
    }
    bail!("the acceptance tests need Python 3.10 or newer on the PATH: install python3")
}

/// Into a virtual environment, or beside a Python that can't make one.
fn install(python: &Path, folder: &Path) -> Result<()> {
    let venv = folder.join("venv");
    if let Err(error) = run(Command::new(python).args(["-m", "venv"]).arg(&venv)) {
        eprintln!("no virtual environment, trying pip install --target: {error:#}");
        let _ = fs::remove_dir_all(&venv);
        return pip(python, &["--target".into(), folder.join("packages").into_os_string()]);
    }
    pip(&venv.join("bin/python"), &[])
}

fn pip(python: &Path, options: &[OsString]) -> Result<()> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--prefer-binary"]);
    command.args(options).args(PACKAGES).env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
    run(&mut command).context(
        "the acceptance tests install the AWS CLI and boto3 from PyPI once, and that failed. Connect to the network \
         (behind a proxy: set HTTPS_PROXY; with a mirror: set PIP_INDEX_URL), and run the tests again",
    )
}

fn run(command: &mut Command) -> Result<()> {
    without_foreign(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said));
    Ok(())
}

fn without_foreign(command: &mut Command) {
    for name in FOREIGN {
        command.env_remove(name);
    }
}
