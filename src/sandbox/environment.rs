//! The environment variables that point every AWS tool at the sandbox, and at nothing else.

use super::emulator::{DEFAULT, Emulator, REGION, SERVICES};
use super::key::AccessKey;

/// The other half of the credentials, which nothing checks.
pub(super) const SECRET_KEY: &str = "test";

/// Variables that would make a tool use something else than the sandbox and its test credentials.
const UNSET: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
];

const PROXIES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// What to set and what to remove so that the AWS CLI, boto3 and every SDK talk to the sandbox and to nothing else:
/// the person's profile and credentials take no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Names and values to set.
    pub set: Vec<(String, String)>,
    /// Names to remove.
    pub unset: Vec<String>,
}

impl Environment {
    /// The environment for emulators at these addresses that ask for this key. `current` looks a variable up in the present environment:
    /// a proxy that is set there must be configured to exclude the loopback address.
    pub(super) fn new(
        endpoint: impl Fn(Emulator) -> String,
        key: &AccessKey,
        current: impl Fn(&str) -> Option<String>,
    ) -> Environment {
        let mut set = vec![("AWS_ENDPOINT_URL".to_owned(), endpoint(DEFAULT))];
        set.extend(endpoint_variables(&endpoint));
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // Credentials aside, a profile can hold endpoints, FIPS and addressing styles. An empty one holds nothing.
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ] {
            set.push((name.to_owned(), value.to_owned()));
        }
        if PROXIES.iter().any(|name| current(name).is_some_and(|value| !value.is_empty())) {
            let exempt = exempt_from_proxy(NO_PROXY.iter().find_map(|name| current(name)).as_deref().unwrap_or(""));
            set.extend(NO_PROXY.map(|name| (name.to_owned(), exempt.clone())));
        }
        let others = SERVICES
            .iter()
            .filter(|service| service.emulator == DEFAULT)
            .map(|service| format!("AWS_ENDPOINT_URL_{}", service.variable_suffix));
        Environment { set, unset: UNSET.iter().map(|name| (*name).to_owned()).chain(others).collect() }
    }

    /// Lines for a POSIX shell to `eval`.
    pub fn to_shell(&self) -> String {
        let mut lines = format!("unset {}\n", self.unset.join(" "));
        for (name, value) in &self.set {
            lines.push_str(&format!("export {name}={}\n", quoted(value)));
        }
        lines
    }

    /// Gives a program that is about to be started this environment.
    pub fn apply(&self, command: &mut std::process::Command) {
        for name in &self.unset {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
    }
}

/// `AWS_ENDPOINT_URL_…` for each service that isn't served by the default emulator.
pub(super) fn endpoint_variables(endpoint: impl Fn(Emulator) -> String) -> Vec<(String, String)> {
    SERVICES
        .iter()
        .filter(|service| service.emulator != DEFAULT)
        .map(|service| (format!("AWS_ENDPOINT_URL_{}", service.variable_suffix), endpoint(service.emulator)))
        .collect()
}

fn exempt_from_proxy(present: &str) -> String {
    let mut hosts: Vec<&str> = present.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
    for host in LOOPBACK {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.join(",")
}

/// A value as a POSIX shell reads it back unchanged.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(emulator: Emulator) -> String {
        match emulator {
            Emulator::MiniStack => "http://127.0.0.1:4566".to_owned(),
            Emulator::Moto => "http://127.0.0.1:5000".to_owned(),
        }
    }

    fn value<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
        environment.set.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn ec2_and_iam_have_endpoints_of_their_own() {
        let key = AccessKey::random().unwrap();
        let environment = Environment::new(endpoint, &key, |_| None);
        assert_eq!(value(&environment, "AWS_ACCESS_KEY_ID"), Some(key.as_str()));
        assert_eq!(value(&environment, "AWS_ENDPOINT_URL"), Some("http://127.0.0.1:4566"));
        assert_eq!(value(&environment, "AWS_ENDPOINT_URL_EC2"), Some("http://127.0.0.1:5000"));
        assert_eq!(value(&environment, "AWS_ENDPOINT_URL_IAM"), Some("http://127.0.0.1:5000"));
        assert_eq!(value(&environment, "NO_PROXY"), None);
        assert!(environment.unset.contains(&"AWS_ENDPOINT_URL_S3".to_owned()));
        assert!(environment.unset.contains(&"AWS_PROFILE".to_owned()));
        assert!(environment.unset.iter().all(|name| value(&environment, name).is_none()));
    }

    #[test]
    fn a_proxy_is_reported_to_leave_loopback_alone() {
        let current = |name: &str| match name {
            "http_proxy" => Some("http://proxy.example.edu:3128".to_owned()),
            "no_proxy" => Some("example.edu, localhost".to_owned()),
            _ => None,
        };
        let environment = Environment::new(endpoint, &AccessKey::random().unwrap(), current);
        assert_eq!(value(&environment, "NO_PROXY"), Some("example.edu,localhost,127.0.0.1"));
        assert_eq!(value(&environment, "no_proxy"), Some("example.edu,localhost,127.0.0.1"));
    }

    #[test]
    fn shell_lines_survive_any_value() {
        assert_eq!(quoted("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        let shell =
            Environment { set: vec![("A".into(), "b c".into())], unset: vec!["X".into(), "Y".into()] }.to_shell();
        assert_eq!(shell, "unset X Y\nexport A='b c'\n");
    }
}
