//! A .zip with code, which is uploaded as it is.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::explain::Code;
use crate::resource::guard::Guard;
use crate::resource::{Finding, UploadedFile};

use super::{UPLOAD_LIMIT, problem, too_large, unreadable};

/// An archive's bytes and the files in it, each shown to the guard. Nothing is unpacked here, but whoever does so shall
/// not be led out of the function's folder.
pub fn read(code: &str, path: &Path, guard: &mut Guard<'_>) -> Result<(Vec<u8>, Vec<UploadedFile>), Finding> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(UPLOAD_LIMIT + 1).read_to_end(&mut bytes));
    read.map_err(|why| unreadable(code, &why))?;
    if bytes.len() as u64 > UPLOAD_LIMIT {
        return Err(too_large(code));
    }
    let archive = ZipArchive::new(Cursor::new(&bytes)).map_err(|why| not_a_zip(code, &why))?;
    if archive.is_empty() {
        return Err(problem(Code::BadArchive, format!("`{code}` is an empty archive")));
    }
    let mut files = Vec::new();
    for n in 0..archive.len() {
        let entry = archive.by_index_data(n).map_err(|why| not_a_zip(code, &why))?;
        let name = archive.name_for_index(n).unwrap_or_else(|| Ok(Default::default()));
        let name = name.map_err(|why| not_a_zip(code, &why))?;
        if leads_out(&name) {
            return Err(problem(
                Code::BadArchive,
                format!("`{code}` has an entry `{}` that leads out of it", name.escape_debug()),
            )
            .hint("make it again, from inside the function's folder: `zip -r ../code.zip .`"));
        }
        if !name.ends_with('/') {
            files.push(UploadedFile { name: name.into_owned(), bytes: entry.size() });
        }
    }
    guard.look_inside("", path, Cursor::new(&bytes));
    Ok((bytes, files))
}

/// Whether an entry's name is not that of something inside, on any system that might unpack it.
fn leads_out(name: &str) -> bool {
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    name.starts_with(['/', '\\'])
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == ".." || is_drive(part))
}

fn not_a_zip(code: &str, why: &zip::result::ZipError) -> Finding {
    tracing::debug!(code, %why, "no zip archive");
    problem(Code::BadArchive, format!("`{code}` is no zip archive, or a damaged one"))
        .hint("`code:` takes the folder itself, too, without packing it; or pack it anew: `zip -r ../code.zip .`")
}
