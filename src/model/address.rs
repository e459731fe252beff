//! Which resource of a stack.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a resource stands in a stack: its logical name, and the key of a copy where one is made for each of a roster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Address {
    /// The logical name, as in `resources:`.
    pub name: String,
    /// The copy, as in `home["ana"]`; `None` where there is only one.
    pub key: Option<String>,
}

impl Address {
    /// The address of a resource that has no copies.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), key: None }
    }

    /// The address of the copy for `key`.
    pub fn copy(name: impl Into<String>, key: impl Into<String>) -> Self {
        Self { name: name.into(), key: Some(key.into()) }
    }

    /// Reads `home` or `home["ana"]`, the form that [`fmt::Display`] writes. What a shell leaves of the quotes is enough:
    /// `home[ana]`. `home[*]` is all of `home`.
    pub fn parse(text: &str) -> Self {
        let Some((name, key)) = text.strip_suffix(']').and_then(|rest| rest.split_once('[')) else {
            return Self::new(text);
        };
        if key == "*" {
            return Self::new(name);
        }
        let unquoted = ['"', '\''].iter().find_map(|quote| key.strip_prefix(*quote)?.strip_suffix(*quote));
        Self::copy(name, unquoted.unwrap_or(key))
    }

    /// Whether `other` is this resource, or one of its copies.
    pub fn includes(&self, other: &Self) -> bool {
        self.name == other.name && (self.key.is_none() || self.key == other.key)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}[\"{key}\"]", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// Whether `name` can name a resource or a variable: `[a-z][a-z0-9_]*`.
pub fn is_logical_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_read_as_it_is_written_and_as_a_shell_leaves_it() {
        let ana = Address::copy("home", "ana");
        assert_eq!(ana.to_string(), "home[\"ana\"]");
        for text in ["home[\"ana\"]", "home['ana']", "home[ana]"] {
            assert_eq!(Address::parse(text), ana, "{text}");
        }
        assert_eq!(Address::parse("home"), Address::new("home"));
        assert_eq!(Address::parse("home[*]"), Address::new("home"));
        assert_eq!(Address::parse("home[").to_string(), "home[");
    }

    #[test]
    fn a_name_without_a_key_means_all_copies() {
        let (all, ana, bo) = (Address::new("home"), Address::copy("home", "ana"), Address::copy("home", "bo"));
        assert!(all.includes(&ana) && all.includes(&all) && ana.includes(&ana));
        assert!(!ana.includes(&bo) && !ana.includes(&all) && !all.includes(&Address::new("house")));
    }
}
