//! A [`Resource`] made a [`Kind`]: what the engine knows as JSON gets its type.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aws::{Context, Error, Result};
use crate::explain::Code;
use crate::model::value::fitted;

use super::handed_out::InUse;
use super::kind::{Kind, LiveAnswer};
use super::lookup::{self, Content, Lookup};
use super::others::{Going, Others};
use super::schema::Schema;
use super::{
    Address, Attributes, Base, Change, Current, DeleteBlocker, Desired, Diagnostic, Held, KindInfo, Listing, Live,
    Place, Stuck, Tags, Upload,
};

/// A [`Resource`](super::Resource) with its schema.
pub struct Erased<R> {
    resource: R,
    info: KindInfo,
    schema: OnceLock<Schema>,
}

impl<R: Lookup> Erased<R> {
    /// Wraps a kind for the registry.
    pub fn shared(resource: R) -> Arc<dyn Kind> {
        Arc::new(Self { info: resource.info(), resource, schema: OnceLock::new() })
    }
}

impl<R: Lookup> Kind for Erased<R> {
    fn info(&self) -> &KindInfo {
        &self.info
    }

    fn schema(&self) -> &Schema {
        // Most commands are about a few kinds, and to make the schemas of all takes longer than to read the lesson's file.
        self.schema.get_or_init(Schema::of::<R::Spec>)
    }

    fn fits(&self, spec: &Value) -> std::result::Result<(), String> {
        typed::<R::Spec>(spec).map(drop).map_err(|error| error.message)
    }

    fn identity(&self, name: &str, spec: &Value) -> String {
        one(spec, |spec| self.resource.identity(name, &spec)).unwrap_or_else(|| name.to_owned())
    }

    fn computed_attributes(&self, place: &Place, name: &str, spec: &Value) -> Attributes {
        one(spec, |spec| self.resource.computed_attributes(place, name, &spec)).unwrap_or_default()
    }

    fn check(&self, name: &str, spec: &Value, base: &Base) -> Vec<Diagnostic> {
        typed(spec).map_or_else(|error| vec![misfit(error)], |spec| self.resource.check(name, &spec, base))
    }

    fn check_marked(&self, stack: &str, address: &Address, was: Option<&Address>, spec: &Value) -> Vec<Diagnostic> {
        let marked = |spec| self.resource.check_marked(stack, address, was, &spec);
        typed(spec).map_or_else(|error| vec![misfit(error)], marked)
    }

    fn canonical(&self, spec: &Value, base: &Base) -> std::result::Result<Value, Diagnostic> {
        let spec = self.resource.canonical(typed(spec).map_err(misfit)?, base)?;
        untyped(&spec).map_err(misfit)
    }

    fn upload(&self, spec: &Value, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        let spec = typed(spec).map_err(misfit)?;
        self.resource.upload(&spec, base)
    }

    fn texts(&self, spec: &Value, base: &Base) -> BTreeMap<String, String> {
        one(spec, |spec| self.resource.texts(&spec, base)).unwrap_or_default()
    }

    fn must_replace(&self, live: &Value, target: &Value) -> Option<String> {
        both(live, target, |live, target| self.resource.must_replace(&live, &target))
    }

    fn stuck(&self, live: &Value, target: &Value) -> Vec<Stuck> {
        let mut stuck = both(live, target, |live, target| self.resource.stuck(&live, &target));
        stuck.iter_mut().for_each(|stuck| remove_nulls(&mut stuck.instead));
        stuck
    }

    fn renews(&self, live: &Value, target: &Value) -> Vec<String> {
        let renews = both(live, target, |live, target| self.resource.renews(&live, &target));
        renews.iter().map(|attribute| (*attribute).to_owned()).collect()
    }

    fn data_loss(&self, live: &Value, target: Option<&Value>) -> Option<String> {
        match target {
            Some(target) => both(live, target, |live, target| self.resource.data_loss(&live, Some(&target))),
            None => one(live, |live| self.resource.data_loss(&live, None))?,
        }
    }

    fn read<'a>(&'a self, cx: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<LiveAnswer>> {
        async move {
            let typed: Result<Vec<_>> = desired.iter().map(typed_desired).collect();
            let typed = match typed {
                Ok(typed) => typed,
                Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
            };
            let answers = self.resource.read(cx, &typed).await;
            // Of a class that is as much as what was found.
            drop(typed);
            let untyped = |live| untyped_live(live).map(Arc::new);
            // Not collected, which would keep the room of the typed ones until all kinds are read.
            let mut all = Vec::with_capacity(answers.len());
            all.extend(answers.into_iter().map(|answer| answer?.map(untyped).transpose()));
            all
        }
        .boxed()
    }

    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>> {
        self.resource.list(cx).boxed()
    }

    fn preflight<'a>(&'a self, cx: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<Result<()>>> {
        async move {
            let typed: Result<Vec<_>> = desired.iter().map(typed_desired).collect();
            match typed {
                Ok(typed) => self.resource.preflight(cx, &typed).await,
                Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        .boxed()
    }

    fn side_effects<'a>(&'a self, cx: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Vec<String>>> {
        async move { self.resource.side_effects(cx, &typed_desired(desired)?).await }.boxed()
    }

    fn create<'a>(&'a self, cx: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Live<Value>>> {
        async move { untyped_live(self.resource.create(cx, &typed_desired(desired)?).await?) }.boxed()
    }

    fn update<'a>(
        &'a self,
        cx: &'a Context,
        desired: &'a Desired<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>> {
        async move {
            let (desired, live) = (typed_desired(desired)?, typed_live(live)?);
            let change = Change { target: typed(&change.target)?, paths: change.paths.clone() };
            untyped_live(self.resource.update(cx, &desired, &live, &change).await?)
        }
        .boxed()
    }

    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>> {
        self.resource.current(cx, id).boxed()
    }

    fn update_tags<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>> {
        self.resource.update_tags(cx, id, set, remove).boxed()
    }

    fn blocker<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<DeleteBlocker>>> {
        self.resource.blocker(cx, id).boxed()
    }

    fn besides<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        self.resource.besides(cx, id).boxed()
    }

    fn others<'a>(&'a self, cx: &'a Context, going: &'a Going<'a>) -> BoxFuture<'a, Result<Others>> {
        self.resource.others(cx, going).boxed()
    }

    fn held(&self, live: &Live<Value>) -> Option<Held> {
        one(&live.spec, |spec| self.resource.held(&with_spec(live, spec)))?
    }

    fn holds<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<Option<Held>>> {
        self.resource.holds(cx, id, empty).boxed()
    }

    fn along<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Held>>> {
        self.resource.along(cx, id).boxed()
    }

    fn in_use<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Vec<InUse>>> {
        self.resource.in_use(cx, id).boxed()
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
        desired: Option<&'a Desired<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>> {
        async move {
            lookup::check(&cx.place, id)?;
            let desired = desired.map(typed_desired).transpose()?;
            self.resource.find(cx, id, desired.as_ref()).await?.map(untyped_live).transpose()
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

fn misfit(error: Error) -> Diagnostic {
    Diagnostic::new(Code::WrongType, "", error.message)
}

/// The answer to a question about a spec that fits: see [`Kind`].
fn one<S: DeserializeOwned, T>(spec: &Value, ask: impl FnOnce(S) -> T) -> Option<T> {
    typed(spec).map(ask).inspect_err(|error| tracing::error!(%error, "a spec does not fit")).ok()
}

fn both<S: DeserializeOwned, T: Default>(live: &Value, target: &Value, ask: impl FnOnce(S, S) -> T) -> T {
    one(live, |live| one(target, |target| ask(live, target))).flatten().unwrap_or_default()
}

/// As JSON, without the properties that are `None`: a property is there or it is not. It is kept for as long as the plan,
/// so that it takes no more memory than what is there: serde makes room for every property that a kind has.
fn untyped<S: Serialize>(spec: &S) -> Result<Value> {
    let mut value = serde_json::to_value(spec).map_err(|error| Error::refused(error.to_string()))?;
    remove_nulls(&mut value);
    Ok(fitted(value))
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

fn typed_desired<S: DeserializeOwned>(desired: &Desired<Value>) -> Result<Desired<S>> {
    Ok(Desired {
        address: desired.address.clone(),
        name: desired.name.clone(),
        spec: typed(&desired.spec)?,
        tags: desired.tags.clone(),
        replaces: desired.replaces.clone(),
    })
}

fn typed_live<S: DeserializeOwned>(live: &Live<Value>) -> Result<Live<S>> {
    Ok(with_spec(live, typed(&live.spec)?))
}

fn with_spec<S>(live: &Live<Value>, spec: S) -> Live<S> {
    Live {
        id: live.id.clone(),
        spec,
        attributes: live.attributes.clone(),
        tags: live.tags.clone(),
        notes: live.notes.clone(),
        texts: live.texts.clone(),
        blocker: live.blocker.clone(),
        besides: live.besides.clone(),
        unmarked: live.unmarked,
        made: live.made,
        set_up: live.set_up,
        includes: live.includes.clone(),
    }
}

/// A live spec is read back, as every later question does: one that does not fit is an error here, where there can be one.
fn untyped_live<S: Serialize + DeserializeOwned>(live: Live<S>) -> Result<Live<Value>> {
    let spec = untyped(&live.spec)?;
    typed::<S>(&spec)?;
    Ok(Live {
        id: live.id,
        spec,
        attributes: live.attributes,
        tags: live.tags,
        notes: live.notes,
        texts: live.texts,
        blocker: live.blocker,
        besides: live.besides,
        unmarked: live.unmarked,
        made: live.made,
        set_up: live.set_up,
        includes: live.includes,
    })
}

#[cfg(test)]
mod tests;
