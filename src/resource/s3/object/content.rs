//! What is in an object: from the stack or from a file, and its hash.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::explain::Code;

use super::Spec;
use crate::aws::{Error, Result};
use crate::resource::{Base, Finding, is_unknown};

/// The most that one PutObject takes.
const SIZE_LIMIT: u64 = 5 * 1024 * 1024 * 1024;
/// The most of which lines are compared.
pub const TEXT_LIMIT: u64 = 64 * 1024;

/// What is wrong with `source` and `content`.
pub fn check(spec: &Spec, base: &Base) -> Option<Finding> {
    match (&spec.source, &spec.content) {
        (None, None) => Some(
            Finding::new(Code::Incomplete, "", "an object needs its content")
                .hint("add `source:` with a file, or `content:` with a text"),
        ),
        (Some(_), Some(_)) => Some(
            Finding::new(Code::Conflicting, "source", "the content is said twice")
                .hint("keep either `source` or `content`"),
        ),
        (Some(source), None) if !is_unknown(source) => file(source, base).err(),
        _ => None,
    }
}

/// The file that `source` names, if it can be an object.
fn file(source: &str, base: &Base) -> std::result::Result<PathBuf, Finding> {
    let path = base.find("source", source)?;
    let finding = |why: &str| Finding::new(Code::NotThatFile, "source", format!("`{source}` {why}"));
    match std::fs::metadata(&path) {
        Ok(file) if file.is_dir() => {
            Err(finding("is a folder").hint("an object is one file: name the file, with one resource for each"))
        }
        Ok(file) if !file.is_file() => Err(finding("is neither a folder nor a file")),
        Ok(file) if file.len() > SIZE_LIMIT => {
            Err(finding("is larger than 5 GiB").hint("upload it with `aws s3 cp`, which does it in parts"))
        }
        Ok(_) => Ok(path),
        Err(error) => Err(finding(&format!("can't be read: {error}"))),
    }
}

/// The SHA-256 of the content in hexadecimal, or what stands for it while it is not known; `None` if the spec says no
/// content.
pub fn hash(spec: &Spec, base: &Base) -> std::result::Result<Option<String>, Finding> {
    match (&spec.content, &spec.source) {
        (Some(unknown), _) | (_, Some(unknown)) if is_unknown(unknown) => Ok(Some(unknown.clone())),
        (Some(content), _) => Ok(Some(to_hex(&Sha256::digest(content.as_bytes())))),
        (None, Some(source)) => match hash_file(&file(source, base)?) {
            Ok(hash) => Ok(Some(hash)),
            Err(error) => Err(Finding::new(Code::NotThatFile, "source", format!("`{source}` can't be read: {error}"))),
        },
        (None, None) => Ok(None),
    }
}

fn hash_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut part = vec![0; 1 << 20];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(to_hex(&hasher.finalize())),
            length => hasher.update(&part[..length]),
        }
    }
}

/// Bytes in hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// The SHA-256 of S3's answers, base64, in hexadecimal; `None` for that of an upload in parts, which is one of hashes.
pub fn from_checksum(checksum: &str) -> Option<String> {
    BASE64_STANDARD.decode(checksum).ok().filter(|bytes| bytes.len() == 32).map(|bytes| to_hex(&bytes))
}

/// The planned hash as S3 wants it.
pub fn checksum(spec: &Spec) -> Result<String> {
    let hash = spec.content_sha256.as_deref().and_then(from_hex);
    let hash = hash.ok_or_else(|| Error::refused("the object's content is not known"))?;
    Ok(BASE64_STANDARD.encode(hash))
}

/// The content to send.
pub async fn body(spec: &Spec, base: &Base) -> Result<ByteStream> {
    match (&spec.content, &spec.source) {
        (Some(content), _) => Ok(ByteStream::from(content.clone().into_bytes())),
        (None, Some(source)) => {
            let path = file(source, base).map_err(Error::found)?;
            let body = ByteStream::from_path(path).await;
            body.map_err(|error| Error::refused(format!("`{source}` can't be read: {error}")))
        }
        (None, None) => Err(Error::refused("the object has neither `source` nor `content`")),
    }
}

/// The content, if it is a short text.
pub fn text(spec: &Spec, base: &Base) -> Option<String> {
    match (&spec.content, &spec.source) {
        (Some(content), _) => (content.len() as u64 <= TEXT_LIMIT && !is_unknown(content)).then(|| content.clone()),
        (None, Some(source)) => {
            let path = file(source, base).ok()?;
            let is_short = std::fs::metadata(&path).ok()?.len() <= TEXT_LIMIT;
            is_short.then(|| std::fs::read_to_string(path).ok()).flatten()
        }
        (None, None) => None,
    }
}

/// The content type that the key's ending suggests, or that of the file.
pub fn guess_type(spec: &Spec) -> String {
    let guess = |name: &str| mime_guess::from_path(name).first_raw();
    let of_file = || spec.source.as_deref().and_then(guess);
    guess(&spec.key).or_else(of_file).unwrap_or("application/octet-stream").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_hashes_like_its_text_and_as_s3_does() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.txt"), "hi").expect("a file");
        let file = Spec { source: Some("a.txt".into()), ..Spec::default() };
        let text = Spec { content: Some("hi".into()), ..Spec::default() };
        let hash = |spec: &Spec| hash(spec, &folder.path().into()).expect("a hash");
        assert_eq!(hash(&file), hash(&text));
        let checksum = checksum(&Spec { content_sha256: hash(&text), ..Spec::default() }).expect("a checksum");
        assert_eq!(from_checksum(&checksum), hash(&text));
        assert_eq!(from_checksum("abcd-3"), None);
    }
}
