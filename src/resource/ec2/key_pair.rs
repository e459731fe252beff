//! `ec2.key_pair`: the public half of a key with which one logs in to an instance.

pub mod private_half;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{Filter, KeyPairInfo, ResourceType};
use base64::prelude::{BASE64_STANDARD, Engine};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::claim::{is_mine, taken};
use crate::aws::{Call, Context, Error, ErrorKind, Result};
use crate::explain::Code;
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Derived, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, is_unknown, texts,
};

use super::account_profile;
use super::tag::{self, filter, of_stack, specification, tags_of};

/// The types of key that EC2 takes (API: ImportKeyPair).
const TYPES: [&str; 2] = ["ssh-ed25519", "ssh-rsa"];

/// A file with a public key is not larger, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

/// How many values one filter of a Describe call takes.
const FILTER_VALUES: usize = 200;

/// The kind.
pub struct KeyPair;

/// What a stack calls it.
pub const KIND: &str = "ec2.key_pair";

/// The properties of `ec2.key_pair`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The public key: the line that begins with `ssh-ed25519` or `ssh-rsa`, or the file that holds it, relative to
    /// the stack file or in the home folder: `~/.ssh/id_ed25519.pub`. The private key stays with its owner; cloud101 never asks for it.
    #[schemars(extend(
        "x-replace" = true,
        "examples" = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f teacher@example.edu"],
    ))]
    pub public_key: String,
}

impl Resource for KeyPair {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
        ("name", "The key pair's name, for use in an instance."),
        ("arn", "The key pair's ARN."),
        ("id", "The id that AWS assigns (key-…)."),
        ("fingerprint", "The public key's fingerprint, as computed by AWS."),
    ]),
            derived: vec![Derived { attribute: "fingerprint".into(), from: texts(["public_key"]) }],
            made_by: "ec2:ImportKeyPair".into(),
            listed_by: "ec2:DescribeKeyPairs by tag".into(),
            remove: "aws ec2 delete-key-pair --key-name {id} --region {region}".into(),
            untag: "aws ec2 delete-tags --tags Key=cloud101:stack --region {region} --resources \
        \"$(aws ec2 describe-key-pairs --key-names {id} --region {region} --query 'KeyPairs[0].KeyPairId' --output text)\"".into(),
            tagged_as: Some("key-pair".into()),
is_listed_by_tag: true,
is_listed_elsewhere: false,
permissions: crate::resource::ec2::permissions::key_pair(),
provision: account_profile::key_pair,
..KindInfo::new(KIND, "The public half of a key pair: the holder of the private half can log in to the instances that use it.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into()), ("arn".into(), arn(place, name))])
    }

    fn check(&self, name: &str, spec: &Spec, base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<_> = read_key(&spec.public_key, base).err().into_iter().collect();
        let fine = name.is_ascii() && (1..=255).contains(&name.len()) && name.trim() == name;
        if !is_unknown(name) && !fine {
            diagnostics.push(
                Diagnostic::new(Code::AwsName, "name", format!("`{name}` is not a key pair's name"))
                    .help("use 1 to 255 ASCII characters, without a space at either end"),
            );
        }
        diagnostics
    }

    /// The key as its type and body: the comment means nothing, and AWS keeps another one.
    fn canonical(&self, spec: Spec, base: &Base) -> std::result::Result<Spec, Diagnostic> {
        Ok(Spec { public_key: read_key(&spec.public_key, base)? })
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        let found = match found(cx, desired).await {
            Ok(found) => found,
            Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
        };
        let by_name: HashMap<_, _> = found.iter().rev().map(|pair| (pair.key_name.as_deref(), pair)).collect();
        let pick = |desired: &Desired<Spec>| {
            Ok(by_name.get(&Some(desired.name.as_str())).map(|pair| live(cx, (*pair).clone(), &desired.spec)))
        };
        desired.iter().map(pick).collect()
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let pairs = tagged(cx).await?.into_iter();
        let tagged = pairs.filter_map(|pair| {
            let name = pair.key_name?;
            Some(Owned { id: name.clone(), name, tags: tags_of(pair.tags.as_deref()) })
        });
        Ok(Listing::by_tag(cx, tagged))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let (name, spec) = (&desired.name, &desired.spec);
        // The canonical key itself: a file that it came from may hold another one by now.
        let key = parse(&spec.public_key).map_err(Error::found)?;
        let answer = cx
            .clients
            .ec2
            .import_key_pair()
            .key_name(name)
            .public_key_material(Blob::new(key.clone()))
            .tag_specifications(specification(ResourceType::KeyPair, &desired.tags))
            .send()
            .await
            .call("ec2:ImportKeyPair");
        match answer {
            // The answer says all there is to know, so there is no wait for DescribeKeyPairs to catch up.
            Ok(answer) => {
                let pair = KeyPairInfo::builder()
                    .key_name(name)
                    .set_key_pair_id(answer.key_pair_id)
                    .set_key_fingerprint(answer.key_fingerprint)
                    .public_key(key)
                    .set_tags(Some(tag::sdk_tags(&desired.tags)))
                    .build();
                Ok(live(cx, pair, spec))
            }
            Err(error) if error.kind == ErrorKind::Exists => {
                let what = format!("the key pair `{name}`");
                match named(cx, name).await?.map(|pair| live(cx, pair, spec)) {
                    Some(live) if is_mine(cx, &desired.address, name, &live.tags) && live.spec.public_key == key => {
                        Ok(live)
                    }
                    Some(live) if is_mine(cx, &desired.address, name, &live.tags) => {
                        Err(Error::refused(format!("{what} was just created with another key"))
                            .with_hint("run the same command again: it will replace it"))
                    }
                    Some(live) => Err(taken(cx, name, &live.tags, &what)),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// There is nothing that AWS can change in a key pair besides its tags.
    async fn update(
        &self,
        _cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        _change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        Ok(live.clone())
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        let pair = named(cx, name).await?;
        Ok(pair.map(|pair| Current { invented: pair.key_pair_id, ..Current::tagged(tags_of(pair.tags.as_deref())) }))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let id = named(cx, name).await?.and_then(|pair| pair.key_pair_id);
        let id = id.ok_or_else(|| Error::refused(format!("there is no key pair `{name}` any more")))?;
        tag::update_tags(cx, [id], set, remove).await
    }

    /// DeleteKeyPair succeeds for a name that is not there.
    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let call = cx.clients.ec2.delete_key_pair().key_name(name);
        call.send().await.call_if_found("ec2:DeleteKeyPair")?;
        Ok(())
    }
}

fn arn(place: &Place, name: &str) -> String {
    place.arn("ec2", &format!("key-pair/{name}"))
}

/// The key pairs that pass a filter, or all. DescribeKeyPairs has no pages.
pub(super) async fn describe(cx: &Context, which: Option<Filter>) -> Result<Vec<KeyPairInfo>> {
    let call = cx.clients.ec2.describe_key_pairs().include_public_key(true).set_filters(which.map(|which| vec![which]));
    Ok(call.send().await.call("ec2:DescribeKeyPairs")?.key_pairs.unwrap_or_default())
}

/// Those with the stack's tag.
async fn tagged(cx: &Context) -> Result<Vec<KeyPairInfo>> {
    cx.shared("key pairs of the stack", describe(cx, Some(of_stack(cx)))).await
}

/// The key pairs with these names, regardless of owner. Only those that are not the stack's are asked for once more.
async fn found(cx: &Context, desired: &[Desired<Spec>]) -> Result<Vec<KeyPairInfo>> {
    if desired.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = tagged(cx).await?;
    let is_missing = |name: &&String| !found.iter().any(|pair| pair.key_name.as_ref() == Some(*name));
    let missing: Vec<_> = desired.iter().map(|desired| &desired.name).filter(is_missing).collect();
    for some in missing.chunks(FILTER_VALUES) {
        let names = filter("key-name", some.iter().copied());
        found.extend(describe(cx, Some(names)).await?);
    }
    Ok(found)
}

async fn named(cx: &Context, name: &str) -> Result<Option<KeyPairInfo>> {
    let pairs = describe(cx, Some(filter("key-name", [name]))).await?;
    Ok(pairs.into_iter().find(|pair| pair.key_name.as_deref() == Some(name)))
}

pub(super) fn live(cx: &Context, pair: KeyPairInfo, desired: &Spec) -> Live<Spec> {
    let name = pair.key_name.unwrap_or_default();
    let reported = pair.public_key.as_deref().and_then(|key| parse(key).ok());
    let is_reported = reported.is_some();
    let spec = Spec { public_key: reported.unwrap_or_else(|| desired.public_key.clone()) };
    let attributes = Attributes::from([
        ("arn".into(), arn(&cx.place, &name)),
        ("name".into(), name.clone()),
        ("id".into(), pair.key_pair_id.unwrap_or_default()),
        ("fingerprint".into(), pair.key_fingerprint.unwrap_or_default()),
    ]);
    let mut live = Live::new(name, spec, attributes, tags_of(pair.tags.as_deref()));
    if !is_reported {
        live.notes.push("AWS does not return this key pair's public key, so cloud101 can't compare it".into());
    }
    live
}

/// The key in canonical form, out of the text itself or the file that it names.
fn read_key(text: &str, base: &Base) -> std::result::Result<String, Diagnostic> {
    if is_unknown(text) {
        return Ok(text.to_owned());
    }
    if is_private(text) {
        return Err(private("this is a private key"));
    }
    let key = text.trim();
    if key.contains('\n') || key.contains(' ') && (is_type(key) || key.starts_with('-')) {
        return parse(text);
    }
    let content = read_short(&path_of(text, base)).map_err(|error| {
        // What is long is not a path, and may be something that should not be shown.
        let shown = if text.len() > 100 { "this" } else { &format!("`{text}`") };
        Diagnostic::new(
            Code::PublicKey,
            "public_key",
            match error.kind() {
                std::io::ErrorKind::NotFound => format!("{shown} is neither a public key nor an existing file"),
                _ => format!("{shown} is neither a public key nor a readable file: {error}"),
            },
        )
        .help(
            "write the line that begins with `ssh-ed25519` or `ssh-rsa`, or the path of the `.pub` file; \
             `ssh-keygen -t ed25519` creates a pair",
        )
    })?;
    if is_private(&content) {
        return Err(private(&format!("`{text}` contains a private key"))
            .help(format!("the public one is usually in `{text}.pub`")));
    }
    parse(&content)
}

/// A short text. What is not one, such as a device or a pipe, is not read.
fn read_short(path: &Path) -> std::io::Result<String> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() || meta.len() > FILE_LIMIT {
        return Err(std::io::Error::other("it is not a short text"));
    }
    std::fs::read_to_string(path)
}

/// Where a key's file is. It may be anywhere, as in `~/.ssh`: what is not a public key goes nowhere, nor is it shown.
/// `~/` is the home folder, as people are used to.
fn path_of(text: &str, base: &Base) -> PathBuf {
    match (text.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => base.folder().join(text),
    }
}

/// Whether `text` begins as OpenSSH's types of keys do.
fn is_type(text: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| text.starts_with(prefix))
}

fn is_private(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File")
}

/// Says so without showing it.
fn private(what: &str) -> Diagnostic {
    Diagnostic::new(
        Code::PrivateKey,
        "public_key",
        format!("{what}: AWS needs the public key; the private key must stay private"),
    )
    .help(
        "use the file that ends in `.pub`; if the private key was shared, create a new pair with `ssh-keygen -t \
            ed25519`",
    )
}

/// Type and body of an OpenSSH public key; lines that begin with `#` are comments.
fn parse(text: &str) -> std::result::Result<String, Diagnostic> {
    let hint = "write one line of the form `ssh-ed25519 AAAA… comment`, as in a `.pub` file that `ssh-keygen -t \
            ed25519` created";
    let wrong = |message: String| Diagnostic::new(Code::PublicKey, "public_key", message).help(hint);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let [line] = lines.as_slice() else {
        return Err(wrong(format!("a public key is a single line, but this has {}", lines.len())));
    };
    let mut words = line.split_whitespace();
    let (Some(sort), Some(body)) = (words.next(), words.next()) else {
        return Err(wrong("a public key has a type and a body".into()));
    };
    if !TYPES.contains(&sort) {
        // Of a file that holds something else, not a word is shown.
        let sort = if is_type(sort) { format!("`{sort}`") } else { "this type".to_owned() };
        return Err(wrong(format!("EC2 accepts keys of the types {}, not {sort}", TYPES.join(" and "))));
    }
    match (sort, BASE64_STANDARD.decode(body).ok().as_deref().and_then(fields).as_deref()) {
        ("ssh-ed25519", Some([own, key])) if *own == sort.as_bytes() && key.len() == 32 => Ok(format!("{sort} {body}")),
        ("ssh-rsa", Some([own, _, modulus])) if *own == sort.as_bytes() => match bits(modulus) {
            1024 | 2048 | 4096 => Ok(format!("{sort} {body}")),
            bits => Err(Diagnostic::new(
                Code::PublicKey,
                "public_key",
                format!("EC2 accepts RSA keys of 1024, 2048 and 4096 bits, but this one has {bits}"),
            )
            .help("create one with `ssh-keygen -t ed25519`, or with `ssh-keygen -t rsa -b 4096`")),
        },
        _ => Err(wrong("the public key's body is damaged or incomplete".into())),
    }
}

/// The parts of a key's body, each after four bytes with its length (RFC 4253, section 6.6); `None` if it does not end
/// where the last of them does.
fn fields(mut body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !body.is_empty() {
        let (length, rest) = body.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        fields.push(field);
        body = rest;
    }
    Some(fields)
}

/// How many bits a number has, whose first byte is zero where its sign would be taken for part of it.
fn bits(number: &[u8]) -> usize {
    let digits: &[u8] = number.iter().position(|byte| *byte != 0).map_or(&[], |first| &number[first..]);
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests;
