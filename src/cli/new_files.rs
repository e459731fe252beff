//! Files that a command makes: all that are asked for, and never over one that is there.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// Writes each file, with its folders. If any is there already, none is written.
pub(super) fn write(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(exists(path));
    }
    for (path, bytes) in files {
        make(path, bytes).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => exists(path),
            _ => Failure::Missing {
                message: format!("`{}` can't be written: {error}", path.display()),
                hint: "choose another place".to_owned(),
            },
        })?;
    }
    Ok(())
}

fn make(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

fn exists(path: &Path) -> Failure {
    let hint = "nothing is ever overwritten: choose another place, or remove it yourself";
    Failure::usage(format!("`{}` is there already", path.display()), hint)
}
