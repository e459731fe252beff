//! A bucket by its name.

use crate::aws::{Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::{Bucket, Spec, read, tags};

impl Lookup for Bucket {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        let name = name_in(id.strip_prefix("s3://").unwrap_or(id).trim_end_matches('/'));
        match desired {
            Some(desired) => read::of_stack(cx, &Desired { name: name.to_owned(), ..desired.clone() }, true).await,
            None => read::bucket(cx, name, |_| true).await,
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        tags::names(cx).await
    }
}
