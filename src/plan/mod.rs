//! From the stack and the live account to what is to be done.
//!
//! [`observe`], [`ahead`] and [`others`] alone read AWS. [`decide`] and [`diff`] are pure: the same stack and the same
//! observation make the same plan. A [`Plan`] is data; `apply` interprets it and invents nothing.

pub mod adoption;
pub mod ahead;
mod by_hand;
pub mod decide;
pub mod desired;
pub mod diff;
pub mod extras;
pub mod observe;
pub mod obstacles;
pub mod options;
mod ordered;
pub mod others;
pub mod outside;
pub mod owner;
pub mod refusal;
pub mod same;
pub mod saved;
pub mod schedule;
pub mod shown;
#[cfg(test)]
mod tests;
pub mod uploads;
pub mod whole;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::kind::Kind;
use crate::resource::others::Others;
use crate::resource::{Address, Live, Obstacle, Place, Tags, Upload, Wanted, is_unknown};
use crate::stack::Stack;

use desired::Known;
use observe::Trouble;
use shown::SENSITIVE;

/// What is to be done, and everything that is needed to do it.
pub struct Plan {
    /// Which account, region and stack.
    pub place: Place,
    /// One for each resource of the file, in dependency order, then those that the file does not name.
    pub steps: Vec<Step>,
    /// The stack's outputs, as far as they are known.
    pub outputs: Vec<Output>,
    /// What `--target` leaves out: the attributes of what is there; `None` if nothing is left out.
    pub left_out: Option<Known>,
    /// Lists that AWS did not give and that the file can do without: see [`observe::Observation::unseen`].
    pub unseen: Vec<Trouble>,
}

/// An output of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value; `None` if it is known only after apply.
    pub value: Option<String>,
    /// Whether the value must not be shown.
    pub sensitive: bool,
}

/// The outputs of `stack`, as far as what they refer to is known.
pub fn outputs(stack: &Stack, place: &Place, known: &Known) -> Vec<Output> {
    let output = |(name, template): &(String, String)| {
        let value = known.resolve(stack, place, template);
        let sensitive = known.is_secret(stack, template);
        let value = if sensitive { SENSITIVE.to_owned() } else { value };
        Output { name: name.clone(), value: (!is_unknown(&value)).then_some(value), sensitive }
    };
    stack.outputs.iter().map(output).collect()
}

/// What happens to one resource.
pub struct Step {
    /// Its place in the stack.
    pub address: Address,
    /// Its kind.
    pub kind: Arc<dyn Kind>,
    /// The name that people see.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Which properties differ, and why; empty for a delete.
    pub changes: Vec<PropertyChange>,
    /// Where the file says that what is made comes from, such as `code`: as properties, which are never compared. Of
    /// what is changed only the one that is uploaded again.
    pub local: Vec<PropertyChange>,
    /// What is uploaded from this computer.
    pub upload: Option<Upload>,
    /// The texts behind a changed hash: a function's source.
    pub texts: Vec<TextChange>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// The line in the file, from 1; `None` if the file does not name it.
    pub line: Option<usize>,
    /// What is there now, for all but creations and what only a list found.
    pub live: Option<Live<Value>>,
    /// What is to be there, as far as it is known: for what is created, adopted, changed or replaced.
    pub wanted: Option<Wanted<Value>>,
    /// The attributes that the step gives anew, so that nobody knows them before it is done.
    pub renews: Vec<String>,
    /// What to delete, for deletes and replacements: see [`Live::id`].
    pub id: Option<String>,
    /// The tags that are there now.
    pub tags: Tags,
    /// What stands against deleting what is there now.
    pub obstacle: Option<Obstacle>,
    /// What others have to do with what it takes away, as far as that was asked.
    pub others: Others,
    /// Whether its notes say what an update loses.
    pub loses: bool,
    /// What is outside of the plan and still uses what this step would take away, which stays therefore.
    pub stays_for: Option<Address>,
    /// Whether what it contains may be deleted with it.
    pub empty: bool,
    /// All of it as it is now, as it may be shown: properties, `name` and `tags`; `None`: nothing is there.
    pub before: Option<Value>,
    /// All of it as it will be, in the same form; `None`: nothing of the stack's will be there.
    pub after: Option<Value>,
}

/// What is done with a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
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
    Replace {
        /// Whether the new one is there before the old one goes.
        create_first: bool,
        /// The properties that AWS can't change in place.
        because: Vec<String>,
    },
    /// It goes.
    Delete,
    /// It stays in the account and is no longer the stack's.
    Release {
        /// Why it is not deleted.
        because: String,
    },
    /// A destroy leaves it, and it stays the stack's.
    Keep {
        /// Why.
        because: String,
    },
}

/// A property that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyChange {
    /// Dotted, `root_volume.size_gib`; a tag is `tags.<key>`.
    pub path: String,
    /// What is there, as it may be shown; `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What will be there, as it may be shown; `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Why.
    pub reason: Reason,
    /// Whether AWS can't change it in place.
    pub replaces: bool,
    /// Whether it is many lines of text, better shown line by line.
    #[serde(skip)]
    pub text: bool,
    /// Whether the file says something of it for this very resource: not what cloud101 adds, nor the stack's tags.
    #[serde(skip)]
    pub said: bool,
}

/// A text that differs, to be shown line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextChange {
    /// The file.
    pub file: String,
    /// What is there; empty if the file is new.
    pub before: String,
    /// What will be there; empty if the file goes.
    pub after: String,
}

/// Why a property changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It was taken out of the file and has AWS's default already: the stack no longer keeps it there.
    Forgotten,
    /// It refers to a resource that is replaced.
    Replaced(Address),
    /// It stays as it is, and what it refers to was deleted and is made again.
    Remade(Address),
    /// The same, where it was made again before this plan, and after what refers to it was last set up.
    MadeSince(Address),
    /// It refers to an attribute that a change of another resource gives anew.
    Renewed(Address),
}

impl Reason {
    /// Whether only cloud101's own tags change.
    pub fn is_about_marks(&self) -> bool {
        matches!(self, Self::Recorded | Self::Forgotten)
    }
}

impl Step {
    /// Whether anything is done.
    pub fn is_change(&self) -> bool {
        !matches!(self.action, Action::None | Action::Keep { .. })
    }

    /// Whether the very thing that is there stays, and stays the stack's.
    pub fn stays(&self) -> bool {
        matches!(self.action, Action::None | Action::Update | Action::Adopt | Action::Keep { .. })
    }
}

impl Plan {
    /// The steps that do something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_change())
    }

    /// What is known of the resources of `stack` that are there, before anything is done.
    pub fn known(&self, stack: &Stack) -> Known {
        let mut known = self.left_out.clone().unwrap_or_default();
        for (step, live) in self.steps.iter().filter_map(|step| Some((step, step.live.as_ref()?))) {
            let Some(declared) = stack.get(&step.address) else { continue };
            match (&step.action, &step.wanted) {
                (Action::Update | Action::Adopt, Some(wanted)) => {
                    known.insert_changed(&self.place, declared, live, wanted, &step.renews);
                }
                _ => known.insert_live(&self.place, declared, &step.name, live),
            }
        }
        known
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// How many resources are made, changed, deleted and released; a replacement is made and deleted.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.action {
                Action::None | Action::Keep { .. } => {}
                Action::Create => counts.add += 1,
                Action::Adopt => counts.adopted(),
                Action::Update => counts.change += 1,
                Action::Replace { .. } if step.stays_for.is_some() => counts.add += 1,
                Action::Replace { .. } => (counts.add, counts.destroy) = (counts.add + 1, counts.destroy + 1),
                Action::Delete => counts.destroy += 1,
                Action::Release { .. } => counts.release += 1,
            }
        }
        counts
    }
}

/// The numbers in a plan's last line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Made.
    pub add: usize,
    /// Changed in place, adopted included.
    pub change: usize,
    /// How many of those are adopted.
    pub adopt: usize,
    /// Deleted.
    pub destroy: usize,
    /// No longer the stack's.
    pub release: usize,
}

impl Counts {
    /// One more that is adopted.
    pub fn adopted(&mut self) {
        self.change += 1;
        self.adopt += 1;
    }
}
