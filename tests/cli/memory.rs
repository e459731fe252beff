//! How much memory `validate` takes for files as large as a stack file may be.

use crate::program::Folder;

/// Runs `validate` on each file and prints its exit code and the most memory that it had, in MiB.
const MEASURE: &str = "
import os, sys
program, names = sys.argv[1], sys.argv[2:]
for name in names:
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.execv(program, [program, 'validate', name])
    _, status, used = os.wait4(child, 0)
    unit = 1 if sys.platform == 'darwin' else 1024
    print(name, os.waitstatus_to_exitcode(status), used.ru_maxrss * unit >> 20)
";
/// In MiB; three hundred megabytes are a little less.
const MOST: u32 = 286;
/// As large as a stack file may be.
const LARGE: usize = 1 << 20;

/// `head`, and then `one(n)` as often as there is room for it before `tail`.
fn filled(head: &str, one: impl Fn(usize) -> String, tail: &str) -> String {
    let mut text = format!("stack: large\nregion: us-east-1\n{head}");
    for n in 0.. {
        let more = one(n);
        if text.len() + more.len() + tail.len() > LARGE {
            break;
        }
        text += &more;
    }
    text + tail
}

#[test]
fn no_file_of_a_megabyte_takes_more_than_three_hundred() {
    let long = "y".repeat(450_000);
    let topic = "resources:\n  t: { type: sns.topic, subscriptions: [";
    let policy = "resources:\n  p: { type: iam.policy, document: { Version: \"2012-10-17\", Statement: [";
    let same = |text: &'static str| move |_: usize| text.to_owned();
    let variable = format!("vars: {{ a: \"{long}\" }}\n");
    let content = format!("{variable}resources: {{ t: {{ type: s3.object, bucket: lesson, key: k, content: \"");
    let tag = format!("{variable}tags: {{ a: \"");
    let secret = "vars:\n  a:\n    secret: true\n    default: |\n";
    let roles = |n| format!("  r{n}: {{ type: iam.role, name: \"${{var.a}}\", assumed_by: \"${{var.a}}\" }}\n");
    let files = [
        ("one_text.yaml", filled(&content, same("${var.a}"), "\" } }\n"), 1),
        ("one_tag.yaml", filled(&tag, same("${var.a}"), "\" }\nresources: { t: { type: sns.topic } }\n"), 1),
        (
            "one_list.yaml",
            filled(&format!("{variable}{topic}"), same("{protocol: email, endpoint: \"${var.a}\"},"), "] }\n"),
            1,
        ),
        (
            "many_names.yaml",
            filled(&format!("{variable}resources:\n"), |n| if n < 30 { roles(n) } else { "#".repeat(99) + "\n" }, ""),
            1,
        ),
        ("zeros.yaml", filled(topic, same("0,"), "] }\n"), 1),
        (
            "zeros_in_lines.yaml",
            filled("resources:\n  t:\n    type: sns.topic\n    subscriptions:\n", same("      - 0\n"), ""),
            1,
        ),
        (
            "empty_groups.yaml",
            filled(
                &topic.replace("sns.topic", "s3.bucket").replace("subscriptions", "lifecycle_rules"),
                same("{},"),
                "] }\n",
            ),
            1,
        ),
        (
            "statements.yaml",
            filled(policy, |n| if n < 190_000 { "{},".to_owned() } else { " ".repeat(1000) }, "] } }\n"),
            1,
        ),
        (
            "aliases.yaml",
            filled(
                &format!("{topic}&a [{}], {}] }}\n#", "0,".repeat(100_000), "*a, ".repeat(100_000)),
                same("#"),
                "\n",
            ),
            1,
        ),
        ("unknown_keys.yaml", filled("resources:\n  t: { type: sns.topic, ", |n| format!("k{n}: 0,"), " }\n"), 1),
        (
            "lines_of_a_secret.yaml",
            filled(secret, |n| format!("      {:08x}\n", n.wrapping_mul(2_654_435_769)), "resources: {}\n"),
            0,
        ),
        (
            "attributes.yaml",
            filled(
                "resources:\n  b: { type: s3.bucket }\n  t: { type: s3.object, bucket: lesson, key: k, content: \"",
                same("${b.arn}"),
                "\" }\n",
            ),
            0,
        ),
        ("topics.yaml", filled("resources:\n", |n| format!("  t{n}: {{ type: sns.topic }}\n"), ""), 0),
    ];
    let folder = Folder::new();
    for (name, text, _) in &files {
        folder.write(name, text);
    }
    let mut command = std::process::Command::new("python3");
    command.args(["-c", MEASURE, env!("CARGO_BIN_EXE_cloud101")]).args(files.iter().map(|(name, ..)| name));
    let output = command.current_dir(folder.folder.path()).output().expect("python3 runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), files.len(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for (line, (name, text, code)) in lines.iter().zip(&files) {
        let most: u32 = line[2].parse().expect("a number");
        assert!(text.len() <= LARGE && text.len() > LARGE - 2000, "{name}: {}", text.len());
        assert_eq!(line[..2], [*name, code.to_string().as_str()], "{said}");
        assert!(most <= MOST, "{name} takes {most} MiB\n{said}");
    }
}

#[test]
fn what_references_would_make_is_reported_with_its_place_its_size_and_what_to_do() {
    let text = format!(
        "stack: large\nregion: us-east-1\nvars: {{ a: {} }}\nresources:\n  t:\n    type: s3.object\n    bucket: lesson\n    \
         key: k\n    content: |\n{}",
        "y".repeat(450_000),
        "      ${var.a}\n".repeat(30_000),
    );
    let folder = Folder::with(&text);
    let said = folder.said(&mut folder.command(&["validate"]));
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(said.stderr);
    let said = folder.said(&mut folder.command(&["explain", "C101-0125"]));
    assert!(said.stdout.contains("at most 200,000 values"), "{}", said.stdout);
}
