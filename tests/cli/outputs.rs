//! `cloud101 output`: what a stack is worth to people, to scripts and to shells.

use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK};

/// A stack with an output that is plain, one that a shell has to quote, and one that is secret.
fn folder() -> Folder {
    let vars = "vars:\n  greeting: it's; nine\n  token: { default: xyzzy-plugh, secret: true }\n";
    Folder::with(&format!("{TOPIC_STACK}  greeting: ${{var.greeting}}\n  token: ${{var.token}}\n{vars}"))
}

/// An account in which it was applied.
pub fn applied(folder: &Folder) -> FakeAws {
    let aws = FakeAws::for_a_topic();
    let said = folder.run(&aws, &["apply", "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    aws
}

#[test]
fn outputs_are_shown_but_for_secrets() {
    let folder = folder();
    let aws = applied(&folder);
    let said = folder.run(&aws, &["output"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(said.stdout, @"
    topic    = arn:aws:sns:us-east-1:123456789012:lesson-topic
    greeting = it's; nine
    token    = (sensitive)
    ");
    let one = folder.run(&aws, &["output", "topic"]);
    assert_eq!((one.code, one.stdout, one.stderr.as_str()), (Some(0), format!("{TOPIC}\n"), ""));
    let secret = folder.run(&aws, &["output", "token"]);
    assert_eq!((secret.code, secret.stdout.as_str()), (Some(1), ""), "{}", secret.stderr);
    assert!(secret.stderr.contains("does not show secrets"), "{}", secret.stderr);
}

#[test]
fn a_stack_file_in_the_place_of_a_name_is_reported_where_it_belongs() {
    let (folder, aws) = (folder(), FakeAws::empty());
    for command in ["output", "invoke", "logs"] {
        let said = folder.run(&aws, &[command, "stacks/class 2.yaml"]);
        assert_eq!(said.code, Some(64), "{}", said.stderr);
        assert!(
            said.stderr.contains("help: the stack file goes after --stack: `--stack 'stacks/class 2.yaml'`"),
            "{}",
            said.stderr
        );
    }
    assert_eq!(aws.calls(), [""; 0]);
}

#[test]
fn an_empty_value_is_distinguished_from_none() {
    let folder = Folder::with(&format!("{TOPIC_STACK}  nothing: ${{var.nothing}}\nvars:\n  nothing: \"\"\n"));
    let said = folder.run(&applied(&folder), &["output", "nothing"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "\n"), "{}", said.stderr);
    assert!(said.stderr.starts_with("nothing is empty, "), "{}", said.stderr);
}

#[test]
fn a_shell_takes_the_outputs_over() {
    let folder = folder();
    let said = folder.run(&applied(&folder), &["output", "--env"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(said.stderr, "token is not set: it contains a secret variable.\n");
    let script =
        format!("{}printf '%s|%s|%s' \"$C101_TOPIC\" \"$C101_GREETING\" \"${{C101_TOKEN-unset}}\"", said.stdout);
    let shell = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&shell.stdout), format!("{TOPIC}|it's; nine|unset"));
}

/// Names that a shell, the loader, an interpreter or AWS's tools obey, and what is not a name at all.
const OBEYED: [&str; 44] = [
    "path",
    "home",
    "user",
    "lang",
    "term",
    "ifs",
    "ps1",
    "ps4",
    "env",
    "bash_env",
    "shellopts",
    "bashopts",
    "prompt_command",
    "zdotdir",
    "fpath",
    "cdpath",
    "histfile",
    "ld_preload",
    "ld_library_path",
    "dyld_insert_libraries",
    "pythonpath",
    "pythonstartup",
    "perl5opt",
    "rubyopt",
    "node_options",
    "java_tool_options",
    "git_ssh_command",
    "editor",
    "pager",
    "lessopen",
    "aws_endpoint_url",
    "aws_profile",
    "aws_access_key_id",
    "https_proxy",
    "ssl_cert_file",
    "lc_all",
    "tz",
    "tmpdir",
    "cloud101_sandbox_dir",
    "C101_HOME",
    "a=b; exit 3",
    "$(exit 3)",
    "'",
    "\u{fc}b er",
];

#[test]
fn no_name_of_an_output_sets_what_a_shell_obeys() {
    let outputs: Vec<_> =
        OBEYED.iter().map(|name| format!("  {}: 'never: $(exit 3) ''there'''\n", json!(name))).collect();
    let stack = TOPIC_STACK.split("outputs:").next().expect("a stack");
    let folder = Folder::with(&format!("{stack}outputs:\n{}", outputs.concat()));
    let said = folder.run(&applied(&folder), &["output", "--env"]);
    assert_eq!((said.code, said.stdout.lines().count()), (Some(0), OBEYED.len()), "{}", said.stderr);
    // Whatever was set before is as it was, and nothing else was made than what has the prefix.
    let script = format!("env > before\neval '{}'\nenv > after", said.stdout.replace('\'', "'\\''"));
    for shell in ["sh", "bash", "dash", "zsh", "ksh"] {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = Command::new(shell).args(["-c", &script]).current_dir(folder.path()).output();
        // Not every computer has all of them.
        let Ok(ran) = ran else {
            assert!(!["sh", "bash"].contains(&shell), "no {shell}");
            continue;
        };
        assert!(ran.status.success() && ran.stderr.is_empty(), "{shell}: {}", String::from_utf8_lossy(&ran.stderr));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("what `env` said");
        let (before, after) = (read("before"), read("after"));
        let new: Vec<_> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        let prefixed = |line: &&str| line.starts_with("C101_") && line.ends_with("=never: $(exit 3) 'there'");
        let (ours, others): (Vec<&str>, Vec<&str>) = new.iter().copied().partition(prefixed);
        assert_eq!(ours.len(), OBEYED.len(), "{shell}: {ours:?}");
        // A shell may count its own commands.
        assert!(others.iter().all(|line| line.starts_with("_=")), "{shell}: {others:?}");
        let gone = before.lines().filter(|line| !line.starts_with("_=") && !after.lines().any(|new| new == *line));
        assert_eq!(gone.collect::<Vec<_>>(), [""; 0], "{shell}");
    }
}

#[test]
fn two_outputs_are_never_one_variable() {
    let (folder, aws) = (Folder::with(&format!("{TOPIC_STACK}  my-topic: a\n  my_topic: b\n")), FakeAws::empty());
    let said = folder.run(&aws, &["output", "--env"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{}", said.stderr);
    assert_eq!(
        said.stderr,
        "error: the outputs `my-topic` and `my_topic` would both set the shell variable `C101_MY_TOPIC`\n  \
         help: rename one of them, or ask for one value: the same command with `my-topic` in place of --env\n"
    );
    assert_eq!(aws.calls(), [""; 0]);
    let one = folder.run(&applied(&folder), &["output", "--env", "my-topic"]);
    assert_eq!((one.code, one.stdout.as_str()), (Some(0), "export C101_MY_TOPIC='a'\n"), "{}", one.stderr);
}

#[test]
fn programs_get_a_document() {
    let folder = folder();
    let aws = applied(&folder);
    let document = |arguments: &[&str]| -> Value {
        let said = folder.run(&aws, arguments);
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        serde_json::from_str(&said.stdout).expect("JSON")
    };
    let topic = json!({ "value": TOPIC, "sensitive": false });
    let all = document(&["output", "--json"]);
    assert_eq!(
        (&all["format_version"], &all["stack"], &all["outputs"]["topic"]),
        (&json!("1.0"), &json!("lesson"), &topic)
    );
    assert_eq!(all["outputs"]["token"], json!({ "value": "(sensitive)", "sensitive": true }));
    assert_eq!(document(&["output", "topic", "--json"])["outputs"], json!({ "topic": topic }));
}

#[test]
fn what_is_not_applied_has_no_outputs_yet() {
    let (folder, aws) = (folder(), FakeAws::for_a_topic());
    let all = folder.run(&aws, &["output"]);
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    assert!(all.stdout.contains("topic    = (known after apply)"), "{}", all.stdout);
    for arguments in [["output", "topic"], ["output", "--env"]] {
        let said = folder.run(&aws, &arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
        assert_eq!(
            said.stderr,
            "error: `topic` is not known, because what it names does not exist\n  help: create it: `cloud101 apply`\n"
        );
    }
}

#[test]
fn a_wrong_name_is_reported_without_asking_aws() {
    let (folder, aws) = (folder(), FakeAws::empty());
    let said = folder.run(&aws, &["output", "topc"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{}", said.stderr);
    assert_eq!(said.stderr, "error: cloud101.yaml has no output `topc`\n  help: did you mean `topic`?\n");
    let both = folder.run(&aws, &["output", "--env", "--json"]);
    assert_eq!((both.code, both.stdout.contains("remove one of them")), (Some(64), true));
    let none = Folder::with("stack: lesson\nregion: us-east-1\nresources:\n  topic:\n    type: sns.topic\n");
    let said = none.run(&aws, &["output"]);
    assert_eq!((said.code, said.stderr.contains("has no outputs")), (Some(0), true), "{}", said.stderr);
    assert_eq!(aws.calls(), [""; 0]);
}
