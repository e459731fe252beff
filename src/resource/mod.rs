//! The resource kinds, and the contract that every kind fulfils.
//!
//! A kind is one file with a `Spec` struct and an `impl Resource`. The struct is the single source of truth: its doc
//! comments become the reference, its types the JSON Schema, and the annotations on its fields (see [`schema`]) drive
//! the diff. No kind compares, prints or plans anything itself.

pub mod account_profile;
pub mod ec2;
mod erased;
pub mod guard;
pub mod handed_out;
pub mod held;
pub mod iam;
pub mod info;
pub mod kind;
pub mod lambda;
pub mod limits;
pub mod lookup;
pub mod model_rules;
pub mod others;
pub mod permission;
pub mod profile;
pub mod registry;
pub mod s3;
pub mod schema;
pub mod ses;
pub mod sns;
pub mod sqs;
pub mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aws::ownership::Ownership;
use crate::aws::{Context, Error, Result};
pub use crate::model::{Address, Base, Diagnostic, Place, Tags, is_unknown};
pub use erased::Erased;
pub use held::Held;
pub use info::{Attribute, Derived, KindInfo, Offer, Remains, Text, Unchecked, texts};
pub use registry::Registry;
pub use upload::{Upload, UploadedFile};

/// The values that other resources can refer to, as `${name.attribute}`. Always strings.
pub type Attributes = BTreeMap<String, String>;

/// A resource that the stack describes, with its references resolved as far as they are known.
///
/// A string in `spec` may be known only after apply: see [`is_unknown`].
#[derive(Debug, Clone)]
pub struct Desired<S> {
    /// Its address in the stack.
    pub address: Address,
    /// Its name in AWS, if the kind has names.
    pub name: String,
    /// The desired spec, in canonical form.
    pub spec: S,
    /// The desired tags, including cloud101's ownership tags.
    pub tags: Tags,
    /// The [`Live::id`] of the resource that it replaces, to tell the two apart.
    pub replaces: Option<String>,
}

/// A live resource in the account.
#[derive(Debug, Clone)]
pub struct Live<S> {
    /// The identifier for AWS's calls: a name, an id or an ARN, depending on the kind.
    pub id: String,
    /// The live spec, in canonical form; properties that can't be read back are `None`.
    pub spec: S,
    /// For references and outputs.
    pub attributes: Attributes,
    /// Every tag.
    pub tags: Tags,
    /// Notes on what no apply can change: "this subscription awaits its confirmation".
    pub notes: Vec<String>,
    /// Texts that explain a change of a read-only property, by file name (a function's source); often empty.
    pub texts: BTreeMap<String, String>,
    /// What prevents its deletion.
    pub blocker: Option<DeleteBlocker>,
    /// Notes on attached resources.
    pub besides: Besides,
    /// Whether ownership tags are missing, on it or its parts, which an apply has to write although nothing else
    /// changes.
    pub unmarked: bool,
    /// When AWS created it, in seconds since 1970, if the kind [is known by its id](KindInfo::is_known_by_id).
    pub made: Option<i64>,
    /// When it was last configured, in the same way, if AWS stores the ids of the resources it refers to: one that was
    /// created later with the same name is a different resource.
    pub set_up: Option<i64>,
    /// The ids that [`list`](Resource::list) finds besides it and that are parts of it: not orphans, as long as it
    /// is kept.
    pub includes: Vec<String>,
}

/// Notes on what is attached to a resource, as a disk to an instance, depending on what happens to the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// The resource is kept.
    pub kept: Vec<String>,
    /// It is deleted. A note here includes what [`Resource::loses`] would say.
    pub deleted: Vec<String>,
    /// It is replaced; the same.
    pub replaced: Vec<String>,
    /// It is changed in place, and loses this.
    pub changed: Vec<String>,
    /// What AWS deletes with it.
    pub along: Held,
}

/// Why AWS refuses to delete something as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum DeleteBlocker {
    /// It has contents, which are deleted with it if allowed.
    Contents(Contents),
    /// It is locked.
    Lock {
        /// The setting that locks it: `termination_protection: true`.
        said: &'static str,
        /// The setting that unlocks it.
        unlocks: &'static str,
        /// The command that unlocks it, for resources that are no longer in the file.
        command: String,
    },
}

/// The contents of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The [`Live::id`] of each item, as often as it counts: an object once per version.
    pub ids: Vec<String>,
    /// Whether there are more that were not counted.
    pub more: bool,
    /// What one of them is called: `object`.
    pub one: &'static str,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ids, more, one } = self;
        let plus = if *more { "+" } else { "" };
        let plural = if ids.len() == 1 && !more { "" } else { "s" };
        write!(f, "{}{plus} {one}{plural}", ids.len())
    }
}

impl<S> Live<S> {
    /// A live resource without notes and texts.
    pub fn new(id: impl Into<String>, spec: S, attributes: Attributes, tags: Tags) -> Self {
        let (notes, texts, besides) = (Vec::new(), BTreeMap::new(), Besides::default());
        Self {
            id: id.into(),
            spec,
            attributes,
            tags,
            notes,
            texts,
            blocker: None,
            besides,
            unmarked: false,
            made: None,
            set_up: None,
            includes: Vec::new(),
        }
    }
}

/// The current owner of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Current {
    /// Every tag.
    pub tags: Tags,
    /// The id that AWS assigned, if it also has a name: the value of its attribute `id`. One that was deleted and
    /// recreated with the same name has a different id.
    pub invented: Option<String>,
    /// What else the same call returns, in the form of a live spec: a property that is not in it was not asked for.
    pub seen: Value,
}

impl Current {
    /// For resources whose owner is recorded only in tags.
    pub fn tagged(tags: Tags) -> Self {
        Self { tags, ..Self::default() }
    }

    /// The same, with what else the call returned.
    pub fn seeing(self, spec: &impl Serialize) -> Self {
        Self { seen: serde_json::to_value(spec).unwrap_or_default(), ..self }
    }

    /// The same without properties that the call does not return, and that would look absent.
    pub fn without<'a>(mut self, unreported: impl IntoIterator<Item = &'a str>) -> Self {
        if let Value::Object(seen) = &mut self.seen {
            unreported.into_iter().for_each(|property| drop(seen.shift_remove(property)));
        }
        self
    }
}

/// A resource in the account with this stack's ownership tags.
#[derive(Debug, Clone)]
pub struct Owned {
    /// As in [`Live::id`].
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Every tag.
    pub tags: Tags,
}

/// The result of listing one kind.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// How many there are, regardless of owner; `None` if AWS itself filters by the tag.
    pub seen: Option<usize>,
    /// Those with this stack's ownership tags.
    pub owned: Vec<Owned>,
    /// Those with this stack's tag but without the record that proves ownership: copies, or resources with a
    /// removed tag. They are named, and never touched.
    pub doubtful: Vec<Owned>,
    /// Those whose owner could not be read, by name, with the reason.
    pub unread: Vec<(String, Error)>,
}

impl Listing {
    /// `all` are those of `seen` whose tags are known, regardless of owner.
    pub fn among(cx: &Context, seen: usize, all: impl IntoIterator<Item = Owned>) -> Self {
        let mut listing = Self { seen: Some(seen), ..Self::default() };
        all.into_iter().for_each(|one| listing.add(cx, one));
        listing
    }

    /// AWS was asked only for those with the stack's tag.
    pub fn by_tag(cx: &Context, all: impl IntoIterator<Item = Owned>) -> Self {
        Self { seen: None, ..Self::among(cx, 0, all) }
    }

    /// The kind itself has found those of the stack.
    pub fn by_mark(owned: impl IntoIterator<Item = Owned>) -> Self {
        Self { owned: owned.into_iter().collect(), ..Self::default() }
    }

    /// Sorts one with this `name` in AWS into the right list.
    pub fn add(&mut self, cx: &Context, one: Owned) {
        let name = one.name.clone();
        self.add_as(cx, &name, one);
    }

    /// The same where the record has another form of the name.
    pub fn add_as(&mut self, cx: &Context, name: &str, one: Owned) {
        if !cx.is_tagged(&one.tags) {
            return;
        }
        match cx.owns(name, &one.tags) && Ownership::read(&one.tags).is_some() {
            true => self.owned.push(one),
            false => self.doubtful.push(one),
        }
    }
}

/// A difference from the file that can't be reverted without a loss, such as a larger disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Stuck {
    /// The property, dotted.
    pub path: String,
    /// The value with which the file would match.
    pub instead: Value,
    /// The live and the desired value, in words: "/dev/sdf has 16 GiB, but the file says 8".
    pub what: String,
}

/// What an update has to change.
#[derive(Debug, Clone)]
pub struct Change<S> {
    /// The desired spec, resolved; properties that are reset to AWS's default contain it, or `None` if the default
    /// is absence.
    pub target: S,
    /// The properties that differ, dotted: `root_volume.size_gib`.
    pub paths: BTreeSet<String>,
}

impl<S> Change<S> {
    /// Whether `property`, or something inside it, is to change.
    pub fn touches(&self, property: &str) -> bool {
        self.paths
            .iter()
            .any(|path| path.strip_prefix(property).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// Whether any of `properties` is to change; most AWS update calls take several at once.
    pub fn touches_any(&self, properties: &[&str]) -> bool {
        properties.iter().any(|property| self.touches(property))
    }
}

/// The contract of a kind.
///
/// Every method may be called again after a crash or a lost response, and must then finish the work, without doing
/// anything twice. "Not found" is an answer, never an error: `read` gives `None`, `delete` succeeds.
pub trait Resource: Send + Sync + 'static {
    /// The properties, as in the stack and as returned by `read`.
    type Spec: Serialize + DeserializeOwned + JsonSchema + Send + Sync + Clone + 'static;

    /// What is constant of it. Asked once.
    fn info(&self) -> KindInfo;

    /// Its name in AWS, for kinds whose identity is not the common `name`.
    /// `name` is the common one, `<stack>-<logical name>` if left out.
    fn identity(&self, name: &str, _spec: &Self::Spec) -> String {
        name.to_owned()
    }

    /// The attributes that are known before creation, because they follow from names.
    fn computed_attributes(&self, place: &Place, name: &str, spec: &Self::Spec) -> Attributes;

    /// Rules that need no AWS: names, sizes, grammar. Strings for which [`is_unknown`] holds are
    /// not judged. `name` is the
    /// [`identity`](Self::identity); a diagnostic about it has the path `name`. `base` is the stack file's folder.
    fn check(&self, _name: &str, _spec: &Self::Spec, _base: &Base) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// What does not fit together with the mark of `address` in `stack`, for a kind that stores it in a property. `was`: the
    /// address of its name, where that is an earlier one.
    fn check_marked(
        &self,
        _stack: &str,
        _address: &Address,
        _was: Option<&Address>,
        _spec: &Self::Spec,
    ) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// The one form in which a wanted and a live spec are compared: rules spelled out, files replaced by the hashes
    /// of their contents (in `readOnly` properties). Must leave a canonical spec as it is.
    fn canonical(&self, spec: Self::Spec, _base: &Base) -> std::result::Result<Self::Spec, Diagnostic> {
        Ok(spec)
    }

    /// The local files that an apply of a canonical spec uploads, for a plan to list; `None`: nothing. Read again, so
    /// it must have the hash of the spec.
    ///
    /// # Errors
    /// It can't be read, or was changed since the spec was made.
    fn upload(&self, _spec: &Self::Spec, _base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        Ok(None)
    }

    /// The texts behind a canonical spec's read-only hashes, by file name, to be shown as a line diff against
    /// [`Live::texts`]; none if what is read no longer has that hash.
    fn texts(&self, _spec: &Self::Spec, _base: &Base) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// A property (dotted) in which going from `live` to `desired` is possible only by replacing the resource,
    /// beyond those marked `x-replace`: a disk that shrinks.
    fn must_replace(&self, _live: &Self::Spec, _target: &Self::Spec) -> Option<String> {
        None
    }

    /// Whether going from `live` to `desired` would lose data. If the difference was made by hand, a plan ignores it
    /// and says so; a change in the file itself is [`must_replace`](Self::must_replace)'s.
    fn stuck(&self, _live: &Self::Spec, _target: &Self::Spec) -> Vec<Stuck> {
        Vec::new()
    }

    /// The attributes that AWS may assign again when `live` becomes `desired` in place, such as the address of a
    /// machine that is stopped and started: a plan calls them unknown.
    fn renews(&self, _live: &Self::Spec, _target: &Self::Spec) -> &'static [&'static str] {
        &[]
    }

    /// The data that is permanently lost when `live` becomes `desired`, or (`None`) when it is deleted: in words
    /// for a warning, "the data on /dev/sdf". What keeps AWS from deleting it is a [`blocker`](Self::blocker).
    fn data_loss(&self, _live: &Self::Spec, _target: Option<&Self::Spec>) -> Option<String> {
        None
    }

    /// The live resources, in the order of `desired`. A resource with a name in AWS is found by it, regardless of owner;
    /// one with an assigned id by this stack's ownership tags. Of more than a [`FEW`](crate::aws::FEW) nothing is asked that
    /// a list shows not to be there. A kind whose contents can be deleted with it ([`KindInfo::emptied_by`]) asks for them only
    /// where a few go and nothing stays ([`Context::for_what_goes`]): otherwise the engine asks for the
    /// [`blocker`](Self::blocker) of those that go.
    fn read(
        &self,
        cx: &Context,
        desired: &[Desired<Self::Spec>],
    ) -> impl Future<Output = Vec<Result<Option<Live<Self::Spec>>>>> + Send;

    /// Everything of this kind with this stack's tag, whether in the file or not.
    fn list(&self, cx: &Context) -> impl Future<Output = Result<Listing>> + Send;

    /// Reasons known only to AWS to refuse a creation, such as an image that does not exist, in the order of
    /// `desired`: all that a plan creates or replaces. Unknown values are skipped.
    fn preflight(
        &self,
        _cx: &Context,
        desired: &[Desired<Self::Spec>],
    ) -> impl Future<Output = Vec<Result<()>>> + Send {
        let all = desired.iter().map(|_| Ok(())).collect();
        async { all }
    }

    /// How creating it would affect existing resources outside the stack, in sentences for the plan. Asked when
    /// [`preflight`](Self::preflight) is.
    fn side_effects(
        &self,
        _cx: &Context,
        _desired: &Desired<Self::Spec>,
    ) -> impl Future<Output = Result<Vec<String>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Creates it with its tags in the create call itself, waits until it can be used, and reads it back.
    /// "Already exists" and marked by this very address counts as created.
    fn create(
        &self,
        cx: &Context,
        desired: &Desired<Self::Spec>,
    ) -> impl Future<Output = Result<Live<Self::Spec>>> + Send;

    /// Changes the properties of `change` in place and reads the result back.
    fn update(
        &self,
        cx: &Context,
        desired: &Desired<Self::Spec>,
        live: &Live<Self::Spec>,
        change: &Change<Self::Spec>,
    ) -> impl Future<Output = Result<Live<Self::Spec>>> + Send;

    /// The current owner of `id` ([`Live::id`]); `None` if it does not exist. Asked right before it is changed, deleted
    /// or released, with a single call.
    fn current(&self, cx: &Context, id: &str) -> impl Future<Output = Result<Option<Current>>> + Send;

    /// Adds or overwrites the tags in `set` and removes those in `remove`; others are kept.
    fn update_tags(
        &self,
        cx: &Context,
        id: &str,
        set: &Tags,
        remove: &[String],
    ) -> impl Future<Output = Result<()>> + Send;

    /// What prevents deleting the resource that [`list`](Self::list) found under `id`. Asked only about resources that
    /// no `read` returned: those that are no longer in the file.
    fn blocker(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Option<DeleteBlocker>>> + Send {
        async { Ok(None) }
    }

    /// What is lost when the resource that [`list`](Self::list) found under `id` is deleted, and what is kept: see
    /// [`Besides::deleted`]. Asked as [`blocker`](Self::blocker) is.
    fn besides(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Vec<String>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Who else uses it: asked for what a plan deletes or replaces. [`delete`](Self::delete) refuses while any of them
    /// holds it, whatever the plan was.
    fn others(&self, _cx: &Context, _going: &others::Going<'_>) -> impl Future<Output = Result<others::Others>> + Send {
        async { Ok(others::Others::default()) }
    }

    /// What a plan saw in it: see [`holds`](Self::holds); `None`: that has to be asked.
    fn held(&self, _live: &Live<Self::Spec>) -> Option<Held> {
        None
    }

    /// Its current contents that are deleted with it, or when a list of it is set. Asked right before that, and
    /// compared with what the plan saw: additions by others since then are not removed. `empty`: its contents may be
    /// deleted.
    fn holds(&self, _cx: &Context, _id: &str, _empty: bool) -> impl Future<Output = Result<Option<Held>>> + Send {
        async { Ok(None) }
    }

    /// What ends with it when it is deleted, whatever the file says of it: a user's credentials. Asked by a
    /// plan that deletes it and right before that, and compared as [`holds`](Self::holds) is; `None`: there is no such thing.
    fn along(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Option<Held>>> + Send {
        async { Ok(None) }
    }

    /// What is in use now of all that is handed out of the one with this id, whatever the file says of it: for a hand-out,
    /// which is to say nothing that no longer opens anything.
    fn in_use(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Vec<handed_out::InUse>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Asks what [`delete`](Self::delete) asks first, which finds the answers at hand ([`Context::just_now`]): a run asks
    /// while the deletion waits for its turn.
    fn ask_first(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Deletes it and waits until the deletion is visible to others. `empty`: its contents may be deleted too
    /// (a bucket's objects); without it a kind that has contents refuses.
    fn delete(&self, cx: &Context, id: &str, empty: bool) -> impl Future<Output = Result<()>> + Send;
}
