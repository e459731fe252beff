//! What `cloud101 explain` says.

use insta::assert_snapshot;
use serde_json::Value;

use crate::program::{Folder, Said};

fn explain(arguments: &[&str]) -> Said {
    let folder = Folder::new();
    let words: Vec<_> = ["explain"].iter().chain(arguments).copied().collect();
    folder.said(&mut folder.command(&words))
}

#[test]
fn a_code_is_explained_with_two_examples() {
    let said = explain(&["c101-203"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert_snapshot!("explain_a_code", said.stdout);
    for other in ["203", "C101-0203"] {
        assert_eq!(explain(&[other]).stdout, said.stdout);
    }
}

#[test]
fn a_code_of_aws_is_explained_with_what_to_type() {
    assert_snapshot!("explain_aws", explain(&["BucketAlreadyExists"]).stdout);
    let document: Value = serde_json::from_str(&explain(&["accessdenied", "--json"]).stdout).unwrap();
    assert_eq!(
        (document["code"].as_str(), document["aws"]["code"].as_str()),
        (Some("C101-0901"), Some("AccessDenied"))
    );
    assert!(document["what_to_do"].as_str().unwrap().contains("aws sts get-caller-identity"));
}

#[test]
fn without_a_code_all_are_listed() {
    let said = explain(&[]);
    assert!(said.stdout.starts_with("C101-0101  The stack file can't be read\n"), "{}", said.stdout);
    let document: Value = serde_json::from_str(&explain(&["--json"]).stdout).unwrap();
    let codes = document["codes"].as_array().unwrap();
    assert_eq!(codes.len(), said.stdout.lines().count());
    for code in [&codes[0], &codes[codes.len() - 1]] {
        let one: Value = serde_json::from_str(&explain(&[code["code"].as_str().unwrap(), "--json"]).stdout).unwrap();
        assert_eq!(one["title"], code["title"]);
    }
}

#[test]
fn an_unknown_code_gets_those_of_its_area_or_the_word_it_is_like() {
    for (typed, hint) in [
        ("C101-0319", "the codes in this area are C101-0301 to C101-0308;"),
        ("AccesDenied", "did you mean `cloud101 explain AccessDenied`?"),
        ("C101-9999", "help: `cloud101 explain` lists all codes"),
    ] {
        let said = explain(&[typed]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{typed}");
        assert!(said.stderr.contains(hint), "{}", said.stderr);
    }
    assert!(explain(&["nonsense"]).stderr.contains("`cloud101 explain` lists all codes"));
}
