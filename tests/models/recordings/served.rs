//! An account that gives recorded answers over the wire, serialised by the service's model.

use std::io;
use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use cloud101::aws::Context;
use cloud101::aws::bounds::usual_client;
use cloud101::aws::context::Clients;
use cloud101::model::Place;
use serde_json::{Value, json};

use crate::http::{self, Refusal, Request};
use crate::model::{self, Call, write};
use crate::proxy::{FaultProxy, Upstream};

/// What AWS says.
#[derive(Debug, Clone)]
pub enum Answer {
    /// In the shape that botocore gives.
    Yes(Value),
    /// Status and code.
    No(u16, &'static str),
    /// Bytes: a function's code, at an address that is not AWS's API, or what is in an object.
    Bytes(Vec<u8>),
}

/// What is answered to a call; `None`: what an empty account says. Its second argument is the server's own address.
pub type Rule = dyn Fn(&Call, &str) -> Option<Answer> + Send + Sync;

/// A context whose clients ask such an account. The server ends with the test process.
pub fn context(place: &Place, folder: &std::path::Path, rule: Arc<Rule>) -> Context {
    let url = FaultProxy::open(Recorded(rule), |_| None).expect("a free port").url.clone();
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(place.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(usual_client())
        .build();
    Context::new(Clients::new(&config, true, move |_| Some(url.clone())), place.clone(), folder.to_owned())
}

struct Recorded(Arc<Rule>);

impl Upstream for Recorded {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        let own = format!("http://{}", request.header("host").unwrap_or_default());
        let Ok(Some(call)) = model::judge(request) else {
            // The address of a function's code.
            let code = Call { service: String::new(), operation: request.path.clone(), input: Value::Null };
            return Ok(match (self.0)(&code, &own) {
                Some(Answer::Bytes(bytes)) => content(bytes),
                _ => http::answer(request, 404, "", ""),
            });
        };
        Ok(match (self.0)(&call, &own).unwrap_or_else(|| empty(&call)) {
            Answer::Yes(value) => {
                let model = model::model(&call.service).expect("it was judged by it");
                let sent = write::answer(model, &model.operations[&call.operation], &value);
                match request.method.as_str() {
                    // The length is that of what is not sent.
                    "HEAD" => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{}\r\n", sent.headers).into_bytes(),
                    _ => http::answer(request, 200, &sent.headers, &sent.body),
                }
            }
            Answer::No(status, code) => {
                http::refuse(request, &Refusal { status, code, message: "as recorded".to_owned() })
            }
            Answer::Bytes(bytes) => content(bytes),
        })
    }
}

fn content(bytes: Vec<u8>) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", bytes.len());
    [head.into_bytes(), bytes].concat()
}

/// What an account says in which there is nothing.
fn empty(call: &Call) -> Answer {
    let missing = |code| Answer::No(404, code);
    match (call.service.as_str(), call.operation.as_str()) {
        ("sts", _) => Answer::Yes(json!({ "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ana" })),
        (
            "s3",
            "GetBucketVersioning" | "GetBucketLogging" | "GetBucketNotificationConfiguration" | "GetBucketLocation",
        ) => Answer::Yes(json!({})),
        ("s3", "GetBucketEncryption") => {
            let default = json!({ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false });
            Answer::Yes(json!({ "ServerSideEncryptionConfiguration": { "Rules": [default] } }))
        }
        ("s3", "GetBucketTagging") => missing("NoSuchTagSet"),
        ("s3", "GetBucketCors") => missing("NoSuchCORSConfiguration"),
        ("s3", "GetBucketLifecycleConfiguration") => missing("NoSuchLifecycleConfiguration"),
        ("s3", "GetBucketWebsite") => missing("NoSuchWebsiteConfiguration"),
        ("s3", "GetBucketPolicy") => missing("NoSuchBucketPolicy"),
        ("s3", "GetPublicAccessBlock") => missing("NoSuchPublicAccessBlockConfiguration"),
        ("s3", "GetBucketOwnershipControls") => missing("OwnershipControlsNotFoundError"),
        ("s3", "GetObject" | "HeadObject") => missing("NoSuchKey"),
        ("s3", "HeadBucket") => missing("NoSuchBucket"),
        ("iam", operation) if operation.starts_with("Get") => missing("NoSuchEntity"),
        ("sns", operation) if operation.starts_with("Get") => missing("NotFound"),
        ("lambda", operation) if operation.starts_with("Get") => missing("ResourceNotFoundException"),
        ("sesv2", operation) if operation.starts_with("Get") => missing("NotFoundException"),
        (_, operation) => match ["List", "Describe", "Get"].iter().any(|read| operation.starts_with(read)) {
            true => Answer::Yes(json!({})),
            false => Answer::No(400, "ThisWasNoQuestion"),
        },
    }
}
