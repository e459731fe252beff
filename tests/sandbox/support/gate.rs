//! What stands between the program and the emulators: it counts the calls, supplies what AWS does and the emulators
//! don't ([`Missing`]), and does to a call what a test asks.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use cloud101::sandbox::Running;
use rustix::process::{Pid, Signal, kill_process};

use super::missing::Missing;
use super::upstream::{Upstream, is_last};
use crate::http::{self, Refusal, Request};
use crate::model::Record;

/// A call as it arrives.
#[derive(Debug, Clone)]
pub struct Call {
    pub request: Request,
    /// See [`Request::name`].
    pub name: String,
    /// Its number among the changing calls, from 0; `None` if it changes nothing.
    pub changing: Option<usize>,
}

/// What is done with a call.
pub enum Verdict {
    /// It is carried out and answered.
    Pass,
    /// The same, after a pause.
    Late(Duration),
    /// It is refused and not carried out.
    Refuse(Refusal),
    /// It is not carried out and gets this answer, with status 200.
    Answer(String),
    /// The connection ends without an answer.
    Cut(Moment),
    /// The program is killed, then the connection ends.
    Kill(Moment),
}

/// A destroy asks each region of the account the same questions. Behind a gate there are these; the tests of what is left
/// elsewhere (`destroy/elsewhere.rs`, `destroy/proof.rs`) and all others without a gate ask in every region of AWS's.
const REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-central-1"];

/// When a connection ends or a program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// AWS never hears of the call.
    Before,
    /// AWS has carried it out.
    After,
}

type Rule = dyn Fn(&Call) -> Verdict + Send + Sync;

/// The open gate. It ends with the test process.
pub struct Gate {
    /// For `AWS_ENDPOINT_URL`.
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    upstream: Upstream,
    missing: Missing,
    rule: Box<Rule>,
    calls: Mutex<Vec<Call>>,
    changing: AtomicUsize,
    /// How many changing calls are under way, and how many there ever were at once.
    under_way: Mutex<(usize, usize)>,
    victim: OnceLock<Pid>,
    record: Record,
}

impl Drop for Gate {
    /// What AWS's models would refuse fails the test that sent it.
    fn drop(&mut self) {
        self.inner.record.fail();
    }
}

impl Gate {
    /// A gate in front of the emulators at which `rule` decides. `missing` is what AWS remembers, whichever gate a call
    /// comes through.
    pub fn open(
        running: &Running,
        missing: &Missing,
        rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static,
    ) -> Result<Self> {
        let inner = Arc::new(Inner {
            upstream: Upstream::of(running)?,
            missing: missing.clone(),
            rule: Box::new(rule),
            calls: Mutex::default(),
            changing: AtomicUsize::new(0),
            under_way: Mutex::default(),
            victim: OnceLock::new(),
            record: Record::default(),
        });
        let serving = inner.clone();
        let address = http::listen(move |stream, _| serving.serve(stream))?;
        Ok(Self { url: format!("http://{address}"), inner })
    }

    /// Whom a [`Verdict::Kill`] kills: a child of this process that nobody has waited for yet.
    pub fn kills(&self, victim: Pid) {
        let _ = self.inner.victim.set(victim);
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.inner.calls().clone()
    }

    /// How many changing calls were ever under way at once.
    pub fn most_at_once(&self) -> usize {
        self.inner.under_way.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// The names of the changing calls so far, in the order in which they arrived.
    pub fn changing_calls(&self) -> Vec<String> {
        let calls = self.inner.calls();
        calls.iter().filter(|call| call.changing.is_some()).map(|call| call.name.clone()).collect()
    }
}

impl Inner {
    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: TcpStream) {
        while let Some(request) = Request::read(&stream) {
            if !self.answer(&stream, request) {
                return;
            }
        }
    }

    /// Whether the connection stays open.
    fn answer(&self, stream: &TcpStream, request: Request) -> bool {
        let _ = self.record.judge(&request);
        let changing = is_changing(&request).then(|| self.changing.fetch_add(1, Ordering::SeqCst));
        let call = Call { name: request.name(), changing, request };
        self.calls().push(call.clone());
        let count = |change: fn(usize) -> usize| {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.0 = change(under_way.0);
            under_way.1 = under_way.1.max(under_way.0);
        };
        if changing.is_some() {
            count(|now| now + 1);
        }
        let answer = self.decide(&call);
        // Before the client has its answer: right after it, its next call is here.
        if changing.is_some() {
            count(|now| now - 1);
        }
        let Ok(Some(answer)) = answer else { return false };
        // A client that has gone is no trouble of the gate's.
        (&*stream).write_all(&answer).is_ok() && !is_last(&answer)
    }

    /// The answer; `None`: there is none, and the connection ends.
    fn decide(&self, call: &Call) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(match (self.rule)(call) {
            Verdict::Pass => self.carry_out(call)?,
            Verdict::Late(pause) => {
                thread::sleep(pause);
                self.carry_out(call)?
            }
            Verdict::Refuse(refusal) => http::refuse(&call.request, &refusal),
            Verdict::Answer(body) => http::answer(&call.request, 200, "", &body),
            Verdict::Cut(moment) => {
                self.at(moment, call)?;
                return Ok(None);
            }
            Verdict::Kill(moment) => {
                self.at(moment, call)?;
                kill_process(self.victim(), Signal::KILL)?;
                return Ok(None);
            }
        }))
    }

    fn at(&self, moment: Moment, call: &Call) -> io::Result<()> {
        match moment {
            Moment::Before => Ok(()),
            Moment::After => self.carry_out(call).map(drop),
        }
    }

    fn carry_out(&self, call: &Call) -> io::Result<Vec<u8>> {
        if call.name == "ec2:DescribeRegions" {
            let item = |name| {
                format!("<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>")
            };
            let set = format!("<regionInfo>{}</regionInfo>", REGIONS.map(item).concat());
            let body = format!("<DescribeRegionsResponse>{set}</DescribeRegionsResponse>");
            return Ok(http::answer(&call.request, 200, "", &body));
        }
        self.missing.carry_out(&call.request, &self.upstream)
    }

    /// The first call may come before the one who started the program could say who it is.
    fn victim(&self) -> Pid {
        *self.victim.wait()
    }
}

/// Whether a call changes anything.
fn is_changing(request: &Request) -> bool {
    const READS: [&str; 3] = ["Get", "List", "Describe"];
    let name = request.name();
    let operation = name.split_once(':').map_or("", |(_, operation)| operation);
    match operation.split_once(' ') {
        // SES lists its identities with a POST.
        Some((method, path)) => !["GET", "HEAD"].contains(&method) && !path.ends_with("/list-identities"),
        None => !READS.iter().any(|read| operation.starts_with(read)),
    }
}
