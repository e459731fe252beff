//! What kept a plan from knowing something.

use crate::aws::{Error, ErrorKind};
use crate::resource::{Address, Diagnostic};
use crate::stack::{ResourceConfig, Stack};

/// A question that AWS did not answer, or a file that can't be read.
#[derive(Debug, Clone)]
pub struct PlanError {
    /// The resource; `None`: a list of a whole kind.
    pub address: Option<Address>,
    /// The kind.
    pub kind: String,
    /// Whether the kind belongs to the account, and to no region.
    pub is_global: bool,
    /// The line in the file, from 1.
    pub line: Option<usize>,
    /// What happened.
    pub error: Error,
}

impl PlanError {
    /// Trouble with a resource of the file.
    pub fn with(declared: &ResourceConfig, error: Error) -> Self {
        let error = error.of_copy(&declared.address);
        let address = Some(declared.address.clone());
        Self {
            address,
            kind: declared.kind.name().to_owned(),
            is_global: declared.kind.is_global(),
            line: Some(declared.line),
            error,
        }
    }

    /// Whether it is about one copy of a resource alone, as far as it says by itself.
    pub fn is_of_a_copy(&self, stack: &Stack) -> bool {
        let is_of_all_calls = matches!(
            self.error.kind,
            ErrorKind::NoCredentials
                | ErrorKind::Expired
                | ErrorKind::BadCredentials
                | ErrorKind::WrongClock
                | ErrorKind::WrongAccount
                | ErrorKind::NotActivated
                | ErrorKind::Unreachable
                | ErrorKind::Throttled
        );
        let address = self.address.as_ref().filter(|address| address.key.is_some() && stack.get(address).is_some());
        address.is_some() && !is_of_all_calls
    }

    /// What only the resolved values show.
    pub fn diagnostic(declared: &ResourceConfig, diagnostic: Diagnostic) -> Self {
        Self::with(declared, Error::found(diagnostic))
    }
}
