//! What of a stack must not be shown: what is made of a secret variable, directly or through an attribute that gives
//! it away.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::reference::{has_reference, references};
use crate::model::value::{at, strings};
use crate::resource::Address;
use crate::resource::kind::Kind;

use super::{ResourceConfig, SHORTEST_SECRET, Stack};

/// The path of a tag among the properties on which an attribute may depend.
const TAG: &str = "tags.";

impl Stack {
    /// The values of secret variables, and the defaults in place of which they were given.
    pub fn secrets(&self) -> Vec<String> {
        let secret = self.vars.values().filter(|var| var.secret);
        let long = |text: &&String| text.chars().count() >= SHORTEST_SECRET;
        let all = secret.flat_map(|var| [&var.value].into_iter().chain(var.default.as_ref().filter(long)));
        all.cloned().collect()
    }

    /// Names that the file has for all to see: its own, those of resources and their kinds, of variables and outputs.
    pub fn public_names(&self) -> Vec<String> {
        let of_resource = |declared: &ResourceConfig| {
            let name = (!has_reference(&declared.name)).then(|| declared.name.clone());
            [declared.address.to_string(), declared.kind.name().to_owned()].into_iter().chain(name)
        };
        let names = self.resources.iter().flat_map(of_resource);
        let own = self.vars.keys().cloned().chain(self.outputs.iter().map(|(name, _)| name.clone()));
        names.chain(own).chain([self.name.clone()]).chain(self.region.clone()).collect()
    }

    /// Whether a template takes in a secret, so its value must not be shown.
    pub fn is_secret(&self, template: &str) -> bool {
        references(template).any(|inside| self.is_secret_reference(inside))
    }

    /// Whether `reference` is a secret variable, `var.token`, or gives one away: `object.etag`, the hash of a content in
    /// which there is one.
    pub fn is_secret_reference(&self, reference: &str) -> bool {
        match reference.split_once('.') {
            Some(("var", name)) => self.vars.get(name).is_some_and(|var| var.secret),
            Some((name, attribute)) if !self.secret_attributes.is_empty() => {
                self.secret_attributes.contains(&(Address::parse(name), attribute.to_owned()))
            }
            _ => false,
        }
    }

    /// See [`Stack::secret_attributes`].
    pub(super) fn find_secret_attributes(&mut self) {
        if !self.vars.values().any(|var| var.secret) {
            return;
        }
        // In this order, whatever a template refers to has been judged before it.
        let order: Vec<_> = self.in_order().into_iter().map(|declared| declared.address.clone()).collect();
        for address in order {
            let found = self.get(&address).map(|declared| self.secret_attributes_of(declared)).unwrap_or_default();
            self.secret_attributes.extend(found.into_iter().map(|attribute| (address.clone(), attribute)));
        }
    }

    fn secret_attributes_of(&self, declared: &ResourceConfig) -> BTreeSet<String> {
        let attributes = declared.kind.known_attributes().iter().map(|attribute| &*attribute.name);
        let is_secret = |path: &str| match path.strip_prefix(TAG) {
            Some(key) => declared.tags.get(key).or_else(|| self.tags.get(key)).is_some_and(|text| self.is_secret(text)),
            None => at(&declared.spec, path).is_some_and(|said: &Value| strings(said).any(|text| self.is_secret(text))),
        };
        let tells = |attribute: &&str| gives_away(&*declared.kind, attribute).into_iter().any(is_secret);
        attributes.filter(tells).map(str::to_owned).collect()
    }
}

/// The properties of `kind` from which AWS makes the attribute, so it is as secret as they are. A tag is
/// `tags.<key>`.
pub fn gives_away<'a>(kind: &'a dyn Kind, attribute: &'a str) -> BTreeSet<&'a str> {
    let derived = kind
        .derived()
        .iter()
        .filter(|one| one.attribute == attribute)
        .flat_map(|one| one.from.iter().map(|path| &**path));
    let tag = (attribute == "name" && kind.name_is_a_tag()).then_some("tags.Name");
    derived.chain(tag).chain([attribute]).collect()
}
