//! The files of a folder of code.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use crate::explain::Code;
use crate::resource::guard::Guard;
use crate::resource::{Base, Diagnostic};

use super::{UPLOAD_LIMIT, diagnostic, too_large_unpacked, unreadable};

/// How many files and folders there may be; links to folders could make any number of them.
const FILES_LIMIT: usize = 50_000;
/// What is never uploaded: what Python, git, macOS and Jupyter leave behind.
const IGNORED: [&str; 4] = ["__pycache__", ".git", ".DS_Store", ".ipynb_checkpoints"];

/// A file to pack.
#[derive(Debug)]
pub struct Entry {
    /// Its name in the archive, with forward slashes.
    pub name: String,
    /// The same from what `code` names down; empty if it is that itself.
    pub inner: String,
    /// Where it is, without links.
    pub path: PathBuf,
    /// Whether it may be run.
    pub executable: bool,
}

impl Entry {
    /// Opens it.
    pub fn open(&self) -> std::io::Result<File> {
        File::open(&self.path)
    }

    /// How a message names it.
    pub fn shown(&self, code: &str) -> String {
        if self.inner.is_empty() { code.to_owned() } else { format!("{code}/{}", self.inner) }
    }

    /// Whether it is a saved plan in a folder, and not named on the command line.
    pub fn is_left_out(&self, head: &[u8], base: &Base) -> bool {
        !self.inner.is_empty() && is_saved_plan(head) && !base.names(&self.path)
    }

    /// Shows it to the guard; if it is an archive, what is in it, too.
    pub fn show(&self, guard: &mut Guard<'_>, head: &[u8], content: impl Read + Seek) {
        guard.look(&self.inner, &self.path, head);
        if head.starts_with(b"PK") {
            guard.look_inside(&self.inner, &self.path, content);
        }
    }
}

/// Whether a file that begins so is a saved plan, which is left out of a folder as the stack file is: no function needs
/// them, the stack file may hold secrets, and with them every comment in the stack, and every plan that is saved beside
/// it, would change the code.
fn is_saved_plan(head: &[u8]) -> bool {
    let inside = head.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\"cloud101_plan\""))
}

/// A walk through a folder, links included as long as they stay inside.
pub struct Walk<'a> {
    code: &'a str,
    base: &'a Base,
    root: PathBuf,
    /// Where the stack file is, without links.
    stack_file: Option<PathBuf>,
    /// The folders that one is in, as the file system knows them, to notice a link that leads in a circle.
    above: Vec<PathBuf>,
    entries: Vec<Entry>,
    /// How many files and folders were looked at, those more than once to which several links lead.
    seen: usize,
    size: u64,
}

impl<'a> Walk<'a> {
    /// The files below `root`, to which `code` leads, sorted by name.
    pub fn through(code: &'a str, root: PathBuf, base: &'a Base) -> Result<Vec<Entry>, Diagnostic> {
        let stack_file = base.stack_file().map(|(path, _)| path);
        let (above, entries) = (Vec::new(), Vec::new());
        let mut walk = Walk { code, base, root: root.clone(), stack_file, above, entries, seen: 0, size: 0 };
        walk.folder(&root, "")?;
        walk.entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(walk.entries)
    }

    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Diagnostic> {
        self.above.push(folder.to_owned());
        for entry in fs::read_dir(folder).map_err(|why| unreadable(self.code, &why))? {
            let path = entry.map_err(|why| unreadable(self.code, &why))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(diagnostic(
                    Code::NotThatFile,
                    format!("`{}` has a name that is not UTF-8", path.display()),
                ));
            };
            if !is_left_out(name) {
                self.entry(&path, format!("{prefix}{name}"))?;
            }
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) -> Result<(), Diagnostic> {
        self.seen += 1;
        if self.seen > FILES_LIMIT {
            return Err(diagnostic(
                Code::TooLong,
                format!("`{}` has more than {FILES_LIMIT} files and folders", self.code),
            )
            .help("remove what is not needed; links to folders count each time they occur"));
        }
        let shown = format!("{}/{name}", self.code);
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(_) if path.is_symlink() && !path.exists() => {
                return Err(diagnostic(Code::NotThatFile, format!("`{shown}` is a broken link"))
                    .help("delete the link, or create its target"));
            }
            Err(why) => return Err(unreadable(&shown, &why)),
        };
        if !real.starts_with(&self.root) {
            return Err(diagnostic(Code::FileOutside, format!("`{shown}` is a link that points outside the folder"))
                .help("copy the file into the folder"));
        }
        let meta = fs::metadata(&real).map_err(|why| unreadable(&shown, &why))?;
        if meta.is_dir() {
            if self.above.contains(&real) {
                return Err(diagnostic(Code::NotThatFile, format!("`{shown}` is a link that forms a loop")));
            }
            return self.folder(&real, &format!("{name}/"));
        }
        if !meta.is_file() {
            return Err(diagnostic(Code::NotThatFile, format!("`{shown}` is neither a folder nor a file")));
        }
        if self.stack_file.as_ref() == Some(&real) && !self.base.names(&real) {
            return Ok(());
        }
        self.size += meta.len();
        if self.size >= UPLOAD_LIMIT {
            return Err(too_large_unpacked(self.code));
        }
        let executable = is_executable(&meta, &name);
        self.entries.push(Entry { inner: name.clone(), name, path: real, executable });
        Ok(())
    }
}

/// Whether a file or folder of this name is left behind by a tool: those of [`IGNORED`], compiled Python, and the
/// backups and locks of editors.
fn is_left_out(name: &str) -> bool {
    IGNORED.contains(&name) || name.ends_with(".pyc") || name.ends_with('~') || name.starts_with(".#")
}

/// Whether the file `name` may be run.
#[cfg(unix)]
pub fn is_executable(meta: &fs::Metadata, _name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

/// Whether the file `name` may be run: Windows does not know, and what Lambda starts is called so.
#[cfg(not(unix))]
pub fn is_executable(_meta: &fs::Metadata, name: &str) -> bool {
    name == "bootstrap"
}
