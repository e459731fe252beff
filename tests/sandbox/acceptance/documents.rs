//! What README and tutorial show against what is really printed.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::support::fixture::{PROGRAM, Said};

/// Every line of the first block of `document` that holds `marker` has to be in what was said, on either stream.
pub fn shows(document: &str, marker: &str, ran: &Said) -> Result<()> {
    let block = block(document, marker)?;
    let lines: Vec<_> = block.lines().skip(1).filter(|line| !line.starts_with("$ ")).collect();
    ensure!(lines.len() > 20, "only {} lines of {document} were compared", lines.len());
    // What comes first on a terminal is on standard error, what is tried next, too.
    let said = [&ran.stderr, &ran.stdout, &ran.stderr].map(String::as_str).join("\n");
    let missing = differences(lines, &said);
    ensure!(missing.is_empty(), "{document} shows what is not printed there: {missing:#?}\n{ran}");
    Ok(())
}

/// The same of a block whose lines are broken elsewhere than a pipe's: its words, but for commands and questions.
pub fn shows_the_words(document: &str, marker: &str, ran: &Said) -> Result<()> {
    let block = block(document, marker)?;
    let is_said = |line: &&str| !line.starts_with("$ ") && !line.contains("Only \"yes\" is accepted");
    let shown = plain(&block.lines().skip(1).filter(is_said).collect::<Vec<_>>().join(" "));
    let said = plain(&format!("{} {}", ran.stdout, ran.stderr)).replace("cloud101 --sandbox", "cloud101");
    ensure!(!shown.is_empty() && said.contains(&shown), "{document} shows what is not printed:\n{shown}\n{said}");
    Ok(())
}

/// The first block of `document` that holds `marker`; its first line is the block's language.
fn block(document: &str, marker: &str) -> Result<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document))?;
    let block = text.split("```").skip(1).step_by(2).find(|block| block.contains(marker));
    Ok(block.with_context(|| format!("{document} has no block with {marker:?}"))?.to_owned())
}

/// The lines of `shown` that were not said, or not in this order. Lines that end with `…` stand for others. Steps that
/// run side by side have no order.
pub fn differences<'a>(shown: impl IntoIterator<Item = &'a str>, said: &str) -> Vec<&'a str> {
    let said: Vec<_> = said.split(['\n', '\r']).map(plain).collect();
    let mut rest = said.iter();
    let mut missing = Vec::new();
    for line in shown.into_iter().filter(|line| !line.trim_end().ends_with('…')) {
        let desired = plain(line);
        let is_step = ["… ", "✓ "].iter().any(|sign| line.starts_with(sign));
        let found = desired.is_empty() || if is_step { said.contains(&desired) } else { after(&mut rest, &desired) };
        if !found {
            missing.push(line);
        }
    }
    missing
}

/// Whether the line comes; then what is before it is done with.
fn after<'a>(lines: &mut (impl Iterator<Item = &'a String> + Clone), desired: &str) -> bool {
    let mut rest = lines.clone();
    let found = rest.any(|line| line == desired);
    if found {
        *lines = rest;
    }
    found
}

/// Without what differs from run to run: ids, addresses, times and dates, how the program was called; and without columns.
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
            _ if is_date(word) => "[date]".to_owned(),
            _ if is_message(word) => "[message]".to_owned(),
            _ => word.to_owned(),
        }
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// `2026-11-23`, `20:44:23`
fn is_date(word: &str) -> bool {
    let parts: Vec<_> = word.split(['-', ':']).collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() >= 2 && part.chars().all(|c| c.is_ascii_digit()))
}

/// `"7b05e5d7-20bf-4c61-8897-49f1d7302421"}`
fn is_message(word: &str) -> bool {
    let parts: Vec<_> = word.trim_matches(['"', '}']).splitn(5, '-').map(str::len).collect();
    parts.starts_with(&[8, 4, 4, 4]) && parts.len() == 5
}
