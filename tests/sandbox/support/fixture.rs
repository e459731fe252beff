//! What tests with the real programs have: the program, a sandbox with a proxy before it, the AWS CLI and boto3, and stacks
//! with names of their own.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use cloud101::sandbox::{Environment, Running};
use serde_json::Value;
use tempfile::TempDir;

use super::TestSandbox;
use super::keys;
use super::tools::Tools;
use crate::proxy::{Call, EmulatorShim, Emulators, Fault, FaultProxy};
use crate::{canary, schemas};

/// The program that is tested.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_cloud101");

/// A sandbox and the real programs.
pub struct Fixture {
    sandbox: Arc<TestSandbox>,
    /// For `CLOUD101_SANDBOX_DIR`.
    run_folder: PathBuf,
    tools: &'static Tools,
    /// What AWS remembers of the test and the emulators don't, whichever proxy a call comes through.
    shim: EmulatorShim,
}

/// What a program said and how it ended.
pub struct Said {
    what: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Fixture {
    /// A sandbox that tests share, and the programs.
    pub fn shared() -> Result<Fixture> {
        Self::of(TestSandbox::shared()?)
    }

    /// The same for a test of what is in other regions: the account has all of them.
    pub fn everywhere() -> Result<Fixture> {
        let mut fixture = Self::shared()?;
        fixture.run_folder = fixture.sandbox.everywhere()?.to_owned();
        Ok(fixture)
    }

    /// A sandbox for a test that makes very much; see [`TestSandbox::alone`].
    pub fn own() -> Result<Fixture> {
        Self::of(Arc::new(TestSandbox::alone()?))
    }

    /// A sandbox for a test that spoils it; see [`TestSandbox::bare`].
    pub fn alone() -> Result<Fixture> {
        Self::of(Arc::new(TestSandbox::bare()?))
    }

    fn of(sandbox: Arc<TestSandbox>) -> Result<Fixture> {
        keys::keep(sandbox.running.access_key());
        let run_folder = sandbox.folder().to_owned();
        Ok(Fixture { sandbox, run_folder, tools: Tools::get()?, shim: EmulatorShim::default() })
    }

    /// What is known of the sandbox.
    pub fn running(&self) -> &Running {
        &self.sandbox.running
    }

    /// `cloud101` with these arguments, in the repository's folder, and with a person's own credentials about.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        self.place(&mut command);
        command.env("AWS_SECRET_ACCESS_KEY", canary::SECRET_KEY).env("AWS_SESSION_TOKEN", canary::TOKEN);
        command
    }

    /// Runs `cloud101` with these arguments.
    pub fn cloud101(&self, arguments: &[&str]) -> Result<Said> {
        run(&mut self.command(arguments))
    }

    /// Runs lines of a shell in whose environment the sandbox's own variables were evaluated, as a person would.
    pub fn shell(&self, folder: &Path, lines: &str) -> Result<Said> {
        let mut command = Command::new("sh");
        command.args(["-ec", &format!("eval \"$({PROGRAM} sandbox env)\"\n{lines}")]);
        self.place(&mut command);
        self.tools.prepare(&mut command)?;
        command.current_dir(folder);
        run(&mut command)
    }

    /// Runs Python that has boto3 and talks to the sandbox. The answer is what it gave to `answer(…)`, or null.
    pub fn python(&self, code: &str, arguments: &[&str]) -> Result<Value> {
        let snippets = self.sandbox.snippets(|| {
            let mut command = Command::new(&self.tools.python);
            self.environment().apply(&mut command);
            self.tools.prepare(&mut command)?;
            self.place(&mut command);
            Ok(command)
        })?;
        // A whole program is too long to be shown.
        let what = format!("{} {arguments:?}", code.lines().last().unwrap_or_default());
        let output = snippets.run(code, arguments).with_context(|| what.clone())?;
        let ran = Said::new(what, output).exits(0)?;
        match ran.stdout.lines().last() {
            Some(line) => serde_json::from_str(line).with_context(|| ran.to_string()),
            None => Ok(Value::Null),
        }
    }

    /// The variables that lead AWS's tools to the sandbox.
    pub fn environment(&self) -> Environment {
        self.sandbox.judged.environment()
    }

    /// A proxy in front of the sandbox at which `rule` decides.
    pub fn proxy(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Result<FaultProxy> {
        Ok(FaultProxy::open(self.shim.before(Emulators::of(&self.sandbox.running)?), rule)?)
    }

    /// What the account has that carries a stack's mark, according to boto3: `["s3 name", "ec2 i-…", …]`, sorted.
    pub fn marked(&self, stack: &str) -> Result<Vec<String>> {
        let found = self.python("answer(marked(sys.argv[1]))", &[stack])?;
        serde_json::from_value(found).context("not a list of strings")
    }

    /// Of what sorts that is: `["s3", "ec2", …]`.
    pub fn sorts(&self, stack: &str) -> Result<Vec<String>> {
        let first = |text: String| text.split(' ').next().unwrap_or_default().to_owned();
        Ok(self.marked(stack)?.into_iter().map(first).collect())
    }

    /// A copy of the class's stack whose names all are `name`'s, in a folder of its own.
    pub fn lesson(&self, name: &str) -> Result<Lesson<'_>> {
        let folder = tempfile::tempdir()?;
        let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
        let mut text = fs::read_to_string(stacks.join("cloud101.yaml"))?;
        for (old, new) in [
            ("stack: cloud101\n", format!("stack: {name}\n")),
            ("name: cloud101awsbucket\n", format!("name: {name}-bucket\n")),
            ("    name: cloud101\n", format!("    name: {name}\n")),
            ("/aws/lambda/cloud101:*", format!("/aws/lambda/{name}:*")),
            // A secret that every run with this stack has to keep.
            ("vars:\n", format!("vars:\n  {}\n", canary::VARIABLE)),
            (
                "    image: al2023",
                format!("    user_data: {}\n    image: al2023", "\"#!/bin/sh\\necho ${var.canary}\""),
            ),
        ] {
            ensure!(text.matches(old).count() == 1, "the class's stack has no single {old:?}");
            text = text.replace(old, &new);
        }
        let code = folder.path().join("email_agent");
        fs::create_dir(&code)?;
        fs::copy(stacks.join("email_agent/index.py"), code.join("index.py"))?;
        self.stack_in(folder, name, &text)
    }

    /// A stack with this text, in a folder of its own.
    pub fn stack(&self, name: &str, text: &str) -> Result<Lesson<'_>> {
        self.stack_in(tempfile::tempdir()?, name, &format!("stack: {name}\nregion: us-east-1\n{text}"))
    }

    fn stack_in(&self, folder: TempDir, name: &str, text: &str) -> Result<Lesson<'_>> {
        let lesson = Lesson { fixture: self, name: name.to_owned(), folder };
        lesson.write(text)?;
        Ok(lesson)
    }

    fn place(&self, command: &mut Command) {
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CLOUD101_SANDBOX_DIR", &self.run_folder)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_PROFILE")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
    }
}

/// A stack file with names of its own.
pub struct Lesson<'a> {
    fixture: &'a Fixture,
    pub name: String,
    folder: TempDir,
}

impl Lesson<'_> {
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("cloud101.yaml")
    }

    pub fn text(&self) -> Result<String> {
        Ok(fs::read_to_string(self.file())?)
    }

    pub fn write(&self, text: &str) -> Result<()> {
        Ok(fs::write(self.file(), text)?)
    }

    /// Replaces the only occurrence of `old` in the file.
    pub fn edit(&self, old: &str, new: &str) -> Result<()> {
        let text = self.text()?;
        ensure!(text.matches(old).count() == 1, "there is no single {old:?} in\n{text}");
        self.write(&text.replace(old, new))
    }

    /// `cloud101 <command> <the file> <options>` through a proxy, not yet run. AWS's own variables lead there.
    pub fn through(&self, proxy: &FaultProxy, command: &str, options: &[&str]) -> Command {
        let mut built = self.fixture.command(&[command]);
        built.arg(self.file()).args(options);
        self.fixture.environment().apply(&mut built);
        built.env("AWS_ENDPOINT_URL", &proxy.url).env_remove("AWS_ENDPOINT_URL_EC2").env_remove("AWS_ENDPOINT_URL_IAM");
        built
    }

    /// `cloud101 --sandbox <command> <the file> <options>`, not yet run.
    pub fn command(&self, command: &str, options: &[&str]) -> Command {
        let file = self.file();
        let mut built = self.fixture.command(&["--sandbox", command]);
        built.arg(file).args(options);
        built
    }

    /// The same, run.
    pub fn run(&self, command: &str, options: &[&str]) -> Result<Said> {
        run(&mut self.command(command, options))
    }

    pub fn apply(&self) -> Result<Said> {
        self.run("apply", &["--yes"])?.exits(0)
    }

    /// Fails unless a plan has nothing to do.
    pub fn is_settled(&self) -> Result<()> {
        self.run("plan", &["--detailed-exitcode"])?.exits(0)?.says("No changes.").map(drop)
    }

    /// The plan's changes, sorted, as `address: action path(reason) …`.
    pub fn changes(&self) -> Result<Vec<String>> {
        let plan = self.run("plan", &["--json"])?.exits(0)?.json()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |change: &Value| {
            let properties = change["properties"].as_array().into_iter().flatten();
            let properties: Vec<_> =
                properties.map(|one| format!(" {}({})", text(&one["path"]), text(&one["reason"]))).collect();
            format!("{}: {}{}", text(&change["address"]), text(&change["action"]), properties.concat())
        };
        let all = plan["resource_changes"].as_array().context("a plan without resources")?;
        let mut lines: Vec<_> = all.iter().filter(|change| change["action"] != "none").map(line).collect();
        lines.sort();
        Ok(lines)
    }

    /// Destroys it and fails if anything is left, according to cloud101 or to boto3.
    pub fn destroy(&self) -> Result<()> {
        self.run("destroy", &["--yes", "--empty-buckets"])?.exits(0)?.says("0 left")?;
        let left = self.fixture.marked(&self.name)?;
        ensure!(left.is_empty(), "left: {left:?}");
        Ok(())
    }
}

impl Said {
    pub fn new(what: String, output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { what, status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Fails unless it ended with this exit code.
    pub fn exits(self, code: i32) -> Result<Self> {
        if self.status.code() != Some(code) {
            bail!("exit code {code} was expected\n{self}");
        }
        Ok(self)
    }

    /// Fails unless it said this, on either stream.
    pub fn says(self, text: &str) -> Result<Self> {
        if !self.stdout.contains(text) && !self.stderr.contains(text) {
            bail!("{text:?} was expected\n{self}");
        }
        Ok(self)
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("one JSON document was expected\n{self}"))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, status, stdout, stderr } = self;
        write!(f, "$ {what}\n{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Runs a program to its end. If it is cloud101, what it says must hold no secret, and JSON fits its schema.
pub fn run(command: &mut Command) -> Result<Said> {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy());
    // A whole program in Python is too long to be shown.
    let what = words.map(|word| word.lines().last().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ");
    let output = command.output().with_context(|| what.clone())?;
    let ran = Said::new(what, output);
    if command.get_program() == PROGRAM {
        canary::check(&ran.what, &ran.stdout);
        canary::check(&ran.what, &ran.stderr);
        schemas::check(command, &ran.stdout);
        keys::check(command, &ran.stdout);
        keys::check(command, &ran.stderr);
    }
    Ok(ran)
}
