//! The stack file's folder, and where the paths in the file may lead.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::explain::Code;
use crate::suggest;

use super::diagnostic::Diagnostic;

/// The stack file's folder. Kinds get at the files that a stack names through it alone.
///
/// A stack may come from anywhere, and what it names is uploaded. So a path must lead to something in the folder, links
/// followed to their end, unless the person who runs the program allows another folder; the file itself can't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    folder: PathBuf,
    allowed: Vec<PathBuf>,
    named: Vec<PathBuf>,
    stack_file: Option<StackFile>,
}

/// The stack file itself, which may lie in a folder that is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct StackFile {
    path: PathBuf,
    has_secrets: bool,
}

impl<P: Into<PathBuf>> From<P> for Base {
    fn from(folder: P) -> Self {
        Self { folder: folder.into(), allowed: Vec::new(), named: Vec::new(), stack_file: None }
    }
}

impl Base {
    /// The same, from which paths may lead to `folders`, too (`--allow-outside`).
    pub fn allowing(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        self.allowed.extend(folders);
        self
    }

    /// The same, from which `files` may be uploaded although they look like credentials (`--allow-file`). A folder stands
    /// for everything in it; what is in an archive is named as if that were a folder.
    pub fn allowing_files(mut self, files: impl IntoIterator<Item = PathBuf>) -> Self {
        self.named.extend(files);
        self
    }

    /// The same, in which the stack file is `path`; `has_secrets`: it says the value of a secret variable.
    pub fn with_stack_file(mut self, path: &Path, has_secrets: bool) -> Self {
        self.stack_file = Some(StackFile { path: path.to_owned(), has_secrets });
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where `path`, the value of `property`, leads: an existing file or folder, without any link in its own path.
    ///
    /// # Errors
    /// There is no such thing, or it is outside.
    pub fn find(&self, property: &str, path: &str) -> Result<PathBuf, Diagnostic> {
        let found = fs::canonicalize(self.folder.join(path)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => self.missing(property, path),
            _ => Diagnostic::new(Code::NotThatFile, property, format!("`{path}` can't be read: {error}")),
        })?;
        let inside = |folder: &PathBuf| fs::canonicalize(folder).is_ok_and(|folder| found.starts_with(folder));
        if inside(&self.folder) || self.allowed.iter().any(inside) {
            return Ok(found);
        }
        let folder = if found.is_dir() { found.as_path() } else { found.parent().unwrap_or(&found) };
        let message = format!("`{path}` points outside the stack file's folder, to {}", found.display());
        let hint =
            format!("copy it next to the stack file or, to allow this, add --allow-outside {}", folder.display());
        Err(Diagnostic::new(Code::FileOutside, property, message).help(hint))
    }

    /// Whether the command line names `file`, a path without links that may go on inside of an archive.
    pub fn names(&self, file: &Path) -> bool {
        self.named.iter().filter_map(|named| resolved(named)).any(|named| file.starts_with(named))
    }

    /// The stack file, without links, if it is known and there; and whether it says the value of a secret variable.
    pub fn stack_file(&self) -> Option<(PathBuf, bool)> {
        let StackFile { path, has_secrets } = self.stack_file.as_ref()?;
        Some((fs::canonicalize(path).ok()?, *has_secrets))
    }

    /// The folder without links.
    pub fn real_folder(&self) -> PathBuf {
        fs::canonicalize(self.folder.join(".")).unwrap_or_else(|_| self.folder.clone())
    }

    /// How a person types `path`, which the stack names, on a command line.
    pub fn typed(&self, path: &str) -> PathBuf {
        let whole = self.folder.join(path);
        let parts = whole.components().filter(|part| *part != Component::CurDir);
        match parts.collect::<PathBuf>() {
            path if path.to_string_lossy().starts_with('-') => Path::new(".").join(path),
            path => path,
        }
    }

    fn missing(&self, property: &str, path: &str) -> Diagnostic {
        if let Some(link) = self.dangling(path) {
            let message = format!("`{}` is a broken link", link.display());
            let hint = "delete the link, or create its target";
            return Diagnostic::new(Code::NotThatFile, property, message).help(hint);
        }
        let message = format!("there is no `{path}` next to the stack file (in {})", self.folder.display());
        let beside = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = beside.filter_map(|entry| entry.file_name().into_string().ok());
        let hint = match suggest::alike(path, names) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("`ls {}` lists the files there", self.folder.display()),
        };
        Diagnostic::new(Code::FileMissing, property, message).help(hint)
    }

    /// The part of `path` that is a link to nothing.
    fn dangling<'a>(&self, path: &'a str) -> Option<&'a Path> {
        let mut parts = Path::new(path).ancestors().filter(|part| !part.as_os_str().is_empty());
        parts.find(|part| self.folder.join(part).is_symlink() && !self.folder.join(part).exists())
    }
}

/// `path` without links, as far as it exists: what follows may be inside of an archive.
fn resolved(path: &Path) -> Option<PathBuf> {
    // An empty variable names nothing, least of all the folder one is in.
    if path.as_os_str().is_empty() {
        return None;
    }
    path.ancestors().find_map(|folder| {
        let found = match folder.as_os_str().is_empty() {
            true => fs::canonicalize(".").ok()?,
            false => fs::canonicalize(folder).ok()?,
        };
        let rest = path.strip_prefix(folder).ok()?;
        // `join` would add a slash, with which a file is none.
        Some(if rest.as_os_str().is_empty() { found } else { found.join(rest) })
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// `stacks` beside `common`, and a file above both.
    fn folders() -> (tempfile::TempDir, Base) {
        let all = tempfile::tempdir().expect("a folder");
        for name in ["stacks/code/index.py", "common/util.py", "secret"] {
            let path = all.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "").expect("a file");
        }
        let base = Base::from(all.path().join("stacks"));
        (all, base)
    }

    #[test]
    fn what_is_inside_is_found_however_it_is_written() {
        let (all, base) = folders();
        symlink("code", all.path().join("stacks/again")).expect("a link");
        let code = fs::canonicalize(all.path().join("stacks/code")).expect("it is there");
        let absolute = all.path().join("stacks/code").display().to_string();
        for path in ["code", "./code/../code", "../stacks/code", "again", absolute.as_str()] {
            assert_eq!(base.find("code", path), Ok(code.clone()), "{path}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_missing() {
        let (all, base) = folders();
        symlink("/nowhere/handler.py", all.path().join("stacks/handler.py")).expect("a link");
        symlink("gone", all.path().join("stacks/lib")).expect("a link");
        for (path, link) in [("handler.py", "handler.py"), ("lib/index.py", "lib"), ("./lib", "./lib")] {
            let diagnostic = base.find("code", path).expect_err(path);
            assert_eq!(diagnostic.message, format!("`{link}` is a broken link"));
            assert_eq!(diagnostic.code, Code::NotThatFile);
        }
        assert_eq!(base.find("code", "handlers.py").expect_err("it is not there").code, Code::FileMissing);
    }

    #[test]
    fn nothing_leads_outside_but_to_what_is_allowed() {
        let (all, base) = folders();
        symlink("../secret", all.path().join("stacks/innocent.txt")).expect("a link");
        symlink("/etc", all.path().join("stacks/etc")).expect("a link");
        let absolute = all.path().join("secret").display().to_string();
        let outside =
            ["..", "../secret", "../common", "code/../../secret", "innocent.txt", "etc", "/etc", "/", &absolute];
        for path in outside {
            let diagnostic = base.find("source", path).expect_err(path);
            assert!(diagnostic.message.contains("points outside the stack file's folder"), "{diagnostic:?}");
            assert_eq!(diagnostic.path(), "source");
        }
        // A folder whose name only has the same prefix is a different folder.
        fs::create_dir(all.path().join("stacks-old")).expect("a folder");
        assert!(base.find("code", "../stacks-old").is_err());

        let allowing = base.allowing([all.path().join("common")]);
        assert!(allowing.find("code", "../common").is_ok());
        assert!(allowing.find("code", "../common/util.py").is_ok());
        for path in outside.into_iter().filter(|path| *path != "../common") {
            assert!(allowing.find("code", path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_file_is_named_by_its_path_by_a_link_or_by_its_folder() {
        let (all, base) = folders();
        let real = |path: &str| fs::canonicalize(all.path()).expect("a folder").join(path);
        symlink("stacks", all.path().join("link")).expect("a link");
        let named = |path: &str, file: &str| {
            let base = base.clone().allowing_files([all.path().join(path)]);
            base.names(&real(file))
        };
        for path in ["secret", "./secret", "stacks/../secret", ""] {
            assert!(named(path, "secret"), "{path}");
        }
        assert!(named("link/code", "stacks/code/index.py"));
        // As if an archive were a folder.
        assert!(named("stacks/code/index.py/.env", "stacks/code/index.py/.env"));
        assert!(!base.clone().allowing_files([PathBuf::new()]).names(&fs::canonicalize("Cargo.toml").expect("a file")));
        for path in ["secre", "secrets", "stacks", "secret/inner", "nowhere/secret"] {
            assert!(!named(path, "secret"), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let (_all, base) = folders();
        assert_eq!(base.find("code", "cod").expect_err("missing").help.as_deref(), Some("did you mean `code`?"));
        assert!(base.find("code", "code/index.py/x").is_err());
        assert!(base.find("code", "a\0b").is_err());
    }
}
