//! The account's programme: which one it is, what it makes of the stack, and whether a plan keeps to its limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aws::{self, Context, ErrorKind};
use crate::explain::Code;
use crate::model::account_profile::{AccountProfile, ProfileChoice};
use crate::plan::account_limits::{self, Judged, Running};
use crate::plan::observe::PlanError;
use crate::plan::options::{Goal, Options};
use crate::plan::{FoundBy, Plan, ProfileInUse};
use crate::resource::account_profile::Provision;
use crate::resource::ec2::account_profile::running;
use crate::resource::{Address, Diagnostic, Place, Registry};
use crate::stack::Stack;
use crate::stack::account_profile::{Adapted, Impossible, provision};
use crate::suggest;

use super::{Error, Session};

/// A profile that a stack was adapted to.
pub(super) struct InForce {
    profile: &'static AccountProfile,
    /// What a plan says of it.
    pub in_use: ProfileInUse,
    /// With all that needs it.
    impossible: Vec<(BTreeSet<Address>, PlanError)>,
}

/// Adapts `stack` to the account of `cx`. `is_stand_in`: what answers is not AWS, so who asks says nothing.
///
/// # Errors
/// The stack is for another programme's account, or for a region that the programme does not have.
pub(super) fn adapt(stack: &mut Stack, cx: &mut Context, is_stand_in: bool) -> aws::Result<Option<Arc<InForce>>> {
    let found = cx.account_profile;
    let (profile, found_by) = match (stack.profile, found) {
        (Some(ProfileChoice::Off), _) | (None, None) => return Ok(None),
        (None, Some(found)) => (found, FoundBy::Credentials),
        (Some(ProfileChoice::Of(said)), Some(found)) if said == found => (found, FoundBy::Credentials),
        (Some(ProfileChoice::Of(said)), None) if is_stand_in => (said, FoundBy::File),
        (Some(ProfileChoice::Of(said)), _) => return Err(of_another(said)),
    };
    if !profile.has_region(&cx.place.region) {
        return Err(no_region(profile, &cx.place.region));
    }
    // Also where the file names it: no other region is asked than its own.
    cx.account_profile = Some(profile);
    let Adapted { instead, outputs_left_out, impossible } = stack.adapt(profile, &cx.place);
    if found_by == FoundBy::Credentials {
        // There can't be any, and a list that is denied would only be in the way.
        stack.registry = makeable(&stack.registry, profile, &cx.place);
    }
    let in_use = ProfileInUse { name: profile.name, title: profile.title, found_by, instead, outputs_left_out };
    tracing::debug!(profile = profile.name, ?found_by, "the account's profile");
    Ok(Some(Arc::new(InForce { profile, in_use, impossible: impossible.into_iter().map(error).collect() })))
}

/// The kinds that can be made in at least one region of the programme.
fn makeable(registry: &Registry, profile: &AccountProfile, place: &Place) -> Registry {
    let places: Vec<_> =
        profile.regions.value.iter().map(|&region| Place { region: region.to_owned(), ..place.clone() }).collect();
    registry.without(|kind| !places.iter().any(|place| provision(profile, place, kind) == Provision::Made))
}

fn error(Impossible { address, kind, line, diagnostic, needed_by }: Impossible) -> (BTreeSet<Address>, PlanError) {
    let error = PlanError {
        address: Some(address),
        kind: kind.name().to_owned(),
        is_global: kind.is_global(),
        line: Some(line),
        error: aws::Error::found(diagnostic),
    };
    (needed_by, error)
}

fn of_another(said: &AccountProfile) -> aws::Error {
    let AccountProfile { name, one, .. } = said;
    let message = format!("the stack is for {one} (`profile: {name}`), and these credentials are not of one");
    let hint = format!(
        "choose the lab's credentials with --profile; for another account, remove `profile: {name}` from the file"
    );
    aws::Error { kind: ErrorKind::WrongAccount, ..aws::Error::refused(message) }.with_hint(hint)
}

fn no_region(profile: &AccountProfile, region: &str) -> aws::Error {
    let regions = profile.regions;
    let all = suggest::list(regions.value);
    let first = regions.value.first().copied().unwrap_or_default();
    let message = format!("{} has no region {region}: it has {all} {}", profile.one, regions.origin());
    aws::Error::refused(message)
        .about(Code::AccountProfile)
        .with_hint(format!("write `region: {first}` in the file, or use --region {first}"))
}

/// Whether a plan with these options is about any of `all`.
fn asks_for(options: &Options, all: &BTreeSet<Address>) -> bool {
    let is_named = |address: &Address| options.targets.iter().any(|target| target.includes(address));
    let is_theirs = |address: &Address| address.key.as_ref().is_some_and(|key| options.only.contains(key));
    options.are_for_all() || all.iter().any(|address| is_named(address) || is_theirs(address))
}

impl Session {
    /// What the account's programme makes impossible of the stack, or of what a person asked for.
    pub(super) fn refused_by_profile(&self, goal: Goal, options: &Options) -> Option<Error> {
        // What could never be made needs no deletion.
        let in_force = self.profile.as_ref().filter(|_| goal == Goal::Apply)?;
        let impossible: Vec<_> = in_force.impossible.iter().filter(|(of, _)| asks_for(options, of)).collect();
        if !impossible.is_empty() {
            return Some(Error::account(impossible.into_iter().map(|(_, error)| error.clone()).collect()));
        }
        let instead = &in_force.in_use.instead;
        let named = options.named().find_map(|address| instead.iter().find(|one| one.resource == address.name))?;
        let message = format!("`{}` is not created in {}: {}", named.resource, in_force.profile.one, named.because);
        let hint = match named.used_by.as_slice() {
            [] => "name another resource".to_owned(),
            users => format!("name what uses it: {}", suggest::list(users)),
        };
        Some(Error::Aws(aws::Error::refused(message).about(Code::AccountProfile).with_hint(hint)))
    }

    /// Holds a plan against the limits of the account's programme.
    pub(super) async fn judge_by_profile(&self, plan: &Plan) -> Judged {
        let mut judged = match &self.profile {
            Some(in_force) => account_limits::judge(&self.stack, plan, in_force.profile),
            None => Judged::default(),
        };
        let launches = account_limits::launches(plan);
        if let Some(first) = launches.first() {
            match self.may_run(launches.len()).await {
                Ok(None) => {}
                Ok(Some(diagnostic)) => judged.errors.push(account_limits::forbidden(first, diagnostic)),
                Err(error) => {
                    judged.errors.push(PlanError { error, ..account_limits::forbidden(first, unasked()) });
                }
            }
        }
        judged
    }

    /// Whether so many stopped instances may be started. Nothing is changed.
    ///
    /// # Errors
    /// The account's programme does not allow it, or AWS does not say how many run.
    pub async fn may_start(&self, count: usize) -> Result<(), Error> {
        match self.may_run(count).await? {
            None => Ok(()),
            Some(diagnostic) => Err(Error::Aws(aws::Error::found(diagnostic))),
        }
    }

    /// What forbids to have `more` instances run than now. That the file switches the profile off does not count for
    /// what closes the account.
    async fn may_run(&self, more: usize) -> aws::Result<Option<Diagnostic>> {
        let profile = self.cx.account_profile.or(self.profile.as_ref().map(|in_force| in_force.profile));
        let Some(profile) = profile.filter(|_| more > 0) else { return Ok(None) };
        let by_region = running(&self.cx, profile.regions.value).await?;
        let here = by_region.iter().filter(|(region, _)| *region == self.cx.place.region).map(|(_, count)| count).sum();
        let everywhere = by_region.iter().map(|(_, count)| count).sum();
        let now = Running { here, everywhere };
        Ok(account_limits::count(profile, self.profile.is_some(), &self.cx.place.region, more, now))
    }

    /// Asks once more how many instances run, right before a plan is carried out: the question may have been open for
    /// long. The answer is what forbids it.
    pub(super) async fn closes_the_account(&self, plan: &Plan) -> Option<(usize, aws::Error)> {
        let launches = account_limits::launches(plan);
        let first =
            plan.steps.iter().position(|step| launches.first().is_some_and(|first| std::ptr::eq(*first, step)))?;
        match self.may_run(launches.len()).await {
            Ok(diagnostic) => diagnostic.map(|diagnostic| (first, aws::Error::found(diagnostic))),
            Err(error) => Some((first, error)),
        }
    }
}

/// For an error that takes its place.
fn unasked() -> Diagnostic {
    Diagnostic::new(Code::AccountProfile, "", "how many instances run is not known")
}
