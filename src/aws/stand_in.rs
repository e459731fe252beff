//! What answers in AWS's place.

use std::collections::BTreeMap;

/// Servers that answer in AWS's place, with credentials of their own: nothing of the person's own is used. Not `Debug`, since the
/// access key opens them.
#[derive(Clone)]
pub struct StandIn {
    /// Where its credentials come from, in words: `the sandbox, for tests`.
    pub source: String,
    /// The access key id; the secret key is of no account.
    pub access_key: String,
    /// The region, where nothing else says one.
    pub region: String,
    /// Its servers: what each is called, and its URL. The first one answers for every service that `services` does not
    /// name.
    pub servers: Vec<(String, String)>,
    /// The URL for a service, by the AWS CLI's name for it (`ec2`, `sesv2`).
    pub services: BTreeMap<String, String>,
}

impl StandIn {
    /// Where the service is, by the AWS CLI's name for it.
    pub fn url_of(&self, service: &str) -> String {
        let first = || self.servers.first().map(|(_, url)| url.clone());
        self.services.get(service).cloned().or_else(first).unwrap_or_default()
    }
}
