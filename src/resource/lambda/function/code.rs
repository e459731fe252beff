//! A function's code: from a folder, a file or a .zip to the bytes that are uploaded.
//!
//! The same code makes the same bytes on every computer, because their hash is what a plan compares. So the entries
//! are sorted, carry no date and one of two modes, and are *not compressed*: what a compressor makes of a file changes
//! with its version, and a plan must stay empty when cloud101 is upgraded. A test holds the bytes fast. The price is
//! that 50 MiB are 50 MiB of files; who has more can bring a .zip.

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
use crate::resource::{Base, Finding};

/// What Lambda accepts in one request (Lambda quotas: 50 MB, zipped, for direct upload).
const UPLOAD_LIMIT: u64 = 50 * 1024 * 1024;
/// How many files and folders a function may have; links to folders could make any number of them.
const FILES_LIMIT: usize = 50_000;
/// How many texts are worth showing in a plan, and how long one may be, in bytes.
const TEXTS: usize = 20;
const TEXT_LIMIT: u64 = 64 * 1024;

/// What is never uploaded: what Python, git, macOS and Jupyter leave behind.
const IGNORED: [&str; 4] = ["__pycache__", ".git", ".DS_Store", ".ipynb_checkpoints"];

/// Where the code comes from.
#[derive(Debug)]
enum Source {
    /// These files, sorted by name.
    Files(Vec<Entry>),
    /// This archive, as it is.
    Archive(PathBuf),
}

/// A file to pack.
#[derive(Debug)]
struct Entry {
    /// Its name in the archive, with forward slashes.
    name: String,
    path: PathBuf,
    executable: bool,
}

/// The bytes to upload. The finding is about the property `code`.
pub fn pack(code: &str, base: &Base) -> Result<Vec<u8>, Finding> {
    let bytes = match source(code, base)? {
        Source::Archive(path) => archive(code, &path)?,
        Source::Files(entries) => {
            zip(&entries).map_err(|why| problem(Code::NotThatFile, format!("`{code}` can't be packed: {why}")))?
        }
    };
    if bytes.len() as u64 > UPLOAD_LIMIT {
        return Err(too_large(code));
    }
    Ok(bytes)
}

/// The names of the files in the code, with forward slashes.
pub fn names(code: &str, base: &Base) -> Result<Vec<String>, Finding> {
    match source(code, base)? {
        Source::Files(entries) => Ok(entries.into_iter().map(|entry| entry.name).collect()),
        Source::Archive(path) => {
            let bytes = archive(code, &path)?;
            let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|why| not_a_zip(code, &why))?;
            let names = archive.file_names().map(|name| name.map(Cow::into_owned));
            names.collect::<Result<_, _>>().map_err(|why| not_a_zip(code, &why))
        }
    }
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

fn source(code: &str, base: &Base) -> Result<Source, Finding> {
    if code.trim().is_empty() {
        return Err(problem(Code::NoCode, "`code` names no folder and no file".to_owned())
            .hint("for example `code: my_function`, a folder beside the stack file"));
    }
    let root = base.find("code", code)?;
    if root.is_dir() {
        let mut walk = Walk { code, root: root.clone(), above: Vec::new(), entries: Vec::new(), seen: 0, size: 0 };
        walk.folder(&root, "")?;
        if walk.entries.is_empty() {
            return Err(problem(Code::NoCode, format!("the folder `{code}` has no files to upload"))
                .hint("put the function's code into it, for example an `index.py`"));
        }
        walk.entries.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(Source::Files(walk.entries));
    }
    let meta = fs::metadata(&root).map_err(|why| unreadable(code, &why))?;
    // A link's own name is the one that the handler says.
    let path = Path::new(code);
    match path.file_name().and_then(|name| name.to_str()) {
        Some(_) if meta.is_file() && meta.len() > UPLOAD_LIMIT => Err(too_large(code)),
        Some(_) if meta.is_file() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip")) => {
            Ok(Source::Archive(root))
        }
        Some(name) if meta.is_file() => {
            let entry = Entry { name: name.to_owned(), executable: is_executable(&meta), path: root };
            Ok(Source::Files(vec![entry]))
        }
        _ => Err(problem(Code::NotThatFile, format!("`{code}` is neither a folder nor a file"))),
    }
}

/// A walk through a folder, links included as long as they stay inside.
struct Walk<'a> {
    code: &'a str,
    root: PathBuf,
    /// The folders that one is in, as the file system knows them, to notice a link that leads in a circle.
    above: Vec<PathBuf>,
    entries: Vec<Entry>,
    /// How many files and folders were looked at, those more than once to which several links lead.
    seen: usize,
    size: u64,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Finding> {
        self.above.push(folder.to_owned());
        for entry in fs::read_dir(folder).map_err(|why| unreadable(self.code, &why))? {
            let path = entry.map_err(|why| unreadable(self.code, &why))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(problem(Code::NotThatFile, format!("`{}` has a name that is not UTF-8", path.display())));
            };
            if IGNORED.contains(&name) || name.ends_with(".pyc") {
                continue;
            }
            self.entry(&path, format!("{prefix}{name}"))?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) -> Result<(), Finding> {
        self.seen += 1;
        if self.seen > FILES_LIMIT {
            return Err(problem(
                Code::TooLong,
                format!("`{}` has more than {FILES_LIMIT} files and folders", self.code),
            )
            .hint("leave out what the function does not need; links to folders count as often as they are there"));
        }
        let real = fs::canonicalize(path).map_err(|why| unreadable(&format!("{}/{name}", self.code), &why))?;
        if !real.starts_with(&self.root) {
            return Err(problem(
                Code::FileOutside,
                format!("`{}/{name}` is a link that leads out of the folder", self.code),
            )
            .hint("copy the file into the folder"));
        }
        let meta = fs::metadata(&real).map_err(|why| unreadable(&format!("{}/{name}", self.code), &why))?;
        if meta.is_dir() {
            if self.above.contains(&real) {
                return Err(problem(
                    Code::NotThatFile,
                    format!("`{}/{name}` is a link that leads in a circle", self.code),
                ));
            }
            return self.folder(&real, &format!("{name}/"));
        }
        if !meta.is_file() {
            return Err(problem(Code::NotThatFile, format!("`{}/{name}` is neither a folder nor a file", self.code)));
        }
        self.size += meta.len();
        if self.size > UPLOAD_LIMIT {
            return Err(too_large(self.code));
        }
        self.entries.push(Entry { name, path: real, executable: is_executable(&meta) });
        Ok(())
    }
}

fn zip(entries: &[Entry]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(if entry.executable { 0o755 } else { 0o644 });
        writer.start_file(&entry.name, options)?;
        writer.write_all(&fs::read(&entry.path)?)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// An archive's bytes. Nothing is unpacked here, but whoever does so shall not be led out of the function's folder.
fn archive(code: &str, path: &Path) -> Result<Vec<u8>, Finding> {
    let bytes = fs::read(path).map_err(|why| unreadable(code, &why))?;
    let archive = ZipArchive::new(Cursor::new(&bytes)).map_err(|why| not_a_zip(code, &why))?;
    if archive.is_empty() {
        return Err(problem(Code::BadArchive, format!("`{code}` is an empty archive")));
    }
    for name in archive.file_names() {
        let name = name.map_err(|why| not_a_zip(code, &why))?;
        if leads_out(&name) {
            return Err(problem(
                Code::BadArchive,
                format!("`{code}` has an entry `{}` that leads out of it", name.escape_debug()),
            )
            .hint("make it anew, from inside the function's folder: `zip -r ../code.zip .`"));
        }
    }
    Ok(bytes)
}

/// Whether an entry's name is not that of something inside, on any system that might unpack it.
fn leads_out(name: &str) -> bool {
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    name.starts_with(['/', '\\'])
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == ".." || is_drive(part))
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_meta: &fs::Metadata) -> bool {
    false
}

fn problem(code: Code, message: String) -> Finding {
    Finding::new(code, "code", message)
}

fn unreadable(what: &str, why: &std::io::Error) -> Finding {
    problem(Code::NotThatFile, format!("`{what}` can't be read: {why}"))
}

fn not_a_zip(code: &str, why: &zip::result::ZipError) -> Finding {
    tracing::debug!(code, %why, "no zip archive");
    problem(Code::BadArchive, format!("`{code}` is no zip archive, or a damaged one"))
        .hint("`code:` takes the folder itself, too, without packing it; or pack it anew: `zip -r ../code.zip .`")
}

fn too_large(code: &str) -> Finding {
    problem(Code::TooLong, format!("`{code}` is larger than 50 MiB, the most that AWS takes in one upload"))
        .hint("leave out what the function does not need, or put large libraries into a layer and name it in `layers`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    /// If this fails after an upgrade of `zip`, every function's code would show as changed.
    #[test]
    fn the_packed_bytes_never_change() {
        let base = folder(&[("code/index.py", "x = 1\n"), ("code/lib/a.py", ""), ("code/lib.py", "y = 2\n")]);
        let bytes = pack("code", &base.path().into()).expect("packed");
        assert_eq!(names("code", &base.path().into()).expect("names"), ["index.py", "lib.py", "lib/a.py"]);
        assert_eq!(sha256(&bytes), "djXMWVeH2+MqDliMQRZDKQDVAp7l7s6w/T1X4+XmYNQ=");
    }

    #[test]
    fn leftovers_are_left_out_and_one_file_is_enough() {
        let base = folder(&[
            ("code/index.py", "x = 1\n"),
            ("code/__pycache__/index.cpython-313.pyc", "-"),
            ("code/old.pyc", "-"),
            ("code/.git/HEAD", "-"),
            ("code/.DS_Store", "-"),
        ]);
        assert_eq!(names("code", &base.path().into()).expect("names"), ["index.py"]);
        assert_eq!(
            pack("code", &base.path().into()).expect("folder"),
            pack("code/index.py", &base.path().into()).expect("file")
        );
    }

    #[test]
    fn an_archive_is_taken_as_it_is() {
        let base = folder(&[("code/index.py", "x = 1\n"), ("no.zip", "not a zip")]);
        let bytes = pack("code", &base.path().into()).expect("packed");
        fs::write(base.path().join("code.zip"), &bytes).expect("written");
        assert_eq!(pack("code.zip", &base.path().into()).expect("archive"), bytes);
        assert_eq!(texts(&bytes), BTreeMap::from([("index.py".into(), "x = 1\n".into())]));
        assert!(pack("no.zip", &base.path().into()).expect_err("refused").message.contains("is no zip archive"));
    }

    #[test]
    fn what_is_missing_or_empty_is_said() {
        let base = folder(&[("email_agent/index.py", "")]);
        fs::create_dir(base.path().join("empty")).expect("a folder");
        let missing = pack("emial_agent", &base.path().into()).expect_err("missing");
        assert_eq!(missing.hint.as_deref(), Some("did you mean `email_agent`?"));
        assert!(pack("empty", &base.path().into()).expect_err("empty").message.contains("no files"));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_go_nowhere_in_circles() {
        use std::os::unix::fs::symlink;
        let base = folder(&[("code/index.py", "x"), ("secret.txt", "s")]);
        let code = base.path().join("code");
        symlink("index.py", code.join("same.py")).expect("a link");
        assert_eq!(names("code", &base.path().into()).expect("names"), ["index.py", "same.py"]);
        symlink(".", code.join("again")).expect("a link");
        assert!(pack("code", &base.path().into()).expect_err("circle").message.contains("circle"));
        fs::remove_file(code.join("again")).expect("removed");
        symlink("../secret.txt", code.join("secret.txt")).expect("a link");
        assert!(pack("code", &base.path().into()).expect_err("outside").message.contains("out of the folder"));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_multiply_files_come_to_an_end() {
        use std::os::unix::fs::symlink;
        let base = folder(&[("code/index.py", "x")]);
        for n in 0..40 {
            let inner = base.path().join(format!("code/f{n}"));
            fs::create_dir(&inner).expect("a folder");
            for link in ["a", "b"].iter().filter(|_| n < 39) {
                symlink(format!("../f{}", n + 1), inner.join(link)).expect("a link");
            }
        }
        assert!(pack("code", &base.path().into()).expect_err("too many").message.contains("more than"));
    }

    #[test]
    fn an_archive_that_leads_out_is_refused() {
        let base = folder(&[]);
        for (name, refused) in [
            ("a/..b.py", false),
            ("../evil.py", true),
            ("a/../../evil.py", true),
            ("/etc/evil.py", true),
            ("..\\evil.py", true),
            ("C:\\evil.py", true),
            ("a/..", true),
        ] {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            writer.start_file(name, SimpleFileOptions::default()).expect("an entry");
            let bytes = writer.finish().expect("an archive").into_inner();
            fs::write(base.path().join("code.zip"), bytes).expect("written");
            let packed = pack("code.zip", &base.path().into());
            assert_eq!(packed.is_err_and(|finding| finding.message.contains("leads out")), refused, "{name}");
        }
    }
}
