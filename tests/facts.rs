//! `docs/aws-facts.md`: each rule of AWS that no model holds has a source, a date, and something that rests on it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A row: the fact, its source, the date of that, and what rests on it.
struct Fact {
    text: String,
    source: String,
    date: String,
    rests: String,
}

fn facts() -> Result<Vec<Fact>> {
    let page = fs::read_to_string("docs/aws-facts.md")?;
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Fact |"));
    rows.map(|row| {
        let row = row.trim_matches(|c| c == '|' || c == ' ');
        let cells: Vec<&str> = row.split(" | ").map(str::trim).collect();
        let [text, source, date, rests] = cells[..].try_into().with_context(|| format!("four cells: {row}"))?;
        Ok(Fact { text: text.into(), source: source.into(), date: date.into(), rests: rests.into() })
    })
    .collect()
}

/// The paths and the items in `` `src/a.rs` `ITEM`, `tests/b.rs` `test_name` ``.
fn places(rests: &str) -> Result<Vec<(&str, &str)>> {
    let quoted: Vec<&str> = rests.split('`').skip(1).step_by(2).collect();
    ensure!(!quoted.is_empty() && quoted.len().is_multiple_of(2), "a path and an item each: {rests}");
    Ok(quoted.chunks(2).map(|pair| (pair[0], pair[1])).collect())
}

/// Whether `item` stands in the text as a word of its own.
fn has(text: &str, item: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(item).any(|(at, _)| {
        let around = (text[..at].chars().next_back(), text[at + item.len()..].chars().next());
        !around.0.is_some_and(is_part) && !around.1.is_some_and(is_part)
    })
}

#[test]
fn each_fact_has_a_source_a_date_and_what_rests_on_it() -> Result<()> {
    let facts = facts()?;
    ensure!(!facts.is_empty());
    for fact in &facts {
        let about = &fact.text;
        ensure!(!about.is_empty() && !fact.source.is_empty(), "a fact and its source: {about}");
        let is_date = fact.date.len() == 10 && fact.date.split('-').map(str::len).eq([4, 2, 2]);
        ensure!(is_date, "a date as 2026-11-29: {} ({about})", fact.date);
        for (path, item) in places(&fact.rests)? {
            let text = fs::read_to_string(Path::new(path)).with_context(|| format!("{path} ({about})"))?;
            ensure!(has(&text, item), "{path} has no `{item}` ({about})");
        }
    }
    println!("{} facts", facts.len());
    Ok(())
}

#[test]
fn no_fact_stands_there_twice() -> Result<()> {
    let mut texts: Vec<String> = facts()?.into_iter().map(|fact| fact.text).collect();
    texts.sort();
    let twice: Vec<&[String]> = texts.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    ensure!(twice.is_empty(), "twice: {twice:?}");
    Ok(())
}

#[test]
fn an_item_is_a_word_of_its_own() {
    assert!(has("const LAG: u64 = 20;", "LAG"));
    assert!(!has("const LAGGING: u64 = 20;", "LAG"));
    assert!(!has("const SO_LAG: u64 = 20;", "LAG"));
}
