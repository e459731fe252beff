//! The versions of a layer: which there are, which are the stack's, and another one.

use std::time::Duration;

use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as sdk;

use crate::aws::once::Once;
use crate::aws::retry::LookFirst;
use crate::aws::{Bounded, Call, Context, Error, Result, wait};
use crate::resource::lambda::function::{Architecture, CodeInS3, code};
use crate::resource::{Desired, Tags};

use super::Spec;
use super::mark::{self, Claim};

/// How long a new version may not be seen, and a deleted one still be.
const LAG: Duration = Duration::from_secs(30);
/// How long a version may not be seen whose call got no answer.
const UNANSWERED: Duration = Duration::from_secs(10);

/// A version, as returned by a list.
#[derive(Debug, Clone)]
pub struct Version {
    pub number: i64,
    pub arn: String,
    description: String,
    runtimes: Vec<String>,
    architectures: Vec<Architecture>,
    license: String,
}

/// A version that was asked for by itself.
#[derive(Debug, Clone)]
pub struct Found {
    pub version: Version,
    pub code_sha256: String,
    /// Where its code can be fetched for a while: a credential.
    pub location: Option<String>,
    /// Its mark, if it is not a copy.
    pub claim: Option<Claim>,
}

/// What there is of a layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The stack's newest version; else, if others have published some, the newest of all.
    pub found: Found,
    /// Those that are not the stack's, in order, if any are. Each would cost a question: of those that are older than the
    /// stack's newest, a copied mark is taken for a true one.
    pub of_others: Vec<i64>,
}

impl Version {
    fn of(item: sdk::LayerVersionsListItem) -> Self {
        let mut runtimes: Vec<_> =
            item.compatible_runtimes.iter().flatten().map(|runtime| runtime.as_str().to_owned()).collect();
        runtimes.sort_unstable();
        let architecture = |one: &sdk::Architecture| match one {
            sdk::Architecture::Arm64 => Architecture::Arm64,
            _ => Architecture::X86,
        };
        let mut architectures: Vec<_> = item.compatible_architectures.iter().flatten().map(architecture).collect();
        super::sort(&mut architectures);
        Self {
            number: item.version,
            arn: item.layer_version_arn.unwrap_or_default(),
            description: item.description.unwrap_or_default(),
            runtimes,
            architectures,
            license: item.license_info.unwrap_or_default(),
        }
    }

    /// Whether its mark names the stack of `cx`, true or copied.
    fn names_the_stack(&self, cx: &Context) -> bool {
        mark::parted(&self.description).1.is_some_and(|claim| claim.stack == cx.place.stack)
    }

    /// What it is, `code` not known.
    fn spec(&self, text: &str, code_sha256: Option<String>) -> Spec {
        Spec {
            code: None,
            code_sha256,
            code_s3: None,
            description: Some(text.to_owned()),
            compatible_runtimes: Some(self.runtimes.clone()),
            compatible_architectures: Some(self.architectures.clone()),
            license: Some(self.license.clone()),
        }
    }
}

impl Found {
    /// The description without a mark. One that is a copy belongs to the text.
    pub fn text(&self) -> &str {
        match self.claim {
            Some(_) => mark::parted(&self.version.description).0,
            None => &self.version.description,
        }
    }

    /// What it is.
    pub fn spec(&self) -> Spec {
        self.version.spec(self.text(), Some(self.code_sha256.clone()).filter(|hash| !hash.is_empty()))
    }

    /// What other resources carry in tags.
    pub fn tags(&self, name: &str, desired: Option<&Spec>) -> Tags {
        self.claim.as_ref().map(|claim| claim.tags(name, &self.spec(), desired)).unwrap_or_default()
    }
}

/// The names of all layers.
pub async fn layers(cx: &Context) -> Result<Vec<String>> {
    let list = cx.clients.lambda.list_layers().into_paginator().send().bounded();
    let layers = list.all("lambda:ListLayers", |page| page.layers.unwrap_or_default()).await?;
    Ok(layers.into_iter().filter_map(|layer| layer.layer_name).collect())
}

/// What there is of the layer `name`; `None`: nothing.
pub async fn layer(cx: &Context, name: &str) -> Result<Option<Layer>> {
    if let Some(own) = own(cx, name).await? {
        return Ok(Some(own));
    }
    for version in &versions(cx, name).await? {
        if let Some(found) = get(cx, name, version).await? {
            return Ok(Some(Layer { found, of_others: Vec::new() }));
        }
    }
    Ok(None)
}

/// The same if a version of it is the stack's.
pub async fn own(cx: &Context, name: &str) -> Result<Option<Layer>> {
    let (mut own, mut of_others) = (None, Vec::new());
    for version in &versions(cx, name).await? {
        if !version.names_the_stack(cx) {
            of_others.push(version.number);
        } else if own.is_none() {
            match get(cx, name, version).await?.filter(|found| found.claim.is_some()) {
                Some(found) => own = Some(found),
                None => of_others.push(version.number),
            }
        }
    }
    of_others.reverse();
    Ok(own.map(|found| Layer { found, of_others }))
}

/// All versions, the newest first.
async fn versions(cx: &Context, name: &str) -> Result<Vec<Version>> {
    cx.shared(format!("versions of the layer {name}"), async {
        let list = cx.clients.lambda.list_layer_versions().layer_name(name).into_paginator().send().bounded();
        let all = list.all_if_found("lambda:ListLayerVersions", |page| page.layer_versions.unwrap_or_default()).await?;
        let mut all: Vec<_> = all.unwrap_or_default().into_iter().map(Version::of).collect();
        all.sort_by_key(|version| std::cmp::Reverse(version.number));
        Ok(all)
    })
    .await
}

/// A single version, with what lists do not return; `None`: it is gone.
async fn get(cx: &Context, name: &str, version: &Version) -> Result<Option<Found>> {
    cx.shared(format!("version {} of the layer {name}", version.number), async {
        let call = cx.clients.lambda.get_layer_version().layer_name(name).version_number(version.number);
        let Some(answer) = call.send().await.call_if_found("lambda:GetLayerVersion")? else { return Ok(None) };
        let content = answer.content.unwrap_or_else(|| sdk::LayerVersionContentOutput::builder().build());
        let code_sha256 = content.code_sha256.unwrap_or_default();
        let claim = mark::parted(&version.description).1;
        let claim = claim.filter(|claim| claim.matches(&mark::layer_arn(&cx.place, name), &code_sha256));
        Ok(Some(Found { version: version.clone(), code_sha256, location: content.location, claim }))
    })
    .await
}

/// Makes the next version of what `spec` says, behind the version `after`. PublishLayerVersion has no token: a version
/// that a lost call made has the same mark, and the same code.
pub async fn publish(cx: &Context, desired: &Desired<Spec>, spec: &Spec, after: i64) -> Result<()> {
    let name = &desired.name;
    let text = spec.description.as_deref().unwrap_or_default();
    let new = Version {
        number: after,
        arn: String::new(),
        description: mark::described(&cx.place, name, spec, text, &desired.tags),
        runtimes: spec.compatible_runtimes.clone().unwrap_or_default(),
        architectures: spec.compatible_architectures.clone().unwrap_or_default(),
        license: spec.license.clone().unwrap_or_default(),
    };
    // What the file says was checked; what it leaves alone is as long as others made it.
    if new.description.encode_utf16().count() > mark::LIMIT {
        let message = "the description of the existing version leaves no room for cloud101's ownership mark";
        return Err(Error::refused(message).with_hint("write a shorter `description` in the file"));
    }
    if is_there(cx, name, &new, spec).await? {
        return Ok(());
    }
    let call = cx.clients.lambda.publish_layer_version().layer_name(name).content(content(cx, spec)?);
    let call = call.description(&new.description).license_info(&new.license);
    let call = call.set_compatible_runtimes(Some(new.runtimes.iter().map(|one| one.as_str().into()).collect()));
    let architectures = new.architectures.iter().map(|one| match one {
        Architecture::X86 => sdk::Architecture::X8664,
        Architecture::Arm64 => sdk::Architecture::Arm64,
    });
    let call = call.set_compatible_architectures(Some(architectures.collect()));
    let once = Once {
        made: "Lambda to publish the layer's new version",
        shown: "Lambda to show the layer's new version",
        asking: Duration::ZERO,
        looking: UNANSWERED,
    };
    let publish = || async {
        let alone = Builder::default().retry_classifier(LookFirst);
        let answer = call.clone().customize().config_override(alone).send().await;
        answer.call("lambda:PublishLayerVersion").map(|answer| Some(answer.version))
    };
    // Which number it has matters only where the list may not show it yet.
    let look = || async { Ok(is_there(cx, name, &new, spec).await?.then_some(None)) };
    let Some(number) = once.make(|_| false, publish, look).await? else { return Ok(()) };
    wait::poll_until(&format!("Lambda to show version {number} of the layer {name}"), LAG, || async {
        let all = versions(cx, name).await?;
        Ok(all.iter().any(|version| version.number == number).then_some(()))
    })
    .await
}

/// Whether the stack has published just this already, after the version `new.number`.
async fn is_there(cx: &Context, name: &str, new: &Version, spec: &Spec) -> Result<bool> {
    let is_alike = |version: &&Version| {
        let parts = |one: &Version| (one.runtimes.clone(), one.architectures.clone(), one.license.clone());
        version.number > new.number && version.description == new.description && parts(version) == parts(new)
    };
    for version in versions(cx, name).await?.iter().filter(|version| version.names_the_stack(cx)).filter(is_alike) {
        let found = get(cx, name, version).await?.filter(|found| found.claim.is_some());
        let has_code = |found: Found| spec.code_s3.is_some() || spec.code_sha256.as_ref() == Some(&found.code_sha256);
        if found.is_some_and(has_code) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The code as AWS takes it. Of this computer it must be what was planned.
fn content(cx: &Context, spec: &Spec) -> Result<sdk::LayerVersionContentInput> {
    let builder = sdk::LayerVersionContentInput::builder();
    Ok(match &spec.code_s3 {
        Some(CodeInS3 { bucket, key, version }) => {
            builder.set_s3_bucket(bucket.clone()).set_s3_key(key.clone()).set_s3_object_version(version.clone()).build()
        }
        None => {
            let packed = code::planned(spec.code.as_deref(), spec.code_sha256.as_deref(), &cx.base);
            builder.zip_file(Blob::new(packed.map_err(Error::found)?.bytes)).build()
        }
    })
}

/// Deletes all versions that are the stack's, and waits until they are gone. What others published stays.
pub async fn delete_own(cx: &Context, name: &str) -> Result<()> {
    let mut own = Vec::new();
    for version in versions(cx, name).await?.iter().filter(|version| version.names_the_stack(cx)) {
        own.extend(get(cx, name, version).await?.filter(|found| found.claim.is_some()).map(|_| version.number));
    }
    // The newest last: it is the one that identifies the owner of the layer.
    own.sort_unstable();
    for number in &own {
        let call = cx.clients.lambda.delete_layer_version().layer_name(name).version_number(*number);
        call.send().await.call_if_found("lambda:DeleteLayerVersion")?;
    }
    if own.is_empty() {
        return Ok(());
    }
    wait::poll_until(&format!("the versions of the layer {name} to be gone"), LAG, || async {
        let all = versions(cx, name).await?;
        Ok((!all.iter().any(|version| own.contains(&version.number))).then_some(()))
    })
    .await
}
