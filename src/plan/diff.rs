//! The three-way comparison of one resource: what the file wants, what is there, what the last apply set.
//!
//! Whether something changes is decided by wanted against live alone. The last apply only says why, and which
//! properties were taken out of the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::aws::ownership::{LastApplied, Since};
use crate::model::value::{at, has_unknown, is_within, set};
use crate::resource::schema::Property;
use crate::resource::{Address, Desired, Live, is_unknown};
use crate::stack::{ResourceConfig, Stack};

use super::desired::{is_secret, referred, referred_in, staying, tag_template, user_tags};
use super::same::{normal, same};
use super::shown::Rules;
use super::{PropertyChange, Reason, TextChange};

/// What the comparison needs.
pub struct Diff<'a> {
    /// For secrets, and the tags of all resources.
    pub stack: &'a Stack,
    /// The resource in the file.
    pub declared: &'a ResourceConfig,
    /// What it should be.
    pub desired: &'a Desired<Value>,
    /// The same, with what is there in place of what can't become what the file says: see [`super::by_hand`].
    pub tolerated: &'a Value,
    /// What it is.
    pub live: &'a Live<Value>,
    /// What the last apply set.
    pub applied: &'a LastApplied,
    /// The record on it, whichever stack's: what another stack made of a secret is one, too.
    pub recorded: &'a LastApplied,
    /// Resources that are replaced in this plan: what refers to them is set again.
    pub replaced: &'a BTreeSet<Address>,
    /// Resources that were deleted behind the stack's back and are made again, where what refers to them keeps an id.
    pub remade: &'a BTreeSet<Address>,
    /// When those were made that are there, where what refers to them keeps an id.
    pub made: &'a BTreeMap<Address, i64>,
    /// Resources of which this plan changes something that gives an attribute a new value.
    pub renewed: &'a BTreeSet<Address>,
}

impl Diff<'_> {
    /// Every property that differs, in the order of the kind's fields, tags last.
    pub fn changes(&self) -> Vec<PropertyChange> {
        let schema = self.declared.kind.schema();
        let leaves = schema.leaves();
        let properties = leaves.iter().filter_map(|path| self.property(path, schema.at(path)?));
        properties.chain(self.tags()).collect()
    }

    /// The properties that were taken out of the file and are not at their default, because only a replacement takes
    /// them there.
    pub fn left(&self) -> Vec<String> {
        let schema = self.declared.kind.schema();
        let mut left = staying(&*self.declared.kind, self.desired);
        left.retain(|path| {
            let default = schema.at(path).and_then(|property| Some((property, property.annotation("x-default")?)));
            let is_default = |live| default.is_some_and(|(property, default)| same(property, default, live));
            self.applied.has(path)
                && !self.ignores(path)
                && at(&self.live.spec, path).is_some_and(|live| !is_default(live))
        });
        left
    }

    fn property(&self, path: &str, property: Property<'_>) -> Option<PropertyChange> {
        if property.has("x-local") {
            return None;
        }
        let live = at(&self.live.spec, path);
        let desired = at(&self.desired.spec, path);
        let since = desired.map(|desired| self.applied.since(path, &normal(property, desired)));
        let desired = desired.and_then(|_| at(self.tolerated, path));
        let (desired, reason) = match desired {
            // See `left`.
            None if property.stays() => return None,
            None if self.ignores(path) => return None,
            None if self.applied.has(path) => {
                let default = property.annotation("x-default");
                let there = match (default, live) {
                    (Some(default), Some(live)) => same(property, default, live),
                    (_, live) => live == default,
                };
                (default, if there { Reason::Forgotten } else { Reason::TakenOut })
            }
            None => return None,
            Some(desired) => (Some(desired), self.reason(path, property, desired, live, since)?),
        };
        let template = at(&self.declared.spec, path);
        let as_applied = |live| self.applied.since(path, &normal(property, live)) == Since::Same;
        let rules = Rules {
            stack: self.stack,
            template,
            desired,
            sensitive: property.has("x-sensitive") && !live.is_some_and(as_applied),
            secret: desired.is_some() && template.is_none() && self.is_secret(path),
            was_secret: self.recorded.hides(path),
        };
        Some(PropertyChange {
            path: path.to_owned(),
            before: live.map(|live| rules.live(live)),
            after: desired.map(|desired| rules.desired(desired)),
            replaces: property.has("x-replace") && !reason.is_about_ownership(),
            reason,
            text: property.has("x-text") || property.has("x-policy"),
            said: says(&self.declared.spec, path),
        })
    }

    fn reason(
        &self,
        path: &str,
        property: Property<'_>,
        desired: &Value,
        live: Option<&Value>,
        since: Option<Since>,
    ) -> Option<Reason> {
        let among = |all: &BTreeSet<Address>| referred(self.declared, path).into_iter().find(|one| all.contains(one));
        let replaced = || among(self.replaced);
        let remade = || among(self.remade).map(Reason::Remade).or_else(|| self.made_since(path).map(Reason::MadeSince));
        let equal = match live {
            Some(live) => same(property, desired, live),
            None => property.has("x-write-only") && matches!(since, Some(Since::Same | Since::Unsaid)),
        };
        match (equal, since) {
            (true, since) => match (replaced(), since) {
                (Some(address), _) => Some(Reason::Replaced(address)),
                // Nothing is replaced, and no machine started again for its script, for the sake of an id: it can be set
                // again where it stands.
                _ if !property.has("x-replace") && !property.has("x-text") && remade().is_some() => remade(),
                // The record has a hash of what has become a secret.
                (None, Some(Since::Same)) if self.is_secret(path) => Some(Reason::Recorded),
                (None, Some(Since::Same | Since::Unsaid)) => None,
                (None, _) => Some(Reason::Recorded),
            },
            // What AWS invents again when the other is replaced.
            (false, _) if has_unknown(desired) && replaced().is_some() => replaced().map(Reason::Replaced),
            (false, _) if has_unknown(desired) && among(self.renewed).is_some() => {
                among(self.renewed).map(Reason::Renewed)
            }
            (false, Some(Since::Same | Since::Unsaid)) if self.ignores(path) => None,
            (false, Some(Since::Same)) => Some(Reason::Drift),
            (false, _) => Some(Reason::File),
        }
    }

    /// Something that a property refers to and that was made after the resource was last set up.
    fn made_since(&self, path: &str) -> Option<Address> {
        let set_up = self.live.set_up?;
        referred(self.declared, path).into_iter().find(|one| self.made.get(one).is_some_and(|made| *made > set_up))
    }

    fn is_secret(&self, path: &str) -> bool {
        is_secret(self.stack, self.declared, &self.desired.spec, path)
    }

    fn ignores(&self, path: &str) -> bool {
        self.declared.ignore_drift.iter().any(|ignored| is_within(path, ignored))
    }

    fn tags(&self) -> Vec<PropertyChange> {
        let mut changes = Vec::new();
        for (key, desired_text) in &self.desired.tags {
            let path = format!("tags.{key}");
            let live = self.live.tags.get(key);
            let template = tag_template(self.stack, self.declared, key);
            let template_text = template.map(String::as_str).unwrap_or_default();
            let is_secret = template.is_some_and(|template| self.stack.is_secret(template));
            let template = template.cloned().map(Value::String);
            let rules = self.tag_rules(template.as_ref(), &path);
            let desired = Value::String(desired_text.clone());
            let live = live.cloned().map(Value::String);
            let reason = match self.applied.since(&path, &desired) {
                since if live.as_ref() == Some(&desired) => match since {
                    Since::Same if is_secret => Reason::Recorded,
                    Since::Same | Since::Unsaid => continue,
                    Since::New | Since::Changed => Reason::Recorded,
                },
                _ if is_unknown(desired_text) => self.not_known_any_more(template_text),
                Since::Same => Reason::Drift,
                _ => Reason::File,
            };
            let (before, after) = (live.map(|live| rules.live(&live)), Some(rules.desired(&desired)));
            let said = self.declared.tags.contains_key(key);
            changes.push(PropertyChange { path, before, after, reason, replaces: false, text: false, said });
        }
        for (key, live) in user_tags(&self.live.tags).filter(|(key, _)| !self.desired.tags.contains_key(*key)) {
            let path = format!("tags.{key}");
            if self.applied.has(&path) {
                let before = Some(self.tag_rules(None, &path).live(&Value::String(live.clone())));
                let reason = Reason::TakenOut;
                let (after, replaces, text, said) = (None, false, false, false);
                changes.push(PropertyChange { path, before, after, reason, replaces, text, said });
            }
        }
        changes
    }

    /// Why a value is unknown that this template had: because of what it refers to, or of the file.
    fn not_known_any_more(&self, template: &str) -> Reason {
        let referred = referred_in(template);
        let among = |all: &BTreeSet<Address>| referred.iter().find(|one| all.contains(*one)).cloned();
        let replaced = among(self.replaced).map(Reason::Replaced);
        replaced.or_else(|| among(self.renewed).map(Reason::Renewed)).unwrap_or(Reason::File)
    }

    fn tag_rules<'a>(&'a self, template: Option<&'a Value>, path: &str) -> Rules<'a> {
        let was_secret = self.recorded.hides(path);
        Rules { stack: self.stack, template, desired: None, sensitive: false, secret: false, was_secret }
    }
}

/// Whether a spec says something at a dotted path; a short form stands for all that is in it.
fn says(spec: &Value, path: &str) -> bool {
    let mut value = spec;
    path.split('.').all(|name| match value.get(name) {
        Some(inner) => {
            value = inner;
            true
        }
        None => !value.is_object(),
    })
}

/// The properties that make it a replacement; none: it can be changed in place.
pub fn because(
    declared: &ResourceConfig,
    desired: &Value,
    live: &Live<Value>,
    changes: &[PropertyChange],
) -> Vec<String> {
    let mut because: Vec<_> = changes.iter().filter(|change| change.replaces).map(|c| c.path.clone()).collect();
    let more = declared.kind.must_replace(&live.spec, desired);
    // Only what is a change anyway can force a replacement; drift that is ignored can't.
    let more = more.filter(|path| changes.iter().any(|change| is_within(&change.path, path)));
    because.extend(more.filter(|path| !because.contains(path)));
    because
}

/// The properties that are there once `changes` are made: without the tags, which no kind has in its spec.
pub fn becomes(live: &Live<Value>, planned: &Value, changes: &[PropertyChange]) -> Value {
    let mut becomes = live.spec.clone();
    let of_the_spec =
        |change: &&PropertyChange| !change.reason.is_about_ownership() && !change.path.starts_with("tags.");
    for path in changes.iter().filter(of_the_spec).map(|change| &change.path) {
        set(&mut becomes, path, at(planned, path).cloned());
    }
    becomes
}

/// The files that differ. A kind gives the live ones only where their hash differs.
pub fn text_changes(live: &BTreeMap<String, String>, desired: &BTreeMap<String, String>) -> Vec<TextChange> {
    let files: BTreeSet<_> = live.keys().chain(desired.keys()).collect();
    let text = |texts: &BTreeMap<String, String>, file: &String| texts.get(file).cloned().unwrap_or_default();
    files
        .into_iter()
        .map(|file| TextChange { file: file.clone(), before: text(live, file), after: text(desired, file) })
        .filter(|change| change.before != change.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::says;

    #[test]
    fn a_short_form_says_all_that_is_in_it() {
        let spec = json!({"root_volume": {"size_gib": 8}, "public_access_block": false, "image": "al2023"});
        for path in ["image", "root_volume.size_gib", "root_volume", "public_access_block.block_public_acls"] {
            assert!(says(&spec, path), "{path}");
        }
        for path in ["state", "root_volume.type", "metadata_options.http_tokens"] {
            assert!(!says(&spec, path), "{path}");
        }
    }
}
