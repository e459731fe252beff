//! A part of a stack file against its JSON Schema, with answers for people.

#[cfg(test)]
mod tests;

use std::ops::Range;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{Draft, JsonType, ValidationError, Validator};
use serde_json::Value;

use crate::explain::Code;
use crate::resource::is_unknown;
use crate::suggest;

use super::diagnostics::{Diagnostic, ENOUGH};
use super::node::{Content, Node, Spot};
use super::{numbers, type_errors};

/// What judges data by `schema`, one of cloud101's own. Those have only keywords that mean the same in 2020-12 and in draft
/// 7, whose own schema, by which every other is judged first, is one small document and not eight: at the start of a short
/// command that takes as long as anything else.
pub fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(false).build(schema).ok()
}

/// What is checked, and how to speak of it.
pub struct Subject<'a> {
    /// The text of the file.
    pub text: &'a str,
    /// The data.
    pub node: &'a Node,
    /// The key that it is the value of.
    pub key: Range<usize>,
    /// What it is called: "`topic` (sns.topic)".
    pub title: String,
    /// Its schema.
    pub schema: &'a Value,
}

impl Subject<'_> {
    /// Everything in which `instance`, the data with its references resolved as far as they are known, does not fit
    /// the schema that `validator` was made of.
    pub fn diagnostics(&self, validator: &Validator, instance: &Value) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for error in validator.iter_errors(instance) {
            if diagnostics.len() > ENOUGH {
                break;
            }
            self.explain(&error, &mut diagnostics);
        }
        numbers::check(self.text, self.node, &self.key, &self.title, self.schema, &mut diagnostics);
        diagnostics
    }

    /// The name and the description of the property at a path of keys and indexes, or of the nearest around it that
    /// has one. An element of a list has that of the list.
    pub fn nearest_description<'p>(&self, path: &'p [String]) -> Option<(&'p str, String)> {
        (1..=path.len()).rev().find_map(|length| {
            let name = path[length - 1].as_str();
            let is_index = name.bytes().all(|b| b.is_ascii_digit());
            Some((name, self.description(&path[..length]).filter(|_| !is_index)?))
        })
    }

    /// What the schema says of the property at a path of keys and indexes.
    pub fn description(&self, path: &[String]) -> Option<String> {
        let schema = path.iter().try_fold(self.schema, |schema, step| {
            let named = schema.get("properties").and_then(|properties| properties.get(step));
            named.or_else(|| schema.get("items")).or_else(|| schema.get("additionalProperties"))
        })?;
        schema.get("description").and_then(numbers::first_sentence)
    }

    fn explain(&self, error: &ValidationError<'_>, diagnostics: &mut Vec<Diagnostic>) {
        let path: Vec<String> = error.instance_path().segments().map(|step| step.to_string()).collect();
        let spot = self.node.follow(&self.key, &path);
        // What is broken has been reported with its reason; it fits nothing.
        if spot.node.is_none_or(|node| node.content == Content::Broken) {
            return;
        }
        let schema = self.schema_at(error);
        let called = self.called(&path);
        let unknown = error.instance().as_str().is_some_and(is_unknown);
        let place = spot.place.clone();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                diagnostics.extend(
                    unexpected.iter().take(ENOUGH).filter_map(|name| self.unexpected(name, &path, &spot, schema)),
                );
            }
            Kind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                if spot.node.is_some_and(|node| misspelt(node, property, schema)) {
                    return;
                }
                let place = if path.is_empty() { self.key.clone() } else { place };
                let said = schema.and_then(|schema| schema.pointer(&format!("/properties/{property}/description")));
                let said = said.and_then(numbers::first_sentence).unwrap_or_default();
                let hint = format!("add `{property}: …`. {said}");
                diagnostics.push(
                    Diagnostic::new(Code::MissingKey, place, format!("{called} needs `{property}`"))
                        .help(hint.trim_end()),
                );
            }
            Kind::Type { kind } => diagnostics.extend(self.type_error(&called, &path, &spot, &types(kind))),
            // The wrong type is reported by itself.
            Kind::Enum { .. } if schema.is_some_and(|s| s.get("type").is_some()) && !error.instance().is_string() => {}
            Kind::Enum { options } => {
                let options: Vec<_> = options.as_array().into_iter().flatten().map(word).collect();
                diagnostics.push(self.not_a_choice(&called, &spot, &options, unknown));
            }
            Kind::Constant { expected_value } => {
                diagnostics.push(self.not_a_choice(&called, &spot, &[word(expected_value)], unknown));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.no_branch(&called, &path, &spot, context, unknown, diagnostics);
            }
            Kind::Minimum { .. }
            | Kind::Maximum { .. }
            | Kind::ExclusiveMinimum { .. }
            | Kind::ExclusiveMaximum { .. } => {
                diagnostics.push(numbers::out_of_range(&called, place, schema));
            }
            Kind::Pattern { .. } | Kind::Format { .. } | Kind::MinLength { .. } | Kind::MaxLength { .. } if unknown => {
            }
            other => {
                let code = match other {
                    Kind::MinItems { .. } | Kind::MaxItems { .. } | Kind::MinLength { .. } | Kind::MaxLength { .. } => {
                        Code::OutOfRange
                    }
                    _ => Code::WrongType,
                };
                let wrong = match other {
                    Kind::MinItems { limit } => format!("must have at least {limit} elements"),
                    Kind::MaxItems { limit } => format!("can have at most {limit} elements"),
                    Kind::MinLength { limit } => format!("must have at least {limit} characters"),
                    Kind::MaxLength { limit } => format!("can have at most {limit} characters"),
                    Kind::UniqueItems => "has a duplicate element".to_owned(),
                    Kind::Pattern { pattern } => format!("must have the form `{pattern}`"),
                    _ => "does not match".to_owned(),
                };
                let said = self.description(&path).map(|said| format!("{called}: {said}"));
                let hint = said.unwrap_or_else(|| format!("choose another value for {called}"));
                diagnostics.push(Diagnostic::new(code, place, format!("{called} {wrong}")).help(hint));
            }
        }
    }

    fn unexpected(&self, name: &str, path: &[String], spot: &Spot<'_>, schema: Option<&Value>) -> Option<Diagnostic> {
        let entry = spot.node?.get(name)?;
        let properties = schema.and_then(|schema| schema.get("properties")?.as_object());
        let mut known: Vec<&str> = properties
            .into_iter()
            .flatten()
            .filter(|(_, schema)| schema.get("readOnly") != Some(&Value::Bool(true)))
            .map(|(name, _)| name.as_str())
            .collect();
        known.sort_by_key(|name| super::shape::is_common(name));
        let called = self.called(path);
        let close = suggest::closest(name, known.iter().copied());
        let inside = schema.and_then(|schema| owner_of(schema, name));
        let hint = match (close, inside) {
            // Common keys that a kind may lack.
            _ if name == "tags" => format!("remove it: AWS does not support tags on {called}"),
            _ if name == "name" => format!(
                "remove it: {called} gets its name in AWS from other \
                properties"
            ),
            _ if super::shape::is_common(name) => {
                format!("remove it: `{name}` is about a whole resource, and stands beside its `type:`")
            }
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, Some(owner)) => format!("write it inside `{owner}:`"),
            (None, None) => format!("{called} supports: {}", suggest::list(&known)),
        };
        Some(
            Diagnostic::new(Code::UnknownKey, entry.key_place.clone(), format!("{called} has no property `{name}`"))
                .help(hint),
        )
    }

    fn not_a_choice(&self, called: &str, spot: &Spot<'_>, options: &[String], unknown: bool) -> Diagnostic {
        let place = spot.place.clone();
        if unknown {
            let message = format!("{called} can't be a reference: it must be one of a fixed set of words");
            return Diagnostic::new(Code::NoReferenceHere, place, message)
                .help(format!("one of: {}", suggest::list(options)));
        }
        let shown = match spot.node.map(|node| &node.content) {
            Some(Content::Text(text)) => format!("`{text}`"),
            Some(Content::Bool(_) | Content::Number(_)) => format!("`{}`", &self.text[place.clone()]),
            _ => "this".to_owned(),
        };
        let word = shown.trim_matches('`');
        let close = suggest::closest(word, options.iter().map(String::as_str));
        let close = close.map(|close| format!("did you mean `{close}`? ")).unwrap_or_default();
        let hint = format!("{close}{called} is one of: {}", suggest::list(options));
        Diagnostic::new(Code::NotAChoice, place, format!("{called} can't be {shown}")).help(hint)
    }

    /// The value fits none of several forms: explains why it does not match the one it most resembles.
    fn no_branch(
        &self,
        called: &str,
        path: &[String],
        spot: &Spot<'_>,
        branches: &[Vec<ValidationError<'static>>],
        unknown: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let here = |error: &ValidationError<'_>| error.instance_path().segments().count() == path.len();
        let mut options = Vec::new();
        let mut expected = Vec::new();
        let mut candidates = Vec::new();
        for errors in branches {
            let mut fits = true;
            for error in errors.iter().filter(|error| here(error)) {
                match error.kind() {
                    Kind::Constant { expected_value } => options.push(word(expected_value)),
                    Kind::Enum { options: words } => options.extend(words.as_array().into_iter().flatten().map(word)),
                    Kind::Type { kind } => expected.extend(types(kind)),
                    _ => continue,
                }
                fits = false;
            }
            if fits {
                candidates.push(errors);
            }
        }
        // A wrong constant inside (`kind: x`) says that another form is meant.
        let constants = |errors: &&Vec<ValidationError<'_>>| {
            errors.iter().filter(|error| matches!(error.kind(), Kind::Constant { .. })).count()
        };
        if let Some(best) = candidates.into_iter().min_by_key(|errors| (constants(errors), errors.len())) {
            best.iter().for_each(|error| self.explain(error, diagnostics));
        } else if !options.is_empty() && spot.node.is_some_and(|node| node.text().is_some()) {
            diagnostics.push(self.not_a_choice(called, spot, &options, unknown));
        } else {
            if !options.is_empty() {
                expected.push(JsonType::String);
            }
            expected.sort_by_key(|t| *t as u8);
            expected.dedup();
            diagnostics.extend(self.type_error(called, path, spot, &expected));
        }
    }

    /// What is wrong with a value that has none of the `expected` types.
    fn type_error(&self, called: &str, path: &[String], spot: &Spot<'_>, expected: &[JsonType]) -> Option<Diagnostic> {
        let diagnostic = type_errors::diagnostic(self.text, called, spot, expected)?;
        Some(match self.several(path, spot).filter(|_| !expected.contains(&JsonType::Array)) {
            Some(hint) => diagnostic.help(hint),
            None => diagnostic,
        })
    }

    /// What to write in place of several values where there can be one: `port: [22, 80]`, `port: 8000-8010`.
    fn several(&self, path: &[String], spot: &Spot<'_>) -> Option<String> {
        let (name, above) = path.split_last()?;
        let plural = format!("{name}s");
        let about = self.description(&[above, std::slice::from_ref(&plural)].concat());
        match &spot.node?.content {
            Content::Text(text) if type_errors::is_range(text) => about.map(|_| format!("write `{plural}: {text}`")),
            Content::List(items) if items.len() > 1 => {
                let [.., list, index] = above else { return None };
                index.parse::<usize>().ok()?;
                let about = about.map(|about| format!(", or use `{plural}`: {about}")).unwrap_or_default();
                Some(format!("write an element of `{list}` for each{about}"))
            }
            _ => None,
        }
    }

    /// The schema that holds the keyword which failed.
    fn schema_at(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let pointer = error.schema_path().as_str();
        self.schema.pointer(pointer.rsplit_once('/').map_or("", |(parent, _)| parent))
    }

    /// What to call the value at a path.
    fn called(&self, path: &[String]) -> String {
        let is_index = |step: &&String| step.bytes().all(|b| b.is_ascii_digit());
        match (path.last(), path.iter().rfind(|step| !is_index(step))) {
            (Some(last), Some(name)) if is_index(&last) => format!("an element of `{name}`"),
            (Some(_), Some(name)) => format!("`{name}`"),
            _ => self.title.clone(),
        }
    }
}

/// The properties inside a schema's properties that are called `name`: gives the one they are in.
fn owner_of<'a>(schema: &'a Value, name: &str) -> Option<&'a str> {
    let properties = schema.get("properties")?.as_object()?;
    let has = |schema: &Value| schema.get("properties").is_some_and(|inner| inner.get(name).is_some());
    let owner = properties.iter().find(|(_, inner)| has(inner) || inner.get("items").is_some_and(has));
    owner.map(|(owner, _)| owner.as_str())
}

/// Whether a key of `node` was meant for `property`, and has been reported with it.
fn misspelt(node: &Node, property: &str, schema: Option<&Value>) -> bool {
    let Some(known) = schema.and_then(|schema| schema.get("properties")?.as_object()) else { return false };
    let mut unknown = node.entries().iter().filter(|entry| !known.contains_key(&entry.key));
    unknown.any(|entry| suggest::closest(&entry.key, known.keys().map(String::as_str)) == Some(property))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn types(kind: &TypeKind) -> Vec<JsonType> {
    match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(set) => set.iter().filter(|t| *t != JsonType::Null).collect(),
    }
}
