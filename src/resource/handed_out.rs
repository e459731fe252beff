//! Files for what AWS shows once, such as a password: in one folder, for the eyes of this computer's user alone.
//!
//! A file is there whole or not at all, on the disk before [`write`] ends, and never over another: what a holder gets
//! later is in a file with a number. So a file that is there was handed out, whatever became of the run that wrote it.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::aws::{Context, Error};
use crate::model::sensitive::Sensitive;

/// How many files one holder can have in a folder.
const MOST: usize = 1000;

/// What is in use now of one property that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// It.
    pub property: &'static str,
    /// The lines of a file about it.
    pub labels: [&'static str; 2],
    /// The one of them that says which it is.
    pub known_by: &'static str,
    /// What that line says of those that open something.
    pub good: Vec<String>,
    /// The same of those that are there and were switched off.
    pub inactive: Vec<String>,
}

/// Why nothing of what was handed out is good for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Useless {
    /// No file says anything of it.
    NoFile,
    /// It is not there any more: it was deleted, or another is in its place.
    Gone,
    /// It is there, and AWS accepts it no more.
    Inactive,
}

/// What a holder's files say that is good now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Labels, each with what stands next to it.
    pub lines: Vec<(String, Sensitive<String>)>,
    /// The properties of which there is nothing.
    pub useless: Vec<(&'static str, Useless)>,
}

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

/// How many files of a folder were handed out under one of these titles.
pub fn count(folder: &Path, titles: &BTreeSet<String>) -> usize {
    // The folder may be any, with files of any size and many of them.
    let Some(longest) = titles.iter().map(String::len).max() else { return 0 };
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let lines = entries.filter_map(|entry| first_line(&entry.ok()?.path(), longest));
    lines.filter(|line| titles.contains(line)).count()
}

/// The first line of a file, of which little more is read than `longest` bytes. A pipe is no file: to read it might take
/// forever.
fn first_line(path: &Path, longest: usize) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    let mut line = String::new();
    let start = File::open(path).ok()?.take(longest as u64 + "\r\n".len() as u64);
    BufReader::new(start).read_line(&mut line).ok()?;
    line.lines().next().map(str::to_owned)
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

/// What `holder` was handed out under this title and is in use: of two files the later one counts, and of a file each
/// credential by itself, since one of two may have been created again. What else they say, such as where to sign in, comes
/// first. `wants`: whether the stack hands out this property.
pub fn read(folder: &Path, holder: &str, title: &str, in_use: &[InUse], wants: impl Fn(&str) -> bool) -> Found {
    let files: Vec<_> = texts(folder, holder, title).collect();
    let files: Vec<Vec<(&str, &str)>> = files.iter().rev().map(|text| lines(text)).collect();
    let said = |(label, value): &(&str, &str)| ((*label).to_owned(), (*value).to_owned().into());
    let mut found = Found::default();
    for of_it in in_use.iter().filter(|one| wants(one.property)) {
        let names = |file: &&Vec<(&str, &str)>, values: &[String]| {
            file.iter().any(|(label, value)| *label == of_it.known_by && values.iter().any(|one| one == value))
        };
        let is_about_it = |(label, _): &&(&str, &str)| of_it.labels.contains(label);
        match files.iter().find(|file| names(file, &of_it.good)) {
            Some(file) => found.lines.extend(file.iter().filter(is_about_it).map(said)),
            None => {
                let why = match files.iter().any(|file| names(&file, &of_it.inactive)) {
                    true => Useless::Inactive,
                    false if files.iter().flatten().any(|line| is_about_it(&line)) => Useless::Gone,
                    false => Useless::NoFile,
                };
                found.useless.push((of_it.property, why));
            }
        }
    }
    if let Some(latest) = files.first().filter(|_| !found.lines.is_empty()) {
        let general = latest.iter().filter(|(label, _)| !in_use.iter().any(|one| one.labels.contains(label)));
        found.lines.splice(..0, general.map(said).collect::<Vec<_>>());
    }
    found
}

/// The labels of a file, each with what stands below it.
fn lines(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<_> = text.lines().collect();
    lines.windows(2).filter_map(|pair| Some((pair[0], pair[1].strip_prefix(INDENT)?))).collect()
}

/// The files by a holder's names that are there, the latest last.
fn files(folder: &Path, holder: &str) -> Vec<PathBuf> {
    let paths = (1..MOST).map(|number| folder.join(numbered(holder, number)));
    // One that was moved away leaves a gap.
    let there: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => return Vec::new(),
    };
    if there.is_empty() { Vec::new() } else { paths.filter(|path| there.contains(path) && path.is_file()).collect() }
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
    }

    fn keys(good: &[&str], inactive: &[&str]) -> InUse {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        InUse {
            property: "access_key",
            labels: ["Access key ID", "Secret access key"],
            known_by: "Access key ID",
            good: texts(good),
            inactive: texts(inactive),
        }
    }

    fn revealed(found: Found) -> Vec<(String, String)> {
        found.lines.into_iter().map(|(label, value)| (label, value.into_revealed())).collect()
    }

    #[test]
    fn only_what_is_in_use_is_read() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let sign_in = |link: &str| vec![("Sign in at", link.to_owned().into())];
        write(folder, "ana", "users-ana", &[sign_in("old"), key("AKIA1")].concat()).unwrap();
        write(folder, "ana", "users-ana", &[sign_in("new"), key("AKIA2")].concat()).unwrap();
        let found =
            |good: &[&str], inactive: &[&str]| read(folder, "ana", "users-ana", &[keys(good, inactive)], |_| true);
        let of = |link: &str, id: &str| {
            let lines =
                [("Sign in at", link), ("Access key ID", id), ("Secret access key", &format!("secret of {id}"))];
            lines.map(|(label, value)| (label.to_owned(), value.to_owned())).to_vec()
        };
        assert_eq!(revealed(found(&["AKIA2"], &[])), of("new", "AKIA2"));
        // The later of two that are good; and the older one, if the later was deleted.
        assert_eq!(revealed(found(&["AKIA1", "AKIA2"], &[])), of("new", "AKIA2"));
        assert_eq!(revealed(found(&["AKIA1"], &["AKIA2"])), of("new", "AKIA1"));
        for (good, inactive, why) in [
            (&[][..], &[][..], Useless::Gone),
            (&["AKIA3"], &[], Useless::Gone),
            (&["AKIA"], &[], Useless::Gone),
            (&["AKIA3"], &["AKIA2"], Useless::Inactive),
        ] {
            let found = found(good, inactive);
            assert_eq!((&found.lines[..], &found.useless[..]), (&[][..], &[("access_key", why)][..]), "{good:?}");
        }
        let none = read(folder, "bo", "users-bo", &[keys(&["AKIA2"], &[])], |_| true);
        assert_eq!((none.lines.len(), &none.useless[..]), (0, &[("access_key", Useless::NoFile)][..]));
        // What the stack no longer hands out is not said at all.
        let found = read(folder, "ana", "users-ana", &[keys(&["AKIA2"], &[])], |property| property != "access_key");
        assert!(found.lines.is_empty() && found.useless.is_empty(), "{found:?}");
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
        let all = keys(&["AKIA1", "AKIA2", "AKIA3"], &[]);
        let id = |holder: &str, title: &str| {
            revealed(read(folder, holder, title, std::slice::from_ref(&all), |_| true))[0].1.clone()
        };
        assert_eq!(
            (id("ana", &ana), id("ana-2", &other), id("ana", &sandbox)),
            ("AKIA1".into(), "AKIA2".into(), "AKIA3".into())
        );
        assert!(!says(folder, "ana", &ana, "AKIA2") && !says(folder, "ana", &ana, "AKIA3"));
    }

    /// A folder that a person named may have anything in it.
    #[test]
    fn only_the_beginnings_of_files_are_read_to_count_them() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let ana = title("ana", "123456789012");
        write(folder, "ana", &ana, &key("AKIA1")).unwrap();
        fs::write(folder.join("of-windows.txt"), format!("{ana}\r\n")).unwrap();
        fs::write(folder.join("no-text-below.txt"), [ana.as_bytes(), b"\n\xff\xfe"].concat()).unwrap();
        fs::write(folder.join("longer.txt"), format!("{ana} and more\n")).unwrap();
        fs::write(folder.join("long.txt"), "x".repeat(100_000)).unwrap();
        fs::create_dir(folder.join("folder")).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
        std::os::unix::fs::symlink(folder.join("pipe"), folder.join("ana-2.txt")).unwrap();
        assert!(pipe.success());
        assert_eq!(count(folder, &BTreeSet::new()), 0);
        assert_eq!(count(folder, &[ana.clone(), "a".to_owned()].into()), 3);
        assert!(says(folder, "ana", &ana, "AKIA1"), "nor is a pipe with a holder's name");
    }

    #[test]
    fn what_a_killed_run_left_halfway_is_not_a_hand_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".cloud101-ana-1.new"), "users-ana\n\nAccess key ID\n  AKIA1\n").unwrap();
        assert!(!says(folder.path(), "ana", "users-ana", "AKIA1"));
        write(folder.path(), "ana", "users-ana", &key("AKIA2")).unwrap();
        let found = read(folder.path(), "ana", "users-ana", &[keys(&["AKIA1", "AKIA2"], &[])], |_| true);
        assert_eq!(revealed(found)[0].1, "AKIA2");
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
