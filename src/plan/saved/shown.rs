//! What of a saved plan is only there to be shown: the plan itself, as people saw it when it was made.
//!
//! A plan that is made of it can be looked at and not carried out: it has no values that AWS would need.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::account_profile::ProfileChoice;
use crate::plan::snapshot::After;
use crate::plan::value::PlanValue;
use crate::plan::{FoundBy, Origin, Output, Plan, Prior, ProfileInUse, PropertyChange, Step, TextChange};
use crate::resource::{Place, Registry, Tags, Upload, UploadedFile};
use crate::stack::account_profile::Instead;

use super::value::SavedValue;
use super::{SavedChange, SavedPlan, SavedStep};

/// A [`PropertyChange`] that is never compared: where something comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedLocal {
    path: String,
    after: Option<SavedValue>,
    text: bool,
}

/// What is only there to be seen. It is not compared: what it says of the account is in a digest as well, in a form in
/// which all that mean the same are equal.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Seen<T>(pub(super) T);

impl<T> Seen<Option<T>> {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> PartialEq for Seen<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What people see of a step besides its changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedLook {
    name: SavedValue,
    id: Option<String>,
    line: Option<usize>,
    local: Vec<SavedLocal>,
    upload: Option<Upload>,
    loses_data: bool,
    before: Option<SavedValue>,
    after: Option<SavedValue>,
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    texts: Vec<TextChange>,
}

/// A [`ProfileInUse`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedProfile {
    name: String,
    found_by: FoundBy,
    instead: Vec<Instead>,
    outputs_left_out: Vec<String>,
}

impl SavedProfile {
    pub(super) fn of(profile: &ProfileInUse) -> Self {
        let ProfileInUse { name, title: _, found_by, instead, outputs_left_out } = profile.clone();
        Self { name: name.to_owned(), found_by, instead, outputs_left_out }
    }

    /// `None`: this cloud101 does not know it.
    fn profile(&self) -> Option<ProfileInUse> {
        let Self { name, found_by, instead, outputs_left_out } = self.clone();
        let Some(ProfileChoice::Of(profile)) = ProfileChoice::parse(&name) else { return None };
        Some(ProfileInUse { name: profile.name, title: profile.title, found_by, instead, outputs_left_out })
    }
}

/// An [`Output`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedOutput {
    name: String,
    value: SavedValue,
}

impl SavedOutput {
    pub(super) fn of(output: &Output, hide: &dyn Fn(&str) -> String) -> Self {
        Self { name: output.name.clone(), value: SavedValue::of(&output.value, hide) }
    }
}

/// The names of files without what must not be in a file.
fn hidden(upload: &Upload, hide: &dyn Fn(&str) -> String) -> Upload {
    let file = |file: &UploadedFile| UploadedFile { name: hide(&file.name), bytes: file.bytes };
    Upload { files: upload.files.iter().map(file).collect(), ..upload.clone() }
}

impl SavedLook {
    pub(super) fn of(step: &Step, hide: &dyn Fn(&str) -> String) -> Self {
        let value = |value: &Option<PlanValue>| value.as_ref().map(|value| SavedValue::of(value, hide));
        let local = |change: &PropertyChange| SavedLocal {
            path: hide(&change.path),
            after: value(&change.after),
            text: change.text,
        };
        let text = |text: &TextChange| TextChange {
            file: hide(&text.file),
            before: hide(&text.before),
            after: hide(&text.after),
        };
        Self {
            name: SavedValue::of(&step.name.as_str().into(), hide),
            id: step.id().map(hide),
            line: step.line(),
            local: step.local.iter().map(local).collect(),
            upload: step.upload.as_ref().map(|upload| hidden(upload, hide)),
            loses_data: step.loses_data,
            before: value(&step.before),
            after: step.after().map(|value| SavedValue::of(&value, hide)),
            notes: step.notes.iter().map(|note| hide(note)).collect(),
            why: step.why.as_deref().map(hide),
            texts: step.texts.iter().map(text).collect(),
        }
    }
}

impl SavedPlan {
    /// The plan as it was made, to be looked at; `None`: this cloud101 does not know a kind in it.
    pub fn plan(&self, registry: &Registry) -> Option<Plan> {
        let output = |output: &SavedOutput| Output { name: output.name.clone(), value: output.value.value() };
        Some(Plan {
            place: Place {
                partition: self.partition.clone(),
                account: self.account.clone(),
                region: self.region.clone(),
                stack: self.stack.clone(),
            },
            account_profile: self.profile.0.as_ref().and_then(SavedProfile::profile),
            steps: self.steps.iter().map(|step| step.step(registry)).collect::<Option<_>>()?,
            outputs: self.outputs.0.iter().map(output).collect(),
            left_out: self.options().selection().map(|_| Default::default()),
            selection: self.options().selection(),
            inputs: Default::default(),
            unseen: Vec::new(),
            unplanned: Vec::new(),
            aside: Default::default(),
            unsaid: Default::default(),
        })
    }
}

impl SavedStep {
    fn step(&self, registry: &Registry) -> Option<Step> {
        let look = &self.look.0;
        let value = |value: &Option<SavedValue>| value.as_ref().map(SavedValue::value);
        let local = |local: &SavedLocal| PropertyChange {
            path: local.path.clone(),
            before: None,
            after: value(&local.after),
            reason: crate::plan::Reason::File,
            replaces: false,
            text: local.text,
            said: true,
        };
        Some(Step {
            address: self.address.clone(),
            origin: look.line.map_or(Origin::Orphan, |line| Origin::Declared { line }),
            kind: registry.find(&self.kind)?.clone(),
            name: match look.name.value() {
                PlanValue::Unknown => crate::model::reference::unknown(),
                name => name.shown_text(),
            },
            action: self.action.clone(),
            changes: self.changes.iter().map(SavedChange::change).collect(),
            prior: look.id.clone().map(|id| Prior::listed(id, Tags::new(), None)),
            planned: None,
            local: look.local.iter().map(local).collect(),
            upload: look.upload.clone(),
            texts: look.texts.clone(),
            notes: look.notes.clone(),
            why: look.why.clone(),
            renews: Vec::new(),
            rank: usize::MAX,
            depends_on: BTreeSet::new(),
            outlives: BTreeSet::new(),
            is_checked: false,
            loses_data: look.loses_data,
            stays_for: self.stays_for.clone(),
            empty: self.empty,
            before: value(&look.before),
            after: value(&look.after).map_or(After::Nothing, After::Whole),
        })
    }
}

impl SavedChange {
    fn change(&self) -> PropertyChange {
        PropertyChange {
            path: self.path.clone(),
            before: self.before.0.as_ref().map(SavedValue::value),
            after: self.after.as_ref().map(SavedValue::value),
            reason: self.reason.clone(),
            replaces: self.replaces,
            text: self.text,
            said: self.said,
        }
    }
}
