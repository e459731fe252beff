//! The rules for bucket names (Amazon S3 User Guide, general purpose bucket naming rules).

use std::net::Ipv4Addr;

use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};

const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The ending of names in an account's own namespace.
const OWN: &str = "-an";

/// The account and the region in a name of an account's own namespace: `PREFIX-123456789012-eu-central-1-an`.
pub fn account_region(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_suffix(OWN)?;
    let is_account = |part: &&str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    // The last one that looks like an account; the prefix may hold others.
    let (at, account) = rest
        .split('-')
        .scan(0, |at, part| {
            let here = *at;
            *at += part.len() + 1;
            Some((here, part))
        })
        .filter(|(_, part)| is_account(part))
        .last()?;
    let region = rest.get(at + 13..)?;
    let is_region = region.split('-').count() >= 3 && region.ends_with(|c: char| c.is_ascii_digit());
    (at > 1 && is_region).then_some((account, region))
}

/// What such a name can begin with, of a name in another form.
pub fn prefix(name: &str) -> &str {
    let name = name.strip_suffix(OWN).unwrap_or(name);
    // With `-123456789012-ap-southeast-1-an` a name has at most 63 characters.
    name.get(..name.len().min(33)).unwrap_or(name).trim_end_matches(['-', '.'])
}

/// What is wrong with the name of a bucket that `namespace` says something of.
pub fn check_namespace(name: &str, namespace: Option<&str>) -> Option<Diagnostic> {
    if is_unknown(name) || invalid(name.strip_suffix(OWN).unwrap_or(name)).is_some() {
        return None;
    }
    let hint = format!("`name: {}-${{aws.account_id}}-${{aws.region}}-an`", prefix(name));
    let diagnostic = |message: String| Diagnostic::new(Code::BucketName, "name", message);
    match (account_region(name), namespace) {
        (Some(_), Some("account")) => None,
        (Some(_), _) => Some(
            diagnostic(format!("`{name}` is a name from an account's own namespace, but the bucket is not in it"))
                .help("add `namespace: account`"),
        ),
        (None, Some("account")) => {
            let message = format!(
                "`{name}` is not a name in the account's own namespace: such a name ends in account, region \
                    and `-an`"
            );
            Some(diagnostic(message).help(hint))
        }
        (None, _) if name.ends_with(OWN) => Some(
            diagnostic(format!("`{name}` is not a valid bucket name: `{OWN}` at its end is reserved by Amazon S3"))
                .help(format!(
                    "choose another ending, or use your account's own namespace: `namespace: account` and {hint}"
                )),
        ),
        (None, _) => None,
    }
}

/// What is wrong with `name` as a bucket's name; `path` is where it stands.
pub fn check(path: &str, name: &str) -> Option<Diagnostic> {
    if is_unknown(name) {
        return None;
    }
    let why = invalid(name)?;
    let better = Some(suggestion(name)).filter(|better| invalid(better).is_none());
    let better = better.unwrap_or_else(|| "cloud101-${aws.account_id}".to_owned());
    Some(
        Diagnostic::new(Code::BucketName, path, format!("`{name}` is not a valid bucket name: {why}"))
            .help(format!("for example `{better}`")),
    )
}

fn invalid(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let letter_or_digit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let prefix = RESERVED_PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    let suffix = RESERVED_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix));
    let length = name.chars().count();
    if !(3..=63).contains(&length) {
        let characters = if length == 1 { "character" } else { "characters" };
        Some(format!("it has {length} {characters}, and 3 to 63 are allowed"))
    } else if let Some(c) = name.chars().find(|c| !allowed(*c)) {
        Some(format!("`{c}` is not allowed: only lowercase letters, digits, hyphens and dots are"))
    } else if !name.starts_with(letter_or_digit) || !name.ends_with(letter_or_digit) {
        Some("it must begin and end with a letter or digit".to_owned())
    } else if name.contains("..") {
        Some("it must not contain two dots in a row".to_owned())
    } else if name.parse::<Ipv4Addr>().is_ok() {
        Some("it looks like an IP address".to_owned())
    } else if name.ends_with(OWN) && account_region(name).is_none() {
        Some(format!("`{OWN}` at the end is reserved by Amazon S3 for names of an account's own namespace"))
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
    fn a_name_of_the_account_has_account_and_region_in_it() {
        let own = "cloud101-123456789012-eu-central-1-an";
        assert_eq!(account_region(own), Some(("123456789012", "eu-central-1")));
        assert_eq!(
            account_region("a-111122223333-123456789012-us-gov-west-1-an"),
            Some(("123456789012", "us-gov-west-1"))
        );
        for bad in
            ["cloud101-an", "cloud101-12345678901-eu-central-1-an", "123456789012-eu-central-1-an", "a-123456789012-an"]
        {
            assert_eq!(account_region(bad), None, "{bad}");
        }
        assert!(check("name", "cloud101-an").is_some_and(|diagnostic| diagnostic.message.contains("reserved")));
        assert!(check_namespace("cloud101-an", None).is_some_and(|diagnostic| diagnostic.message.contains("reserved")));
        assert_eq!(check("name", own), None);
        assert_eq!(check_namespace(own, Some("account")), None);
        assert_eq!(check_namespace("cloud101", None), None);
        let hint = |name, namespace| check_namespace(name, namespace).and_then(|diagnostic| diagnostic.help);
        assert_eq!(hint(own, None).as_deref(), Some("add `namespace: account`"));
        let written = "`name: cloud101-${aws.account_id}-${aws.region}-an`";
        assert_eq!(hint("cloud101", Some("account")).as_deref(), Some(written));
        assert_eq!(hint("cloud101-an", Some("account")).as_deref(), Some(written));
    }

    #[test]
    fn the_hint_is_a_name_that_would_do() {
        let hint = |name| check("name", name).and_then(|diagnostic| diagnostic.help);
        assert_eq!(hint("My_Class Bucket").as_deref(), Some("for example `my-class-bucket`"));
        assert_eq!(hint("ab").as_deref(), Some("for example `cloud101-${aws.account_id}`"));
    }
}
