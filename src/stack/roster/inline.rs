//! Rosters that stand in the stack file itself: lists, groups by key, and numbers.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use serde_json::Number;

use crate::explain::Code;
use crate::stack::diagnostics::Diagnostic;
use crate::stack::node::{Content, Entry, Node};

use super::csv::MOST_COLUMNS;
use super::names::{KEY_RULE, column_hint, is_column, is_key, key_hint, nearest_key};
use super::{MOST_MEMBERS, Member, Mistakes, Roster, no_members, reference_in, shortened, too_many};

/// The most keys of a list that is shown once more, as it should be.
const MOST_SHOWN: usize = 30;

/// `seats: 25`, with the keys `01` to `25`; `None` for a number that is none of members, which the schema says.
pub fn seats(name: &str, number: &Number) -> Option<Roster> {
    let count = number.as_u64().and_then(|count| usize::try_from(count).ok())?;
    if !(1..=MOST_MEMBERS).contains(&count) {
        return None;
    }
    // A class that grows, also from 99 to 100, keeps the names of those who are in it.
    let members = (1..=count).map(|n| Member::new(format!("{n:02}"), []));
    Some(Roster { name: name.to_owned(), columns: Vec::new(), members: members.collect(), file: None, warning: None })
}

/// `staff: [ana, bo]`.
pub fn list(entry: &Entry, items: &[Node], text: &str) -> Result<Roster, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut keys = Vec::new();
    for item in items {
        let Some(key) = item.written(text) else { continue };
        match reference_in(item, &key) {
            Some(diagnostic) => mistakes.add(|| diagnostic),
            None => keys.push((key, item.place.clone())),
        }
    }
    of_keys(entry, items.len(), keys, mistakes)
}

/// `--var staff=ana,bo`, for the list that is declared by `entry`.
pub fn given(entry: &Entry, value: &str) -> Result<Roster, Mistakes> {
    let name = &entry.key;
    // It stands on the command line; in the file is only the variable.
    let wrong = |code: Code, message: String, hint: String| {
        Err(Diagnostic::new(code, entry.key_place.clone(), message).help(hint).label("the variable").into())
    };
    let keys: Vec<_> = value.split(',').map(str::trim).filter(|_| !value.trim().is_empty()).collect();
    if keys.is_empty() {
        let message = format!("`--var {name}=` on the command line names no member for the roster `{name}`");
        return wrong(Code::RosterMembers, message, format!("for example `--var {name}=ana,bo`"));
    }
    if keys.len() > MOST_MEMBERS {
        return Err(too_many(entry.key_place.clone(), keys.len()).into());
    }
    // The whole of it as it should be; `None`: it is too long to read or to type.
    let meant = || match meant(value) {
        keys if keys.is_empty() => Some(format!("--var {name}=ana,bo")),
        keys => (keys.len() <= MOST_SHOWN).then(|| format!("--var {name}={}", keys.join(","))),
    };
    let list = shortened(value);
    if keys.contains(&"") {
        let message = format!("`--var {name}={list}` has a comma with no key before or after it");
        let all = meant().map(|all| format!(": `{all}`")).unwrap_or_default();
        let hint = format!("write one comma between two keys, and none at the end{all}");
        return wrong(Code::RosterKey, message, hint);
    }
    if let Some(key) = keys.iter().find(|key| !is_key(key)) {
        let message = format!("`{}` of `--var {name}={list}` can't be a key", shortened(key));
        let hint = match meant() {
            Some(all) => format!("write the keys with commas between and nothing else: `{all}`; {KEY_RULE}"),
            None => key_hint(nearest_key(key, |near| keys.contains(&near)).as_deref(), None),
        };
        return wrong(Code::RosterKey, message, hint);
    }
    let mut seen = HashSet::new();
    if let Some(key) = keys.iter().find(|key| !seen.insert(**key)) {
        let message = format!("`--var {name}={list}` has the key `{key}` twice");
        let hint = match meant() {
            Some(all) => format!("write each key once: `{all}`"),
            None => format!("remove one `{key}`"),
        };
        return wrong(Code::RosterKey, message, hint);
    }
    let keys = keys.into_iter().map(|key| (key.to_owned(), entry.key_place.clone())).collect::<Vec<_>>();
    of_keys(entry, keys.len(), keys, Mistakes::default())
}

/// The keys that a text most likely means which is not a list as it is given on the command line: one with brackets, quotes,
/// semicolons or blanks.
pub fn meant(value: &str) -> Vec<String> {
    let pieces: Vec<&str> = match value.contains(',') {
        true => value.split(',').collect(),
        false => value.split(|c: char| c == ';' || c.is_whitespace()).collect(),
    };
    let is_around = |c: char| c.is_whitespace() || "[](){}\"'".contains(c);
    let key_of = |piece: &str| if is_key(piece) { Some(piece.to_owned()) } else { nearest_key(piece, |_| false) };
    let mut seen = HashSet::new();
    let keys = pieces.into_iter().filter_map(|piece| key_of(piece.trim_matches(is_around)));
    keys.filter(|key| seen.insert(key.clone())).collect()
}

fn of_keys(
    entry: &Entry,
    count: usize,
    keys: Vec<(String, Range<usize>)>,
    mut mistakes: Mistakes,
) -> Result<Roster, Mistakes> {
    limits(entry, count, "for example `[ana, bo]`", &mut mistakes);
    let mut members = Vec::new();
    let mut seen = BTreeMap::new();
    for (key, place) in keys {
        if let Some(first) = seen.get(&key).cloned() {
            let message = format!("two members have the key `{key}`");
            let diagnostic = Diagnostic::new(Code::RosterKey, place, message).help("remove one of them, or rename it");
            mistakes.add(|| diagnostic.label("again").also(first, "first"));
        } else {
            seen.insert(key.clone(), place.clone());
            check_key(&key, &place, |key| seen.contains_key(key), &mut mistakes);
            members.push(Member::new(key, []));
        }
    }
    done(entry, Vec::new(), members, mistakes)
}

/// `groups: { ana: { team: red }, bo: { team: blue } }`. `None`: what is wrong with it is said by the schema.
pub fn map(entry: &Entry, given: &[Entry], text: &str) -> Result<Option<Roster>, Mistakes> {
    let mut mistakes = Mistakes::default();
    limits(entry, given.len(), "for example `{ ana: { team: red }, bo: { team: blue } }`", &mut mistakes);
    let mut columns: Vec<String> = Vec::new();
    for column in given.iter().flat_map(|member| member.value.entries()) {
        if columns.contains(&column.key) {
            continue;
        }
        if columns.len() == MOST_COLUMNS {
            let message = format!("a group has at most {MOST_COLUMNS} columns");
            let hint = "keep what is not for the stack in another file".to_owned();
            mistakes.add(|| Diagnostic::new(Code::RosterColumn, column.key_place.clone(), message).help(hint));
            break;
        }
        columns.push(column.key.clone());
        let diagnostic = |message: String, hint: String| {
            Diagnostic::new(Code::RosterColumn, column.key_place.clone(), message).help(hint)
        };
        if column.key == "key" {
            let hint = "rename it: `${each.key}` is what stands before the colon".to_owned();
            mistakes.add(|| diagnostic("a column of a group can't be called `key`".to_owned(), hint));
        } else if !is_column(&column.key) {
            mistakes.add(|| diagnostic(format!("`{}` can't name a column", column.key), column_hint(&column.key)));
        }
    }
    let mut members = Vec::new();
    let mut is_sound = true;
    for member in given {
        let key = &member.key;
        check_key(key, &member.key_place, |key| given.iter().any(|other| other.key == key), &mut mistakes);
        let Content::Map(values) = &member.value.content else {
            is_sound = false;
            continue;
        };
        for value in values {
            let written = value.value.written(text);
            is_sound &= written.is_some();
            if let Some(diagnostic) = written.and_then(|written| reference_in(&value.value, &written)) {
                mistakes.add(|| diagnostic);
            }
        }
        for column in columns.iter().filter(|column| member.value.get(column).is_none()) {
            let message = format!("`{key}` has no `{column}`, which other members have");
            let hint = format!("add `{column}: …`, or `{column}: \"\"` if there is none");
            mistakes.add(|| Diagnostic::new(Code::RosterColumn, member.key_place.clone(), message).help(hint));
        }
        let value = |value: &Entry| Some((value.key.clone(), value.value.written(text)?));
        members.push(Member::new(key.clone(), values.iter().filter_map(value)));
    }
    match is_sound || !mistakes.is_empty() {
        true => done(entry, columns, members, mistakes).map(Some),
        false => Ok(None),
    }
}

fn done(entry: &Entry, columns: Vec<String>, members: Vec<Member>, mistakes: Mistakes) -> Result<Roster, Mistakes> {
    match mistakes.is_empty() {
        true => Ok(Roster { name: entry.key.clone(), columns, members, file: None, warning: None }),
        false => Err(mistakes),
    }
}

fn limits(entry: &Entry, count: usize, example: &str, mistakes: &mut Mistakes) {
    let place = || entry.key_place.clone();
    if count == 0 {
        mistakes.add(|| no_members(place(), format!("the roster `{}` has no members", entry.key), example));
    } else if count > MOST_MEMBERS {
        mistakes.add(|| too_many(place(), count));
    }
}

fn check_key(key: &str, place: &Range<usize>, is_taken: impl Fn(&str) -> bool, mistakes: &mut Mistakes) {
    if is_key(key) {
        return;
    }
    mistakes.add(|| {
        let hint = key_hint(nearest_key(key, is_taken).as_deref(), None);
        Diagnostic::new(Code::RosterKey, place.clone(), format!("`{key}` can't be a key")).help(hint)
    });
}
