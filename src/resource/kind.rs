//! The same contract without its types, so that the engine can hold all kinds in one table.
//!
//! The engine knows specs only as JSON: it resolves references in them, compares them by the schema's marks, and
//! hands them back. A spec that does not fit its type is a bug of the kind and becomes an error, never a panic.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serializer;
use serde_json::Value;

use crate::aws::{Context, Result};

use super::handed_out::InUse;
use super::lookup::Content;
use super::others::{Going, Others};
use super::schema::Schema;
use super::{
    Address, Attribute, Attributes, Base, Change, Current, DeleteBlocker, Derived, Desired, Diagnostic, Held, KindInfo,
    Listing, Live, Place, Stuck, Tags, Text, Upload,
};

/// What reading one resource has found: it, or that it is not there.
pub type LiveAnswer = Result<Option<Arc<Live<Value>>>>;

/// A kind of resource, as the engine sees it; each method is that of [`Resource`](super::Resource) or [`Lookup`].
///
/// Specs that it gets were made by [`canonical`](Self::canonical) or read by itself, or are mixed of both and
/// [fit](Self::fits).
#[allow(missing_docs)]
pub trait Kind: Send + Sync {
    fn info(&self) -> &KindInfo;
    fn schema(&self) -> &Schema;
    /// Whether `spec` fits the type; the message is serde's.
    ///
    /// # Errors
    /// It does not.
    fn fits(&self, _spec: &Value) -> std::result::Result<(), String> {
        Ok(())
    }
    fn identity(&self, name: &str, _spec: &Value) -> String {
        name.to_owned()
    }
    fn computed_attributes(&self, _place: &Place, _name: &str, _spec: &Value) -> Attributes {
        Attributes::new()
    }
    fn check(&self, _name: &str, _spec: &Value, _base: &Base) -> Vec<Diagnostic> {
        Vec::new()
    }
    fn check_marked(&self, _stack: &str, _address: &Address, _was: Option<&Address>, _spec: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }
    fn canonical(&self, spec: &Value, _base: &Base) -> std::result::Result<Value, Diagnostic> {
        Ok(spec.clone())
    }
    fn upload(&self, _spec: &Value, _base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        Ok(None)
    }
    fn texts(&self, _spec: &Value, _base: &Base) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    fn must_replace(&self, _live: &Value, _target: &Value) -> Option<String> {
        None
    }
    fn stuck(&self, _live: &Value, _target: &Value) -> Vec<Stuck> {
        Vec::new()
    }
    fn renews(&self, _live: &Value, _target: &Value) -> Vec<String> {
        Vec::new()
    }
    fn data_loss(&self, _live: &Value, _target: Option<&Value>) -> Option<String> {
        None
    }
    fn read<'a>(&'a self, cx: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<LiveAnswer>>;
    fn list<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Listing>>;
    fn preflight<'a>(&'a self, _cx: &'a Context, desired: &'a [Desired<Value>]) -> BoxFuture<'a, Vec<Result<()>>> {
        async { desired.iter().map(|_| Ok(())).collect() }.boxed()
    }
    fn side_effects<'a>(&'a self, _: &'a Context, _: &'a Desired<Value>) -> BoxFuture<'a, Result<Vec<String>>> {
        async { Ok(Vec::new()) }.boxed()
    }
    fn create<'a>(&'a self, cx: &'a Context, desired: &'a Desired<Value>) -> BoxFuture<'a, Result<Live<Value>>>;
    fn update<'a>(
        &'a self,
        cx: &'a Context,
        desired: &'a Desired<Value>,
        live: &'a Live<Value>,
        change: &'a Change<Value>,
    ) -> BoxFuture<'a, Result<Live<Value>>>;
    fn current<'a>(&'a self, cx: &'a Context, id: &'a str) -> BoxFuture<'a, Result<Option<Current>>>;
    fn update_tags<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        set: &'a Tags,
        remove: &'a [String],
    ) -> BoxFuture<'a, Result<()>>;
    fn blocker<'a>(&'a self, _cx: &'a Context, _id: &'a str) -> BoxFuture<'a, Result<Option<DeleteBlocker>>> {
        async { Ok(None) }.boxed()
    }
    fn besides<'a>(&'a self, _cx: &'a Context, _id: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        async { Ok(Vec::new()) }.boxed()
    }
    fn others<'a>(&'a self, _cx: &'a Context, _going: &'a Going<'a>) -> BoxFuture<'a, Result<Others>> {
        async { Ok(Others::default()) }.boxed()
    }
    fn held(&self, _live: &Live<Value>) -> Option<Held> {
        None
    }
    fn holds<'a>(&'a self, _cx: &'a Context, _id: &'a str, _empty: bool) -> BoxFuture<'a, Result<Option<Held>>> {
        async { Ok(None) }.boxed()
    }
    fn along<'a>(&'a self, _cx: &'a Context, _id: &'a str) -> BoxFuture<'a, Result<Option<Held>>> {
        async { Ok(None) }.boxed()
    }
    fn in_use<'a>(&'a self, _cx: &'a Context, _id: &'a str) -> BoxFuture<'a, Result<Vec<InUse>>> {
        async { Ok(Vec::new()) }.boxed()
    }
    fn ask_first<'a>(&'a self, _cx: &'a Context, _id: &'a str) -> BoxFuture<'a, Result<()>> {
        async { Ok(()) }.boxed()
    }
    fn delete<'a>(&'a self, cx: &'a Context, id: &'a str, empty: bool) -> BoxFuture<'a, Result<()>>;
    fn find<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a str,
        desired: Option<&'a Desired<Value>>,
    ) -> BoxFuture<'a, Result<Option<Live<Value>>>>;
    fn find_all<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Vec<String>>>;
    fn content<'a>(
        &'a self,
        _cx: &'a Context,
        _live: &'a Live<Value>,
        _files: bool,
    ) -> BoxFuture<'a, Result<Option<Content>>> {
        async { Ok(None) }.boxed()
    }
}

/// What is constant of a kind, at hand: see [`KindInfo`].
#[allow(missing_docs)]
impl dyn Kind + '_ {
    pub fn name(&self) -> &str {
        &self.info().name
    }
    pub fn doc(&self) -> &str {
        &self.info().doc
    }
    pub fn known_attributes(&self) -> &[Attribute] {
        &self.info().attributes
    }
    pub fn derived(&self) -> &[Derived] {
        &self.info().derived
    }
    pub fn has_name(&self) -> bool {
        self.info().has_name
    }
    pub fn name_is_a_tag(&self) -> bool {
        self.info().name_is_a_tag
    }
    pub fn name_within(&self) -> &[Text] {
        &self.info().name_within
    }
    pub fn deletable_while_used(&self) -> bool {
        self.info().deletable_while_used
    }
    pub fn takes_tags(&self) -> bool {
        self.info().takes_tags
    }

    /// See [`KindInfo::marks_apart`].
    pub fn marks_apart(&self) -> bool {
        self.info().marks_apart
    }
    pub fn is_known_by_id(&self) -> bool {
        self.info().is_known_by_id
    }
    pub fn held_in(&self) -> &[Text] {
        &self.info().held_in
    }
    pub fn handed_out(&self) -> &[Text] {
        &self.info().handed_out
    }
    pub fn outlives(&self) -> &[Text] {
        &self.info().outlives
    }
    pub fn is_global(&self) -> bool {
        self.info().is_global
    }
    pub fn exact_name(&self, name: &str) -> String {
        self.info().exact_name(name)
    }
    pub fn made_by(&self) -> &str {
        &self.info().made_by
    }
}

impl fmt::Debug for dyn Kind + '_ {
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
