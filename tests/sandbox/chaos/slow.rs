//! AWS throttles, fails, hangs up and takes its time: the run succeeds all the same, or gives up in bounded time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::story::{LESSON, Part, Stage, Telling};
use crate::http::Refusal;
use crate::support::gate::{Call, Moment, Verdict};

/// Longer than the SDK's pauses between its attempts together.
const GIVES_UP: Duration = Duration::from_secs(100);

/// What each service says when it is asked too often.
fn throttled(call: &Call) -> Verdict {
    let (status, code) = match call.request.service() {
        "ec2" => (503, "RequestLimitExceeded"),
        "s3" => (503, "SlowDown"),
        "lambda" | "ses" => (429, "TooManyRequestsException"),
        "iam" | "sts" => (400, "Throttling"),
        "sns" => (429, "Throttled"),
        _ => (400, "ThrottlingException"),
    };
    Verdict::Refuse(Refusal { status, code, message: "Rate exceeded".into() })
}

/// Whether `call` belongs to the unlucky `percent`. The same call tried again has another fate, but the same in each run.
fn is_unlucky(call: &Call, percent: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    let attempt = call.request.header("amz-sdk-request").map(str::to_owned);
    (&call.name, &call.request.path, &call.request.body, attempt).hash(&mut hasher);
    hasher.finish() % 100 < percent
}

/// The class's stack lives its life while `rule` decides; never more changing calls are under way than allowed.
fn lives(name: &str, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> Result<()> {
    const PARALLELISM: usize = 3;
    let stage = Stage::set()?;
    let telling = Telling::new(&stage, &LESSON, name)?;
    let gate = stage.world.gate(&stage.missing, rule)?;
    let run = |part| {
        let (command, options) = Telling::command(part);
        let parallelism = PARALLELISM.to_string();
        let options = [options, &["--parallelism", &parallelism]].concat();
        crate::support::world::run(&mut telling.lesson.through(&gate, command, &options))?.exits(0)
    };
    run(Part::Apply)?;
    let account = telling.account()?;
    telling.is(&account, Part::Apply)?;
    run(Part::Destroy)?.says("0 left")?;
    let left = telling.account()?;
    ensure!(left.is_empty(), "left: {:?}", left.keys().collect::<Vec<_>>());
    let most = gate.most_at_once();
    ensure!(most <= PARALLELISM, "{most} changing calls were under way at once");
    Ok(())
}

#[test]
fn three_of_ten_calls_are_throttled() -> Result<()> {
    lives("slow-throttled", |call| if is_unlucky(call, 30) { throttled(call) } else { Verdict::Pass })
}

#[test]
fn connections_break_and_servers_fail() -> Result<()> {
    let failing = |status, code| Verdict::Refuse(Refusal { status, code, message: "We encountered an error".into() });
    lives("slow-broken", move |call| match (is_unlucky(call, 20), call.request.body.len() % 3) {
        (false, _) => Verdict::Pass,
        (true, 0) => Verdict::Cut(Moment::Before),
        (true, 1) => failing(500, "InternalFailure"),
        (true, _) => failing(503, "ServiceUnavailable"),
    })
}

#[test]
fn one_call_takes_half_a_minute() -> Result<()> {
    const LATE: Duration = Duration::from_secs(30);
    let done = AtomicBool::new(false);
    let started = Instant::now();
    lives("slow-late", move |call| match call.name.as_str() {
        "ec2:CreateSecurityGroup" if !done.swap(true, Ordering::SeqCst) => Verdict::Late(LATE),
        _ => Verdict::Pass,
    })?;
    ensure!(started.elapsed() > LATE, "it was not late");
    Ok(())
}

#[test]
fn where_everything_is_throttled_it_gives_up_and_says_what_to_do() -> Result<()> {
    let stage = Stage::set()?;
    let telling = Telling::new(&stage, &LESSON, "slow-always")?;
    // Somebody must say who we are before there is anything to give up.
    let gate = stage.world.gate(&stage.missing, |call| match call.request.service() {
        "sts" => Verdict::Pass,
        _ => throttled(call),
    })?;
    let started = Instant::now();
    let ran = telling.through(&gate, Part::Apply)?.exits(1)?;
    ensure!(started.elapsed() < GIVES_UP, "it took {:?}", started.elapsed());
    ensure!(gate.changing_calls().is_empty(), "it changed something: {:?}", gate.changing_calls());
    ran.says("wait a minute and run the same command again").map(drop).context("no advice")
}
