//! A small AWS: it knows who asks, and has nothing in it, or one topic. The proxy before it answers whatever error a test wants.
//!
//! It speaks all four wire protocols, and recognises the service by the signature's scope and the operation by the
//! protocol's own means, so that a test can say "`iam:GetRole` is denied".

use std::collections::BTreeMap;
use std::io;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use cloud101::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use cloud101::resource::Address;

use crate::http::{self, Refusal, Request};
use crate::proxy::{Call, Fault, FaultProxy, Upstream};

/// An error as AWS puts it.
pub fn refusal(status: u16, code: &'static str, message: impl Into<String>) -> Option<Fault> {
    Some(Fault::refuse(status, code, message))
}

/// The one topic of [`FakeAws::for_a_topic`].
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:lesson-topic";

/// The tag `cloud101:applied` of what AWS knows as `name`: what makes a stack's tags its own.
pub fn record(name: &str) -> String {
    let mut applied = LastApplied::default();
    applied.bind(name);
    let ownership =
        Ownership { stack: String::new(), address: Address::new("any"), applied, keep: LifecycleFlags::default() };
    ownership.tags().remove("cloud101:applied").unwrap_or_default()
}

/// The account 123456789012, behind a proxy.
pub struct FakeAws(FaultProxy);

impl Deref for FakeAws {
    type Target = FaultProxy;

    fn deref(&self) -> &FaultProxy {
        &self.0
    }
}

impl FakeAws {
    /// An empty account.
    pub fn empty() -> Self {
        Self::with(|_| None)
    }

    /// An account in which `rule` decides, and where it answers `None` there is nothing.
    pub fn with(rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self(FaultProxy::open(Empty, rule).expect("a free port"))
    }

    /// An account in which an SNS topic can be made, changed and deleted.
    pub fn for_a_topic() -> Self {
        Self::for_a_topic_but(|_| None)
    }

    /// The same where `rule` goes before.
    pub fn for_a_topic_but(rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self(FaultProxy::open(Topic::default(), rule).expect("a free port"))
    }

    /// The names of the calls so far, sorted.
    pub fn calls(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.calls().into_iter().map(|call| call.name).collect();
        names.sort();
        names
    }
}

struct Empty;

impl Upstream for Empty {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        Ok(nothing(request))
    }
}

/// The topic's tags; `None`: it is not there.
#[derive(Default)]
struct Topic(Mutex<Option<BTreeMap<String, String>>>);

impl Upstream for Topic {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        let mut topic = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = |(key, value): (&str, &str)| format!("<entry><key>{key}</key><value>{value}</value></entry>");
        // `Tags.member.1.Key=a&Tags.member.1.Value=b`
        let sent = || {
            let part = |n: usize, part: &str| request.field(&format!("Tags.member.{n}.{part}"));
            (1..).map_while(move |n| Some((part(n, "Key")?, part(n, "Value")?)))
        };
        let name = request.name();
        let result = match (name.as_str(), &mut *topic) {
            ("sns:CreateTopic", topic) => {
                *topic = Some(sent().collect());
                format!("<CreateTopicResult><TopicArn>{TOPIC}</TopicArn></CreateTopicResult>")
            }
            ("sns:DeleteTopic", topic) => {
                *topic = None;
                String::new()
            }
            ("sns:TagResource", Some(tags)) => {
                tags.extend(sent());
                "<TagResourceResult/>".to_owned()
            }
            ("sns:GetTopicAttributes", Some(_)) => {
                let all: String = [("TopicArn", TOPIC), ("Owner", "123456789012")].into_iter().map(entry).collect();
                format!("<GetTopicAttributesResult><Attributes>{all}</Attributes></GetTopicAttributesResult>")
            }
            ("sns:ListTopics", Some(_)) => {
                let topic = format!("<Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics>");
                format!("<ListTopicsResult>{topic}</ListTopicsResult>")
            }
            ("sns:ListTagsForResource", Some(tags)) => {
                let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                let all: String = tags.iter().map(tag).collect();
                format!("<ListTagsForResourceResult><Tags>{all}</Tags></ListTagsForResourceResult>")
            }
            _ => return Ok(nothing(request)),
        };
        let action = name.trim_start_matches("sns:");
        Ok(http::answer(request, 200, "", &format!("<{action}Response>{result}</{action}Response>")))
    }
}

/// What an account without anything answers.
fn nothing(request: &Request) -> Vec<u8> {
    let refuse =
        |status, code, message: &str| http::refuse(request, &Refusal { status, code, message: message.into() });
    let name = request.name();
    let (service, operation) = name.split_once(':').unwrap_or_default();
    match (service, operation) {
        ("sts", _) => http::answer(
            request,
            200,
            "",
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn>\
             <UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        ("iam", "GetRole" | "GetPolicy" | "GetInstanceProfile" | "GetUser" | "GetGroup") => {
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
