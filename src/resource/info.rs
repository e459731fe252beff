//! What is constant of a kind: a plain value, so that a kind can also be made at run time.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::Place;
use crate::model::account_profile::AccountProfile;

use super::account_profile::{Provision, Use, made, nothing};
use super::permission::Allowed;

/// A text that stands in the program or was made at run time.
pub type Text = Cow<'static, str>;

/// Texts of the program.
pub fn texts<const N: usize>(all: [&'static str; N]) -> Vec<Text> {
    all.map(Text::Borrowed).into()
}

/// An attribute that a kind has, for the reference and for checking `${name.attribute}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in a reference.
    pub name: Text,
    /// One sentence for the reference.
    pub doc: Text,
}

impl Attribute {
    /// Attributes of the program, each with its sentence.
    pub fn all<const N: usize>(all: [(&'static str, &'static str); N]) -> Vec<Self> {
        all.map(|(name, doc)| Self { name: name.into(), doc: doc.into() }).into()
    }
}

/// An attribute that AWS computes from properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The attribute.
    pub attribute: Text,
    /// Those properties.
    pub from: Vec<Text>,
}

/// What stays of a resource that goes, because the file said so, and is of the same kind by an id of its own: a disk of an
/// instance.
#[derive(Debug, Clone)]
pub struct Remains {
    /// How its ids begin.
    pub id_prefix: Text,
    /// What the file said, such as `delete_with_instance: false`.
    pub said: Text,
}

/// Values of a property to which AWS adds between releases, for an editor to offer: any other is fine.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The property.
    pub property: Text,
    /// Those that most classes use, which stand first.
    pub common: Vec<Text>,
    /// All that are known, each with what is wrong with it, if anything is.
    pub known: fn() -> Vec<(String, Option<String>)>,
}

/// Something that AWS refuses, or waits for, and the sandbox does not. `tests/sandbox/acceptance/unchecked.rs` has the
/// sandbox take each of them: an entry goes when an emulator has learnt it.
#[derive(Debug, Clone)]
pub struct Unchecked {
    /// What the test calls it.
    pub id: &'static str,
    /// The property that it is about; empty: resources that are recreated, whatever their properties.
    pub property: &'static str,
    /// Whether it matters for this value of the property; of none for `null`.
    pub matters: fn(&Value) -> bool,
    /// What is not checked: completes "not checked here: …".
    pub what: &'static str,
}

impl Unchecked {
    /// Whether it matters for a resource with these properties, of which `is_new` says which are made or changed; of the
    /// empty name whether the resource is.
    pub fn is_open(&self, spec: &Value, is_new: impl Fn(&str) -> bool) -> bool {
        let value = if self.property.is_empty() { spec } else { spec.get(self.property).unwrap_or(&Value::Null) };
        is_new(self.property) && (self.matters)(value)
    }
}

/// What is constant of a kind. Begin with [`KindInfo::new`] and say what differs.
#[derive(Debug, Clone)]
pub struct KindInfo {
    /// The word after `type:`, for example `s3.bucket`.
    pub name: Text,
    /// A description in one or two sentences, for the reference.
    pub doc: Text,
    /// What `${name.…}` can refer to.
    pub attributes: Vec<Attribute>,
    /// Attributes that AWS computes from properties, such as the hash of a content: the attribute is as secret as they
    /// are. One with the name of a property needs no entry.
    pub derived: Vec<Derived>,
    /// Whether its name in AWS is only the tag `Name`.
    pub name_is_a_tag: bool,
    /// The properties that scope the name, such as the VPC of a security group.
    pub name_within: Vec<Text>,
    /// Whether the common `name` names it. A kind without takes its [`identity`](super::Resource::identity) from its
    /// properties.
    pub has_name: bool,
    /// Whether AWS deletes it although another resource of the stack still uses it.
    pub deletable_while_used: bool,
    /// The properties of which [`holds`](super::Resource::holds) tells: lists that are all there is, so setting one
    /// takes away what others have added.
    pub held_in: Vec<Text>,
    /// The properties that are `true` for a secret that AWS shows once, and that is handed out in a file:
    /// [`handed_out`](super::handed_out). Whatever an update has among its changes is made again.
    pub handed_out: Vec<Text>,
    /// The properties that name what it outlives, such as the instance of a disk or an address: that can be deleted while
    /// it is kept, and is deleted before it.
    pub outlives: Vec<Text>,
    /// The properties that together name what only one of this kind can have, such as the instance of an address.
    pub exclusive: Vec<Text>,
    /// Whether it belongs to no region.
    pub is_global: bool,
    /// Whether two names that differ only in letter case are two resources to AWS.
    pub name_has_case: bool,
    /// Whether AWS refuses two names that differ only in letter case, although it finds each by its own letters.
    pub names_clash_without_case: bool,
    /// Whether AWS resolves references to its ARN to an assigned id: one that was deleted and recreated with the same name
    /// is a different resource for them.
    pub is_known_by_id: bool,
    /// Whether AWS keeps tags on it. One that takes none has cloud101's marks elsewhere, and none of people's.
    pub takes_tags: bool,
    /// Whether [`update_tags`](super::Resource::update_tags) can change the marks of what is there. If not, they are in what
    /// [`create`](super::Resource::create) and [`update`](super::Resource::update) write, which get them in
    /// [`Desired::tags`](super::Wanted::tags); whatever changes, be it a mark alone, is an update, `update_tags` is never
    /// asked for, and it can't be released.
    pub marks_apart: bool,
    /// How many tags AWS allows on it.
    pub most_tags: usize,
    /// Whether the keys of its tags are case-sensitive.
    pub tag_keys_have_case: bool,
    /// The call of [`create`](super::Resource::create) after which the resource exists: `service:Operation`.
    pub made_by: Text,
    /// The calls by which [`list`](super::Resource::list) looks, for people who want to see that it did.
    pub listed_by: Text,
    /// The AWS CLI's command that deletes it, with `{id}`, `{name}` and `{region}` to be filled in.
    pub remove: Text,
    /// The AWS CLI's command that removes the stack's tag, with `{account}`, `{partition}`, `{bucket}` and `{key}`
    /// besides.
    pub untag: Text,
    /// Commands to try after an apply, with `{attribute}` and `{region}` to be filled in.
    pub to_try: Vec<Text>,
    /// The property that lets what it contains be deleted with it; `None`: nothing in it keeps AWS from deleting it.
    pub emptied_by: Option<Text>,
    /// The property that `cloud101 stop` changes in the account, which an apply then leaves so.
    pub stopped_by: Option<Text>,
    /// What may stay of one that goes.
    pub remains: Option<Remains>,
    /// The property that names its network, which is the region's default VPC if it is left out.
    pub network: Option<Text>,
    /// What EC2 calls it among all that has tags: `security-group`.
    pub tagged_as: Option<Text>,
    /// Whether [`list`](super::Resource::list) asks for exactly what has the tag, so nothing else reports more.
    pub is_listed_by_tag: bool,
    /// Whether a destroy asks for its list in other regions, too, where an earlier file may have made some. Not for what
    /// another question there tells of.
    pub is_listed_elsewhere: bool,
    /// What an editor offers.
    pub offers: Vec<Offer>,
    /// What the sandbox lets pass and AWS does not.
    pub unchecked: Vec<Unchecked>,
    /// The actions that its calls need.
    pub permissions: Vec<Allowed>,
    /// What becomes of it in an account with a profile.
    pub provision: fn(&AccountProfile, &Place) -> Provision,
    /// What of such an account's limits one with this spec uses; of what is not known, nothing.
    pub uses: fn(&Value) -> Vec<Use>,
}

impl KindInfo {
    /// A kind that is named by the common `name`, has a region, tags and nothing of its own.
    pub fn new(name: impl Into<Text>, doc: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            doc: doc.into(),
            attributes: Vec::new(),
            derived: Vec::new(),
            name_is_a_tag: false,
            name_within: Vec::new(),
            has_name: true,
            deletable_while_used: true,
            held_in: Vec::new(),
            handed_out: Vec::new(),
            outlives: Vec::new(),
            exclusive: Vec::new(),
            is_global: false,
            name_has_case: true,
            names_clash_without_case: false,
            is_known_by_id: false,
            takes_tags: true,
            marks_apart: true,
            most_tags: 50,
            tag_keys_have_case: true,
            made_by: Text::Borrowed(""),
            listed_by: Text::Borrowed(""),
            remove: Text::Borrowed(""),
            untag: Text::Borrowed(""),
            to_try: Vec::new(),
            emptied_by: None,
            stopped_by: None,
            remains: None,
            network: None,
            tagged_as: None,
            is_listed_by_tag: false,
            is_listed_elsewhere: true,
            offers: Vec::new(),
            unchecked: Vec::new(),
            permissions: Vec::new(),
            provision: made,
            uses: nothing,
        }
    }

    /// What the file said for the thing with this id to stay when its resource goes, if it is such a thing.
    pub fn why_it_remains(&self, id: &str) -> Option<&str> {
        self.remains.as_ref().filter(|remains| id.starts_with(&*remains.id_prefix)).map(|remains| &*remains.said)
    }

    /// The form of a name that is the same for all names that AWS does not tell apart.
    pub fn exact_name(&self, name: &str) -> String {
        if self.name_has_case { name.to_owned() } else { name.to_lowercase() }
    }
}
