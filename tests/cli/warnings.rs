//! What is probably a mistake: it is said once, with its place, and what was asked for is done; with `--strict` it is not.

use std::fs;

use insta::assert_snapshot;

use crate::fake_aws::FakeAws;
use crate::program::Folder;

/// A stack in a region that is not known.
fn folder() -> Folder {
    Folder::with("stack: lesson\nregion: us-east-9\nresources:\n  topic:\n    type: sns.topic\n")
}

const WARNING: &str = "warning[C101-0402]: `us-east-9` is not a region that cloud101 knows";

#[test]
fn a_stack_that_is_only_warned_of_is_sound() {
    let said = folder().run(&FakeAws::empty(), &["validate"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "cloud101.yaml is valid: stack lesson, 1 resource.\n"));
    assert_snapshot!(said.stderr);
}

#[test]
fn a_strict_person_gets_an_error() {
    for words in [&["validate", "--strict"][..], &["--strict", "plan"], &["apply", "--yes", "--strict"]] {
        let aws = FakeAws::empty();
        let said = folder().run(&aws, words);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains(&WARNING.replace("warning", "error")), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains("has 1 problem; nothing was done"), "{words:?}: {}", said.stderr);
        assert_eq!(aws.calls(), [""; 0], "{words:?}");
    }
}

#[test]
fn every_command_that_plans_says_it_once() {
    for words in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"], &["plan", "--out", "p.json"]] {
        let said = folder().run(&FakeAws::for_a_topic(), words);
        assert_eq!(said.code, Some(0), "{words:?}: {}", said.stderr);
        let all = said.stderr + &said.stdout;
        assert_eq!(all.matches(WARNING).count(), 1, "{words:?}: {all}");
    }
}

#[test]
fn what_is_only_looked_at_says_nothing_of_it() {
    for words in [&["graph"][..], &["show"], &["output", "--json"]] {
        let said = folder().run(&FakeAws::empty(), words);
        assert_eq!((said.code, said.stderr.contains("us-east-9` is")), (Some(0), false), "{words:?}: {}", said.stderr);
    }
}

#[test]
fn programs_find_it_in_the_document() {
    let warning = serde_json::json!([{
        "file": "cloud101.yaml", "line": 2, "column": 9, "end_line": 2, "end_column": 18, "severity": "warning",
        "code": "C101-0402", "message": "`us-east-9` is not a region that cloud101 knows",
        "hint": "did you mean `us-east-1` or `us-east-2`? `aws account list-regions` shows yours",
    }]);
    let first = |words: &[&str]| {
        let said = folder().run(&FakeAws::for_a_topic(), words);
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{words:?}: {}", said.stdout);
        let line = said.stdout.lines().next().unwrap_or_default().to_owned();
        assert_eq!(said.stdout.matches("C101-0402").count(), 1, "{words:?}: {}", said.stdout);
        serde_json::from_str::<serde_json::Value>(&line).expect("a document")
    };
    assert_eq!(first(&["validate", "--json"])["warnings"], warning);
    assert_eq!(first(&["plan", "--json"])["warnings"], warning);
    assert_eq!(first(&["apply", "--yes", "--json"])["plan"]["warnings"], warning);
    let said = folder().run(&FakeAws::empty(), &["validate", "--json", "--strict"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains(r#""severity":"error""#), "{}", said.stdout);
}

#[test]
fn a_command_to_type_next_is_as_strict() {
    let folder = Folder::with("stack: lesson\nregion: us-east-1\nresources:\n  topic:\n    type: sns.topic\n");
    let said = folder.run(&FakeAws::for_a_topic(), &["plan", "--strict"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains(" --strict apply"), "{}", said.stdout);
}

#[test]
fn a_region_of_the_command_line_is_warned_of_as_well() {
    let folder = Folder::with("stack: lesson\nresources:\n  topic:\n    type: sns.topic\n");
    let said = folder.run(&FakeAws::empty(), &["--region", "xx-nowhere-1", "validate"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("warning[C101-0402]: `xx-nowhere-1` is not a region"), "{}", said.stderr);
}

#[test]
fn who_reads_the_page_sees_it_too() {
    let folder = folder();
    let said = folder.run(&FakeAws::for_a_topic(), &["plan", "--html", "plan.html"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let page = fs::read_to_string(folder.folder.path().join("plan.html")).expect("a page");
    let message = "`us-east-9` is not a region that cloud101 knows";
    for part in ["href=\"#warnings\"", "C101-0402", "cloud101.yaml:2:9", message, "did you mean `us-east-1`"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
