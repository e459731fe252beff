//! This build of the program beside another: apply and destroy of a large stack, in turns, every call 50 ms later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::proxy::{EmulatorShim, Emulators, Fault, FaultProxy};
use crate::sandbox::TestSandbox;
use crate::wire::DELAY;

/// How often each build applies and destroys; the least is what it takes.
const TIMES: usize = 3;
const COMMANDS: [&str; 2] = ["apply", "destroy"];

/// What one run took.
#[derive(Debug, Clone)]
struct Took {
    wall: Duration,
    /// How often which.
    calls: BTreeMap<String, usize>,
}

impl Took {
    fn sum(&self) -> usize {
        self.calls.values().sum()
    }
}

/// Prints the table for `size` resources.
pub fn measure(sandbox: &TestSandbox, other: &Path, size: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let builds = [PathBuf::from(env!("CARGO_BIN_EXE_cloud101")), other.to_owned()];
    let mut least: [[Option<Took>; COMMANDS.len()]; 2] = Default::default();
    for time in 0..TIMES {
        for (build, least) in builds.iter().zip(&mut least) {
            let file = folder.path().join("cloud101.yaml");
            // The emulators keep what is gone, and not all of it under a name that can be used again at once.
            std::fs::write(&file, stack(size, &format!("side{time}{}", usize::from(*build == builds[1]))))?;
            for (command, least) in COMMANDS.iter().zip(least) {
                let took = run(sandbox, build, &[command, "--yes", &file.display().to_string()])?;
                *least = Some(match least.take() {
                    Some(other) if other.wall <= took.wall => other,
                    _ => took,
                });
            }
        }
    }
    println!("{size} resources, {} ms more per call, the least of {TIMES}", DELAY.as_millis());
    println!();
    println!("| | seconds | calls | the other's seconds | the other's calls | ratio |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (n, command) in COMMANDS.iter().enumerate() {
        let (Some(own), Some(other)) = (&least[0][n], &least[1][n]) else { continue };
        let seconds = |took: &Took| took.wall.as_secs_f64();
        let ratio = seconds(own) / seconds(other);
        println!(
            "| {command} | {:.2} | {} | {:.2} | {} | {ratio:.2} |",
            seconds(own),
            own.sum(),
            seconds(other),
            other.sum()
        );
    }
    for (n, command) in COMMANDS.iter().enumerate() {
        let (Some(own), Some(other)) = (&least[0][n], &least[1][n]) else { continue };
        println!();
        println!("Calls of {command} that the two make differently often:");
        for name in own.calls.keys().chain(other.calls.keys()).collect::<BTreeSet<_>>() {
            let [own, other] = [own, other].map(|took| took.calls.get(name).copied().unwrap_or_default());
            if own != other {
                println!("  {name}: {own}, {other}");
            }
        }
    }
    Ok(())
}

fn run(sandbox: &TestSandbox, build: &Path, arguments: &[&str]) -> Result<Took> {
    let emulators = EmulatorShim::default().before(Emulators::of(&sandbox.running)?);
    let proxy = FaultProxy::open(emulators, |_| Some(Fault::Delay(DELAY)))?;
    let mut command = Command::new(build);
    sandbox.running.environment().apply(&mut command);
    command.env("AWS_ENDPOINT_URL", &proxy.url).env_remove("AWS_ENDPOINT_URL_EC2").env_remove("AWS_ENDPOINT_URL_IAM");
    let started = Instant::now();
    let output = command.args(arguments).stdin(Stdio::null()).output()?;
    let wall = started.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} {}: {}\n{said}", build.display(), arguments.join(" "), output.status);
    let mut calls = BTreeMap::new();
    proxy.calls().into_iter().for_each(|call| *calls.entry(call.name).or_default() += 1);
    Ok(Took { wall, calls })
}

/// Groups of ten resources of seven kinds, of which four refer to another.
fn stack(size: usize, name: &str) -> String {
    let one = |n: usize| {
        let first = n / 10 * 10;
        match n % 10 {
            0 | 7 => "type: sns.topic".to_owned(),
            1 => format!(
                "type: iam.policy, document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: sns:Publish, \
                 Resource: \"${{r{first}.arn}}\"}}]}}"
            ),
            2 => format!("type: iam.role, assumed_by: ec2.amazonaws.com, policies: [\"${{r{}.arn}}\"]", n - 1),
            3 => format!("type: iam.instance_profile, role: \"${{r{}.name}}\"", n - 1),
            4 | 8 => format!("type: s3.bucket, name: \"${{stack.name}}-bucket-{n}\""),
            5 | 9 => format!("type: s3.object, bucket: \"${{r{}.name}}\", key: notes.txt, content: Notes {n}", n - 1),
            _ => "type: ec2.security_group, ingress: [{port: 22, cidr: 192.0.2.0/24}]".to_owned(),
        }
    };
    let resources: String = (0..size).map(|n| format!("  r{n}: {{{}}}\n", one(n))).collect();
    format!("stack: {name}\nregion: us-east-1\nresources:\n{resources}")
}
