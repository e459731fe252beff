//! What happens to a resource between the plan and the step that touches it: another owner, none, protection. Every kind
//! in the registry must then refuse, and leave it as it is.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cloud101::aws::ownership::{KEEP, LastApplied, Ownership};
use cloud101::explain::Code;
use cloud101::plan::options::Goal;
use cloud101::plan::{Action, Plan};
use cloud101::resource::kind::Kind;
use cloud101::resource::{Address, Registry, Tags};
use cloud101::stack::Stack;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::session::Session;
use crate::support::{TestSandbox, marks};

#[tokio::test(flavor = "multi_thread")]
async fn no_kind_touches_what_changed_its_owner_since_the_plan() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let only = std::env::var("KIND").ok();
    let registry = Registry::builtin();
    let kinds = registry.all().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name()));
    let all = kinds.map(|kind| {
        let (sandbox, kind) = (sandbox.clone(), kind.clone());
        tokio::spawn(async move { (kind.name().to_owned(), Meanwhile::of(&kind, &sandbox).await) })
    });
    let mut failures = Vec::new();
    for ended in join_all(all).await {
        let (kind, outcome) = ended?;
        failures.extend(outcome.err().map(|error| format!("{kind}: {error:#}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

/// One resource of a kind that is there, made by its example stack.
struct Meanwhile {
    kind: Arc<dyn Kind>,
    session: Session,
    address: Address,
    id: String,
    /// The tags that its stack gave it.
    own: Tags,
}

impl Meanwhile {
    async fn of(kind: &Arc<dyn Kind>, sandbox: &TestSandbox) -> Result<()> {
        let name = format!("meanwhile-{}", kind.name().replace(['.', '_'], "-"));
        let document = document(&**kind, &name)?;
        let word = kind.name().rsplit('.').next().unwrap_or_default();
        let session = Session::open(sandbox, &name, Path::new("stacks/examples")).await?;
        session.run(&document, Goal::Apply).await.context("making it")?;
        let address = Address::new(word);
        let live = session.observe(&session.load(&document)?).await?.live;
        let live = live.get(&address).context("it is not there")?;
        let (id, own) = (live.id.clone(), live.tags.clone());
        let one = Self { kind: kind.clone(), session, address, id, own };

        let mut changed = document.clone();
        // Without tags there is something else to change.
        let change = match kind.name() {
            "iam.group" => ("policies", json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"])),
            _ if kind.takes_tags() => ("tags", json!({ "round": "two" })),
            _ => ("description", json!("two")),
        };
        changed["resources"][word][change.0] = change.1;
        let other_stack = one.marked_by("elsewhere");
        let no_one = Tags::new();
        let mut protected = one.own.clone();
        protected.insert(KEEP.to_owned(), "protect".to_owned());

        one.refuses("update, another stack's", &changed, Goal::Apply, &other_stack).await?;
        one.refuses("update, unmarked", &changed, Goal::Apply, &no_one).await?;
        one.refuses("delete, another stack's", &document, Goal::Destroy, &other_stack).await?;
        one.refuses("delete, unmarked", &document, Goal::Destroy, &no_one).await?;
        one.refuses("delete, protected", &document, Goal::Destroy, &protected).await?;
        if kind.marks_apart() {
            let mut adopted = one.own.clone();
            adopted.insert(KEEP.to_owned(), "adopted".to_owned());
            one.carry(&adopted).await?;
            one.refuses("release, another stack's", &document, Goal::Destroy, &other_stack).await?;
            one.carry(&one.own).await?;
        }

        one.session.run(&document, Goal::Destroy).await.context("destroying it at last")?;
        one.session.nothing_is_left().await
    }

    /// Plans, lets it carry `meanwhile` and carries the plan out, which must fail for it, and leave it as it is.
    async fn refuses(&self, what: &str, document: &Value, goal: Goal, meanwhile: &Tags) -> Result<()> {
        let (stack, plan) = self.session.plan(document, goal).await.with_context(|| format!("planning: {what}"))?;
        let before = self.tags().await?;
        let plan = self.only(plan).with_context(|| what.to_owned())?;
        self.carry(meanwhile).await?;
        let there = self.tags().await?;
        let owner = if meanwhile.is_empty() { "does not carry this stack's tags" } else { "it now belongs to `" };
        let outcome = self.outcome(stack, plan, owner).await;
        let after = self.tags().await?;
        self.carry(&before).await?;
        outcome.with_context(|| what.to_owned())?;
        ensure!(after == there, "{what}: its tags changed from {there:?} to {after:?}");
        Ok(())
    }

    async fn outcome(&self, stack: Arc<Stack>, plan: Plan, owner: &str) -> Result<()> {
        let changing = self.session.proxy.changing_calls().len();
        let summary = self.session.attempt(stack, plan).await;
        let calls = self.session.proxy.changing_calls();
        ensure!(calls.len() == changing, "it was touched: {:?}", &calls[changing..]);
        let (_, error) = summary.failed.first().context("it was done")?;
        ensure!(error.explained() == Code::Changed, "{error}");
        let said = error.message.contains("changed since the plan was made") && error.message.contains(owner);
        ensure!(said, "{error}");
        Ok(())
    }

    /// The part of a plan that is about this resource.
    fn only(&self, mut plan: Plan) -> Result<Plan> {
        let others = plan.steps.iter_mut().filter(|step| step.address != self.address);
        others.for_each(|step| step.action = Action::None);
        ensure!(plan.changes().count() == 1, "the plan has {} steps for it", plan.changes().count());
        Ok(plan)
    }

    async fn tags(&self) -> Result<Tags> {
        let current = self.kind.current(&self.session.cx, &self.id).await?;
        Ok(current.context("it is gone")?.tags)
    }

    async fn carry(&self, tags: &Tags) -> Result<()> {
        marks::carry(&self.session.cx, &*self.kind, &self.id, tags).await
    }

    /// As if another stack had taken it over.
    fn marked_by(&self, stack: &str) -> Tags {
        let mut own = LastApplied::read(&self.own);
        // As an adoption does with what is named by a tag alone.
        if self.kind.name_is_a_tag() {
            own.bind(&self.id);
        }
        Ownership { stack: stack.into(), address: Address::new("data"), applied: own, keep: Default::default() }.tags()
    }
}

/// The example stack of a kind, as a stack of another name.
fn document(kind: &dyn Kind, name: &str) -> Result<Value> {
    let file = Path::new("stacks/examples").join(format!("{}.yaml", kind.name()));
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} has no example", kind.name()))?;
    let before: Value = serde_yaml::from_str(&text)?;
    let was = before["stack"].as_str().context("no stack name")?.to_owned();
    let mut document: Value = serde_yaml::from_str(&text.replace(&was, name))?;
    document["stack"] = json!(name);
    Ok(document)
}
