//! AWS throttles, fails, hangs up and takes its time: the run succeeds all the same, or gives up in bounded time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::proxy::{Call, Fault, Phase};
use crate::support::fixture::Fixture;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::LESSON;

/// Longer than the SDK's pauses between its attempts together.
const GIVES_UP: Duration = Duration::from_secs(100);

/// What each service says when it is asked too often.
fn throttled(call: &Call) -> Fault {
    let (status, code) = match call.request.service() {
        "ec2" => (503, "RequestLimitExceeded"),
        "s3" => (503, "SlowDown"),
        "lambda" | "ses" => (429, "TooManyRequestsException"),
        "iam" | "sts" => (400, "Throttling"),
        "sns" => (429, "Throttled"),
        _ => (400, "ThrottlingException"),
    };
    Fault::refuse(status, code, "Rate exceeded")
}

/// Whether `call` belongs to the unlucky `percent`. The same call tried again has another fate, but the same in each run.
fn is_unlucky(call: &Call, percent: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    let attempt = call.request.header("amz-sdk-request").map(str::to_owned);
    (&call.name, &call.request.path, &call.request.body, attempt).hash(&mut hasher);
    hasher.finish() % 100 < percent
}

/// The class's stack lives its life while `rule` decides; never more changing calls are under way than allowed.
fn lives(name: &str, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Result<()> {
    const PARALLELISM: usize = 3;
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &LESSON, name)?.with_faults(rule)?;
    let part = |part: Part| {
        let (command, options) = part.command();
        let parallelism = PARALLELISM.to_string();
        run.cloud101(command, &[options, &["--parallelism", &parallelism]].concat())?.exits(0)
    };
    part(Part::Apply)?;
    let account = run.account()?;
    run.is(&account, Part::Apply)?;
    part(Part::Destroy)?.says("0 left")?;
    let left = run.account()?;
    ensure!(left.is_empty(), "left: {:?}", left.keys().collect::<Vec<_>>());
    let most = run.proxy.most_at_once();
    ensure!(most <= PARALLELISM, "{most} changing calls were under way at once");
    Ok(())
}

#[test]
fn three_of_ten_calls_are_throttled() -> Result<()> {
    lives("slow-throttled", |call| is_unlucky(call, 30).then(|| throttled(call)))
}

#[test]
fn connections_break_and_servers_fail() -> Result<()> {
    let failing = |status, code| Some(Fault::refuse(status, code, "We encountered an error"));
    lives("slow-broken", move |call| match (is_unlucky(call, 20), call.request.body.len() % 3) {
        (false, _) => None,
        (true, 0) => Some(Fault::Cut(Phase::Before)),
        (true, 1) => failing(500, "InternalFailure"),
        (true, _) => failing(503, "ServiceUnavailable"),
    })
}

#[test]
fn one_call_takes_half_a_minute() -> Result<()> {
    const LATE: Duration = Duration::from_secs(30);
    let started = Instant::now();
    lives("slow-late", Fault::Delay(LATE).once("ec2:CreateSecurityGroup"))?;
    ensure!(started.elapsed() > LATE, "it was not late");
    Ok(())
}

#[test]
fn where_everything_is_throttled_it_gives_up_and_says_what_to_do() -> Result<()> {
    let fixture = Fixture::shared()?;
    // STS must say who we are before there is anything to give up.
    let always = |call: &Call| (call.request.service() != "sts").then(|| throttled(call));
    let run = Run::of(&fixture, &LESSON, "slow-always")?.with_faults(always)?;
    let started = Instant::now();
    let ran = run.part(Part::Apply)?.exits(1)?;
    ensure!(started.elapsed() < GIVES_UP, "it took {:?}", started.elapsed());
    let calls = run.proxy.changing_calls();
    ensure!(calls.is_empty(), "it changed something: {calls:?}");
    ran.says("wait a minute and run the same command again").map(drop).context("no advice")
}
