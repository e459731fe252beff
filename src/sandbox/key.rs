//! The access key of a sandbox.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Error;

/// The access key id without which nothing in a sandbox answers. It is all that keeps other users of the computer out:
/// it goes into files that only this user can read, and nothing but [`Environment`](super::Environment) hands it out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct AccessKey(String);

/// What the keys of all sandboxes begin with.
const PREFIX: &str = "CLOUD101";

/// Whether this is the access key of a sandbox, as a shell has it after `sandbox env`.
pub fn is_access_key(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == 32 && rest.chars().all(|c| c.is_ascii_hexdigit()))
}

impl AccessKey {
    /// A new one. It has letters: twelve digits would be the number of an account for MiniStack.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self(format!("{PREFIX}{digits}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `Authorization` of a request to this service. The sandbox does not check signatures.
    pub fn authorization(&self, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/20250101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.0,
            super::REGION
        )
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_different_and_what_a_credential_can_hold() {
        let (one, other) = (AccessKey::random().unwrap(), AccessKey::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 40);
        assert!(is_access_key(one.as_str()) && !is_access_key("AKIAIOSFODNN7EXAMPLE") && !is_access_key("CLOUD101"));
        assert!(one.as_str().chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
        assert!(one.authorization("s3").contains(&format!("={}/20250101/us-east-1/s3/", one.as_str())));
    }

    #[test]
    fn a_key_is_not_in_what_is_written_for_debugging() {
        let key = AccessKey::random().unwrap();
        assert!(!format!("{key:?}").contains(key.as_str()));
    }
}
