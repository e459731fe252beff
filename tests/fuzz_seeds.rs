//! The fuzz targets' bodies on their seeds, and on what they once found; `fuzz/README.md` says how to fuzz.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/src/lib.rs"]
mod targets;

/// One input may take so long, here without optimization and beside other tests.
const LIMIT: Duration = Duration::from_secs(10);

/// The files of a folder and the folders in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()))
        }
    }
    found
}

fn replay(name: &str, more: &[&str]) {
    let (_, target) = targets::TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    let own = format!("fuzz/seeds/{name}");
    for folder in more.iter().copied().chain([own.as_str()]) {
        let inputs = files(Path::new(folder));
        assert!(!inputs.is_empty(), "{folder} is empty");
        for (path, data) in inputs {
            println!("{path}");
            let started = Instant::now();
            target(&data);
            assert!(started.elapsed() < LIMIT, "{path} took {:?}", started.elapsed());
        }
    }
}

#[test]
fn stacks_load_or_are_explained() {
    replay("load", &["stacks", "tests/bad_input"]);
}

#[test]
fn saved_plans_are_read_or_refused() {
    replay("plan", &["stacks"]);
}

#[test]
fn policies_are_compared() {
    replay("policy", &[]);
}

#[test]
fn references_are_found() {
    replay("reference", &[]);
}

#[test]
fn rosters_are_read_or_explained() {
    replay("roster", &["tests/bad_input"]);
}

#[test]
fn every_target_has_seeds_and_a_binary() {
    let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for (name, _) in targets::TARGETS {
        assert!(Path::new("fuzz/seeds").join(name).is_dir(), "fuzz/seeds/{name}");
        let body = fs::read_to_string(format!("fuzz/fuzz_targets/{name}.rs")).unwrap();
        assert!(body.contains(&format!("cloud101_fuzz::{name}(")) && manifest.contains(&format!("name = \"{name}\"")));
    }
}
