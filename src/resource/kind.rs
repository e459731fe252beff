//! The same contract without its types, so that the engine can hold all kinds in one table.
//!
//! The engine knows specs only as JSON: it resolves references in them, compares them by the schema's marks, and
//! hands them back. A spec that does not fit its type is a bug of the kind and becomes an error, never a panic.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::aws::{Context, Error, Result};

use crate::explain::Code;

use super::lookup::{self, Content, Lookup};
use super::others::{Going, Others};
use super::schema::Schema;
use super::{
    Address, Attribute, Attributes, Base, Change, Current, Finding, Held, Listing, Live, Obstacle, Place, Stuck, Tags,
    Upload, Wanted,
};

/// A kind of resource, as the engine sees it; each method is that of [`Resource`](super::Resource) or [`Lookup`].
#[allow(missing_docs)]
pub trait Kind: Send + Sync {
    fn name(&self) -> &str;
    fn doc(&self) -> &str;
    fn known_attributes(&self) -> &'static [Attribute];
    fn derived(&self) -> &'static [(&'static str, &'static [&'static str])];
    fn has_name(&self) -> bool;
    fn name_is_a_tag(&self) -> bool;
    /// See [`Resource::NAME_WITHIN`].
    fn name_within(&self) -> &'static [&'static str];
    fn deletable_while_used(&self) -> bool;
    fn takes_tags(&self) -> bool {
        true
    }
    fn tag_keys_have_case(&self) -> bool {
        true
    }
    fn most_tags(&self) -> usize {
        50
    }
    fn is_known_by_id(&self) -> bool {
        false
    }
    fn names_clash_without_case(&self) -> bool {
        false
    }
    fn held_in(&self) -> &'static [&'static str];
    /// See [`Resource::OUTLIVES`](super::Resource::OUTLIVES).
    fn outlives(&self) -> &'static [&'static str] {
        &[]
    }
    /// See [`Resource::EXCLUSIVE`](super::Resource::EXCLUSIVE).
    fn exclusive(&self) -> &'static [&'static str] {
        &[]
    }
    fn is_global(&self) -> bool;
    /// The form of a name that is the same for all names that AWS does not tell apart.
    fn exact_name(&self, name: &str) -> String;
    /// The call after which it exists.
    fn made_by(&self) -> &str;
    fn listed_by(&self) -> &str;
    fn remove_command(&self) -> &str;
    fn untag_command(&self) -> &str;
    fn commands_to_try(&self) -> &'static [&'static str];
    fn schema(&self) -> &Schema;
    /// Whether `spec` fits the type; the message is serde's.
    fn fits(&self, spec: &Value) -> std::result::Result<(), String>;
    fn identity(&self, name: &str, spec: &Value) -> String;
    fn predict(&self, place: &Place, name: &str, spec: &Value) -> Attributes;
    fn check(&self, name: &str, spec: &Value, base: &Base) -> Vec<Finding>;
    fn check_marked(&self, _stack: &str, _address: &Address, _spec: &Value) -> Vec<Finding> {
        Vec::new()
    }
    fn canonical(&self, spec: &Value, base: &Base) -> std::result::Result<Value, Finding>;
    fn upload(&self, spec: &Value, base: &Base) -> std::result::Result<Option<Upload>, Finding>;
    fn texts(&self, spec: &Value, base: &Base) -> BTreeMap<String, String>;
    fn must_replace(&self, live: &Value, desired: &Value) -> Option<String>;
    fn stuck(&self, _live: &Value, _desired: &Value) -> Vec<Stuck> {
        Vec::new()
    }
    fn renews(&self, live: &Value, desired: &Value) -> &'static [&'static str];
    fn loses(&self, live: &Value, desired: Option<&Value>) -> Option<String>;
    fn read<'a>(
        &'a self,
        cx: &'a Context,
        wanted: &'a [Wanted<Value>],
    ) -> BoxFuture<'a, Vec<Result<Option<Live<Value>>>>>;
    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>>;
    fn can_be_made<'a>(&'a self, cx: &'a Context, wanted: &'a [Wanted<Value>]) -> BoxFuture<'a, Vec<Result<()>>>;
    fn touches_besides<'a>(&'a self, _: &'a Context, _: &'a Wanted<Value>) -> BoxFuture<'a, Result<Vec<String>>> {
        async { Ok(Vec::new()) }.boxed()
    }
    fn create<'a>(&'a self, cx: &'a Context, wanted: &'a Wanted<Value>) -> BoxFuture<'a, Result<Live<Value>>>;
    fn update<'a>(
        &'a self,
        cx: &'a Context,
        wanted: &'a Wanted<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>>;
    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>>;
    fn retag<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>>;
    fn obstacle<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Obstacle>>>;
    fn besides<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<String>>>;
    fn others<'a>(&'a self, cx: &'a Context, going: &'a Going<'a>) -> BoxFuture<'a, Result<Others>>;
    fn held(&self, live: &Live<Value>) -> Option<Held>;
    fn holds<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<Option<Held>>>;
    fn ask_first<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<()>>;
    fn delete<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<()>>;
    fn find<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        wanted: Option<&'a Wanted<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>>;
    fn find_all<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Vec<String>>>;
    fn content<'a>(
        &'a self,
        cx: &'a Context,
        live: &'a Live<Value>,
        files: bool,
    ) -> BoxFuture<'a, Result<Option<Content>>>;
}

impl fmt::Debug for dyn Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kind as its name, for `#[serde(serialize_with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn as_name<S: Serializer>(kind: &Arc<dyn Kind>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// A [`Resource`](super::Resource) made a [`Kind`].
pub struct Erased<R> {
    resource: R,
    schema: OnceLock<Schema>,
}

impl<R: Lookup> Erased<R> {
    /// Wraps a kind for the registry.
    pub fn shared(resource: R) -> Arc<dyn Kind> {
        Arc::new(Self { resource, schema: OnceLock::new() })
    }
}

impl<R: Lookup> Kind for Erased<R> {
    fn name(&self) -> &str {
        R::KIND
    }

    fn doc(&self) -> &str {
        R::DOC
    }

    fn known_attributes(&self) -> &'static [Attribute] {
        R::ATTRIBUTES
    }

    fn derived(&self) -> &'static [(&'static str, &'static [&'static str])] {
        R::DERIVED
    }

    fn has_name(&self) -> bool {
        R::HAS_NAME
    }

    fn name_within(&self) -> &'static [&'static str] {
        R::NAME_WITHIN
    }

    fn name_is_a_tag(&self) -> bool {
        R::NAME_IS_A_TAG
    }

    fn deletable_while_used(&self) -> bool {
        R::DELETABLE_WHILE_USED
    }

    fn names_clash_without_case(&self) -> bool {
        R::NAMES_CLASH_WITHOUT_CASE
    }

    fn is_known_by_id(&self) -> bool {
        R::IS_KNOWN_BY_ID
    }

    fn takes_tags(&self) -> bool {
        R::TAKES_TAGS
    }

    fn tag_keys_have_case(&self) -> bool {
        R::TAG_KEYS_HAVE_CASE
    }

    fn most_tags(&self) -> usize {
        R::MOST_TAGS
    }

    fn held_in(&self) -> &'static [&'static str] {
        R::HELD_IN
    }

    fn outlives(&self) -> &'static [&'static str] {
        R::OUTLIVES
    }

    fn exclusive(&self) -> &'static [&'static str] {
        R::EXCLUSIVE
    }

    fn is_global(&self) -> bool {
        R::GLOBAL
    }

    fn exact_name(&self, name: &str) -> String {
        if R::NAME_HAS_CASE { name.to_owned() } else { name.to_lowercase() }
    }

    fn made_by(&self) -> &str {
        R::MADE_BY
    }

    fn listed_by(&self) -> &str {
        R::LISTED_BY
    }

    fn remove_command(&self) -> &str {
        R::REMOVE
    }

    fn untag_command(&self) -> &str {
        R::UNTAG
    }

    fn commands_to_try(&self) -> &'static [&'static str] {
        R::TRY
    }

    fn schema(&self) -> &Schema {
        // Most commands are about a few kinds, and to make the schemas of all takes longer than to read the lesson's file.
        self.schema.get_or_init(Schema::of::<R::Spec>)
    }

    fn fits(&self, spec: &Value) -> std::result::Result<(), String> {
        typed::<R::Spec>(spec).map(drop).map_err(|error| error.message)
    }

    fn identity(&self, name: &str, spec: &Value) -> String {
        match typed(spec) {
            Ok(spec) => self.resource.identity(name, &spec),
            Err(_) => name.to_owned(),
        }
    }

    fn predict(&self, place: &Place, name: &str, spec: &Value) -> Attributes {
        typed(spec).map(|spec| self.resource.predict(place, name, &spec)).unwrap_or_default()
    }

    fn check(&self, name: &str, spec: &Value, base: &Base) -> Vec<Finding> {
        match typed(spec) {
            Ok(spec) => self.resource.check(name, &spec, base),
            Err(error) => vec![Finding::new(Code::WrongType, "", error.message)],
        }
    }

    fn check_marked(&self, stack: &str, address: &Address, spec: &Value) -> Vec<Finding> {
        typed(spec).map(|spec| self.resource.check_marked(stack, address, &spec)).unwrap_or_default()
    }

    fn canonical(&self, spec: &Value, base: &Base) -> std::result::Result<Value, Finding> {
        let as_finding = |error: Error| Finding::new(Code::WrongType, "", error.message);
        let spec = self.resource.canonical(typed(spec).map_err(as_finding)?, base)?;
        untyped(&spec).map_err(as_finding)
    }

    fn upload(&self, spec: &Value, base: &Base) -> std::result::Result<Option<Upload>, Finding> {
        let spec = typed(spec).map_err(|error| Finding::new(Code::WrongType, "", error.message))?;
        self.resource.upload(&spec, base)
    }

    fn texts(&self, spec: &Value, base: &Base) -> BTreeMap<String, String> {
        typed(spec).map(|spec| self.resource.texts(&spec, base)).unwrap_or_default()
    }

    fn must_replace(&self, live: &Value, desired: &Value) -> Option<String> {
        self.resource.must_replace(&typed(live).ok()?, &typed(desired).ok()?)
    }

    fn stuck(&self, live: &Value, desired: &Value) -> Vec<Stuck> {
        match (typed(live), typed(desired)) {
            (Ok(live), Ok(desired)) => {
                let mut stuck = self.resource.stuck(&live, &desired);
                stuck.iter_mut().for_each(|stuck| remove_nulls(&mut stuck.instead));
                stuck
            }
            _ => Vec::new(),
        }
    }

    fn renews(&self, live: &Value, desired: &Value) -> &'static [&'static str] {
        match (typed(live), typed(desired)) {
            (Ok(live), Ok(desired)) => self.resource.renews(&live, &desired),
            _ => &[],
        }
    }

    fn loses(&self, live: &Value, desired: Option<&Value>) -> Option<String> {
        let desired = desired.map(typed).transpose().ok()?;
        self.resource.loses(&typed(live).ok()?, desired.as_ref())
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context,
        wanted: &'a [Wanted<Value>],
    ) -> BoxFuture<'a, Vec<Result<Option<Live<Value>>>>> {
        async move {
            let typed: Result<Vec<_>> = wanted.iter().map(typed_wanted).collect();
            let typed = match typed {
                Ok(typed) => typed,
                Err(error) => return wanted.iter().map(|_| Err(error.clone())).collect(),
            };
            let answers = self.resource.read(cx, &typed).await;
            answers.into_iter().map(|answer| answer?.map(untyped_live).transpose()).collect()
        }
        .boxed()
    }

    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>> {
        self.resource.list(cx).boxed()
    }

    fn can_be_made<'a>(&'a self, cx: &'a Context, wanted: &'a [Wanted<Value>]) -> BoxFuture<'a, Vec<Result<()>>> {
        async move {
            let typed: Result<Vec<_>> = wanted.iter().map(typed_wanted).collect();
            match typed {
                Ok(typed) => self.resource.can_be_made(cx, &typed).await,
                Err(error) => wanted.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        .boxed()
    }

    fn touches_besides<'a>(&'a self, cx: &'a Context, wanted: &'a Wanted<Value>) -> BoxFuture<'a, Result<Vec<String>>> {
        async move { self.resource.touches_besides(cx, &typed_wanted(wanted)?).await }.boxed()
    }

    fn create<'a>(&'a self, cx: &'a Context, wanted: &'a Wanted<Value>) -> BoxFuture<'a, Result<Live<Value>>> {
        async move { untyped_live(self.resource.create(cx, &typed_wanted(wanted)?).await?) }.boxed()
    }

    fn update<'a>(
        &'a self,
        cx: &'a Context,
        wanted: &'a Wanted<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>> {
        async move {
            let (wanted, live) = (typed_wanted(wanted)?, typed_live(live)?);
            let change = Change { desired: typed(&change.desired)?, paths: change.paths.clone() };
            untyped_live(self.resource.update(cx, &wanted, &live, &change).await?)
        }
        .boxed()
    }

    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>> {
        self.resource.current(cx, id).boxed()
    }

    fn retag<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>> {
        self.resource.retag(cx, id, set, remove).boxed()
    }

    fn obstacle<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Obstacle>>> {
        self.resource.obstacle(cx, id).boxed()
    }

    fn besides<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        self.resource.besides(cx, id).boxed()
    }

    fn others<'a>(&'a self, cx: &'a Context, going: &'a Going<'a>) -> BoxFuture<'a, Result<Others>> {
        self.resource.others(cx, going).boxed()
    }

    fn held(&self, live: &Live<Value>) -> Option<Held> {
        self.resource.held(&typed_live(live).ok()?)
    }

    fn holds<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<Option<Held>>> {
        self.resource.holds(cx, id, empty).boxed()
    }

    fn ask_first<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<()>> {
        self.resource.ask_first(cx, id).boxed()
    }

    fn delete<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<()>> {
        self.resource.delete(cx, id, empty).boxed()
    }

    fn find<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        wanted: Option<&'a Wanted<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>> {
        async move {
            lookup::check(&cx.place, id)?;
            let wanted = wanted.map(typed_wanted).transpose()?;
            self.resource.find(cx, id, wanted.as_ref()).await?.map(untyped_live).transpose()
        }
        .boxed()
    }

    fn find_all<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Vec<String>>> {
        self.resource.find_all(cx).boxed()
    }

    fn content<'a>(
        &'a self,
        cx: &'a Context,
        live: &'a Live<Value>,
        files: bool,
    ) -> BoxFuture<'a, Result<Option<Content>>> {
        async move { self.resource.content(cx, &typed_live(live)?, files).await }.boxed()
    }
}

fn typed<S: DeserializeOwned>(spec: &Value) -> Result<S> {
    S::deserialize(spec).map_err(|error| Error::refused(error.to_string()))
}

/// As JSON, without the properties that are `None`: a property is there or it is not.
fn untyped<S: Serialize>(spec: &S) -> Result<Value> {
    let mut value = serde_json::to_value(spec).map_err(|error| Error::refused(error.to_string()))?;
    remove_nulls(&mut value);
    Ok(value)
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

fn typed_wanted<S: DeserializeOwned>(wanted: &Wanted<Value>) -> Result<Wanted<S>> {
    Ok(Wanted {
        address: wanted.address.clone(),
        name: wanted.name.clone(),
        spec: typed(&wanted.spec)?,
        tags: wanted.tags.clone(),
        replaces: wanted.replaces.clone(),
    })
}

fn typed_live<S: DeserializeOwned>(live: &Live<Value>) -> Result<Live<S>> {
    Ok(Live {
        id: live.id.clone(),
        spec: typed(&live.spec)?,
        attributes: live.attributes.clone(),
        tags: live.tags.clone(),
        notes: live.notes.clone(),
        texts: live.texts.clone(),
        obstacle: live.obstacle.clone(),
        besides: live.besides.clone(),
        unmarked: live.unmarked,
        made: live.made,
        set_up: live.set_up,
        includes: live.includes.clone(),
    })
}

fn untyped_live<S: Serialize>(live: Live<S>) -> Result<Live<Value>> {
    Ok(Live {
        id: live.id,
        spec: untyped(&live.spec)?,
        attributes: live.attributes,
        tags: live.tags,
        notes: live.notes,
        texts: live.texts,
        obstacle: live.obstacle,
        besides: live.besides,
        unmarked: live.unmarked,
        made: live.made,
        set_up: live.set_up,
        includes: live.includes,
    })
}
