//! Other marks on something that is there, as others would put them there.

use anyhow::{Context as _, Result, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LayerVersionContentInput;
use cloud101::aws::Context;
use cloud101::aws::ownership::is_ownership_tag;
use cloud101::resource::Tags;
use cloud101::resource::kind::Kind;
use cloud101::resource::lambda::layer::{Spec, mark};

/// Puts `tags` on what AWS knows as `id`, and takes off what cloud101 knows besides. Of what takes no tags, another takes
/// the place of all that is there.
pub async fn carry(cx: &Context, kind: &dyn Kind, id: &str, tags: &Tags) -> Result<()> {
    if !kind.marks_apart() {
        ensure!(kind.name() == "lambda.layer", "how does {} carry its marks?", kind.name());
        return publish_instead(cx, kind, id, tags).await;
    }
    let now = kind.current(cx, id).await?.context("it is gone")?.tags;
    let remove: Vec<_> = now.keys().filter(|key| is_ownership_tag(key) && !tags.contains_key(*key)).cloned().collect();
    kind.update_tags(cx, id, tags, &remove).await.with_context(|| format!("giving it {tags:?}"))
}

/// Publishes the newest version of a layer once more, with these marks, and deletes all others.
async fn publish_instead(cx: &Context, kind: &dyn Kind, name: &str, tags: &Tags) -> Result<()> {
    let live = kind.find(cx, name, None).await?.context("it is gone")?;
    let content = kind.content(cx, &live, true).await?.and_then(|content| content.bytes).context("no content")?;
    let spec: Spec = serde_json::from_value(live.spec)?;
    let description = mark::described(&cx.place, name, &spec, spec.description.as_deref().unwrap_or_default(), tags);
    let lambda = &cx.clients.lambda;
    let before = lambda.list_layer_versions().layer_name(name).send().await?;
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(content)).build();
    let runtimes = spec.compatible_runtimes.unwrap_or_default().iter().map(|one| one.as_str().into()).collect();
    let architectures = live_architectures(&before);
    lambda
        .publish_layer_version()
        .layer_name(name)
        .content(content)
        .description(description)
        .set_compatible_runtimes(Some(runtimes))
        .set_compatible_architectures(Some(architectures))
        .set_license_info(spec.license)
        .send()
        .await?;
    for version in before.layer_versions() {
        lambda.delete_layer_version().layer_name(name).version_number(version.version()).send().await?;
    }
    Ok(())
}

fn live_architectures(
    before: &aws_sdk_lambda::operation::list_layer_versions::ListLayerVersionsOutput,
) -> Vec<aws_sdk_lambda::types::Architecture> {
    let newest = before.layer_versions().iter().max_by_key(|version| version.version());
    newest.map(|version| version.compatible_architectures().to_vec()).unwrap_or_default()
}
