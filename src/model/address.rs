//! Which resource of a stack.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a resource stands in a stack: its logical name, and a key where one name stands for many copies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Address {
    /// The logical name, as in `resources:`.
    pub name: String,
    /// The copy, as in `bucket[ana]`; `None` where there is only one.
    pub key: Option<String>,
}

impl Address {
    /// The address of a resource that has no copies.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), key: None }
    }

    /// Reads `bucket` or `bucket[ana]`, the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Self {
        match text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            Some((name, key)) => Self { name: name.into(), key: Some(key.into()) },
            None => Self::new(text),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}[{key}]", self.name),
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
