//! No credential is uploaded unless the command line names it.
//!
//! The stack may come from anywhere, so nothing in it can allow this. Kinds show a [`Guard`] each file that they
//! are about to upload, and ask for its verdict before they do.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::aws::command::quoted;
use crate::explain::Code;
use crate::model::credential::{HEAD, credential};

use super::{Base, Diagnostic};

/// An archive that is larger is not looked into: Lambda takes none, and a list of so many entries takes much memory.
pub const ARCHIVE_LIMIT: u64 = 50 * 1024 * 1024;
/// So many bytes of the entries of archives are unpacked to be looked at. Lambda takes no more (Lambda quotas: 250 MB,
/// unzipped); of the rest only the names count.
const UNPACKED_LIMIT: u64 = 250 * 1024 * 1024;
/// So many files are named to a person.
const SHOWN: usize = 20;

/// What looks at the files that one property names.
pub struct Guard<'a> {
    base: &'a Base,
    property: &'static str,
    /// The value of the property.
    path: &'a str,
    folder: PathBuf,
    stack_file: Option<(PathBuf, bool)>,
    unpacked: u64,
    /// What was found, from the stack's folder down, each with what it is where its name does not say it.
    found: Vec<(String, Option<&'static str>)>,
}

impl<'a> Guard<'a> {
    /// For the files at `path`, which is the value of `property`.
    pub fn new(base: &'a Base, property: &'static str, path: &'a str) -> Self {
        let (folder, stack_file) = (base.real_folder(), base.stack_file());
        Self { base, property, path, folder, stack_file, unpacked: 0, found: Vec::new() }
    }

    /// Looks at the file `inner` of the folder that the property names, or (empty) at the file that it names. `real` is
    /// its path without links; `head` its beginning, up to [`HEAD`] bytes.
    pub fn look(&mut self, inner: &str, real: &Path, head: &[u8]) {
        let name = self.name(inner);
        let is_secret_stack = || self.stack_file.as_ref().is_some_and(|(path, secret)| *secret && path == real);
        let from_folder = real.strip_prefix(&self.folder).unwrap_or(real);
        // By both, so that neither the name of a link nor of what it leads to hides the other.
        let why = credential(&name, head).or_else(|| credential(&from_folder.to_string_lossy(), head));
        let what = match why {
            Some(why) => why.words(),
            None if is_secret_stack() => Some("this stack file, with a secret"),
            None => return,
        };
        if !self.base.names(real) {
            self.found.push((name, what));
        }
    }

    /// Looks at the entries of an archive, which is the file `inner`, as [`look`](Self::look) does. One that can't be
    /// read has none.
    pub fn look_inside(&mut self, inner: &str, real: &Path, archive: impl Read + Seek) {
        let Ok(mut archive) = ZipArchive::new(archive) else { return };
        let mut head = Vec::new();
        for n in 0..archive.len() {
            let Some(Ok(entry)) = archive.name_for_index(n).map(|name| name.map(|name| name.into_owned())) else {
                continue;
            };
            if entry.ends_with('/') {
                continue;
            }
            head.clear();
            if self.unpacked < UNPACKED_LIMIT
                && let Ok(file) = archive.by_index(n)
            {
                // What of a damaged entry can be read is looked at.
                let _ = file.take(HEAD as u64).read_to_end(&mut head);
                self.unpacked += head.len() as u64;
            }
            let inner = if inner.is_empty() { entry.clone() } else { format!("{inner}/{entry}") };
            self.look(&inner, &real.join(entry.trim_start_matches(['/', '\\'])), &head);
        }
    }

    /// What was found and may not be uploaded.
    pub fn verdict(self) -> Result<(), Diagnostic> {
        let plain = |name: &str| name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
        let shown = self.found.iter().take(SHOWN);
        let names: Vec<_> = shown
            .clone()
            .map(|(name, what)| match what {
                Some(what) => format!("`{}` ({what})", plain(name)),
                None => format!("`{}`", plain(name)),
            })
            .collect();
        let options = shown.map(|(name, _)| quoted(&plain(&self.base.typed(name).to_string_lossy())));
        let options = options.map(|path| format!("--allow-file {path}")).collect::<Vec<_>>().join(" ");
        let (message, hint) = match (self.found.as_slice(), names.as_slice()) {
            ([], _) => return Ok(()),
            ([_], [name]) => (
                format!("{name} looks like a credential or a private key"),
                format!("remove it from the upload or, to allow it, add {options}"),
            ),
            (found, names) => {
                let more = match found.len() - names.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let folders = if more.is_empty() { "" } else { " … (a folder includes everything in it)" };
                (
                    format!("{} files look like credentials or private keys: {}{more}", found.len(), names.join(", ")),
                    format!("remove them from the upload or, to allow them, add {options}{folders}"),
                )
            }
        };
        Err(Diagnostic::new(Code::Credentials, self.property, message).help(hint))
    }

    fn name(&self, inner: &str) -> String {
        let name = match self.path.trim_end_matches('/') {
            path if inner.is_empty() => path.to_owned(),
            path => format!("{path}/{inner}"),
        };
        name.trim_start_matches("./").to_owned()
    }
}
