//! Adopting live resources by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::plan::Plan;
use crate::plan::desired::{KnownAttributes, desired};
use crate::plan::observe::{Observation, PlanError};
use crate::plan::options::{Goal, Options};
use crate::plan::refusal;
use crate::resource::kind::Kind;
use crate::resource::{Address, Live};
use crate::stack::ResourceConfig;

use super::error::whereabouts;
use super::{Error, Session};

impl Session {
    /// A plan that adopts for each resource the live one with the given name or id, and does nothing else. Changes
    /// nothing.
    ///
    /// # Errors
    /// There is no such resource in the file or in AWS, a resource already has another one, or it can't be adopted.
    pub async fn adopt(&self, ids: &BTreeMap<Address, String>) -> Result<Plan, Error> {
        let mut observation = self.observe().await?;
        let mut adopt = BTreeMap::new();
        for (address, id) in ids {
            let declared = self.stack.get(address).ok_or_else(|| Error::NoResource(address.clone()))?;
            let live = self.find(declared, &observation, id).await.map_err(|error| error.with(&observation.unseen))?;
            let is_other = |other: &&Arc<Live<Value>>| declared.kind.name_is_a_tag() && other.id != live.id;
            if let Some(other) = observation.live.get(address).filter(is_other) {
                let errors = PlanError::with(declared, refusal::has_another(&other.id, address));
                return Err(Error::Account { troubles: vec![errors], unseen: observation.unseen });
            }
            adopt.insert(address.clone(), live.id.clone());
            observation.live.insert(address.clone(), live.into());
        }
        self.decide(observation, Goal::Apply, &Options { adopt, ..Options::default() }).await
    }

    pub(super) fn nothing_there(&self, kind: &dyn Kind, id: &str) -> Error {
        Error::NothingThere {
            kind: kind.name().to_owned(),
            id: id.to_owned(),
            unseen: Vec::new(),
            place: whereabouts(kind, self.place()),
        }
    }

    /// The live resource with the id, read for the resource of the file.
    async fn find(&self, declared: &ResourceConfig, observation: &Observation, id: &str) -> Result<Live<Value>, Error> {
        let mut known = KnownAttributes::default();
        for other in &self.stack.resources {
            if let Some(live) = observation.live.get(&other.address) {
                known.insert_live(
                    self.place(),
                    (&*other.kind, &other.address),
                    &other.kind.identity(&other.name, &live.spec),
                    live,
                );
            }
        }
        let errors = |errors| Error::account(vec![errors]);
        let desired = desired(&self.stack, self.place(), &known, declared)
            .map_err(|diagnostic| errors(PlanError::diagnostic(declared, diagnostic)))?;
        let found = declared.kind.find(&self.cx, id, Some(&desired)).await;
        found
            .map_err(|error| errors(PlanError::with(declared, error)))?
            .ok_or_else(|| self.nothing_there(&*declared.kind, id))
    }
}
