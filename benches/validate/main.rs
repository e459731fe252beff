//! How long `validate` takes, and how much memory: it is typed again and again while a file is written.
//!
//! By hand: `cargo bench --profile dev --bench validate`; without `--profile dev` as the program is released.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs `validate` on the file as often as is said, and prints of all runs the least processor time and the median of the
/// time on the clock, in milliseconds, and the most memory, in MiB.
const MEASURE: &str = "
import os, statistics, sys, time
program, name, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
used = []
for _ in range(runs):
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.execv(program, [program, 'validate', name])
    _, status, usage = os.wait4(child, 0)
    took = time.perf_counter() - began
    assert os.waitstatus_to_exitcode(status) == 0
    unit = 1 if sys.platform == 'darwin' else 1024
    used.append((usage.ru_utime + usage.ru_stime, took, usage.ru_maxrss * unit))
processor, clock, memory = zip(*used)
print(min(processor) * 1000, statistics.median(clock) * 1000, max(memory) / (1 << 20))
";

/// Prints the row of `file`.
fn measure(what: &str, file: &Path, runs: usize) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE, env!("CARGO_BIN_EXE_cloud101")]).arg(file).arg(runs.to_string());
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [processor, clock, memory] = figures.try_into().map_err(|_| format!("{output:?}"))?;
    println!("| {what} | {runs} | {processor:.1} | {clock:.1} | {memory:.0} |");
    Ok(())
}

/// A thousand resources of ten kinds, of which each but the first of its sort refers to one before it.
fn thousand() -> String {
    let one = |n: usize| {
        let (before, earlier) = (n.saturating_sub(1), n.saturating_sub(4));
        match n % 10 {
            0 => format!("type: sns.topic, display_name: Topic {n}"),
            1 => format!("type: s3.bucket, name: \"many-${{aws.account_id}}-{n}\", versioning: true"),
            2 => format!(
                "type: iam.policy, document: {{ Version: \"2012-10-17\", Statement: [{{ Effect: Allow, Action: \
                 \"sns:Publish\", Resource: \"${{r{}.arn}}\" }}] }}",
                n - 2
            ),
            3 => format!("type: iam.role, assumed_by: lambda.amazonaws.com, policies: [\"${{r{before}.arn}}\"]"),
            4 => format!(
                "type: lambda.function, runtime: python3.13, handler: index.handler, code: index.py, role: \
                 \"${{r{before}.arn}}\", environment: {{ TOPIC: \"${{r{earlier}.arn}}\" }}"
            ),
            5 => format!(
                "type: ec2.security_group, description: group {n}, ingress: [{{ protocol: tcp, ports: 22, cidr: \
                 192.0.2.0/24 }}]"
            ),
            6 => format!(
                "type: ec2.instance, image: al2023, instance_type: t3.micro, security_group_ids: [\"${{r{before}.id}}\"]"
            ),
            7 => format!("type: ec2.elastic_ip, instance: \"${{r{before}.id}}\""),
            8 => format!("type: ses.identity, email: person{n}@example.edu"),
            _ => format!("type: s3.object, bucket: lesson-store, key: \"notes/{n}.txt\", content: notes"),
        }
    };
    let resources: String = (0..1000).map(|n| format!("  r{n}: {{ {} }}\n", one(n))).collect();
    format!("stack: many\nregion: us-east-1\nresources:\n{resources}")
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("| validate of | runs | least processor ms | median ms on the clock | most MiB |");
    println!("|---|--:|--:|--:|--:|");
    measure("the class's stack", Path::new("stacks/cloud101.yaml"), 20)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("cloud101.yaml");
    fs::write(&file, thousand())?;
    fs::write(folder.path().join("index.py"), "def handler(event, context):\n    pass\n")?;
    measure("1,000 resources", &file, 5)
}
