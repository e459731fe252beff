//! Files that several processes share, and the ends of logs.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom},
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

pub(super) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(at("create", path))
}

/// Writes a file so that others see it whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    fs::write(&new, text).map_err(at("write", &new))?;
    fs::rename(&new, path).map_err(at("write", path))
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
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
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
        assert!(!is_locked(&path));
    }
}
