//! `plan --html`, `plan --full` and `graph`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::canary;
use crate::fake_aws::FakeAws;
use crate::program::{Folder, STACK, TOPIC_STACK};
use crate::secrets::everywhere;

fn page(folder: &Folder) -> PathBuf {
    folder.folder.path().join("plan.html")
}

#[test]
fn a_page_is_written_whole_and_for_its_owner() {
    let (aws, folder) = (FakeAws::empty(), Folder::new());
    // The second is written over the first.
    for _ in 0..2 {
        let said = folder.run(&aws, &["plan", "--html", "plan.html"]);
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), "Saved as plan.html\n"));
        assert!(said.stdout.ends_with("Plan: 6 to add, 0 to change, 0 to destroy.\n"), "{}", said.stdout);
    }
    let text = fs::read_to_string(page(&folder)).expect("a page");
    for part in ["<!DOCTYPE html>", "Plan: 6 to add", "<svg", "lesson-bucket", "cloud101 apply", "</html>"] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(fs::metadata(page(&folder)).expect("a file").permissions().mode() & 0o777, 0o600);
    let names = fs::read_dir(folder.folder.path()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("plan.html")).count(), 1, "nothing beside it");
    // With a saved plan, the page says how to carry that out.
    let said = folder.run(&aws, &["plan", "--html", "plan.html", "--out", "class.plan"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), "Saved as class.plan\nSaved as plan.html\n"));
    assert!(fs::read_to_string(page(&folder)).expect("a page").contains("apply class.plan</code>"));
}

#[test]
fn nothing_else_is_written_over_and_no_link_is_followed() {
    let (aws, folder) = (FakeAws::empty(), Folder::new());
    let path = folder.folder.path();
    folder.write("notes.html", "<!DOCTYPE html><html><p>my own</p>");
    symlink(path.join("cloud101.yaml"), path.join("link.html")).expect("a link");
    symlink(path.join("nowhere"), path.join("dangling.html")).expect("a link");
    let refused = |name: &str| {
        let said = folder.run(&aws, &["plan", "--html", name]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{name}: {}", said.stderr);
        said.stderr
    };
    let names = ["cloud101.yaml", "notes.html", "link.html", "dangling.html", ".", "nowhere/plan.html", "/dev/null"];
    assert_snapshot!(names.map(refused).join("\n"));
    assert_eq!(aws.calls(), [""; 0]);
    assert_eq!(fs::read_to_string(path.join("cloud101.yaml")).expect("a stack"), STACK);
    assert!(!path.join("nowhere").exists());
    // A link to a page is replaced; the page stays.
    assert_eq!(folder.run(&aws, &["plan", "--html", "plan.html"]).code, Some(0));
    let before = fs::read(page(&folder)).expect("a page");
    symlink(page(&folder), path.join("other.html")).expect("a link");
    assert_eq!(folder.run(&aws, &["plan", "--destroy", "--html", "other.html"]).code, Some(0));
    assert!(path.join("other.html").symlink_metadata().expect("a file").is_file());
    assert_eq!(fs::read(page(&folder)).expect("a page"), before);
}

#[test]
fn what_is_written_holds_no_secrets() {
    let (aws, folder) = (FakeAws::empty(), everywhere());
    let said = folder.run(&aws, &["plan", "--html", "plan.html", "--full", "--out", "class.plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let saved = fs::read_to_string(folder.folder.path().join("class.plan")).expect("a plan");
    canary::check("class.plan", &saved);
    let text = fs::read_to_string(page(&folder)).expect("a page");
    canary::check("plan.html", &text);
    assert!(text.contains("(sensitive)"), "{text}");
}

/// What cloud101 says of its own accord may be like a secret, too, and so may words of the languages.
#[test]
fn the_last_guard_sees_every_page_and_picture() {
    let vars = "vars:\n  one: { secret: true, default: sns.topic }\n  two: { secret: true, default: label }\n  three: { secret: true, default: main }\n";
    let (aws, folder) = (FakeAws::empty(), Folder::with(&format!("{TOPIC_STACK}{vars}")));
    let mut all: Vec<_> = ["mermaid", "dot", "svg"]
        .map(|format| folder.said(&mut folder.command(&["graph", "--format", format])).stdout)
        .into();
    assert!(all[1].contains(" [label=") && all[2].contains("class=\"label\""), "{all:#?}");
    assert_eq!(folder.run(&aws, &["plan", "--html", "plan.html"]).code, Some(0));
    all.push(fs::read_to_string(page(&folder)).expect("a page"));
    assert!(all[3].contains("<main id=\"main\""), "{}", all[3]);
    for text in all {
        assert!(text.contains("(sensitive)") && !text.contains("sns.topic"), "{text}");
    }
}

#[test]
fn what_is_long_is_shown_with_full() {
    let script: String = (1..=24).map(|n| format!("      echo {n}\n")).collect();
    let stack = format!(
        "stack: lesson\nregion: us-east-1\ntags: {{ course: biology }}\nresources:\n  machine:\n    type: ec2.instance\n    \
         image: ami-0123456789abcdef0\n    instance_type: t3.micro\n    user_data: |\n{script}"
    );
    let (aws, folder) = (FakeAws::empty(), Folder::with(&stack));
    let shown = |arguments: &[&str]| {
        let said = folder.run(&aws, arguments);
        assert!(said.stdout.contains("+ create machine"), "{}{}", said.stdout, said.stderr);
        said.stdout
    };
    let short = shown(&["plan"]);
    assert!(short.contains("… 14 more lines (--full)") && short.contains("more properties (--full)"), "{short}");
    assert!(!short.contains("echo 24") && !short.contains("biology"), "{short}");
    for arguments in [&["plan", "--full"][..], &["apply", "--full", "--yes"]] {
        let full = shown(arguments);
        assert!(full.contains("echo 24") && full.contains("\"biology\"") && !full.contains("--full"), "{full}");
    }
    let saved = folder.run(&aws, &["plan", "--out", "class.plan"]);
    assert_eq!(saved.code, Some(0), "{}", saved.stderr);
    assert!(shown(&["apply", "class.plan", "--full"]).contains("echo 24"));
    assert_eq!(folder.run(&aws, &["destroy", "--full", "--yes"]).code, Some(0));
}

#[test]
fn a_graph_makes_no_calls() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::new());
    let graph = |arguments: &[&str]| {
        let said = folder.said(&mut folder.command(&[&["graph"], arguments].concat()));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        said.stdout
    };
    assert_snapshot!([graph(&[]), graph(&["--format", "dot"]), graph(&["--json"])].join("\n"));
    assert_eq!(graph(&["--format", "mermaid"]), graph(&["cloud101.yaml"]));
    let svg = graph(&["--format", "svg"]);
    assert!(svg.starts_with("<?xml") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("class=\"node none\"").count(), 6, "{svg}");
    assert_eq!(aws.calls(), [""; 0]);
    folder.write("wrong.yaml", &TOPIC_STACK.replace("sns.topic", "sns.tropic"));
    assert_eq!(folder.said(&mut folder.command(&["graph", "wrong.yaml"])).code, Some(1));
}

#[test]
fn a_picture_of_six_hundred_that_all_depend_on_each_other_says_what_it_leaves_out() {
    let dense = |count: usize| {
        let one = |n: usize| {
            let before: Vec<_> = (0..n).map(|n| format!("r{n}")).collect();
            format!("  r{n}: {{type: sns.topic, depends_on: [{}]}}\n", before.join(","))
        };
        Folder::with(&format!(
            "stack: dense\nregion: us-east-1\nresources:\n{}",
            (0..count).map(one).collect::<String>()
        ))
    };
    let folder = dense(600);
    for (format, arrow) in [("svg", "url(#tip)"), ("mermaid", " --> "), ("dot", " -> ")] {
        let said = folder.said(&mut folder.command(&["graph", "--format", format]));
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(said.stderr, "179101 arrows implied by others are omitted; --json has all\n");
        assert_eq!(said.stdout.matches(arrow).count(), 599);
        assert!(said.stdout.contains("179101 arrows implied by others are omitted"));
    }
    let said = folder.said(&mut folder.command(&["graph", "--json"]));
    assert_eq!((said.stderr.as_str(), said.stdout.matches("\"r0\"").count()), ("", 600));
    // The page has the same picture; AWS is asked of each resource, so these are fewer.
    let folder = dense(40);
    let said = folder.run(&FakeAws::empty(), &["plan", "--html", "plan.html"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let page = fs::read_to_string(page(&folder)).expect("a page");
    assert_eq!(page.matches("url(#tip)").count(), 39);
    assert!(page.contains("741 arrows implied by others are omitted."), "{page}");
}
