//! What AWS did not let be looked at, in whichever document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::observe::PlanError;
use crate::prove::Glance;

use super::ErrorDocument;

/// What could not be looked at, and may hold more of the stack.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotLookedAt {
    /// What it is; of a list its kind, such as `ses.identity`.
    pub what: String,
    /// Where; `null`: it belongs to no region.
    pub region: Option<String>,
    /// Why.
    pub error: ErrorDocument,
}

impl NotLookedAt {
    /// Lists of kinds that the file does not name, which were looked at in `region` for what an earlier file named.
    pub fn lists(unseen: &[PlanError], region: &str) -> Vec<Self> {
        let one = |one: &PlanError| Self {
            what: one.kind.clone(),
            region: (!one.is_global).then(|| region.to_owned()),
            error: (&one.error).into(),
        };
        unseen.iter().map(one).collect()
    }

    /// What was not to be seen after a destroy.
    pub fn after(glance: &Glance) -> Vec<Self> {
        let unseen = glance.unseen.iter();
        unseen
            .map(|one| Self { what: one.what.clone(), region: one.region.clone(), error: (&one.error).into() })
            .collect()
    }
}
