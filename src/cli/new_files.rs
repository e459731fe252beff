//! Files that a command makes: all that are asked for, and never over one that is there.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// What the umask leaves of this is allowed.
const READABLE: u32 = 0o666;
/// For the owner alone.
const PRIVATE: u32 = 0o600;

/// Writes each file, with its folders: all of them or none, and none if any is there already.
pub(super) fn write(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    all(files, READABLE)
}

/// The same for the owner's eyes alone.
pub(super) fn write_private(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    all(files, PRIVATE)
}

fn all(files: &[(PathBuf, Vec<u8>)], mode: u32) -> Result<(), Failure> {
    let mut paths = BTreeSet::new();
    if let Some((path, _)) = files.iter().find(|(path, _)| !paths.insert(path)) {
        let hint = "choose another name for the stack file";
        return Err(Failure::usage(format!("two files would be written as `{}`", path.display()), hint));
    }
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(exists(path));
    }
    for (n, (path, bytes)) in files.iter().enumerate() {
        make(path, bytes, mode).map_err(|error| {
            files[..n].iter().for_each(|(made, _)| drop(fs::remove_file(made)));
            match error.kind() {
                ErrorKind::AlreadyExists => exists(path),
                _ => Failure::Missing {
                    message: format!("`{}` can't be written: {error}", path.display()),
                    hint: "choose another place; nothing was written".to_owned(),
                },
            }
        })?;
    }
    Ok(())
}

fn make(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Those who may read the files may enter the folders that are made for them.
        DirBuilder::new().recursive(true).mode(mode | ((mode & 0o444) >> 2)).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let written = file.write_all(bytes);
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn exists(path: &Path) -> Failure {
    let hint = "cloud101 never overwrites a file: choose another place, or remove it yourself";
    Failure::usage(format!("`{}` already exists", path.display()), hint)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn all_is_written_or_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| (folder.path().join(name), b"x".to_vec());
        let is_empty = || fs::read_dir(folder.path()).expect("a folder").next().is_none();
        assert!(write(&[at("a"), at("b"), at("a")]).is_err_and(|failure| matches!(failure, Failure::Usage { .. })));
        assert!(is_empty());
        // A file can't be a folder too.
        assert!(write(&[at("a"), at("a/b")]).is_err());
        assert!(is_empty());
        assert!(write_private(&[at("a"), at("b")]).is_ok());
        let mode = fs::metadata(folder.path().join("b")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(write_private(&[at("c/d/e")]).is_ok());
        for folder in ["c", "c/d"] {
            let mode = fs::metadata(at(folder).0).expect("a folder").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
    }
}
