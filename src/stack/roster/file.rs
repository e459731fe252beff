//! The CSV file that a stack file names.

use std::fs::File;
use std::io::Read;

use crate::explain::Code;
use crate::model::Base;
use crate::stack::diagnostics::Diagnostic;
use crate::stack::node::Node;

use super::encoding::SIZE_LIMIT;

/// The file's name as a person types it, and what is in it: no more than is needed to see that it is too large.
pub fn read(roster: &str, path: &str, node: &Node, base: &Base) -> Result<(String, Vec<u8>), Diagnostic> {
    let placed = |mut diagnostic: Diagnostic| {
        let help = instead(path).or(diagnostic.help.take()).unwrap_or_else(|| "name a CSV file".to_owned());
        diagnostic.at(node.place.clone()).help(help)
    };
    let wrong = |message: String| placed(Diagnostic::new(Code::NotThatFile, node.place.clone(), message));
    let found = base.find(&format!("rosters.{roster}"), path).map_err(placed)?;
    if found.is_dir() {
        return Err(wrong(format!("`{path}` is a folder, not a CSV file")));
    }
    // Opening a pipe would wait for someone to write into it.
    if !found.is_file() {
        return Err(wrong(format!("`{path}` is not a file")));
    }
    let unreadable = |error: std::io::Error| wrong(format!("`{path}` can't be read: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(&found).map_err(unreadable)?;
    file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok((base.typed(path).display().to_string(), bytes))
}

/// What to write in place of a path that is none.
fn instead(path: &str) -> Option<String> {
    if path.parse::<usize>().is_ok() {
        return Some(format!("for {path} numbered members write {path}, without quotes"));
    }
    path.contains(", ").then(|| format!("write a list of keys in brackets: `[{path}]`"))
}
