//! A .zip with code, which is uploaded as it is.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::explain::Code;
use crate::resource::guard::Guard;
use crate::resource::{Diagnostic, UploadedFile};

use super::{UNPACKED_LIMIT, UPLOAD_LIMIT, diagnostic, too_large, unreadable};

/// What an archive is.
pub struct Content {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The files in it, and whether each may be run.
    pub files: Vec<(UploadedFile, bool)>,
}

/// An archive's content, each file of it shown to the guard. Nothing is unpacked here, but no archive may contain a
/// path outside its own folder.
pub fn read(code: &str, path: &Path, guard: &mut Guard<'_>) -> Result<Content, Diagnostic> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(UPLOAD_LIMIT).read_to_end(&mut bytes));
    read.map_err(|why| unreadable(code, &why))?;
    if bytes.len() as u64 >= UPLOAD_LIMIT {
        return Err(too_large(code));
    }
    let archive = ZipArchive::new(Cursor::new(&bytes)).map_err(|why| not_a_zip(code, &why))?;
    if archive.is_empty() {
        return Err(diagnostic(Code::BadArchive, format!("`{code}` is an empty archive")));
    }
    let (mut files, mut unpacked) = (Vec::new(), 0_u64);
    for n in 0..archive.len() {
        let entry = archive.by_index_data(n).map_err(|why| not_a_zip(code, &why))?;
        let name = archive.name_for_index(n).unwrap_or_else(|| Ok(Default::default()));
        let name = name.map_err(|why| not_a_zip(code, &why))?;
        if leads_out(&name) {
            return Err(diagnostic(
                Code::BadArchive,
                format!("`{code}` has an entry `{}` that points outside it", name.escape_debug()),
            )
            .help("create it again from inside the folder: `zip -r ../code.zip .`"));
        }
        if !name.ends_with('/') {
            // Without a mode, as programs on Windows write it, a file may not be run.
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            unpacked = unpacked.saturating_add(entry.size());
            files.push((UploadedFile { name: name.into_owned(), bytes: entry.size() }, executable));
        }
    }
    if unpacked >= UNPACKED_LIMIT {
        let message = format!("the files in `{code}` have {} MiB, and AWS accepts less than 250 MiB", unpacked >> 20);
        return Err(diagnostic(Code::TooLong, message).help(
            "remove what is not needed; a function and its layers count together, so larger code needs a container \
             image (`image_uri`)",
        ));
    }
    guard.look_inside("", path, Cursor::new(&bytes));
    Ok(Content { bytes, files })
}

/// Whether an entry's name is not that of something inside, on any system that might unpack it.
fn leads_out(name: &str) -> bool {
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    name.starts_with(['/', '\\'])
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == ".." || is_drive(part))
}

fn not_a_zip(code: &str, why: &zip::result::ZipError) -> Diagnostic {
    tracing::debug!(code, %why, "no zip archive");
    diagnostic(Code::BadArchive, format!("`{code}` is not a zip archive, or is damaged")).help(
        "`code:` can also name the folder itself, without packing it; or create the archive again: `zip -r \
            ../code.zip .`",
    )
}
