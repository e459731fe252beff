//! What README and tutorial show against what is really printed.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::support::world::{PROGRAM, Ran};

/// Every line of the first block of `document` that holds `marker` has to be in what was said, in the same order. Lines
/// that end with `…` stand for others, those with `$ ` are commands. Steps that run side by side have no order.
pub fn shows(document: &str, marker: &str, ran: &Ran) -> Result<()> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document))?;
    let block = text.split("```").skip(1).step_by(2).find(|block| block.contains(marker));
    let block = block.with_context(|| format!("{document} has no block with {marker:?}"))?;
    let lines = |text: &str| text.lines().map(plain).collect::<Vec<_>>();
    let (stdout, stderr) = (lines(&ran.stdout), lines(&ran.stderr));
    let (mut out, mut err) = (stdout.iter(), stderr.iter());
    let mut compared = 0;
    // The first line is the block's language.
    for line in block.lines().skip(1).filter(|line| !line.starts_with("$ ") && !line.trim_end().ends_with('…')) {
        let wanted = plain(line);
        let is_step = ["… ", "✓ "].iter().any(|sign| line.starts_with(sign));
        let found = match is_step {
            true => stderr.contains(&wanted),
            false => wanted.is_empty() || after(&mut out, &wanted) || after(&mut err, &wanted),
        };
        ensure!(found, "{document} shows {line:?}, which is not printed there\n{ran}");
        compared += 1;
    }
    ensure!(compared > 20, "only {compared} lines of {document} were compared");
    Ok(())
}

/// Whether the line comes; then what is before it is done with.
fn after<'a>(lines: &mut (impl Iterator<Item = &'a String> + Clone), wanted: &str) -> bool {
    let mut rest = lines.clone();
    let found = rest.any(|line| line == wanted);
    if found {
        *lines = rest;
    }
    found
}

/// Without what differs from run to run: ids, addresses, times, how the program was called; and without columns.
fn plain(line: &str) -> String {
    let line = line.replace(PROGRAM, "cloud101").replace("target/debug/cloud101", "cloud101");
    let word = |word: &str| {
        let is_id = |prefix: &str| {
            word.strip_prefix(prefix).is_some_and(|id| id.len() == 17 && id.chars().all(|c| c.is_ascii_hexdigit()))
        };
        let time = word.trim_end_matches('.').strip_suffix('s').is_some_and(|n| n.parse::<f64>().is_ok());
        match word {
            _ if is_id("i-") || is_id("sg-") => "[id]".to_owned(),
            _ if time => "[time]".to_owned(),
            _ if word.parse::<Ipv4Addr>().is_ok() => "[address]".to_owned(),
            _ => word.to_owned(),
        }
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}
