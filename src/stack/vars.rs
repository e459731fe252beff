//! `vars:` and `--var`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::explain::Code;
use crate::model::is_logical_name;
use crate::suggest;

use super::diagnostics::Diagnostic;
use super::node::{Content, Entry, Node};
use super::{SHORTEST_SECRET, Var, logical_name_hint};

/// The variables that have a value, of a file whose text is `text`. `start` is where to point when there is no `vars:`.
pub fn read(
    root: &Node,
    text: &str,
    given: &BTreeMap<String, String>,
    start: &Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Var> {
    let entry = root.get("vars");
    let declared = entry.map(|entry| entry.value.entries()).unwrap_or_default();
    let place = entry.map_or(start, |entry| &entry.key_place);
    for (name, value) in given {
        if !declared.iter().any(|entry| entry.key == *name) {
            let names: Vec<_> = declared.iter().map(|entry| entry.key.as_str()).collect();
            let hint = match names.as_slice() {
                [] => format!(
                    "remove `--var {name}=…`, or declare the variable: add `{name}: …` under `vars:`, for a list `{name}: [ana, bo]`"
                ),
                names => suggest::name_hint(name, names.iter().copied(), "variables are"),
            };
            let message = format!("`--var {name}=…` is given, but the stack has no variable `{name}`");
            diagnostics.push(Diagnostic::new(Code::UnknownVariable, place.clone(), message).help(hint));
        } else if value.chars().any(|c| c.is_control() && !"\t\n\r".contains(c)) {
            let message = format!("the value of `--var {name}=…` contains a control character");
            diagnostics
                .push(Diagnostic::new(Code::ControlCharacter, place.clone(), message).help("remove it from the value"));
        }
    }
    declared
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), one(entry, text, given.get(&entry.key), diagnostics)?)))
        .collect()
}

/// Where the defaults of secret variables stand, in the order of the text.
pub fn secret_defaults(root: &Node) -> Vec<Range<usize>> {
    let declared = root.get("vars").map(|entry| entry.value.entries()).unwrap_or_default();
    let secret = declared.iter().filter(|entry| is_secret(&entry.value));
    let mut places: Vec<_> = secret.filter_map(|entry| Some(entry.value.get("default")?.value.span.clone())).collect();
    places.sort_by_key(|place| place.start);
    places
}

fn is_secret(node: &Node) -> bool {
    node.get("secret").is_some_and(|entry| entry.value.content == Content::Bool(true))
}

/// Whether a variable is, or may be meant to be, secret: `secret: yes` is wrong, and what it is to say is clear.
pub fn may_be_secret(node: &Node) -> bool {
    node.get("secret").is_some_and(|entry| entry.value.content != Content::Bool(false))
}

/// The values of what is, or may be meant to be, a secret variable: those of the command line, and those in `text`, the
/// file, also as they are written there.
pub fn secrets(root: &Node, text: &str, given: &BTreeMap<String, String>) -> Vec<String> {
    let mut secrets = Vec::new();
    for entry in root.get("vars").map(|entry| entry.value.entries()).unwrap_or_default() {
        if !may_be_secret(&entry.value) {
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

fn one(entry: &Entry, text: &str, given: Option<&String>, diagnostics: &mut Vec<Diagnostic>) -> Option<Var> {
    let (name, node) = (&entry.key, &entry.value);
    if !is_logical_name(name) {
        let hint = logical_name_hint(name);
        diagnostics.push(
            Diagnostic::new(Code::LogicalName, entry.key_place.clone(), format!("`{name}` can't name a variable"))
                .help(hint),
        );
    }
    let default = match &node.content {
        Content::Text(_) | Content::List(_) => Some(node),
        Content::Map(_) => node.get("default").map(|entry| &entry.value),
        Content::Broken => {
            // Of what has no value it has been said; here more can be said.
            if let Some(diagnostic) = diagnostics.iter_mut().find(|diagnostic| diagnostic.range() == entry.key_place) {
                diagnostic.help = Some(format!(
                    "add a default, or write `{name}: {{}}` if every command has to set it (`--var {name}=…`)"
                ));
            }
            return None;
        }
        _ => return None,
    };
    if let Some(node) = default
        && written(node, text).is_some_and(|text| text.contains("${"))
    {
        let message = "the value of a variable can't contain a reference";
        diagnostics.push(
            Diagnostic::new(Code::NoReferenceHere, node.place.clone(), message)
                .help("put the reference where the variable is used"),
        );
    }
    let secret = is_secret(node);
    if let (true, Some(list)) = (secret, list(node)) {
        let message = format!("the secret `{name}` is a list, and the keys of a list are in names and tags");
        let hint = "make it a text, or remove `secret: true`";
        diagnostics.push(Diagnostic::new(Code::DoesNotApply, list.place.clone(), message).help(hint));
    }
    let value = given.cloned().or_else(|| written(default?, text));
    if secret && value.as_ref().is_some_and(|value| (1..SHORTEST_SECRET).contains(&value.chars().count())) {
        let message = format!("the secret `{name}` has fewer than {SHORTEST_SECRET} characters");
        let hint = "choose a longer one, or remove `secret: true`";
        diagnostics.push(Diagnostic::new(Code::ShortSecret, entry.key_place.clone(), message).help(hint));
    }
    if let Some(value) = given {
        return Some(Var { value: value.clone(), secret, default: default.and_then(|node| written(node, text)) });
    }
    let Some(default) = default else {
        let hint = format!("set one with `--var {name}=…`, or add `default: …` under it");
        diagnostics.push(
            Diagnostic::new(
                Code::NoVariableValue,
                entry.key_place.clone(),
                format!("the variable `{name}` has no value"),
            )
            .help(hint),
        );
        return None;
    };
    Some(Var { value: written(default, text)?, secret, default: None })
}

/// The list that is the variable's default, if it is one: `[ana, bo]`, or `{ default: [ana, bo] }`.
pub fn list(node: &Node) -> Option<&Node> {
    let default = match &node.content {
        Content::Map(_) => &node.get("default")?.value,
        _ => node,
    };
    matches!(default.content, Content::List(_)).then_some(default)
}

/// A default as it would be given with `--var`: of a list, the keys with commas between.
fn written(node: &Node, text: &str) -> Option<String> {
    let Content::List(items) = &node.content else { return node.text().map(str::to_owned) };
    Some(items.iter().map(|item| item.written(text)).collect::<Option<Vec<_>>>()?.join(","))
}

#[cfg(test)]
mod tests;
