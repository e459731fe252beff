//! How long `validate` takes: it is typed again and again while a file is written. `-- --nocapture` shows the figures.

use std::process::Command;

use crate::program::Folder;

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

/// Processor time and time on the clock in milliseconds, and memory in MiB.
fn measured(file: &str, runs: usize) -> [f64; 3] {
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE, env!("CARGO_BIN_EXE_cloud101"), file, &runs.to_string()]);
    let output = command.output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [processor, clock, memory] = figures.try_into().unwrap_or_else(|_| panic!("{output:?}"));
    println!("validate {file}: {processor:.1} ms of processor, {clock:.1} ms, {memory:.1} MiB");
    [processor, clock, memory]
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

#[test]
fn the_class_s_stack_is_validated_in_a_moment() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/cloud101.yaml");
    let [processor, ..] = measured(file, 20);
    assert!(processor < 30.0, "{processor} ms");
}

#[test]
fn a_thousand_resources_are_validated_within_a_second() {
    let folder = Folder::with(&thousand());
    folder.write("index.py", "def handler(event, context):\n    pass\n");
    let file = folder.folder.path().join("cloud101.yaml");
    let [processor, _, memory] = measured(&file.display().to_string(), 5);
    assert!(processor < 1000.0 && memory < 100.0, "{processor} ms, {memory} MiB");
}
