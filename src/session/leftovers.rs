//! Whether a destroy has left anything.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::apply::{Event, Summary};
use crate::evidence;
use crate::plan::Plan;
use crate::plan::observe::PlanError;
use crate::prove::{self, Baseline, Elsewhere, Glance, Verdict, elsewhere, glance, here};

use super::Session;

/// Where to look for leftovers, after a destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nowhere: only a part of the stack was to be deleted.
    Nowhere,
    /// Every service in the stack's region, and resources with its tag in others.
    Services,
    /// Every region, including untagged resources: `--prove`.
    Everywhere,
}

/// What has to be known before a destroy to find leftovers afterwards.
pub struct Watch {
    scope: Scope,
    known: Baseline,
    /// Nothing changes in other regions, so they can be read in the meantime.
    elsewhere: Option<JoinHandle<Elsewhere>>,
}

/// What was found.
pub enum Leftovers {
    /// Not checked.
    NotLooked,
    /// Resources with the stack's tag.
    Tagged {
        /// It.
        glance: Glance,
        /// What had to be read but could not.
        troubles: Vec<PlanError>,
    },
    /// Everything with any sign of belonging to the stack.
    Proof(Verdict),
}

impl Leftovers {
    /// Whether nothing is left except what was to be kept, as far as was checked.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::NotLooked => true,
            Self::Tagged { glance, troubles } => glance.left().next().is_none() && troubles.is_empty(),
            Self::Proof(verdict) => verdict.is_proven(),
        }
    }
}

impl Session {
    /// Executes a plan to destroy, and checks that nothing is left. See [`apply`](Self::apply).
    pub async fn destroy(
        &self,
        plan: &Arc<Plan>,
        scope: Scope,
        events: UnboundedSender<Event>,
        stop: CancellationToken,
    ) -> (Summary, Leftovers) {
        let watch = self.watch(plan, scope).await;
        let summary = self.apply(plan, events, stop).await;
        (summary, self.leftovers(plan, watch).await)
    }

    /// To be called before `plan` is executed, for [`leftovers`](Self::leftovers).
    pub async fn watch(&self, plan: &Plan, scope: Scope) -> Watch {
        let known = Baseline::of(&self.cx.place, &self.stack, plan);
        match scope {
            Scope::Nowhere => Watch { scope, known, elsewhere: None },
            Scope::Everywhere => Watch { scope, known: known.with_disks(&self.cx).await, elsewhere: None },
            Scope::Services => {
                let (cx, registry) = (self.cx.clone(), self.stack.registry.clone());
                let services = here::services(&self.stack, plan);
                let elsewhere = tokio::spawn(async move { elsewhere::look(&cx, &registry, &services).await });
                Watch { scope, known, elsewhere: Some(elsewhere) }
            }
        }
    }

    /// Looks for leftovers, after `plan` was executed.
    pub async fn leftovers(&self, plan: &Plan, watch: Watch) -> Leftovers {
        let Watch { scope, known, elsewhere } = watch;
        match scope {
            Scope::Nowhere => Leftovers::NotLooked,
            Scope::Everywhere => {
                Leftovers::Proof(prove::verdict(evidence::look(&self.cx, &self.stack.registry).await, &known))
            }
            Scope::Services => {
                let elsewhere = async {
                    match elsewhere {
                        Some(looking) => looking.await.unwrap_or_default(),
                        None => Elsewhere::default(),
                    }
                };
                let (elsewhere, mut here) = tokio::join!(elsewhere, here::look(&self.cx, &self.stack, plan, &known));
                let troubles = std::mem::take(&mut here.troubles);
                Leftovers::Tagged { glance: glance::glance(&self.cx.place, plan, &known, here, elsewhere), troubles }
            }
        }
    }
}
