//! `cargo run` and then `cargo test` build the SDKs once: the tests' own crates must not ask shared ones for more
//! features than the program does, or minutes of building are spent twice.

use std::collections::BTreeSet;
use std::process::Command;

/// Every package with its features, `name version features`, as cargo resolves them for these kinds of dependencies.
fn resolved(edges: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p} {f}", "--edges", edges])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| line.trim_end_matches(" (*)").trim_end().to_owned()).collect()
}

#[test]
fn the_tests_crates_change_no_features_of_the_programs() {
    let (program, with_tests) = (resolved("normal,build"), resolved("normal,build,dev"));
    let changed: Vec<_> = program.difference(&with_tests).collect();
    assert!(program.len() > 100, "cargo lists hardly anything: {program:?}");
    assert!(changed.is_empty(), "with the tests' crates these have other features:\n{changed:#?}");
}
