//! `s3.object`: one object in a bucket, from a file or from text in the stack.

mod carried;
mod content;
mod live;
mod lookup;
mod spec;
mod tags;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::BTreeMap;

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::{ChecksumAlgorithm, EncodingType, StorageClass};

use crate::explain::Code;

use super::{bucket, decode, encode_path, known, settled};
use crate::aws::claim::claim;
use crate::aws::{Bounded, Call, Context, Error, Result, concurrently, ownership, try_side_by_side, wait};
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Derived, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, Upload, is_unknown, texts,
};

use content::Body;
pub use spec::{STORAGE_CLASSES, Spec};

/// The limit of a key, in bytes (Amazon S3 User Guide, naming objects).
const KEY_LIMIT: usize = 1024;
/// The limit of an object's metadata, in bytes (API: PutObject).
const METADATA_LIMIT: usize = 2048;
/// In a bucket whose listing names no checksums, so many objects are asked for their tags at most.
const LISTED_WITHOUT_CHECKSUMS: usize = 1000;

/// The kind.
pub struct Object;

impl Resource for Object {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The object's ARN, for use in policies."),
                ("bucket", "The name of its bucket."),
                ("key", "Its key."),
                ("uri", "`s3://bucket/key`, as used by `aws s3 cp`."),
                ("url", "Its web address, which works only if it is public."),
                ("etag", "An identifier of its content, computed by AWS."),
                ("version_id", "The id of its version, in a bucket with versioning."),
            ]),
            // Mostly the MD5 of the content.
            derived: vec![Derived { attribute: "etag".into(), from: texts(["content", "source", "content_sha256"]) }],
            has_name: false,
            made_by: "s3:PutObject".into(),
            most_tags: tags::LIMIT,
            listed_by: "s3:ListObjectsV2 in the stack's buckets, and s3:GetObjectTagging of each".into(),
            remove: "aws s3 rm s3://{id} --region {region}".into(),
            untag: "aws s3api put-object-tagging --bucket {bucket} --key {key} --region {region} --tagging \
        \"$(aws s3api get-object-tagging --bucket {bucket} --key {key} --region {region} --output json \
        --query \"{TagSet: TagSet[?Key!='cloud101:stack']}\")\""
                .into(),
            // It is in a bucket.
            is_listed_elsewhere: false,
            permissions: crate::resource::s3::permissions::object(),
            ..KindInfo::new(
                "s3.object",
                "An object: a file in a bucket. In a bucket with versioning, a change keeps the earlier \
                               version, and destroy deletes the versions that the stack uploaded; versions that others \
                               uploaded under the same key are kept.",
            )
        }
    }

    fn identity(&self, _name: &str, spec: &Spec) -> String {
        // What is known only after apply begins with the mark that says so.
        if is_unknown(&spec.key) { spec.key.clone() } else { format!("{}/{}", spec.bucket, spec.key) }
    }

    fn computed_attributes(&self, place: &Place, _name: &str, spec: &Spec) -> Attributes {
        if is_unknown(&spec.bucket) || is_unknown(&spec.key) {
            return Attributes::new();
        }
        attributes(place, &spec.bucket, &spec.key)
    }

    fn check(&self, _name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<_> = bucket::name::check("bucket", &spec.bucket).into_iter().collect();
        let is_known_to_xml = |c: char| !c.is_control() && !['\u{FFFE}', '\u{FFFF}'].contains(&c);
        let is_key = (1..=KEY_LIMIT).contains(&spec.key.len()) && spec.key.chars().all(is_known_to_xml);
        if !is_unknown(&spec.key) && !is_key {
            diagnostics.push(Diagnostic::new(
                Code::Characters,
                "key",
                "a key has 1 to 1024 bytes, without control characters",
            ));
        }
        if let Some(class) = &spec.storage_class {
            // What other services keep in the bucket, an import may have found.
            let is_of_others = StorageClass::values().contains(&class.as_str());
            diagnostics.extend(known::doubt("storage_class", class, &STORAGE_CLASSES).filter(|_| !is_of_others));
        }
        for (name, text) in [("content_type", &spec.content_type), ("cache_control", &spec.cache_control)] {
            let Some(text) = text.as_ref().filter(|text| !is_unknown(text)) else { continue };
            if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
                let message = format!("`{name}` is sent in an HTTP header: ASCII only");
                diagnostics.push(Diagnostic::new(Code::Characters, name, message).help("remove the other characters"));
            }
        }
        let metadata = spec.metadata.iter().flatten();
        for (key, value) in metadata.clone().filter(|(_, value)| !is_unknown(value)) {
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
            if key.is_empty() || key.contains([' ', ':']) || !plain(key) || !plain(value) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::Characters,
                        format!("metadata.{key}"),
                        "metadata is sent in HTTP headers: ASCII only",
                    )
                    .help("move other text to the content"),
                );
            }
        }
        if metadata.map(|(key, value)| key.len() + value.len()).sum::<usize>() > METADATA_LIMIT {
            diagnostics.push(Diagnostic::new(Code::TooLong, "metadata", "an object has at most 2 KB of metadata"));
        }
        diagnostics.extend(content::check(spec, base));
        diagnostics
    }

    fn canonical(&self, mut spec: Spec, base: &Base) -> std::result::Result<Spec, Diagnostic> {
        if let Some(hash) = content::hash(&spec, base)? {
            spec.content_sha256 = Some(hash);
        }
        if spec.content_type.is_none() {
            spec.content_type = Some(content::guess_type(&spec));
        }
        // Metadata are HTTP headers, whose names have no case.
        let lower = |metadata: BTreeMap<String, String>| {
            metadata.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect()
        };
        spec.metadata = spec.metadata.map(lower);
        Ok(spec)
    }

    /// Any change puts the object again.
    fn renews(&self, live: &Spec, target: &Spec) -> &'static [&'static str] {
        match live.content_sha256 == target.content_sha256 {
            true => &["version_id"],
            false => &["etag", "version_id"],
        }
    }

    fn upload(&self, spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
        content::upload(spec, base)
    }

    fn texts(&self, spec: &Spec, base: &Base) -> BTreeMap<String, String> {
        content::text(spec, base).map(|text| BTreeMap::from([(spec.key.clone(), text)])).unwrap_or_default()
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| live::read(cx, &desired.spec)).await
    }

    /// What carries the mark in those of this stack's buckets into which it has put an object: what a class fills a
    /// bucket with may be millions. An object that the stack put into a bucket of others is found only as long as the
    /// file names it.
    async fn list(&self, cx: &Context) -> Result<Listing> {
        let buckets = bucket::tags::owned(cx).await?.owned.into_iter();
        let buckets = buckets.filter(|bucket| bucket.tags.contains_key(bucket::tags::OBJECTS));
        let found = try_side_by_side(buckets, |bucket| async move { list_bucket(cx, &bucket.name).await }).await?;
        let seen = found.iter().map(|(seen, _)| seen).sum();
        Ok(Listing::among(cx, seen, found.into_iter().flat_map(|(_, tagged)| tagged)))
    }

    /// Noted on the bucket first: an object that a killed run leaves must be found.
    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let spec = &desired.spec;
        // Before anything is changed.
        let body = content::body(spec, &cx.base)?;
        let noted = settled(|| bucket::tags::note_objects(cx, &spec.bucket)).await;
        noted.map_err(|error| explain(error, spec))?;
        let put = || async {
            let call = request(cx, spec, spec, &body, &desired.tags).await?.if_none_match("*");
            call.send().await.call("s3:PutObject")
        };
        match settled(put).await {
            Ok(_) => {}
            // Something is there: a lost answer, or an object of others.
            Err(error) if error.is(&["PreconditionFailed", "ConditionalRequestConflict"]) => {
                let tags = tags::of(cx, &spec.bucket, &spec.key).await?.unwrap_or_default();
                claim(cx, &desired.address, &desired.name, &tags, &format!("the object `{}`", desired.name))?;
                replace(cx, spec, spec, &body, &desired.tags, None).await?;
            }
            Err(error) => return Err(explain(error, spec)),
        }
        read_back(cx, spec).await
    }

    /// A change of the content, and of everything else, puts the object again with all there is to say.
    async fn update(
        &self,
        cx: &Context,
        desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let spec = &desired.spec;
        let body = content::body(spec, &cx.base)?;
        let tags = tags::of(cx, &spec.bucket, &spec.key).await?.unwrap_or_else(|| live.tags.clone());
        let keep = |path: &str| !change.touches(path);
        let target = change.target.clone();
        let headers = Spec {
            content_type: target.content_type.or(live.spec.content_type.clone().filter(|_| keep("content_type"))),
            cache_control: target.cache_control.or(live.spec.cache_control.clone().filter(|_| keep("cache_control"))),
            metadata: target.metadata.or(live.spec.metadata.clone().filter(|_| keep("metadata"))),
            storage_class: target.storage_class.or(live.spec.storage_class.clone().filter(|_| keep("storage_class"))),
            ..spec.clone()
        };
        let seen = live.attributes.get("etag").map(String::as_str);
        replace(cx, spec, &headers, &body, &tags, seen).await?;
        read_back(cx, spec).await
    }

    async fn current(&self, cx: &Context, id: &str) -> Result<Option<Current>> {
        let (bucket, key) = split(id)?;
        Ok(tags::of(cx, bucket, key).await?.map(Current::tagged))
    }

    async fn update_tags(&self, cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let (bucket, key) = split(id)?;
        if set.contains_key(ownership::STACK) {
            bucket::tags::note_objects(cx, bucket).await?;
        }
        tags::change(cx, bucket, key, set, remove).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let (bucket, key) = split(going.id)?;
        versions::of_others(cx, bucket, key).await
    }

    async fn ask_first(&self, cx: &Context, id: &str) -> Result<()> {
        let (bucket, key) = split(id)?;
        versions::ask_first(cx, bucket, key).await
    }

    /// All versions that the stack has put go, so that nothing of it is left to pay for. A bucket that goes is emptied
    /// of the rest, if it may be.
    async fn delete(&self, cx: &Context, id: &str, _empty: bool) -> Result<()> {
        let (bucket, key) = split(id)?;
        match versions::delete(&cx.just_now(), bucket, key).await {
            Err(error) if error.is_not_found() => Ok(()),
            result => result,
        }
    }
}

/// A bucket's name has no slash, a key may.
fn split(id: &str) -> Result<(&str, &str)> {
    id.split_once('/').ok_or_else(|| Error::refused(format!("`{id}` is not a bucket and a key")))
}

fn attributes(place: &Place, bucket: &str, key: &str) -> Attributes {
    let (arn, domain) = (bucket::arn(place, bucket), bucket::domain(place, bucket));
    Attributes::from([
        ("arn".into(), format!("{arn}/{key}")),
        ("bucket".into(), bucket.into()),
        ("key".into(), key.into()),
        ("uri".into(), format!("s3://{bucket}/{key}")),
        ("url".into(), format!("https://{domain}/{}", encode_path(key))),
    ])
}

/// The call that puts `body`, the content of `spec`, with the headers of `headers`; S3 refuses it if the content is not the one
/// that was planned.
async fn request(
    cx: &Context,
    spec: &Spec,
    headers: &Spec,
    body: &Body,
    tags: &Tags,
) -> Result<PutObjectFluentBuilder> {
    let metadata = headers.metadata.clone().filter(|metadata| !metadata.is_empty());
    Ok(cx
        .clients
        .s3
        .put_object()
        .bucket(&spec.bucket)
        .key(&spec.key)
        .body(body.stream().await?)
        .checksum_sha256(content::checksum(spec)?)
        .set_content_type(headers.content_type.clone())
        .set_cache_control(headers.cache_control.clone().filter(|text| !text.is_empty()))
        .set_metadata(metadata.map(|metadata| metadata.into_iter().collect()))
        // What another service keeps in the bucket has a class that only this service can give.
        .set_storage_class(
            headers.storage_class.as_deref().filter(|class| STORAGE_CLASSES.contains(class)).map(StorageClass::from),
        )
        .tagging(tags::header(tags)?))
}

/// Puts the object again, with everything that it has and no property says. `seen`: the ETag of the content that a plan
/// saw, without which S3 refuses.
async fn replace(
    cx: &Context,
    spec: &Spec,
    headers: &Spec,
    body: &Body,
    tags: &Tags,
    seen: Option<&str>,
) -> Result<()> {
    let carried = carried::of(cx, &spec.bucket, &spec.key).await?;
    if seen.is_some_and(|seen| carried.etag().is_some_and(|now| now != seen)) {
        return Err(edited(spec));
    }
    let only_if = seen.map(|etag| format!("\"{etag}\""));
    let put = || async {
        let call = request(cx, spec, headers, body, tags).await?.set_if_match(only_if.clone());
        carried.put(call).await
    };
    let is_another = |error: &Error| {
        error.is(&["PreconditionFailed", "ConditionalRequestConflict"])
            || error.is_not_found() && !error.is(&["NoSuchBucket"])
    };
    match settled(put).await {
        Err(error) if seen.is_some() && is_another(&error) => {
            // The SDK asks again where an answer was lost, and finds what it has put itself.
            let now = live::read(cx, spec).await?;
            let is_put = now.is_some_and(|live| live.spec.content_sha256 == spec.content_sha256);
            if is_put { Ok(()) } else { Err(edited(spec)) }
        }
        answer => answer.map(drop).map_err(|error| carried.explain(&spec.bucket, &spec.key, explain(error, spec))),
    }
}

/// Its content was replaced, or it was deleted, since the plan was made.
fn edited(spec: &Spec) -> Error {
    let Spec { bucket, key, .. } = spec;
    Error::refused(format!("the s3.object `{bucket}/{key}` changed since the plan was made: its content differs"))
        .about(Code::Changed)
        .with_hint("its content was not touched; run the same command again for a plan of the current state")
}

fn explain(error: Error, spec: &Spec) -> Error {
    if error.is(&["NoSuchBucket"]) {
        return error.with_hint(format!(
            "there is no bucket `{}`: declare it in the stack and write `bucket: ${{bucket.name}}`",
            spec.bucket
        ));
    }
    match &spec.source {
        Some(source) if error.is(&["BadDigest", "XAmzContentChecksumMismatch"]) => {
            Error::found(content::changed(source))
        }
        Some(_) if error.is(&["InvalidRequest"]) => {
            error.with_hint("if the file changed since the plan, run the same command again")
        }
        _ => error,
    }
}

/// Objects are seen at once, everywhere; only a new bucket may not be.
async fn read_back(cx: &Context, spec: &Spec) -> Result<Live<Spec>> {
    let what = format!("the object `{}/{}` to be seen", spec.bucket, spec.key);
    wait::poll_until(&what, super::SETTLING, || live::read(cx, spec)).await
}

/// cloud101 uploads every object with a SHA-256, which listings show and other programs rarely use: only such objects
/// are asked for their tags. If a listing has no checksums at all, every object is, if there are not too many. The
/// first answer is how many there are.
async fn list_bucket(cx: &Context, bucket: &str) -> Result<(usize, Vec<Owned>)> {
    let (mut seen, mut keys, mut without, mut tells) = (0, Vec::new(), Vec::new(), false);
    let list = cx.clients.s3.list_objects_v2().bucket(bucket).encoding_type(EncodingType::Url);
    let mut pages = list.into_paginator().send().bounded();
    while let Some(page) = pages.next().await {
        let page = match page.call("s3:ListObjectsV2") {
            Ok(page) => page,
            Err(error) if error.is_not_found() => return Ok((0, Vec::new())),
            Err(error) => return Err(error),
        };
        let is_encoded = page.encoding_type == Some(EncodingType::Url);
        for object in page.contents.unwrap_or_default() {
            seen += 1;
            let sums = object.checksum_algorithm();
            tells |= !sums.is_empty();
            // The bucket may hold millions: only what can be the stack's is kept.
            let place = match sums.contains(&ChecksumAlgorithm::Sha256) {
                true => &mut keys,
                false if !tells && without.len() <= LISTED_WITHOUT_CHECKSUMS => &mut without,
                false => continue,
            };
            place.extend(object.key().map(|key| if is_encoded { decode(key) } else { key.to_owned() }));
        }
    }
    if !tells && without.len() <= LISTED_WITHOUT_CHECKSUMS {
        keys = without;
    }
    let found = try_side_by_side(keys, |key| async move {
        let id = format!("{bucket}/{key}");
        let tags = tags::of(cx, bucket, &key).await?.filter(|tags| cx.is_tagged(tags));
        Ok::<_, Error>(tags.map(|tags| Owned { name: id.clone(), id, tags }))
    })
    .await?;
    Ok((seen, found.into_iter().flatten().collect()))
}
