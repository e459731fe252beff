//! An identity by its address, domain or ARN.

use crate::aws::{Context, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::identity::{self, Identity, Spec, read_one};

impl Lookup for Identity {
    async fn find(&self, cx: &Context, id: &str, _desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        read_one(cx, name_in(id)).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        identity::names(cx).await
    }
}
