//! Emulators as processes: starting one, waiting for it, asking it, ending it.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::{Child, ChildStdin, Command};

use super::{
    Error,
    emulator::{Emulator, Request},
    environment::SECRET_KEY,
    files::{self, at},
    install::Installed,
    key::AccessKey,
    state::{self, RunFolder, RunningEmulator},
};

/// How long an emulator may take to answer for the first time.
const START_LIMIT: Duration = Duration::from_secs(90);
/// How long a running emulator may take to answer; a busy machine is no reason to call it dead.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// How long to wait for an answer before asking again while it starts.
const FIRST_ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// How long a killed process may take to disappear.
const END_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// What the emulators and the functions inside them may know of this process's environment. AWS, proxy and Python
/// variables are not among them, so that nothing in the sandbox can find the person's account or the network by them.
const INHERITED: [&str; 9] =
    ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// How long an emulator lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Until it is stopped, or its run folder is deleted.
    Detached,
    /// Until this process ends, however it ends.
    Tied,
}

/// An emulator this process has started. Dropping it kills the emulator unless it was [`keep`](Self::keep)ed.
pub(super) struct Launched {
    pub emulator: Emulator,
    pub port: u16,
    key: AccessKey,
    child: Child,
    /// A tied emulator ends when this is closed.
    _lifeline: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
    keep: bool,
}

/// Why an emulator didn't come up.
pub(super) enum Failure {
    /// Another program took the port between choosing and binding.
    PortTaken,
    Other(Error),
}

/// Chooses a port of 127.0.0.1 for each emulator: the one it had here before, so that shells that know it go on
/// working, or any that is free.
pub(super) fn choose_ports(former: &[(Emulator, u16)]) -> Result<Vec<(Emulator, u16)>, Error> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let mut held = Vec::new();
    for emulator in Emulator::ALL {
        let before = former.iter().find(|(e, _)| *e == emulator).map_or(0, |(_, port)| *port);
        let listener = bind(before).or_else(|_| bind(0)).map_err(|source| Error::NoPort { source })?;
        held.push((emulator, listener));
    }
    held.iter()
        .map(|(emulator, listener)| {
            let address = listener.local_addr().map_err(|source| Error::NoPort { source })?;
            Ok((*emulator, address.port()))
        })
        .collect()
}

/// Starts one emulator in a process group of its own, so that Ctrl-C in the terminal doesn't reach it.
pub(super) fn launch(
    run: &RunFolder,
    installed: &Installed,
    emulator: Emulator,
    ports: &[(Emulator, u16)],
    key: &AccessKey,
    life: Life,
) -> Result<Launched, Error> {
    let port = ports.iter().find(|(e, _)| *e == emulator).map_or(0, |(_, port)| *port);
    let log = run.log(emulator);
    let output = files::create(&log)?;
    let errors = output.try_clone().map_err(at("create", &log))?;
    let scratch = run.scratch();

    let mut command = Command::new(&installed.python);
    command
        .arg(&installed.launcher)
        .arg(run.pid_file(emulator))
        .arg(if life == Life::Tied { "1" } else { "0" })
        .arg(port.to_string())
        .args(emulator.module(port))
        .env_clear()
        .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(emulator.variables(port, &state::endpoint_variables(ports)))
        // Not an argument, which other users could read. Functions get these, too.
        .env("AWS_ACCESS_KEY_ID", key.as_str())
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("HOME", &scratch)
        .env("TMPDIR", &scratch)
        .env("PYTHONNOUSERSITE", "1")
        .env("PYTHONUNBUFFERED", "1")
        .current_dir(&scratch)
        .stdin(if life == Life::Tied { Stdio::piped() } else { Stdio::null() })
        .stdout(output)
        .stderr(errors);
    if let Some(packages) = &installed.packages {
        command.env("PYTHONPATH", packages);
    }
    #[cfg(unix)]
    command.process_group(0);
    let program = installed.python.display().to_string();
    let mut child = command.spawn().map_err(|source| Error::NotStarted { program, source })?;
    let pid = child.id().unwrap_or_default();
    tracing::debug!(%emulator, port, pid, "started");
    Ok(Launched { emulator, port, key: key.clone(), _lifeline: child.stdin.take(), child, pid, log, keep: false })
}

impl Launched {
    /// Waits until it answers; its process id is the result.
    pub async fn healthy(&mut self, run: &RunFolder, installed: &Installed) -> Result<u32, Failure> {
        let (emulator, port, key) = (self.emulator, self.port, self.key.clone());
        let answers = async {
            loop {
                if is_healthy(emulator, port, &key, FIRST_ANSWER_LIMIT).await
                    && let Some(pid) = run.process(emulator)
                {
                    return pid;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::select! {
            // First, because whatever took the port might also answer.
            biased;
            _ = self.child.wait() => Err(self.failure(installed)),
            pid = answers => Ok(pid),
            () = tokio::time::sleep(START_LIMIT) => Err(Failure::Other(Error::NotHealthy {
                emulator,
                seconds: START_LIMIT.as_secs(),
                tail: files::tail(&self.log),
                log: self.log.clone(),
            })),
        }
    }

    /// Waits for it to end by itself, which it shouldn't.
    pub async fn ended(&mut self, installed: &Installed) -> Error {
        if let Err(error) = self.child.wait().await {
            tracing::debug!(emulator = %self.emulator, %error, "cannot wait for an emulator");
        }
        self.ended_error(installed)
    }

    /// Kills it, with the functions it runs, and waits until it is gone.
    pub async fn end(mut self) {
        if self.child.id().is_some() {
            kill_group(self.pid);
        }
        if let Err(error) = self.child.wait().await {
            tracing::debug!(emulator = %self.emulator, %error, "cannot wait for an emulator");
        }
    }

    /// Lets it live on after this is dropped.
    pub fn keep(mut self) {
        self.keep = true;
    }

    fn failure(&self, installed: &Installed) -> Failure {
        if port_was_taken(&files::tail(&self.log)) {
            Failure::PortTaken
        } else {
            Failure::Other(self.ended_error(installed))
        }
    }

    fn ended_error(&self, installed: &Installed) -> Error {
        Error::EmulatorEnded {
            emulator: self.emulator,
            tail: files::tail(&self.log),
            log: self.log.clone(),
            install: installed.folder.clone(),
        }
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // A child that was waited for is gone, and its id may be someone else's.
        if !self.keep && self.child.id().is_some() {
            kill_group(self.pid);
        }
    }
}

/// Kills the emulator that runs here, and the functions it runs. `false`: there was none. Emulators keep everything in
/// memory, so there is nothing they would save if asked more gently.
pub(super) async fn end(run: &RunFolder, emulator: Emulator) -> Result<bool, Error> {
    let Some(pid) = run.process(emulator) else { return Ok(false) };
    kill_group(pid);
    let deadline = Instant::now() + END_LIMIT;
    while run.process(emulator) == Some(pid) {
        if Instant::now() > deadline {
            return Err(Error::StillRunning { emulator, pid });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(true)
}

#[cfg(unix)]
fn kill_group(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let Some(group) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    if let Err(error) = kill_process_group(group, Signal::KILL) {
        tracing::debug!(pid, %error, "cannot kill an emulator");
    }
}

#[cfg(not(unix))]
fn kill_group(_pid: u32) {}

/// Whether an emulator that was started here is there no longer.
pub(super) fn has_ended(run: &RunFolder, one: &RunningEmulator) -> bool {
    match run.process(one.emulator) {
        Some(pid) => pid != one.pid,
        // The file may merely not have been opened, for want of descriptors.
        None => {
            let answer = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, one.port).into(), ANSWER_LIMIT);
            answer.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        }
    }
}

/// Whether the emulator at this port does its work.
pub(super) async fn is_healthy(emulator: Emulator, port: u16, key: &AccessKey, limit: Duration) -> bool {
    match ask(port, emulator.health(), key, limit).await {
        Ok(status) => status == 200,
        Err(error) => {
            tracing::trace!(%emulator, port, error, "not healthy");
            false
        }
    }
}

/// Makes the emulator at this port forget everything.
pub(super) async fn reset(emulator: Emulator, port: u16, key: &AccessKey) -> Result<(), Error> {
    match ask(port, emulator.reset(), key, ANSWER_LIMIT).await {
        Ok(200) => Ok(()),
        Ok(status) => Err(Error::ResetFailed { emulator, answer: format!("it answered with status {status}") }),
        Err(answer) => Err(Error::ResetFailed { emulator, answer }),
    }
}

async fn ask(port: u16, request: Request, key: &AccessKey, limit: Duration) -> Result<u16, String> {
    let authorization = key.authorization(request.service);
    let task = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let url = format!("http://127.0.0.1:{port}{}", request.path);
        let response = match request.body {
            None => agent.get(&url).header("Authorization", authorization).call(),
            Some(body) => agent
                .post(&url)
                .header("Authorization", authorization)
                .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
                .send(body),
        };
        response.map(|response| response.status().as_u16()).map_err(|error| error.to_string())
    });
    task.await.map_err(|error| error.to_string())?
}

fn port_was_taken(log: &str) -> bool {
    let log = log.to_lowercase();
    ["already in use", "is in use", "errno 98", "errno 48"].iter().any(|sign| log.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_different_and_kept_if_possible() {
        let first = choose_ports(&[]).unwrap();
        assert_eq!(first.len(), Emulator::ALL.len());
        assert_ne!(first[0].1, first[1].1);
        assert_eq!(choose_ports(&first).unwrap(), first);
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first[0].1)).unwrap();
        let second = choose_ports(&first).unwrap();
        assert_ne!(second[0], first[0]);
        assert_eq!(second[1], first[1]);
    }

    #[test]
    fn knows_a_taken_port() {
        assert!(port_was_taken("ERROR: 127.0.0.1:4566 is already in use. Is MiniStack already running?"));
        assert!(port_was_taken("Address already in use\nPort 5000 is in use by another program."));
        assert!(!port_was_taken("ModuleNotFoundError: No module named 'moto'"));
    }

    #[tokio::test]
    async fn an_unanswered_port_is_not_healthy() {
        let ports = choose_ports(&[]).unwrap();
        let key = AccessKey::random().unwrap();
        assert!(!is_healthy(Emulator::Moto, ports[0].1, &key, FIRST_ANSWER_LIMIT).await);
    }
}
