//! The rules for bucket names (Amazon S3 User Guide, general purpose bucket naming rules).

use std::net::Ipv4Addr;

use crate::explain::Code;
use crate::resource::{Finding, is_unknown};

const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// What is wrong with `name` as a bucket's name; `path` is where it stands.
pub fn check(path: &str, name: &str) -> Option<Finding> {
    if is_unknown(name) {
        return None;
    }
    let why = problem(name)?;
    let better = Some(suggestion(name)).filter(|better| problem(better).is_none());
    let better = better.unwrap_or_else(|| "cloud101-${aws.account_id}".to_owned());
    Some(
        Finding::new(Code::BucketName, path, format!("`{name}` can't be a bucket's name: {why}"))
            .hint(format!("for example `{better}`")),
    )
}

fn problem(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let letter_or_digit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let prefix = RESERVED_PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    let suffix = RESERVED_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix));
    let length = name.chars().count();
    if !(3..=63).contains(&length) {
        let characters = if length == 1 { "character" } else { "characters" };
        Some(format!("it has {length} {characters}, and 3 to 63 are allowed"))
    } else if let Some(c) = name.chars().find(|c| !allowed(*c)) {
        Some(format!("`{c}` is not allowed: only lower-case letters, digits, hyphens and dots are"))
    } else if !name.starts_with(letter_or_digit) || !name.ends_with(letter_or_digit) {
        Some("it must begin and end with a letter or digit".to_owned())
    } else if name.contains("..") {
        Some("two dots may not follow each other".to_owned())
    } else if name.parse::<Ipv4Addr>().is_ok() {
        Some("it looks like an IP address".to_owned())
    } else {
        prefix.or(suffix).map(|reserved| format!("`{reserved}` is reserved by Amazon S3"))
    }
}

/// The nearest name that looks allowed.
fn suggestion(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' };
    let bare = ["s3://", "arn:aws:s3:::"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    let name: String = bare.to_lowercase().chars().map(allowed).collect();
    name.trim_matches(['-', '.']).replace("..", ".").chars().take(63).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_aws_hold() {
        for good in ["cloud101awsbucket", "a.b-c", "123", &"a".repeat(63)] {
            assert_eq!(check("name", good), None);
        }
        for bad in
            ["ab", &"a".repeat(64), "My-Bucket", "a_b", "-ab", "ab-", "a..b", "192.0.2.1", "xn--ab", "ab-s3alias"]
        {
            assert!(check("name", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_hint_is_a_name_that_would_do() {
        let hint = |name| check("name", name).and_then(|finding| finding.hint);
        assert_eq!(hint("My_Class Bucket").as_deref(), Some("for example `my-class-bucket`"));
        assert_eq!(hint("ab").as_deref(), Some("for example `cloud101-${aws.account_id}`"));
    }
}
