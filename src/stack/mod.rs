//! The file a person writes: from text to a checked [`Stack`], without any call to AWS.
//!
//! A stack that loads is sound: every resource has a known kind, every spec fits its type and passes the kind's
//! offline rules, every reference leads somewhere, and there is no cycle. What is wrong comes as [`Diagnostics`], all at
//! once, each with its place in the text. What is only a warning does not keep a stack from loading, and is in it.

pub mod account_profile;
mod check;
mod clashes;
mod copies;
pub mod data;
mod dedented;
pub mod diagnostics;
mod exclusive;
pub mod find;
pub mod graph;
mod handout;
mod indentation;
pub mod index;
mod links;
pub mod load;
mod moved;
pub mod node;
mod numbers;
mod resources;
pub mod roster;
pub mod secrets;
pub mod shape;
mod size;
pub mod source;
pub mod spans;
mod syntax;
mod tags;
mod twice;
mod type_errors;
mod valid_subset;
mod values;
mod vars;
mod when;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::account_profile::ProfileChoice;
use crate::model::is_logical_name;
use crate::resource::kind::Kind;
use crate::resource::{Address, Base, Registry, Tags};

use graph::Graph;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use handout::{CardTemplate, Handout};
pub use index::Resources;
pub use links::RESERVED;
pub use load::{Options, load, load_text, rosters};
pub use roster::{Member, Roster};

/// A checked stack.
pub struct Stack {
    /// `stack:`.
    pub name: String,
    /// The kinds that its resources can be of.
    pub registry: Registry,
    /// `region:`, if the file says one.
    pub region: Option<String>,
    /// `account:`, twelve digits: refuse to run in any other.
    pub account: Option<String>,
    /// The line of `account:`, from 1.
    pub account_line: Option<usize>,
    /// `profile:`, if the file says one.
    pub profile: Option<ProfileChoice>,
    /// `tags:`, for every resource; templates.
    pub tags: Tags,
    /// `rosters:`.
    pub rosters: BTreeMap<String, Roster>,
    /// The logical names with `for_each:`, and the rosters that they name.
    pub for_each: BTreeMap<String, String>,
    /// `resources:` with their copies, in the order of the file and of the rosters.
    pub resources: Resources,
    /// `outputs:`, templates, in the order of the file.
    pub outputs: Vec<(String, String)>,
    /// `handout:`, if the file has one.
    pub handout: Option<Handout>,
    /// `vars:`, with the values given on the command line in place of the defaults.
    pub vars: BTreeMap<String, Var>,
    /// The folder of the file, to which paths in it are relative.
    pub base: Base,
    /// The SHA-256 of the file's text, in base64. The defaults of secret variables are left out: with the rest of the
    /// text at hand, a short secret could be guessed from it. Files that it names, rosters among them, are not in it: what
    /// changes with them is in the plan.
    pub sha256: String,
    /// The attributes that give away something of a secret variable, such as the hash of a content in which it is; see
    /// [`secrets`].
    pub secret_attributes: BTreeSet<(Address, String)>,
    /// Whether a warning that only a plan can see is an error.
    pub strict: bool,
    /// What is probably a mistake in the file, if anything is.
    pub warnings: Option<Diagnostics>,
}

impl Stack {
    /// One that names nothing, in the working directory.
    pub fn without_resources(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            registry: Registry::builtin(),
            region: None,
            account: None,
            account_line: None,
            profile: None,
            tags: Tags::new(),
            for_each: BTreeMap::new(),
            resources: Resources::default(),
            outputs: Vec::new(),
            handout: None,
            vars: BTreeMap::new(),
            rosters: BTreeMap::new(),
            base: ".".into(),
            sha256: String::new(),
            secret_attributes: BTreeSet::new(),
            strict: false,
            warnings: None,
        }
    }
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Var {
    /// Its value.
    pub value: String,
    /// Whether it must not be shown.
    pub secret: bool,
    /// The default in the file, in place of which the value was given: of a secret, perhaps what AWS still has.
    pub default: Option<String>,
}

/// A resource as the file declares it. Its strings are templates: they may hold references.
pub struct ResourceConfig {
    /// Its place.
    pub address: Address,
    /// The places that it had before, the last one first: `moved:`.
    pub formerly: Vec<Address>,
    /// Whether it would have another name under another address.
    pub is_named_by_address: bool,
    /// `type:`.
    pub kind: Arc<dyn Kind>,
    /// `name:`, or `<stack>-<logical name>` with hyphens for underscores; of the first place that it had.
    pub name: String,
    /// The properties of the kind; a plan has the same.
    pub spec: Arc<Value>,
    /// `tags:` of the resource alone.
    pub tags: Tags,
    /// What must be there first: `depends_on`, and what the references name.
    pub depends_on: BTreeSet<Address>,
    /// `adopt:`.
    pub adopt: bool,
    /// `on_destroy:`, if the file says it.
    pub on_destroy: Option<OnDestroy>,
    /// `protect:`.
    pub protect: bool,
    /// `ignore_drift:`, dotted properties.
    pub ignore_drift: BTreeSet<String>,
    /// The line of the logical name, from 1.
    pub line: usize,
}

impl ResourceConfig {
    /// The earlier address of which AWS knows its name, so that without the line of `moved:` it would not be found; `None`:
    /// it is known by other means.
    pub fn named_as(&self) -> Option<&Address> {
        let kind = &*self.kind;
        let is_known_by_name = kind.has_name() && !kind.name_is_a_tag();
        let first = self.formerly.last().filter(|first| **first != self.address);
        first.filter(|_| self.is_named_by_address && is_known_by_name)
    }
}

/// What to write in place of a logical name that is none.
fn logical_name_hint(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let better: String = name.chars().map(allowed).collect();
    let better = better.trim_matches(|c: char| c == '_' || c.is_ascii_digit());
    match is_logical_name(better) {
        true => format!("for example `{better}`"),
        false => "use lowercase letters, digits and underscores, beginning with a letter".to_owned(),
    }
}

/// The least number of characters in a secret. A shorter one would be found in ordinary words, and hiding it would hide
/// those: with `sns` as a secret, no SNS type could be shown any more.
pub const SHORTEST_SECRET: usize = 4;

/// What destroy does with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDestroy {
    /// It goes.
    Delete,
    /// It stays, with its marks.
    Retain,
}

impl Stack {
    /// The resource at `address`.
    pub fn get(&self, address: &Address) -> Option<&ResourceConfig> {
        self.resources.at(address)
    }

    /// The addresses of the copies of a resource, in the order of its roster.
    pub fn copies(&self, name: &str) -> impl Iterator<Item = &Address> {
        self.resources.iter().map(|declared| &declared.address).filter(move |address| address.name == name)
    }

    /// The roster that `address` would be a copy for if `when:` did not leave its member out.
    pub fn left_out(&self, address: &Address) -> Option<&Roster> {
        let roster = self.rosters.get(self.for_each.get(&address.name)?)?;
        address.key.as_ref().filter(|key| self.get(address).is_none() && roster.has(key)).map(|_| roster)
    }

    /// The roster that `address` would be a copy for, and has no member of this key any more.
    pub fn left(&self, address: &Address) -> Option<&Roster> {
        let roster = self.rosters.get(self.for_each.get(&address.name)?)?;
        // Whom a `when:` leaves out has not left.
        address.key.as_ref().filter(|key| self.get(address).is_none() && !roster.has(key)).map(|_| roster)
    }

    /// The copies of those who had another key, `key`, before, as `moved:` says.
    pub fn renamed(&self, key: &str) -> impl Iterator<Item = &Address> {
        let had = move |former: &Address| former.key.as_deref() == Some(key);
        let moved = self.resources.iter().filter(move |declared| declared.formerly.iter().any(had));
        moved.map(|declared| &declared.address).filter(move |now| now.key.as_deref().is_some_and(|now| now != key))
    }

    /// The resources, each after those it depends on; otherwise in the order of the file.
    pub fn in_order(&self) -> Vec<&ResourceConfig> {
        Graph::new(&self.resources).order().iter().filter_map(|address| self.get(address)).collect()
    }

    /// All references that need no AWS, `var.…` and `stack.name`, with their values.
    pub fn inputs(&self) -> BTreeMap<String, String> {
        let vars = self.vars.iter().map(|(name, var)| (format!("var.{name}"), var.value.clone()));
        vars.chain([("stack.name".to_owned(), self.name.clone())]).collect()
    }

    /// The value of a reference that needs no AWS: `var.…` and `stack.name`.
    pub fn value_of(&self, reference: &str) -> Option<String> {
        match reference.split_once('.')? {
            ("stack", "name") => Some(self.name.clone()),
            ("var", name) => self.vars.get(name).map(|var| var.value.clone()),
            _ => None,
        }
    }
}
