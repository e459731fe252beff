//! An account that a class's stack can be made in, read and deleted: buckets, roles, functions and instances, a thousand
//! of each and more. Lists come in pages of AWS's sizes, nothing takes longer the more there is, and with [`Rates`] each
//! service refuses what comes faster than AWS takes it.

// Each crate of tests uses a part of it.
#![allow(dead_code)]

mod ec2;
mod iam;
mod lambda;
mod rates;
mod s3;
pub mod stacks;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::http::{self, Refusal, Request};
use crate::model;

pub use rates::Rates;

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "us-east-1";

/// A call, as AWS's model of the service reads it.
pub struct Call<'a> {
    pub request: &'a Request,
    pub operation: &'a str,
    pub input: &'a Value,
}

impl Call<'_> {
    /// A member that is a text; empty if it is not there.
    pub fn text(&self, member: &str) -> &str {
        self.input[member].as_str().unwrap_or_default()
    }

    pub fn number(&self, member: &str) -> Option<usize> {
        self.input[member].as_u64().and_then(|number| usize::try_from(number).ok())
    }
}

/// What a service answers: a body, or a refusal.
pub type Answer = Result<String, Refusal>;

pub fn refused(status: u16, code: &'static str, message: impl Into<String>) -> Answer {
    Err(Refusal { status, code, message: message.into() })
}

/// How often which call was made.
pub type Counts = BTreeMap<String, usize>;

#[derive(Default)]
struct Record {
    calls: Counts,
    throttled: Counts,
    /// What AWS's models would refuse.
    wrong: Vec<String>,
}

struct Inner {
    delay: Duration,
    rates: Option<Rates>,
    iam: Mutex<iam::Iam>,
    lambda: Mutex<lambda::Lambda>,
    ec2: Mutex<ec2::Ec2>,
    s3: Mutex<s3::S3>,
    record: Mutex<Record>,
    /// Calls that are denied: `iam:GetAccountAuthorizationDetails`.
    denied: Vec<&'static str>,
}

/// The account. It listens until the process ends.
pub struct ClassAccount {
    /// For `AWS_ENDPOINT_URL`.
    pub url: String,
    inner: Arc<Inner>,
}

impl Drop for ClassAccount {
    fn drop(&mut self) {
        let wrong = std::mem::take(&mut locked(&self.inner.record).wrong);
        if !wrong.is_empty() && !thread::panicking() {
            panic!("AWS's models refuse what was sent:\n{}", wrong.join("\n"));
        }
    }
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClassAccount {
    /// An empty account, in which each call takes `delay`.
    pub fn new(delay: Duration, rates: Option<Rates>) -> Self {
        Self::denying(delay, rates, &[])
    }

    /// The same in which some calls are denied.
    pub fn denying(delay: Duration, rates: Option<Rates>, denied: &[&'static str]) -> Self {
        let inner = Arc::new(Inner {
            delay,
            rates,
            iam: Mutex::default(),
            lambda: Mutex::default(),
            ec2: Mutex::default(),
            s3: Mutex::default(),
            record: Mutex::default(),
            denied: denied.to_vec(),
        });
        let serving = inner.clone();
        let address = http::listen(move |stream, _| serving.serve(&stream)).expect("a free port");
        Self { url: format!("http://{address}"), inner }
    }

    /// The calls since the last time, and those of them that were refused for being too many.
    pub fn take(&self) -> (Counts, Counts) {
        let mut record = locked(&self.inner.record);
        (std::mem::take(&mut record.calls), std::mem::take(&mut record.throttled))
    }

    /// How many buckets, roles, functions and instances there are.
    pub fn things(&self) -> [usize; 4] {
        let Inner { iam, lambda, ec2, s3, .. } = &*self.inner;
        [locked(s3).len(), locked(iam).len(), locked(lambda).len(), locked(ec2).len()]
    }

    /// Has another account take the name of a bucket.
    pub fn take_bucket(&self, name: &str) {
        locked(&self.inner.s3).take_away(name);
    }
}

impl Inner {
    fn serve(&self, mut stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        while let Some(request) = Request::read(stream) {
            let answer = self.answer(&request);
            // A client that has gone is not the account's problem.
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> Vec<u8> {
        let call = match model::judge(request) {
            Ok(Some(call)) => call,
            Ok(None) => return http::refuse(request, &Refusal { status: 400, code: "Unsigned", message: "".into() }),
            Err(wrong) => {
                locked(&self.record).wrong.push(wrong.to_string());
                let message = wrong.to_string().replace(['"', '<', '>', '&', '\\'], "'");
                return http::refuse(request, &Refusal { status: 400, code: "ValidationException", message });
            }
        };
        thread::sleep(self.delay);
        let name = format!("{}:{}", call.service, call.operation);
        *locked(&self.record).calls.entry(name.clone()).or_default() += 1;
        let throttled = self.rates.as_ref().and_then(|rates| rates.refuse(region(request), &name));
        let answer = match throttled {
            Some(refusal) => {
                *locked(&self.record).throttled.entry(name).or_default() += 1;
                Err(refusal)
            }
            None if self.denied.contains(&name.as_str()) => refused(
                403,
                "AccessDenied",
                format!("User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: {name}"),
            ),
            None => self.carry_out(&call.service, &Call { request, operation: &call.operation, input: &call.input }),
        };
        match answer {
            Ok(body) => open(request, &body),
            Err(refusal) => http::refuse(request, &refusal),
        }
    }

    fn carry_out(&self, service: &str, call: &Call<'_>) -> Answer {
        // Other regions are empty.
        let is_here = region(call.request) == REGION;
        match service {
            "iam" => locked(&self.iam).answer(call),
            "lambda" if is_here => locked(&self.lambda).answer(call),
            "lambda" => lambda::Lambda::default().answer(call),
            "ec2" if is_here => locked(&self.ec2).answer(call),
            "ec2" => ec2::Ec2::default().answer(call),
            "s3" => locked(&self.s3).answer(call),
            "sts" => Ok(xml(
                "GetCallerIdentity",
                &format!(
                    "<Arn>arn:aws:iam::{ACCOUNT}:user/ana</Arn><UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account>"
                ),
            )),
            "ssm" => {
                let names = call.input["Names"].as_array().cloned().unwrap_or_default().into_iter();
                let found: Vec<_> =
                    names.map(|name| serde_json::json!({ "Name": name, "Value": "ami-0123456789abcdef0" })).collect();
                Ok(serde_json::json!({ "Parameters": found }).to_string())
            }
            "logs" => Ok(r#"{"logGroups":[],"tags":{}}"#.to_owned()),
            "sns" => Ok(xml(call.operation, "")),
            _ => Ok("{}".to_owned()),
        }
    }
}

/// The region, by the scope of the signature; IAM has one.
fn region(request: &Request) -> &str {
    request.header("authorization").and_then(|value| value.split('/').nth(2)).unwrap_or_default()
}

/// An answer after which the connection stays open.
fn open(request: &Request, body: &str) -> Vec<u8> {
    let id = http::REQUEST_ID;
    let head = format!(
        "HTTP/1.1 200 OK\r\nx-amzn-requestid: {id}\r\nx-amz-request-id: {id}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    match request.method.as_str() {
        "HEAD" => head.into_bytes(),
        _ => (head + body).into_bytes(),
    }
}

/// An answer of the query protocol.
pub fn xml(operation: &str, result: &str) -> String {
    format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>")
}

/// Text in XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Tags by their keys, from a list of `{Key, Value}`.
pub fn tags(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}

/// Those of `all` after `marker`, at most `most`, and the marker of the next page.
pub fn page<'a, T>(
    all: &'a BTreeMap<String, T>,
    marker: &str,
    most: usize,
) -> (Vec<(&'a String, &'a T)>, Option<&'a String>) {
    use std::ops::Bound::{Excluded, Unbounded};
    let after = if marker.is_empty() { Unbounded } else { Excluded(marker.to_owned()) };
    let mut rest = all.range::<String, _>((after, Unbounded));
    let page: Vec<_> = rest.by_ref().take(most).collect();
    let next = rest.next().and_then(|_| page.last().map(|(key, _)| *key));
    (page, next)
}
