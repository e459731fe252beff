//! Answers that AWS gave, played over the wire: each resource in them is imported and planned. What `import` writes is
//! sound, and of the plan nothing but tags may change.
//!
//! The recordings of real accounts lie beside the repository, where there are some (`../shared/aws/recordings`, its README
//! says from where). Everywhere there are the fixtures in `tests/models/fixtures`, which hold the facts that they taught.

mod cases;
mod functions;
mod looks;
mod machines;
pub mod operations;
mod served;
mod small;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use cloud101::aws::Context;
use cloud101::import::{self, Imported};
use cloud101::model::Place;
use cloud101::plan::options::{Goal, Options};
use cloud101::plan::{Action, Plan};
use cloud101::resource::{Address, Registry};
use cloud101::session::{self, Session};
use cloud101::stack::{Stack, load};
use futures::StreamExt as _;
use serde_json::Value;

use crate::model::{self, Call};
use served::{Answer, Rule};

const RECORDINGS: &str = "../shared/aws/recordings";
/// How many are played side by side.
const AT_ONCE: usize = 4;
const FIXTURES: &str = "tests/models/fixtures";

/// What can't be imported, or would be changed, and why that is right or not mended yet: kind, a part of what is said,
/// and the reason.
const KNOWN: &[(&str, &str, &str)] = &[
    ("iam.policy", "is under a path that cloud101 does not search", "such a policy is named by its ARN"),
    ("ec2.key_pair", "does not return the public key", "who was recorded did not ask for it (IncludePublicKey)"),
];

/// A resource as it was recorded.
pub struct Case {
    pub kind: &'static str,
    pub id: String,
    pub place: Place,
    /// Where it comes from.
    pub from: String,
    pub rule: Arc<Rule>,
}

impl Case {
    /// The same where `rule` goes before.
    fn also(self, rule: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let before = self.rule;
        Self { rule: Arc::new(move |call, own| rule(call).or_else(|| before(call, own))), ..self }
    }
}

/// The operations that were asked for, and whose answer is one of a case.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<BTreeSet<String>>>);

impl Asked {
    /// `rule`, noted.
    fn noting(&self, rule: Arc<Rule>) -> Arc<Rule> {
        let asked = self.clone();
        Arc::new(move |call, own| {
            let answer = rule(call, own)?;
            let service = if call.service == "sesv2" { "email" } else { &call.service };
            asked.all().insert(format!("{service}.{}", call.operation));
            Some(answer)
        })
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Recorded answers by operation, as `service.Operation`.
pub struct Source {
    name: &'static str,
    answers: BTreeMap<String, Vec<Recorded>>,
    /// How many resources are not whole, as AWS never shows them.
    pub cut: AtomicUsize,
}

/// One of them.
pub struct Recorded {
    pub answer: Value,
    pub from: String,
}

impl Source {
    /// All in a folder; `None` where there is none.
    fn read(name: &'static str, folder: &str) -> Option<Self> {
        let mut answers = BTreeMap::new();
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let Some(operation) = file.strip_suffix(".jsonl") else { continue };
            let text = fs::read_to_string(entry.path()).expect("text");
            let lines = text.lines().filter(|line| !line.trim().is_empty()).enumerate();
            let recorded = lines.map(|(n, line)| {
                let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {error}"));
                let from = line["from"].as_str().map_or_else(|| format!("{file}:{}", n + 1), str::to_owned);
                Recorded { answer: line["answer"].take(), from }
            });
            answers.insert(operation.to_owned(), recorded.collect());
        }
        Some(Self { name, answers, cut: AtomicUsize::new(0) })
    }

    /// The operations of which there is anything.
    fn operations(&self) -> BTreeSet<String> {
        self.answers.keys().cloned().collect()
    }

    /// Whether a resource is whole; else it is counted.
    pub fn is_whole(&self, is_whole: bool) -> bool {
        if !is_whole {
            self.cut.fetch_add(1, Relaxed);
        }
        is_whole
    }

    /// The answers to an operation that are not errors.
    pub fn of(&self, operation: &str) -> impl Iterator<Item = &Recorded> {
        let all = self.answers.get(operation).into_iter().flatten();
        all.filter(|recorded| recorded.answer.get("Error").is_none())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_imported_and_nothing_changes() {
    let fixtures = Source::read("fixtures", FIXTURES).expect("the fixtures");
    let recordings = Source::read("recordings", RECORDINGS);
    if recordings.is_none() {
        println!("{RECORDINGS} is not there: the fixtures alone are played");
    }
    let mut failures = Vec::new();
    for source in [Some(fixtures), recordings].into_iter().flatten() {
        let (cases, asked) = (cases::all(&source), Asked::default());
        for service in ["ec2", "iam", "lambda", "logs", "s3", "sesv2", "sns", "sqs"] {
            model::model(service).expect(service);
        }
        let (mut played, mut passed, mut known) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        cases.iter().for_each(|case| *played.entry(case.kind).or_insert(0) += 1);
        let running = futures::stream::iter(cases.into_iter().map(|case| {
            let asked = asked.clone();
            tokio::spawn(async move {
                let outcome = play(&case, &asked).await;
                (case.kind, case.id, case.from, outcome)
            })
        }));
        let ended: Vec<_> = running.buffer_unordered(AT_ONCE).collect().await;
        for ended in ended {
            let (kind, id, from, outcome) = ended.expect("no panic");
            match outcome {
                Ok(()) => *passed.entry(kind).or_insert(0) += 1,
                Err(said) => match KNOWN.iter().find(|(of, part, _)| *of == kind && said.contains(part)) {
                    Some((_, _, why)) => *known.entry((kind, *why)).or_insert(0) += 1,
                    None => failures.push(format!("{kind} {id} ({from}): {said}")),
                },
            }
        }
        failures.extend(looks::all(&source, &asked).await);
        let not_played = operations::not_played(&source, &asked.all());
        failures.extend(not_played.iter().map(|operation| format!("{}: {operation} was never asked for", source.name)));
        println!("{}: {} that are cut down by their authors are left out", source.name, source.cut.load(Relaxed));
        for (kind, all) in &played {
            println!("{}: {kind}: {} of {all} unchanged", source.name, passed.get(kind).unwrap_or(&0));
        }
        for ((kind, why), count) in &known {
            println!("{}: {kind}: {count} not, which is known: {why}", source.name);
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

async fn play(case: &Case, asked: &Asked) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let cx = served::context(&case.place, folder.path(), asked.noting(case.rule.clone()));
    let kind = Registry::builtin().find(case.kind).ok_or("no such kind")?.clone();
    let failed = |what: &'static str| move |error: cloud101::aws::Error| format!("{what}: {error}");
    let found = import::find(&cx, &kind, &case.id).await.map_err(failed("import"))?.ok_or("import finds nothing")?;
    let found = import::fill(&cx, found, true).await.map_err(failed("what is in it"))?;
    let imported = import::write(&cx, &Registry::builtin(), vec![found]);
    for (name, bytes) in &imported.files {
        fs::write(folder.path().join(name), bytes).map_err(|error| error.to_string())?;
    }
    let words = |text: &str| text.replace('#', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let comments: Vec<_> = imported.yaml.lines().filter_map(|line| line.trim_start().strip_prefix('#')).collect();
    let comments = words(&comments.join(" "));
    if let Some(unsaid) = imported.left_out.iter().find(|one| !comments.contains(&words(&one.why))) {
        return Err(format!("no comment says that {unsaid:?}:\n{}", imported.yaml));
    }
    let plan = planned(&cx, folder.path(), &imported).await;
    plan.and_then(|plan| only_tags(&plan)).map_err(|said| format!("{said}\nwith this stack:\n{}", imported.yaml))
}

async fn planned(cx: &Context, folder: &Path, imported: &Imported) -> Result<Plan, String> {
    let session = Session::new(cx.clone(), stack_of(folder, imported)?);
    let by_id_alone = |kind: &str| Registry::builtin().find(kind).is_some_and(|kind| kind.name_is_a_tag());
    let adopt = imported.resources.iter().filter(|(_, kind, _)| by_id_alone(kind));
    let adopt: BTreeMap<_, _> = adopt.map(|(logical, _, id)| (Address::new(&**logical), id.clone())).collect();
    let plan = async {
        match adopt.is_empty() {
            true => Ok(session.plan(Goal::Apply, &Options::default()).await?.plan),
            false => session.adopt(&adopt).await,
        }
    };
    plan.await.map_err(|error: session::Error| error.to_string())
}

fn stack_of(folder: &Path, imported: &Imported) -> Result<Stack, String> {
    let options = load::Options { vars: imported.values.clone(), ..load::Options::default() };
    load::load_text(&imported.yaml, &folder.join("imported.yaml"), &options).map_err(|diagnostics| {
        let first = diagnostics.list.first().map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
        format!("validate refuses what import writes: {first}")
    })
}

fn only_tags(plan: &Plan) -> Result<(), String> {
    for step in plan.changes() {
        let is_tag = |path: &str| path == "tags" || path.starts_with("tags.");
        let real = step.changes.iter().filter(|change| !change.reason.is_about_ownership() && !is_tag(&change.path));
        let real: Vec<_> = real.collect();
        if step.action != Action::Adopt || !real.is_empty() {
            let paths: Vec<_> = real
                .iter()
                .map(|change| format!("{}: {:?} → {:?}", change.path, change.before, change.after))
                .collect();
            return Err(format!("the plan says {:?} {}", step.action, paths.join(", ")));
        }
    }
    Ok(())
}
