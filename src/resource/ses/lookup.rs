//! An identity by its address, domain or ARN.

use crate::aws::{Bounded, Call, Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Live, Wanted};

use super::identity::{Identity, Spec, read_one};

impl Lookup for Identity {
    async fn find(&self, cx: &Context, id: &str, _wanted: Option<&Wanted<Spec>>) -> Result<Option<Live<Spec>>> {
        read_one(cx, name_in(id)).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut pages = cx.clients.ses.list_email_identities().into_paginator().send().bounded();
        while let Some(page) = pages.next().await {
            let identities = page.call("ses:ListEmailIdentities")?.email_identities.unwrap_or_default();
            names.extend(identities.into_iter().filter_map(|identity| identity.identity_name));
        }
        Ok(names)
    }
}
