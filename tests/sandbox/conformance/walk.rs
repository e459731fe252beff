//! One kind's walk: each of its example values set, drifted, and taken out again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cloud101::model::value;
use cloud101::plan::options::Goal;
use cloud101::plan::{Action, Plan, Reason, Step};
use cloud101::resource::Address;
use cloud101::resource::kind::Kind;
use cloud101::resource::schema::Schema;
use cloud101::stack::Stack;
use serde_json::Value;

use super::overrides;
use crate::model;
use crate::support::TestSandbox;
use crate::support::session::{Session, said_of};

/// The path at which a leaf's examples are: its own, or an enclosing struct's.
pub fn examples_for(schema: &Schema, leaf: &str) -> Option<(String, Vec<Value>)> {
    let mut path = leaf;
    loop {
        let examples = schema.at(path).and_then(|property| property.annotation("examples")).and_then(Value::as_array);
        if let Some(examples) = examples {
            return Some((path.to_owned(), examples.clone()));
        }
        path = path.rsplit_once('.')?.0;
    }
}

/// Walks a kind; the answer is how many values were set.
pub async fn walk(kind: &Arc<dyn Kind>, sandbox: &TestSandbox) -> Result<usize> {
    let mut walk = Walk::new(kind.clone(), sandbox).await?;
    walk.apply("the example stack").await?;
    let (made_by, calls) = (kind.made_by(), walk.operations());
    ensure!(calls.iter().any(|call| call == made_by), "it is not {made_by} that makes it: {calls:?}");
    let mut walked = 0;
    let mut failures = Vec::new();
    for (path, value) in walk.values().await? {
        walked += 1;
        if let Err(error) = walk.one(&path, &value).await {
            failures.push(format!("{path} = {value}: {error:#}"));
            walk.document = walk.base.clone();
            walk.session.run(&walk.document, Goal::Apply).await?;
        }
    }
    walk.destroy().await?;
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(walked)
}

struct Walk {
    kind: Arc<dyn Kind>,
    session: Session,
    /// The example stack as it is in the file.
    base: Value,
    /// The same with one value set.
    document: Value,
    address: Address,
}

impl Walk {
    async fn new(kind: Arc<dyn Kind>, sandbox: &TestSandbox) -> Result<Self> {
        let file = Path::new("stacks/examples").join(format!("{}.yaml", kind.name()));
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} has no example", kind.name()))?;
        let base: Value = serde_yaml::from_str(&text)?;
        let name = base["stack"].as_str().context("no stack name")?;
        let session = Session::open(sandbox, name, file.parent().context("no folder")?).await?;
        let word = kind.name().rsplit('.').next().unwrap_or_default();
        let address = Address::new(word);
        Ok(Self { kind, session, document: base.clone(), base, address })
    }

    /// The names of the changing calls so far, as AWS's models have them: a request in REST has none in it.
    fn operations(&self) -> Vec<String> {
        let calls = self.session.proxy.calls().into_iter().filter(|call| call.changing.is_some());
        let judged = calls.filter_map(|call| model::judge(&call.request).ok().flatten());
        judged.map(|call| format!("{}:{}", call.service.trim_end_matches("v2"), call.operation)).collect()
    }

    /// Every example, in the order of the fields; where AWS invents the value the account is asked.
    async fn values(&self) -> Result<Vec<(String, Value)>> {
        let mut seen = BTreeSet::new();
        let mut values = Vec::new();
        for leaf in self.kind.schema().leaves() {
            let Some((path, examples)) = examples_for(self.kind.schema(), leaf) else { continue };
            if seen.insert(path.clone()) {
                let examples = overrides::values(&self.session.cx, self.kind.name(), &path).await?.unwrap_or(examples);
                values.extend(examples.into_iter().map(|value| (path.clone(), value)));
            }
        }
        Ok(values)
    }

    async fn one(&mut self, path: &str, value: &Value) -> Result<()> {
        self.document = self.with(path, value);
        let (stack, plan) = self.plan().await?;
        let step = self.only_step(&plan)?;
        self.expect_only(path, step)?;
        let replaced = matches!(step.action, Action::Replace { .. });
        let renamed = plan.changes().count() > 1;
        self.carry_out(stack, plan, &format!("{path} set")).await?;
        if !replaced && !renamed && !overrides::only_grows(self.kind.name(), path) {
            self.drift(path).await.context("drift")?;
        }
        self.document = self.base.clone();
        let (stack, plan) = self.plan().await?;
        if self.stays_when_taken_out(path) {
            ensure!(plan.is_empty(), "taking it out, which AWS can't undo in place, changes something");
            return Ok(());
        }
        let step = self.only_step(&plan).context("taking it out")?;
        self.expect_only(path, step).context("taking it out")?;
        self.carry_out(stack, plan, &format!("{path} taken out")).await
    }

    /// What only a replacement could change is left alone.
    fn stays_when_taken_out(&self, path: &str) -> bool {
        let resource = &self.base["resources"][&self.address.name];
        let property = self.kind.schema().at(path);
        value::at(resource, path).is_none()
            && overrides::companions(self.kind.name(), path).is_empty()
            && property.is_some_and(|property| property.stays())
    }

    /// Puts the base stack's value back behind the engine's back: the plan must call it drift, and an apply mend it.
    async fn drift(&self, path: &str) -> Result<()> {
        let concerns = |leaf: &str| overrides::concerns(path, leaf);
        self.session.set_back(&self.address, &self.document, &self.base, concerns).await?;
        let (stack, plan) = self.plan().await?;
        if !self.kind.marks_apart() {
            // What others do to it is another one, and the stack's own is as it was.
            ensure!(plan.is_empty(), "something that others published changes the stack's own");
            return Ok(());
        }
        let step = self.only_step(&plan)?;
        self.expect_only(path, step)?;
        for change in &step.changes {
            ensure!(change.reason == Reason::Drift, "{} is called {:?}", change.path, change.reason);
        }
        self.carry_out(stack, plan, "drift").await
    }

    /// The stack with a value at a dotted path of the resource under test.
    fn with(&self, path: &str, value: &Value) -> Value {
        let mut document = self.base.clone();
        let resource = &mut document["resources"][&self.address.name];
        value::set(resource, path, Some(value.clone()));
        for (sibling, value) in overrides::companions(self.kind.name(), path) {
            value::set(resource, sibling, value);
        }
        document
    }

    async fn plan(&self) -> Result<(Arc<Stack>, Plan)> {
        self.session.plan(&self.document, Goal::Apply).await
    }

    async fn apply(&self, what: &str) -> Result<()> {
        let (stack, plan) = self.plan().await?;
        self.carry_out(stack, plan, what).await
    }

    async fn carry_out(&self, stack: Arc<Stack>, plan: Plan, what: &str) -> Result<()> {
        self.session.carry_out(stack, plan).await.with_context(|| format!("applying {what}"))?;
        self.session.is_settled(&self.document).await.with_context(|| format!("after applying {what}"))
    }

    async fn destroy(&self) -> Result<()> {
        let ids: Vec<_> =
            self.plan().await?.1.steps.into_iter().filter_map(|step| Some((step.kind, step.prior?.id))).collect();
        self.session.run(&self.document, Goal::Destroy).await.context("destroying")?;
        for (kind, id) in &ids {
            kind.delete(&self.session.cx, id, true).await.with_context(|| format!("deleting {id} a second time"))?;
        }
        let (_, plan) = self.session.plan(&self.document, Goal::Destroy).await?;
        ensure!(plan.is_empty(), "a second destroy has something to do");
        self.session.nothing_is_left().await
    }

    /// The one resource that changes. One whose name changes is created again, and the old one deleted.
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
            step.changes.iter().any(|change| !change.reason.is_about_ownership()),
            "the example is what is there anyway: {:#?}",
            step.changes
        );
        Ok(())
    }
}
