//! A topic by its name or ARN.

use crate::aws::{Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Live, Wanted};

use super::policy::is_default_policy;
use super::topic::{self, Spec, Topic, arn, read_one};

impl Lookup for Topic {
    async fn find(&self, cx: &Context, id: &str, wanted: Option<&Wanted<Spec>>) -> Result<Option<Live<Spec>>> {
        let arn = arn(&cx.place, name_in(id));
        let asked = wanted.map(|wanted| wanted.spec.clone()).unwrap_or_default();
        let mut found = read_one(cx, arn.clone(), &asked).await?;
        if let Some(live) = found.as_mut().filter(|_| wanted.is_none()) {
            live.spec.policy.take_if(|policy| is_default_policy(&cx.place, &arn, policy));
        }
        Ok(found)
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        topic::all(cx).await
    }
}
