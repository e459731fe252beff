//! Arguments, exit codes and streams.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::fake_aws::FakeAws;
use crate::program::{Folder, TOPIC_STACK, without_times};
use crate::proxy::{Fault, Hold};

#[test]
fn help_says_what_there_is() {
    let folder = Folder::new();
    for command in [
        "",
        "plan",
        "apply",
        "destroy",
        "show",
        "validate",
        "adopt",
        "import",
        "init",
        "fmt",
        "schema",
        "explain",
        "graph",
        "output",
        "handout",
        "invoke",
        "logs",
        "connect",
        "ssh",
        "stop",
        "start",
        "doctor",
        "sandbox",
        "completions",
        "man",
    ] {
        let arguments: Vec<_> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let said = folder.said(&mut folder.command(&arguments));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        assert_snapshot!(format!("help_{command}"), said.stdout);
    }
    let version = folder.said(&mut folder.command(&["--version"]));
    assert_eq!(version.stdout, format!("cloud101 {}\n", env!("CARGO_PKG_VERSION")));
}

/// What is said to a command line that makes no sense: exit code 64, and AWS is not asked.
fn misused(arguments: &[&str]) -> String {
    let aws = FakeAws::empty();
    let said = Folder::new().run(&aws, arguments);
    assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{arguments:?}: {}", said.stderr);
    assert_eq!(aws.calls(), [""; 0], "{arguments:?}");
    format!("$ cloud101 {}\n{}", arguments.join(" "), said.stderr)
}

#[test]
fn a_wrong_command_line_is_reported_before_anything_is_done() {
    let all: [&[&str]; 12] = [
        &[],
        &["plam"],
        &["plan", "--tarket", "bucket"],
        &["plan", "--target", "buket"],
        &["apply", "--yes", "--replace", "nothing_like_it"],
        &["plan", "--var", "no-value"],
        &["plan", "--parallelism", "0"],
        &["plan", "--endpoint-url", "localhost"],
        &["plan", "--sandbox", "--profile", "school"],
        &["plan", "one.yaml", "two.yaml"],
        &["plan", "--region", ""],
        &["plan", "--region", "eu-central-1a"],
    ];
    assert_snapshot!(all.map(misused).join("\n"));
}

/// Where no one can be asked: the file's errors first, then the plan, and a refusal only if there is something to do.
#[test]
fn consent_is_asked_for_when_there_is_something_to_agree_to() {
    let (folder, aws) = (Folder::with(TOPIC_STACK), FakeAws::for_a_topic());
    let run = |arguments: &str, code: i32| {
        let said = folder.run(&aws, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(said.code, Some(code), "{arguments}: {}{}", said.stdout, said.stderr);
        said
    };
    let refusal = "error: there is no terminal to ask for confirmation; nothing was changed\n";
    let refused = |arguments: &str, plan: &str| {
        let said = run(arguments, 64);
        assert!(said.stdout.contains(plan) && said.stderr.starts_with(refusal), "{}{}", said.stdout, said.stderr);
    };
    assert!(run("apply nothing.yaml", 1).stderr.contains("nothing.yaml"));
    refused("apply", "Plan: 1 to add, 0 to change, 0 to destroy.\n");
    run("destroy", 0);
    run("apply --yes", 0);
    assert!(run("apply", 0).stdout.contains("No changes. "));
    refused("destroy", "Plan: 0 to add, 0 to change, 1 to destroy.\n");
    let json = run("destroy --json", 64).stdout;
    let events: Vec<_> = json.lines().map(|line| line.contains(r#""event":"plan""#)).collect();
    assert_eq!(events, [true, false], "{json}");
    let changes =
        ["sns:CreateTopic", "sns:DeleteTopic"].map(|name| aws.calls().iter().filter(|call| *call == name).count());
    assert_eq!(changes, [1, 0]);
}

#[test]
fn what_is_left_out_can_not_be_replaced() {
    let aws = FakeAws::empty();
    let said = Folder::new().run(&aws, &["plan", "--target", "topic", "--replace", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{}", said.stderr);
    assert!(
        said.stderr.contains("--replace function names a resource that --target or --only excludes"),
        "{}",
        said.stderr
    );
    assert_eq!(aws.calls(), ["sts:GetCallerIdentity"]);
}

#[test]
fn stacks_are_found() {
    let folder = Folder::new();
    std::fs::remove_file(folder.folder.path().join("cloud101.yaml")).expect("removed");
    let validate = |arguments: &[&str]| {
        let said = folder.said(&mut folder.command(&[&["validate"], arguments].concat()));
        format!("{}{}exit code {}\n", said.stdout, said.stderr, said.code.unwrap_or_default())
    };
    let none = validate(&[]);
    folder.write("stacks/lesson.yaml", TOPIC_STACK);
    let one = validate(&[]);
    folder.write("stacks/other.yaml", TOPIC_STACK);
    let two = validate(&[]);
    let named = validate(&["other"]);
    let wrong = validate(&["lessen"]);
    folder.write("cloud101.yaml", TOPIC_STACK);
    let here = validate(&[]);
    assert_snapshot!([none, one, two, named, wrong, here].join("\n"));
}

/// A saved plan that is not there, and the arguments of `output` in the wrong order.
#[test]
fn what_is_not_there_or_stands_in_the_wrong_place_is_named() {
    for (words, code, parts) in [
        (
            &["show", "nosuch.plan"][..],
            1,
            &["error: there is no file `nosuch.plan`\n", "`plan` with `--out nosuch.plan`"][..],
        ),
        (&["apply", "nosuch.plan"], 1, &["error: there is no file `nosuch.plan`\n"]),
        (&["output", "topic", "cloud101.yaml"], 64, &["the stack file goes after --stack: --stack cloud101.yaml"]),
        (&["output", "cloud101.yaml", "topic"], 64, &["the stack file goes after --stack: --stack cloud101.yaml"]),
        (&["output", "cloud101.yaml"], 64, &["the stack file goes after --stack: `--stack cloud101.yaml`"]),
        (&["output", "users", "--stack", "cloud101.yaml"], 64, &["has no output `users`", "it has: `topic`"]),
        (&["output", "TOPIC"], 64, &["did you mean `topic`?"]),
    ] {
        let said = Folder::new().run(&FakeAws::empty(), words);
        assert_eq!(said.code, Some(code), "{words:?}: {}", said.stderr);
        parts.iter().for_each(|part| assert!(said.stderr.contains(part), "{words:?}: {part}\n{}", said.stderr));
    }
    let without = Folder::with("stack: lesson\nregion: us-east-1\nresources: { topic: { type: sns.topic } }\n");
    let said = without.run(&FakeAws::empty(), &["output", "users"]);
    assert!(said.code == Some(64) && said.stderr.contains("help: it has none: declare"), "{}", said.stderr);
}

#[test]
fn validate_makes_no_calls() {
    let aws = FakeAws::empty();
    let said = Folder::new().run(&aws, &["validate"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert_eq!(aws.calls(), [""; 0]);
}

#[test]
fn a_life_from_plan_to_destroy() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::with(TOPIC_STACK));
    let mut reported = String::new();
    for (arguments, code) in [
        ("plan --detailed-exitcode", 2),
        ("plan", 0),
        ("apply --yes", 0),
        ("plan --detailed-exitcode", 0),
        ("show", 0),
        ("plan --destroy --detailed-exitcode", 2),
        ("destroy --auto-approve", 0),
        ("destroy --yes", 0),
    ] {
        let said = folder.run(&aws, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(said.code, Some(code), "{arguments}: {}{}", said.stdout, said.stderr);
        reported.push_str(&format!("$ cloud101 {arguments}\n{}", without_times(&said.stdout)));
        let messages = without_times(&said.stderr);
        reported.extend(messages.lines().map(|line| format!("stderr| {line}\n")));
        reported.push('\n');
    }
    assert_snapshot!(reported);
}

#[test]
fn the_region_on_the_command_line_goes_first() {
    let said = Folder::new().run(&FakeAws::empty(), &["plan", "--region", "eu-central-1"]);
    assert!(said.stdout.contains("Stack lesson · account 123456789012 · eu-central-1"), "{}", said.stdout);
}

#[test]
fn colours_only_where_they_are_desired() {
    let (aws, folder) = (FakeAws::empty(), Folder::new());
    let coloured = |command: &mut Command| {
        let said = folder.said(command);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said.stdout.contains('\x1b')
    };
    assert!(!coloured(&mut folder.with_aws(&aws, &["plan"])), "a pipe");
    assert!(coloured(&mut folder.with_aws(&aws, &["plan", "--color", "always"])));
    assert!(!coloured(folder.with_aws(&aws, &["plan", "--color", "never"]).env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(folder.with_aws(&aws, &["plan"]).env("NO_COLOR", "1")));
    let said = folder.said(&mut folder.with_aws(&aws, &["plan", "nowhere", "--color", "always"]));
    assert!(said.stderr.contains("\x1b["), "including errors: {}", said.stderr);
}

#[test]
fn a_reader_that_leaves_early_does_no_harm() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::with(TOPIC_STACK));
    let mut command = folder.with_aws(&aws, &["apply", "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panic"), "{stderr}");
    assert_eq!(output.status.code(), Some(0), "the work is done all the same: {stderr}");
    assert!(aws.calls().contains(&"sns:CreateTopic".to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_can_not_be_written_is_an_error() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::with(TOPIC_STACK));
    for arguments in ["plan", "plan --json", "validate", "apply --yes", "--help"] {
        let mut command = folder.with_aws(&aws, &arguments.split(' ').collect::<Vec<_>>());
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux's full device");
        let output = command.stdout(full).stderr(Stdio::piped()).output().expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
        let reported = stderr.contains("could not be written to standard output");
        assert!(reported || arguments == "--help", "{arguments}: {stderr}");
    }
    assert!(aws.calls().contains(&"sns:CreateTopic".to_owned()), "the work is done all the same");
}

#[test]
fn what_to_type_next_holds_the_values_that_are_not_secrets() {
    let vars = "vars:\n  course: none\n  token: { secret: true }\n";
    let folder = Folder::with(&format!("{TOPIC_STACK}{vars}"));
    let given = ["--var", "course=a cloud", "--var", "token=it's xyzzy"];
    let said = folder.run(&FakeAws::empty(), &[&["plan"], &given[..]].concat());
    assert!(said.stdout.contains("cloud101 --var 'course=a cloud' --var token=… apply\n"), "{}", said.stdout);
    assert!(!(said.stdout + &said.stderr).contains("xyzzy"));
}

/// As from a variable of a script that is not set: it would mean everything.
#[test]
fn a_choice_of_nothing_is_not_one_of_everything() {
    let folder = Folder::with(TOPIC_STACK);
    for arguments in [
        &["destroy", "--yes", "--only", ""][..],
        &["destroy", "--yes", "--only", " , "],
        &["destroy", "--yes", "--target", ""],
        &["apply", "--yes", "--remove", ""],
        &["apply", "--yes", "--remove", ","],
        &["apply", "--yes", "--replace", ""],
        &["stop", "--yes", "--only", ","],
        &["handout", "--only", ""],
    ] {
        let aws = FakeAws::empty();
        let said = folder.run(&aws, arguments);
        assert_eq!(said.code, Some(64), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("it names no"), "{arguments:?}: {}", said.stderr);
        assert_eq!(aws.calls(), [""; 0], "{arguments:?}");
    }
}

#[test]
fn log_lines_hold_no_secrets() {
    let stack = TOPIC_STACK.replace("type: sns.topic\n", "type: sns.topic\n    display_name: ${var.word}\n");
    let folder = Folder::with(&format!("{stack}vars:\n  word: {{ secret: true }}\n"));
    let said = folder.run(&FakeAws::empty(), &["plan", "-vv", "--var", "word=xyzzy-plugh"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("(sensitive)"), "{}", said.stdout);
    // There are such lines at all: one for each call.
    assert!(said.stderr.contains("sns:ListTopics") && said.stderr.contains("sts:GetCallerIdentity"), "{}", said.stderr);
    let all = said.stdout + &said.stderr;
    for secret in ["xyzzy", "AKIAIOSFODNN7EXAMPLE"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

/// Ctrl-C and a polite `kill`.
const SIGNALS: [Signal; 2] = [Signal::INT, Signal::TERM];

/// An apply that gets `signal` once or twice while a topic is being made, which ends only afterwards.
fn interrupted(signal: Signal, times: usize) -> (Option<i32>, String) {
    let stack = format!(
        "{}\n  second:\n    type: sns.topic\n    depends_on: [topic]\n",
        TOPIC_STACK.split("outputs").next().unwrap_or_default().trim_end()
    );
    let hold = Hold::default();
    let aws = FakeAws::for_a_topic_but(Fault::Hold(hold.clone()).once("sns:CreateTopic"));
    let folder = Folder::with(&stack);
    let mut command = folder.with_aws(&aws, &["apply", "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut messages = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut reported = String::new();
    for (said, until) in ["topic: creating", "Interrupted"].into_iter().enumerate() {
        while !reported.contains(until) && messages.read_line(&mut reported).expect("a line") > 0 {}
        if said < times {
            let id = Pid::from_raw(child.id().try_into().expect("an id")).expect("an id");
            kill_process(id, signal).expect("it runs");
        }
    }
    if times == 1 {
        hold.release();
    }
    messages.read_to_string(&mut reported).expect("the rest");
    let output = child.wait_with_output().expect("it ends");
    hold.release();
    reported.push_str(&String::from_utf8_lossy(&output.stdout));
    (output.status.code(), without_times(&reported))
}

#[test]
fn an_interrupted_apply_finishes_what_is_under_way() {
    for signal in SIGNALS {
        let (code, reported) = interrupted(signal, 1);
        assert_eq!(code, Some(1), "{signal:?}: {reported}");
        assert!(reported.contains("✓ topic: created"), "{signal:?}: {reported}");
        assert!(reported.contains("second: not started"), "{signal:?}: {reported}");
        assert!(reported.contains("Apply interrupted: 1 done, 1 not started"), "{signal:?}: {reported}");
    }
}

#[test]
fn a_second_interruption_leaves_at_once() {
    for signal in SIGNALS {
        let (code, reported) = interrupted(signal, 2);
        assert_eq!(code, Some(130), "{signal:?}: {reported}");
        assert!(!reported.contains("created"), "{signal:?}: {reported}");
        assert!(
            reported.contains("Stopped at once: operations in progress may or may not have completed."),
            "{signal:?}: {reported}"
        );
    }
}
