//! What can be provisioned: the contract that every kind of resource fulfils.
//!
//! A kind is one file with a `Spec` struct and an `impl Resource`. The struct is the single source of truth: its doc
//! comments become the reference, its types the JSON Schema, and the marks on its fields (see [`schema`]) drive the
//! diff. No kind compares, prints or plans anything itself.

pub mod ec2;
mod erased;
pub mod guard;
pub mod held;
pub mod iam;
pub mod info;
pub mod kind;
pub mod lambda;
pub mod lookup;
pub mod model_rules;
pub mod others;
pub mod permission;
pub mod registry;
pub mod s3;
pub mod schema;
pub mod ses;
pub mod sns;
pub mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aws::mark::Mark;
use crate::aws::{Context, Error, Result};
pub use crate::model::{Address, Base, Finding, Place, Tags, is_unknown};
pub use held::Held;
pub use info::{Attribute, Derived, KindInfo, Offer, Remains, Text, Unchecked, texts};
pub use registry::Registry;
pub use upload::{Upload, UploadedFile};

/// What other resources may refer to, as `${name.attribute}`. Always strings.
pub type Attributes = BTreeMap<String, String>;

/// A resource that the stack describes, with its references resolved as far as they are known.
///
/// A string in `spec` may be known only after apply: see [`is_unknown`].
#[derive(Debug, Clone)]
pub struct Wanted<S> {
    /// Its place in the stack.
    pub address: Address,
    /// The name AWS knows it by, where the kind has names.
    pub name: String,
    /// What it should be, in the kind's canonical form.
    pub spec: S,
    /// The tags it should carry, cloud101's marks included.
    pub tags: Tags,
    /// The [`Live::id`] of the one whose place it takes, and which is not to be mistaken for it.
    pub replaces: Option<String>,
}

/// A resource as it is in the account.
#[derive(Debug, Clone)]
pub struct Live<S> {
    /// What AWS's calls take: a name, an id or an ARN, as the kind likes it.
    pub id: String,
    /// What it is, in the kind's canonical form; what the kind can't read back is `None`.
    pub spec: S,
    /// For references and outputs.
    pub attributes: Attributes,
    /// Every tag.
    pub tags: Tags,
    /// What a person should know and no apply can change: "this subscription awaits its confirmation".
    pub notes: Vec<String>,
    /// Texts that explain a change of a read-only property, by file name (a function's source); often empty.
    pub texts: BTreeMap<String, String>,
    /// What stands against its deletion.
    pub obstacle: Option<Obstacle>,
    /// What is to be said of what hangs on it.
    pub besides: Besides,
    /// Whether marks are missing, on it or on what comes with it, that an apply has to write although nothing else
    /// changes.
    pub unmarked: bool,
    /// When AWS made it, in seconds since 1970, if the kind [is known by its id](KindInfo::is_known_by_id).
    pub made: Option<i64>,
    /// When it was last set up, in the same way, if AWS keeps the ids of what it refers to: what was made later under its
    /// name is another to it.
    pub set_up: Option<i64>,
    /// The ids of what [`list`](Resource::list) tells of besides it and is a part of it, as long as it stays: no orphans.
    pub includes: Vec<String>,
}

/// What is to be said of what hangs on a resource, as a disk on an instance: it depends on what becomes of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// The resource stays.
    pub kept: Vec<String>,
    /// It is deleted. If anything is said, it takes in what [`Resource::loses`] would say.
    pub deleted: Vec<String>,
    /// Another takes its place; the same.
    pub replaced: Vec<String>,
    /// It is changed in place, and loses this.
    pub changed: Vec<String>,
    /// What AWS deletes with it.
    pub along: Held,
}

/// Why AWS refuses to delete something as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Obstacle {
    /// There is something in it, which goes with it if it may.
    Contents(Contents),
    /// It is locked.
    Lock {
        /// What the file says to lock it: `termination_protection: true`.
        said: &'static str,
        /// What the file says to unlock it.
        unlocks: &'static str,
        /// The command that unlocks it, for what the file no longer names.
        command: String,
    },
}

/// What is in something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The [`Live::id`] of each thing, as often as it counts: an object once for each version.
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
            obstacle: None,
            besides,
            unmarked: false,
            made: None,
            set_up: None,
            includes: Vec::new(),
        }
    }
}

/// Whose something is at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Current {
    /// Every tag.
    pub tags: Tags,
    /// What AWS invented for it, where it has a name besides: the value of its attribute `id`. One that was deleted and
    /// made again under the same name has another.
    pub invented: Option<String>,
    /// What else the same call tells of it, in the form of a live spec: a property that is not in it was not asked for.
    pub seen: Value,
}

impl Current {
    /// What has only tags to tell whose it is.
    pub fn tagged(tags: Tags) -> Self {
        Self { tags, ..Self::default() }
    }

    /// The same with what else the call told.
    pub fn seeing(self, spec: &impl Serialize) -> Self {
        Self { seen: serde_json::to_value(spec).unwrap_or_default(), ..self }
    }

    /// The same without properties that the call does not tell, and that would look as if they were not there.
    pub fn without<'a>(mut self, untold: impl IntoIterator<Item = &'a str>) -> Self {
        if let Value::Object(seen) = &mut self.seen {
            untold.into_iter().for_each(|property| drop(seen.shift_remove(property)));
        }
        self
    }
}

/// Something in the account that carries this stack's mark.
#[derive(Debug, Clone)]
pub struct Owned {
    /// As in [`Live::id`].
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Every tag.
    pub tags: Tags,
}

/// What a look at everything of one kind found.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// How many there are, whoever's they are; `None` where AWS itself picks out those with the mark.
    pub seen: Option<usize>,
    /// Those that carry this stack's mark.
    pub owned: Vec<Owned>,
    /// Those that carry this stack's tag and not the record that shows that it is theirs: copies, or what somebody took
    /// a tag off. They are named, and never touched.
    pub doubtful: Vec<Owned>,
    /// Those that could not be asked whose they are, by name, and why.
    pub unread: Vec<(String, Error)>,
}

impl Listing {
    /// `all` are those of `seen` whose tags are known, whoever's they are.
    pub fn among(cx: &Context, seen: usize, all: impl IntoIterator<Item = Owned>) -> Self {
        let mut listing = Self { seen: Some(seen), ..Self::default() };
        all.into_iter().for_each(|one| listing.add(cx, one));
        listing
    }

    /// AWS was asked for those with the stack's tag alone.
    pub fn by_tag(cx: &Context, all: impl IntoIterator<Item = Owned>) -> Self {
        Self { seen: None, ..Self::among(cx, 0, all) }
    }

    /// The kind itself has found those that are the stack's.
    pub fn by_mark(owned: impl IntoIterator<Item = Owned>) -> Self {
        Self { owned: owned.into_iter().collect(), ..Self::default() }
    }

    /// Puts one that AWS knows as its `name` where it belongs.
    pub fn add(&mut self, cx: &Context, one: Owned) {
        let name = one.name.clone();
        self.add_as(cx, &name, one);
    }

    /// The same where the record has another form of the name.
    pub fn add_as(&mut self, cx: &Context, name: &str, one: Owned) {
        if !cx.is_tagged(&one.tags) {
            return;
        }
        match cx.owns(name, &one.tags) && Mark::read(&one.tags).is_some() {
            true => self.owned.push(one),
            false => self.doubtful.push(one),
        }
    }
}

/// What differs from the file and can't become what it says without a loss, such as a disk that is larger.
#[derive(Debug, Clone, PartialEq)]
pub struct Stuck {
    /// The property, dotted.
    pub path: String,
    /// What the file would have to say for things to be as it says.
    pub instead: Value,
    /// What is there, and what the file says, in words: "/dev/sdf has 16 GiB, and the file says 8".
    pub what: String,
}

/// What an update has to bring about.
#[derive(Debug, Clone)]
pub struct Change<S> {
    /// Everything the stack wants, resolved; properties that go back to AWS's default hold it, or `None` where the
    /// default is absence.
    pub desired: S,
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
/// Every method may be called again after a kill or a lost answer, and must then finish the work: nothing twice.
/// "Not found" is an answer, never an error: `read` gives `None`, `delete` succeeds.
pub trait Resource: Send + Sync + 'static {
    /// What the stack may say, and what `read` answers.
    type Spec: Serialize + DeserializeOwned + JsonSchema + Send + Sync + Clone + 'static;

    /// What is constant of it. Asked once.
    fn info(&self) -> KindInfo;

    /// The name under which AWS knows it, for kinds whose identity is not the common `name`.
    /// `name` is the common one, `<stack>-<logical name>` if left out.
    fn identity(&self, name: &str, _spec: &Self::Spec) -> String {
        name.to_owned()
    }

    /// The attributes that are known before creation, because AWS makes them from names.
    fn predict(&self, place: &Place, name: &str, spec: &Self::Spec) -> Attributes;

    /// Rules that need no AWS: names, sizes, grammar. Strings for which [`is_unknown`] holds are
    /// not judged. `name` is the
    /// [`identity`](Self::identity); a finding about it has the path `name`. `base` is the stack file's folder.
    fn check(&self, _name: &str, _spec: &Self::Spec, _base: &Base) -> Vec<Finding> {
        Vec::new()
    }

    /// What does not fit beside the marks of `address` in `stack`, for a kind that keeps them in a property.
    fn check_marked(&self, _stack: &str, _address: &Address, _spec: &Self::Spec) -> Vec<Finding> {
        Vec::new()
    }

    /// The one form in which a wanted and a live spec are compared: rules spelled out, files replaced by the hashes
    /// of their contents (in `readOnly` properties). Must leave a canonical spec as it is.
    fn canonical(&self, spec: Self::Spec, _base: &Base) -> std::result::Result<Self::Spec, Finding> {
        Ok(spec)
    }

    /// What of this computer an apply of a canonical spec uploads, for a plan to list; `None`: nothing. Read again, so
    /// that it must have the hash of the spec.
    ///
    /// # Errors
    /// It can't be read, or was changed since the spec was made.
    fn upload(&self, _spec: &Self::Spec, _base: &Base) -> std::result::Result<Option<Upload>, Finding> {
        Ok(None)
    }

    /// The texts behind a canonical spec's read-only hashes, by file name, to be shown as a line diff against
    /// [`Live::texts`]; none if what is read no longer has that hash.
    fn texts(&self, _spec: &Self::Spec, _base: &Base) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// A property (dotted) in which going from `live` to `desired` is possible only by replacing the resource,
    /// beyond those marked `x-replace`: a disk that shrinks.
    fn must_replace(&self, _live: &Self::Spec, _desired: &Self::Spec) -> Option<String> {
        None
    }

    /// Where going from `live` to `desired` would lose what people put there. A plan leaves it as it is, and says so,
    /// where the difference was made by hand; what the file itself changed is [`must_replace`](Self::must_replace)'s.
    fn stuck(&self, _live: &Self::Spec, _desired: &Self::Spec) -> Vec<Stuck> {
        Vec::new()
    }

    /// The attributes that AWS may give anew when `live` becomes `desired` in place, such as the address of a machine
    /// that is stopped and started: a plan calls them unknown.
    fn renews(&self, _live: &Self::Spec, _desired: &Self::Spec) -> &'static [&'static str] {
        &[]
    }

    /// What people put into it goes for good when `live` becomes `desired`, or (`None`) when it is deleted: in words
    /// for a warning, "what is on /dev/sdf". What keeps AWS from deleting it is an [`obstacle`](Self::obstacle).
    fn loses(&self, _live: &Self::Spec, _desired: Option<&Self::Spec>) -> Option<String> {
        None
    }

    /// The live resources, in the order of `wanted`. One that AWS names is found by its name, whoever owns it;
    /// one with an invented id by this stack's marks.
    fn read(
        &self,
        cx: &Context,
        wanted: &[Wanted<Self::Spec>],
    ) -> impl Future<Output = Vec<Result<Option<Live<Self::Spec>>>>> + Send;

    /// Everything of this kind that carries this stack's tag, whether the file names it or not.
    fn list(&self, cx: &Context) -> impl Future<Output = Result<Listing>> + Send;

    /// What only AWS can tell and would refuse a creation for, such as an image that does not exist, in the order of
    /// `wanted`: all that a plan creates or replaces. What is not known yet is passed over.
    fn can_be_made(
        &self,
        _cx: &Context,
        wanted: &[Wanted<Self::Spec>],
    ) -> impl Future<Output = Vec<Result<()>>> + Send {
        let all = wanted.iter().map(|_| Ok(())).collect();
        async { all }
    }

    /// What making it would change of what is there already and is not the stack's, in sentences for the plan. Asked when
    /// [`can_be_made`](Self::can_be_made) is.
    fn touches_besides(
        &self,
        _cx: &Context,
        _wanted: &Wanted<Self::Spec>,
    ) -> impl Future<Output = Result<Vec<String>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Creates it with its tags in the create call itself, waits until it can be used, and reads it back.
    /// "Already exists" and marked by this very address counts as created.
    fn create(
        &self,
        cx: &Context,
        wanted: &Wanted<Self::Spec>,
    ) -> impl Future<Output = Result<Live<Self::Spec>>> + Send;

    /// Changes the properties of `change` in place and reads the result back.
    fn update(
        &self,
        cx: &Context,
        wanted: &Wanted<Self::Spec>,
        live: &Live<Self::Spec>,
        change: &Change<Self::Spec>,
    ) -> impl Future<Output = Result<Live<Self::Spec>>> + Send;

    /// What is there under `id` ([`Live::id`]) at this moment; `None`: nothing. Asked right before it is changed, deleted
    /// or released, with a single call.
    fn current(&self, cx: &Context, id: &str) -> impl Future<Output = Result<Option<Current>>> + Send;

    /// Adds or overwrites the tags in `set` and removes those in `remove`; others stay.
    fn retag(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> impl Future<Output = Result<()>> + Send;

    /// What stands against deleting what [`list`](Self::list) found under `id`. Asked only of what no `read` told of:
    /// what the file no longer means.
    fn obstacle(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Option<Obstacle>>> + Send {
        async { Ok(None) }
    }

    /// What is lost with what [`list`](Self::list) found under `id` when it is deleted, and what stays of it: see
    /// [`Besides::deleted`]. Asked as [`obstacle`](Self::obstacle) is.
    fn besides(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<Vec<String>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// What others have to do with it: asked of what a plan deletes or replaces. [`delete`](Self::delete) refuses as
    /// long as there are holders among them, whatever a plan has said.
    fn others(&self, _cx: &Context, _going: &others::Going<'_>) -> impl Future<Output = Result<others::Others>> + Send {
        async { Ok(others::Others::default()) }
    }

    /// What a plan saw in it: see [`holds`](Self::holds); `None`: that has to be asked.
    fn held(&self, _live: &Live<Self::Spec>) -> Option<Held> {
        None
    }

    /// What is in it at this moment and goes with it, or when a list of it is set. Asked right before that, and compared
    /// with what the plan saw: what others have put there since is not taken from them. `empty`: what it contains may go.
    fn holds(&self, _cx: &Context, _id: &str, _empty: bool) -> impl Future<Output = Result<Option<Held>>> + Send {
        async { Ok(None) }
    }

    /// Asks what [`delete`](Self::delete) asks first, which finds the answers at hand ([`Context::just_now`]): a run asks
    /// while the deletion waits for its turn.
    fn ask_first(&self, _cx: &Context, _id: &str) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Deletes it and waits until it is gone as far as others can notice. `empty`: what it contains may go too
    /// (a bucket's objects); without it a kind that has contents refuses.
    fn delete(&self, cx: &Context, id: &str, empty: bool) -> impl Future<Output = Result<()>> + Send;
}
