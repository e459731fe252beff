//! How long the class's stack takes when every call takes 50 ms more, in a sandbox of its own.
//!
//! By hand: `cargo bench --profile dev --bench delay`, which needs no release build. With `-- --calls` it prints the
//! calls of the slowest repetition as well: round, start, end, name. With `-- --against PATH_TO_OTHER_BINARY` it applies and
//! destroys a stack of 200 resources instead, this build and the other in turns; `--resources 50` for another size.

mod beside;
#[allow(dead_code, reason = "what is shared with the tests")]
#[path = "../../tests/http/mod.rs"]
mod http;
#[path = "../../tests/model/mod.rs"]
mod model;
#[path = "../../tests/proxy/mod.rs"]
mod proxy;
#[allow(dead_code, reason = "only the sandbox itself is used")]
#[path = "../../tests/sandbox/support/sandbox.rs"]
mod sandbox;
#[allow(dead_code, reason = "what is shared with the tests")]
#[path = "../../tests/sandbox/support/snippets.rs"]
mod snippets;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use cloud101::aws::Target;
use cloud101::plan::observe::{Services, list};
use cloud101::plan::options::{Goal, Options};
use cloud101::session::Session;
use cloud101::stack::load;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use sandbox::TestSandbox;
use wire::{Call, DELAY, Wire};

const STACK: &str = "stacks/cloud101.yaml";
/// How often the stack is applied and destroyed.
const CYCLES: usize = 5;
/// How often it is planned in between.
const PLANS: usize = 4;
const PARALLELISM: usize = 10;
/// Of how many resources the stack is that two builds are compared by.
const RESOURCES: usize = 200;

/// One repetition of one command.
struct Sample {
    wall: Duration,
    /// Of this process; the emulators have their own. `None`: not known on this system.
    cpu: Option<Duration>,
    calls: Vec<Call>,
}

/// The repetitions of every command.
#[derive(Default)]
struct Samples {
    connect: Vec<Sample>,
    plan: Vec<Sample>,
    apply: Vec<Sample>,
    destroy: Vec<Sample>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|n| arguments.get(n + 1));
    if let Some(other) = value("--against") {
        let resources = value("--resources").map_or(Ok(RESOURCES), |resources| resources.parse())?;
        return beside::measure(&sandbox, Path::new(other), resources);
    }
    let mut samples = Samples::default();
    for _ in 0..CYCLES {
        command(&sandbox, &mut samples, Command::Apply).await?;
        for _ in 0..PLANS {
            command(&sandbox, &mut samples, Command::Plan).await?;
        }
        command(&sandbox, &mut samples, Command::Destroy).await?;
    }
    print(&mut samples, std::env::args().any(|argument| argument == "--calls"));
    Ok(())
}

#[derive(Clone, Copy)]
enum Command {
    Plan,
    Apply,
    Destroy,
}

/// What the command of that name does between the person's consent and the summary, from a new connection on.
async fn command(sandbox: &TestSandbox, samples: &mut Samples, command: Command) -> Result<()> {
    let wire = Wire::new();
    let stack = Session::load(Path::new(STACK), &load::Options::default())?;
    let target =
        Target { stand_in: Some(sandbox.running.stand_in()), http_client: Some(wire.client()), ..Target::default() };
    let (session, sample) = measured(&wire, Session::connect(stack, target)).await?;
    samples.connect.push(sample);
    match command {
        Command::Plan => samples.plan.push(measured(&wire, unchanged(&session)).await?.1),
        Command::Apply => samples.apply.push(measured(&wire, run(&session, Goal::Apply)).await?.1),
        Command::Destroy => samples.destroy.push(measured(&wire, destroy(&session)).await?.1),
    }
    Ok(())
}

async fn measured<T, E>(wire: &Wire, work: impl Future<Output = Result<T, E>>) -> Result<(T, Sample)>
where
    anyhow::Error: From<E>,
{
    let (start, cpu) = (Instant::now(), cpu());
    let answer = work.await?;
    let sample = Sample {
        wall: start.elapsed(),
        cpu: self::cpu().zip(cpu).map(|(after, before)| after.saturating_sub(before)),
        calls: wire.take(),
    };
    Ok((answer, sample))
}

/// A plan with nothing to change.
async fn unchanged(session: &Session) -> Result<()> {
    let plan = session.plan(Goal::Apply, &Options::default()).await?.plan;
    ensure!(plan.is_empty(), "the plan is not empty");
    Ok(())
}

async fn run(session: &Session, goal: Goal) -> Result<()> {
    let plan = session.plan(goal, &Options::default()).await?.plan;
    ensure!(plan.changes().count() == session.stack().resources.len(), "not every resource changes");
    let (events, _ignored) = mpsc::unbounded_channel();
    let summary =
        session.clone().with_parallelism(PARALLELISM).apply(&Arc::new(plan), events, CancellationToken::new()).await;
    if let Some((_, error)) = summary.failed.first() {
        bail!("{error}");
    }
    ensure!(summary.is_complete(), "not complete");
    Ok(())
}

/// A destroy, with the final look for anything left.
async fn destroy(session: &Session) -> Result<()> {
    run(session, Goal::Destroy).await?;
    for found in list(session.cx(), &session.stack().registry, &Services::of(session.stack())).await {
        let found = found.map_err(|trouble| anyhow::anyhow!("{}: {}", trouble.kind, trouble.error))?;
        ensure!(found.found.is_empty() && found.doubtful.is_empty(), "something is left");
    }
    Ok(())
}

/// The processor time that this process has used, in steps of 10 ms.
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which may hold anything, `utime` and `stime` are the 12th and 13th field.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Some(Duration::from_millis(10 * ticks.sum::<Result<u64, _>>().ok()?))
}

fn print(samples: &mut Samples, with_calls: bool) {
    println!("{STACK}, {} ms more per call, parallelism {PARALLELISM}", DELAY.as_millis());
    println!();
    println!("| | runs | seconds, median (from–to) | own CPU s | calls | rounds |");
    println!("|---|--:|--:|--:|--:|--:|");
    let rows = [
        ("connect (sts)", &mut samples.connect),
        ("plan, nothing to change", &mut samples.plan),
        ("apply, plan included", &mut samples.apply),
        ("destroy, plan and final look included", &mut samples.destroy),
    ];
    for (name, samples) in rows {
        samples.sort_by_key(|sample| sample.wall);
        row(name, samples);
        if let Some(slowest) = samples.last().filter(|_| with_calls) {
            slowest.calls.iter().for_each(describe);
        }
    }
}

/// One line of the table. `samples` are in the order of their time.
fn row(name: &str, samples: &[Sample]) {
    let [first, .., last] = samples else { return };
    let seconds = |sample: &Sample| sample.wall.as_secs_f64();
    let median = &samples[samples.len() / 2];
    let cpu = median.cpu.map_or("?".to_owned(), |cpu| format!("{:.2}", cpu.as_secs_f64()));
    let calls = range(samples.iter().map(|sample| sample.calls.len()));
    let rounds = range(samples.iter().map(|sample| sample.calls.iter().map(|call| call.round).max().unwrap_or(0)));
    println!(
        "| {name} | {} | {:.2} ({:.2}–{:.2}) | {cpu} | {calls} | {rounds} |",
        samples.len(),
        seconds(median),
        seconds(first),
        seconds(last),
    );
}

fn range(numbers: impl Iterator<Item = usize> + Clone) -> String {
    match (numbers.clone().min(), numbers.max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (least, most) => format!("{}–{}", least.unwrap_or(0), most.unwrap_or(0)),
    }
}

fn describe(call: &Call) {
    let end = call.end.map_or("".to_owned(), |end| end.as_millis().to_string());
    println!("    {:>2}  {:>6} {end:>6} ms  {}", call.round, call.start.as_millis(), call.name);
}
