//! What the account has of a stack, field by field, by AWS's own words.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};

use super::world::{PRELUDE, World};

/// A Python that stays, so that boto3 is loaded once. It ends with this value.
pub struct Inspector(Mutex<Server>);

struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

/// Everything that a stack has in the account: what it is, and all that AWS tells about it. What AWS invents anew in
/// each run is made the same, so that two stacks of the same file compare.
pub type Account = Map<String, Value>;

impl Inspector {
    pub fn start(world: &World) -> Result<Self> {
        let mut command = world.python_server(&format!("{PRELUDE}\n{}", include_str!("inspect.py")), &[])?;
        world.environment().apply(&mut command);
        let mut child = command.spawn()?;
        let stdout = BufReader::new(child.stdout.take().context("no pipe")?);
        Ok(Self(Mutex::new(Server { child, stdout })))
    }

    /// What `stack` has, which nothing else changes meanwhile.
    pub fn look(&self, stack: &str) -> Result<Account> {
        let mut server = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(server.child.stdin.as_mut().context("no pipe")?, "{stack}")?;
        let mut line = String::new();
        ensure!(server.stdout.read_line(&mut line)? > 0, "the inspector ended");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        let server = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(server.child.stdin.take());
        let _ = server.child.wait();
    }
}

/// Where two accounts differ, a line each; empty: they are the same.
pub fn differences(expected: &Account, there: &Account) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", &Value::Object(expected.clone()), &Value::Object(there.clone()), &mut lines);
    lines
}

fn compare(path: &str, expected: &Value, there: &Value, lines: &mut Vec<String>) {
    match (expected, there) {
        (Value::Object(expected), Value::Object(there)) => {
            let mut keys: Vec<_> = expected.keys().chain(there.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}/{key}"), &of(expected), &of(there), lines);
            }
        }
        _ if expected == there => {}
        _ => lines.push(format!("{path}: {there} instead of {expected}")),
    }
}
