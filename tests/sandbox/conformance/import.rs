//! What import writes of any resource is that resource: taken over from it, nothing changes, and then nothing is to do.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cloud101::aws::Context as Aws;
use cloud101::aws::ownership::is_ownership_tag;
use cloud101::import::{self, Imported};
use cloud101::model::value;
use cloud101::plan::Action;
use cloud101::plan::options::Goal;
use cloud101::resource::kind::Kind;
use cloud101::resource::{Address, Registry, Tags};
use cloud101::stack::{Stack, load};
use futures::future::join_all;
use serde_json::{Value, json};

use super::{overrides, walk::examples_for};
use crate::support::session::{Session, said_of};
use crate::support::{TestSandbox, marks};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_what_is_there() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let only = std::env::var("KIND").ok();
    let registry = Registry::builtin();
    let kinds = registry.all().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name()));
    let imports = kinds.map(|kind| {
        let (sandbox, kind) = (sandbox.clone(), kind.clone());
        tokio::spawn(async move { (kind.name().to_owned(), imported(&kind, &sandbox).await) })
    });
    let mut failures = Vec::new();
    for ended in join_all(imports).await {
        let (kind, outcome) = ended?;
        failures.extend(outcome.err().map(|error| format!("{kind}: {error:#}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

async fn imported(kind: &Arc<dyn Kind>, sandbox: &TestSandbox) -> Result<()> {
    let name = format!("import-{}", kind.name().replace(['.', '_'], "-"));
    let made = Session::open(sandbox, &name, Path::new("stacks/examples")).await?;
    let document = rich(&**kind, &made, &name)?;
    made.run(&document, Goal::Apply).await.context("making it")?;
    let live = made.observe(&made.load(&document)?).await?.live;
    let mut found = Vec::new();
    let mut ids = Vec::new();
    for (address, live) in live {
        let live = Arc::unwrap_or_clone(live);
        let kind = made.load(&document)?.get(&address).context("it is gone")?.kind.clone();
        let people_s: Tags = live.tags.into_iter().filter(|(key, _)| !is_ownership_tag(key)).collect();
        marks::carry(&made.cx, &*kind, &live.id, &people_s).await.with_context(|| format!("unmarking {address}"))?;
        ensure!(kind.find_all(&made.cx).await?.iter().any(|id| live.id.ends_with(id)), "{} is not listed", live.id);
        let one = import::find(&made.cx, &kind, &live.id).await.with_context(|| format!("importing {address}"))?;
        let one = one.with_context(|| format!("{} is not found", live.id))?;
        found.push(import::fill(&made.cx, one, true).await.with_context(|| format!("fetching {address}"))?);
        ids.push((kind, live.id));
    }

    let folder = tempfile::tempdir()?;
    // The same proxy, which remembers what the emulators don't.
    let cx = Aws::new(made.cx.clients.clone(), made.cx.place.clone(), folder.path().to_owned());
    let again = Session { cx, proxy: made.proxy };
    let imported = import::write(&again.cx, &Registry::builtin(), found);
    let written = take_over(&again, folder.path(), &imported).await;
    written.with_context(|| format!("with this stack:\n{}", imported.yaml))?;
    ids.sort_by_key(|(kind, _)| std::cmp::Reverse(Registry::builtin().rank(kind.name())));
    for (kind, id) in &ids {
        kind.delete(&again.cx, id, true).await.with_context(|| format!("deleting {id}"))?;
    }
    Ok(())
}

/// Takes over what is there by the stack that was written, which may change nothing but marks.
async fn take_over(session: &Session, folder: &Path, imported: &Imported) -> Result<()> {
    for (name, bytes) in &imported.files {
        std::fs::write(folder.join(name), bytes)?;
    }
    for (logical, kind, id) in &imported.resources {
        let kind = Registry::builtin().find(kind).context("no such kind")?.clone();
        if kind.name_is_a_tag() {
            let stack = stack_of(folder, imported)?;
            let adopt = [(Address::new(&**logical), id.clone())].into();
            let plan = session.of(&stack).adopt(&adopt).await?;
            is_only_adoption(&plan)?;
            session.carry_out(stack, plan).await?;
        }
    }
    let stack = stack_of(folder, imported)?;
    let plan = session.plan_of(&stack, Goal::Apply).await?;
    is_only_adoption(&plan)?;
    session.carry_out(stack, plan).await?;
    let stack = stack_of(folder, imported)?;
    let plan = session.plan_of(&stack, Goal::Apply).await?;
    ensure!(plan.is_empty(), "not settled: {:#?}", plan.changes().map(said_of).collect::<Vec<_>>());
    let release = session.plan_of(&stack, Goal::Destroy).await?;
    // Of what is published in versions nothing was taken over: the stack's own version goes.
    let released = release.changes().all(|step| match step.kind.marks_apart() {
        true => matches!(step.action, Action::Release { .. }),
        false => step.action == Action::Delete,
    });
    ensure!(released, "a destroy does not leave it: {:#?}", release.changes().map(said_of).collect::<Vec<_>>());
    session.carry_out(stack, release).await?;
    for (_, kind, id) in &imported.resources {
        let kind = Registry::builtin().find(kind).context("no such kind")?.clone();
        ensure!(kind.current(&session.cx, id).await?.is_some(), "{id} is gone with the stack");
    }
    Ok(())
}

fn stack_of(folder: &Path, imported: &Imported) -> Result<Arc<Stack>> {
    let options = load::Options { vars: imported.values.clone(), ..load::Options::default() };
    load::load_text(&imported.yaml, &folder.join("imported.yaml"), &options)
        .map(Arc::new)
        .map_err(|diagnostics| anyhow::anyhow!(cloud101::ui::diagnostics::render(&diagnostics, false, 120, usize::MAX)))
}

fn is_only_adoption(plan: &cloud101::plan::Plan) -> Result<()> {
    for step in plan.changes() {
        let real: Vec<_> = step.changes.iter().filter(|change| !change.reason.is_about_ownership()).collect();
        ensure!(step.action == Action::Adopt && real.is_empty(), "{} {:?} {real:#?}", step.address, step.action);
    }
    Ok(())
}

/// The kind's example with as many of its properties set as go together.
fn rich(kind: &dyn Kind, session: &Session, name: &str) -> Result<Value> {
    let text = std::fs::read_to_string(format!("stacks/examples/{}.yaml", kind.name()))?;
    let mut document: Value = serde_yaml::from_str(&text)?;
    document["stack"] = json!(name);
    let word = kind.name().rsplit('.').next().unwrap_or_default();
    for leaf in kind.schema().leaves() {
        let Some((path, examples)) = examples_for(kind.schema(), leaf) else { continue };
        let is_said = value::at(&document["resources"][word], &path).is_some();
        if is_said || overrides::is_of_the_account(kind.name(), &path) || not_together(kind.name(), &path) {
            continue;
        }
        let mut with = document.clone();
        value::set(&mut with["resources"][word], &path, examples.last().cloned());
        if session.load(&with).is_ok() {
            document = with;
        }
    }
    if kind.name() == "ses.identity" {
        document["resources"][word]["email"] = json!("imported@example.edu");
    }
    if kind.takes_tags() {
        document["resources"][word]["tags"] = json!({ "course": "one: 2031 - on" });
    }
    Ok(document)
}

/// What the others don't go with, and what keeps the test from deleting it.
fn not_together(kind: &str, path: &str) -> bool {
    // It needs a name of another form.
    let is_namespace = (kind, path) == ("s3.bucket", "namespace");
    is_namespace || (kind == "ec2.instance" && ["state", "spot", "termination_protection"].contains(&path))
}
