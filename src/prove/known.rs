//! What is known of a stack from before its destroy, beside the marks.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::Context;
use crate::aws::ownership::{self, Ownership};
use crate::evidence::left_behind::{self, DISK, INSTANCE, VOLUME};
use crate::plan::desired::{self, desired};
use crate::plan::orphans::retained;
use crate::plan::owner::NOT_OURS;
use crate::plan::{Action, Plan};
use crate::resource::ec2::disk::separate::is_record_of;
use crate::resource::lambda::function::{former, logs};
use crate::resource::{Place, Registry, Tags, is_unknown};
use crate::stack::Stack;

use super::{FUNCTION, TOPIC};

/// What the file, the plan and, as far as it may be asked, the account say before a plan is carried out.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The stack.
    pub stack: String,
    /// The kinds.
    pub registry: Registry,
    /// Why a destroy leaves what it leaves, by kind and id.
    pub kept: BTreeMap<(String, String), String>,
    /// What it was to delete.
    pub deleted: BTreeSet<(String, String)>,
    /// The ARNs of its topics.
    pub topics: BTreeSet<String>,
    /// The names of its functions, former ones too.
    pub functions: BTreeSet<String>,
    /// The log groups that functions name themselves, and the function of each.
    pub groups: BTreeMap<String, String>,
    /// Those among the names that the file has and whose function is another owner's from now on.
    pub of_others: BTreeSet<String>,
    /// The ids of its disks.
    pub disks: BTreeSet<String>,
    /// The ids of the disks that were attached to its instances by hand.
    pub attached: BTreeSet<String>,
}

impl Baseline {
    /// What the file and the plan say.
    pub fn of(place: &Place, stack: &Stack, plan: &Plan) -> Self {
        let mut known = Self { stack: stack.name.clone(), registry: stack.registry.clone(), ..Self::default() };
        for step in &plan.steps {
            let Some(id) = step.id().map(str::to_owned) else { continue };
            let thing = (step.kind.name().to_owned(), id);
            match &step.action {
                Action::Keep { because } => drop(known.kept.insert(thing, because.clone())),
                Action::Delete => drop(known.deleted.insert(thing)),
                _ => {}
            }
        }
        for declared in stack.in_order() {
            let desired = || desired(stack, place, &desired::KnownAttributes::default(), declared).ok();
            match declared.kind.name() {
                FUNCTION => known.functions.extend(desired().map(|desired| desired.name)),
                TOPIC => known.topics.extend(desired().and_then(|desired| {
                    declared.kind.computed_attributes(place, &desired.name, &desired.spec).remove("arn")
                })),
                _ => {}
            }
        }
        known.functions.retain(|name| !is_unknown(name));
        let topics = plan.steps.iter().filter(|step| step.kind.name() == TOPIC && step.action == Action::Delete);
        known.topics.extend(topics.filter_map(|step| step.id().map(str::to_owned)));
        for step in plan.steps.iter().filter(|step| step.kind.name() == FUNCTION) {
            let names = std::iter::once(step.name.as_str())
                .chain(step.tags().into_iter().flat_map(former::names))
                .map(str::to_owned);
            let group = step.live().and_then(|live| live.attributes.get("log_group")).cloned();
            let named = group.filter(|group| *group != logs::group(&step.name));
            known.groups.extend(named.map(|group| (group, step.name.clone())));
            match &step.action {
                Action::Release { .. } => known.of_others.extend(names),
                Action::Keep { because } if because == NOT_OURS => drop(known.of_others.insert(step.name.clone())),
                _ => known.functions.extend(names),
            }
        }
        known
    }

    /// The same with the disks.
    pub async fn with_disks(mut self, cx: &Context) -> Self {
        // A denial is reported after the destroy, by the same question.
        for disk in left_behind::disks(cx).await.unwrap_or_default().things {
            let is_known = |id: &String| self.has(id);
            if cx.is_tagged(&disk.tags) || disk.part_of.as_ref().is_some_and(is_known) {
                self.disks.insert(disk.id);
            } else if disk.from.iter().any(is_known) {
                self.attached.insert(disk.id);
            }
        }
        self
    }

    fn has(&self, instance: &str) -> bool {
        let thing = (INSTANCE.to_owned(), instance.to_owned());
        self.kept.contains_key(&thing) || self.deleted.contains(&thing)
    }

    /// Whether what was written under the name of that function is the stack's.
    pub fn wrote(&self, function: &str) -> bool {
        self.functions.contains(function) && !self.of_others.contains(function)
    }

    /// Why something with the stack's mark is to be kept. For what the plan did not know, its mark says so.
    pub fn kept(&self, what: &str, id: &str, tags: &Tags) -> Option<String> {
        if let Some(because) = planned(what, id).find_map(|thing| self.kept.get(&thing)) {
            return Some(because.clone());
        }
        let keep = Ownership::read(tags)?.keep;
        match (keep.protect, keep.retain) {
            _ if self.was_to_go(what, id) => None,
            (true, _) => Some("protect: true at the last apply".to_owned()),
            (_, true) => {
                let kind = self.registry.find(planned_as(what, id, tags));
                Some(retained(kind.map(|kind| kind.info()), id))
            }
            _ => None,
        }
    }

    /// Whether the plan was to delete it.
    pub fn was_to_go(&self, what: &str, id: &str) -> bool {
        planned(what, id).any(|thing| self.deleted.contains(&thing))
    }

    /// Whether anything with these tags says that it is this stack's, be it so or not.
    pub fn is_tagged(&self, tags: &Tags) -> bool {
        tags.get(ownership::STACK) == Some(&self.stack)
    }

    /// Whether these tags of what AWS knows as `name` are the stack's own mark.
    pub fn is_ours(&self, name: &str, tags: &Tags) -> bool {
        Ownership::read(tags)
            .is_some_and(|ownership| ownership.stack == self.stack && ownership.applied.is_bound_to(name))
    }

    /// Why the log group of a function is to be kept: the function stays, and writes to it.
    pub fn keeps_logs_of(&self, function: &str) -> Option<String> {
        let because =
            self.kept.get(&(FUNCTION.to_owned(), function.to_owned())).filter(|because| *because != NOT_OURS)?;
        Some(format!("the function {function} stays: {because}"))
    }
}

/// What a plan may call it: it knows disks as what instances leave, and as volumes of their own.
fn planned(what: &str, id: &str) -> impl Iterator<Item = (String, String)> {
    let kinds = if what == DISK { [INSTANCE, VOLUME] } else { [what, what] };
    kinds.map(|kind| (kind.to_owned(), id.to_owned())).into_iter()
}

/// The kind that left something with these marks.
fn planned_as<'a>(what: &'a str, id: &str, tags: &Tags) -> &'a str {
    match what {
        DISK if is_record_of(id, tags) => VOLUME,
        DISK => INSTANCE,
        what => what,
    }
}
