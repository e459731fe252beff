//! Files that a command writes for people to keep: a saved plan, a page.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::failure::Failure;

/// A kind of file, as named in error messages.
pub(super) struct OutFile {
    /// The option that names the file, for example `--out`.
    pub option: &'static str,
    /// A name for such a file.
    pub example: &'static str,
    /// What it is: `a saved plan`.
    pub what: &'static str,
    /// Whether what is at the path is one of those, good or damaged, and may be written over.
    pub is_one: fn(&Path) -> bool,
}

impl OutFile {
    /// Refuses a place where it can't be written, or where something else would be lost.
    pub(super) fn check(&self, path: &Path) -> Result<(), Failure> {
        let refuse = |why: &str, hint: &str| Err(Failure::usage(format!("`{}` {why}", path.display()), hint));
        let Self { option, example, what, is_one } = self;
        if path.is_dir() || path.file_name().is_none() {
            let hint = format!("name a file after {option}, for example `{option} {example}`");
            return refuse("is a folder", &hint);
        }
        if !folder_of(path).is_dir() {
            return refuse("can't be written: there is no such folder", "create the folder, or choose another place");
        }
        if path.symlink_metadata().is_ok() && !is_one(path) {
            let hint = format!("choose another name for {option}, or remove the file yourself");
            return refuse(&format!("exists and is not {what}"), &hint);
        }
        Ok(())
    }

    /// Writes the file, for its owner alone and whole or not at all. A link at the path is replaced, not followed.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        self.check(path)?;
        replace(path, text, None).map_err(|error| Failure::Missing {
            message: format!("{} can't be written as `{}`: {error}", self.what, path.display()),
            hint: format!("choose another place for {}", self.option),
        })
    }
}

/// Puts `text` at `path`, whole or not at all, with these permissions; without, for its owner alone. A link at the path
/// is replaced, not followed.
pub(super) fn replace(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = path.with_file_name(name);
    // An existing file belongs to others and is kept.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let written = fill(file, text, permissions).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn fill(mut file: File, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_never_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("a"), folder.path().join("other"));
        let read = |path: &Path| fs::read_to_string(path).expect("a file");
        fs::write(&path, "old").and_then(|()| fs::write(&other, "mine")).expect("written");
        replace(&path, "new", Some(Permissions::from_mode(0o640))).expect("replaced");
        let mode = fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        assert_eq!((read(&path).as_str(), mode), ("new", 0o640));
        symlink(&other, folder.path().join(format!("a.new-{}", std::process::id()))).expect("a link");
        assert!(replace(&path, "newer", None).is_err());
        assert_eq!((read(&path).as_str(), read(&other).as_str()), ("new", "mine"));
    }
}
