//! `plan --json`: what is done, in the form in which Terraform says it, and why.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::plan::options::Goal;
use crate::plan::{self, Counts, Plan, PropertyChange, Step};

use super::{FormatVersion, marks, name, outputs};

/// A plan: what an apply or a destroy would do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "cloud101 plan --json")]
pub struct PlanDocument {
    /// The version of this format.
    pub format_version: FormatVersion,
    /// The stack's name.
    pub stack: String,
    /// The AWS account, twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// What the plan is for.
    pub goal: Goal,
    /// Every resource, those included with which nothing is done, in the order of the plan.
    pub resource_changes: Vec<ResourceChange>,
    /// How many resources are made, changed, deleted and released; a replacement is made and deleted.
    pub summary: Counts,
    /// The stack's outputs by name; `null` if known only after apply.
    pub outputs: BTreeMap<String, Option<String>>,
}

/// What happens to one resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceChange {
    /// Its place in the stack.
    pub address: String,
    /// Its kind, for example `s3.bucket`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name that people see, which AWS knows it by.
    pub name: String,
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
    /// For a replacement the properties that require it; for a release or keep the reason.
    pub because: Vec<String>,
    /// Whether what it contains is deleted with it.
    pub empties: bool,
    /// The properties that differ, each with the reason.
    pub properties: Vec<PropertyDocument>,
    /// What a person should know.
    pub notes: Vec<String>,
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
    /// It stays in the account and is no longer the stack's.
    Release,
    /// A destroy leaves it, and it stays the stack's.
    Keep,
}

/// What is done, in the form of Terraform's `resource_changes[].change`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    /// `["no-op"]`, `["create"]`, `["update"]`, `["delete"]`, `["forget"]`, or for a replacement `["delete", "create"]` or
    /// `["create", "delete"]`, in the order in which it is done.
    pub actions: Vec<Verb>,
    /// All of the resource as it is now: properties, `name` and `tags`; `null` if nothing is there.
    pub before: Option<Map<String, Value>>,
    /// All of it as it will be, as far as that is known; `null` if nothing of the stack's will be there.
    pub after: Option<Map<String, Value>>,
    /// `true` at each place of `after` that is known only after apply, in the same nesting.
    pub after_unknown: Value,
    /// `true` at each place of `before` that is hidden, in the same nesting; `false` if `before` is `null`.
    pub before_sensitive: Value,
    /// `true` at each place of `after` that is hidden, in the same nesting; `false` if `after` is `null`.
    pub after_sensitive: Value,
    /// For a replacement: the properties that AWS can't change in place, each as a list of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_paths: Option<Vec<Vec<String>>>,
    /// For an adoption: what is taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importing: Option<Importing>,
}

/// One word of `change.actions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Nothing is done.
    NoOp,
    /// It is made.
    Create,
    /// It is changed in place; adopting is one, too.
    Update,
    /// It goes.
    Delete,
    /// It stays in the account and is no longer the stack's.
    Forget,
}

/// What an adoption takes over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Importing {
    /// AWS's id.
    pub id: String,
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
    /// For the reason `replaced`: the resource that is replaced and to which this refers.
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
}

impl PlanDocument {
    /// The document of a plan.
    pub fn of(plan: &Plan, goal: Goal) -> Self {
        Self {
            format_version: FormatVersion,
            stack: plan.place.stack.clone(),
            account: plan.place.account.clone(),
            region: plan.place.region.clone(),
            goal,
            resource_changes: plan.steps.iter().map(ResourceChange::of).collect(),
            summary: plan.counts(),
            outputs: outputs(&plan.outputs),
        }
    }
}

impl ResourceChange {
    fn of(step: &Step) -> Self {
        let because = match &step.action {
            plan::Action::Replace { because, .. } => because.clone(),
            plan::Action::Release { because } | plan::Action::Keep { because } => vec![because.clone()],
            _ => Vec::new(),
        };
        Self {
            address: step.address.to_string(),
            kind: step.kind.name(),
            name: name(step),
            id: step.id.clone(),
            line: step.line,
            action: Action::of(&step.action),
            change: Change::of(step),
            because,
            empties: crate::ui::plan::empties(step),
            properties: step.changes.iter().map(PropertyDocument::of).collect(),
            notes: step.notes.clone(),
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

impl Change {
    fn of(step: &Step) -> Self {
        let marked = |whole: &Option<Value>| whole.as_ref().map_or(Value::Bool(false), marks::sensitive);
        let known = |whole: &Option<Value>| match whole.as_ref().map(marks::known) {
            Some(Value::Object(known)) => Some(known),
            _ => None,
        };
        let replace_paths = |because: &[String]| {
            let paths = because.iter().filter(|path| *path != plan::options::REPLACE_OPTION);
            paths.map(|path| path.split('.').map(str::to_owned).collect()).collect()
        };
        Self {
            actions: verbs(&step.action),
            before: known(&step.before),
            after: known(&step.after),
            after_unknown: step.after.as_ref().map_or_else(|| Value::Object(Map::new()), marks::unknown),
            before_sensitive: marked(&step.before),
            after_sensitive: marked(&step.after),
            replace_paths: match &step.action {
                plan::Action::Replace { because, .. } => Some(replace_paths(because)),
                _ => None,
            },
            importing: match &step.action {
                plan::Action::Adopt => step.id.clone().map(|id| Importing { id }),
                _ => None,
            },
        }
    }
}

fn verbs(action: &plan::Action) -> Vec<Verb> {
    match action {
        plan::Action::None | plan::Action::Keep { .. } => vec![Verb::NoOp],
        plan::Action::Create => vec![Verb::Create],
        plan::Action::Adopt | plan::Action::Update => vec![Verb::Update],
        plan::Action::Replace { create_first: true, .. } => vec![Verb::Create, Verb::Delete],
        plan::Action::Replace { create_first: false, .. } => vec![Verb::Delete, Verb::Create],
        plan::Action::Delete => vec![Verb::Delete],
        plan::Action::Release { .. } => vec![Verb::Forget],
    }
}

impl PropertyDocument {
    fn of(change: &PropertyChange) -> Self {
        Self {
            path: change.path.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            reason: match change.reason {
                plan::Reason::File => Reason::File,
                plan::Reason::Drift => Reason::Drift,
                plan::Reason::TakenOut => Reason::TakenOut,
                plan::Reason::Recorded => Reason::Recorded,
                plan::Reason::Forgotten => Reason::Forgotten,
                plan::Reason::Replaced(_) => Reason::Replaced,
            },
            replaced: match &change.reason {
                plan::Reason::Replaced(address) => Some(address.to_string()),
                _ => None,
            },
            forces_replacement: change.replaces,
        }
    }
}
