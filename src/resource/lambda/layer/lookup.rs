//! A layer by its name or ARN.

use crate::aws::{Context, Error, Result};
use crate::resource::lambda::function::code::fetch;
use crate::resource::lookup::{Content, Lookup};
use crate::resource::{Desired, Live};

use super::{Layer, Spec, read, versions};

impl Lookup for Layer {
    async fn find(&self, cx: &Context, id: &str, desired: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        read(cx, whole(id)?, desired.map(|desired| &desired.spec)).await
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        versions::layers(cx).await
    }

    /// The archive as it was uploaded: another one of the same files would have another hash.
    async fn content(&self, cx: &Context, live: &Live<Spec>, files: bool) -> Result<Option<Content>> {
        let bytes = match files {
            true => {
                let location = versions::layer(cx, &live.id).await?.and_then(|there| there.found.location);
                let operation = "lambda:GetLayerVersion";
                let location = location.ok_or_else(|| Error::unexpected(operation, "no address of the layer's code"));
                Some(fetch::fetch(operation, &location?).await?)
            }
            false => None,
        };
        Ok(Some(Content { property: "code", inline: None, ending: ".zip".to_owned(), bytes, command: Vec::new() }))
    }
}

/// The layer's name, given by itself or in an ARN.
fn whole(id: &str) -> Result<&str> {
    let name = match id.split_once(":layer:") {
        Some((start, name)) if start.starts_with("arn:") => name,
        _ => id,
    };
    match name.split_once(':') {
        Some((name, version)) => Err(Error::refused(format!("`{id}` names only version {version}"))
            .with_hint(format!("remove `:{version}`: `{name}` is the layer"))),
        None => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_not_a_layer() {
        assert_eq!(whole("libs").ok(), Some("libs"));
        assert_eq!(whole("arn:aws:lambda:us-east-1:123456789012:layer:libs").ok(), Some("libs"));
        let error = whole("arn:aws:lambda:us-east-1:123456789012:layer:libs:3").expect_err("a version");
        assert_eq!(error.hint.as_deref(), Some("remove `:3`: `libs` is the layer"));
    }
}
