//! One resource of a stack file: its checks, and what becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value;

use crate::explain::Code;
use crate::model::reference::{Part, is_unknown, parts, resolve, unknown};
use crate::model::value::fitted;
use crate::resource::kind::Kind;
use crate::resource::schema::Property;
use crate::resource::{Address, Base, Registry, model_rules};
use crate::suggest;

use super::check::Subject;
use super::copies::{Copy, for_each_hint};
use super::diagnostics::{Diagnostic, ENOUGH, has_enough};
use super::links::{Link, Scope};
use super::node::{Content, Entry, Node, entries_to_json};
use super::values::{Values, tags_of};
use super::{OnDestroy, ResourceConfig, shape, twice, valid_subset, when};

/// A resource as the file has it.
pub struct Draft<'a> {
    /// Its key and value in `resources:`, for its copy.
    pub entry: &'a Entry,
    /// Its address.
    pub address: Address,
    /// See [`ResourceConfig::formerly`].
    formerly: &'a [Address],
    /// See [`ResourceConfig::is_named_by_address`].
    is_named_by_address: bool,
    /// Its kind, if `type:` names one.
    pub kind: Option<Arc<dyn Kind>>,
}

/// How a resource fits its schema.
pub struct Fit {
    /// Whether all of it does.
    whole: bool,
    /// The part of it that does, which its kind can judge.
    part: Node,
}

impl<'a> Draft<'a> {
    /// The resource, or the copy, of an entry of `resources:`.
    pub fn new(registry: &Registry, copy: &'a Copy<'a>) -> Self {
        let entry = &*copy.entry;
        let kind = entry.value.get("type").and_then(|entry| registry.find(entry.value.text()?).cloned());
        let Copy { formerly, is_named_by_address, .. } = copy;
        Self { entry, address: copy.address.clone(), formerly, is_named_by_address: *is_named_by_address, kind }
    }

    /// Its logical name, which all copies share.
    pub fn name(&self) -> &'a str {
        &self.entry.key
    }

    /// The name of its kind; empty if it has none.
    pub fn kind_name(&self) -> &str {
        self.kind.as_ref().map_or("", |kind| kind.name())
    }

    /// "`topic` (sns.topic)".
    pub fn title(&self) -> String {
        match &self.kind {
            Some(kind) => format!("`{}` ({})", self.address, kind.name()),
            None => format!("`{}`", self.address),
        }
    }

    /// Checks keys and types.
    pub fn check_shape(
        &self,
        registry: &Registry,
        subject: &Subject<'_>,
        validator: Option<&Validator>,
        values: &Values,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Fit> {
        if !matches!(self.entry.value.content, Content::Map(_)) {
            return None;
        }
        let before = diagnostics.len();
        self.check_type(registry, diagnostics);
        let instance = self.entry.value.to_json(&|text| values.resolve(text));
        if let Some(validator) = validator {
            diagnostics.extend(subject.diagnostics(validator, &instance).into_iter().map(|diagnostic| {
                let is_it = |entry: &&Entry| entry.value.place == diagnostic.range();
                let for_each = self.entry.value.get("for_each").filter(is_it);
                let for_each = for_each.and_then(|entry| for_each_hint(&entry.value, subject.text));
                let when = || when::type_hint(&self.entry.value.get("when").filter(is_it)?.value);
                match for_each.or_else(when) {
                    Some(hint) => diagnostic.help(hint),
                    None => diagnostic,
                }
            }));
        }
        if let Some(kind) = self.kind.as_deref() {
            let schema = kind.schema();
            read_only(&self.entry.value, schema.root(), diagnostics);
            twice::check(&self.entry.value, schema.root(), diagnostics);
            self.check_ignored(kind, diagnostics);
        }
        let wrong: Vec<_> = diagnostics[before..].iter().map(Diagnostic::range).collect();
        let part = valid_subset::part(&self.entry.value, &wrong);
        Some(Fit { whole: wrong.is_empty() && part == self.entry.value, part })
    }

    /// What the resource refers to, and what its `depends_on` names.
    pub fn links(&self, scope: &Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Link> {
        let mut links = Vec::new();
        for entry in self.entry.value.entries() {
            match entry.key.as_str() {
                "depends_on" => links.extend(self.depends_on(&entry.value, scope, diagnostics)),
                "type" | "for_each" | "when" | "on_destroy" | "ignore_drift" | "adopt" | "protect" => {}
                _ => links.extend(scope.links(&entry.value, diagnostics)),
            }
        }
        links
    }

    /// The kind's own rules, as far as the shape is right.
    pub fn check_rules(
        &self,
        subject: &Subject<'_>,
        fit: &Fit,
        base: &Base,
        values: &Values,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(kind) = self.kind.as_deref() else { return };
        let mut spec = spec(&fit.part, &|text| values.resolve(text));
        if !fit.whole {
            fill_in(&mut spec, kind);
        }
        if let Err(message) = kind.fits(&spec) {
            // The shape has said all there is to say, unless the schema and the type disagree.
            if fit.whole {
                let diagnostic =
                    Diagnostic::new(Code::WrongType, "", format!("it does not match {}: {message}", kind.name()));
                diagnostics.push(self.placed(subject, fit, diagnostic));
            }
            return;
        }
        let name = kind.identity(&self.resolved_name(values), &spec);
        let mut found = kind.check(&name, &spec, base);
        let stack = values.resolve("${stack.name}");
        if !is_unknown(&stack) {
            let was = self.formerly.last().filter(|was| self.is_named_by_address && **was != self.address);
            found.extend(kind.check_marked(&stack, &self.address, was, &spec));
        }
        let of_models = model_rules::check(kind.name(), &spec, &found);
        found.extend(of_models);
        if fit.whole {
            if !found.iter().any(Diagnostic::is_error) {
                found.extend(kind.canonical(&spec, base).err());
            }
        } else {
            // What is missing may be what was left out, so only what is there can be judged.
            let judged = |property: &str| match property {
                "name" => fit.part.get("name").is_some() || self.entry.value.get("name").is_none(),
                property => fit.part.get(property).is_some(),
            };
            found.retain(|diagnostic| diagnostic.path().split('.').next().is_some_and(judged));
        }
        found.sort_by_key(|diagnostic| !diagnostic.is_error());
        diagnostics.extend(found.into_iter().take(ENOUGH).map(|diagnostic| self.placed(subject, fit, diagnostic)));
    }

    /// A name is in every list of the account, and a plan shows that of what is there, also when the file no longer
    /// has the variable. `common` are the tags of the stack.
    pub fn check_identity(
        &self,
        common: Option<&Node>,
        is_secret: &dyn Fn(&str) -> bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(kind) = self.kind.as_deref() else { return };
        let node = &self.entry.value;
        // Only secrets are not known.
        let known = |text: &str| resolve(text, |inside| (!is_secret(inside)).then(|| "x".to_owned()));
        let holds_secret = |entry: &&Entry| entry.value.text().is_some_and(|text| is_unknown(&known(text)));
        let own_tags = node.get("tags").map(|tags| &tags.value);
        let tag = own_tags.into_iter().chain(common).find_map(|tags| tags.get("Name"));
        let tag = tag.filter(|_| kind.name_is_a_tag()).filter(holds_secret);
        let name = known(self.own_name().unwrap_or_default());
        if tag.is_none() && !is_unknown(&name) && !is_unknown(&kind.identity(&name, &spec(node, &known))) {
            return;
        }
        let secret = |entry: &&Entry| {
            let is_property = !shape::is_common(&entry.key) || entry.key == "name";
            is_property && holds_secret(entry)
        };
        // Besides the name, it can be what a kind has instead of one: an object's key.
        let name = node.get("name").filter(secret).or(tag);
        let place =
            name.or_else(|| node.entries().iter().find(secret)).map_or(&self.entry.key_place, |e| &e.value.place);
        let message = format!("the name of {} would contain a secret, and names are visible to others", self.title());
        diagnostics.push(
            Diagnostic::new(Code::SecretName, place.clone(), message)
                .help("use a variable that is not secret, or write the name itself"),
        );
    }

    /// The resource for the engine, `None` if it lacks a kind.
    pub fn declare(&self, stack: &str, depends_on: BTreeSet<Address>, line: usize) -> Option<ResourceConfig> {
        let node = &self.entry.value;
        let is_true = |key: &str| node.get(key).is_some_and(|entry| entry.value.content == Content::Bool(true));
        let on_destroy = node.get("on_destroy").and_then(|entry| match entry.value.text()? {
            "delete" => Some(OnDestroy::Delete),
            "retain" => Some(OnDestroy::Retain),
            _ => None,
        });
        let ignored = node.get("ignore_drift").map(|entry| entry.value.items()).unwrap_or_default();
        Some(ResourceConfig {
            address: self.address.clone(),
            formerly: self.formerly.to_vec(),
            is_named_by_address: self.is_named_by_address,
            kind: self.kind.clone()?,
            name: self.own_name().map_or_else(|| self.default_name(stack), str::to_owned),
            spec: fitted(spec(node, &str::to_owned)).into(),
            tags: node.get("tags").map(|entry| tags_of(&entry.value)).unwrap_or_default(),
            depends_on,
            adopt: is_true("adopt"),
            on_destroy,
            protect: is_true("protect"),
            ignore_drift: ignored.iter().filter_map(|item| item.text().map(str::to_owned)).collect(),
            line,
        })
    }

    fn own_name(&self) -> Option<&str> {
        self.entry.value.get("name")?.value.text()
    }

    fn default_name(&self, stack: &str) -> String {
        // What was made under another address goes on being called so: AWS renames almost nothing.
        let first = self.formerly.last().unwrap_or(&self.address);
        let name = first.name.replace('_', "-");
        match &first.key {
            Some(key) => format!("{stack}-{name}-{key}"),
            None => format!("{stack}-{name}"),
        }
    }

    /// The name as the file has it, where it refers to nothing but the account and the region.
    pub fn name_but_for_the_place(&self) -> Option<String> {
        let text = self.entry.value.get("name")?.value.text()?;
        let is_of_all = |part: &Part<'_>| match part {
            Part::Text(_) => true,
            Part::Reference(inside, _) => inside.starts_with("aws."),
            Part::Unclosed(_) => false,
        };
        parts(text).iter().all(is_of_all).then(|| text.to_owned())
    }

    pub fn resolved_name(&self, values: &Values) -> String {
        let default = || self.default_name("${stack.name}");
        values.resolve(&self.own_name().map_or_else(default, str::to_owned))
    }

    fn check_type(&self, registry: &Registry, diagnostics: &mut Vec<Diagnostic>) {
        let kinds = || registry.all().map(|kind| kind.name());
        let Some(entry) = self.entry.value.get("type") else {
            let hint = format!("add `type: …`, one of: {}", suggest::list(&kinds().collect::<Vec<_>>()));
            diagnostics.push(
                Diagnostic::new(
                    Code::MissingKey,
                    self.entry.key_place.clone(),
                    format!("`{}` has no `type`", self.name()),
                )
                .help(hint),
            );
            return;
        };
        if let (Some(word), None) = (entry.value.text(), &self.kind) {
            let all = suggest::list(&kinds().collect::<Vec<_>>());
            let close = suggest::closest(word, kinds());
            let did_you_mean = close.map(|close| format!("did you mean `{close}`? ")).unwrap_or_default();
            let message = format!("there is no resource type `{word}`");
            diagnostics.push(
                Diagnostic::new(Code::UnknownKind, entry.value.place.clone(), message)
                    .help(format!("{did_you_mean}the types are: {all}")),
            );
        }
    }

    fn check_ignored(&self, kind: &dyn Kind, diagnostics: &mut Vec<Diagnostic>) {
        let items = self.entry.value.get("ignore_drift").map(|entry| entry.value.items()).unwrap_or_default();
        for item in items {
            if has_enough(diagnostics) {
                break;
            }
            let Some(path) = item.text() else { continue };
            if kind.schema().at(path).is_none() {
                let leaves = kind.schema().leaves();
                let hint = suggest::hint(path, leaves.iter().map(String::as_str), "properties are");
                let message = format!("{} has no property `{path}` to ignore", kind.name());
                diagnostics.push(Diagnostic::new(Code::UnknownKey, item.place.clone(), message).help(hint));
            }
        }
    }

    fn depends_on(&self, list: &Node, scope: &Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Link> {
        let mut links = Vec::new();
        for item in list.items() {
            if has_enough(diagnostics) {
                break;
            }
            let Some(name) = item.text() else { continue };
            let address = Address::parse(name);
            if scope.copies.is_unknown(&address.name) {
                continue;
            }
            if scope.resources.contains_key(&*address.name) && scope.copies.has(&address) {
                links.push(Link { to: address, place: item.place.clone() });
                continue;
            }
            let bare = name.trim_start_matches("${").trim_end_matches('}').split('.').next().unwrap_or_default();
            let hint = match scope.resources.contains_key(bare) {
                true => format!("write only the logical name: `{bare}`"),
                false => suggest::name_hint(name, scope.resources.keys().copied(), "resources are"),
            };
            diagnostics.push(
                Diagnostic::new(Code::UnknownResource, item.place.clone(), format!("there is no resource `{name}`"))
                    .help(hint),
            );
        }
        links
    }

    /// What the kind says of a property, at the property's place in the file, and never without help.
    fn placed(&self, subject: &Subject<'_>, fit: &Fit, mut diagnostic: Diagnostic) -> Diagnostic {
        let node = &self.entry.value;
        let spot = fit.part.follow_dotted(&self.entry.key_place, diagnostic.path());
        let path: Vec<_> = diagnostic.path().split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        let no_name = diagnostic.path() == "name" && node.get("name").is_none();
        let help = diagnostic.help.take().unwrap_or_else(|| match (no_name, subject.nearest_description(&path)) {
            (true, _) => "give it a unique `name:`".to_owned(),
            (false, Some((name, description))) => format!("`{name}`: {description}"),
            (false, None) => match &self.kind {
                Some(kind) => format!("docs/reference lists the properties of {}, with examples", kind.name()),
                None => "docs/reference lists the types and their properties".to_owned(),
            },
        });
        let place = match diagnostic.is_key() {
            _ if path.is_empty() || no_name => self.entry.key_place.clone(),
            true => spot.key,
            false => spot.place,
        };
        diagnostic.at(place).help(help)
    }
}

/// Puts texts that are not known yet where a resource lacks what it needs, so that the rest of it can be judged.
fn fill_in(spec: &mut Value, kind: &dyn Kind) {
    let schema = kind.schema();
    let required = schema.json().get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let may_be_text = schema.at(name).is_some_and(|property| match property.json().get("type") {
            Some(kind) => kind == "string",
            // A policy, which is whatever IAM makes of it.
            None => true,
        });
        if may_be_text && spec.get(name).is_none() {
            spec[name] = unknown().into();
        }
    }
}

/// Complains of properties that the kind computes itself.
fn read_only(node: &Node, property: Property<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for entry in node.entries() {
        match property.property(&entry.key) {
            Some(inner) if inner.has("readOnly") => {
                let message = format!("`{}` is computed and cannot be set", entry.key);
                diagnostics
                    .push(Diagnostic::new(Code::ReadOnly, entry.key_place.clone(), message).help("remove the line"));
            }
            Some(inner) => read_only(&entry.value, inner, diagnostics),
            None => {}
        }
    }
    if let Some(items) = property.items() {
        node.items().iter().for_each(|item| read_only(item, items, diagnostics));
    }
}

/// The properties of the kind in a resource.
pub fn spec(resource: &Node, text: &impl Fn(&str) -> String) -> Value {
    entries_to_json(resource.entries().iter().filter(|entry| !shape::is_common(&entry.key)), text)
}

#[cfg(test)]
mod tests {
    use crate::testing::try_stack;

    #[test]
    fn groups_of_different_networks_may_have_one_name() {
        let clash = |a: &str, b: &str| {
            let group = |vpc: &str| format!("{{ type: ec2.security_group, name: web, description: web{vpc} }}");
            let text = format!(
                "vars: {{ net: vpc-11111111, other: vpc-22222222 }}\nresources: {{ a: {}, b: {} }}",
                group(a),
                group(b)
            );
            try_stack(&text).is_err()
        };
        let vpc = |id: &str| format!(", vpc_id: {id}");
        assert!(!clash(&vpc("vpc-11111111"), &vpc("vpc-22222222")));
        assert!(!clash("", &vpc("vpc-22222222")), "it is not known which one is the default");
        assert!(!clash(&vpc("\"${var.net}\""), &vpc("\"${var.other}\"")));
        assert!(
            clash("", "")
                && clash(&vpc("vpc-11111111"), &vpc("vpc-11111111"))
                && clash(&vpc("\"${var.net}\""), &vpc("vpc-11111111"))
        );
    }
}
