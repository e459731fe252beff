//! A resource before and after, in the form in which Terraform says it.

use nonempty::NonEmpty;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::plan::options::REPLACE_OPTION;
use crate::plan::value::PlanValue;
use crate::plan::{Action, Step};
use crate::ui::Redactor;

use super::marks;

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
    /// For a replacement: the properties that AWS can't change in place, each as a list of keys; left out if there is none.
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
    /// It is kept in the account, no longer managed by the stack.
    Forget,
}

/// What an adoption takes over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Importing {
    /// AWS's id.
    pub id: String,
}

impl Change {
    /// From one whole to the other. What the redactor hides in them is marked as what the file says to be secret.
    pub fn between(
        actions: Vec<Verb>,
        before: Option<&PlanValue>,
        after: Option<&PlanValue>,
        redactor: &Redactor,
    ) -> Self {
        let [before, after] = [before, after].map(|whole| whole.map(|whole| redactor.plan_value(whole)));
        let marked = |whole: &Option<PlanValue>| whole.as_ref().map_or(Value::Bool(false), marks::sensitive);
        let known = |whole: &Option<PlanValue>| match whole.as_ref().map(marks::known) {
            Some(Value::Object(known)) => Some(known),
            _ => None,
        };
        Self {
            actions,
            before: known(&before),
            after: known(&after),
            after_unknown: after.as_ref().map_or_else(|| Value::Object(Map::new()), marks::unknown),
            before_sensitive: marked(&before),
            after_sensitive: marked(&after),
            replace_paths: None,
            importing: None,
        }
    }

    /// What is done with a resource.
    pub fn of(step: &Step, redactor: &Redactor) -> Self {
        let replace_paths = |because: &NonEmpty<String>| -> Vec<Vec<String>> {
            let paths = because.iter().filter(|path| *path != REPLACE_OPTION);
            paths.map(|path| path.split('.').map(str::to_owned).collect()).collect()
        };
        Self {
            replace_paths: match &step.action {
                Action::Replace { because, .. } => Some(replace_paths(because)).filter(|paths| !paths.is_empty()),
                _ => None,
            },
            importing: match &step.action {
                Action::Adopt => step.id().map(str::to_owned).map(|id| Importing { id }),
                _ => None,
            },
            ..Self::between(verbs(&step.action), step.before.as_ref(), step.after().as_deref(), redactor)
        }
    }
}

fn verbs(action: &Action) -> Vec<Verb> {
    match action {
        Action::None | Action::Keep { .. } => vec![Verb::NoOp],
        Action::Create => vec![Verb::Create],
        Action::Adopt | Action::Update => vec![Verb::Update],
        Action::Replace { create_first: true, .. } => vec![Verb::Create, Verb::Delete],
        Action::Replace { create_first: false, .. } => vec![Verb::Delete, Verb::Create],
        Action::Delete => vec![Verb::Delete],
        Action::Release { .. } => vec![Verb::Forget],
    }
}
