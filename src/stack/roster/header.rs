//! Whether the first line of a CSV file is a header, or a member whose header is missing.

use super::Member;
use super::names::{ID, is_key};

/// What people call a column of keys when it is the only one.
const USUAL: [&str; 26] = [
    "id", "key", "keys", "name", "names", "student", "students", "user", "users", "username", "login", "email", "mail",
    "member", "members", "person", "people", "handle", "nickname", "netid", "code", "seat", "number", "group", "team",
    "account",
];

/// Words of which people make the names of columns whose values look like names of people, such as `Full Name`, `Home Town`
/// or `Class Teacher`.
const OF_NAMES: &str = "name names first last full given family middle nick student pupil learner teacher tutor advisor adviser \
                        supervisor mentor partner lab home town city country school class course department major role title";

/// The column whose name is probably a value: the first line is a member then, and would be lost. A file with a column `id`
/// has a header.
pub fn value_in(columns: &[String], key: usize, members: &[Member]) -> Option<usize> {
    let name = columns.get(key)?;
    if columns.iter().any(|column| column.eq_ignore_ascii_case(ID)) {
        return None;
    }
    let is_alone = columns.len() == 1 && is_key(name) && !USUAL.contains(&name.as_str());
    let is_numbered = name.contains(|c: char| c.is_ascii_digit())
        && is_key(name)
        && members.iter().all(|member| shape(&member.key) == shape(name));
    let has_name = |member: &Member, column: &str| member.values.get(column).is_some_and(|value| is_full_name(value));
    let is_person = |column: &String| {
        is_full_name(column) && !is_of_columns(column) && members.iter().any(|member| has_name(member, column))
    };
    let is_a_member = is_key(name) && !USUAL.contains(&name.as_str()) && columns.iter().any(is_person);
    if is_alone || is_numbered || is_a_member {
        return Some(key);
    }
    let recurs = |column: &String| members.iter().any(|member| member.values.get(column) == Some(column));
    columns.iter().position(recurs)
}

/// `Ana Smith`: words of which each begins with a capital and goes on with small letters.
fn is_full_name(text: &str) -> bool {
    let is_name = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase) && word.len() > 1
    };
    text.contains(' ') && text.split(' ').all(is_name)
}

/// Whether `text` has a word that is one of a column's name rather than of a person's.
fn is_of_columns(text: &str) -> bool {
    text.split(' ').any(|word| {
        let word = word.to_lowercase();
        OF_NAMES.split(' ').any(|one| one == word) || USUAL.contains(&word.as_str())
    })
}

/// `s07` as `a00`.
fn shape(text: &str) -> String {
    let one = |c: char| match c {
        _ if c.is_ascii_digit() => '0',
        _ if c.is_alphabetic() => 'a',
        _ => c,
    };
    text.chars().map(one).collect()
}
