//! The library's entry point: a stack, and the account that it is for.
//!
//! [`Session::load`] reads the file and makes no calls. [`Session::connect`] identifies the account. Then
//! [`plan`](Session::plan) determines what would be done, with all safeguards, and [`apply`](Session::apply) does
//! exactly that; [`destroy`](Session::destroy) also checks that nothing is left. Nothing outside this module observes
//! the account, plans or executes, so there is one way to do it.

mod account_profile;
mod adopt;
mod error;
mod handout;
mod import;
mod keys;
mod leftovers;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::apply::{self, Event, Summary};
use crate::aws::credentials::OnSecret;
use crate::aws::{Context, ErrorKind, Target};
use crate::plan::ahead::{Preflight, preflight};
use crate::plan::decide::{decide, scope};
use crate::plan::desired::KnownAttributes;
use crate::plan::observe::{Observation, PlanError, look, may_be_replaced, observe};
use crate::plan::options::{Goal, Options, RENEW_OPTION, REPLACE_OPTION};
use crate::plan::shown::secret_attributes;
use crate::plan::{Output, Plan, apart, others, outputs};
use crate::resource::{Address, Live, Place, Text};
use crate::stack::{ResourceConfig, Stack, load};

use account_profile::InForce;
pub use error::{Error, Instead};
pub use handout::{HandedOut, Holder};
pub use import::{Import, Skipped, Which};
pub use leftovers::{Leftovers, Scope, Watch};

/// The default number of concurrent tasks.
pub const PARALLELISM: usize = 10;

/// A stack that is connected to an account.
#[derive(Clone)]
pub struct Session {
    stack: Arc<Stack>,
    cx: Context,
    parallelism: usize,
    on_secret: Option<OnSecret>,
    profile: Option<Arc<InForce>>,
}

/// What would be done.
pub struct Planned {
    /// It.
    pub plan: Plan,
    /// What is not part of the plan, without stopping the rest: for a destroy what could not be read, for an apply what
    /// can't be planned for some copies of a resource ([`Plan::unplanned`]).
    pub unplanned: Vec<PlanError>,
    /// The keys to be removed for which the account has nothing: an earlier run has removed it.
    pub nothing_for: Vec<String>,
}

/// The live resources of a stack.
pub struct Shown {
    /// It.
    pub observation: Observation,
    /// What an apply would change; `None` if it could not be planned, so drift is not known.
    pub plan: Option<Plan>,
}

impl Session {
    /// Reads a stack file and what it names. Makes no calls.
    ///
    /// # Errors
    /// Every mistake in the file, each with its place.
    pub fn load(file: &Path, options: &load::Options) -> Result<Stack, Error> {
        Ok(load::load(file, options)?)
    }

    /// Connects to the account and the region of `target`; a region in it takes precedence over the file's.
    ///
    /// # Errors
    /// There are no credentials, AWS does not answer, it is another account than the file's, or a region that the
    /// account's programme does not have.
    pub async fn connect(mut stack: Stack, target: Target) -> Result<Self, Error> {
        let target = Target { region: target.region.clone().or_else(|| stack.region.clone()), ..target };
        let (on_secret, is_stand_in) = (target.on_secret.clone(), target.stand_in.is_some());
        let mut cx = target.connect(&stack.name, stack.account.as_deref(), stack.base.clone()).await?;
        let profile = account_profile::adapt(&mut stack, &mut cx, is_stand_in)?;
        Ok(Self { on_secret, profile, ..Self::new(cx, stack) })
    }

    /// For an existing connection. The stack is taken as it is, whatever the account's programme allows of it.
    pub fn new(cx: Context, stack: impl Into<Arc<Stack>>) -> Self {
        Self { stack: stack.into(), cx, parallelism: PARALLELISM, on_secret: None, profile: None }
    }

    /// The same with at most this many concurrent tasks.
    pub fn with_parallelism(self, parallelism: usize) -> Self {
        Self { parallelism, ..self }
    }

    /// The same, waiting as long as AWS may take (40 minutes for the network interfaces of functions), or leaving that
    /// to a later run.
    pub fn with_patience(mut self, is_patient: bool) -> Self {
        self.cx.is_patient = is_patient;
        self
    }

    /// The same with a folder for what AWS shows only once: without one, nothing of that type is created.
    pub fn with_credentials_to(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cx.credentials_to = Some(folder.into());
        self
    }

    /// The stack.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The account, the region and the stack's name.
    pub fn place(&self) -> &Place {
        &self.cx.place
    }

    /// The connection, for operations on a single resource: invoking a function, reading a log.
    pub fn cx(&self) -> &Context {
        &self.cx
    }

    /// Reads the resources in the file and those with the stack's tag.
    ///
    /// # Errors
    /// Whatever could not be read.
    pub async fn observe(&self) -> Result<Observation, Error> {
        let observation = observe(&self.cx, &self.stack).await.map_err(Error::account)?;
        self.tell_secrets(&observation);
        Ok(observation)
    }

    /// What would be done. Nothing is changed.
    ///
    /// # Errors
    /// What can't be read, what the account does not allow, and what AWS would refuse.
    pub async fn plan(&self, goal: Goal, options: &Options) -> Result<Planned, Error> {
        self.check_keys(goal, options).await?;
        if let Some(refused) = self.refused_by_profile(goal, options) {
            return Err(refused);
        }
        let options = &options.of_stack(&self.stack);
        match goal {
            Goal::Apply => {
                let scope = scope(&self.stack, goal, &options.targets);
                for (option, addresses) in [(REPLACE_OPTION, &options.replace), (RENEW_OPTION, &options.renew)] {
                    if let Some(address) = addresses.iter().find(|address| !scope.contains(address)) {
                        return Err(Error::OutOfScope { option, address: address.clone() });
                    }
                }
                if let Some(address) = options.renew.iter().find(|address| !self.hands_out(address)) {
                    return Err(Error::NothingToRenew(address.clone()));
                }
                let observation = self.observe_for_apply(&scope).await?;
                let nothing_for = self.check_leavers(&observation, options)?;
                let plan = self.decide(observation, goal, options).await?;
                Ok(Planned { unplanned: apart::said(&plan), plan, nothing_for })
            }
            Goal::Destroy => self.plan_to_destroy(options).await,
        }
    }

    /// What can't be read of one copy in `scope` keeps nothing from the others.
    async fn observe_for_apply(&self, scope: &BTreeSet<Address>) -> Result<Observation, Error> {
        let (mut observation, mut troubles) = look(&self.cx, &self.stack, PlanError::is_of_a_copy).await;
        self.tell_secrets(&observation);
        let is_outside = |error: &PlanError| error.address.as_ref().is_some_and(|address| !scope.contains(address));
        let outside = troubles.extract_if(.., |error| is_outside(error) && error.is_of_a_copy(&self.stack));
        let mut unread: Vec<_> = outside.collect();
        match apart::of_copies(&self.stack, scope, troubles) {
            Ok(of_copies) => unread.extend(of_copies),
            Err(mut troubles) => {
                troubles.append(&mut observation.unseen);
                return Err(Error::account(troubles));
            }
        }
        Ok(Observation { unread, ..observation })
    }

    /// A resource of the file that can't be read, because it belongs to others or the credentials lack a permission,
    /// does not stop the rest. A list that the file does not need is only noted in the plan.
    async fn plan_to_destroy(&self, options: &Options) -> Result<Planned, Error> {
        let cx = if options.are_for_all() { &self.cx.for_what_goes() } else { &self.cx };
        let (mut observation, mut troubles) = look(cx, &self.stack, |error, _| is_of_one_resource(error)).await;
        self.tell_secrets(&observation);
        if !troubles.iter().all(is_of_one_resource) {
            troubles.append(&mut observation.unseen);
            return Err(Error::account(troubles));
        }
        let scope = scope(&self.stack, Goal::Destroy, &options.targets);
        troubles.retain(|errors| errors.address.as_ref().is_some_and(|address| scope.contains(address)));
        let plan = self.decide(observation, Goal::Destroy, options).await?;
        Ok(Planned { plan, unplanned: troubles, nothing_for: Vec::new() })
    }

    /// Decides, and asks AWS whether it would create the new resources, and who else uses those that are
    /// deleted.
    async fn decide(&self, mut observation: Observation, goal: Goal, options: &Options) -> Result<Plan, Error> {
        let (cx, stack) = (&self.cx, &*self.stack);
        let unseen = observation.unseen.clone();
        let against = |troubles| Error::Account { troubles, unseen: unseen.clone() };
        let scope = scope(stack, goal, &options.targets);
        let goes = |declared: &ResourceConfig, live: &Live<Value>| match goal {
            Goal::Destroy => scope.contains(&declared.address),
            Goal::Apply => options.replace.contains(&declared.address) || may_be_replaced(declared, live),
        };
        observation.ask_what_is_in(cx, stack, goes).await;
        let mut plan = decide(stack, &cx.place, observation, goal, options).map_err(against)?;
        plan.account_profile = self.profile.as_ref().map(|in_force| in_force.in_use.clone());
        let (Preflight { notes, unknown, mut impossible }, others, judged) =
            tokio::join!(preflight(cx, stack, &plan), others::ask(cx, stack, &plan), self.judge_by_profile(&plan));
        impossible.extend(judged.errors);
        if !impossible.is_empty() && !options.adopt.is_empty() {
            return Err(against(impossible));
        }
        let unknown = plan.by_thing(unknown);
        for (index, notes) in notes {
            plan.steps[index].is_checked = true;
            plan.steps[index].notes.extend(notes);
        }
        judged.notes.into_iter().for_each(|(index, note)| plan.steps[index].notes.push(note));
        let unasked = others::settle(stack, goal, &mut plan, others).map_err(against)?;
        apart::set_aside(stack, goal, &mut plan, impossible).map_err(against)?;
        // Only now is it known which steps are left to say it on.
        plan.tell_unknown("whether creating it affects resources of others", unknown);
        plan.tell_unknown(others::UNKNOWN, unasked);
        Ok(plan)
    }

    /// The live resources, and whether they match the file.
    ///
    /// # Errors
    /// Whatever could not be read.
    pub async fn show(&self) -> Result<Shown, Error> {
        let observation = self.observe().await?;
        let plan = decide(&self.stack, &self.cx.place, observation.clone(), Goal::Apply, &Options::default()).ok();
        Ok(Shown { observation, plan })
    }

    /// Executes a [`plan`](Self::plan) for either goal. `events` receives the start and end of each task. After `stop`
    /// is cancelled, nothing new is started; running tasks are finished.
    pub async fn apply(&self, plan: &Arc<Plan>, events: UnboundedSender<Event>, stop: CancellationToken) -> Summary {
        let forbidden = self.closes_the_account(plan).await;
        apply::run(&self.cx, plan.clone(), self.parallelism, stop, events, forbidden).await
    }

    /// The stack's outputs, as far as their references are known: see [`Summary::known`] and [`KnownAttributes::of_live`].
    pub fn outputs(&self, known: &KnownAttributes) -> Vec<Output> {
        outputs(&self.stack, &self.cx.place, known)
    }

    /// Whether the file hands out something of this resource.
    fn hands_out(&self, address: &Address) -> bool {
        let Some(declared) = self.stack.get(address) else { return false };
        let said = |property: &Text| declared.spec.get(&**property).is_some_and(|value| *value != Value::Bool(false));
        declared.kind.handed_out().iter().any(said)
    }

    fn tell_secrets(&self, observation: &Observation) {
        if let Some(on_secret) = &self.on_secret {
            let secrets: Vec<_> = secret_attributes(&self.stack, &observation.live).into_iter().collect();
            on_secret(&secrets);
        }
    }
}

/// Whether what was not read says nothing of the rest: one resource belongs to others, or a permission for it is missing.
fn is_of_one_resource(trouble: &PlanError) -> bool {
    trouble.address.is_some()
        && matches!(trouble.error.kind, ErrorKind::Denied | ErrorKind::Exists | ErrorKind::Refused)
}
