//! What is in an object: from the stack or from a file, and its hash.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use aws_sdk_s3::primitives::ByteStream;
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::explain::Code;

use super::Spec;
use crate::aws::{Error, Result};
use crate::model::credential::HEAD;
use crate::resource::guard::{ARCHIVE_LIMIT, Guard};
use crate::resource::{Base, Diagnostic, Upload, is_unknown};

/// The most that one PutObject takes.
const SIZE_LIMIT: u64 = 5 * 1024 * 1024 * 1024;
/// The most that is compared with the planned hash before it is sent, and not by S3 alone.
const IN_MEMORY: u64 = 16 * 1024 * 1024;
/// The most of which lines are compared.
pub const TEXT_LIMIT: u64 = 64 * 1024;

/// What is wrong with `source` and `content`.
pub fn check(spec: &Spec, base: &Base) -> Option<Diagnostic> {
    match (&spec.source, &spec.content) {
        (None, None) => Some(
            Diagnostic::new(Code::Incomplete, "", "an object needs content")
                .help("add `source:` with a file, or `content:` with text"),
        ),
        (Some(_), Some(_)) => Some(
            Diagnostic::new(Code::Conflicting, "source", "the content is set twice")
                .help("keep either `source` or `content`"),
        ),
        (Some(source), None) if !is_unknown(source) => open(source, base).err(),
        _ => None,
    }
}

/// The file that `source` names, if it can be an object.
fn file(source: &str, base: &Base) -> std::result::Result<PathBuf, Diagnostic> {
    let path = base.find("source", source)?;
    let diagnostic = |why: &str| Diagnostic::new(Code::NotThatFile, "source", format!("`{source}` {why}"));
    match std::fs::metadata(&path) {
        Ok(file) if file.is_dir() => {
            Err(diagnostic("is a folder").help("an object is a single file: name a file, with one resource per file"))
        }
        Ok(file) if !file.is_file() => Err(diagnostic("is neither a folder nor a file")),
        Ok(file) if file.len() > SIZE_LIMIT => {
            Err(diagnostic("is larger than 5 GiB").help("upload it with `aws s3 cp`, which uses a multipart upload"))
        }
        Ok(_) => Ok(path),
        Err(error) => Err(diagnostic(&format!("can't be read: {error}"))),
    }
}

/// The file that `source` names, open, with its beginning; it is not a credential, unless the command line names it.
fn open(source: &str, base: &Base) -> std::result::Result<(File, Vec<u8>), Diagnostic> {
    let path = file(source, base)?;
    let mut head = Vec::new();
    let mut file = File::open(&path).map_err(|error| unreadable(source, &error))?;
    (&mut file).take(HEAD as u64).read_to_end(&mut head).map_err(|error| unreadable(source, &error))?;
    let mut guard = Guard::new(base, "source", source);
    guard.look("", &path, &head);
    if head.starts_with(b"PK") && file.metadata().is_ok_and(|meta| meta.len() <= ARCHIVE_LIMIT) {
        guard.look_inside("", &path, &file);
    }
    guard.verdict()?;
    file.seek(SeekFrom::Start(head.len() as u64)).map_err(|error| unreadable(source, &error))?;
    Ok((file, head))
}

fn unreadable(source: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(Code::NotThatFile, "source", format!("`{source}` can't be read: {error}"))
}

/// The SHA-256 of the content in hexadecimal, or what stands for it while it is not known; `None` if the spec says no
/// content.
pub fn hash(spec: &Spec, base: &Base) -> std::result::Result<Option<String>, Diagnostic> {
    match (&spec.content, &spec.source) {
        (Some(unknown), _) | (_, Some(unknown)) if is_unknown(unknown) => Ok(Some(unknown.clone())),
        (Some(content), _) => Ok(Some(to_hex(&Sha256::digest(content.as_bytes())))),
        (None, Some(source)) => {
            let (file, head) = open(source, base)?;
            Ok(Some(hash_rest(file, &head).map_err(|error| unreadable(source, &error))?))
        }
        (None, None) => Ok(None),
    }
}

/// The hash of a file of which `head` was read already.
fn hash_rest(mut file: File, head: &[u8]) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(head);
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
pub enum Body {
    /// It has the planned hash.
    Bytes(Vec<u8>),
    /// A file that is too large to be read at once: S3 compares it with the planned hash.
    File(PathBuf),
}

impl Body {
    /// For one call.
    pub async fn stream(&self) -> Result<ByteStream> {
        match self {
            Self::Bytes(bytes) => Ok(ByteStream::from(bytes.clone())),
            Self::File(path) => {
                let body = ByteStream::from_path(path).await;
                body.map_err(|error| Error::refused(format!("{} can't be read: {error}", path.display())))
            }
        }
    }
}

/// The content of a canonical spec, if possible the one with the planned hash.
pub fn body(spec: &Spec, base: &Base) -> Result<Body> {
    match (&spec.content, &spec.source) {
        (Some(content), _) => Ok(Body::Bytes(content.clone().into_bytes())),
        (None, Some(source)) => match planned(spec, source, base, IN_MEMORY).map_err(Error::found)? {
            Some(bytes) => Ok(Body::Bytes(bytes)),
            None => Ok(Body::File(file(source, base).map_err(Error::found)?)),
        },
        (None, None) => Err(Error::refused("the object has neither `source` nor `content`")),
    }
}

/// The content of the file that a canonical spec names, which must still have the hash that it had then; `None` if it
/// has more than `limit` bytes.
fn planned(spec: &Spec, source: &str, base: &Base, limit: u64) -> std::result::Result<Option<Vec<u8>>, Diagnostic> {
    let path = file(source, base)?;
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(source, &error))?;
    if bytes.len() as u64 > limit {
        return Ok(None);
    }
    match spec.content_sha256.as_deref() == Some(&*to_hex(&Sha256::digest(&bytes))) {
        true => Ok(Some(bytes)),
        false => Err(changed(source)),
    }
}

/// A file is no longer the one that was planned with.
pub fn changed(source: &str) -> Diagnostic {
    let message = format!("`{source}` was changed while this ran, and nothing of it was uploaded");
    Diagnostic::new(Code::Changed, "source", message)
        .help("run the same command again: it plans with the file as it is now")
}

/// What a plan says of the file.
pub fn upload(spec: &Spec, base: &Base) -> std::result::Result<Option<Upload>, Diagnostic> {
    let Some(source) = spec.source.as_deref().filter(|source| !is_unknown(source)) else { return Ok(None) };
    let bytes = std::fs::metadata(file(source, base)?).map_err(|error| unreadable(source, &error))?.len();
    Ok(Some(Upload::of_one("source", bytes)))
}

/// The content, if it is a short text and has the planned hash.
pub fn text(spec: &Spec, base: &Base) -> Option<String> {
    match (&spec.content, &spec.source) {
        (Some(content), _) => (content.len() as u64 <= TEXT_LIMIT && !is_unknown(content)).then(|| content.clone()),
        (None, Some(source)) => String::from_utf8(planned(spec, source, base, TEXT_LIMIT).ok()??).ok(),
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

    fn of(source: &str) -> Spec {
        Spec { source: Some(source.into()), ..Spec::default() }
    }

    #[test]
    fn a_credential_is_refused_unless_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
        std::fs::create_dir(folder.path().join(".aws")).expect("a folder");
        write(".aws/credentials", b"x");
        write("notes.txt", b"-----BEGIN PRIVATE KEY-----\n");
        write("slides.key", b"PK\x03\x04 no archive after all");
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file(".env", zip::write::SimpleFileOptions::default()).expect("an entry");
        write("site.zip", &archive.finish().expect("an archive").into_inner());
        let base = Base::from(folder.path());
        for (source, named) in [(".aws/credentials", ".aws"), ("notes.txt", "notes.txt"), ("site.zip", "site.zip/.env")]
        {
            let diagnostic = check(&of(source), &base).expect("refused");
            assert_eq!((diagnostic.code, diagnostic.path()), (Code::Credentials, "source"), "{diagnostic:?}");
            assert_eq!(hash(&of(source), &base), Err(diagnostic));
            let naming = base.clone().allowing_files([folder.path().join(named)]);
            assert_eq!(check(&of(source), &naming), None);
            assert!(hash(&of(source), &naming).is_ok());
        }
        assert_eq!(check(&of("slides.key"), &base), None);
    }

    #[test]
    fn what_is_sent_and_shown_has_the_planned_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "shown").expect("a file");
        let base = Base::from(folder.path());
        let spec = Spec { content_sha256: hash(&of("a.txt"), &base).expect("a hash"), ..of("a.txt") };
        assert!(matches!(body(&spec, &base), Ok(Body::Bytes(bytes)) if bytes == b"shown"));
        assert_eq!(text(&spec, &base).as_deref(), Some("shown"));
        std::fs::write(&path, "slipped in").expect("a file");
        let Err(error) = body(&spec, &base) else { panic!("not refused") };
        assert!(error.message.contains("`a.txt` was changed while this ran"), "{error}");
        assert_eq!(text(&spec, &base), None);
    }

    /// A head that is read first, and the rest of a file that is larger.
    #[test]
    fn a_file_of_any_size_has_the_hash_of_all_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for size in [0, 1, HEAD - 1, HEAD, HEAD + 1, 3 * HEAD] {
            let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
            std::fs::write(folder.path().join("a"), &bytes).expect("a file");
            let hash = hash(&of("a"), &folder.path().into()).expect("a hash");
            assert_eq!(hash, Some(to_hex(&Sha256::digest(&bytes))), "{size}");
        }
    }
}
