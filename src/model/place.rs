//! Where a stack lives.

use serde::Serialize;

/// Where a stack lives; with a name, enough to predict most ARNs.
#[derive(Serialize, Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `aws`, `aws-cn`, …, from the caller's own ARN.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// The stack's name.
    pub stack: String,
}
