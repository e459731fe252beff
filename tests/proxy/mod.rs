//! The one thing that stands between cloud101 and what answers in AWS's place, be that the emulators or a test's own
//! account: it records each call, holds it against AWS's models, and does to it what a rule of the test says ([`Fault`]).

// Each crate of tests uses a part of it.
#![allow(dead_code)]

mod fault;
mod learner_lab;
mod malformed;
mod shim;
mod upstream;

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

#[allow(unused_imports, reason = "each crate of tests uses a part of it")]
pub use {
    fault::{Fault, Hold, Phase},
    learner_lab::LearnerLab,
    malformed::Malformed,
    shim::{EmulatorShim, FewRegions},
    upstream::{Emulator, Emulators, Upstream},
};

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

impl Call {
    /// The region, by the scope of the signature.
    pub fn region(&self) -> &str {
        let scope = self.request.header("authorization").and_then(|value| value.split('/').nth(2));
        scope.unwrap_or_default()
    }

    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.request.body).into_owned()
    }
}

/// What is done with a call; `None`: it is carried out and answered.
type Rule = dyn Fn(&Call) -> Option<Fault> + Send + Sync;

/// The open proxy. It ends with the test process.
pub struct FaultProxy {
    /// For `AWS_ENDPOINT_URL`.
    pub url: String,
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    upstream: Box<dyn Upstream>,
    rule: Box<Rule>,
    calls: Mutex<Vec<Call>>,
    changing: AtomicUsize,
    /// How many changing calls are under way, and how many there ever were at once.
    under_way: Mutex<(usize, usize)>,
    victim: OnceLock<Pid>,
    record: Record,
}

impl Drop for FaultProxy {
    /// What AWS's models would refuse fails the test that sent it.
    fn drop(&mut self) {
        self.inner.record.fail();
    }
}

impl FaultProxy {
    /// One in front of `upstream`, at which `rule` decides.
    pub fn open(
        upstream: impl Upstream + 'static,
        rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let inner = Arc::new(Inner {
            upstream: Box::new(upstream),
            rule: Box::new(rule),
            calls: Mutex::default(),
            changing: AtomicUsize::new(0),
            under_way: Mutex::default(),
            victim: OnceLock::new(),
            record: Record::default(),
        });
        let serving = inner.clone();
        let address = http::listen(move |stream, _| serving.serve(stream))?;
        Ok(Self { url: format!("http://{address}"), address, inner })
    }

    /// Where it listens, on this computer.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What a [`Fault::Kill`] kills: a child of this process that has not been waited for yet.
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

/// What becomes of a connection.
enum Reply {
    /// These bytes, after which it stays open if they don't say otherwise.
    Bytes(Vec<u8>),
    Malformed(Malformed),
    /// It ends without an answer.
    Cut,
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
    fn answer(&self, mut stream: &TcpStream, request: Request) -> bool {
        let judged = self.record.judge(&request);
        let changing = is_changing(&request).then(|| self.changing.fetch_add(1, Ordering::SeqCst));
        let call = Call { name: request.name(), changing, request };
        self.calls().push(call.clone());
        if changing.is_some() {
            self.count(|now| now + 1);
        }
        let reply = match judged {
            Ok(()) => self.decide(&call),
            // The other side does not get it: so the test that sent it fails, and not only the process at its end.
            Err(refused) => {
                let message = refused.to_string().replace(['"', '<', '>', '&', '\\'], "'");
                let refusal = Refusal { status: 400, code: "ValidationException", message };
                Ok(Reply::Bytes(http::refuse(&call.request, &refusal)))
            }
        };
        // Before the client has its answer: right after it, its next call is here.
        if changing.is_some() {
            self.count(|now| now - 1);
        }
        // A client or an upstream that has gone is not the proxy's problem.
        match reply {
            Ok(Reply::Bytes(answer)) => stream.write_all(&answer).is_ok() && !upstream::is_last(&answer),
            Ok(Reply::Malformed(malformed)) => {
                malformed.answer(stream);
                false
            }
            Ok(Reply::Cut) | Err(_) => false,
        }
    }

    fn count(&self, change: fn(usize) -> usize) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.0 = change(under_way.0);
        under_way.1 = under_way.1.max(under_way.0);
    }

    fn decide(&self, call: &Call) -> io::Result<Reply> {
        let request = &call.request;
        Ok(Reply::Bytes(match (self.rule)(call) {
            None => self.upstream.answer(request)?,
            Some(Fault::Delay(pause)) => {
                thread::sleep(pause);
                self.upstream.answer(request)?
            }
            Some(Fault::Hold(hold)) => {
                hold.wait();
                self.upstream.answer(request)?
            }
            Some(Fault::Refuse(refusal)) => http::refuse(request, &refusal),
            Some(Fault::Answer { headers, body }) => http::answer(request, 200, &headers, &body),
            Some(Fault::Malformed(malformed)) => return Ok(Reply::Malformed(malformed)),
            Some(Fault::Cut(phase)) => {
                self.until(phase, request)?;
                return Ok(Reply::Cut);
            }
            Some(Fault::Kill(phase)) => {
                self.until(phase, request)?;
                kill_process(self.victim(), Signal::KILL)?;
                return Ok(Reply::Cut);
            }
        }))
    }

    fn until(&self, phase: Phase, request: &Request) -> io::Result<()> {
        match phase {
            Phase::Before => Ok(()),
            Phase::After => self.upstream.answer(request).map(drop),
        }
    }

    /// The first call may come before the test has said which process it is.
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
