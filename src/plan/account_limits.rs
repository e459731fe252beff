//! A plan held against the limits of its account's programme. Pure.

use crate::explain::Code;
use crate::model::account_profile::AccountProfile;
use crate::resource::account_profile::{Use, Used};
use crate::resource::{Address, Diagnostic};
use crate::stack::Stack;
use crate::suggest;

use super::observe::PlanError;
use super::{Action, Plan, Reason, Step};

/// What is to be said of a plan's steps, by index, and what forbids them.
#[derive(Debug, Default)]
pub struct Judged {
    /// What a person should know.
    pub notes: Vec<(usize, String)>,
    /// What the programme does not allow.
    pub errors: Vec<PlanError>,
}

/// How many instances run now, regardless of owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// In the region of the stack.
    pub here: usize,
    /// In all regions.
    pub everywhere: usize,
}

/// Holds what `plan` makes or changes against each limit that concerns one resource alone.
pub fn judge(stack: &Stack, plan: &Plan, profile: &AccountProfile) -> Judged {
    let mut judged = Judged::default();
    for (index, step) in plan.steps.iter().enumerate() {
        judged.notes.extend(about_sessions(step, profile).map(|note| (index, note)));
        let (Some(desired), Some(declared)) = (step.desired(), stack.get(&step.address)) else { continue };
        for one in (step.kind.info().uses)(&desired.spec) {
            match verdict(&one, profile) {
                Some(diagnostic) if diagnostic.is_error() => {
                    judged.errors.push(PlanError::diagnostic(declared, diagnostic))
                }
                Some(diagnostic) => judged.notes.push((index, said(&diagnostic))),
                None => {}
            }
        }
    }
    judged
}

/// The steps after which more instances run than before, at least for a moment.
pub fn launches(plan: &Plan) -> Vec<&Step> {
    let runs = |uses: Vec<Use>| uses.iter().any(|one| one.what == Used::RunningInstance);
    let is_launch = |step: &&Step| {
        let uses = step.kind.info().uses;
        let Some(desired) = step.desired().map(|desired| uses(&desired.spec)) else { return false };
        // What is to be stopped runs before it is.
        let is_instance = desired.iter().any(|one| matches!(one.what, Used::InstanceType(_) | Used::RunningInstance));
        let ran = step.live().is_some_and(|live| runs(uses(&live.spec)));
        match step.action {
            Action::Create => is_instance,
            Action::Replace { create_first, .. } => is_instance && (create_first || !ran),
            Action::Update | Action::Adopt => runs(desired) && !ran,
            _ => false,
        }
    };
    plan.steps.iter().filter(is_launch).collect()
}

/// Whether `more` instances may be launched. Where the profile is not in force only the limit counts that closes the
/// account.
pub fn count(
    profile: &AccountProfile,
    is_in_force: bool,
    region: &str,
    more: usize,
    now: Running,
) -> Option<Diagnostic> {
    if more == 0 {
        return None;
    }
    let closes = profile.closes_at;
    let (here, everywhere) = (now.here + more, now.everywhere + more);
    if everywhere >= closes.value {
        let message = format!(
            "{everywhere} instances would run in the account ({} now, {more} more), and {} that attempts {} or more is \
             closed, and everything in it deleted",
            now.everywhere, profile.one, closes.value
        );
        let hint = format!("launch fewer: nothing overrides this {}", closes.origin());
        return Some(Diagnostic::new(Code::AccountProfile, "", message).help(hint));
    }
    let most = profile.most_running;
    (is_in_force && here > most.value).then(|| {
        let message = format!(
            "{here} instances would run in {region} ({} now, {more} more), and {} runs at most {}: it terminates the others",
            now.here, profile.one, most.value
        );
        let hint = format!(
            "launch fewer, for example only some members' with --only, or stop those that are not needed now {}",
            most.origin()
        );
        Diagnostic::new(Code::AccountProfile, "", message).help(hint)
    })
}

/// The same as an error of the whole plan, at the first resource that it is about.
pub fn forbidden(step: &Step, diagnostic: Diagnostic) -> PlanError {
    PlanError {
        // Of a single copy it would be set aside.
        address: Some(Address::new(step.address.name.clone())),
        kind: step.kind.name().to_owned(),
        is_global: step.kind.is_global(),
        line: step.line(),
        error: crate::aws::Error::found(diagnostic),
    }
}

/// What the programme says of one use; `None`: it is fine.
fn verdict(one: &Use, profile: &AccountProfile) -> Option<Diagnostic> {
    let found = |message: String, hint: String| Diagnostic::new(Code::AccountProfile, &*one.path, message).help(hint);
    match &one.what {
        Used::InstanceType(name) => {
            let sizes = profile.instance_sizes;
            let (family, size) = name.rsplit_once('.')?;
            let largest = sizes.value.last()?;
            (!sizes.value.contains(&size)).then(|| {
                let all = suggest::list(sizes.value);
                let message = format!("{} terminates `{name}`: it has the sizes {all}", profile.one);
                found(message, format!("write `{family}.{largest}` or a smaller one {}", sizes.origin()))
            })
        }
        Used::Spot => profile.on_demand_only.value.then(|| {
            let message = format!("{} has on-demand instances only", profile.one);
            found(message, format!("remove `spot: true` {}", profile.on_demand_only.origin()))
        }),
        Used::DiskSize(gib) => {
            let most = profile.disk_gib;
            (*gib > most.value).then(|| {
                let message = format!("{gib} GiB are too many: a disk in {} has at most {}", profile.one, most.value);
                found(message, format!("write `{}` or less {}", most.value, most.origin()))
            })
        }
        Used::DiskType(name) => {
            let types = profile.disk_types;
            let usual = types.value.first()?;
            (!types.value.contains(&name.as_str())).then(|| {
                let message = format!("{} has no disks of type `{name}`", profile.one);
                found(message, format!("write `{usual}`; there are {} {}", suggest::list(types.value), types.origin()))
            })
        }
        Used::Executions(_) => {
            let executions = profile.executions;
            let message = format!(
                "{} runs at most {} executions of all functions together, so AWS probably refuses to set any aside",
                profile.one, executions.value
            );
            Some(found(message, format!("remove it, unless AWS accepts it {}", executions.origin())).warning())
        }
        Used::RunningInstance => None,
    }
}

/// Why an instance does not do what the file says, if a session of the programme has to do with it.
fn about_sessions(step: &Step, profile: &AccountProfile) -> Option<String> {
    let property = step.kind.info().stopped_by.as_deref()?;
    let drifted = |change: &super::PropertyChange| change.path == property && change.reason == Reason::Drift;
    step.changes.iter().any(drifted).then(|| format!("{property}: {}", profile.sessions.value))
}

fn said(diagnostic: &Diagnostic) -> String {
    format!("{}: {diagnostic}", diagnostic.path())
}

#[cfg(test)]
mod tests;
