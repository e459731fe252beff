//! A roster's CSV file: its mistakes have its name and place, for people and for programs, and say nothing of the people in
//! it who have no part in them.

use insta::assert_snapshot;

use crate::fake_aws::{FakeAws, refusal};
use crate::program::Folder;

const CSV: &str = "id;name;email\r\nana;Ana Smith;ana@example.edu\r\nbo;Bo Li;bo@example.edu\r\nana;Ana Jones;jones@example.edu\r\n\
    cem;Cem Kaya\r\n";

/// `class/cloud101.yaml` with a roster beside it.
fn folder(csv: &str) -> Folder {
    let folder = Folder::new();
    folder.write(
        "class/cloud101.yaml",
        "stack: lesson\nregion: us-east-1\nrosters:\n  students: roster.csv\nresources: {}\n",
    );
    folder.write("class/roster.csv", csv);
    folder
}

#[test]
fn people_get_the_line_and_no_other() {
    let said = folder(CSV).run(&FakeAws::empty(), &["validate", "class"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert!(!said.stderr.contains("Bo Li"), "{}", said.stderr);
    assert_snapshot!(said.stderr);
}

#[test]
fn programs_get_the_file_and_the_place_and_no_line() {
    let said = folder(CSV).run(&FakeAws::empty(), &["validate", "class", "--json"]);
    let all = said.stdout + &said.stderr;
    assert!(!all.contains("example.edu") && !all.contains("Kaya"), "{all}");
    let document: serde_json::Value = serde_json::from_str(all.trim()).unwrap_or_else(|error| panic!("{error}: {all}"));
    let places = document["problems"].as_array().expect("problems").iter().map(|problem| {
        format!("{}:{}:{} {}", problem["file"], problem["line"], problem["column"], problem["code"]).replace('"', "")
    });
    let places: Vec<_> = places.collect();
    assert_eq!(places, ["class/roster.csv:4:1 C101-0612", "class/roster.csv:5:13 C101-0610"]);
}

#[test]
fn every_command_refuses_before_its_first_call() {
    for words in [&["plan", "class"][..], &["apply", "class", "--yes"], &["destroy", "class", "--yes"]] {
        let aws = FakeAws::empty();
        let said = folder(CSV).run(&aws, words);
        assert_eq!((said.code, aws.calls().len()), (Some(1), 0), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains("class/roster.csv:4:1"), "{words:?}: {}", said.stderr);
    }
}

#[test]
fn a_line_of_a_megabyte_is_named_and_not_shown() {
    let said = folder(&format!("id\nana\n{}\n", "x".repeat(1 << 20))).run(&FakeAws::empty(), &["validate", "class"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("--> class/roster.csv:3:1\n") && said.stderr.len() < 2_000, "{}", said.stderr);
}

#[test]
fn a_sound_roster_is_fine() {
    let said = folder("\u{feff}id;name\r\nana;Ana\r\n").run(&FakeAws::empty(), &["validate", "class"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
}

/// A key or a name in other capitals.
#[test]
fn other_capitals_get_what_is_meant() {
    let folder = folder("id\ns01\ns03\n");
    let stack = "stack: lesson\nregion: us-east-1\nrosters:\n  students: roster.csv\nresources:\n  desk:\n    \
                 type: sns.topic\n    for_each: students\n";
    folder.write("class/cloud101.yaml", stack);
    let aws = FakeAws::with(|call| (call.name == "sns:GetTopicAttributes").then(|| refusal(404, "NotFound", "no"))?);
    for (option, typed, expected) in [
        ("--only", "S03", "did you mean `--only s03`?"),
        ("--remove", "S03", "did you mean `s03`? It is still in a roster: take it out first"),
        ("--target", "desk[S03]", "did you mean 'desk[\"s03\"]'?"),
        ("--target", "Desk[S03]", "did you mean 'desk[\"s03\"]'?"),
        ("--target", "Desk", "did you mean `desk`?"),
    ] {
        let said = folder.run(&aws, &["plan", "class", option, typed]);
        assert!(said.code == Some(64) && said.stderr.contains(expected), "{option} {typed}: {}", said.stderr);
    }
}

/// The schema is printed, and its argument is a stack: whoever names something else gets the command that is meant.
#[test]
fn a_schema_for_what_is_no_stack_says_how_to_get_one() {
    let folder = folder("id\nana\n");
    folder.write("compose.yml", "services: { web: { image: nginx } }\n");
    folder.write("notes.txt", "to do\n");
    let said = |argument: &str| {
        let said = folder.run(&FakeAws::empty(), &["schema", argument]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{argument}: {}", said.stderr);
        said.stderr
    };
    let redirect = "schema > stack.schema.json`";
    for (argument, message) in [
        ("nope.yaml", "error: there is no stack `nope.yaml`\n"),
        ("compose.yml", "error: `compose.yml` is not a stack file\n"),
        ("notes.txt", "error: `notes.txt` is not a stack file\n"),
    ] {
        let said = said(argument);
        assert!(said.starts_with(message) && said.contains(redirect), "{said}");
    }
    let output = said("my.schema.json");
    assert!(
        output.contains("the schema goes to standard output") && output.contains("schema > my.schema.json`"),
        "{output}"
    );
    // A stack is found as everywhere, also one that is unfinished.
    folder.write("class/cloud101.yaml", "rosters:\n  students: roster.csv\nresources:\n  home: { type: s3.bu\n");
    let broken = folder.run(&FakeAws::empty(), &["schema", "class"]);
    assert!(broken.stderr.contains("class/cloud101.yaml:4"), "{}", broken.stderr);
    folder.write("class/cloud101.yaml", "rosters:\n  students: roster.csv\nresources: {}\n");
    let schema = folder.run(&FakeAws::empty(), &["schema", "class"]);
    assert_eq!(schema.code, Some(0), "{}", schema.stderr);
    assert!(schema.stdout.contains("\"students\""));
}
