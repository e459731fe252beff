//! The code of a function or a layer: from a folder, a file or a .zip to the bytes that are uploaded.
//!
//! The same code makes the same bytes on every computer, because their hash is what a plan compares. So the entries
//! are sorted, carry no date and one of two modes, and are *not compressed*: what a compressor makes of a file changes
//! with its version, and a plan must stay empty when cloud101 is upgraded. A test holds the bytes fast. The price is
//! that 50 MiB are 50 MiB of files; anyone who has more can bring a .zip.

mod archive;
pub mod fetch;
#[cfg(test)]
mod tests;
mod walk;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use crate::explain::Code;
use crate::model::credential::HEAD;
use crate::resource::guard::Guard;
use crate::resource::{Base, Diagnostic, Upload, UploadedFile};

use walk::{Entry, Walk, is_executable};

/// A package has fewer bytes than this (Lambda quotas: 50 MB, zipped, for direct upload).
const UPLOAD_LIMIT: u64 = 50 * 1024 * 1024;
/// Its files have fewer bytes than this, unpacked and together with those of layers.
const UNPACKED_LIMIT: u64 = 250 * 1024 * 1024;
/// How many texts are worth showing in a plan, and how long one may be, in bytes.
const TEXTS: usize = 20;
const TEXT_LIMIT: u64 = 64 * 1024;

/// Where the code comes from.
#[derive(Debug)]
enum Source {
    /// These files, sorted by name.
    Files(Vec<Entry>),
    /// This archive, as it is.
    Archive(PathBuf),
}

/// Code that is ready to be uploaded.
#[derive(Debug, PartialEq, Eq)]
pub struct Packed {
    /// What is uploaded.
    pub bytes: Vec<u8>,
    /// The files in it.
    pub files: Vec<UploadedFile>,
    /// Their size in bytes, before they are packed; that of an archive is its own.
    pub size: u64,
}

impl Packed {
    /// What a plan says of it.
    pub fn upload(self) -> Upload {
        Upload::of_files("code", self.size, self.files)
    }
}

/// The code, packed. The diagnostic is about the property `code`.
pub fn pack(code: &str, base: &Base) -> Result<Packed, Diagnostic> {
    let mut guard = Guard::new(base, "code", code);
    let packed = match source(code, base)? {
        Source::Archive(path) => {
            let archive::Content { bytes, files } = archive::read(code, &path, &mut guard)?;
            let files = files.into_iter().map(|(file, _)| file).collect();
            Packed { size: bytes.len() as u64, bytes, files }
        }
        Source::Files(entries) => files(code, &entries, base, &mut guard)?,
    };
    guard.verdict()?;
    Ok(packed)
}

/// The `code` of a canonical spec, packed once more: it must still have the hash `code_sha256`, which it had then.
pub fn planned(code: Option<&str>, code_sha256: Option<&str>, base: &Base) -> Result<Packed, Diagnostic> {
    let code = code.unwrap_or_default();
    let packed = pack(code, base)?;
    if code_sha256 == Some(&*sha256(&packed.bytes)) {
        return Ok(packed);
    }
    Err(diagnostic(Code::Changed, format!("`{code}` was changed while this ran, and nothing of it was uploaded"))
        .help("run the same command again: it plans with the code as it is now"))
}

/// A file in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packable {
    /// Its name, with forward slashes.
    pub name: String,
    /// Whether it may be run.
    pub executable: bool,
}

/// The files in the code.
pub fn names(code: &str, base: &Base) -> Result<Vec<Packable>, Diagnostic> {
    let mut guard = Guard::new(base, "code", code);
    let names = match source(code, base)? {
        Source::Files(entries) => {
            let mut names = Vec::new();
            for entry in entries {
                let mut file = entry.open().map_err(|why| unreadable(&entry.shown(code), &why))?;
                let mut head = Vec::new();
                let read = (&mut file).take(HEAD as u64).read_to_end(&mut head);
                read.map_err(|why| unreadable(&entry.shown(code), &why))?;
                if !entry.is_left_out(&head, base) {
                    entry.show(&mut guard, &head, file);
                    names.push(Packable { name: entry.name, executable: entry.executable });
                }
            }
            if names.is_empty() { Err(nothing(code))? } else { names }
        }
        Source::Archive(path) => {
            let content = archive::read(code, &path, &mut guard)?;
            content.files.into_iter().map(|(file, executable)| Packable { name: file.name, executable }).collect()
        }
    };
    guard.verdict()?;
    Ok(names)
}

/// The hash by which AWS knows the bytes (CodeSha256).
pub fn sha256(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

/// The texts in an archive, by name: the first few that are short and UTF-8. What can't be read is left out.
pub fn texts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return texts;
    };
    for n in 0..archive.len() {
        let Ok(file) = archive.by_index(n) else { continue };
        if texts.len() == TEXTS || file.size() >= TEXT_LIMIT || !file.is_file() {
            continue;
        }
        let Ok(name) = file.name().map(Cow::into_owned) else { continue };
        let mut text = String::new();
        if file.take(TEXT_LIMIT).read_to_string(&mut text).is_ok() && !text.contains('\0') {
            texts.insert(name, text);
        }
    }
    texts
}

fn source(code: &str, base: &Base) -> Result<Source, Diagnostic> {
    if code.trim().is_empty() {
        return Err(diagnostic(Code::NoCode, "`code` does not name a folder or a file".to_owned())
            .help("for example `code: my_function`, a folder next to the stack file"));
    }
    let root = base.find("code", code)?;
    if root.is_dir() {
        return Walk::through(code, root, base).map(Source::Files);
    }
    let meta = fs::metadata(&root).map_err(|why| unreadable(code, &why))?;
    // A link's own name is the one that the handler says.
    let path = Path::new(code);
    match path.file_name().and_then(|name| name.to_str()) {
        Some(_) if meta.is_file() && meta.len() >= UPLOAD_LIMIT => Err(too_large(code)),
        Some(_) if meta.is_file() && is_archive(path) => Ok(Source::Archive(root)),
        Some(name) if meta.is_file() => {
            let executable = is_executable(&meta, name);
            Ok(Source::Files(vec![Entry { name: name.to_owned(), inner: String::new(), executable, path: root }]))
        }
        _ => Err(diagnostic(Code::NotThatFile, format!("`{code}` is neither a folder nor a file"))),
    }
}

/// Whether Lambda unpacks such a file as it is. A .jar inside of another archive is not on Java's class path.
fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["zip", "jar"].iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// Packs files. Each is read once, so that what is looked at is what is packed.
fn files(code: &str, entries: &[Entry], base: &Base, guard: &mut Guard<'_>) -> Result<Packed, Diagnostic> {
    let failed =
        |why: &dyn std::fmt::Display| diagnostic(Code::NotThatFile, format!("`{code}` can't be packed: {why}"));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let (mut files, mut size) = (Vec::new(), 0);
    for entry in entries {
        let mut bytes = Vec::new();
        // It may have become larger since the walk.
        let read = entry.open().and_then(|file| file.take(UPLOAD_LIMIT).read_to_end(&mut bytes));
        read.map_err(|why| unreadable(&entry.shown(code), &why))?;
        let head = &bytes[..bytes.len().min(HEAD)];
        if entry.is_left_out(head, base) {
            continue;
        }
        size += bytes.len() as u64;
        if size >= UPLOAD_LIMIT {
            return Err(too_large_unpacked(code));
        }
        entry.show(guard, head, Cursor::new(&bytes));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(if entry.executable { 0o755 } else { 0o644 });
        writer.start_file(&entry.name, options).map_err(|why| failed(&why))?;
        writer.write_all(&bytes).map_err(|why| failed(&why))?;
        files.push(UploadedFile { name: entry.name.clone(), bytes: bytes.len() as u64 });
    }
    if files.is_empty() {
        return Err(nothing(code));
    }
    let bytes = writer.finish().map_err(|why| failed(&why))?.into_inner();
    if bytes.len() as u64 >= UPLOAD_LIMIT {
        return Err(too_large_unpacked(code));
    }
    Ok(Packed { bytes, files, size })
}

fn diagnostic(code: Code, message: String) -> Diagnostic {
    Diagnostic::new(code, "code", message)
}

fn unreadable(what: &str, why: &std::io::Error) -> Diagnostic {
    diagnostic(Code::NotThatFile, format!("`{what}` can't be read: {why}"))
}

fn nothing(code: &str) -> Diagnostic {
    diagnostic(Code::NoCode, format!("the folder `{code}` has no files to upload"))
        .help("add the code, for example an `index.py`")
}

fn too_large(code: &str) -> Diagnostic {
    diagnostic(Code::TooLong, format!("`{code}` has 50 MiB or more, which is more than AWS accepts in one upload"))
        .help(
            "remove what is not needed, move large libraries to a layer (`lambda.layer`), or upload the archive to a \
             bucket and name it in `code_s3`",
        )
}

/// The same for files that cloud101 packs.
fn too_large_unpacked(code: &str) -> Diagnostic {
    let message =
        format!("`{code}` has 50 MiB or more, which is more than AWS accepts: folders are packed without compression");
    diagnostic(Code::TooLong, message).help(
        "pack it yourself, if that makes it small enough: `zip -r ../code.zip .` inside the folder, and \
         `code: code.zip`; or remove what is not needed, move large libraries to a layer (`lambda.layer`), \
         or upload the archive to a bucket that `code_s3` names",
    )
}
