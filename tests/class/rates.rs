//! How fast AWS takes calls: token buckets for each account and region. "Taken" is what no page was read for, or what AWS
//! does not publish.
//!
//! | calls | at once | a second | source |
//! |---|--:|--:|---|
//! | EC2, each reading call | 100 | 20 | EC2 Developer Guide, "Request throttling for the Amazon EC2 API" |
//! | `RunInstances` | 5 | 2 | the same; besides 1,000 instances at once and 2 a second |
//! | `TerminateInstances` | 100 | 5 | the same; besides 1,000 instances at once and 20 a second |
//! | `CreateTags`, `DeleteTags` | 100 | 10 | the same |
//! | EC2, each other changing call | 50 | 5 | the same |
//! | Lambda, `GetFunction` | 100 | 100 | Lambda Developer Guide, "Lambda quotas" |
//! | Lambda, `GetPolicy` | 15 | 15 | the same |
//! | Lambda, all other calls together | 15 | 15 | the same |
//! | CloudWatch Logs, each call | 10 | 10 | `DescribeLogGroups` by others' accounts of AWS's quotas; the rest taken |
//! | STS | 600 | 600 | taken |
//! | IAM, each reading call | 50 | 15 | not published: taken |
//! | IAM, each changing call | 20 | 5 | not published: taken, the smallest of all but `RunInstances` |
//! | S3, making and deleting buckets, each | 20 | 10 | not published: taken |
//! | S3, each other call about buckets | 100 | 100 | not published: taken |
//! | SNS, each call | 30 | 30 | taken |
//! | SSM, each call | 40 | 40 | taken |

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use crate::http::Refusal;

use super::locked;

/// The buckets of an account.
#[derive(Default)]
pub struct Rates(Mutex<HashMap<String, (f64, Instant)>>);

impl Rates {
    /// Why AWS refuses a call now, in the words of its service.
    pub fn refuse(&self, region: &str, name: &str) -> Option<Refusal> {
        let (service, operation) = name.split_once(':')?;
        let is_free = limits(service, operation).into_iter().all(|(bucket, most, refill)| {
            let mut buckets = locked(&self.0);
            let now = Instant::now();
            let (left, since) = buckets.entry(format!("{region} {service} {bucket}")).or_insert((most, now));
            *left = (*left + since.elapsed().as_secs_f64() * refill).min(most);
            *since = now;
            let is_free = *left >= 1.0;
            *left -= if is_free { 1.0 } else { 0.0 };
            is_free
        });
        (!is_free).then(|| refusal(service))
    }
}

/// The buckets that a call takes a token from: name, size, and what comes a second.
fn limits(service: &str, operation: &str) -> Vec<(String, f64, f64)> {
    let of = |bucket: &str, most: f64, refill: f64| vec![(bucket.to_owned(), most, refill)];
    let only_asks = ["Get", "List", "Describe", "Head"].iter().any(|start| operation.starts_with(start));
    match (service, operation) {
        ("ec2", "RunInstances") => vec![(operation.to_owned(), 5.0, 2.0), ("launched".to_owned(), 1000.0, 2.0)],
        ("ec2", "TerminateInstances") => of(operation, 100.0, 5.0),
        ("ec2", "CreateTags" | "DeleteTags") => of(operation, 100.0, 10.0),
        ("ec2", _) if only_asks => of(operation, 100.0, 20.0),
        ("ec2", _) => of(operation, 50.0, 5.0),
        ("lambda", "GetFunction") => of(operation, 100.0, 100.0),
        ("lambda", "GetPolicy") => of(operation, 15.0, 15.0),
        ("lambda", _) => of("rest", 15.0, 15.0),
        ("logs", _) => of(operation, 10.0, 10.0),
        ("sts", _) => of("all", 600.0, 600.0),
        ("iam", _) if only_asks => of(operation, 50.0, 15.0),
        ("iam", _) => of(operation, 20.0, 5.0),
        ("s3", "CreateBucket" | "DeleteBucket") => of(operation, 20.0, 10.0),
        ("s3", _) => of(operation, 100.0, 100.0),
        ("sns", _) => of(operation, 30.0, 30.0),
        ("ssm", _) => of(operation, 40.0, 40.0),
        _ => Vec::new(),
    }
}

fn refusal(service: &str) -> Refusal {
    let (status, code, message) = match service {
        "ec2" => (503, "RequestLimitExceeded", "Request limit exceeded."),
        "lambda" => (429, "TooManyRequestsException", "Rate exceeded"),
        "s3" => (503, "SlowDown", "Please reduce your request rate."),
        "logs" | "ssm" => (400, "ThrottlingException", "Rate exceeded"),
        _ => (400, "Throttling", "Rate exceeded"),
    };
    Refusal { status, code, message: message.to_owned() }
}
