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
    assert!(program.len() > 100, "cargo lists almost nothing: {program:?}");
    assert!(changed.is_empty(), "with the tests' crates these have other features:\n{changed:#?}");
}

/// What cargo's wrapper makes of a command line; `rustc` stands for the compiler.
#[cfg(unix)]
fn wrapped(rustc: &str, crate_name: &str) -> String {
    let wrapper = concat!(env!("CARGO_MANIFEST_DIR"), "/.cargo/rustc");
    let output = Command::new(wrapper).args([rustc, "--crate-name", crate_name, "--edition=2021"]).output();
    let output = output.expect("the wrapper runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

#[cfg(unix)]
#[test]
fn the_clients_of_the_sdk_are_compiled_as_far_as_they_are_used() {
    use std::os::unix::fs::PermissionsExt;

    assert_eq!(wrapped("echo", "aws_sdk_ec2"), "--crate-name aws_sdk_ec2 --edition=2021 -Zhint-mostly-unused");
    for other in ["cloud101", "aws_smithy_types", "build_script_build"] {
        assert_eq!(wrapped("echo", other), format!("--crate-name {other} --edition=2021"));
    }
    // The wrapper asks a compiler before it uses the hint.
    let folder = tempfile::tempdir().expect("a folder");
    let other_rustc = folder.path().join("rustc");
    let text = "#!/bin/sh\ncase \"$*\" in *-Z*) exit 1 ;; esac\necho \"$RUSTC_BOOTSTRAP$*\"\n";
    std::fs::write(&other_rustc, text).expect("written");
    std::fs::set_permissions(&other_rustc, PermissionsExt::from_mode(0o755)).expect("executable");
    let other_rustc = other_rustc.to_str().expect("UTF-8");
    assert_eq!(wrapped(other_rustc, "aws_sdk_ec2"), "--crate-name aws_sdk_ec2 --edition=2021");
}
