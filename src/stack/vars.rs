//! `vars:` and `--var`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Var;
use super::node::{Content, Entry, Node};
use super::problem::Problem;
use super::suggest;

/// The variables that have a value. `start` is where to point when there is no `vars:`.
pub fn read(
    root: &Node,
    given: &BTreeMap<String, String>,
    start: &Range<usize>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Var> {
    let entry = root.get("vars");
    let declared = entry.map(|entry| entry.value.entries()).unwrap_or_default();
    let place = entry.map_or(start, |entry| &entry.key_place);
    for (name, value) in given {
        if !declared.iter().any(|entry| entry.key == *name) {
            let names: Vec<_> = declared.iter().map(|entry| entry.key.as_str()).collect();
            let hint = match names.as_slice() {
                [] => format!("leave `--var {name}=…` out, or declare it: `vars:` with `{name}: …` below it"),
                names => suggest::hint(name, names.iter().copied(), "variables are"),
            };
            let message = format!("`--var {name}=…` is given, and the stack has no variable `{name}`");
            problems.push(Problem::new(place.clone(), message, hint));
        } else if value.chars().any(|c| c.is_control() && !"\t\n\r".contains(c)) {
            let message = format!("the value of `--var {name}=…` holds a control character");
            problems.push(Problem::new(place.clone(), message, "give it without"));
        }
    }
    declared
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), one(entry, given.get(&entry.key), problems)?)))
        .collect()
}

/// The values of what is, or may be meant to be, a secret variable: those of the command line, and those in `text`, the
/// file, also as they are written there.
pub fn secrets(root: &Node, text: &str, given: &BTreeMap<String, String>) -> Vec<String> {
    let mut secrets = Vec::new();
    for entry in root.get("vars").map(|entry| entry.value.entries()).unwrap_or_default() {
        let secret = entry.value.get("secret");
        if secret.is_none_or(|secret| secret.value.content == Content::Bool(false)) {
            continue;
        }
        secrets.extend(given.get(&entry.key).cloned());
        let values = entry.value.entries().iter().filter(|entry| !["secret", "description"].contains(&&*entry.key));
        for Entry { value, .. } in values {
            secrets.extend(value.text().map(str::to_owned));
            secrets.extend(text.get(value.span.clone()).map(|source| source.trim().to_owned()));
        }
    }
    secrets
}

fn one(entry: &Entry, given: Option<&String>, problems: &mut Vec<Problem>) -> Option<Var> {
    let (name, node) = (&entry.key, &entry.value);
    if !super::is_logical_name(name) {
        let hint = "a name has small letters, digits and underscores, and begins with a letter";
        problems.push(Problem::new(entry.key_place.clone(), format!("`{name}` can't name a variable"), hint));
    }
    let default = match &node.content {
        Content::Text(_) => Some(node),
        Content::Map(_) => node.get("default").map(|entry| &entry.value),
        _ => return None,
    };
    if let Some(node) = default
        && node.text().is_some_and(|text| text.contains("${"))
    {
        let message = "the value of a variable can't hold a reference";
        problems.push(Problem::new(node.place.clone(), message, "put the reference where the variable is used"));
    }
    let secret = node.get("secret").is_some_and(|entry| entry.value.content == Content::Bool(true));
    if let Some(value) = given {
        return Some(Var { value: value.clone(), secret });
    }
    let Some(default) = default else {
        let hint = format!("give one: `--var {name}=…`, or `default: …` below it");
        problems.push(Problem::new(entry.key_place.clone(), format!("the variable `{name}` has no value"), hint));
        return None;
    };
    Some(Var { value: default.text()?.to_owned(), secret })
}
