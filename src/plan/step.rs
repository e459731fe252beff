//! What a plan does with one resource: all that an apply needs to do it, and a reader to understand it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::aws::ownership::LifecycleFlags;
use crate::model::sensitive::Sensitive;
use crate::resource::kind::{Kind, as_name};
use crate::resource::others::Others;
use crate::resource::{Address, Base, DeleteBlocker, Desired, Diagnostic, Live, Tags, Upload};

use super::desired::resolved;
use super::snapshot::After;
use super::value::PlanValue;
use super::{Action, PropertyChange, TextChange};

/// What a step is about: its address, and the id of what is there. Of a replacement the old one may have a step of its own.
pub type Thing = (Address, Option<String>);

/// What happens to one resource.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its place in the stack.
    pub address: Address,
    /// Whether the file declares it.
    pub origin: Origin,
    /// Its kind.
    #[serde(serialize_with = "as_name")]
    pub kind: Arc<dyn Kind>,
    /// The name that people see.
    pub name: String,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// Which properties differ, and why; empty for a delete.
    pub changes: Vec<PropertyChange>,
    /// What is there now; `None`: nothing.
    pub prior: Option<Prior>,
    /// What is to be there: for what is created, adopted, changed or replaced.
    pub planned: Option<Box<Planned>>,
    /// Where the file says that what is made comes from, such as `code`: as properties, which are never compared. Of
    /// what is changed only the one that is uploaded again.
    pub local: Vec<PropertyChange>,
    /// What is uploaded from this computer.
    pub upload: Option<Upload>,
    /// The texts behind a changed hash: a function's source.
    pub texts: Vec<TextChange>,
    /// Why it goes, where that is not because the file has it no longer: its member left the roster, or `when:`.
    pub why: Option<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// The attributes that the step gives new values, which are not known before it is done.
    pub renews: Vec<String>,
    /// The place of its kind in the registry's order, in which each kind comes after those it usually refers to.
    pub rank: usize,
    /// The resources of the stack that it needs: they are created before it, and deleted after it.
    pub depends_on: BTreeSet<Address>,
    /// Those among them that it outlives: they may be deleted while it stays, and are deleted before it.
    pub outlives: BTreeSet<Address>,
    /// Whether AWS was asked if what is to be there can be made: see [`super::ahead`].
    pub is_checked: bool,
    /// Whether its notes say what an update loses.
    pub loses_data: bool,
    /// What is outside of the plan and still uses what this step would take away, which stays therefore.
    pub stays_for: Option<Address>,
    /// Whether what it contains may be deleted with it.
    pub empty: bool,
    /// All of it as it is now: properties, `name` and `tags`; `None`: nothing is there.
    pub before: Option<PlanValue>,
    /// What will be there: see [`Step::after`].
    pub after: After,
}

/// Where a resource of a plan comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The file declares it.
    Declared {
        /// The line of its logical name, from 1.
        line: usize,
    },
    /// It carries the stack's ownership tags, and the file does not mean it.
    Orphan,
}

/// What there is of a resource before the plan is carried out.
#[derive(Debug, Clone, Serialize)]
pub struct Prior {
    /// What AWS's calls take: see [`Live::id`].
    pub id: String,
    /// Every tag, if only a list reported them.
    pub tags: Option<Sensitive<Tags>>,
    /// All that was read, with every tag; `None`: only a list found it.
    pub live: Option<Sensitive<Arc<Live<Value>>>>,
    /// What stands against deleting it.
    pub blocker: Option<DeleteBlocker>,
    /// What others have to do with what the step takes away, as far as that was asked.
    pub others: Others,
}

/// What is to be there.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// All that is known of it: the spec in its canonical form and the tags of people.
    pub desired: Sensitive<Desired<Value>>,
    /// What the file says, of which an apply makes the whole again: with what has become known, and with this computer's
    /// files, which must be as they were. `None`: `desired` is all there is.
    pub source: Option<Sensitive<Source>>,
    /// The properties (dotted; a tag is `tags.<key>`) that take in a secret variable.
    pub secret: BTreeSet<String>,
    /// The properties whose drift is ignored.
    pub ignored: Vec<String>,
    /// What its ownership tags will say of the day on which it may be deleted.
    pub keep: LifecycleFlags,
}

/// What the file says of a resource: templates, whose references have values only when what they refer to is there.
#[derive(Clone)]
pub struct Source {
    /// `name:`, or what stands for it.
    pub name: String,
    /// The kind's properties, which the stack has as well.
    pub spec: Arc<Value>,
    /// The tags of the stack and the resource.
    pub tags: BTreeMap<String, String>,
}

impl Source {
    /// What it means with these values; see [`resolved`].
    ///
    /// # Errors
    /// A file can't be read, or what comes of it is not a valid spec.
    pub fn desired(
        &self,
        step: &Step,
        base: &Base,
        value_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Desired<Value>, Diagnostic> {
        resolved((&*step.kind, &step.address), (&self.name, &self.spec, &mut self.tags.iter()), base, value_of)
    }
}

impl Prior {
    /// What was read.
    pub fn of(live: impl Into<Arc<Live<Value>>>) -> Self {
        let live = live.into();
        Self {
            id: live.id.clone(),
            tags: None,
            blocker: live.blocker.clone(),
            others: Others::default(),
            live: Some(live.into()),
        }
    }

    /// What only a list found.
    pub fn listed(id: String, tags: Tags, blocker: Option<DeleteBlocker>) -> Self {
        Self { id, tags: Some(tags.into()), live: None, blocker, others: Others::default() }
    }
}

impl Step {
    /// Whether anything is done.
    pub fn is_change(&self) -> bool {
        !matches!(self.action, Action::None | Action::Keep { .. })
    }

    /// What it is about.
    pub fn thing(&self) -> Thing {
        (self.address.clone(), self.id().map(str::to_owned))
    }

    /// Whether the very thing that is there stays, and stays the stack's.
    pub fn stays(&self) -> bool {
        matches!(self.action, Action::None | Action::Update | Action::Adopt | Action::Keep { .. })
    }

    /// Whether the file declares it.
    pub fn is_declared(&self) -> bool {
        self.line().is_some()
    }

    /// The line in the file, from 1; `None`: the file does not declare it.
    pub fn line(&self) -> Option<usize> {
        match self.origin {
            Origin::Declared { line } => Some(line),
            Origin::Orphan => None,
        }
    }

    /// [`Prior::id`].
    pub fn id(&self) -> Option<&str> {
        self.prior.as_ref().map(|prior| prior.id.as_str())
    }

    /// What was read of what is there.
    pub fn live(&self) -> Option<&Live<Value>> {
        self.shared_live().map(|live| &**live)
    }

    /// The same, for what keeps it.
    pub fn shared_live(&self) -> Option<&Arc<Live<Value>>> {
        self.prior.as_ref()?.live.as_ref().map(Sensitive::reveal)
    }

    /// Every tag of what is there; `None`: nothing is there.
    pub fn tags(&self) -> Option<&Tags> {
        let listed = self.prior.as_ref()?.tags.as_ref().map(Sensitive::reveal);
        listed.or_else(|| self.live().map(|live| &live.tags))
    }

    /// [`Planned::desired`].
    pub fn desired(&self) -> Option<&Desired<Value>> {
        self.planned.as_ref().map(|planned| planned.desired.reveal())
    }

    /// [`Prior::blocker`].
    pub fn blocker(&self) -> Option<&DeleteBlocker> {
        self.prior.as_ref()?.blocker.as_ref()
    }

    /// [`Prior::others`].
    pub fn others(&self) -> Option<&Others> {
        self.prior.as_ref().map(|prior| &prior.others)
    }
}
