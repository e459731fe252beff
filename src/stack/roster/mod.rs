//! Rosters: who gets a copy of a resource. `rosters:` names each one and says where its members stand: in a CSV file, in
//! a list of keys, in groups of columns by key, or in a number of seats. A variable that is a list is one as well.
//!
//! Values are text, as they were written: nothing in a CSV is evaluated, and `007` keeps its zeros.

mod csv;
mod encoding;
mod file;
mod header;
mod inline;
mod names;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Number;

use crate::explain::Code;
use crate::model::reference::{has_reference, references};
use crate::model::{Base, is_logical_name, is_unknown};

use super::diagnostics::{Diagnostic, OtherFile};
use super::node::{Content, Entry, Node};
use super::shape::MOST_MEMBERS;
use super::values::Values;
use super::{Var, logical_name_hint, vars};

pub use encoding::SIZE_LIMIT;
pub use names::{KEY_RULE, is_column, is_key};
pub use table::from_csv;

/// How many mistakes of one roster are described; the rest is counted.
const DESCRIBED: usize = 10;

/// Who gets a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Its name in the stack file.
    pub name: String,
    /// What `${each.…}` can name besides `key`, in the order of the file.
    pub columns: Vec<String>,
    /// In the order of the file; never empty, each key once.
    pub members: Vec<Member>,
    /// Its CSV file, as a person types it; `None`: it stands in the stack file.
    pub file: Option<String>,
    /// What is probably a mistake in it.
    pub warning: Option<Box<Diagnostic>>,
}

impl Roster {
    /// Whether it has a member with this key.
    pub fn has(&self, key: &str) -> bool {
        self.members.iter().any(|member| member.key == key)
    }
}

/// One that gets a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// See [`is_key`].
    pub key: String,
    /// The values of all columns, and that of `key`.
    pub values: BTreeMap<String, String>,
}

impl Member {
    /// One with these columns.
    fn new(key: String, columns: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut values: BTreeMap<_, _> = columns.into_iter().collect();
        values.insert("key".to_owned(), key.clone());
        Self { key, values }
    }

    /// The same member under another key, which the column of keys has too.
    pub fn with_key(&self, key: &str) -> Self {
        let with = |(column, value): (&String, &String)| {
            (column.clone(), if *value == self.key { key } else { value }.to_owned())
        };
        Self { key: key.to_owned(), values: self.values.iter().map(with).collect() }
    }
}

/// What is wrong with a roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes {
    /// The first of them.
    pub list: Vec<Diagnostic>,
    /// How many more there are, at least.
    pub more: usize,
}

impl Mistakes {
    fn add(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        match self.list.len() < DESCRIBED {
            true => self.list.push(diagnostic()),
            false => self.more += 1,
        }
    }

    /// The same about a file other than the stack file.
    fn in_file(mut self, file: &Arc<OtherFile>) -> Self {
        self.list = self.list.into_iter().map(|diagnostic| diagnostic.in_file(file)).collect();
        self
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl From<Diagnostic> for Mistakes {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic], more: 0 }
    }
}

/// What a `for_each` may name, and what it may name by mistake.
#[derive(Default)]
pub struct Names<'a> {
    /// The rosters that a stack file declares, also those with mistakes: those of `rosters:`, and the variables that are lists.
    pub rosters: BTreeSet<&'a str>,
    /// The other variables.
    pub others: BTreeMap<&'a str, OtherVariable<'a>>,
}

/// A variable that is not a list.
pub enum OtherVariable<'a> {
    /// A text; `None`: it is secret, or has no value.
    Text(Option<&'a str>),
    /// A number, in place of one.
    Number(&'a Number),
    /// Groups of columns, as a roster has them.
    Groups,
}

impl<'a> Names<'a> {
    /// Those of a stack file whose variables have the values `vars`.
    pub fn of(root: &'a Node, vars: &'a BTreeMap<String, Var>) -> Self {
        let entries = |section: &str| root.get(section).map(|entry| entry.value.entries()).unwrap_or_default();
        let rosters = entries("rosters").iter().chain(lists(root).map(|(entry, _)| entry));
        let rosters: BTreeSet<_> = rosters.map(|entry| entry.key.as_str()).collect();
        let other = |entry: &'a Entry| match &entry.value.content {
            Content::Number(number) => OtherVariable::Number(number),
            Content::Map(keys) if keys.iter().any(|one| matches!(one.value.content, Content::Map(_))) => {
                OtherVariable::Groups
            }
            _ => {
                let var = vars.get(&entry.key).filter(|_| !vars::may_be_secret(&entry.value));
                OtherVariable::Text(var.map(|var| var.value.as_str()))
            }
        };
        let others = entries("vars").iter().filter(|entry| !rosters.contains(entry.key.as_str()));
        let others = others.map(|entry| (entry.key.as_str(), other(entry))).collect();
        Self { rosters, others }
    }
}

/// How a variable becomes a list, in the file and on the command line: with the members that `value` most likely means.
pub fn list_hint(name: &str, value: &str) -> String {
    let mut keys = inline::meant(value);
    if keys.is_empty() {
        keys.push("red".to_owned());
    }
    if let [only] = keys.as_slice() {
        let other = match only.as_str() {
            "ana" => "bo",
            "blue" => "red",
            _ => "blue",
        };
        keys.push(other.to_owned());
    }
    format!(
        "make `{name}` a list in the file: `vars: {{ {name}: [{}] }}`; on the command line that is `--var {name}={}`",
        keys.join(", "),
        keys.join(",")
    )
}

/// Whether a variable's value names a file rather than a member.
pub fn is_path(value: &str) -> bool {
    value.contains(['/', '.'])
}

/// The variables of a stack file that are lists, with those lists.
fn lists(root: &Node) -> impl Iterator<Item = (&Entry, &[Node])> {
    let vars = root.get("vars").map(|entry| entry.value.entries()).unwrap_or_default();
    vars.iter().filter_map(|entry| match &vars::list(&entry.value)?.content {
        Content::List(items) => Some((entry, items.as_slice())),
        _ => None,
    })
}

/// The rosters of a stack file whose text is `text`, but for those with mistakes, and all mistakes.
pub fn read(root: &Node, text: &str, values: &Values, base: &Base) -> (BTreeMap<String, Roster>, Mistakes) {
    let mut rosters = BTreeMap::new();
    let mut mistakes = Mistakes::default();
    let mut add = |name: &str, read: Result<Option<Roster>, Mistakes>, mistakes: &mut Mistakes| match read {
        Ok(Some(mut roster)) => {
            mistakes.list.extend(roster.warning.take().map(|warning| *warning));
            rosters.insert(name.to_owned(), roster);
        }
        // What is wrong is said elsewhere, by the schema for example.
        Ok(None) => {}
        Err(found) => {
            mistakes.list.extend(found.list);
            mistakes.more += found.more;
        }
    };
    let declared = root.get("rosters").map(|entry| entry.value.entries()).unwrap_or_default();
    for entry in declared {
        let name = &entry.key;
        if !is_logical_name(name) {
            let message = format!("`{name}` can't name a roster");
            let diagnostic =
                Diagnostic::new(Code::LogicalName, entry.key_place.clone(), message).help(logical_name_hint(name));
            mistakes.list.push(diagnostic);
        }
        add(name, one(entry, text, values, base), &mut mistakes);
    }
    for (entry, items) in lists(root) {
        let name = &entry.key;
        if let Some(roster) = declared.iter().find(|roster| roster.key == *name) {
            let message = format!("`{name}` names a roster and a variable that is a list");
            let hint = format!("rename one of them: `for_each: {name}` may mean either");
            let diagnostic = Diagnostic::new(Code::LogicalName, entry.key_place.clone(), message).help(hint);
            mistakes.list.push(diagnostic.also(roster.key_place.clone(), "the roster"));
            continue;
        }
        let read = match values.vars.get(name) {
            // That a list can't be secret has been said. Its keys stay out of messages, also a part of them.
            _ if vars::may_be_secret(&entry.value) => Ok(None),
            Some(Var { value, default: Some(_), .. }) => inline::given(entry, value).map(Some),
            _ => inline::list(entry, items, text).map(Some),
        };
        add(name, read, &mut mistakes);
    }
    (rosters, mistakes)
}

fn one(entry: &Entry, text: &str, values: &Values, base: &Base) -> Result<Option<Roster>, Mistakes> {
    let (name, node) = (&entry.key, &entry.value);
    match &node.content {
        Content::Text(path_of) => {
            let path = resolved(node, path_of, values)?;
            let (file, bytes) =
                file::read(name, &path, node, base).map_err(|diagnostic| of_variable(path_of, &path, diagnostic))?;
            from_csv(name, &file, &bytes).map(Some)
        }
        Content::Number(number) => Ok(inline::seats(name, number)),
        Content::List(items) => inline::list(entry, items, text).map(Some),
        Content::Map(members) => inline::map(entry, members, text),
        Content::Bool(_) | Content::Broken => Ok(None),
    }
}

/// The same about a path that is, as a whole, a variable whose value is no path.
fn of_variable(written: &str, path: &str, diagnostic: Diagnostic) -> Diagnostic {
    let variable = written.strip_prefix("${var.").and_then(|rest| rest.strip_suffix('}'));
    match variable.filter(|_| !is_path(path)) {
        Some(name) => {
            let hint = format!("{}, and is named by `for_each: {name}`, without `rosters:`", list_hint(name, path));
            diagnostic.help(hint)
        }
        None => diagnostic,
    }
}

/// A path with its references replaced.
fn resolved(node: &Node, path: &str, values: &Values) -> Result<String, Diagnostic> {
    let is_early = |inside: &str| inside.starts_with("var.") || inside == "stack.name";
    let path = match references(path).all(is_early) {
        true => values.resolve(path),
        false => return Err(no_reference(node, "the path of a roster can refer to variables and `stack.name` only")),
    };
    if is_unknown(&path) {
        let message = "the path of a roster refers to a variable that is secret or has no value";
        return Err(no_reference(node, message));
    }
    Ok(path)
}

fn no_reference(node: &Node, message: &str) -> Diagnostic {
    Diagnostic::new(Code::NoReferenceHere, node.place.clone(), message)
        .help("write the path itself, such as `roster.csv`")
}

/// The problem of a key or value in the stack file that contains a reference.
fn reference_in(node: &Node, value: &str) -> Option<Diagnostic> {
    has_reference(value).then(|| {
        let hint = "write the value itself; references work in the path of a CSV file, and in resources";
        Diagnostic::new(
            Code::NoReferenceHere,
            node.place.clone(),
            "a roster's keys and values can't contain references",
        )
        .help(hint)
    })
}

/// The beginning of what may be a whole file between two quotes.
fn shortened(text: &str) -> String {
    const ENOUGH: usize = 40;
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The problem of a roster without members.
fn no_members(place: Range<usize>, message: impl Into<String>, hint: &str) -> Diagnostic {
    Diagnostic::new(Code::RosterMembers, place, message).help(hint)
}

/// The problem of a roster with more members than there may be.
fn too_many(place: Range<usize>, count: usize) -> Diagnostic {
    let message = format!("this roster has {count} members, and the limit is {MOST_MEMBERS}");
    let hint = "is it the right list? For more, split it between several stacks, each with a part of the members";
    Diagnostic::new(Code::RosterMembers, place, message).help(hint)
}
