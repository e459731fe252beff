//! A small AWS: it knows who asks, has nothing in it, and answers whatever error a test wants.
//!
//! One TCP server speaks all four wire protocols. It recognises the service by the signature's scope and the operation
//! by the protocol's own means, so that a test can say "`iam:GetRole` is denied". What AWS's models would refuse fails
//! the test that sent it.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cloud101::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use cloud101::resource::Address;
use percent_encoding::percent_decode_str;

use crate::evil::Evil;
use crate::http::{self, Refusal, Request};
use crate::model::Record;

/// A call as the server understood it.
#[derive(Debug, Clone)]
pub struct Call {
    /// See [`Request::name`].
    pub name: String,
    /// The region, by the scope of the signature.
    pub region: String,
    /// The body, for what a rule wants to know besides.
    pub body: String,
}

/// An answer that is not the empty one.
pub enum Answer {
    Refusal(Refusal),
    /// Status 200 and this body.
    Body(String),
    /// The same with headers, each of which ends with `\r\n`.
    With {
        headers: String,
        body: String,
    },
    /// No answer at all: the connection is closed.
    HangUp,
    /// An answer that is none of AWS's.
    Evil(Evil),
}

/// An error as AWS puts it.
pub fn refusal(status: u16, code: &'static str, message: impl Into<String>) -> Option<Answer> {
    Some(Answer::Refusal(Refusal { status, code, message: message.into() }))
}

/// The one topic of [`FakeAws::for_a_topic`].
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:lesson-topic";

type Tags = BTreeMap<String, String>;

impl Call {
    /// A query's list of keys and values: `Tags.member.1.Key=a&Tags.member.1.Value=b`.
    fn list(&self, name: &str) -> Tags {
        let pairs: BTreeMap<_, _> = self.body.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let value = |n: usize, part: &str| {
            let text = pairs.get(format!("{name}.member.{n}.{part}").as_str())?;
            Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
        };
        (1..).map_while(|n| Some((value(n, "Key")?, value(n, "Value")?))).collect()
    }
}

type Rule = dyn Fn(&Call) -> Option<Answer> + Send + Sync;

/// The running server; it ends with the test process.
pub struct FakeAws {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    record: Arc<Record>,
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        self.record.fail();
    }
}

/// The tag `cloud101:applied` of what AWS knows as `name`: what makes a stack's tags its own.
pub fn record(name: &str) -> String {
    let mut applied = LastApplied::default();
    applied.bind(name);
    let ownership =
        Ownership { stack: String::new(), address: Address::new("any"), applied, keep: LifecycleFlags::default() };
    ownership.tags().remove("cloud101:applied").unwrap_or_default()
}

impl FakeAws {
    /// An empty account 123456789012.
    pub fn empty() -> Self {
        Self::with(|_| None)
    }

    /// An account in which `rule` decides, and where it answers `None` there is nothing.
    pub fn with(rule: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::new(Record::default());
        let (seen, judging) = (calls.clone(), record.clone());
        let address = http::listen(move |stream, _| serve(stream, &rule, &seen, &judging)).expect("a free port");
        Self { url: format!("http://{address}"), calls, record }
    }

    /// An account in which an SNS topic can be made, changed and deleted. Making it takes `pause`.
    pub fn for_a_topic(pause: Duration) -> Self {
        Self::for_a_topic_but(pause, |_| None)
    }

    /// The same where `rule` goes before.
    pub fn for_a_topic_but(pause: Duration, rule: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let tags: Mutex<Option<Tags>> = Mutex::new(None);
        Self::with(move |call| {
            if let Some(answer) = rule(call) {
                return Some(answer);
            }
            let tags = || tags.lock().expect("tags");
            let entry = |(key, value): (&str, &str)| format!("<entry><key>{key}</key><value>{value}</value></entry>");
            let action = call.name.split(':').nth(1).unwrap_or_default();
            let body = |result: String| Some(Answer::Body(format!("<{action}Response>{result}</{action}Response>")));
            match call.name.as_str() {
                "sns:CreateTopic" => {
                    thread::sleep(pause);
                    *tags() = Some(call.list("Tags"));
                    body(format!("<CreateTopicResult><TopicArn>{TOPIC}</TopicArn></CreateTopicResult>"))
                }
                "sns:DeleteTopic" => {
                    *tags() = None;
                    body(String::new())
                }
                _ if tags().is_none() => None,
                "sns:TagResource" => {
                    tags().get_or_insert_default().extend(call.list("Tags"));
                    body("<TagResourceResult/>".into())
                }
                "sns:GetTopicAttributes" => {
                    let all: String = [("TopicArn", TOPIC), ("Owner", "123456789012")].into_iter().map(entry).collect();
                    body(format!("<GetTopicAttributesResult><Attributes>{all}</Attributes></GetTopicAttributesResult>"))
                }
                "sns:ListTopics" => {
                    let topic = format!("<Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics>");
                    body(format!("<ListTopicsResult>{topic}</ListTopicsResult>"))
                }
                "sns:ListTagsForResource" => {
                    let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                    let all: String = tags().iter().flatten().map(tag).collect();
                    body(format!("<ListTagsForResourceResult><Tags>{all}</Tags></ListTagsForResourceResult>"))
                }
                _ => None,
            }
        })
    }

    /// The names of the calls so far, sorted.
    pub fn calls(&self) -> Vec<String> {
        let mut names: Vec<_> = self.calls.lock().expect("calls").iter().map(|call| call.name.clone()).collect();
        names.sort();
        names
    }
}

fn serve(mut stream: TcpStream, rule: &Rule, seen: &Mutex<Vec<Call>>, record: &Record) {
    let Some(request) = Request::read(&stream) else { return };
    let _ = record.judge(&request);
    let region = request.header("authorization").and_then(|value| value.split('/').nth(2)).unwrap_or_default();
    let call = Call {
        name: request.name(),
        region: region.to_owned(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
    };
    seen.lock().expect("calls").push(call.clone());
    let answer = match rule(&call) {
        Some(Answer::HangUp) => return,
        Some(Answer::Evil(evil)) => return evil.answer(&mut stream),
        Some(Answer::Body(body)) => http::answer(&request, 200, "", &body),
        Some(Answer::With { headers, body }) => http::answer(&request, 200, &headers, &body),
        Some(Answer::Refusal(refusal)) => http::refuse(&request, &refusal),
        None => nothing(&request, &call),
    };
    let _ = stream.write_all(&answer);
}

/// What an account without anything answers.
fn nothing(request: &Request, call: &Call) -> Vec<u8> {
    let refuse =
        |status, code, message: &str| http::refuse(request, &Refusal { status, code, message: message.into() });
    let (service, operation) = call.name.split_once(':').unwrap_or_default();
    match (service, operation) {
        ("sts", _) => http::answer(
            request,
            200,
            "",
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn>\
             <UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        ("iam", "GetRole" | "GetPolicy" | "GetInstanceProfile") => {
            refuse(404, "NoSuchEntity", "The entity cannot be found.")
        }
        ("sns", "GetTopicAttributes" | "ListTagsForResource") => refuse(404, "NotFound", "Topic does not exist"),
        ("s3", _) if request.path.split('?').next() == Some("/") => {
            http::answer(request, 200, "", "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
        }
        ("s3", _) => refuse(404, "NoSuchBucket", "The specified bucket does not exist"),
        ("lambda", _) if request.path.ends_with("/functions") || request.path.contains("/functions?") => {
            http::answer(request, 200, "", r#"{"Functions":[]}"#)
        }
        ("lambda", _) if request.path.ends_with("/layers") => http::answer(request, 200, "", r#"{"Layers":[]}"#),
        ("lambda", _) => refuse(404, "ResourceNotFoundException", "Function not found"),
        ("ses", _) if request.path.contains("identities/") => refuse(404, "NotFoundException", "Identity not found"),
        ("ses", _) => http::answer(request, 200, "", "{}"),
        // Whatever speaks AWS's JSON.
        _ if request.header("x-amz-target").is_some() => http::answer(request, 200, "", "{}"),
        (_, action) => {
            http::answer(request, 200, "", &format!("<{action}Response><{action}Result/></{action}Response>"))
        }
    }
}
