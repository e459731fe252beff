//! From live resources to a stack file that a person can go on with: pasted or applied, it changes nothing.
//!
//! [`describe`] finds the least that has to be said of a resource, [`yaml`] writes it. Values that may be secret become
//! variables, and what no property can contain is written to files next to the stack.

pub mod describe;
mod marked;
mod names;
mod settle;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::aws::ownership::{Ownership, is_ownership_tag};
use crate::aws::{Context, Result};
use crate::model::ordinary::may_be_secret;
use crate::resource::kind::Kind;
use crate::resource::lookup::{Content, INLINE};
use crate::resource::{Base, Live, Registry};
use crate::stack::SHORTEST_SECRET;

use marked::Marked;
use names::Names;

/// A live resource with all that is to be written of it.
pub struct Found {
    /// Its kind.
    pub kind: Arc<dyn Kind>,
    /// What it is.
    pub live: Live<Value>,
    /// What is in it.
    pub content: Option<Content>,
}

impl Found {
    /// Its owner, by its ownership tags.
    pub fn ownership(&self) -> Option<Ownership> {
        Ownership::read(&self.live.tags)
    }
}

/// A file that a stack names, and that is not at hand.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub file: String,
    /// The command that fetches it, up to the file's name; may be empty.
    pub command: Vec<String>,
}

/// A stack file, and what belongs to it.
pub struct Imported {
    /// The stack file.
    pub yaml: String,
    /// Files beside it, by name.
    pub files: Vec<(String, Vec<u8>)>,
    /// Files that the stack file names and that were not fetched.
    pub missing: Vec<Missing>,
    /// The values that the stack file leaves to variables, by the variable's name.
    pub values: BTreeMap<String, String>,
    /// The resources, by logical name: their kind and id.
    pub resources: Vec<(String, String, String)>,
    /// What no stack can say, and why; in the file it is a comment.
    pub left_out: Vec<LeftOut>,
}

/// What a stack file can't say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The resource's logical name.
    pub address: String,
    /// The property; `None`: the whole resource.
    pub property: Option<String>,
    /// Why, as in the message for a stack that contains it.
    pub why: String,
}

/// One resource as it is to be written.
struct Draft {
    logical: String,
    kind: Arc<dyn Kind>,
    id: String,
    /// The lines of the comment above it.
    about: Vec<String>,
    /// Its keys and values.
    said: Map<String, Value>,
}

/// The resource of a kind that AWS knows by `id`, without what is in it; `None` if there is none.
pub async fn find(cx: &Context, kind: &Arc<dyn Kind>, id: &str) -> Result<Option<Found>> {
    Ok(kind.find(cx, id, None).await?.map(|live| Found { kind: kind.clone(), live, content: None }))
}

/// The same with what is in it; `files` says whether there is a place for files.
pub async fn fill(cx: &Context, found: Found, files: bool) -> Result<Found> {
    let content = found.kind.content(cx, &found.live, files).await?;
    Ok(Found { content, ..found })
}

/// The stack file, for the place of `cx`.
pub fn write(cx: &Context, registry: &Registry, found: Vec<Found>) -> Imported {
    let mut writer = Writer {
        base: &cx.base,
        stack: &cx.place.stack,
        names: Names::default(),
        variables: Names::default(),
        out: Out::default(),
    };
    let drafts = found.into_iter().map(|found| writer.resource(found)).collect();
    let Out { files, missing, vars, values } = writer.out;
    let mut page = Page { cx, registry, vars, drafts, left_out: Vec::new() };
    page.settle(&values);
    let vars = page.vars();
    let is_named = |name: &String| vars.contains_key(name);
    Imported {
        yaml: page.text(),
        files,
        missing,
        values: values.into_iter().filter(|(name, _)| is_named(name)).collect(),
        resources: page
            .written()
            .map(|draft| (draft.logical.clone(), draft.kind.name().to_owned(), draft.id.clone()))
            .collect(),
        left_out: page.left_out,
    }
}

/// A stack file before it is text.
struct Page<'a> {
    cx: &'a Context,
    registry: &'a Registry,
    vars: Map<String, Value>,
    drafts: Vec<Draft>,
    left_out: Vec<LeftOut>,
}

impl Page<'_> {
    /// The resources that are not left out.
    fn written(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.iter().filter(|draft| !self.is_left_out(draft))
    }

    fn is_left_out(&self, draft: &Draft) -> bool {
        self.left_out.iter().any(|one| one.property.is_none() && one.address == draft.logical)
    }

    /// The variables that something names.
    fn vars(&self) -> Map<String, Value> {
        let texts: Vec<_> = self.written().map(|draft| Value::Object(draft.said.clone()).to_string()).collect();
        let is_named = |name: &str| texts.iter().any(|text| text.contains(&format!("${{var.{name}}}")));
        self.vars.iter().filter(|(name, _)| is_named(name)).map(|(name, about)| (name.clone(), about.clone())).collect()
    }

    /// The file.
    fn text(&self) -> String {
        let place = &self.cx.place;
        let mut text = format!("stack: {}\nregion: {}\n\n", place.stack, place.region);
        let vars = self.vars();
        if !vars.is_empty() {
            text.push_str("# Values that may be secret are not written here: set each with --var name=value.\n");
            yaml::entry(&mut text, 0, "vars", &Value::Object(vars));
            text.push('\n');
        }
        text.push_str(if self.written().next().is_some() { "resources:\n" } else { "resources: {}\n" });
        let resources: Vec<_> = self.drafts.iter().map(|draft| self.resource(draft)).collect();
        text + &resources.join("\n")
    }

    fn resource(&self, draft: &Draft) -> String {
        let mut text = String::new();
        draft.about.iter().for_each(|line| yaml::comment(&mut text, 1, line));
        for LeftOut { property, why, .. } in self.left_out.iter().filter(|one| one.address == draft.logical) {
            let line = match property {
                Some(property) => format!("`{property}` is left out, so AWS's value is kept: {why}."),
                None => format!("A stack can't express this: {why}."),
            };
            yaml::comment(&mut text, 1, &line);
        }
        let mut entry = String::new();
        yaml::entry(&mut entry, 1, &draft.logical, &Value::Object(draft.said.clone()));
        match self.is_left_out(draft) {
            true => entry.lines().for_each(|line| yaml::comment(&mut text, 1, line)),
            false => text.push_str(&entry),
        }
        text
    }
}

#[derive(Default)]
struct Out {
    vars: Map<String, Value>,
    values: BTreeMap<String, String>,
    files: Vec<(String, Vec<u8>)>,
    missing: Vec<Missing>,
}

struct Writer<'a> {
    base: &'a Base,
    stack: &'a str,
    names: Names,
    variables: Names,
    out: Out,
}

impl Writer<'_> {
    fn resource(&mut self, found: Found) -> Draft {
        let Found { kind, live, content } = found;
        let name = match live.attributes.get("name").filter(|_| kind.has_name()) {
            Some(name) => name.clone(),
            None => live.id.clone(),
        };
        let short = if kind.has_name() { name.as_str() } else { name.rsplit('/').next().unwrap_or(&name) };
        let logical = self.names.of(short, kind.name().rsplit('.').next().unwrap_or("resource"));
        let mut said = Map::new();
        said.insert("type".to_owned(), json!(kind.name()));
        if kind.has_name() && !name.is_empty() {
            said.insert("name".to_owned(), escaped(&json!(name)));
        }
        // No apply finds what AWS knows by its id alone. There the line only lets `adopt` take it from its stack.
        if !kind.name_is_a_tag() || self.loser(&live).is_some() {
            said.insert("adopt".to_owned(), json!(true));
        }
        let properties = describe::properties(&*kind, &live, self.base);
        let mut marked = Marked::of(kind.clone(), &live.tags);
        let said_of_content = content.map(|content| self.content(&logical, content, &mut marked));
        for (name, property) in kind.schema().root().properties() {
            let value = match said_of_content.as_ref().filter(|(property, _)| *property == name) {
                Some((_, value)) => Some(value.clone()),
                None => properties.get(name).map(|value| match property.has("x-sensitive") {
                    true => self.unless_ordinary(&logical, name, value, &mut marked),
                    false => self.unless_marked(&logical, name, value, &mut marked),
                }),
            };
            said.extend(value.map(|value| (name.to_owned(), value)));
        }
        let is_name = |key: &str, value: &str| kind.name_is_a_tag() && key == "Name" && value == name;
        let of_people = live
            .tags
            .iter()
            .filter(|(key, value)| !is_ownership_tag(key) && !key.starts_with("aws:") && !is_name(key, value));
        let tags = of_people.map(|(key, value)| (key.clone(), json!(value)));
        let tags: Map<String, Value> = tags
            .map(|(key, value)| {
                let path = format!("tags.{key}");
                let value = match marked.hides(&path) {
                    true => self.concealed(&logical, &key, &value, &|_| false),
                    false => escaped(&value),
                };
                (key, value)
            })
            .collect();
        if !tags.is_empty() {
            said.insert("tags".to_owned(), Value::Object(tags));
        }
        let about = self.about(&*kind, &logical, &live, &marked);
        Draft { logical, kind, id: live.id, about, said }
    }

    /// The mark of the other stack that it would be taken from.
    fn loser(&self, live: &Live<Value>) -> Option<Ownership> {
        Ownership::read(&live.tags).filter(|ownership| ownership.stack != self.stack)
    }

    /// What a person should know of a resource, as comments above it.
    fn about(&self, kind: &dyn Kind, logical: &str, live: &Live<Value>, marked: &Marked) -> Vec<String> {
        let mut lines = Vec::new();
        if kind.name_is_a_tag() {
            lines.push(
                "AWS assigns its id, so an apply can't find it. Adopt it before the first apply, with".to_owned(),
            );
            lines.push(format!("`cloud101 adopt {logical} {}` and the options of your other commands.", live.id));
        }
        if let Some(ownership) = self.loser(live).filter(|_| !kind.marks_apart()) {
            lines.push(format!(
                "It is `{}` of the stack `{}`, and no other stack can adopt it: choose another name.",
                ownership.address, ownership.stack
            ));
        } else if let Some(ownership) = self.loser(live) {
            lines.push(format!(
                "It is `{}` of the stack `{}`, which loses it; `adopt: true` allows that.",
                ownership.address, ownership.stack
            ));
        }
        lines.extend(marked.reported());
        lines.extend(live.notes.iter().flat_map(|note| note.lines().map(str::to_owned)));
        lines
    }

    /// What says the content: the property and its value. One that was made of a secret is in no file: a text becomes a
    /// variable, and of anything else it is said how it is fetched.
    fn content(&mut self, logical: &str, content: Content, marked: &mut Marked) -> (&'static str, Value) {
        let is_hidden = marked.hides_content(content.inline.unwrap_or(content.property));
        if let Some(property) = content.inline.filter(|_| is_hidden) {
            match content.bytes.as_deref().map(std::str::from_utf8) {
                Some(Ok("")) => return (property, json!("")),
                Some(Ok(text)) => return (property, self.concealed(logical, property, &json!(text), &|_| false)),
                // It is too long to have been fetched.
                None => return (property, self.variable(logical, property, "", true)),
                Some(Err(_)) => {}
            }
        }
        let content = Content { bytes: content.bytes.filter(|_| !is_hidden), ..content };
        let is_text = |text: &str| text.len() <= INLINE && !text.chars().any(|c| c.is_control() && !"\n\t".contains(c));
        let bytes = content.bytes.as_deref();
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).filter(|text| is_text(text));
        if let (Some(property), Some(text)) = (content.inline, text) {
            return (property, escaped(&json!(text)));
        }
        let file = format!("{logical}{}", content.ending);
        match content.bytes {
            Some(bytes) => self.out.files.push((file.clone(), bytes)),
            None => self.out.missing.push(Missing { file: file.clone(), command: content.command }),
        }
        (content.property, json!(file))
    }

    /// `value` as it is, but for the properties in it that the marks say were made of a secret.
    fn unless_marked(&mut self, logical: &str, path: &str, value: &Value, marked: &mut Marked) -> Value {
        match value {
            _ if marked.hides(path) => {
                let words = marked.words(path);
                self.concealed(logical, path.rsplit('.').next().unwrap_or(path), value, &|text| words.contains(text))
            }
            Value::Object(object) => {
                let inner = |(key, value): (&String, &Value)| {
                    (key.clone(), self.unless_marked(logical, &format!("{path}.{key}"), value, marked))
                };
                object.iter().map(inner).collect()
            }
            other => escaped(other),
        }
    }

    /// What the kind says may be secret: of values with names, such as the variables of a function, those that look so or
    /// that the marks say were made of a secret; of all else everything.
    fn unless_ordinary(&mut self, logical: &str, path: &str, value: &Value, marked: &mut Marked) -> Value {
        let Value::Object(object) = value else { return self.concealed(logical, path, value, &|_| false) };
        let is_marked = marked.hides(path);
        let mut one = |(key, value): (&String, &Value)| {
            let is_marked = marked.hides(&format!("{path}.{key}")) || is_marked;
            let is_ordinary = |text: &str| !is_marked && !may_be_secret(key, text);
            (key.clone(), self.concealed(logical, key, value, &is_ordinary))
        };
        object.iter().map(&mut one).collect()
    }

    /// `value` with a variable in place of each text but those that `is_public`.
    fn concealed(&mut self, logical: &str, key: &str, value: &Value, is_public: &dyn Fn(&str) -> bool) -> Value {
        match value {
            Value::String(text) if !text.is_empty() && !is_public(text) => {
                // A shorter one can't be hidden.
                let is_secret = text.chars().count() >= SHORTEST_SECRET;
                self.variable(logical, key, text, is_secret)
            }
            Value::Array(items) => items.iter().map(|item| self.concealed(logical, key, item, is_public)).collect(),
            Value::Object(object) => {
                let inner =
                    |(key, value): (&String, &Value)| (key.clone(), self.concealed(logical, key, value, is_public));
                object.iter().map(inner).collect()
            }
            other => escaped(other),
        }
    }

    /// A new variable without a default, as what stands in the file.
    fn variable(&mut self, logical: &str, key: &str, value: &str, is_secret: bool) -> Value {
        let variable = self.variables.of(&format!("{logical}_{key}"), "value");
        let about = if is_secret { json!({ "secret": true }) } else { json!({}) };
        self.out.vars.insert(variable.clone(), about);
        self.out.values.insert(variable.clone(), value.to_owned());
        json!(format!("${{var.{variable}}}"))
    }
}

/// `value` with its texts as templates that mean just them.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.replace("${", "$${")),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), escaped(value))).collect(),
        other => other.clone(),
    }
}
