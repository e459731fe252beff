//! Running the program in a folder of its own, with nothing of the person's environment.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::fake_aws::FakeAws;
use crate::{canary, schemas, terminal};

/// A stack with one resource of each service; the lines are part of what is tested.
pub const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  bucket:
    type: s3.bucket
    name: lesson-bucket
  role:
    type: iam.role
    assumed_by: lambda.amazonaws.com
  topic:
    type: sns.topic
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    role: ${role.arn}
  firewall:
    type: ec2.security_group
    description: ssh
  sender:
    type: ses.identity
    email: teacher@example.edu
outputs:
  topic: ${topic.arn}
";

/// A folder with a stack file, from which the program is run.
pub struct Folder {
    pub folder: TempDir,
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Folder {
    /// With [`STACK`] as `cloud101.yaml`.
    pub fn new() -> Self {
        Self::with(STACK)
    }

    /// With this text as `cloud101.yaml`.
    pub fn with(stack: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let one = Self { folder };
        one.write("cloud101.yaml", stack);
        one.write("index.py", "def handler(event, context):\n    return event\n");
        one
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// The program with `arguments` and no AWS at all: no credentials, no configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloud101"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .stdin(Stdio::null());
        command
    }

    /// The program with `arguments`, credentials, and `aws` in place of AWS.
    pub fn with_aws(&self, aws: &FakeAws, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .env("AWS_ENDPOINT_URL", &aws.url)
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", canary::SECRET_KEY)
            .env("AWS_SESSION_TOKEN", canary::TOKEN)
            .env("AWS_MAX_ATTEMPTS", "2");
        command
    }

    /// What the program says with `arguments`, against `aws`.
    pub fn run(&self, aws: &FakeAws, arguments: &[&str]) -> Said {
        self.said(&mut self.with_aws(aws, arguments))
    }

    /// The same against what listens at `url`, with as many attempts as it makes by itself.
    pub fn run_at(&self, url: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.env("AWS_ENDPOINT_URL", url);
        command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", canary::SECRET_KEY);
        self.said(&mut command)
    }

    /// What `command` says; ports, times and this folder's path are made the same for every run. Whatever it is, it must
    /// neither show a secret nor have a terminal do anything, and JSON fits its schema.
    pub fn said(&self, command: &mut Command) -> Said {
        let started = Instant::now();
        let Output { status, stdout, stderr } = command.output().expect("the program runs");
        let took = started.elapsed();
        let text = |bytes| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            canary::check(&format!("{command:?}"), &text);
            terminal::check(&format!("{command:?}"), &text);
            same_everywhere(&text, self.folder.path())
        };
        let (stdout, stderr) = (text(stdout), text(stderr));
        schemas::check(command, &stdout);
        Said { code: status.code(), stdout, stderr, took }
    }
}

fn same_everywhere(text: &str, folder: &Path) -> String {
    let mut text =
        text.replace(&folder.display().to_string(), "[folder]").replace(env!("CARGO_BIN_EXE_cloud101"), "cloud101");
    let mut from = 0;
    while let Some(at) = text[from..].find("127.0.0.1:").map(|n| from + n + "127.0.0.1:".len()) {
        let digits = text[at..].chars().take_while(char::is_ascii_digit).count();
        text.replace_range(at..at + digits, "[port]");
        from = at;
    }
    text
}

/// One SNS topic, for [`FakeAws::for_a_topic`].
pub const TOPIC_STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  topic:
    type: sns.topic
outputs:
  topic: ${topic.arn}
";

/// `text` with every duration as `[time]`.
pub fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let word = word.trim_end_matches('.').strip_suffix('s').unwrap_or_default();
        !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let line = |line: &str| {
        let words: Vec<_> = line.split(' ').map(|word| if is_time(word) { "[time]" } else { word }).collect();
        words.join(" ") + "\n"
    };
    text.lines().map(line).collect()
}
