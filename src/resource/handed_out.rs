//! Files for what AWS shows once, such as a password: in one folder, for the eyes of this computer's user alone.
//!
//! A file is there whole or not at all, on the disk before [`write`] ends, and never over another: what a holder gets
//! later is in a file with a number. So a file that is there was handed out, whatever became of the run that wrote it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::aws::{Context, Error};
use crate::model::sensitive::Sensitive;

/// How many files one holder can have in a folder.
const MOST: usize = 1000;

/// What a file says: labels, each with what stands next to it.
pub type Lines = Vec<(&'static str, Sensitive<String>)>;

/// The folder, in which files can be written.
///
/// # Errors
/// There is none, or they can't.
pub fn folder(cx: &Context) -> Result<&Path, Error> {
    let folder = cx.credentials_to.as_deref();
    let folder = folder.ok_or_else(|| Error::refused("no folder was named for what AWS shows only once"))?;
    check(folder).map_err(|error| unwritable(folder, &error)).map(|()| folder)
}

/// That a hand-out can't be written.
pub fn unwritable(folder: &Path, error: &io::Error) -> Error {
    let message = format!("the credentials can't be written to the folder `{}`: {error}", folder.display());
    Error::refused(message).with_hint("name another folder with `--credentials-to`, then run the same command again")
}

/// Makes the folder, and sees to it that files can be written there.
///
/// # Errors
/// They can't.
pub fn check(folder: &Path) -> io::Result<()> {
    // Several users have their turn at once.
    static TRIALS: AtomicUsize = AtomicUsize::new(0);
    make(folder)?;
    let trial = TRIALS.fetch_add(1, Ordering::Relaxed);
    let trial = folder.join(format!(".cloud101-{}-{trial}.new", std::process::id()));
    let _ = fs::remove_file(&trial);
    new(&trial).and_then(|file| file.sync_all())?;
    fs::remove_file(&trial)?;
    sync(folder)
}

/// Brings the names in a folder onto the disk, where the file system can do that for folders.
fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => Ok(()),
        synced => synced,
    }
}

/// What the files of `holder` begin with: those of another account's user with the same name are another's.
pub fn title(holder: &str, account: &str) -> String {
    format!("{holder}, in the account {account}")
}

/// Writes what `holder` is handed out, and answers where. A `holder` has nothing in it that leads to another folder.
///
/// # Errors
/// Nothing was written.
pub fn write(folder: &Path, holder: &str, title: &str, lines: &Lines) -> io::Result<PathBuf> {
    make(folder)?;
    // Another run writes under another name.
    let unnamed = folder.join(format!(".cloud101-{holder}-{}.new", std::process::id()));
    let _ = fs::remove_file(&unnamed);
    let mut file = new(&unnamed)?;
    let named = file.write_all(text(title, lines).as_bytes()).and_then(|()| file.sync_all());
    let named = named.and_then(|()| name(&unnamed, folder, holder));
    let _ = fs::remove_file(&unnamed);
    let path = named?;
    if let Err(error) = sync(folder) {
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// Whether a file that `holder` was handed out under this title says `value`.
pub fn says(folder: &Path, holder: &str, title: &str, value: &str) -> bool {
    let says = |text: String| text.lines().any(|line| line.strip_prefix(INDENT) == Some(value));
    texts(folder, holder, title).any(says)
}

/// The files of a holder that have this title, the latest last.
fn texts(folder: &Path, holder: &str, title: &str) -> impl Iterator<Item = String> {
    let texts = files(folder, holder).into_iter().filter_map(|path| fs::read_to_string(path).ok());
    // `ana-2.txt` may be the second file of `ana` or the first of `ana-2`.
    texts.filter(move |text| text.lines().next() == Some(title))
}

/// What `holder` was handed out under this title, by its labels: of two files the later one counts.
pub fn read(folder: &Path, holder: &str, title: &str) -> Vec<(String, Sensitive<String>)> {
    let mut all: Vec<(String, Sensitive<String>)> = Vec::new();
    for text in texts(folder, holder, title) {
        let lines: Vec<_> = text.lines().collect();
        for (label, value) in lines.windows(2).filter_map(|pair| Some((pair[0], pair[1].strip_prefix(INDENT)?))) {
            all.retain(|(other, _)| other != label);
            all.push((label.to_owned(), value.to_owned().into()));
        }
    }
    all
}

/// The files by a holder's names that are there, the latest last.
fn files(folder: &Path, holder: &str) -> Vec<PathBuf> {
    let paths = (1..MOST).map(|number| folder.join(numbered(holder, number)));
    // One that was moved away leaves a gap.
    let there: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => return Vec::new(),
    };
    if there.is_empty() { Vec::new() } else { paths.filter(|path| there.contains(path)).collect() }
}

const INDENT: &str = "  ";

fn text(title: &str, lines: &Lines) -> String {
    let mut text = format!("{title}\n");
    for (label, value) in lines {
        text.extend(["\n", label, "\n", INDENT, value.reveal(), "\n"]);
    }
    text
}

fn numbered(holder: &str, number: usize) -> String {
    if number == 1 { format!("{holder}.txt") } else { format!("{holder}-{number}.txt") }
}

/// Gives a file the first free name of its holder. A link is made where nothing is, or not at all.
fn name(unnamed: &Path, folder: &Path, holder: &str) -> io::Result<PathBuf> {
    for path in (1..MOST).map(|number| folder.join(numbered(holder, number))) {
        match fs::hard_link(unnamed, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Some file systems have no links.
            Err(_) if path.symlink_metadata().is_err() => return fs::rename(unnamed, &path).map(|()| path),
            Err(_) => {}
        }
    }
    Err(io::Error::other(format!("there are {MOST} files for {holder} already")))
}

fn new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A new folder is for the owner alone, and for no repository.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match new(&folder.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n"),
        // Another has made the folder at the same moment.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::model::credential::{Why, credential};

    fn key(id: &str) -> Lines {
        vec![("Access key ID", id.to_owned().into()), ("Secret access key", format!("secret of {id}").into())]
    }

    #[test]
    fn each_file_is_the_owners_and_none_is_written_over() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("class/credentials");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert!(!says(&folder, "ana", "users-ana", "AKIA1"), "there is no folder yet");
        check(&folder).unwrap();
        let first = write(&folder, "ana", "users-ana", &key("AKIA1")).unwrap();
        assert_eq!((mode(&folder), mode(&first)), (0o700, 0o600));
        assert_eq!(
            fs::read_to_string(&first).unwrap(),
            "users-ana\n\nAccess key ID\n  AKIA1\n\nSecret access key\n  secret of AKIA1\n"
        );
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        // Neither is what others have put there, be it a link that leads nowhere.
        symlink(folder.join("nowhere"), folder.join("ana-2.txt")).unwrap();
        let third = write(&folder, "ana", "users-ana", &key("AKIA2")).unwrap();
        assert_eq!(third, folder.join("ana-3.txt"));
        let says = |holder: &str, value: &str| says(&folder, holder, "users-ana", value);
        assert!(says("ana", "AKIA1") && says("ana", "AKIA2"));
        assert!(!says("ana", "AKIA") && !says("bo", "AKIA1") && !says("an", "AKIA1"));
        // No more is there than was said.
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".gitignore", "ana-2.txt", "ana-3.txt", "ana.txt"]);
        assert_eq!(files(&folder, "ana").last(), Some(&third));
        // No stack uploads it by mistake, with an object or the code of a function.
        let text = fs::read(&third).unwrap();
        assert_eq!(credential("ana-3.txt", &text), Some(Why::HandedOut));
        // The later key counts.
        let said: Vec<_> = read(&folder, "ana", "users-ana")
            .into_iter()
            .map(|(label, value)| (label, value.into_revealed()))
            .collect();
        let expected = [("Access key ID", "AKIA2"), ("Secret access key", "secret of AKIA2")];
        assert_eq!(said, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
        assert!(read(&folder, "bo", "users-bo").is_empty());
    }

    #[test]
    fn a_file_is_of_whom_its_title_names() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let [ana, other, sandbox] = [("ana", "123456789012"), ("ana-2", "123456789012"), ("ana", "000000000000")]
            .map(|(holder, account)| title(holder, account));
        write(folder, "ana", &ana, &key("AKIA1")).unwrap();
        assert_eq!(write(folder, "ana-2", &other, &key("AKIA2")).unwrap(), folder.join("ana-2.txt"));
        write(folder, "ana", &sandbox, &key("AKIA3")).unwrap();
        let id = |holder: &str, title: &str| read(folder, holder, title)[0].1.reveal().clone();
        assert_eq!(
            (id("ana", &ana), id("ana-2", &other), id("ana", &sandbox)),
            ("AKIA1".into(), "AKIA2".into(), "AKIA3".into())
        );
        assert!(!says(folder, "ana", &ana, "AKIA2") && !says(folder, "ana", &ana, "AKIA3"));
    }

    #[test]
    fn what_a_killed_run_left_halfway_is_not_a_hand_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".cloud101-ana-1.new"), "users-ana\n\nAccess key ID\n  AKIA1\n").unwrap();
        assert!(!says(folder.path(), "ana", "users-ana", "AKIA1"));
        write(folder.path(), "ana", "users-ana", &key("AKIA2")).unwrap();
        assert_eq!(read(folder.path(), "ana", "users-ana")[0].1.reveal(), "AKIA2");
    }

    #[test]
    fn many_look_at_once_whether_the_folder_can_be_written() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("credentials");
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..16).map(|_| scope.spawn(|| (0..20).try_for_each(|_| check(&folder)))).collect();
            all.into_iter().for_each(|one| one.join().unwrap().unwrap());
        });
    }

    #[test]
    fn a_folder_that_can_not_be_written_is_known_before() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        assert!(check(&root.path().join("file")).is_err());
        assert!(check(&root.path().join("file/folder")).is_err());
    }
}
