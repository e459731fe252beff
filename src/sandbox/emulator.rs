//! The emulators, and which of them serves which AWS service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the emulators that together are the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Emulator {
    /// Serves everything that [`SERVICES`] doesn't give to another; runs Lambda code for real.
    MiniStack,
    /// Moto's server.
    Moto,
}

/// An AWS service and who emulates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name of the service in the AWS CLI and boto3, such as `sesv2`.
    pub name: &'static str,
    /// What follows `AWS_ENDPOINT_URL_` in the variable that AWS's SDKs read for this service.
    pub variable_suffix: &'static str,
    /// Who answers for it.
    pub emulator: Emulator,
}

/// Who serves what. A service that isn't listed belongs to MiniStack.
pub const SERVICES: &[Service] = &[
    service("ec2", "EC2", Emulator::Moto),
    service("iam", "IAM", Emulator::Moto),
    service("s3", "S3", Emulator::MiniStack),
    service("lambda", "LAMBDA", Emulator::MiniStack),
    service("sns", "SNS", Emulator::MiniStack),
    service("ses", "SES", Emulator::MiniStack),
    service("sesv2", "SESV2", Emulator::MiniStack),
    service("ssm", "SSM", Emulator::MiniStack),
    service("sts", "STS", Emulator::MiniStack),
    service("logs", "CLOUDWATCH_LOGS", Emulator::MiniStack),
    service("sqs", "SQS", Emulator::MiniStack),
    service("resourcegroupstaggingapi", "RESOURCE_GROUPS_TAGGING_API", Emulator::MiniStack),
];

/// The emulator behind `AWS_ENDPOINT_URL`.
pub const DEFAULT: Emulator = Emulator::MiniStack;

/// The account that both emulators pretend to be.
pub const ACCOUNT_ID: &str = "000000000000";

/// The region that [`Environment`](super::Environment) sets.
pub const REGION: &str = "us-east-1";

const fn service(name: &'static str, variable_suffix: &'static str, emulator: Emulator) -> Service {
    Service { name, variable_suffix, emulator }
}

/// The emulator that serves the service with this AWS CLI name.
pub fn emulator_of(service: &str) -> Emulator {
    SERVICES.iter().find(|s| s.name == service).map_or(DEFAULT, |s| s.emulator)
}

/// A request to one of an emulator's own pages, or to a service it emulates.
pub(super) struct Request {
    pub path: &'static str,
    /// The service that it is signed for.
    pub service: &'static str,
    /// `None` is a GET, `Some` a POST of a form.
    pub body: Option<&'static str>,
}

impl Emulator {
    /// Every emulator of the sandbox.
    pub const ALL: [Emulator; 2] = [Emulator::MiniStack, Emulator::Moto];

    /// The version that is installed.
    pub fn version(self) -> &'static str {
        match self {
            Emulator::MiniStack => super::install::MINISTACK_VERSION,
            Emulator::Moto => super::install::MOTO_VERSION,
        }
    }

    /// The stem of its file names in the run folder.
    pub(super) fn file_stem(self) -> &'static str {
        match self {
            Emulator::MiniStack => "ministack",
            Emulator::Moto => "moto",
        }
    }

    /// The Python module to run, with its arguments.
    pub(super) fn module(self, port: u16) -> Vec<String> {
        match self {
            Emulator::MiniStack => vec!["ministack".to_owned()],
            Emulator::Moto => ["moto.server", "-H", "127.0.0.1", "-p"]
                .into_iter()
                .map(str::to_owned)
                .chain([port.to_string()])
                .collect(),
        }
    }

    /// The variables that configure it. `endpoint_variables` are given to MiniStack for the Lambda functions, which
    /// get its environment; MiniStack itself adds `AWS_ENDPOINT_URL` (its own address) and region.
    pub(super) fn variables(self, port: u16, endpoint_variables: &[(String, String)]) -> Vec<(String, String)> {
        let fixed: &[(&str, &str)] = match self {
            Emulator::MiniStack => &[
                ("BIND_HOST", "127.0.0.1"),
                ("MINISTACK_ACCOUNT_ID", ACCOUNT_ID),
                ("MINISTACK_REGION", REGION),
                ("LAMBDA_EXECUTOR", "local"),
                // MiniStack removes containers it takes for its own wherever it finds Docker, and it would use Docker
                // for functions. A socket that can't exist keeps it away.
                ("DOCKER_HOST", "unix:///dev/null/docker.sock"),
                // Its extra listeners have fixed ports of their own, which two sandboxes would fight for.
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
            ],
            Emulator::Moto => &[
                ("MOTO_ACCOUNT_ID", ACCOUNT_ID),
                // Without it there is none of the policies that AWS has made.
                ("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"),
            ],
        };
        let mut variables: Vec<_> =
            fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if self == Emulator::MiniStack {
            variables.push(("GATEWAY_PORT".to_owned(), port.to_string()));
            variables.extend_from_slice(endpoint_variables);
        }
        variables
    }

    /// Answered with 200 when the emulator works. Moto loads EC2 at its first request, which takes a second: asking
    /// for it makes the first plan as fast as the others.
    pub(super) fn health(self) -> Request {
        match self {
            Emulator::MiniStack => Request { path: "/_ministack/health", service: "s3", body: None },
            Emulator::Moto => {
                Request { path: "/", service: "ec2", body: Some("Action=DescribeVpcs&Version=2016-11-15") }
            }
        }
    }

    /// Forgets every resource.
    pub(super) fn reset(self) -> Request {
        let path = match self {
            Emulator::MiniStack => "/_ministack/reset",
            Emulator::Moto => "/moto-api/reset",
        };
        Request { path, service: "s3", body: Some("") }
    }
}

impl fmt::Display for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Emulator::MiniStack => "MiniStack",
            Emulator::Moto => "Moto",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_go_where_the_table_says() {
        assert_eq!(emulator_of("ec2"), Emulator::Moto);
        assert_eq!(emulator_of("iam"), Emulator::Moto);
        assert_eq!(emulator_of("s3"), Emulator::MiniStack);
        assert_eq!(emulator_of("dynamodb"), DEFAULT);
    }

    #[test]
    fn no_service_is_listed_twice() {
        for (i, service) in SERVICES.iter().enumerate() {
            assert!(SERVICES[..i].iter().all(|s| s.name != service.name), "{}", service.name);
        }
    }

    #[test]
    fn every_emulator_listens_on_loopback_only() {
        let ministack = Emulator::MiniStack.variables(4566, &[]);
        assert!(ministack.contains(&("BIND_HOST".to_owned(), "127.0.0.1".to_owned())));
        assert!(ministack.contains(&("GATEWAY_PORT".to_owned(), "4566".to_owned())));
        assert_eq!(Emulator::Moto.module(5000), ["moto.server", "-H", "127.0.0.1", "-p", "5000"]);
    }
}
