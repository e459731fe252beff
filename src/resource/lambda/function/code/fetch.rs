//! The code that AWS has, from the address for one use that it gives. The address is a credential, and is in no error.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::{Error, Result, bounds};

/// How long the code may take to begin to come, and to go on.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The texts of the code at `location`, which the call `operation` gave. They only explain a change, so an address
/// that does not answer is not an error.
pub async fn texts(operation: &'static str, location: &str) -> BTreeMap<String, String> {
    match fetch(operation, location).await {
        Ok(bytes) => super::texts(&bytes),
        Err(_) => BTreeMap::new(),
    }
}

/// The code at `location`, which the call `operation` gave.
pub async fn fetch(operation: &'static str, location: &str) -> Result<Vec<u8>> {
    fetch_within(TIMEOUT, operation, location).await
}

async fn fetch_within(limit: Duration, operation: &'static str, location: &str) -> Result<Vec<u8>> {
    let hint = "try again; a proxy or firewall in between must allow access to S3";
    match bounds::fetch(operation, location, limit).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Error::unexpected(operation, "the code can't be downloaded from its address").with_hint(hint)),
        Err(why) => Err(Error::timed_out(format!("the code can't be downloaded: {why}")).with_hint(hint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ErrorKind;

    #[tokio::test]
    async fn code_that_does_not_come_is_given_up() {
        // It takes connections and says nothing.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let location = format!("http://{}/?X-Amz-Signature=xyzzy", silent.local_addr().expect("an address"));
        let limit = Duration::from_millis(50);
        let error = fetch_within(limit, "lambda:GetFunction", &location).await.expect_err("no code comes");
        assert_eq!((error.kind, error.hint.is_some()), (ErrorKind::TimedOut, true));
        assert!(!format!("{error:?}").contains("xyzzy"), "the location is a credential");
    }
}
