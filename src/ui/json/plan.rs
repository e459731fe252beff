//! `plan --json`: what is done, in the form in which Terraform says it, and why.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::plan::options::Goal;
use crate::plan::snapshot::changed;
use crate::plan::value::PlanValue;
use crate::plan::{self, Counts, Plan, ProfileInUse, PropertyChange, Step};
use crate::stack::Diagnostics;
use crate::ui::Redactor;
use crate::ui::each::Each;

use super::change::{Change, Verb};
use super::upload::UploadDocument;
use super::{FileProblem, FormatVersion, NotLookedAt, name, outputs};

/// A plan: what an apply or a destroy would do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 plan --json")]
pub struct PlanDocument<'a> {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The AWS account, twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// The profile of the account, under which the plan was made; left out if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_profile: Option<ProfileInUse>,
    /// What the plan is for.
    pub goal: Goal,
    /// Every resource, those included with which nothing is done, in the order of the plan.
    pub resource_changes: Each<'a, ResourceChange>,
    /// What was changed in the account since the last apply, in properties that the file keeps: what the apply left as
    /// `before`, what is there now as `after`. None for a destroy.
    pub resource_drift: Each<'a, ResourceDrift>,
    /// How many resources are made, changed, deleted and released; a replacement is made and deleted.
    pub summary: Counts,
    /// The stack's outputs by name; `null` if known only after apply.
    pub outputs: BTreeMap<String, Option<String>>,
    /// What is probably a mistake in the stack file; left out if nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FileProblem>,
    /// Lists that AWS did not give, of kinds that the file does not name: what an earlier file named of them is not in
    /// the plan. Left out if all were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_looked_at: Vec<NotLookedAt>,
}

/// Which resource, in Terraform's form.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Identity {
    /// Its address in the stack.
    pub address: String,
    /// `managed`, as in Terraform: what cloud101 makes, changes and deletes.
    pub mode: Mode,
    /// Its kind, for example `s3.bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that people see, which AWS knows it by.
    pub name: String,
    /// `cloud101`.
    pub provider_name: Provider,
}

/// What happens to one resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceChange {
    /// Which resource.
    #[serde(flatten)]
    pub identity: Identity,
    /// AWS's id of what is there now; left out if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The line in the stack file, from 1; left out if the file does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is done, in cloud101's words.
    pub action: Action,
    /// What is done, in Terraform's form.
    pub change: Change,
    /// Why it is replaced or deleted, in Terraform's words; left out for all else, and for a destroy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_reason: Option<ActionReason>,
    /// For a replacement the properties that require it; for a release or keep the reason.
    pub because: Vec<String>,
    /// Whether what it contains is deleted with it.
    pub empties: bool,
    /// The properties that differ, each with the reason.
    pub properties: Vec<PropertyDocument>,
    /// What is uploaded from this computer; left out if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadDocument>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// What was changed in the account since the last apply, in the form of Terraform's `resource_drift[]`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceDrift {
    /// Which resource.
    #[serde(flatten)]
    pub identity: Identity,
    /// What was done, not by cloud101.
    pub change: Change,
}

/// What Terraform calls the mode of a resource.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is made, changed and deleted, not only read.
    Managed,
}

/// What Terraform calls the provider.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// cloud101 has no other.
    Cloud101,
}

/// Why something is replaced or deleted, in Terraform's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionReason {
    /// AWS can't change in place what is in `replace_paths`.
    ReplaceBecauseCannotUpdate,
    /// `--replace` asks for it.
    ReplaceByRequest,
    /// The file does not name it.
    DeleteBecauseNoResourceConfig,
    /// The file names the resource, and its roster has this key no longer, or `when:` leaves it out.
    DeleteBecauseEachKey,
}

/// What is done with a resource, in cloud101's words.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    None,
    /// It is made.
    Create,
    /// It exists, and the stack takes it over.
    Adopt,
    /// It is changed in place.
    Update,
    /// A new one takes its place.
    Replace,
    /// It goes.
    Delete,
    /// It is kept in the account, no longer managed by the stack.
    Release,
    /// A destroy leaves it, and it stays the stack's.
    Keep,
}

/// One property that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PropertyDocument {
    /// Dotted, `root_volume.size_gib`; a tag is `tags.<key>`.
    pub path: String,
    /// What is there; left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What will be there, `(known after apply)` where that is not known; left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Why it changes.
    pub reason: Reason,
    /// For the reasons `replaced` and `renewed`: the resource that is replaced, or changed, and to which this refers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// Whether it makes the resource be replaced.
    pub forces_replacement: bool,
}

/// Why a property changes.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file says something new.
    File,
    /// It was changed in the account since the last apply.
    Drift,
    /// It was taken out of the file, and goes back to AWS's default.
    TakenOut,
    /// It has the right value, and from now on the stack keeps it there.
    Recorded,
    /// It was taken out of the file and has AWS's default already.
    Forgotten,
    /// It refers to a resource that is replaced.
    Replaced,
    /// It refers to an attribute that gets a new value when another resource changes, such as an address.
    Renewed,
    /// Another one was asked for with `--renew`: the hand-out of the one there is was lost.
    Requested,
}

impl<'a> PlanDocument<'a> {
    /// The document of a plan. `redactor` knows what must be hidden in it, which is then marked.
    pub fn of(plan: &'a Plan, goal: Goal, warnings: Option<&Diagnostics>, redactor: &'a Redactor) -> Self {
        let change = move |step| ResourceChange::of(step, ActionReason::of(step, plan, goal), redactor);
        let drift = move |step| ResourceDrift::of(step, redactor);
        Self {
            format_version: FormatVersion,
            stack: plan.place.stack.clone(),
            account: plan.place.account.clone(),
            region: plan.place.region.clone(),
            account_profile: plan.account_profile.clone(),
            goal,
            resource_changes: Each::of(move || plan.steps.iter().map(change)),
            resource_drift: Each::of(move || plan.steps.iter().filter_map(drift)),
            summary: plan.counts(),
            outputs: outputs(&plan.outputs),
            warnings: warnings.map(FileProblem::all).unwrap_or_default(),
            not_looked_at: NotLookedAt::lists(&plan.unseen, &plan.place.region),
        }
    }
}

impl Identity {
    fn of(step: &Step) -> Self {
        Self {
            address: step.address.to_string(),
            mode: Mode::Managed,
            kind: step.kind.name().to_owned(),
            name: name(step),
            provider_name: Provider::Cloud101,
        }
    }
}

impl ResourceChange {
    fn of(step: &Step, action_reason: Option<ActionReason>, redactor: &Redactor) -> Self {
        let because = match &step.action {
            plan::Action::Replace { because, .. } => because.iter().cloned().collect(),
            plan::Action::Release { because } | plan::Action::Keep { because } => vec![because.clone()],
            _ => Vec::new(),
        };
        Self {
            identity: Identity::of(step),
            id: step.id().map(str::to_owned),
            line: step.line(),
            action: Action::of(&step.action),
            change: Change::of(step, redactor),
            action_reason,
            because,
            empties: crate::ui::plan::empties(step),
            properties: step.changes.iter().map(PropertyDocument::of).collect(),
            upload: step.upload.as_ref().map(UploadDocument::of),
            notes: step.notes.clone(),
        }
    }
}

impl ResourceDrift {
    /// `None`: nothing of it drifted. What the apply left is what the file still says.
    fn of(step: &Step, redactor: &Redactor) -> Option<Self> {
        let drifted: Vec<_> =
            step.changes.iter().filter(|change| change.reason == plan::Reason::Drift).cloned().collect();
        let now = step.before.clone().filter(|_| !drifted.is_empty())?;
        let left = changed(now.clone(), &drifted);
        Some(Self {
            identity: Identity::of(step),
            change: Change::between(vec![Verb::Update], Some(&left), Some(&now), redactor),
        })
    }
}

impl ActionReason {
    fn of(step: &Step, plan: &Plan, goal: Goal) -> Option<Self> {
        match &step.action {
            plan::Action::Replace { because, .. }
                if because.iter().all(|path| path == plan::options::REPLACE_OPTION) =>
            {
                Some(Self::ReplaceByRequest)
            }
            plan::Action::Replace { .. } => Some(Self::ReplaceBecauseCannotUpdate),
            // A second one of what the file names: Terraform has no word for that.
            plan::Action::Delete if goal == Goal::Apply => {
                let named = |other: &Step| other.is_declared() && other.address == step.address;
                let is_second = plan.steps.iter().any(|other| named(other) && other.kind.name() == step.kind.name());
                let because = match step.why {
                    Some(_) => Self::DeleteBecauseEachKey,
                    None => Self::DeleteBecauseNoResourceConfig,
                };
                (!is_second).then_some(because)
            }
            _ => None,
        }
    }
}

impl Action {
    /// The word for an action.
    pub fn of(action: &plan::Action) -> Self {
        match action {
            plan::Action::None => Self::None,
            plan::Action::Create => Self::Create,
            plan::Action::Adopt => Self::Adopt,
            plan::Action::Update => Self::Update,
            plan::Action::Replace { .. } => Self::Replace,
            plan::Action::Delete => Self::Delete,
            plan::Action::Release { .. } => Self::Release,
            plan::Action::Keep { .. } => Self::Keep,
        }
    }
}

impl PropertyDocument {
    fn of(change: &PropertyChange) -> Self {
        Self {
            path: change.path.clone(),
            before: change.before.as_ref().map(PlanValue::shown),
            after: change.after.as_ref().map(PlanValue::shown),
            reason: match change.reason {
                plan::Reason::File => Reason::File,
                plan::Reason::Drift => Reason::Drift,
                plan::Reason::TakenOut => Reason::TakenOut,
                plan::Reason::Recorded => Reason::Recorded,
                plan::Reason::Forgotten => Reason::Forgotten,
                plan::Reason::Replaced(_) | plan::Reason::Remade(_) | plan::Reason::MadeSince(_) => Reason::Replaced,
                plan::Reason::Renewed(_) => Reason::Renewed,
                plan::Reason::Requested => Reason::Requested,
            },
            replaced: match &change.reason {
                plan::Reason::Replaced(address)
                | plan::Reason::Remade(address)
                | plan::Reason::MadeSince(address)
                | plan::Reason::Renewed(address) => Some(address.to_string()),
                _ => None,
            },
            forces_replacement: change.replaces,
        }
    }
}
