//! The library at work on stacks that are made in a test, without the program around it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use cloud101::apply::Summary;
use cloud101::aws::{Context, Target};
use cloud101::model::value;
use cloud101::plan::desired::{self, KnownAttributes};
use cloud101::plan::observe::{Observation, PlanError, Services, list};
use cloud101::plan::options::{Goal, Options};
use cloud101::plan::{Plan, Step};
use cloud101::resource::{Address, Change, Desired, Registry};
use cloud101::session::{self, Planned};
use cloud101::stack::{Stack, load};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::TestSandbox;
use crate::proxy::{Call, EmulatorShim, Emulators, Fault, FaultProxy};

/// A connection for one stack, through a proxy of its own.
pub struct Session {
    pub cx: Context,
    pub proxy: FaultProxy,
}

impl Session {
    /// For the stack called `name`, whose files lie in `base`.
    pub async fn open(sandbox: &TestSandbox, name: &str, base: &Path) -> Result<Self> {
        Self::at(sandbox, name, base, |_| None).await
    }

    /// The same, through a proxy at which `rule` decides.
    pub async fn at(
        sandbox: &TestSandbox,
        name: &str,
        base: &Path,
        rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Result<Self> {
        let mut running = sandbox.running.clone();
        let proxy = FaultProxy::open(EmulatorShim::default().before(Emulators::of(&running)?), rule)?;
        running.emulators.iter_mut().for_each(|emulator| emulator.port = proxy.port());
        let target = Target { stand_in: Some(running.stand_in()), ..Target::default() };
        let mut cx = target.connect(name, None, base.to_owned()).await?;
        cx.credentials_to = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("credentials").join(name));
        Ok(Self { cx, proxy })
    }

    pub fn load(&self, document: &Value) -> Result<Arc<Stack>> {
        let text = serde_yaml::to_string(document)?;
        load::load_text(&text, &self.cx.base.folder().join("made.yaml"), &load::Options::default())
            .map(Arc::new)
            .map_err(|diagnostics| {
                anyhow::anyhow!(cloud101::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX))
            })
    }

    /// The library's session for one of the stacks.
    pub fn of(&self, stack: &Arc<Stack>) -> session::Session {
        session::Session::new(self.cx.clone(), stack.clone())
    }

    pub async fn observe(&self, stack: &Arc<Stack>) -> Result<Observation> {
        Ok(self.of(stack).observe().await?)
    }

    pub async fn plan(&self, document: &Value, goal: Goal) -> Result<(Arc<Stack>, Plan)> {
        let stack = self.load(document)?;
        let plan = self.plan_of(&stack, goal).await?;
        Ok((stack, plan))
    }

    /// A plan, in which a destroy may empty buckets.
    pub async fn plan_of(&self, stack: &Arc<Stack>, goal: Goal) -> Result<Plan> {
        let options = Options { empty_buckets: goal == Goal::Destroy, ..Options::default() };
        let Planned { plan, unplanned, .. } = self.of(stack).plan(goal, &options).await?;
        ensure!(unplanned.is_empty(), "{}", said(unplanned));
        Ok(plan)
    }

    /// Plans and does it; all of it must succeed.
    pub async fn run(&self, document: &Value, goal: Goal) -> Result<()> {
        let (stack, plan) = self.plan(document, goal).await?;
        self.carry_out(stack, plan).await
    }

    /// Does it, whatever fails.
    pub async fn attempt(&self, stack: Arc<Stack>, plan: Plan) -> Summary {
        let (events, _ignored) = mpsc::unbounded_channel();
        self.of(&stack).apply(&Arc::new(plan), events, CancellationToken::new()).await
    }

    /// Does it; all of it must succeed.
    pub async fn carry_out(&self, stack: Arc<Stack>, plan: Plan) -> Result<()> {
        let summary = self.attempt(stack, plan).await;
        if let Some((_, error)) = summary.failed.first() {
            bail!("{error}");
        }
        ensure!(summary.is_complete(), "not complete");
        Ok(())
    }

    /// A plan has nothing to do.
    pub async fn is_settled(&self, document: &Value) -> Result<()> {
        let (_, plan) = self.plan(document, Goal::Apply).await?;
        let changes: Vec<_> = plan.changes().map(said_of).collect();
        ensure!(changes.is_empty(), "the plan is not empty: {changes:#?}");
        Ok(())
    }

    /// Nothing carries the stack's mark.
    pub async fn nothing_is_left(&self) -> Result<()> {
        let registry = Registry::builtin();
        let all = Services::default().and(registry.all().map(|kind| kind.name()));
        for found in list(&self.cx, &registry, &all).await {
            let listed = found.map_err(|trouble| said(vec![trouble]))?;
            let ids: Vec<_> = listed.found.iter().map(|found| &found.owned.id).collect();
            let doubtful: Vec<_> = listed.doubtful.iter().map(|owned| &owned.id).collect();
            ensure!(ids.is_empty() && doubtful.is_empty(), "left: {ids:?} {doubtful:?}");
        }
        Ok(())
    }

    /// Changes properties of one resource behind the engine's back: those for which `concerns` holds become what the
    /// stack `before` makes of them, though the account is as `now` says.
    pub async fn set_back(
        &self,
        address: &Address,
        now: &Value,
        before: &Value,
        concerns: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let (now, before) = (self.load(now)?, self.load(before)?);
        let declared = now.get(address).context("it is gone")?;
        let observation = self.observe(&now).await?;
        let live = observation.live.get(address).context("it is not there")?;
        let mut known = KnownAttributes::default();
        for (address, live) in &observation.live {
            known.insert(address.clone(), live.attributes.clone());
        }
        let desired = |stack: &Stack, declared| {
            desired::desired(stack, &self.cx.place, &known, declared)
                .map_err(|diagnostic| anyhow::anyhow!(diagnostic.message))
        };
        let old = desired(&before, before.get(address).context("it is gone")?)?;
        let desired = desired(&now, declared)?;

        let schema = declared.kind.schema();
        let mut changed = desired.spec.clone();
        let mut paths = BTreeSet::new();
        for leaf in schema.leaves().iter().filter(|leaf| concerns(leaf)) {
            let old = value::at(&old.spec, leaf).cloned();
            let old = old.or_else(|| schema.at(leaf)?.annotation("x-default").cloned());
            if old.as_ref() != value::at(&changed, leaf) {
                value::set(&mut changed, leaf, old);
                paths.insert(leaf.clone());
            }
        }
        let foreign = Desired { spec: changed.clone(), ..desired };
        declared.kind.update(&self.cx, &foreign, live, &Change { target: changed, paths }).await?;
        Ok(())
    }
}

pub fn said(troubles: Vec<PlanError>) -> anyhow::Error {
    let texts: Vec<_> = troubles.iter().map(|trouble| format!("{}: {}", trouble.kind, trouble.error)).collect();
    anyhow::anyhow!(texts.join("\n"))
}

pub fn said_of(step: &Step) -> String {
    format!("{} {:?} {:#?}", step.address, step.action, step.changes)
}
