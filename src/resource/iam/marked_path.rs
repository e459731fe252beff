//! cloud101's marks on a group, which takes no tags: they are its path.
//!
//! ```text
//! /cloud101/STACK/ADDRESS/RECORD/FLAGS/BEFORE/
//! ```
//!
//! STACK and ADDRESS are those of the tags of other resources, RECORD is what the last apply set, with `_` for `/`, FLAGS
//! are the words of [`KEEP`] joined by dots (`-`: none). BEFORE is the path that an adopted group had, and has again when it
//! is released. The record is bound to the group's name, so a path that was copied to another group proves nothing. The
//! stack's path is a part of it, as it is of roles: one call lists all that is the stack's.
//!
//! AWS changes a group's path at any time (UpdateGroup). With it changes the group's ARN, by which nothing but a policy about
//! the group itself refers to a group: no principal is one.

use crate::aws::ownership::{APPLIED, KEEP, RESOURCE, STACK, is_own};
use crate::aws::{Error, Result};
use crate::resource::Tags;

/// Where all stacks' are.
const ROOT: &str = "/cloud101/";
/// Nothing.
const NONE: &str = "-";
/// How long a path may be (API: CreateGroup).
const LONGEST: usize = 512;

/// A path taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// What other resources carry in tags; none on a group of others.
    pub tags: Tags,
    /// The path without the marks.
    pub before: String,
}

impl Marked {
    pub fn read(path: &str) -> Self {
        let of_others = || Self { tags: Tags::new(), before: path.to_owned() };
        let Some(inside) = path.strip_prefix(ROOT) else { return of_others() };
        let Some((stack, rest)) = inside.split_once('/') else { return of_others() };
        let mut tags = Tags::from([(STACK.to_owned(), stack.to_owned())]);
        let parts: Vec<_> = rest.splitn(4, '/').collect();
        let [address, record, flags, before] = parts[..] else {
            // It has the stack's path, and no record that proves anything.
            return Self { tags, before: path.to_owned() };
        };
        tags.insert(RESOURCE.to_owned(), address.to_owned());
        tags.insert(APPLIED.to_owned(), record.replace('_', "/"));
        if flags != NONE {
            tags.insert(KEEP.to_owned(), flags.replace('.', " "));
        }
        Self { tags, before: format!("/{before}") }
    }

    /// The path that says it.
    ///
    /// # Errors
    /// AWS allows none that is so long.
    pub fn path(&self) -> Result<String> {
        let Some(stack) = self.tags.get(STACK) else { return Ok(self.before.clone()) };
        let record: String =
            self.tags.iter().filter(|(key, _)| key.starts_with(APPLIED)).map(|(_, part)| &**part).collect();
        let said =
            |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| NONE.to_owned());
        let address = said(self.tags.get(RESOURCE));
        let record = said(Some(&record.replace('/', "_")));
        let flags = said(self.tags.get(KEEP)).replace(' ', ".");
        let path = format!("{ROOT}{stack}/{address}/{record}/{flags}/{}", self.before.trim_start_matches('/'));
        if path.len() > LONGEST {
            let message = format!("the group's path `{}` leaves no room for cloud101's marks in it", self.before);
            return Err(
                Error::refused(message).with_hint("give the group a shorter path: `aws iam update-group --new-path`")
            );
        }
        Ok(path)
    }

    /// The same with the marks in `set` and without those in `remove`. Without a stack there are none at all.
    pub fn changed(mut self, set: &Tags, remove: &[String]) -> Self {
        // What only has the stack's path has it as its own.
        let is_mark = self.tags.contains_key(RESOURCE);
        self.tags.retain(|key, _| is_own(key) && !remove.contains(key));
        self.tags.extend(set.clone());
        if !is_mark && !self.tags.contains_key(RESOURCE) || !self.tags.contains_key(STACK) {
            self.tags.clear();
        }
        if !is_mark && self.before.starts_with(ROOT) {
            self.before = "/".to_owned();
        }
        self
    }
}

/// The path of a new group.
pub fn new(tags: &Tags) -> Result<String> {
    Marked { tags: tags.clone(), before: "/".to_owned() }.path()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
    use crate::resource::Address;

    fn tags(keep: LifecycleFlags) -> Tags {
        let mut applied = LastApplied::default();
        // Some of these hashes have a `/` or a `+`.
        for property in ["policies", "inline_policies", "a", "b", "c", "d", "e", "f", "g"] {
            applied.insert(property, &json!([property]), property == "a");
        }
        applied.bind("students");
        Ownership { stack: "class".into(), address: Address::parse("group[ana]"), applied, keep }.tags()
    }

    #[test]
    fn what_tags_say_survives_a_path() {
        let flags = LifecycleFlags { adopted: true, protect: true, ..LifecycleFlags::default() };
        for keep in [LifecycleFlags::default(), flags] {
            for before in ["/", "/staff/", "/staff/2031/", "/-/_/"] {
                let marked = Marked { tags: tags(keep.clone()), before: before.to_owned() };
                let path = marked.path().unwrap();
                assert!(path.starts_with("/cloud101/class/group:ana/") && path.ends_with('/'), "{path}");
                assert!(path.bytes().all(|c| (b'!'..=b'~').contains(&c)) && !path.contains("//"), "{path}");
                let read = Marked::read(&path);
                assert_eq!(
                    (Ownership::read(&read.tags), read.before.as_str()),
                    (Ownership::read(&marked.tags), before)
                );
                assert_eq!(read.path().unwrap(), path);
            }
        }
    }

    #[test]
    fn a_group_that_is_released_has_its_path_again() {
        let marked = Marked { tags: tags(LifecycleFlags::default()), before: "/staff/".to_owned() };
        let all: Vec<_> = marked.tags.keys().cloned().collect();
        assert_eq!(Marked::read(&marked.path().unwrap()).changed(&Tags::new(), &all).path().unwrap(), "/staff/");
        let foreign = Marked::read("/staff/").changed(&marked.tags, &[]);
        assert_eq!(foreign, marked);
    }

    #[test]
    fn a_path_without_a_record_proves_nothing() {
        for path in ["/", "/staff/", "/cloud101/", "/cloud101x/class/a/b/-/"] {
            assert_eq!(Marked::read(path), Marked { tags: Tags::new(), before: path.to_owned() }, "{path}");
        }
        for path in ["/cloud101/class/", "/cloud101/class/group/", "/cloud101/class/group/abc/"] {
            let marked = Marked::read(path);
            assert_eq!(marked.tags, Tags::from([(STACK.to_owned(), "class".to_owned())]), "{path}");
            assert_eq!(Ownership::read(&marked.tags), None);
            // The command that takes the mark off, and an adoption, leave nothing of it.
            assert_eq!(marked.clone().changed(&Tags::new(), &[STACK.to_owned()]).path().unwrap(), "/");
            assert_eq!(marked.changed(&tags(LifecycleFlags::default()), &[]).before, "/");
        }
    }

    #[test]
    fn a_path_that_would_be_too_long_is_refused() {
        let before = format!("/{}/", "a".repeat(LONGEST - 60));
        let error = Marked { tags: tags(LifecycleFlags::default()), before }.path().unwrap_err();
        assert!(error.hint.is_some_and(|hint| hint.contains("--new-path")), "{}", error.message);
    }
}
