//! What carries the stack's mark, as the lists of the kinds show it.

use std::sync::Arc;

use futures::future::join_all;

use crate::aws::ownership::Ownership;
use crate::aws::{Context, Error};
use crate::resource::kind::Kind;
use crate::resource::{DeleteBlocker, Owned, Registry};
use crate::stack::ResourceConfig;

use super::{PlanError, Services};

/// Something that carries the stack's mark.
#[derive(Clone)]
pub struct Found {
    /// Its kind.
    pub kind: Arc<dyn Kind>,
    /// Its id, name and tags.
    pub owned: Owned,
    /// Its mark.
    pub ownership: Ownership,
    /// What stands against its deletion, as far as it was asked for.
    pub blocker: Option<DeleteBlocker>,
    /// What is lost with it and what stays, as far as it was asked for.
    pub besides: Vec<String>,
}

impl Found {
    /// Whether its mark names this resource of the file.
    pub fn matches(&self, declared: &ResourceConfig) -> bool {
        self.ownership.address == declared.address && self.kind.name() == declared.kind.name()
    }
}

/// What the list of one kind shows.
pub struct Listed {
    /// The kind.
    pub kind: Arc<dyn Kind>,
    /// Those that carry the stack's mark.
    pub found: Vec<Found>,
    /// See [`Listing::doubtful`](crate::resource::Listing::doubtful).
    pub doubtful: Vec<Owned>,
    /// See [`Listing::unread`](crate::resource::Listing::unread).
    pub unread: Vec<(String, Error)>,
}

/// What carries the stack's tag, kind by kind.
pub async fn list(cx: &Context, registry: &Registry, services: &Services) -> Vec<Result<Listed, PlanError>> {
    marked(&cx.with_read_cache(), registry, services).await
}

pub(super) async fn marked(cx: &Context, registry: &Registry, services: &Services) -> Vec<Result<Listed, PlanError>> {
    let aside = &cx.aside();
    let lists = registry.all().map(|kind| async move {
        let cx = if services.have(kind.name()) { cx } else { aside };
        let listing = kind.list(cx).await.map_err(|error| PlanError {
            address: None,
            kind: kind.name().to_owned(),
            is_global: kind.is_global(),
            line: None,
            error,
        })?;
        let marked = |owned: Owned| {
            let ownership = Ownership::read(&owned.tags).filter(|ownership| ownership.stack == cx.place.stack)?;
            Some(Found { kind: kind.clone(), owned, ownership, blocker: None, besides: Vec::new() })
        };
        let found = listing.owned.into_iter().filter_map(marked).collect();
        Ok(Listed { kind: kind.clone(), found, doubtful: listing.doubtful, unread: listing.unread })
    });
    join_all(lists).await
}
