//! `lambda.layer`: libraries that several functions share, in versions that never change.
//!
//! A version can't be changed, and takes no tags. So each change publishes another version, its marks stand in its
//! description (see [`mark`]), and what AWS shows of the layer is the stack's newest version. Older ones stay until the
//! layer is destroyed: functions of others may use them, and the stack's own move over only after the new one is there.

mod check;
mod lookup;
pub mod mark;
mod spec;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::BTreeMap;

use crate::aws::{Context, Error, Result, concurrently, try_side_by_side};
use crate::resource::lambda::function::code::fetch;
use crate::resource::lambda::function::{Architecture, code, holders};
use crate::resource::others::{Going, Others, listed};
use crate::resource::{
    Address, Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, Upload, is_unknown,
};

pub use spec::Spec;
use versions::Layer as There;

/// The kind.
pub struct Layer;

impl Resource for Layer {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
        ("arn", "The ARN of the stack's newest version, for a function's `layers`."),
        ("layer_arn", "The layer's ARN, without a version."),
        ("version", "The number of the stack's newest version."),
        ("name", "The layer's name."),
    ]),
            takes_tags: false,
            marks_apart: false,
            made_by: "lambda:PublishLayerVersion".into(),
            listed_by: "lambda:ListLayers, and lambda:ListLayerVersions of each".into(),
            remove: "for version in $(aws lambda list-layer-versions --layer-name {id} --region {region} \
        --query \"LayerVersions[?contains(not_null(Description, ''), '[cloud101 {stack}/')].Version\" --output text); do \
        aws lambda delete-layer-version --layer-name {id} --version-number $version --region {region}; done".into(),
            // Nothing of a version can be changed, and a copied mark is none: no list ever has a doubtful one.
            untag: "".into(),
            permissions: crate::resource::lambda::permissions::layer(),
            ..KindInfo::new("lambda.layer", "Libraries and other files that functions share, unpacked into their `/opt`. A layer has \
        versions that never change: each change in the file, including to `protect` and `on_destroy`, publishes \
        a new one, and functions that name it as `layers: [\"${libs.arn}\"]` get it in the same run. The stack's older versions \
        are kept until it is destroyed, and cost nothing. Layers do not support tags: cloud101's ownership \
        mark is at the end of each version's description. `adopt: true` publishes the next version of an existing \
        layer; versions of other owners are kept unchanged, even when the stack is destroyed. Permission \
        for other accounts to use a version applies to that version only.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into()), ("layer_arn".into(), mark::layer_arn(place, name))])
    }

    fn check(&self, name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
        check::check(name, spec, base)
    }

    fn check_marked(&self, stack: &str, address: &Address, was: Option<&Address>, spec: &Spec) -> Vec<Diagnostic> {
        check::beside_mark(stack, address, was, spec).into_iter().collect()
    }

    fn canonical(&self, mut spec: Spec, base: &Base) -> std::result::Result<Spec, Diagnostic> {
        if let Some(code) = spec.code.as_ref().filter(|code| !is_unknown(code)) {
            spec.code_sha256 = Some(code::sha256(&code::pack(code, base)?.bytes));
        }
        if let Some(runtimes) = &mut spec.compatible_runtimes {
            runtimes.sort_unstable();
            runtimes.dedup();
        }
        if let Some(architectures) = &mut spec.compatible_architectures {
            sort(architectures);
        }
        Ok(spec)
    }

    fn upload(&self, spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        match spec.code.as_ref().filter(|code| !is_unknown(code)) {
            Some(code) => Ok(Some(code::planned(Some(code), spec.code_sha256.as_deref(), base)?.upload())),
            None => Ok(None),
        }
    }

    fn texts(&self, spec: &Spec, base: &Base) -> BTreeMap<String, String> {
        let packed = code::planned(spec.code.as_deref(), spec.code_sha256.as_deref(), base);
        packed.map(|packed| code::texts(&packed.bytes)).unwrap_or_default()
    }

    /// Whatever changes, its marks included, is another version.
    fn renews(&self, _live: &Spec, _target: &Spec) -> &'static [&'static str] {
        &["arn", "version"]
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| read(cx, &desired.name, Some(&desired.spec))).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let names = versions::layers(cx).await?;
        let seen = names.len();
        let found = try_side_by_side(names, |name| async move {
            let tags = versions::own(cx, &name).await?.map(|there| there.found.tags(&name, None));
            Ok::<_, Error>(Owned { id: name.clone(), name, tags: tags.unwrap_or_default() })
        })
        .await?;
        Ok(Listing::among(cx, seen, found))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        versions::publish(cx, desired, &desired.spec, 0).await?;
        read_back(cx, desired).await
    }

    /// The next version has everything: what the file says, and of what it does not say what the last one has.
    async fn update(
        &self,
        cx: &Context,
        desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let (target, there) = (change.target.clone(), live.spec.clone());
        let spec = Spec {
            description: target.description.or(there.description),
            compatible_runtimes: target.compatible_runtimes.or(there.compatible_runtimes),
            compatible_architectures: target.compatible_architectures.or(there.compatible_architectures),
            license: target.license.or(there.license),
            ..desired.spec.clone()
        };
        let newest = live.attributes.get("version").and_then(|number| number.parse().ok());
        versions::publish(cx, desired, &spec, newest.unwrap_or_default()).await?;
        read_back(cx, desired).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        let Some(There { found, .. }) = versions::layer(cx, name).await? else { return Ok(None) };
        Ok(Some(Current::tagged(found.tags(name, None)).seeing(&found.spec())))
    }

    /// The engine asks for this of no kind that takes no tags.
    async fn update_tags(&self, _cx: &Context, id: &str, _set: &Tags, _remove: &[String]) -> Result<()> {
        Err(Error::refused(format!("the layer `{id}` does not support tags, and a version can't be changed"))
            .with_hint("an apply publishes a new version with the marks from the file"))
    }

    /// Functions that use a version go on with it: AWS keeps a copy for them.
    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let using = holders::using_layer(cx, &mark::layer_arn(&cx.place, going.id), going.own).await?;
        let mut notes = Vec::new();
        if !using.is_empty() {
            let names = listed(using.iter().map(String::as_str));
            let (goes, has) = if using.len() == 1 { ("goes", "has") } else { ("go", "have") };
            notes.push(format!(
                "{names}, not part of the plan, {goes} on using the version that it {has}, which can't be assigned to \
                    it again"
            ));
        }
        Ok(Others { notes, ..Others::default() })
    }

    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        versions::delete_own(cx, name).await
    }
}

/// The layer `name`, of the stack or of others. `desired` is what the stack says: where the live code has another hash, its texts are
/// fetched, to show what changed.
async fn read(cx: &Context, name: &str, desired: Option<&Spec>) -> Result<Option<Live<Spec>>> {
    let Some(There { found, of_others }) = versions::layer(cx, name).await? else { return Ok(None) };
    let mut attributes = Layer.computed_attributes(&cx.place, name, &Spec::default());
    attributes.insert("arn".into(), found.version.arn.clone());
    attributes.insert("version".into(), found.version.number.to_string());
    let mut live = Live::new(name, found.spec(), attributes, found.tags(name, desired));
    if !of_others.is_empty() {
        let numbers: Vec<_> = of_others.iter().map(i64::to_string).collect();
        let plural = if numbers.len() == 1 { "" } else { "s" };
        let numbers = listed(numbers.iter().map(String::as_str));
        live.notes.push(format!("others published version{plural} {numbers} of `{name}`, which cloud101 ignores"));
    }
    let desired_sha256 = desired.and_then(|desired| desired.code_sha256.as_ref());
    if let (Some(desired), Some(location)) = (desired_sha256, &found.location)
        && *desired != found.code_sha256
    {
        live.texts = fetch::texts("lambda:GetLayerVersion", location).await;
    }
    Ok(Some(live))
}

async fn read_back(cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
    let live = read(cx, &desired.name, Some(&desired.spec)).await?;
    live.ok_or_else(|| Error::unexpected("lambda:GetLayerVersion", "the layer's new version is gone"))
}

/// In the order of their names.
fn sort(architectures: &mut Vec<Architecture>) {
    architectures.sort_by_key(|one| *one == Architecture::X86);
    architectures.dedup();
}
