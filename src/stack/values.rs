//! The values of references as far as they are known from the file, and the strings that contain them.

use std::collections::BTreeMap;

use crate::model::reference;
use crate::resource::Tags;

use super::Var;
use super::node::{Entry, Node};

/// What references are worth before anything is made.
pub struct Values {
    /// `${stack.name}`.
    pub stack: Option<String>,
    /// `${aws.region}`.
    pub region: Option<String>,
    /// `${aws.account_id}`.
    pub account: Option<String>,
    /// `${var.…}`.
    pub vars: BTreeMap<String, Var>,
}

impl Values {
    /// A text with its references replaced, unknown where one is not known yet. Secrets count as not known, so that
    /// no complaint can quote them.
    pub fn resolve(&self, text: &str) -> String {
        reference::resolve(text, |inside| match inside.split_once('.')? {
            ("stack", "name") => self.stack.clone(),
            ("aws", "region") => self.region.clone(),
            ("aws", "account_id") => self.account.clone(),
            ("var", name) => self.vars.get(name).filter(|var| !var.secret).map(|var| var.value.clone()),
            _ => None,
        })
    }

    /// How long the value of a reference is, be it secret or not; `None`: it is not known yet.
    pub fn length_of(&self, inside: &str) -> Option<usize> {
        let known = |value: &Option<String>| value.as_ref().map(String::len);
        match inside.split_once('.')? {
            ("stack", "name") => known(&self.stack),
            ("aws", "region") => known(&self.region),
            ("aws", "account_id") => known(&self.account),
            ("var", name) => self.vars.get(name).map(|var| var.value.len()),
            _ => None,
        }
    }

    /// Whether `reference` is a secret variable.
    pub fn is_secret(&self, reference: &str) -> bool {
        let name = reference.strip_prefix("var.");
        name.and_then(|name| self.vars.get(name)).is_some_and(|var| var.secret)
    }
}

/// The entries of a mapping of texts, in the order of the file.
pub fn texts(node: &Node) -> Vec<(String, String)> {
    let entry = |entry: &Entry| Some((entry.key.clone(), entry.value.text()?.to_owned()));
    node.entries().iter().filter_map(entry).collect()
}

/// The same as tags.
pub fn tags_of(node: &Node) -> Tags {
    texts(node).into_iter().collect()
}
