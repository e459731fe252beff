//! Ownership without a state file: the tags that say what is ours, and what the last apply set.
//!
//! `cloud101:applied` holds eight characters for each property: four of a hash of its path, four of a hash of its
//! value (`----` for a value that may be secret). With it a later plan distinguishes a change in the file from a
//! change in the account, and knows which property was removed from the file. The alphabet is base64's, which tag
//! values allow.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::{Address, Tags};

/// The stack's name.
pub const STACK: &str = "cloud101:stack";
/// The address in the stack.
pub const RESOURCE: &str = "cloud101:resource";
/// What the last apply set. When 256 characters are too few it goes on in `cloud101:applied.2`, and so on.
pub const APPLIED: &str = "cloud101:applied";
/// Words for the day on which the file no longer says them: `adopted`, `retain`, `protect`, `empty`, and `was=` with the
/// address that it has its name of.
pub const KEEP: &str = "cloud101:keep";
/// On an instance that `cloud101 stop` stopped: the date. No part of [`Ownership`], and `cloud101 start` takes it off.
pub const STOPPED: &str = "cloud101:stopped";

const PREFIX: &str = "cloud101:";
const VALUE_LIMIT: usize = 256;
const ENTRY: usize = 8;
const UNSAID: Word = *b"----";
/// In place of a value hash: another stack made the value of a secret, and this one left it as it is. For everything but
/// [`LastApplied::hides`] that is as if it stood nowhere.
const LEFT: Word = *b"....";
/// The path under which the record keeps the resource's own name; no property is called so.
const NAME: &str = "name";
/// The same for that within which its name is its own, where the region has several of a name.
const WITHIN: &str = "name within";

/// Half of an entry: a hash, or what stands in its place. Four bytes of UTF-8.
type Word = [u8; ENTRY / 2];

/// What the last apply set: for each property's path hash, its value hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastApplied(BTreeMap<Word, Word>);

/// How a property stands to the last apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The last apply did not set it.
    New,
    /// It was set to another value.
    Changed,
    /// It was set to this very value.
    Same,
    /// It was set; to which value is not recorded, because it may be secret.
    Unsaid,
}

impl LastApplied {
    /// Records that `path` is set to `value`; `secret` values leave no hash behind.
    pub fn insert(&mut self, path: &str, value: &serde_json::Value, secret: bool) {
        let value = if secret { UNSAID } else { short_hash(&value.to_string()) };
        self.0.insert(short_hash(path), value);
    }

    /// Records what carries these tags, so that a copy of them on another resource does not pass for it. `name` is
    /// taken exactly, letter case included: AWS keeps `notes.txt` and `NOTES.txt` apart.
    pub fn bind(&mut self, name: &str) {
        self.insert(NAME, &name.into(), false);
    }

    /// Whether this is the record of what AWS knows as `name`. People copy tags, and so do AWS's consoles and backups: a
    /// record without an owner proves nothing.
    pub fn is_bound_to(&self, name: &str) -> bool {
        self.since(NAME, &name.into()) == Since::Same
    }

    /// Records within what the name is the only one of its kind, where a region can have several: a network.
    pub fn bind_within(&mut self, whole: &str) {
        self.insert(WITHIN, &whole.into(), false);
    }

    /// Whether this is the record of what has its name within `whole`; `None`: an earlier version wrote it, which did not
    /// say so.
    pub fn is_within(&self, whole: &str) -> Option<bool> {
        match self.since(WITHIN, &whole.into()) {
            Since::New => None,
            since => Some(since == Since::Same),
        }
    }

    /// The record's own word for what it is the record of: comparable, and nothing else.
    pub fn bound(&self) -> Option<&str> {
        std::str::from_utf8(self.0.get(&short_hash(NAME))?).ok()
    }

    /// Whether this is the record of another resource than the one that AWS knows as `name`.
    pub fn is_of_another(&self, name: &str) -> bool {
        self.since(NAME, &name.into()) == Since::Changed
    }

    /// Whether the last apply set `path`.
    pub fn has(&self, path: &str) -> bool {
        self.0.get(&short_hash(path)).is_some_and(|hash| *hash != LEFT)
    }

    /// Whether what is at `path` may be a secret: of the last apply, or of a stack that had it before.
    pub fn hides(&self, path: &str) -> bool {
        self.0.get(&short_hash(path)).is_some_and(|hash| *hash == UNSAID || *hash == LEFT)
    }

    /// Compares `value` with what the last apply set.
    pub fn since(&self, path: &str, value: &serde_json::Value) -> Since {
        match self.0.get(&short_hash(path)) {
            None => Since::New,
            Some(hash) if *hash == LEFT => Since::New,
            Some(hash) if *hash == UNSAID => Since::Unsaid,
            Some(hash) if *hash == short_hash(&value.to_string()) => Since::Same,
            Some(_) => Since::Changed,
        }
    }

    /// Adds what `other` has of `path`.
    pub fn keep(&mut self, path: &str, other: &LastApplied) {
        let path = short_hash(path);
        if let Some(value) = other.0.get(&path) {
            self.0.entry(path).or_insert(*value);
        }
    }

    /// Adds what `other` has and `self` lacks.
    pub fn absorb(&mut self, other: &LastApplied) {
        for (path, value) in &other.0 {
            self.0.entry(*path).or_insert(*value);
        }
    }

    /// Notes what is left of other stacks' secrets in something that had the record `before`: what `self` has no value
    /// for is not set. `taken_over`: that record is another stack's.
    pub fn leave_secrets(&mut self, before: &LastApplied, taken_over: bool) {
        for (path, _) in before.0.iter().filter(|(_, hash)| **hash == LEFT || (taken_over && **hash == UNSAID)) {
            self.0.entry(*path).or_insert(LEFT);
        }
    }

    /// Reads the record out of a resource's tags; what can't be understood counts as not set.
    pub fn read(tags: &Tags) -> Self {
        let mut entries = BTreeMap::new();
        for value in tags.iter().filter(|(key, _)| is_applied(key)).map(|(_, value)| value) {
            let word = |at: usize| Word::try_from(value.get(at..at + ENTRY / 2)?.as_bytes()).ok();
            for at in (0..value.len()).step_by(ENTRY) {
                if let (Some(path), Some(hash)) = (word(at), word(at + ENTRY / 2)) {
                    entries.insert(path, hash);
                }
            }
        }
        Self(entries)
    }

    fn write(&self, tags: &mut Tags) {
        let words = self.0.iter().flat_map(|(path, hash)| [path, hash]);
        let text: String = words.filter_map(|word| std::str::from_utf8(word).ok()).collect();
        let mut rest = text.as_str();
        let mut part = 1;
        while part == 1 || !rest.is_empty() {
            let (value, more) = rest.split_at(rest.len().min(VALUE_LIMIT));
            let key = if part == 1 { APPLIED.to_owned() } else { format!("{APPLIED}.{part}") };
            tags.insert(key, value.to_owned());
            (rest, part) = (more, part + 1);
        }
    }
}

/// cloud101's own tags for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The stack.
    pub stack: String,
    /// The address in it.
    pub address: Address,
    /// What is set.
    pub applied: LastApplied,
    /// See [`KEEP`].
    pub keep: LifecycleFlags,
}

/// What is to be known of a resource on the day it may be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LifecycleFlags {
    /// It existed before, and `adopt: true` took it over.
    pub adopted: bool,
    /// `on_destroy: retain`.
    pub retain: bool,
    /// `protect: true`.
    pub protect: bool,
    /// `empty_on_destroy: true`.
    pub empty: bool,
    /// The address of which it has its name in AWS, if that is an earlier one than its own: `moved:`. Without that line the
    /// file means something else by this address.
    pub was: Option<Address>,
}

impl LifecycleFlags {
    const WORDS: [&'static str; 4] = ["adopted", "retain", "protect", "empty"];
    const WAS: &'static str = "was=";

    fn flags(&self) -> [bool; 4] {
        [self.adopted, self.retain, self.protect, self.empty]
    }

    fn read(text: &str) -> Self {
        let [adopted, retain, protect, empty] = Self::WORDS.map(|word| text.split(' ').any(|w| w == word));
        let was = text.split(' ').find_map(|word| word.strip_prefix(Self::WAS)).map(address_of);
        Self { adopted, retain, protect, empty, was }
    }

    fn write(&self) -> Option<String> {
        let set = Self::WORDS.iter().zip(self.flags()).filter(|(_, set)| *set).map(|(word, _)| (*word).to_owned());
        let was = self.was.iter().map(|was| format!("{}{}", Self::WAS, address_value(was)));
        let words: Vec<_> = set.chain(was).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl Ownership {
    /// Reads the mark of whichever stack; `None` if there is none.
    pub fn read(tags: &Tags) -> Option<Self> {
        Some(Self {
            stack: tags.get(STACK)?.clone(),
            address: address_of(tags.get(RESOURCE)?),
            applied: LastApplied::read(tags),
            keep: tags.get(KEEP).map(|text| LifecycleFlags::read(text)).unwrap_or_default(),
        })
    }

    /// The tags that say it.
    pub fn tags(&self) -> Tags {
        let mut tags =
            Tags::from([(STACK.to_owned(), self.stack.clone()), (RESOURCE.to_owned(), address_value(&self.address))]);
        tags.extend(self.keep.write().map(|words| (KEEP.to_owned(), words)));
        self.applied.write(&mut tags);
        tags
    }
}

/// Whether a tag is cloud101's own.
pub fn is_ownership_tag(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Whether a tag is one of those that [`Ownership::tags`] writes; a kind may keep others under the same prefix.
pub fn is_own(key: &str) -> bool {
    [STACK, RESOURCE, KEEP].contains(&key) || is_applied(key)
}

/// Whether a tag holds the record of the last apply, which changes with every apply.
pub fn is_applied(key: &str) -> bool {
    key == APPLIED || key.strip_prefix(APPLIED).is_some_and(|rest| rest.starts_with('.'))
}

/// Tag values may not hold brackets, so `bucket[ana]` is written `bucket:ana`.
/// What the tag [`RESOURCE`] says of what `address` names.
pub fn address_value(address: &Address) -> String {
    match &address.key {
        Some(key) => format!("{}:{key}", address.name),
        None => address.name.clone(),
    }
}

/// The address in such a value.
pub fn address_of(value: &str) -> Address {
    match value.split_once(':') {
        Some((name, key)) => Address { name: name.into(), key: Some(key.into()) },
        None => Address::new(value),
    }
}

/// 24 bits of SHA-256, as four characters.
fn short_hash(text: &str) -> Word {
    let digest = Sha256::digest(text.as_bytes());
    let mut word = Word::default();
    // Three bytes are four letters.
    let _ = BASE64_STANDARD_NO_PAD.encode_slice(&digest[..3], &mut word);
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ownership(properties: usize) -> Ownership {
        let mut applied = LastApplied::default();
        for n in 0..properties {
            applied.insert(&format!("property_{n}"), &json!(n), false);
        }
        let was = Some(Address::parse("home[an-a]"));
        let keep = LifecycleFlags { adopted: true, retain: false, protect: true, empty: true, was };
        Ownership { stack: "cloud101".into(), address: Address::parse("bucket[ana]"), applied, keep }
    }

    #[test]
    fn a_mark_survives_its_tags_however_many_properties_it_has() {
        for properties in [0, 1, 32, 33, 70] {
            let ownership = ownership(properties);
            let tags = ownership.tags();
            assert!(tags.values().all(|v| v.len() <= VALUE_LIMIT), "{tags:?}");
            assert_eq!(Ownership::read(&tags), Some(ownership));
        }
    }

    #[test]
    fn tag_values_use_only_what_every_service_allows() {
        for value in ownership(70).tags().values() {
            assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)), "{value}");
        }
    }

    #[test]
    fn a_record_belongs_to_one_thing_by_its_exact_name() {
        let mut ownership = ownership(3);
        assert!(!ownership.applied.is_bound_to("a"), "a record that names nothing proves nothing");
        assert!(!ownership.applied.is_of_another("a"), "nor does it name another");
        ownership.applied.bind("notes.txt");
        let copied = LastApplied::read(&ownership.tags());
        assert!(copied.is_bound_to("notes.txt") && !copied.is_of_another("notes.txt"));
        for other in ["NOTES.txt", "Notes.txt", "notes.tx", "notes.txt ", ""] {
            assert!(!copied.is_bound_to(other) && copied.is_of_another(other), "{other:?}");
        }
    }

    #[test]
    fn a_record_may_say_within_what_its_name_is_the_only_one() {
        let mut ownership = ownership(3);
        ownership.applied.bind("class-group");
        assert_eq!(ownership.applied.is_within("vpc-1"), None, "as an earlier version wrote it");
        ownership.applied.bind_within("vpc-1");
        let copied = LastApplied::read(&ownership.tags());
        assert_eq!((copied.is_within("vpc-1"), copied.is_within("vpc-2")), (Some(true), Some(false)));
        assert!(copied.is_bound_to("class-group"));
    }

    #[test]
    fn a_secret_leaves_no_hash() {
        let mut applied = LastApplied::default();
        applied.insert("environment", &json!({"PASSWORD": "geheim"}), true);
        assert_eq!(applied.since("environment", &json!({"PASSWORD": "geheim"})), Since::Unsaid);
        let mut tags = Tags::new();
        applied.write(&mut tags);
        assert!(tags[APPLIED].ends_with("----"));
    }

    #[test]
    fn a_secret_that_another_stack_left_is_known_and_not_set() {
        let (mut theirs, mut ours) = (LastApplied::default(), LastApplied::default());
        theirs.insert("environment", &json!({"PASSWORD": "geheim"}), true);
        theirs.insert("description", &json!("geheim"), true);
        theirs.insert("memory_mib", &json!(128), false);
        ours.insert("description", &json!("hello"), false);
        ours.leave_secrets(&theirs, true);
        assert!(ours.hides("environment") && !ours.has("environment"));
        assert_eq!(ours.since("environment", &json!({})), Since::New);
        assert!(!ours.hides("description") && !ours.hides("memory_mib"));
        // It stays known with the next apply, and goes when the property is set.
        let mut next = LastApplied::default();
        next.leave_secrets(&ours, false);
        assert!(next.hides("environment"));
        let mut own = LastApplied::default();
        own.leave_secrets(&theirs, false);
        assert_eq!(own, LastApplied::default(), "what the stack itself takes out goes back to its default");
    }

    #[test]
    fn a_changed_value_is_distinguished_from_the_same_and_from_a_new_one() {
        let mut applied = LastApplied::default();
        applied.insert("memory_mib", &json!(128), false);
        assert_eq!(applied.since("memory_mib", &json!(128)), Since::Same);
        assert_eq!(applied.since("memory_mib", &json!(256)), Since::Changed);
        assert_eq!(applied.since("timeout_seconds", &json!(3)), Since::New);
    }
}
