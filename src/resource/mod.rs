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
mod listing;
mod live;
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
use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aws::{Context, Result};
pub use crate::model::{Address, Base, Diagnostic, Place, Tags, is_unknown};
pub use erased::Erased;
pub use held::Held;
pub use info::{Attribute, Derived, KindInfo, Offer, Remains, Text, Unchecked, texts};
pub use listing::{Listing, Owned};
pub use live::{Besides, Contents, Current, DeleteBlocker, Live};
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
