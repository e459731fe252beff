//! A topic by its name or ARN.

use crate::aws::{Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::policy::is_default_policy;
use super::topic::{self, Spec, Topic, arn, read_one};

impl Lookup for Topic {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let arn = arn(&cx.place, name_in(id));
        let asked = desired.map(|desired| desired.spec.clone()).unwrap_or_default();
        let mut found = read_one(cx, arn.clone(), &asked).await?;
        if let Some(live) = found.as_mut().filter(|_| desired.is_none()) {
            live.spec.policy.take_if(|policy| is_default_policy(&cx.place, &arn, policy));
        }
        Ok(found)
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        topic::all(cx).await
    }
}
