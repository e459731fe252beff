//! Python that has boto3 and its clients ready, so that a snippet costs its requests and not the loading of AWS's models.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// Functions that the Python snippets share.
const PRELUDE: &str = include_str!("prelude.py");

/// A Python that answers each snippet from a process of its own. It ends with this value, and with the test process
/// however that ends: its standard input is a pipe that only this process holds open.
#[derive(Debug)]
pub struct Snippets {
    child: Child,
    socket: PathBuf,
}

impl Snippets {
    /// Lets `python`, which has its environment, listen at `socket`.
    pub fn start(mut python: Command, socket: PathBuf) -> Result<Self> {
        let code = format!("{PRELUDE}\n{}", include_str!("snippets.py"));
        python.args(["-c", &code]).arg(&socket).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().context("starting Python")?;
        let mut first = String::new();
        BufReader::new(child.stdout.take().context("no pipe")?).read_line(&mut first)?;
        ensure!(first == "ready\n", "the Python for snippets did not start: {first}");
        Ok(Self { child, socket })
    }

    /// What a Python of its own would say and how it would end, given this code after the prelude.
    pub fn run(&self, code: &str, arguments: &[&str]) -> Result<Output> {
        let mut stream = UnixStream::connect(&self.socket).context("reaching the Python for snippets")?;
        writeln!(stream, "{}", json!({ "code": code, "arguments": arguments }))?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        let said: Value =
            serde_json::from_str(&said).with_context(|| format!("the snippet's process ended: {said}"))?;
        let text = |stream: &str| said[stream].as_str().map(|text| text.as_bytes().to_owned()).context("no answer");
        let code = i32::try_from(said["status"].as_i64().context("no status")?)?;
        // As `wait` has it: the exit code is the second byte.
        Ok(Output { status: ExitStatus::from_raw(code << 8), stdout: text("stdout")?, stderr: text("stderr")? })
    }
}

impl Drop for Snippets {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
