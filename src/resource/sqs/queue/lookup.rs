//! A queue by its name, ARN or URL.

use crate::aws::{Context, Result};
use crate::resource::lookup::Lookup;
use crate::resource::{Desired, Live};

use super::{Queue, Spec, arn, calls, policy, read};

impl Lookup for Queue {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let Some(url) = calls::url(cx, calls::name_in(id)).await? else { return Ok(None) };
        // A URL may be that of a queue of the same name somewhere else.
        if id.contains("//") && id != url {
            return Ok(None);
        }
        let mut found = read::queue(cx, &url).await?;
        if let Some(live) = found.as_mut().filter(|_| desired.is_none()) {
            let arn = arn(&cx.place, calls::name_in(&url));
            live.spec.policy.take_if(|policy| policy::is_default(&cx.place, &arn, policy));
        }
        Ok(found)
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        calls::all(cx).await
    }
}
