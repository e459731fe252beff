//! A small AWS: it knows who asks, has nothing in it, and answers whatever error a test wants.
//!
//! One TCP server speaks all four wire protocols. It recognises the service by the signature's scope and the operation
//! by the protocol's own means, so that a test can say "`iam:GetRole` is denied".

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use percent_encoding::percent_decode_str;

/// The request id of every answer.
pub const REQUEST_ID: &str = "7c1f2a9e-0000-4000-8000-example00000";

/// A call as the server understood it.
#[derive(Debug, Clone)]
pub struct Call {
    /// `service:Operation`, for example `iam:GetRole`; for S3 and other REST services `s3:HEAD /bucket?location`.
    pub name: String,
    /// The body, for what a rule wants to know besides.
    pub body: String,
}

/// What AWS answers to a call that fails.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

/// An answer that is not the empty one.
pub enum Answer {
    Refusal(Refusal),
    /// Status 200 and this body.
    Body(String),
    /// No answer at all: the connection is closed.
    HangUp,
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
}

impl FakeAws {
    /// An empty account 123456789012.
    pub fn empty() -> Self {
        Self::with(|_| None)
    }

    /// An account in which `rule` decides, and where it answers `None` there is nothing.
    pub fn with(rule: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (rule, seen): (Arc<Rule>, _) = (Arc::new(rule), calls.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (rule, seen) = (rule.clone(), seen.clone());
                thread::spawn(move || serve(stream, &*rule, &seen));
            }
        });
        Self { url, calls }
    }

    /// An account in which an SNS topic can be made, changed and deleted. Making it takes `pause`.
    pub fn for_a_topic(pause: Duration) -> Self {
        let tags: Mutex<Option<Tags>> = Mutex::new(None);
        Self::with(move |call| {
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

fn serve(mut stream: TcpStream, rule: &Rule, seen: &Mutex<Vec<Call>>) {
    let Some((request, call)) = read(&stream) else { return };
    seen.lock().expect("calls").push(call.clone());
    let answer = match rule(&call) {
        Some(Answer::HangUp) => return,
        Some(Answer::Body(body)) => http(200, "", &body),
        Some(Answer::Refusal(refusal)) => error(&request, &refusal),
        None => nothing(&request, &call),
    };
    let head_only = request.method == "HEAD";
    let end = if head_only { answer.find("\r\n\r\n").map_or(answer.len(), |n| n + 4) } else { answer.len() };
    let _ = stream.write_all(&answer.as_bytes()[..end]);
}

struct Request {
    service: String,
    method: String,
    path: String,
}

fn read(stream: &TcpStream) -> Option<(Request, Call)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut service, mut target) = (0, String::new(), None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            // Credential=AKID/20260101/us-east-1/iam/aws4_request
            "authorization" => service = value.split('/').nth(3).unwrap_or_default().to_owned(),
            "x-amz-target" => target = value.rsplit('.').next().map(str::to_owned),
            "expect" => (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    let plain = || path.replace("?x-id=", " ").replace("&x-id=", " ");
    let operation = target.or(action).unwrap_or_else(|| format!("{method} {}", plain()));
    let call = Call { name: format!("{service}:{operation}"), body };
    Some((Request { service, method, path }, call))
}

/// An error in the form of the service's protocol.
fn error(request: &Request, Refusal { status, code, message }: &Refusal) -> String {
    match request.service.as_str() {
        "s3" => http(
            *status,
            "",
            &format!(
                "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{REQUEST_ID}</RequestId></Error>"
            ),
        ),
        "ec2" => http(
            *status,
            "",
            &format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
            ),
        ),
        "lambda" | "ses" => {
            http(*status, &format!("x-amzn-errortype: {code}\r\n"), &format!("{{\"message\":\"{message}\"}}"))
        }
        "logs" | "ssm" => http(*status, "", &format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}")),
        _ => http(
            *status,
            "",
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
            ),
        ),
    }
}

/// What an account without anything answers.
fn nothing(request: &Request, call: &Call) -> String {
    let refuse = |status, code, message: &str| error(request, &Refusal { status, code, message: message.into() });
    let (service, operation) = call.name.split_once(':').unwrap_or_default();
    match (service, operation) {
        ("sts", _) => http(
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
            http(200, "", "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
        }
        ("s3", _) => refuse(404, "NoSuchBucket", "The specified bucket does not exist"),
        ("lambda", _) if request.path.ends_with("/functions") || request.path.contains("/functions?") => {
            http(200, "", r#"{"Functions":[]}"#)
        }
        ("lambda", _) => refuse(404, "ResourceNotFoundException", "Function not found"),
        ("ses", _) if request.path.contains("identities/") => refuse(404, "NotFoundException", "Identity not found"),
        ("ses" | "logs" | "ssm", _) => http(200, "", "{}"),
        (_, action) => http(200, "", &format!("<{action}Response><{action}Result/></{action}Response>")),
    }
}

fn http(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Answer\r\nConnection: close\r\nx-amzn-requestid: {REQUEST_ID}\r\n\
         x-amz-request-id: {REQUEST_ID}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
