//! The programs on this computer: this one, the sandbox's, the AWS CLI, with which classes go on, and its plugin.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::operate::program::{AWS_CLI, SESSION_PLUGIN};
use crate::sandbox::{self, Emulator, Sandbox};

use super::Check;

/// How long a program may take to say its version.
const LIMIT: Duration = Duration::from_secs(20);

/// All of them. `sandbox`: whether the sandbox is what is asked for, so it has to work.
pub async fn check(sandbox: bool) -> Vec<Check> {
    let (python, emulators, cli) = tokio::join!(python(sandbox), emulators(), aws_cli());
    vec![Check::right("cloud101", env!("CARGO_PKG_VERSION")), python, emulators, cli, session_plugin()]
}

/// What `connect` needs besides the AWS CLI.
fn session_plugin() -> Check {
    const WHAT: &str = "SSM plugin";
    match SESSION_PLUGIN.find() {
        Some(path) => Check::right(WHAT, path.display().to_string()),
        None => {
            let found = format!("there is no `{}` on the PATH; only `connect` needs it", SESSION_PLUGIN.name);
            Check::unknown(WHAT, found).remedy(format!("install it {}", SESSION_PLUGIN.installation()))
        }
    }
}

async fn python(sandbox: bool) -> Check {
    const WHAT: &str = "Python";
    match sandbox::python().await {
        Ok(python) => Check::right(WHAT, format!("{python}, for the sandbox")),
        Err(error) if sandbox => Check::wrong(WHAT, error.to_string(), error.hint()),
        Err(error) => Check::unknown(WHAT, format!("{error}; only --sandbox needs it")).remedy(error.hint()),
    }
}

async fn emulators() -> Check {
    const WHAT: &str = "sandbox";
    let pinned = Emulator::ALL.map(|emulator| format!("{emulator} {}", emulator.version())).join(", ");
    let status = match Sandbox::default_location() {
        Ok(sandbox) => sandbox.status().await,
        Err(error) => Err(error),
    };
    match status {
        Ok(Some(_)) => Check::right(WHAT, format!("{pinned}, running")),
        Ok(None) => Check::right(WHAT, format!("{pinned}, not running: --sandbox starts it")),
        Err(error) => Check::unknown(WHAT, error.to_string()).remedy(error.hint()),
    }
}

async fn aws_cli() -> Check {
    const WHAT: &str = "AWS CLI";
    let mut command = Command::new("aws");
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let remedy = format!(
        "only `connect` needs it; to use `aws` in class, `python3 -m pip install awscli`, or {}",
        AWS_CLI.installation()
    );
    match timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            // `aws-cli/2.31.0 Python/3.13.7 Linux/6.1 …`
            let version = text.split_whitespace().next().unwrap_or_default();
            Check::right(WHAT, version.strip_prefix("aws-cli/").unwrap_or(version))
        }
        Ok(Ok(_)) => Check::unknown(WHAT, "`aws --version` fails").remedy(remedy),
        Ok(Err(_)) => Check::unknown(WHAT, "there is no `aws` on the PATH").remedy(remedy),
        Err(_) => Check::unknown(WHAT, format!("`aws --version` did not answer within {} s", LIMIT.as_secs())),
    }
}
