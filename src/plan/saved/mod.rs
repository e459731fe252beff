//! A plan in a file, to be carried out later: just as it was shown, or not at all.
//!
//! The file says how the plan was made and what it came to ([`shown`]), for people to look at; it is not what apply works
//! from. Apply makes the plan again from the stack and the account, saves it in the same form, and compares the two
//! ([`compare`]). Of values it holds what a plan may show, of all else digests: a secret enters none of them, not even as a
//! hash. Pure.

pub mod compare;
pub mod file;
mod shown;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::aws::ownership::{self, LastApplied};
use crate::model::needles::Needles;
use crate::model::value::at;
use crate::resource::{Address, Live};
use crate::stack::{ResourceConfig, Stack};

use super::desired::tag_template;
use super::options::{Goal, Leavers, Options};
use super::same::normal;
use super::{Action, Plan, PropertyChange, Reason, Step};
use crate::model::sensitive::SENSITIVE;

pub use file::{Unreadable, read};
use shown::{SavedLook, SavedOutput, SavedProfile, Seen};
use value::SavedValue;

/// What a plan is made of, beside the account.
pub struct Made<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// Its file, as a person would type it.
    pub file: &'a str,
    /// Whether the account is the sandbox's.
    pub sandbox: bool,
    /// `--var name=value`.
    pub vars: &'a BTreeMap<String, String>,
    /// What the plan is for.
    pub goal: Goal,
    /// What was asked for besides.
    pub options: &'a Options,
    /// Takes out of a text all that must not stand in a file: the last guard, as at the program's exit.
    pub hide: &'a dyn Fn(&str) -> String,
}

/// The contents of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The form of the file. The key tells a saved plan from a stack.
    cloud101_plan: u32,
    /// The cloud101 that saved it: another one may decide otherwise.
    version: String,
    /// The stack file, as seen from the folder in which the plan was made.
    pub stack_file: String,
    /// See [`Stack::sha256`].
    stack_file_sha256: String,
    stack: String,
    partition: String,
    account: String,
    region: String,
    /// Whether the account is the sandbox's.
    pub sandbox: bool,
    /// What the account's programme is called, and all that is said of it, if the plan was made under its profile.
    #[serde(default, skip_serializing_if = "Seen::is_none")]
    profile: Seen<Option<SavedProfile>>,
    /// What the plan is for.
    pub goal: Goal,
    targets: BTreeSet<Address>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    only: BTreeSet<String>,
    replace: BTreeSet<Address>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    renew: BTreeSet<Address>,
    #[serde(default, skip_serializing_if = "is_default")]
    leavers: Leavers,
    empty_buckets: bool,
    /// The variables that were given on the command line and are not secret.
    vars: BTreeMap<String, String>,
    /// The names of those that were given and are secret.
    secret_vars: BTreeSet<String>,
    steps: Vec<SavedStep>,
    outputs: Seen<Vec<SavedOutput>>,
}

/// A [`Step`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedStep {
    address: Address,
    kind: String,
    /// Whether the file names it.
    in_file: bool,
    #[serde(flatten)]
    action: Action,
    /// Whether what it contains may be deleted with it.
    empty: bool,
    /// What still uses what it would delete, which is kept for that.
    stays_for: Option<Address>,
    changes: Vec<SavedChange>,
    /// A digest of what the account was seen to have.
    seen: String,
    look: Seen<SavedLook>,
}

/// A [`PropertyChange`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedChange {
    path: String,
    reason: Reason,
    replaces: bool,
    before: Seen<Option<SavedValue>>,
    after: Option<SavedValue>,
    text: bool,
    said: bool,
}

impl SavedPlan {
    /// The form in which `plan` is saved.
    pub fn of(plan: &Plan, made: &Made<'_>) -> Self {
        let is_secret = |name: &String| made.stack.vars.get(name).is_some_and(|var| var.secret);
        let (secret, open): (BTreeMap<_, _>, BTreeMap<_, _>) =
            made.vars.clone().into_iter().partition(|(name, _)| is_secret(name));
        Self {
            cloud101_plan: file::FORMAT,
            version: file::VERSION.to_owned(),
            stack_file: made.file.to_owned(),
            stack_file_sha256: made.stack.sha256.clone(),
            stack: plan.place.stack.clone(),
            partition: plan.place.partition.clone(),
            account: plan.place.account.clone(),
            region: plan.place.region.clone(),
            sandbox: made.sandbox,
            profile: Seen(plan.account_profile.as_ref().map(SavedProfile::of)),
            goal: made.goal,
            targets: made.options.targets.clone(),
            only: made.options.only.clone(),
            replace: made.options.replace.clone(),
            renew: made.options.renew.clone(),
            leavers: made.options.leavers.clone(),
            empty_buckets: made.options.empty_buckets,
            vars: open,
            secret_vars: secret.into_keys().collect(),
            steps: {
                let secrets = secrets(made.stack);
                plan.steps.iter().map(|step| saved(made, &secrets, step)).collect()
            },
            outputs: Seen(plan.outputs.iter().map(|output| SavedOutput::of(output, made.hide)).collect()),
        }
    }

    /// What was asked for besides.
    pub fn options(&self) -> Options {
        Options {
            targets: self.targets.clone(),
            only: self.only.clone(),
            replace: self.replace.clone(),
            renew: self.renew.clone(),
            leavers: self.leavers.clone(),
            empty_buckets: self.empty_buckets,
            adopt: BTreeMap::new(),
        }
    }
}

fn is_default(leavers: &Leavers) -> bool {
    *leavers == Leavers::default()
}

fn saved(made: &Made<'_>, secrets: &Needles, step: &Step) -> SavedStep {
    let hide = &|text: &str| hidden(secrets, &(made.hide)(text));
    let change = |change: &PropertyChange| SavedChange {
        path: hidden(secrets, &change.path),
        reason: change.reason.clone(),
        replaces: change.replaces,
        before: Seen(change.before.as_ref().map(|value| SavedValue::of(value, hide))),
        after: change.after.as_ref().map(|value| SavedValue::of(value, hide)),
        text: change.text,
        said: change.said,
    };
    SavedStep {
        address: step.address.clone(),
        kind: step.kind.name().to_owned(),
        in_file: step.is_declared(),
        action: step.action.clone(),
        empty: step.empty,
        stays_for: step.stays_for.clone(),
        changes: step.changes.iter().map(change).collect(),
        seen: digest(secrets, &seen(made.stack, step)),
        look: Seen(SavedLook::of(step, hide)),
    }
}

/// What the account has, as far as it bears on the step. Attributes are not among it: they matter only where something
/// refers to them, and there they are part of a new value.
fn seen(stack: &Stack, step: &Step) -> Value {
    let declared = stack.get(&step.address).filter(|_| step.is_declared());
    let properties = declared.zip(step.live()).map(|(declared, live)| properties(stack, declared, live));
    let deleted = matches!(step.action, Action::Delete | Action::Replace { .. });
    json!({
        "name": step.name,
        "id": step.id(),
        "tags": tags(stack, declared, step),
        "properties": properties,
        "obstacle": step.blocker().filter(|_| deleted),
        "others": step.others().cloned().unwrap_or_default(),
    })
}

/// The live properties, in the form in which all that mean the same are equal.
fn properties(stack: &Stack, declared: &ResourceConfig, live: &Live<Value>) -> BTreeMap<String, Value> {
    let schema = declared.kind.schema();
    let shown = super::shown::properties(stack, declared, live).shown();
    let leaf = |path: String| {
        let value = normal(schema.at(&path)?, at(&shown, &path)?);
        Some((path, value))
    };
    schema.leaves().iter().cloned().filter_map(leaf).collect()
}

/// The live tags, cloud101's marks among them. A kind's own are left out: they hold values of properties.
fn tags<'a>(stack: &Stack, declared: Option<&ResourceConfig>, step: &'a Step) -> BTreeMap<&'a str, &'a str> {
    let there = step.tags();
    let recorded = there.map(LastApplied::read).unwrap_or_default();
    let is_secret = |key: &str| {
        let template = declared.and_then(|declared| tag_template(stack, declared, key));
        template.is_some_and(|template| stack.is_secret(template)) || recorded.hides(&format!("tags.{key}"))
    };
    let tags =
        there.into_iter().flatten().filter(|(key, _)| !ownership::is_ownership_tag(key) || ownership::is_own(key));
    tags.map(|(key, value)| (key.as_str(), if is_secret(key) { SENSITIVE } else { value })).collect()
}

fn digest(secrets: &Needles, value: &Value) -> String {
    BASE64_STANDARD.encode(Sha256::digest(hidden(secrets, &value.to_string())))
}

/// The secrets, as they are and as they stand in JSON.
fn secrets(stack: &Stack) -> Needles {
    let in_json = |secret: &String| Value::from(secret.as_str()).to_string().trim_matches('"').to_owned();
    let mut needles = Needles::default();
    needles.add(stack.secrets().into_iter().flat_map(|secret| [in_json(&secret), secret]));
    needles
}

/// A text, or a value in JSON, without what is like a secret, for whatever other reason it says it. Those that overlap
/// become one.
fn hidden(secrets: &Needles, text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut end = None;
    let mut from = 0;
    secrets.find(text, |start, secret| {
        if end.is_none_or(|end| start > end) {
            hidden.push_str(&text[from..start]);
            hidden.push_str(SENSITIVE);
        }
        from = from.max(start + secret.len());
        end = Some(from);
    });
    hidden.push_str(&text[from..]);
    hidden
}
