//! What is there: a resource as it is in the account, and who owns it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Attributes, Held, Tags};

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
    /// When AWS created it, in seconds since 1970, if the kind [is known by its id](super::KindInfo::is_known_by_id).
    pub made: Option<i64>,
    /// When it was last configured, in the same way, if AWS stores the ids of the resources it refers to: one that was
    /// created later with the same name is a different resource.
    pub set_up: Option<i64>,
    /// The ids that [`list`](super::Resource::list) finds besides it and that are parts of it: not orphans, as long as it
    /// is kept.
    pub includes: Vec<String>,
}

/// Notes on what is attached to a resource, as a disk to an instance, depending on what happens to the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// The resource is kept.
    pub kept: Vec<String>,
    /// It is deleted. A note here includes what [`loses`](super::Resource::loses) would say.
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
