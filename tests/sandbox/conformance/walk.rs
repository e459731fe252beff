//! One kind's walk: each of its example values set, drifted, and taken out again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use cloud101::apply;
use cloud101::aws::{Context, Target};
use cloud101::plan::decide::{Goal, Options, decide};
use cloud101::plan::desired::{self, Known};
use cloud101::plan::observe::{Observation, Trouble, list, observe};
use cloud101::plan::{Action, Plan, Reason, Step};
use cloud101::resource::kind::Kind;
use cloud101::resource::schema::Schema;
use cloud101::resource::{Address, Change, Wanted};
use cloud101::stack::{Stack, load};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{overrides, shim};
use crate::support::TestSandbox;

/// The path at which a leaf's examples are: its own, or an enclosing struct's.
pub fn examples_for(schema: &Schema, leaf: &str) -> Option<(String, Vec<Value>)> {
    let mut path = leaf;
    loop {
        let examples = schema.at(path).and_then(|property| property.mark("examples")).and_then(Value::as_array);
        if let Some(examples) = examples {
            return Some((path.to_owned(), examples.clone()));
        }
        path = path.rsplit_once('.')?.0;
    }
}

/// Walks a kind; the answer is how many values were set.
pub async fn walk(kind: &'static dyn Kind, sandbox: &TestSandbox) -> Result<usize> {
    let mut walk = Walk::new(kind, sandbox).await?;
    walk.apply("the example stack").await?;
    let mut walked = 0;
    let mut failures = Vec::new();
    for (path, value) in walk.values().await? {
        walked += 1;
        if let Err(error) = walk.one(&path, &value).await {
            failures.push(format!("{path} = {value}: {error:#}"));
            walk.document = walk.base.clone();
            walk.run(Goal::Apply).await?;
        }
    }
    walk.destroy().await?;
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(walked)
}

struct Walk {
    kind: &'static dyn Kind,
    cx: Context,
    /// The example stack as it is in the file.
    base: Value,
    /// The same with one value set.
    document: Value,
    address: Address,
}

impl Walk {
    async fn new(kind: &'static dyn Kind, sandbox: &TestSandbox) -> Result<Self> {
        let file = Path::new("stacks/examples").join(format!("{}.yaml", kind.name()));
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} has no example", kind.name()))?;
        let base: Value = serde_yaml::from_str(&text)?;
        let name = base["stack"].as_str().context("no stack name")?;
        let target = Target {
            sandbox: Some(sandbox.running.clone()),
            http_client: Some(shim::client()),
            region: base["region"].as_str().map(str::to_owned),
            ..Target::default()
        };
        let cx = target.connect(name, None, file.parent().context("no folder")?.to_owned()).await?;
        let word = kind.name().rsplit('.').next().unwrap_or_default();
        Ok(Self { kind, cx, document: base.clone(), base, address: Address::new(word) })
    }

    /// Every example, in the order of the fields; where AWS invents the value the account is asked.
    async fn values(&self) -> Result<Vec<(String, Value)>> {
        let mut seen = BTreeSet::new();
        let mut values = Vec::new();
        for leaf in self.kind.schema().leaves() {
            let Some((path, examples)) = examples_for(self.kind.schema(), &leaf) else { continue };
            if seen.insert(path.clone()) {
                let examples = overrides::values(&self.cx, self.kind.name(), &path).await?.unwrap_or(examples);
                values.extend(examples.into_iter().map(|value| (path.clone(), value)));
            }
        }
        Ok(values)
    }

    async fn one(&mut self, path: &str, value: &Value) -> Result<()> {
        self.document = self.with(path, value);
        let plan = self.plan().await?;
        let step = self.only_step(&plan)?;
        self.expect_only(path, step)?;
        let replaced = matches!(step.action, Action::Replace { .. });
        let renamed = plan.changes().count() > 1;
        self.apply(&format!("{path} set")).await?;
        if !replaced && !renamed {
            self.drift(path).await.context("drift")?;
        }
        self.document = self.base.clone();
        let plan = self.plan().await?;
        if self.stays_when_taken_out(path) {
            ensure!(plan.is_empty(), "taking it out, which AWS can't undo in place, changes something");
            return Ok(());
        }
        let step = self.only_step(&plan).context("taking it out")?;
        self.expect_only(path, step).context("taking it out")?;
        self.apply(&format!("{path} taken out")).await
    }

    /// What only a replacement could change is left alone.
    fn stays_when_taken_out(&self, path: &str) -> bool {
        let resource = &self.base["resources"][&self.address.name];
        let property = self.kind.schema().at(path);
        desired::at(resource, path).is_none()
            && overrides::companions(self.kind.name(), path).is_empty()
            && property.is_some_and(|property| property.has("x-replace"))
    }

    /// Puts the base stack's value back behind the engine's back: the plan must call it drift, and an apply mend it.
    async fn drift(&self, path: &str) -> Result<()> {
        let now = self.load(&self.document)?;
        let declared = now.get(&self.address).context("it is gone")?;
        let observation = self.observe(&now).await?;
        let live = observation.live.get(&self.address).context("it is not there")?;
        let mut known = Known::default();
        for (address, live) in &observation.live {
            known.insert(address.clone(), live.attributes.clone());
        }
        let before = self.load(&self.base)?;
        let before = before.get(&self.address).context("it is gone")?;
        let place = &self.cx.place;
        let before =
            desired::wanted(&now, place, &known, before).map_err(|finding| anyhow::anyhow!(finding.message))?;
        let wanted =
            desired::wanted(&now, place, &known, declared).map_err(|finding| anyhow::anyhow!(finding.message))?;

        let schema = self.kind.schema();
        let leaves = schema.leaves().into_iter().filter(|leaf| overrides::concerns(path, leaf));
        let mut changed = wanted.spec.clone();
        let mut paths = BTreeSet::new();
        for leaf in leaves {
            let old = desired::at(&before.spec, &leaf).cloned();
            let old = old.or_else(|| schema.at(&leaf)?.mark("x-default").cloned());
            if old.as_ref() != desired::at(&changed, &leaf) {
                desired::set(&mut changed, &leaf, old);
                paths.insert(leaf);
            }
        }
        let foreign = Wanted { spec: changed.clone(), ..wanted };
        self.kind.update(&self.cx, &foreign, live, &Change { desired: changed, paths }).await?;

        let plan = self.plan().await?;
        let step = self.only_step(&plan)?;
        self.expect_only(path, step)?;
        for change in &step.changes {
            ensure!(change.reason == Reason::Drift, "{} is called {:?}", change.path, change.reason);
        }
        self.apply("drift").await
    }

    /// The stack with a value at a dotted path of the resource under test.
    fn with(&self, path: &str, value: &Value) -> Value {
        let mut document = self.base.clone();
        let resource = &mut document["resources"][&self.address.name];
        desired::set(resource, path, Some(value.clone()));
        for (sibling, value) in overrides::companions(self.kind.name(), path) {
            desired::set(resource, sibling, value);
        }
        document
    }

    fn load(&self, document: &Value) -> Result<Stack> {
        let text = serde_yaml::to_string(document)?;
        let path = self.cx.base.folder().join("walk.yaml");
        load::load_text(&text, &path, &load::Options::default())
            .map_err(|problems| anyhow::anyhow!(cloud101::ui::diagnostics::render(&problems, false, 120)))
    }

    async fn observe(&self, stack: &Stack) -> Result<Observation> {
        observe(&self.cx, stack).await.map_err(said)
    }

    async fn plan(&self) -> Result<Plan> {
        self.plan_for(Goal::Apply).await.map(|(_, plan)| plan)
    }

    async fn plan_for(&self, goal: Goal) -> Result<(Stack, Plan)> {
        let stack = self.load(&self.document)?;
        let observation = self.observe(&stack).await?;
        let options = Options { empty_buckets: goal == Goal::Destroy, ..Options::default() };
        let plan = decide(&stack, &self.cx.place, observation, goal, &options).map_err(said)?;
        Ok((stack, plan))
    }

    async fn run(&self, goal: Goal) -> Result<()> {
        let (stack, plan) = self.plan_for(goal).await?;
        let (events, _ignored) = mpsc::unbounded_channel();
        let summary = apply::run(&self.cx, Arc::new(stack), Arc::new(plan), 10, CancellationToken::new(), events).await;
        if let Some((_, error)) = summary.failed.first() {
            bail!("{error}");
        }
        ensure!(summary.is_complete(), "not complete");
        Ok(())
    }

    async fn apply(&self, what: &str) -> Result<()> {
        self.run(Goal::Apply).await.with_context(|| format!("applying {what}"))?;
        let plan = self.plan().await?;
        let changes: Vec<_> = plan.changes().map(said_of).collect();
        ensure!(changes.is_empty(), "the plan after applying {what} is not empty: {changes:#?}");
        Ok(())
    }

    async fn destroy(&self) -> Result<()> {
        let ids: Vec<_> = self.plan().await?.steps.into_iter().filter_map(|step| Some((step.kind, step.id?))).collect();
        self.run(Goal::Destroy).await.context("destroying")?;
        for (kind, id) in &ids {
            kind.delete(&self.cx, id, true).await.with_context(|| format!("deleting {id} a second time"))?;
        }
        ensure!(self.plan_for(Goal::Destroy).await?.1.is_empty(), "a second destroy has something to do");
        for found in list(&self.cx).await {
            let found = found.map_err(|trouble| said(vec![trouble]))?;
            ensure!(found.is_empty(), "left: {:?}", found.iter().map(|found| &found.owned.id).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// The one resource that changes. One whose name changes is made anew, and the old one deleted.
    fn only_step<'a>(&self, plan: &'a Plan) -> Result<&'a Step> {
        let steps: Vec<_> = plan.changes().collect();
        let others: Vec<_> = steps.iter().filter(|step| step.address != self.address).map(|s| said_of(s)).collect();
        ensure!(others.is_empty(), "others change too: {others:#?}");
        steps.into_iter().next().context("the plan shows nothing")
    }

    fn expect_only(&self, path: &str, step: &Step) -> Result<()> {
        if matches!(step.action, Action::Create) {
            return Ok(());
        }
        let others: Vec<_> = step.changes.iter().filter(|change| !overrides::concerns(path, &change.path)).collect();
        ensure!(others.is_empty(), "other properties change too: {others:#?}");
        ensure!(!step.changes.is_empty(), "no property changes");
        ensure!(
            step.changes.iter().any(|change| change.reason != Reason::Recorded),
            "the example is what is there anyway: {:#?}",
            step.changes
        );
        Ok(())
    }
}

fn said(troubles: Vec<Trouble>) -> anyhow::Error {
    let texts: Vec<_> = troubles.iter().map(|trouble| format!("{}: {}", trouble.kind, trouble.error)).collect();
    anyhow::anyhow!(texts.join("\n"))
}

fn said_of(step: &Step) -> String {
    format!("{} {:?} {:#?}", step.address, step.action, step.changes)
}
