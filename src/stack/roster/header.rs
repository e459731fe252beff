//! Whether the first line of a CSV file is a header, or a member whose header is missing.

use super::Member;
use super::names::{ID, is_key};

/// What people call a column of keys when it is the only one.
const USUAL: [&str; 26] = [
    "id", "key", "keys", "name", "names", "student", "students", "user", "users", "username", "login", "email", "mail",
    "member", "members", "person", "people", "handle", "nickname", "netid", "code", "seat", "number", "group", "team",
    "account",
];

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
    if is_alone || is_numbered {
        return Some(key);
    }
    let recurs = |column: &String| members.iter().any(|member| member.values.get(column) == Some(column));
    columns.iter().position(recurs)
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
