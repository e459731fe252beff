//! Who a class is: one copy of a resource for each of them.

use std::collections::BTreeMap;

use super::node::{Content, Node};

/// Who gets a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Its name in `rosters:`.
    pub name: String,
    /// What `${each.…}` can be, in the order of the file.
    pub columns: Vec<String>,
    /// The members, in the order of the file.
    pub members: Vec<Member>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What tells it from the others.
    pub key: String,
    /// The values of `${each.…}`, by column; `key` among them.
    pub values: BTreeMap<String, String>,
}

impl Roster {
    /// Whether it has a member with this key.
    pub fn has(&self, key: &str) -> bool {
        self.members.iter().any(|member| member.key == key)
    }
}

/// The rosters of a file.
pub fn read(root: &Node) -> BTreeMap<String, Roster> {
    let entries = root.get("rosters").map(|entry| entry.value.entries()).unwrap_or_default();
    let roster = |name: &str, node: &Node| {
        let member =
            |key: &str| Member { key: key.to_owned(), values: BTreeMap::from([("key".to_owned(), key.to_owned())]) };
        let members = match &node.content {
            Content::Number(number) => (1..=number.as_u64().unwrap_or(0)).map(|n| member(&format!("{n:02}"))).collect(),
            Content::List(items) => items.iter().filter_map(Node::text).map(member).collect(),
            _ => Vec::new(),
        };
        Roster { name: name.to_owned(), columns: vec!["key".to_owned()], members }
    };
    entries.iter().map(|entry| (entry.key.clone(), roster(&entry.key, &entry.value))).collect()
}
