//! Generated stacks: some kinds, each with some of its properties at once, by a seed.
//!
//! `cargo test` makes a few; a run by hand as many as wanted:
//! `CLOUD101_GENERATED=1000 CLOUD101_SEED=7 cargo test --test sandbox conformance::generated -- --nocapture`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cloud101::model::value;
use cloud101::plan::options::Goal;
use cloud101::plan::{Action, Plan, Reason, Step};
use cloud101::resource::kind::Kind;
use cloud101::resource::{Address, Registry};
use cloud101::stack::Stack;
use futures::{StreamExt, stream};
use serde_json::Value;

use super::{overrides, walk};
use crate::proxy::Call;
use crate::support::TestSandbox;
use crate::support::session::{Session, said_of};

/// How many stacks in `cargo test`.
const STACKS: u64 = 100;
const SEED: u64 = 20_251_124;
/// How many of them at once; the emulators are the bottleneck.
const AT_ONCE: usize = 4;
/// The examples, whose code and files the generated stacks use.
const EXAMPLES: &str = "stacks/examples";

#[tokio::test(flavor = "multi_thread")]
async fn generated_stacks_keep_the_plans_promise() -> Result<()> {
    let sandbox = Arc::new(TestSandbox::alone()?);
    let number = |name: &str, otherwise| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text}")),
        Err(_) => Ok(otherwise),
    };
    let (count, seed) = (number("CLOUD101_GENERATED", STACKS)?, number("CLOUD101_SEED", SEED)?);
    let lives = (0..count).map(|index| {
        let sandbox = sandbox.clone();
        async move {
            let reported = tokio::spawn(async move { live(&sandbox, seed, index).await }).await;
            let reported = reported.map_err(anyhow::Error::from).and_then(|reported| reported);
            reported.map_err(|error| format!("stack {index} of seed {seed}: {error:#}"))
        }
    });
    let reported: Vec<_> = stream::iter(lives).buffer_unordered(AT_ONCE).collect().await;
    let failures: Vec<_> = reported.iter().filter_map(|reported| reported.as_ref().err().cloned()).collect();
    let total = |what: fn(&Life) -> usize| reported.iter().flatten().map(what).sum::<usize>();
    println!(
        "{count} stacks of seed {seed}: {} resources, {} properties set, {} drifted, {} taken out, {} calls of apply",
        total(|life| life.resources),
        total(|life| life.properties),
        total(|life| life.drifted),
        total(|life| life.taken_out),
        total(|life| life.calls),
    );
    ensure!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n\n"));
    ensure!(total(|life| life.drifted) > 0 && total(|life| life.taken_out) > 0, "nothing drifted or was taken out");
    Ok(())
}

/// What happened in the life of one stack.
#[derive(Default)]
struct Life {
    resources: usize,
    properties: usize,
    drifted: usize,
    taken_out: usize,
    calls: usize,
}

/// A property that was set, and that can go back.
#[derive(Debug, Clone)]
struct Set {
    address: Address,
    path: String,
}

async fn live(sandbox: &TestSandbox, seed: u64, index: u64) -> Result<Life> {
    let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(1_000_003) + index);
    let name = format!("generated-{index}");
    let session = Session::open(sandbox, &name, Path::new(EXAMPLES)).await?;
    let (mut document, set) = grow(&session, &name, &mut random)?;
    let mut life = Life { properties: set.len(), ..Life::default() };

    life.calls += apply(&session, &document).await.with_context(|| format!("applying\n{document:#}"))?;
    let reversible: Vec<_> = set.iter().filter(|set| can_go_back(&session, &document, set)).cloned().collect();
    if let Some(one) = random.choice(&reversible) {
        drift(&session, &document, one).await.with_context(|| format!("drift of {one:?} in\n{document:#}"))?;
        life.drifted += 1;
    }
    if let Some(one) = random.choice(&reversible) {
        let before = document.clone();
        take_out(&mut document, one);
        taken_out(&session, &document, one).await.with_context(|| format!("taking {one:?} out of\n{before:#}"))?;
        life.taken_out += 1;
    }
    life.resources = document["resources"].as_object().map_or(0, |resources| resources.len());
    if let Some(protected) = set.iter().find(|set| set.path == "termination_protection") {
        take_out(&mut document, protected);
        session.run(&document, Goal::Apply).await.context("letting it go")?;
    }
    session.run(&document, Goal::Destroy).await.context("destroying")?;
    session.nothing_is_left().await?;
    Ok(life)
}

/// A stack of one or two kinds' examples, with some more of the properties that have examples. One that the file's
/// rules don't allow beside the others is left out again.
fn grow(session: &Session, name: &str, random: &mut fastrand::Rng) -> Result<(Value, Vec<Set>)> {
    let registry = Registry::builtin();
    let mut kinds: Vec<_> = registry.all().collect();
    random.shuffle(&mut kinds);
    kinds.truncate(random.usize(1..=2));
    let mut document = serde_json::json!({ "stack": name, "region": "us-east-1", "resources": {} });
    let mut set = Vec::new();
    for (letter, kind) in ('a'..).zip(kinds) {
        let address = plant(&mut document, &**kind, letter, name)?;
        for (path, examples) in properties(&**kind) {
            if random.f64() > 0.3 {
                continue;
            }
            let Some(value) = random.choice(&examples) else { continue };
            let mut grown = document.clone();
            let value = renamed(value.clone(), letter, &names_of(&document, letter));
            value::set(&mut grown["resources"][&address.name], &path, Some(value));
            if session.load(&grown).is_ok() {
                document = grown;
                set.push(Set { address: address.clone(), path });
            }
        }
    }
    Ok((document, set))
}

/// Adds a kind's example stack to the document; its logical names get a letter in front.
fn plant(document: &mut Value, kind: &dyn Kind, letter: char, stack: &str) -> Result<Address> {
    let text = std::fs::read_to_string(Path::new(EXAMPLES).join(format!("{}.yaml", kind.name())))?;
    let example: Value = serde_yaml::from_str(&text)?;
    let resources = example["resources"].as_object().context("an example without resources")?;
    let names: BTreeSet<String> = resources.keys().cloned().collect();
    for (logical, resource) in resources {
        let mut resource = renamed(resource.clone(), letter, &names);
        // An identity is the account's, not the stack's.
        if resource["email"].is_string() {
            resource["email"] = Value::String(format!("{stack}@example.edu"));
        }
        document["resources"][format!("{letter}_{logical}")] = resource;
    }
    let word = kind.name().rsplit('.').next().unwrap_or_default();
    Ok(Address::new(format!("{letter}_{word}")))
}

fn names_of(document: &Value, letter: char) -> BTreeSet<String> {
    let names = document["resources"].as_object().into_iter().flatten().map(|(name, _)| name);
    names.filter_map(|name| name.strip_prefix(&format!("{letter}_"))).map(str::to_owned).collect()
}

/// With references to `names` leading to those with the letter in front, and bucket names of their own.
fn renamed(value: Value, letter: char, names: &BTreeSet<String>) -> Value {
    let mut text = value.to_string();
    for name in names {
        text = text.replace(&format!("${{{name}."), &format!("${{{letter}_{name}."));
        // What examples know by its default name.
        text = text.replace(&format!("${{stack.name}}-{name}\""), &format!("${{stack.name}}-{letter}-{name}\""));
    }
    text = text.replace("${stack.name}-${aws", &format!("${{stack.name}}-{letter}-${{aws"));
    text = text.replace("${stack.name}-logs", &format!("${{stack.name}}-{letter}-logs"));
    text = text.replace("${stack.name}-archive", &format!("${{stack.name}}-{letter}-archive"));
    serde_json::from_str(&text).unwrap_or(value)
}

/// The properties of a kind that can be set on their own, with their examples.
fn properties(kind: &dyn Kind) -> Vec<(String, Vec<Value>)> {
    let mut seen = BTreeSet::new();
    let leaves = kind.schema().leaves();
    let with_examples = leaves.iter().filter_map(|leaf| walk::examples_for(kind.schema(), leaf));
    with_examples
        .filter(|(path, _)| {
            overrides::companions(kind.name(), path).is_empty() && !overrides::is_of_the_account(kind.name(), path)
        })
        .filter(|(path, _)| seen.insert(path.clone()))
        .collect()
}

/// Whether the property is changed in place, and may be absent beside what else is set.
fn can_go_back(session: &Session, document: &Value, set: &Set) -> bool {
    let mut without = document.clone();
    take_out(&mut without, set);
    // What it says may follow from the rest: then nothing changes without it.
    let canonical = |document: &Value| {
        let stack = session.load(document).ok()?;
        let declared = stack.get(&set.address)?;
        declared.kind.canonical(&declared.spec, &stack.base).ok()
    };
    match canonical(&without) {
        None => return false,
        Some(spec) if canonical(document).as_ref() == Some(&spec) => return false,
        Some(_) => {}
    }
    let kind = document["resources"][&set.address.name]["type"]
        .as_str()
        .and_then(|name| Registry::builtin().find(name).cloned());
    let Some(kind) = kind else { return false };
    let schema = kind.schema();
    let concerned: Vec<_> = schema.leaves().iter().filter(|leaf| overrides::concerns(&set.path, leaf)).collect();
    let replaces =
        |path: &str| schema.at(path).is_some_and(|property| property.has("x-replace") || property.has("x-stays"));
    let required =
        schema.json()["required"].as_array().into_iter().flatten().any(|name| name.as_str() == Some(&set.path));
    !required && !replaces(&set.path) && !concerned.iter().any(|leaf| replaces(leaf))
}

fn take_out(document: &mut Value, set: &Set) {
    value::set(&mut document["resources"][&set.address.name], &set.path, None);
}

/// Plans and applies; see [`carry_out`].
async fn apply(session: &Session, document: &Value) -> Result<usize> {
    let (stack, plan) = session.plan(document, Goal::Apply).await?;
    carry_out(session, document, stack, plan).await
}

/// Carries out a plan of the document, and checks that the changing calls are those of the plan and that nothing is left
/// to do. The answer: how many there were.
async fn carry_out(session: &Session, document: &Value, stack: Arc<Stack>, plan: Plan) -> Result<usize> {
    let before = session.proxy.calls().len();
    // A function's log group may have a name of its own, which the plan shows as a property.
    let group = |step: &Step| step.desired()?.spec["log_group"].as_str().map(str::to_owned);
    let mut planned: Vec<_> = plan
        .changes()
        .map(|step| (step.kind.name().to_owned(), step.name.clone(), step.id().map(str::to_owned)))
        .collect();
    planned.extend(plan.changes().filter_map(|step| Some((step.kind.name().to_owned(), group(step)?, None))));
    session.carry_out(stack, plan).await?;
    let calls: Vec<_> =
        session.proxy.calls().split_off(before).into_iter().filter(|call| call.changing.is_some()).collect();
    for call in &calls {
        let is_planned = planned.iter().any(|(kind, name, id)| is_about(call, kind, name, id.as_deref()));
        ensure!(
            is_planned,
            "a call that no step of the plan is about: {} {}",
            call.name,
            String::from_utf8_lossy(&call.request.body)
        );
    }
    ensure!(planned.is_empty() == calls.is_empty(), "{} steps and {} changing calls", planned.len(), calls.len());
    session.is_settled(document).await.context("after the apply")?;
    Ok(calls.len())
}

/// Whether a call may be one for this resource: it is its kind's service, and names it. EC2's ids are AWS's own.
fn is_about(call: &Call, kind: &str, name: &str, id: Option<&str>) -> bool {
    let service = call.request.service();
    let of_service = match kind.split('.').next() {
        Some("lambda") => ["lambda", "logs"].contains(&service),
        Some(own) => own == service,
        None => false,
    };
    let text = format!("{} {}", call.request.path, String::from_utf8_lossy(&call.request.body));
    let text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
    let named = [Some(name), id].into_iter().flatten().any(|name| text.contains(name.trim_start_matches("s3://")));
    of_service && (named || service == "ec2")
}

/// The one step of a plan, which concerns the one property.
fn only(plan: &Plan, set: &Set, reason: &[Reason]) -> Result<()> {
    let steps: Vec<_> = plan.changes().collect();
    let [step] = steps[..] else {
        anyhow::bail!("{} steps: {:#?}", steps.len(), steps.iter().map(|step| said_of(step)).collect::<Vec<_>>())
    };
    ensure!(step.address == set.address && step.action == Action::Update, "{}", said_of(step));
    for change in &step.changes {
        ensure!(overrides::concerns(&set.path, &change.path) && reason.contains(&change.reason), "{}", said_of(step));
    }
    ensure!(!step.changes.is_empty(), "no property: {}", said_of(step));
    Ok(())
}

/// The property is set back by hand: the plan shows that as drift, nothing else, and an apply mends it.
async fn drift(session: &Session, document: &Value, set: &Set) -> Result<()> {
    let mut before = document.clone();
    take_out(&mut before, set);
    session.set_back(&set.address, document, &before, |leaf| overrides::concerns(&set.path, leaf)).await?;
    let (stack, plan) = session.plan(document, Goal::Apply).await?;
    // What is the default anyway could not be changed.
    if !plan.is_empty() {
        only(&plan, set, &[Reason::Drift])?;
        carry_out(session, document, stack, plan).await?;
    }
    Ok(())
}

/// The property is no longer in `document`: it goes back to AWS's default.
async fn taken_out(session: &Session, document: &Value, set: &Set) -> Result<()> {
    let (stack, plan) = session.plan(document, Goal::Apply).await?;
    only(&plan, set, &[Reason::TakenOut, Reason::Recorded, Reason::File])?;
    carry_out(session, document, stack.clone(), plan).await?;
    let declared = stack.get(&set.address).context("it is gone")?;
    let observation = session.observe(&stack).await?;
    let live = observation.live.get(&set.address).context("it is not there")?;
    let schema = declared.kind.schema();
    if let (None, Some(default)) =
        (value::at(&declared.spec, &set.path), schema.at(&set.path).and_then(|p| p.annotation("x-default")))
    {
        let there = value::at(&live.spec, &set.path);
        ensure!(there.is_none_or(|there| there == default), "it is {there:?}, and AWS's default is {default}");
    }
    Ok(())
}
