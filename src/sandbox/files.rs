//! Files that several processes share, and the ends of logs.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::Error;

/// How much of a log an error shows.
const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 8 * 1024;

/// Turns an I/O error into one that says what was done to which path.
pub(super) fn at(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { doing, path, source }
}

/// Makes a folder, with those above it, that only this user can look into. One that is there must be safe.
pub(super) fn create_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(at("create", path))?;
    must_be_safe(path)
}

/// Refuses a folder to which other users may have written: what is in it is run, and believed. One that is not
/// there is safe.
pub(super) fn must_be_safe(folder: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    if let Ok(meta) = fs::metadata(folder) {
        use std::os::unix::fs::MetadataExt;
        let me = rustix::process::geteuid().as_raw();
        if let Some(why) = danger(meta.uid(), meta.mode(), me) {
            return Err(Error::Unsafe { path: folder.to_owned(), why });
        }
    }
    Ok(())
}

/// What speaks against a folder of `owner` with these permissions, for the user `me`. Root can do anything
/// anyway.
#[cfg(unix)]
fn danger(owner: u32, mode: u32, me: u32) -> Option<&'static str> {
    match () {
        () if owner != me && owner != 0 => Some("belongs to another user"),
        () if mode & 0o022 != 0 => Some("can be written to by other users"),
        () => None,
    }
}

/// Writes a file so that others see it whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    create(&new)?.write_all(text.as_bytes()).map_err(at("write", &new))?;
    fs::rename(&new, path).map_err(at("write", path))
}

/// An empty file that only this user can read.
pub(super) fn create(path: &Path) -> Result<File, Error> {
    let file = private().write(true).create(true).truncate(true).open(path).map_err(at("create", path))?;
    #[cfg(unix)]
    {
        // It may be there already, with other permissions.
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(at("write", path))?;
    }
    Ok(file)
}

/// Makes files that only this user can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The lock on this file, held until the result is dropped. Calls `on_wait` once if another process has it.
pub(super) async fn lock(path: &Path, on_wait: impl Fn()) -> Result<File, Error> {
    let file = open(path).map_err(at("open", path))?;
    let mut waiting = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if !waiting => {
                waiting = true;
                on_wait();
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(TryLockError::Error(source)) => return Err(at("lock", path)(source)),
        }
    }
}

/// Whether another process has this file locked. A file that doesn't exist is not locked.
pub(super) fn is_locked(path: &Path) -> bool {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn open(path: &Path) -> io::Result<File> {
    private().read(true).write(true).create(true).truncate(false).open(path)
}

/// The last lines of a log, without the empty ones at its end. Empty if it can't be read.
pub(super) fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = || -> io::Result<usize> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        file.read_to_end(&mut bytes)
    };
    if let Err(error) = { read }() {
        tracing::debug!(path = %path.display(), %error, "cannot read a log");
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_and_files_are_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let inner = folder.path().join("a/b");
        create_folder(&inner).unwrap();
        assert_eq!([mode(&inner), mode(&folder.path().join("a"))], [0o700, 0o700]);
        let file = inner.join("file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        drop(create(&file).unwrap());
        write(&inner.join("other"), "text").unwrap();
        drop(open(&inner.join("lock")).unwrap());
        assert_eq!(["file", "other", "lock"].map(|name| mode(&inner.join(name))), [0o600; 3]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (mode, safe) in [(0o755, true), (0o700, true), (0o775, false), (0o702, false), (0o1777, false)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            let refused = matches!(create_folder(folder.path()), Err(Error::Unsafe { .. }));
            assert_eq!(refused, !safe, "{mode:o}");
        }
        assert_eq!(danger(1000, 0o40700, 1000), None);
        assert_eq!(danger(0, 0o40755, 1000), None);
        assert!(danger(1001, 0o40700, 1000).is_some_and(|why| why.contains("another user")));
        assert!(danger(1001, 0o40700, 0).is_some_and(|why| why.contains("another user")));
    }

    #[test]
    fn tail_is_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(tail(&path), "");
        fs::write(&path, "one\ntwo\n\n").unwrap();
        assert_eq!(tail(&path), "one\ntwo");
        let long: String = (0..5000).map(|n| format!("line {n}\n")).collect();
        fs::write(&path, long).unwrap();
        assert_eq!(tail(&path).lines().count(), TAIL_LINES);
        assert!(tail(&path).ends_with("line 4999"));
    }

    #[tokio::test]
    async fn a_lock_is_seen_and_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!is_locked(&path));
        let held = lock(&path, || ()).await.unwrap();
        assert!(is_locked(&path));
        let waits = std::cell::Cell::new(0);
        let second = lock(&path, || waits.set(waits.get() + 1));
        let release = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            drop(held);
        };
        let (second, ()) = tokio::join!(second, release);
        assert_eq!(waits.get(), 1);
        drop(second.unwrap());
        // A process that another test starts at this moment has the file open until it becomes its program.
        let free = async {
            while is_locked(&path) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), free).await.expect("it is not held");
    }
}
