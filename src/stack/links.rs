//! References: whether each leads somewhere, and which resource waits for which.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::explain::Code;
use crate::model::reference::{Part, parts};
use crate::resource::Address;
use crate::resource::kind::Kind;
use crate::suggest;

use super::copies::Copies;
use super::diagnostics::{Diagnostic, has_enough};
use super::node::Node;

/// What `${aws.…}` can be.
pub const AWS: [&str; 3] = ["account_id", "partition", "region"];
/// First words of references that are not resources, and so can't be logical names.
pub const RESERVED: [&str; 5] = ["aws", "each", "self", "stack", "var"];

/// What a reference can lead to.
pub struct Scope<'a> {
    /// The text of the file.
    pub text: &'a str,
    /// The resources; without a kind where the file gives none that exists.
    pub resources: BTreeMap<&'a str, Option<&'a dyn Kind>>,
    /// Those of them that have copies.
    pub copies: &'a Copies<'a>,
    /// The variables.
    pub vars: BTreeSet<&'a str>,
}

/// A resource that something refers to, and where.
#[derive(Debug, Clone)]
pub struct Link {
    /// The resource.
    pub to: Address,
    /// The reference.
    pub place: Range<usize>,
}

/// What a reference leads to.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Resource(Address),
    /// A variable or something known without asking.
    Value,
}

/// What is wrong with a reference, and what to do.
type Wrong = (Code, String, String);

impl<'a> Scope<'a> {
    /// Checks all texts and keys in `node`. Gives the resources that it refers to.
    pub fn links(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Link> {
        let mut links = Vec::new();
        node.each_text(&mut |node, text| self.text_links(node, text, &mut links, diagnostics));
        node.each_key(&mut |entry| {
            if parts(&entry.key).iter().any(|part| !matches!(part, Part::Text(_))) {
                let hint = "references work in values only; write the key itself";
                diagnostics.push(
                    Diagnostic::new(Code::NoReferenceHere, entry.key_place.clone(), "a key can't contain a reference")
                        .help(hint),
                );
            }
        });
        links
    }

    /// The same for what belongs to no resource and is known before any is made.
    pub fn no_resources(&self, node: &Node, what: &str, diagnostics: &mut Vec<Diagnostic>) {
        for link in self.links(node, diagnostics) {
            let message = format!("{what} can't refer to a resource, here `{}`", link.to);
            diagnostics.push(
                Diagnostic::new(Code::NoReferenceHere, link.place, message).help("use a variable: `${var.name}`"),
            );
        }
    }

    fn text_links(&self, node: &Node, text: &str, links: &mut Vec<Link>, diagnostics: &mut Vec<Diagnostic>) {
        let mut from = node.span.start;
        for part in parts(text) {
            if has_enough(diagnostics) {
                return;
            }
            match part {
                Part::Text(_) => {}
                Part::Unclosed(_) => {
                    let place = self.find("${", node, &mut from);
                    let hint = "write `${name.attribute}`, or `$${` for a literal `${`";
                    diagnostics.push(Diagnostic::new(Code::BadReference, place, "this `${` has no `}`").help(hint));
                }
                Part::Reference(inside, _) => {
                    let place = self.find(&format!("${{{inside}}}"), node, &mut from);
                    match self.target(inside, &node.span) {
                        Ok(Target::Resource(to)) => links.push(Link { to, place }),
                        Ok(Target::Value) => {}
                        Err((code, message, hint)) => {
                            diagnostics.push(Diagnostic::new(code, place, message).help(hint))
                        }
                    }
                }
            }
        }
    }

    /// Where `literal` stands in the node's text, from `from` on; where it was written with escapes, all of the node.
    fn find(&self, literal: &str, node: &Node, from: &mut usize) -> Range<usize> {
        let rest = self.text.get(*from..node.span.end).unwrap_or_default();
        match rest.find(literal) {
            Some(at) => {
                let start = *from + at;
                *from = start + literal.len();
                start..*from
            }
            None => node.place.clone(),
        }
    }

    /// `place`: that of the text which refers to it.
    fn target(&self, inside: &str, place: &Range<usize>) -> Result<Target, Wrong> {
        let literal = format!("for the literal text, write `$${{{inside}}}`");
        if inside.trim() != inside {
            return Err((
                Code::BadReference,
                format!("`${{{inside}}}` has spaces in it"),
                format!("write `${{{}}}`", inside.trim()),
            ));
        }
        if inside.contains(':') {
            let hint = format!("{literal}; IAM's policy variables need that");
            return Err((Code::BadReference, format!("`${{{inside}}}` is not a valid reference"), hint));
        }
        let Some((first, rest)) = inside.split_once('.') else {
            return Err(self.without_dot(inside, literal));
        };
        match first {
            "var" if self.vars.contains(rest) => Ok(Target::Value),
            "var" => Err((
                Code::UnknownVariable,
                format!("there is no variable `{rest}`"),
                match suggest::closest(rest, self.vars.iter().copied()) {
                    Some(close) => format!("did you mean `${{var.{close}}}`?"),
                    None => format!("declare it: add `{rest}: …` under `vars:`"),
                },
            )),
            "aws" if AWS.contains(&rest) => Ok(Target::Value),
            "aws" => Err((
                Code::UnknownWord,
                format!("there is no `aws.{rest}`"),
                match suggest::closest(rest, AWS) {
                    Some(close) => format!("did you mean `${{aws.{close}}}`?"),
                    None => format!("the attributes of `aws` are: {}", suggest::list(&AWS)),
                },
            )),
            "stack" if rest == "name" => Ok(Target::Value),
            "stack" => {
                Err((Code::UnknownWord, format!("there is no `stack.{rest}`"), "there is `${stack.name}`".to_owned()))
            }
            "each" if self.copies.is_of_unknown(place) => Ok(Target::Value),
            "each" => Err((
                Code::UnknownWord,
                "there is no `each` here".to_owned(),
                "`${each.…}` works in a resource with `for_each`, and in `handout`".to_owned(),
            )),
            "self" => Err((
                Code::UnknownWord,
                "there is no `self`".to_owned(),
                "a resource can't refer to itself; write the value".to_owned(),
            )),
            "local" | "vars" | "variables" => Err((
                Code::UnknownWord,
                format!("there is no `{first}`"),
                format!("variables are declared in `vars:` and written `${{var.{rest}}}`"),
            )),
            _ => self.resource(first, rest, literal),
        }
    }

    fn resource(&self, first: &str, rest: &str, literal: String) -> Result<Target, Wrong> {
        let names = || self.resources.keys().copied();
        let address = Address::parse(first);
        if self.copies.is_unknown(&address.name) {
            return Ok(Target::Value);
        }
        if let (Some(key), true) = (&address.key, self.resources.contains_key(&*address.name)) {
            self.has_copy(&address, key, rest)?;
        }
        if let (None, Some(mut keys)) = (&address.key, self.copies.keys(first)) {
            let one = Address::copy(first, keys.next().unwrap_or("KEY"));
            return Err((
                Code::UnknownResource,
                format!("`{first}` has several copies, and `${{{first}.{rest}}}` does not say which"),
                format!("write `${{{one}.{rest}}}` for one, or `${{{first}[*].{rest}}}` for all of them"),
            ));
        }
        let Some(kind) = self.resources.get(&*address.name) else {
            // `aws_s3_bucket.notes.arn`, as Terraform has it.
            if let Some((name, attribute)) = rest.split_once('.')
                && self.resources.contains_key(name)
            {
                let hint = format!("write `${{{name}.{attribute}}}`: the logical name and the attribute");
                return Err((Code::UnknownResource, format!("there is no resource `{first}`"), hint));
            }
            if !first.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                return Err((Code::BadReference, format!("`${{{first}.{rest}}}` is not a valid reference"), literal));
            }
            return Err((
                Code::UnknownResource,
                format!("there is no resource `{first}`"),
                suggest::name_hint(first, names(), "resources are"),
            ));
        };
        let Some(kind) = kind else {
            return Ok(Target::Resource(address));
        };
        let attributes = kind.known_attributes().iter().map(|attribute| &*attribute.name);
        if attributes.clone().any(|attribute| attribute == rest) {
            return Ok(Target::Resource(address));
        }
        Err((
            Code::UnknownAttribute,
            format!("`{}` has no attribute `{rest}`", address.name),
            suggest::hint(rest, attributes, &format!("the attributes of {} are", kind.name())),
        ))
    }

    /// Whether there is such a copy of a resource of the file.
    fn has_copy(&self, address: &Address, key: &str, rest: &str) -> Result<(), Wrong> {
        if self.copies.has(address) {
            return Ok(());
        }
        let name = &address.name;
        Err(match self.copies.keys(name) {
            Some(_) if self.copies.leaves_out(address) => (
                Code::UnknownResource,
                format!("there is no copy of `{name}` for `{key}`: its `when:` leaves `{key}` out"),
                format!("give this the same `when:`, or refer to `${{{name}[*].{rest}}}`"),
            ),
            Some(keys) => (
                Code::UnknownResource,
                format!("there is no copy of `{name}` for `{key}`"),
                suggest::name_hint(key, keys, "its roster has"),
            ),
            None => (
                Code::UnknownResource,
                format!("there is no `{address}`: `{name}` has no copies"),
                format!("write `${{{name}.{rest}}}`, or give `{name}` a `for_each`"),
            ),
        })
    }

    fn without_dot(&self, inside: &str, literal: String) -> Wrong {
        if let Some(kind) = self.resources.get(inside) {
            let attributes = kind.map_or(&[][..], |kind| kind.known_attributes());
            let ways: Vec<_> = attributes.iter().map(|a| format!("${{{inside}.{}}}", a.name)).collect();
            let message = format!("`${{{inside}}}` does not name an attribute of `{inside}`");
            let hint = if ways.is_empty() {
                "write `${name.attribute}`".to_owned()
            } else {
                format!("write one of: {}", suggest::list(&ways))
            };
            return (Code::BadReference, message, hint);
        }
        if self.vars.contains(inside) {
            return (
                Code::BadReference,
                format!("`${{{inside}}}` is not a valid reference"),
                format!("variables are written `${{var.{inside}}}`"),
            );
        }
        let hint = format!("write `${{name.attribute}}`; {literal}");
        (Code::BadReference, format!("`${{{inside}}}` is not a valid reference"), hint)
    }
}
